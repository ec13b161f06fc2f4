"""A rule as a plan holds it: compiled, with its tally, and what it comes to when it strikes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

from emulator.errors import BadInput
from emulator.faults.denials import Denial, compile_coverage
from emulator.faults.effects import (
    ARRIVAL,
    DEPARTURE,
    ENDINGS,
    Delay,
    Drop,
    Effect,
    Garble,
    Reset,
    ShiftedPage,
    StalePage,
    Throttle,
    Truncate,
    kind_of_effect,
    name_of,
)
from emulator.faults.fault import Fault
from emulator.faults.match import Match, Moment, compile_globs, compile_tests
from emulator.faults.page import Page, Place
from emulator.faults.spec import Fields
from emulator.faults.tally import Dice, Tally

E_co = TypeVar("E_co", covariant=True)
R_co = TypeVar("R_co", Denial, Fault, covariant=True)


@dataclass(frozen=True, slots=True)
class Firing(Generic[E_co]):
    """A rule that struck a call: the denial or the effect, and how often the rule has struck by now."""

    rule_id: str
    effect: E_co
    nth: int
    past: object = None
    """What the rule keeps of the moment at which it was added."""

    @property
    def name(self) -> str:
        """What struck: ``denial``, or the effect's name in a spec."""
        return "denial" if isinstance(self.effect, Denial) else name_of(self.effect)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Planned(Generic[R_co]):
    """A rule in a plan: compiled, and with its tally."""

    rule: R_co
    is_action: Callable[[str], object]
    tests: tuple[Callable[[Moment], object], ...]
    dice: Dice
    tally: Tally
    past: object = None

    def copy(self) -> Planned[R_co]:
        """The same rule, counting on separately."""
        return replace(self, tally=self.tally.copy())

    def at(self, tally: Sequence[int]) -> Planned[R_co]:
        """The same rule, as far as a tally says."""
        return replace(self, tally=Tally.at(tally))

    def state(self) -> dict[str, object]:
        """The rule and how far it has come, as JSON."""
        return {"id": self.rule.id, "spec": self.rule.as_spec(), "tally": self.tally.state()}

    def strikes(self, moment: Moment) -> bool:
        """Count a call whose action fits, if it is meant; whether it is struck."""
        for test in self.tests:
            if not test(moment):
                return False
        return self.tally.count(self.rule.match, self.dice, moment.now)

    def describe(self) -> dict[str, object]:
        """The rule as JSON: id, spec, how many calls it has counted and struck, whether it is spent."""
        return {
            "id": self.rule.id,
            **self.rule.as_spec(),
            "seen": self.tally.seen,
            "fired": self.tally.fired,
            "is_spent": self.tally.is_spent(self.rule.match),
        }


def plan_denial(denial: Denial) -> Planned[Denial]:
    """A denial, compiled."""
    return _plan(denial, "denial", *compile_coverage(denial.resource))


def plan_fault(fault: Fault, remember: Callable[[], object]) -> Planned[Fault]:
    """A fault, compiled; one that shows the past keeps what ``remember`` answers."""
    planned = _plan(fault, name_of(fault.effect))
    return replace(planned, past=remember()) if isinstance(fault.effect, StalePage) else planned


def _plan(rule: R_co, flavour: str, *tests: Callable[[Moment], object]) -> Planned[R_co]:
    match: Match = rule.match
    is_action, dice = compile_globs(match.action), Dice(match, flavour)
    return Planned(rule, is_action, (*compile_tests(match), *tests), dice, Tally())


@dataclass(frozen=True, slots=True)
class Concerned:
    """The rules whose action pattern fits one action, in the order they were added."""

    on_arrival: tuple[Planned[Fault], ...]
    denials: tuple[Planned[Denial], ...]
    on_departure: tuple[Planned[Fault], ...]

    @classmethod
    def by(cls, key: str, denials: Iterable[Planned[Denial]], faults: Iterable[Planned[Fault]]) -> Concerned:
        """Choose for one action."""
        about = [planned for planned in faults if planned.is_action(key)]
        return cls(
            on_arrival=tuple(planned for planned in about if planned.rule.seam == ARRIVAL),
            denials=tuple(planned for planned in denials if planned.is_action(key)),
            on_departure=tuple(planned for planned in about if planned.rule.seam == DEPARTURE),
        )

    def arrive(self, moment: Moment) -> Iterator[Firing[Effect]]:
        """What strikes a call before anything was done."""
        has_ended = False
        for planned in self.on_arrival:
            effect = planned.rule.effect
            if (not has_ended or isinstance(effect, Delay)) and planned.strikes(moment):
                yield _fault_firing(planned)
                has_ended = has_ended or isinstance(effect, ENDINGS)

    def deny(self, moment: Moment) -> Iterator[Firing[Denial]]:
        """Which denials strike a call of someone who can be denied."""
        for planned in self.denials:
            if planned.strikes(moment):
                yield Firing(planned.rule.id, planned.rule, planned.tally.fired)

    def depart(self, moment: Moment, page: Page | None, place: Place | None) -> Iterator[Firing[Effect]]:
        """What strikes an answer."""
        possible = Possible(page, place)
        for planned in self.on_departure:
            effect = planned.rule.effect
            if possible.allows(effect) and planned.strikes(moment):
                yield _fault_firing(planned)
                possible.follow(effect)


class Possible:
    """What can still happen to an answer. Mutable, for one answer."""

    __slots__ = ("_is_over", "_is_replaced", "_page", "_place")

    def __init__(self, page: Page | None, place: Place | None) -> None:
        self._page = page
        self._place = place
        self._is_replaced = False
        self._is_over = False

    def allows(self, effect: Effect) -> bool:
        """Whether an effect could change anything now."""
        if self._is_over:
            return isinstance(effect, Delay)
        need = kind_of_effect(effect).needs
        if need is not None and (self._page is None or not self._page.has(need)):
            return False
        match effect:
            case StalePage():
                return self._place is not None
            case ShiftedPage():
                return self._place is not None and self._place.number >= effect.from_page
        return not (self._is_replaced and isinstance(effect, ENDINGS))

    def follow(self, effect: Effect) -> None:
        """Note that an effect was carried out."""
        self._is_over = self._is_over or isinstance(effect, Drop | Reset)
        self._is_replaced = self._is_replaced or isinstance(effect, ENDINGS)
        if isinstance(effect, Truncate | Garble) or self._is_replaced:
            self._page = None


def _fault_firing(planned: Planned[Fault]) -> Firing[Effect]:
    """The effect as it strikes: a throttle that a rate set off says that rate."""
    rule, tally = planned.rule, planned.tally
    effect, rate = rule.effect, rule.match.rate
    if isinstance(effect, Throttle) and effect.limit is None and rate and rule.match.window_seconds == 1:
        effect = replace(effect, limit=rate, count=effect.count or tally.in_window)
    return Firing(rule.id, effect, tally.fired, planned.past)


def read_all(fields: Fields, name: str, read: Callable[[Any, str], R_co]) -> list[R_co]:
    """Read a list of specs; what is wrong is noted in ``fields``."""
    found = []
    for path, spec in fields.items(name):
        try:
            found.append(read(spec, path))
        except BadInput as bad:
            fields.adopt(bad)
    return found
