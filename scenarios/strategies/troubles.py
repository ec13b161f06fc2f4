"""Draws what goes wrong in an account, so that a client can notice it."""

from __future__ import annotations

from hypothesis import strategies as st

from emulator.faults.effects import EFFECTS
from scenarios.strategies.faults import Spec, denials, faults

LYING = ("wrong_region", "empty_page", "miscounted_total")
"""What answers well-formed and false. A list and its total are told apart from the truth by each other, so one
of the two may lie; if both do, or another region answers, no client can know."""
HONEST = tuple(effect for effect in EFFECTS if effect not in LYING)


def _document(effects: tuple[str, ...], max_size: int) -> st.SearchStrategy[Spec]:
    return st.fixed_dictionaries(
        {
            "denials": st.lists(denials(), max_size=max_size),
            "faults": st.lists(faults(effects=effects), max_size=max_size),
        }
    )


def noticeable(max_size: int = 4) -> st.SearchStrategy[Spec]:
    """Denials and faults, as ``Plan.load`` takes them, that a client can tell from the truth."""
    lists = _document((*HONEST, "empty_page"), max_size)
    return lists | _document((*HONEST, "miscounted_total"), max_size)


def any_at_all(max_size: int = 4) -> st.SearchStrategy[Spec]:
    """Denials and faults, lies among them."""
    return _document(tuple(EFFECTS), max_size)
