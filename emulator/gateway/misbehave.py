"""What a plan does to one request: at arrival, before the engine, and at departure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from emulator.contract.model import Action
from emulator.errors import ApiError
from emulator.faults.denials import Statement
from emulator.faults.effects import REREADS
from emulator.faults.match import Moment
from emulator.faults.page import Page
from emulator.faults.plan import Plan
from emulator.faults.planned import Firing
from emulator.faults.seams import Answer, Arrival, arrive, depart
from emulator.gateway.find import host_region
from emulator.gateway.rereading import Rereading
from emulator.tables.bind import Bound
from emulator.tables.call import Call, Caller
from emulator.wire.claim import Claim
from emulator.wire.envelope import Envelope
from emulator.wire.reply import Reply, error_body


class Misbehaviour:
    """The plan's part in one request. Every seam is asked once, in order, and what struck is remembered."""

    __slots__ = ("_moment", "_place", "_plan", "firings")

    def __init__(self, plan: Plan, claim: Claim, action: Action, caller: Caller, envelope: Envelope) -> None:
        self._plan = plan
        principal = caller.principal
        self._moment = Moment(
            account=caller.world.uin,
            caller_kind=principal.kind,
            caller_uin=principal.uin,
            caller_name=principal.name,
            secret_id=claim.secret_id,
            service=action.service,
            action=action.name,
            version=action.version,
            region=claim.region or host_region(claim.host),
            params={},
            headers=envelope.headers,
            now=caller.world.clock.now(),
        )
        self.firings: tuple[Firing[Any], ...] = ()
        self._place: Rereading | None = None

    def arrival(self, params: Mapping[str, Any]) -> Arrival:
        """What becomes of the call before anything was done."""
        self._moment = replace(self._moment, params=params)
        firings = self._plan.arrival(self._moment)
        self.firings += firings
        return arrive([firing.effect for firing in firings], self._moment.now)

    def denials(self, region: str, resources: tuple[str, ...]) -> list[tuple[str, Statement]]:
        """Deny statements for the engine, by rule id."""
        self._moment = replace(self._moment, region=region, resources=resources)
        firings = self._plan.denials(self._moment)
        self.firings += firings
        return [(firing.rule_id, firing.effect.statement()) for firing in firings]

    def performed(self, call: Call, bound: Bound) -> None:
        """Note what was done to answer the call: a list can be read anew."""
        self._place = Rereading(bound, bound.page, call) if bound.page is not None else None

    def departure(self, reply: Reply, page: Page | None, language: str) -> Reply:
        """The answer as it leaves, if there is one: a call dropped at arrival has none."""
        firings = () if reply.is_dropped else self._plan.departure(self._moment, page, self._place)
        self.firings += firings
        for firing in self.firings:
            self._plan.note(firing, reply.request_id)
        if not firings:
            return reply

        def say(error: ApiError) -> bytes:
            return error_body(error, language, reply.request_id)

        rest = [firing.effect for firing in firings if not isinstance(firing.effect, REREADS)]
        if len(rest) < len(firings):
            reply = replace(reply, body=self._reread(firings, reply, say))
        answer = depart(rest, _answer(reply), page=page, now=self._moment.now, say=say)
        return suffering(reply, answer)

    def _reread(
        self, firings: tuple[Firing[Any], ...], reply: Reply, say: Callable[[ApiError], bytes]
    ) -> bytes:
        if self._place is None:
            return reply.body
        try:
            return self._place.body(firings, reply.request_id)
        except ApiError as error:
            return say(error)


def suffering(reply: Reply, answer: Answer) -> Reply:
    """A reply as a fault leaves it."""
    return replace(
        reply,
        body=answer.body,
        status=answer.status,
        content_type=answer.content_type,
        delay_seconds=answer.delay_seconds,
        is_dropped=answer.is_dropped,
        cut_at=answer.cut_at,
    )


def _answer(reply: Reply) -> Answer:
    return Answer(
        body=reply.body,
        status=reply.status,
        content_type=reply.content_type,
        delay_seconds=reply.delay_seconds,
        is_dropped=reply.is_dropped,
        cut_at=reply.cut_at,
    )
