"""The reference multi-cloud security connector: ``from connector import Connector``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connector.handle import Connector as Connector

__all__ = ["Connector"]


def __getattr__(name: str) -> Any:
    """Import the handle when it is first asked for: it brings the store and its libraries with it."""
    if name != "Connector":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from connector.handle import Connector

    return Connector
