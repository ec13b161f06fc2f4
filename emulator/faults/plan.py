"""The plan of one root account: its denials and faults, how far each has come, and what they struck."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Collection, Iterator, Mapping
from copy import copy
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from emulator.errors import NotFound

# Every account has a plan and most are empty: what a rule is made of is imported with the first rule.
if TYPE_CHECKING:
    from emulator.faults.denials import Denial
    from emulator.faults.effects import Effect
    from emulator.faults.fault import Fault
    from emulator.faults.match import Known, Moment
    from emulator.faults.page import Page, Place, Trait
    from emulator.faults.planned import Concerned, Firing, Planned

RuleKind = Literal["denial", "fault"]

FIRED_CAPACITY = 10_000
"""So many strikes are remembered, the newest."""


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
      and effects on a list only while there is one. A list that is to be read anew (stale, shifted) is read
      before anything else is done to it: of several stale states the one of the newest rule holds, and
      shifts add up.
    """

    def __init__(
        self,
        *,
        can_match: Callable[[str], bool],
        regions: Collection[str] = (),
        can_show: Callable[[str, Trait], bool] = lambda _glob, _trait: True,
        remember: Callable[[], object] = lambda: None,
    ) -> None:
        """Begin empty; the first arguments are those of ``Known``, the last answers the present state."""
        self._can_match = can_match
        self._regions = regions
        self._can_show = can_show
        self._remember = remember
        self._last = [0]
        """The number of the last id given; shared with copies."""
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
        from emulator.faults.planned import read_all
        from emulator.faults.spec import Fields

        fields = Fields(document, where)
        denials = read_all(fields, "denials", self._read_denial)
        faults = read_all(fields, "faults", self._read_fault)
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
        return [planned.describe() for planned in self._all(kind)]

    def copy(self) -> Plan:
        """The plan as it is now, going its own way from here; no id is ever given twice among copies."""
        twin = copy(self)
        twin._denials = {rule_id: planned.copy() for rule_id, planned in self._denials.items()}  # noqa: SLF001
        twin._faults = {rule_id: planned.copy() for rule_id, planned in self._faults.items()}  # noqa: SLF001
        twin._concerned = {}  # noqa: SLF001
        twin._fired = self._fired.copy()  # noqa: SLF001
        return twin

    # --- keeping -----------------------------------------------------------------------------------------

    def mark(self) -> tuple[object, ...]:
        """Another one whenever ``state`` is another; quick to tell."""
        if self.is_empty:
            return (self._last[0],)
        return (self._last[0], *((planned.rule.id, planned.tally.state()) for planned in self._all(None)))

    def state(self) -> dict[str, object]:
        """The rules and how far each has come, as JSON; what they struck is left out."""
        return {
            "last": self._last[0],
            "denials": [planned.state() for planned in self._denials.values()],
            "faults": [planned.state() for planned in self._faults.values()],
        }

    def pasts(self) -> dict[str, object]:
        """What ``remember`` answered for the faults that show it, by their ids."""
        return {
            rule_id: planned.past for rule_id, planned in self._faults.items() if planned.past is not None
        }

    def resume(self, state: Mapping[str, Any], past: Callable[[str], object] = lambda _rule_id: None) -> None:
        """Go on where a plan stood when ``state`` was told; ``past`` knows what ``pasts`` told then.

        Raises:
            BadInput: a rule that is not valid any more.
        """
        from emulator.faults.planned import plan_denial, plan_fault

        self.clear()
        self._last = [state["last"]]
        for kept in state["denials"]:
            denial = self._read_denial(kept["spec"], kept["id"])
            self._denials[kept["id"]] = plan_denial(replace(denial, id=kept["id"])).at(kept["tally"])
        for kept in state["faults"]:
            fault = self._read_fault(kept["spec"], kept["id"])
            planned = plan_fault(replace(fault, id=kept["id"]), partial(past, kept["id"]))
            self._faults[kept["id"]] = planned.at(kept["tally"])
        self._changed()

    # --- seams -------------------------------------------------------------------------------------------

    def arrival(self, moment: Moment) -> tuple[Firing[Effect], ...]:
        """The faults that strike a call before anything was done."""
        return tuple(self._about(moment).arrive(moment))

    def denials(self, moment: Moment) -> tuple[Firing[Denial], ...]:
        """The denials whose statement the policy engine is to be given for this call."""
        return () if moment.caller_kind == "root" else tuple(self._about(moment).deny(moment))

    def departure(
        self, moment: Moment, page: Page | None, place: Place | None = None
    ) -> tuple[Firing[Effect], ...]:
        """The faults that strike the answer, which holds a list at ``page``, or none.

        Without a ``place`` the list cannot be read anew.
        """
        return tuple(self._about(moment).depart(moment, page, place))

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
            from emulator.faults.planned import Concerned

            found = Concerned.by(moment.key, self._denials.values(), self._faults.values())
            self._concerned[place] = found
        return found

    def _fresh_id(self, kind: RuleKind) -> str:
        self._last[0] += 1
        return f"{kind}-{self._last[0]}"

    def _known(self) -> Known:
        from emulator.faults.match import Known

        return Known(self._can_match, self._regions, self._can_show)

    def _read_denial(self, spec: Denial | Mapping[str, object], where: str) -> Denial:
        from emulator.faults.denials import Denial

        return Denial.parse(spec.as_spec() if isinstance(spec, Denial) else spec, where, self._known())

    def _read_fault(self, spec: Fault | Mapping[str, object], where: str) -> Fault:
        from emulator.faults.fault import Fault

        return Fault.parse(spec.as_spec() if isinstance(spec, Fault) else spec, where, self._known())

    def _put_denial(self, denial: Denial) -> Denial:
        from emulator.faults.planned import plan_denial

        planned = plan_denial(replace(denial, id=self._fresh_id("denial")))
        self._denials[planned.rule.id] = planned
        self._changed()
        return planned.rule

    def _put_fault(self, fault: Fault) -> Fault:
        from emulator.faults.planned import plan_fault

        planned = plan_fault(replace(fault, id=self._fresh_id("fault")), self._remember)
        self._faults[planned.rule.id] = planned
        self._changed()
        return planned.rule
