"""Values that live no longer than a request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dataclasses import dataclass as passing
else:

    def passing(*, frozen: bool, **options: Any) -> Any:
        """Make a dataclass that mypy holds frozen, and nothing else does.

        A frozen one costs three times as much to make, for it sets each field by a call; the seven of every
        request were a tenth of what a small answer costs.
        """
        return dataclass(unsafe_hash=frozen, **options)


__all__ = ["passing"]
