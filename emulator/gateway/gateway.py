"""The ten hops: from an envelope to a reply, without a socket and without waiting."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Any

import orjson

from emulator.contract.catalog import Catalog
from emulator.contract.conform import encode_answer
from emulator.contract.model import Action
from emulator.contract.validate import check, coerce
from emulator.errors import (
    ApiError,
    action_offline,
    invalid_action,
    invalid_authorization,
    invalid_region,
    missing_parameter,
    request_too_large,
    unsupported_content_type,
    unsupported_protocol,
)
from emulator.faults.plan import Plan
from emulator.gateway.account import Account, can_match
from emulator.gateway.authorize import authorize
from emulator.gateway.find import find, host_region
from emulator.gateway.identify import admit_unsigned, identify
from emulator.gateway.journal import Entry, Journal
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
from emulator.world.coming import tell_key_change
from emulator.world.mint import Mint
from emulator.world.world import Cloud, World

if TYPE_CHECKING:
    from emulator.faults.seams import Arrival
    from emulator.gateway.misbehave import Misbehaviour

GET_LIMIT_BYTES = 32 * 1024
"""Documented: the limits of GET, of POST under v1 and of POST under TC3 (the last two in their modules)."""


class Gateway:
    """Answers envelopes. Everything beneath it is synchronous and without I/O.

    The order of hops 3 to 7 is only partly known of the real gateway; it stands in ``_identified`` and
    ``_performed``.
    """

    def __init__(self, cloud: Cloud, catalog: Catalog, *, seed: int | str = 0) -> None:
        self.cloud = cloud
        self.catalog = catalog
        self.repertoire = Repertoire(catalog)
        self.unclaimed = Journal(capacity=1000, body_budget_bytes=256 * 1024)
        """Calls whose key belongs to no account."""
        self._accounts: dict[str, Account] = {}
        self.seen: dict[str, Account] = {}
        """The accounts that somebody looked at since this was last cleared: no other can have changed."""
        self._mint = Mint(f"requests/{seed}")

    def account(self, world: World) -> Account:
        """What the server keeps of a root account; made at first use."""
        found = self._accounts.get(world.uin)
        if found is None or found.world is not world:
            found = self._accounts[world.uin] = Account(
                world,
                Plan(
                    can_match=partial(can_match, self.catalog),
                    regions=regions.IDS,
                    can_show=self.repertoire.can_show,
                    remember=world.as_it_is,
                ),
                Stubs(self.catalog),
            )
        self.seen[world.uin] = found
        return found

    def forget(self, uin: str) -> None:
        """Drop what was kept of an account that was closed."""
        self._accounts.pop(uin, None)
        self.seen.pop(uin, None)

    def answer(self, envelope: Envelope) -> Reply:
        """Answer one request, whatever it is, and enter it in the journal."""
        started = perf_counter()
        entry = Entry(self._mint.uuid(), envelope.peer)
        headers = envelope.headers
        entry.at, entry.language = self.cloud.now(), headers.get("x-tc-language", "")
        entry.client = headers.get("x-tc-requestclient") or headers.get("user-agent", "")
        try:
            reply = self._identified(envelope, entry)
        except ApiError as error:
            reply = self._failed(error, entry)
        entry.body = reply.body
        entry.took_us = (perf_counter() - started) * 1e6
        self._journal(entry).add(entry)
        return reply

    def _identified(self, envelope: Envelope, entry: Entry) -> Reply:
        """Hops 3 to 5: whose request this is, what it means, and that it is truly theirs."""
        claim = read_claim(envelope)
        _note_claim(entry, claim)
        action = find(self.catalog, claim, self.repertoire.is_modelled)
        entry.service, entry.action, entry.version = action.service, action.name, action.version
        if action.status == "unpublished" and not self._serves_unpublished(claim):
            raise invalid_action()
        owner = self.cloud.find_owner(claim.secret_id)
        if owner is not None and owner.in_force() is not owner:
            entry.key_change = tell_key_change(owner, claim.secret_id)
        caller = self._caller(claim, action)
        entry.caller, entry.at = caller, caller.world.clock.now()
        account = self.account(caller.world)
        if account.settings.rate_limits:
            # Assumed: counted once the caller is known and before anything else is looked at.
            account.rates.count(action.key, entry.at)
        if account.plan.is_empty:
            return self._performed(claim, action, caller, account, entry=entry)
        return self._misbehaving(claim, action, caller, account, envelope=envelope, entry=entry)

    def _serves_unpublished(self, claim: Claim) -> bool:
        """Whether the account whose key is claimed does, be it proven or not: nothing else hangs on it."""
        found = self.cloud.find_key(claim.secret_id)
        return found is not None and self.account(found[0]).settings.unpublished_actions

    def _caller(self, claim: Claim, action: Action) -> Caller:
        if claim.scheme != tc3.UNSIGNED:
            return identify(self.cloud, claim)
        whose = self.repertoire.find(action).whose
        return admit_unsigned(self.cloud, claim, whose, read_params(claim, action))

    def _misbehaving(
        self,
        claim: Claim,
        action: Action,
        caller: Caller,
        account: Account,
        *,
        envelope: Envelope,
        entry: Entry,
    ) -> Reply:
        """The same, between the two seams of the plan."""
        from emulator.gateway.misbehave import Misbehaviour, suffering

        misbehaviour = Misbehaviour(account.plan, claim, action, caller, envelope)
        delay_seconds = 0.0
        try:
            arrival = misbehaviour.arrival(read_params(claim, action))
            delay_seconds = arrival.delay_seconds
            if arrival.error is not None:
                raise arrival.error
            if arrival.answer is not None:
                blank = Reply(body=b"", request_id=entry.request_id, trace_id=claim.trace_id)
                reply = suffering(blank, arrival.answer)
            else:
                reply = self._performed(
                    claim, action, caller, account, entry=entry, misbehaviour=misbehaviour, arrival=arrival
                )
        except ApiError as error:
            reply = self._failed(error, entry)
        reply = replace(reply, delay_seconds=reply.delay_seconds + delay_seconds)
        page = self.repertoire.find(action).page if entry.error is None and reply.status == 200 else None
        reply = misbehaviour.departure(reply, page, entry.language)
        entry.firings = misbehaviour.firings
        return reply

    def _performed(
        self,
        claim: Claim,
        action: Action,
        caller: Caller,
        account: Account,
        *,
        entry: Entry,
        misbehaviour: Misbehaviour | None = None,
        arrival: Arrival | None = None,
    ) -> Reply:
        """Hops 6 to 9: a valid call, a permit, the deed, and an answer that keeps the contract."""
        params = entry.params = read_params(claim, action)
        bound = self.repertoire.find(action)
        entry.fidelity = bound.fidelity
        region = locate(claim, bound)
        if arrival is not None and arrival.region is not None:
            region = arrival.region
        entry.region = region
        if action.status == "offline":
            raise action_offline()
        check(action, params)
        call = Call(action, caller, params, region, claim.language, request_id=entry.request_id)
        denials = misbehaviour.denials(region, bound.asks(call)) if misbehaviour is not None else ()
        permit = authorize(account.authority, bound, call, denials=denials, request_id=entry.request_id)
        entry.decisions = (permit.decision, *permit.further)
        for _ in range(1 if arrival is None else arrival.deliveries):
            result = self._perform(permit, bound, account, entry)
        if misbehaviour is not None and entry.fidelity != "stubbed":
            misbehaviour.performed(permit.call, bound)
        body = encode_answer(action, result, entry.request_id)
        return Reply(body=body, request_id=entry.request_id, trace_id=claim.trace_id)

    @staticmethod
    def _perform(permit: Permit, bound: Bound, account: Account, entry: Entry) -> Result:
        call = permit.call
        if account.stubs:
            stub = account.stubs.find(call)
            if stub is not None:
                entry.fidelity = "stubbed"
                return stub.answer()
        return bound.perform(call)

    @staticmethod
    def _failed(error: ApiError, entry: Entry) -> Reply:
        entry.error = error
        if isinstance(error, Refused):
            entry.decisions = (*error.before, error.decision)
        body = error_body(error, entry.language, entry.request_id)
        return Reply(body=body, request_id=entry.request_id, trace_id=entry.trace_id)

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
    if (
        not envelope.is_whole
        or len(envelope.body) > tc3.BODY_LIMIT_BYTES
        or (envelope.method == "GET" and len(envelope.query) > GET_LIMIT_BYTES)
    ):
        raise request_too_large()
    authorization = envelope.headers.get("authorization", "")
    if authorization.startswith(tc3.SCHEME):
        return tc3.read(envelope)
    if authorization == tc3.UNSIGNED:
        return tc3.read_unsigned(envelope)
    if authorization:
        # Assumed: the reason's wording.
        raise invalid_authorization("The signature method is not supported.")
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
            return _from_headers(claim, action)


def _from_headers(claim: Claim, action: Action) -> Mapping[str, Any]:
    """The parameters of an action whose body is raw bytes: ``X-CLS-TopicId`` is ``TopicId`` of cls."""
    # Assumed: of every such action; it is how clients of cls UploadLog send theirs. One that sends none of
    # them does not call such an action.
    prefix = f"x-{action.service}-"
    sent = {
        name: claim.headers[prefix + name.lower()]
        for name in action.request.members
        if prefix + name.lower() in claim.headers
    }
    if not sent:
        raise unsupported_content_type(claim.content_type)
    return coerce(action, sent)


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
    # Assumed: a null stands for a parameter that was not sent, as SDKs leave out what is None.
    return without_nulls(found) if b"null" in payload else found


def without_nulls(value: Mapping[str, Any]) -> dict[str, Any]:
    """The same without members that are null, at any depth."""
    return {name: _without_nulls(each) for name, each in value.items() if each is not None}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return without_nulls(value)
    return [_without_nulls(each) for each in value] if isinstance(value, list) else value


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
