"""The plan of one root account: its denials and faults, how far each has come, and what they struck."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from copy import copy
from dataclasses import dataclass, replace
from itertools import count
from typing import Any, Generic, Literal, TypeVar

from emulator.errors import BadInput, NotFound
from emulator.faults.denials import Denial, compile_coverage
from emulator.faults.effects import (
    ARRIVAL,
    DEPARTURE,
    ENDINGS,
    Delay,
    Drop,
    Effect,
    EmptyPage,
    Garble,
    MiscountedTotal,
    Page,
    Reset,
    Throttle,
    Truncate,
    name_of,
)
from emulator.faults.fault import Fault
from emulator.faults.match import Known, Match, Moment, compile_globs, compile_tests
from emulator.faults.spec import Fields
from emulator.faults.tally import Dice, Tally

RuleKind = Literal["denial", "fault"]
E_co = TypeVar("E_co", covariant=True)
R_co = TypeVar("R_co", Denial, Fault, covariant=True)

FIRED_CAPACITY = 10_000
"""So many strikes are remembered, the newest."""


@dataclass(frozen=True, slots=True)
class Firing(Generic[E_co]):
    """A rule that struck a call: the denial or the effect, and how often the rule has struck by now."""

    rule_id: str
    effect: E_co
    nth: int

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

    def copy(self) -> Planned[R_co]:
        """The same rule, counting on separately."""
        return replace(self, tally=self.tally.copy())

    def strikes(self, moment: Moment) -> bool:
        """Count a call whose action fits, if it is meant; whether it is struck."""
        for test in self.tests:
            if not test(moment):
                return False
        return self.tally.count(self.rule.match, self.dice, moment.now)


@dataclass(frozen=True, slots=True)
class Concerned:
    """The rules whose action pattern fits one action, in the order they were added."""

    denials: tuple[Planned[Denial], ...]
    arrival: tuple[Planned[Fault], ...]
    departure: tuple[Planned[Fault], ...]


class Plan:
    """Denials and faults of one account. Mutable, without a clock, and the same for the same moments.

    The gateway asks each seam once a call: ``arrival``, then, if the call goes on, ``denials``, and
    ``departure`` once there is an answer. Rules are asked in the order they were added, and a rule that could
    change nothing any more is not asked, so that it neither counts the call nor is said to have struck it:

    * ``arrival``: the first effect that ends the call (an error, a status, a drop) wins; after it only delays
      are asked. Delays add up.
    * ``denials``: every denial that strikes adds its statement; one is enough to deny. The root account is
      never asked about.
    * ``departure``: effects are carried out one upon the other, but the first that replaces the answer (an
      error, a status, a drop) wins over others of that sort. After a drop or a reset only delays are asked,
      and effects on a list only while there is one.
    """

    def __init__(self, *, can_match: Callable[[str], bool], regions: Collection[str] = ()) -> None:
        """Begin empty; the arguments are those of ``Known``."""
        self._known = Known(can_match, regions)
        self._numbers = count(1)
        self._denials: dict[str, Planned[Denial]] = {}
        self._faults: dict[str, Planned[Fault]] = {}
        self._concerned: dict[tuple[str, str], Concerned] = {}
        self._fired: deque[tuple[str, str]] = deque(maxlen=FIRED_CAPACITY)
        self.is_empty = True
        """Whether there is no rule at all; an attribute, because it is asked at every call."""

    # --- rules -------------------------------------------------------------------------------------------

    def add_denial(self, spec: Denial | Mapping[str, object], where: str = "") -> Denial:
        """Add a denial, or what a spec says of one; what is returned has its id.

        Raises:
            BadInput: all that is wrong, at once, each with its path below ``where``.
        """
        return self._put_denial(self._read_denial(spec, where))

    def add_fault(self, spec: Fault | Mapping[str, object], where: str = "") -> Fault:
        """Add a fault, or what a spec says of one; what is returned has its id.

        Raises:
            BadInput: all that is wrong, at once, each with its path below ``where``.
        """
        return self._put_fault(self._read_fault(spec, where))

    def load(self, document: Mapping[str, object], where: str = "") -> tuple[Denial | Fault, ...]:
        """Add what a document lists under ``denials`` and ``faults``: all of it, or nothing.

        Raises:
            BadInput: all that is wrong in all of them, at once.
        """
        fields = Fields(document, where)
        denials = _read_all(fields, "denials", self._read_denial)
        faults = _read_all(fields, "faults", self._read_fault)
        fields.finish()
        return (*map(self._put_denial, denials), *map(self._put_fault, faults))

    def remove(self, rule_id: str) -> None:
        """Take a rule back.

        Raises:
            NotFound: there is none with this id.
        """
        if self._denials.pop(rule_id, None) is None and self._faults.pop(rule_id, None) is None:
            known = ", ".join((*self._denials, *self._faults)) or "there is none"
            raise NotFound(f"no denial or fault has the id {rule_id!r} (known: {known})")
        self._changed()

    def clear(self, kind: RuleKind | None = None) -> None:
        """Take back all rules of a kind; without one, all rules, and forget what they struck."""
        if kind != "fault":
            self._denials.clear()
        if kind != "denial":
            self._faults.clear()
        if kind is None:
            self._fired.clear()
        self._changed()

    def rules(self, kind: RuleKind | None = None) -> tuple[Denial | Fault, ...]:
        """The rules, denials first, each kind in the order added."""
        return tuple(planned.rule for planned in self._all(kind))

    def describe(self, kind: RuleKind | None = None) -> list[dict[str, object]]:
        """The rules as JSON: id, spec, how many calls each has counted and struck, whether it is spent."""
        return [_describe(planned) for planned in self._all(kind)]

    def copy(self) -> Plan:
        """The plan as it is now, going its own way from here; no id is ever given twice among copies."""
        twin = copy(self)
        twin._denials = {rule_id: planned.copy() for rule_id, planned in self._denials.items()}  # noqa: SLF001
        twin._faults = {rule_id: planned.copy() for rule_id, planned in self._faults.items()}  # noqa: SLF001
        twin._concerned = {}  # noqa: SLF001
        twin._fired = self._fired.copy()  # noqa: SLF001
        return twin

    # --- seams -------------------------------------------------------------------------------------------

    def arrival(self, moment: Moment) -> tuple[Firing[Effect], ...]:
        """The faults that strike a call before anything was done."""
        found: list[Firing[Effect]] = []
        has_ended = False
        for planned in self._about(moment).arrival:
            effect = planned.rule.effect
            if (not has_ended or isinstance(effect, Delay)) and planned.strikes(moment):
                found.append(_fault_firing(planned))
                has_ended = has_ended or isinstance(effect, ENDINGS)
        return tuple(found)

    def denials(self, moment: Moment) -> tuple[Firing[Denial], ...]:
        """The denials whose statement the policy engine is to be given for this call."""
        if moment.caller_kind == "root":
            return ()
        return tuple(
            Firing(planned.rule.id, planned.rule, planned.tally.fired)
            for planned in self._about(moment).denials
            if planned.strikes(moment)
        )

    def departure(self, moment: Moment, page: Page | None) -> tuple[Firing[Effect], ...]:
        """The faults that strike the answer, which holds a list at ``page``, or none."""
        found: list[Firing[Effect]] = []
        possible = Possible(page)
        for planned in self._about(moment).departure:
            effect = planned.rule.effect
            if possible.allows(effect) and planned.strikes(moment):
                found.append(_fault_firing(planned))
                possible.follow(effect)
        return tuple(found)

    def note(self, firing: Firing[Any], request_id: str) -> None:
        """Remember which request a rule struck."""
        self._fired.append((firing.rule_id, request_id))

    def fired(self) -> dict[str, tuple[str, ...]]:
        """The RequestIds each rule struck, in order; also of rules taken back since."""
        found: dict[str, list[str]] = {}
        for rule_id, request_id in self._fired:
            found.setdefault(rule_id, []).append(request_id)
        return {rule_id: tuple(request_ids) for rule_id, request_ids in found.items()}

    # --- inside ------------------------------------------------------------------------------------------

    def _all(self, kind: RuleKind | None) -> Iterator[Planned[Denial] | Planned[Fault]]:
        if kind != "fault":
            yield from self._denials.values()
        if kind != "denial":
            yield from self._faults.values()

    def _changed(self) -> None:
        self._concerned.clear()
        self.is_empty = not (self._denials or self._faults)

    def _about(self, moment: Moment) -> Concerned:
        place = (moment.service, moment.action)
        found = self._concerned.get(place)
        if found is None:
            found = self._concerned[place] = self._concern(moment.key)
        return found

    def _concern(self, key: str) -> Concerned:
        faults = [planned for planned in self._faults.values() if planned.is_action(key)]
        return Concerned(
            denials=tuple(planned for planned in self._denials.values() if planned.is_action(key)),
            arrival=tuple(planned for planned in faults if planned.rule.seam == ARRIVAL),
            departure=tuple(planned for planned in faults if planned.rule.seam == DEPARTURE),
        )

    def _read_denial(self, spec: Denial | Mapping[str, object], where: str) -> Denial:
        return Denial.parse(spec.as_spec() if isinstance(spec, Denial) else spec, where, self._known)

    def _read_fault(self, spec: Fault | Mapping[str, object], where: str) -> Fault:
        return Fault.parse(spec.as_spec() if isinstance(spec, Fault) else spec, where, self._known)

    def _put_denial(self, denial: Denial) -> Denial:
        denial = replace(denial, id=f"denial-{next(self._numbers)}")
        self._denials[denial.id] = _plan(denial, "denial", *compile_coverage(denial.resource))
        self._changed()
        return denial

    def _put_fault(self, fault: Fault) -> Fault:
        fault = replace(fault, id=f"fault-{next(self._numbers)}")
        self._faults[fault.id] = _plan(fault, name_of(fault.effect))
        self._changed()
        return fault


class Possible:
    """What can still happen to an answer. Mutable, for one answer."""

    __slots__ = ("_is_over", "_is_replaced", "_page")

    def __init__(self, page: Page | None) -> None:
        self._page = page
        self._is_replaced = False
        self._is_over = False

    def allows(self, effect: Effect) -> bool:
        """Whether an effect could change anything now."""
        if self._is_over:
            return isinstance(effect, Delay)
        if isinstance(effect, MiscountedTotal):
            return self._page is not None and self._page.total_member is not None
        if isinstance(effect, EmptyPage):
            return self._page is not None
        return not (self._is_replaced and isinstance(effect, ENDINGS))

    def follow(self, effect: Effect) -> None:
        """Note that an effect was carried out."""
        self._is_over = self._is_over or isinstance(effect, Drop | Reset)
        self._is_replaced = self._is_replaced or isinstance(effect, ENDINGS)
        if isinstance(effect, Truncate | Garble) or self._is_replaced:
            self._page = None


def _plan(rule: R_co, flavour: str, *tests: Callable[[Moment], object]) -> Planned[R_co]:
    match: Match = rule.match
    is_action, dice = compile_globs(match.action), Dice(match, flavour)
    return Planned(rule, is_action, (*compile_tests(match), *tests), dice, Tally())


def _fault_firing(planned: Planned[Fault]) -> Firing[Effect]:
    """The effect as it strikes: a throttle that a rate set off says that rate."""
    rule, tally = planned.rule, planned.tally
    effect, rate = rule.effect, rule.match.rate
    if isinstance(effect, Throttle) and effect.limit is None and rate and rule.match.window_seconds == 1:
        effect = replace(effect, limit=rate, count=effect.count or tally.in_window)
    return Firing(rule.id, effect, tally.fired)


def _describe(planned: Planned[Denial] | Planned[Fault]) -> dict[str, object]:
    rule, tally = planned.rule, planned.tally
    return {
        "id": rule.id,
        **rule.as_spec(),
        "seen": tally.seen,
        "fired": tally.fired,
        "is_spent": tally.is_spent(rule.match),
    }


def _read_all(fields: Fields, name: str, read: Callable[[Any, str], R_co]) -> list[R_co]:
    """Read a list of specs; what is wrong is noted in ``fields``."""
    found = []
    for path, spec in fields.items(name):
        try:
            found.append(read(spec, path))
        except BadInput as bad:
            fields.adopt(bad)
    return found


__all__ = ["Denial", "Fault", "Firing", "Moment", "Page", "Plan", "RuleKind"]
