"""Counting the calls a rule is about, and deciding by number and clock which of them it strikes."""

from __future__ import annotations

import json
from collections.abc import Sequence
from hashlib import blake2b

from emulator.faults.match import HIT, Match, specify

_DRAWN_BY = frozenset({"action", "caller", "user", "role", "key", "region", "header", "params", "seed"})
_SPAN = 1 << 64


class Tally:
    """How often a rule was asked about a call it means, and how often it struck. Mutable."""

    __slots__ = ("fired", "in_window", "seen", "window")

    def __init__(self) -> None:
        self.seen = 0
        self.fired = 0
        self.window = -1
        self.in_window = 0

    def copy(self) -> Tally:
        """The same numbers, counted on separately."""
        return Tally.at(self.state())

    def state(self) -> tuple[int, int, int, int]:
        """The numbers, for ``at``."""
        return self.seen, self.fired, self.window, self.in_window

    @classmethod
    def at(cls, state: Sequence[int]) -> Tally:
        """A tally that counts on from there."""
        tally = cls()
        tally.seen, tally.fired, tally.window, tally.in_window = state
        return tally

    def is_spent(self, match: Match) -> bool:
        """Whether the rule can never strike again."""
        if match.times is not None and self.fired >= match.times:
            return True
        return bool(match.sequence) and self.seen >= match.after + len(match.sequence)

    def count(self, match: Match, dice: Dice, now: float) -> bool:
        """Count one call that is meant; whether it is struck."""
        if match.times is not None and self.fired >= match.times:
            return False
        self.seen += 1
        turn = self.seen - match.after
        if turn <= 0 or not self._is_on(match, turn) or not self._is_over_rate(match, now):
            return False
        if match.probability < 1 and dice.draw(self.seen) >= match.probability:
            return False
        self.fired += 1
        return True

    @staticmethod
    def _is_on(match: Match, turn: int) -> bool:
        sequence = match.sequence
        return not sequence or (turn <= len(sequence) and sequence[turn - 1] == HIT)

    def _is_over_rate(self, match: Match, now: float) -> bool:
        if match.rate is None:
            return True
        window = int(now // match.window_seconds)
        if window != self.window:
            self.window, self.in_window = window, 0
        self.in_window += 1
        return self.in_window > match.rate


class Dice:
    """Numbers in [0, 1) by a rule's seed, by whom and what it means, and by the number of the call.

    Not on the rule's place in the plan, nor on its probability: dropping another rule changes nothing, and
    a higher probability strikes every call that a lower one did.
    """

    __slots__ = ("_prefix",)

    def __init__(self, match: Match, flavour: str) -> None:
        spec = {name: value for name, value in specify(match).items() if name in _DRAWN_BY}
        self._prefix = json.dumps([flavour, spec], sort_keys=True).encode()

    def draw(self, number: int) -> float:
        """The number drawn for the n-th call."""
        digest = blake2b(self._prefix + b"%d" % number, digest_size=8).digest()
        return int.from_bytes(digest, "big") / _SPAN
