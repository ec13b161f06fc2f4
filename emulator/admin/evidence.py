"""What speaks for each modelled action, as it was found when the emulator was made."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import orjson

FILE = Path(__file__).parent / "evidence.json"


@cache
def evidence() -> Mapping[str, Any]:
    """The facts: ``totals`` of actions by fidelity, and ``actions``, each with its marks, clients, examples.

    ``marks`` counts, by how they are known, the statements on which an action's code rests; ``clients`` names
    the real ones that drove it in our tests; ``examples`` counts how the official ones end.
    """
    found: Mapping[str, Any] = orjson.loads(FILE.read_bytes())
    return found
