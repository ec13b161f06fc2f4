"""What a request has become: a caller, a call, and the permit to perform it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from emulator.contract.model import Action
from emulator.policy.decide import Decision
from emulator.wire.passing import passing
from emulator.world.credentials import AccessKey, Principal
from emulator.world.shelves import Row
from emulator.world.views import Found
from emulator.world.world import Cloud, World

Sees = Callable[[Found[Row]], Found[Row]]
"""Which rows a caller gets to see of a list that it may not see whole."""
Result = Mapping[str, Any]
"""The members of a response, RequestId apart. Rows in it may stand in their encoded form."""


@passing(frozen=True, slots=True)
class Caller:
    """A proven identity, and the world it acts in."""

    cloud: Cloud
    world: World
    principal: Principal
    key: AccessKey | None
    """None for one of the few calls that nobody signs."""
    peer: str
    """The caller's IP address."""

    @property
    def is_root(self) -> bool:
        """Whether the root account itself calls."""
        return self.principal.kind == "root"


@passing(frozen=True, slots=True)
class Call:
    """An action, who calls it, and parameters that fit the contract."""

    action: Action
    caller: Caller
    params: Mapping[str, Any]
    region: str
    language: str
    sees: Sees | None = None
    """None: every row."""
    request_id: str = ""
    """What its answer will be known by: the name of the task that an asynchronous action begins, and
    of the last operation on a row that remembers it."""

    @property
    def world(self) -> World:
        """The caller's world."""
        return self.caller.world

    @property
    def now(self) -> float:
        """The time in the caller's world, in seconds since the epoch."""
        return self.caller.world.clock.now()


@passing(frozen=True, slots=True)
class Permit:
    """A call that was allowed, and the decision that says why."""

    call: Call
    decision: Decision
    further: tuple[Decision, ...] = ()
    """On the second permissions that the call needed as well."""
