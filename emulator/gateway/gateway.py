"""The ten hops: from an envelope to a reply, without a socket and without waiting."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter
from typing import Any

import orjson

from emulator.contract.catalog import Catalog
from emulator.contract.conform import encode_answer
from emulator.contract.model import Action
from emulator.contract.validate import check, coerce
from emulator.errors import (
    ApiError,
    action_offline,
    invalid_authorization,
    invalid_region,
    missing_parameter,
    request_too_large,
    unsupported_content_type,
    unsupported_protocol,
)
from emulator.faults.plan import Plan
from emulator.gateway.account import Account
from emulator.gateway.authorize import authorize
from emulator.gateway.find import find, host_region
from emulator.gateway.identify import identify
from emulator.gateway.journal import Entry, Journal
from emulator.gateway.misbehave import Arrival, Misbehaviour
from emulator.gateway.perform import Repertoire
from emulator.gateway.refusal import Refused
from emulator.gateway.stubs import Stubs
from emulator.tables.bind import Bound
from emulator.tables.call import Call, Caller, Permit, Result
from emulator.wire import tc3, v1
from emulator.wire.claim import Claim
from emulator.wire.envelope import Envelope
from emulator.wire.flat import parse_multipart, parse_query
from emulator.wire.reply import Reply, error_body
from emulator.world import regions
from emulator.world.mint import Mint
from emulator.world.world import Cloud, World

GET_LIMIT_BYTES = 32 * 1024
"""Documented: the limits of GET, of POST under v1 and of POST under TC3 (the last two in their modules)."""


class Gateway:
    """Answers envelopes. Everything beneath it is synchronous and without I/O.

    The order of hops 3 to 7 is only partly known of the real gateway; it stands in ``_answer``.
    """

    def __init__(self, cloud: Cloud, catalog: Catalog, *, seed: int | str = 0) -> None:
        self.cloud = cloud
        self.catalog = catalog
        self.repertoire = Repertoire(catalog)
        self.unclaimed = Journal(capacity=1000, body_budget_bytes=256 * 1024)
        """Calls whose key belongs to no account."""
        self._accounts: dict[str, Account] = {}
        self._mint = Mint(f"requests/{seed}")

    def account(self, world: World) -> Account:
        """What the server keeps of a root account; made at first use."""
        found = self._accounts.get(world.uin)
        if found is None or found.world is not world:
            plan = Plan(can_match=self.catalog.can_match)
            found = self._accounts[world.uin] = Account(world, plan, Stubs(self.catalog))
        return found

    def forget(self, uin: str) -> None:
        """Drop what was kept of an account that was closed."""
        self._accounts.pop(uin, None)

    def answer(self, envelope: Envelope) -> Reply:
        """Answer one request, whatever it is, and enter it in the journal."""
        started = perf_counter()
        entry = Entry(self._mint.uuid(), envelope.peer)
        misbehaviour: Misbehaviour | None = None
        try:
            claim = read_claim(envelope)
            _note_claim(entry, claim)
            action = find(self.catalog, claim, self.repertoire.is_modelled)
            entry.service, entry.action, entry.version = action.service, action.name, action.version
            caller = identify(self.cloud, claim)
            entry.caller, entry.at = caller, caller.world.clock.now()
            account = self.account(caller.world)
            if not account.plan.is_empty:
                misbehaviour = Misbehaviour(account.plan, claim, action, caller, envelope.headers)
            reply = self._answer(claim, action, caller, account, entry=entry, misbehaviour=misbehaviour)
        except ApiError as error:
            entry.error = error
            body = error_body(error, entry.language, entry.request_id)
            reply = Reply(body=body, request_id=entry.request_id, trace_id=entry.trace_id)
        if misbehaviour is not None:
            reply = misbehaviour.departure(reply)
            entry.firings = misbehaviour.firings
        entry.body = reply.body
        entry.took_us = (perf_counter() - started) * 1e6
        self._journal(entry).add(entry)
        return reply

    def _answer(
        self,
        claim: Claim,
        action: Action,
        caller: Caller,
        account: Account,
        *,
        entry: Entry,
        misbehaviour: Misbehaviour | None,
    ) -> Reply:
        params = read_params(claim, action)
        entry.params = params
        denials: Arrival | tuple[()] = ()
        delay_seconds = 0.0
        if misbehaviour is not None:
            arrival = misbehaviour.arrival(params)
            if arrival.reply is not None:
                return arrival.reply
            delay_seconds, denials = arrival.delay_seconds, arrival
        bound = self.repertoire.find(action)
        region = locate(claim, bound)
        entry.region, entry.fidelity = region, bound.fidelity
        if action.status == "offline":
            raise action_offline()
        check(action, params)
        call = Call(action, caller, params, region, claim.language)
        try:
            permit = authorize(
                account.authority,
                bound,
                call,
                denials=denials.denials if isinstance(denials, Arrival) else (),
                request_id=entry.request_id,
            )
        except Refused as refused:
            entry.decision = refused.decision
            raise
        entry.decision = permit.decision
        result = self._perform(permit, bound, account, entry)
        body = encode_answer(action, result, entry.request_id)
        return Reply(
            body=body, request_id=entry.request_id, trace_id=claim.trace_id, delay_seconds=delay_seconds
        )

    @staticmethod
    def _perform(permit: Permit, bound: Bound, account: Account, entry: Entry) -> Result:
        call = permit.call
        if account.stubs:
            stub = account.stubs.find(call)
            if stub is not None:
                entry.fidelity = "stubbed"
                return stub.answer()
        return bound.perform(call)

    def _journal(self, entry: Entry) -> Journal:
        caller = entry.caller
        if caller is not None:
            return self.account(caller.world).journal
        found = self.cloud.find_key(entry.secret_id) if entry.secret_id else None
        return self.unclaimed if found is None else self.account(found[0]).journal


def read_claim(envelope: Envelope) -> Claim:
    """Hop 3: whose request this says it is, by whichever signature it carries.

    Raises:
        ApiError: UnsupportedProtocol, RequestSizeLimitExceeded, MissingParameter or
            AuthFailure.InvalidAuthorization.
    """
    if envelope.method not in ("GET", "POST"):
        raise unsupported_protocol()
    if len(envelope.body) > tc3.BODY_LIMIT_BYTES or (
        envelope.method == "GET" and len(envelope.query) > GET_LIMIT_BYTES
    ):
        raise request_too_large()
    authorization = envelope.headers.get("authorization", "")
    if authorization.startswith(tc3.SCHEME):
        return tc3.read(envelope)
    if authorization:
        # Assumed: the reasons' wording.
        unsigned = authorization == "SKIP"
        raise invalid_authorization(
            "The request must be signed." if unsigned else "The signature method is not supported."
        )
    return v1.read(envelope)


def read_params(claim: Claim, action: Action) -> Mapping[str, Any]:
    """The action's own parameters, however they were written.

    Raises:
        ApiError: InvalidParameter or InvalidRequest for what cannot be read.
    """
    match claim.form:
        case "json":
            return _json_object(claim.payload)
        case "query" | "form":
            fields = parse_query(claim.payload.decode("utf-8", "replace"))
            if claim.scheme != "TC3-HMAC-SHA256":
                fields = {name: value for name, value in fields.items() if name not in v1.COMMON}
            return coerce(action, fields)
        case "multipart":
            return coerce(action, parse_multipart(claim.content_type, claim.payload))
        case "octet":
            # The body is the payload of one of the few actions that take raw bytes; their other parameters
            # travel in headers. None of them is modelled.
            raise unsupported_content_type(claim.content_type)


def _json_object(payload: bytes) -> Mapping[str, Any]:
    if not payload.strip():
        return {}
    try:
        found = orjson.loads(payload)
    except orjson.JSONDecodeError as reason:
        # Assumed: code and text.
        raise ApiError("InvalidParameter", "The request body is not valid JSON.") from reason
    if not isinstance(found, dict):
        # Assumed: code and text.
        raise ApiError("InvalidParameter", "The request body is not a JSON object.")
    return found


def locate(claim: Claim, bound: Bound) -> str:
    """The region a call is about; empty for what has none.

    Raises:
        ApiError: MissingParameter for a regional action without one, InvalidParameterValue for one that
            does not exist.
    """
    region = claim.region or host_region(claim.host)
    if not region:
        if bound.home == "region":
            raise missing_parameter("Region")
        return ""
    if regions.find(region) is None:
        raise invalid_region()
    return region


def _note_claim(entry: Entry, claim: Claim) -> None:
    entry.secret_id = claim.secret_id
    entry.service, entry.action, entry.version = claim.scope, claim.action, claim.version
    entry.region, entry.language, entry.trace_id = claim.region, claim.language, claim.trace_id
