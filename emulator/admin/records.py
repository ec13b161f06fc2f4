"""The journal's records as they are shown: in a line, and whole with the decision explained."""

from __future__ import annotations

from typing import Any

from emulator.gateway.journal import Entry, answer_of, masked


def in_short(entry: Entry) -> dict[str, Any]:
    """A record's outline."""
    shown = {
        "RequestId": entry.request_id,
        "At": entry.at,
        "Service": entry.service,
        "Action": entry.action,
        "Version": entry.version,
        "Region": entry.region,
        "User": entry.user,
        "Outcome": entry.outcome,
        "Fidelity": entry.fidelity,
        "TookMicroseconds": round(entry.took_us),
    }
    if entry.firings:
        shown["Fired"] = [
            {"Id": firing.rule_id, "What": firing.name, "Nth": firing.nth} for firing in entry.firings
        ]
    return shown


def in_full(entry: Entry) -> dict[str, Any]:
    """All that is known of a call; secrets read ``******``."""
    error = entry.error
    return {
        **in_short(entry),
        "SecretId": entry.secret_id,
        "Caller": _caller(entry),
        "Uin": entry.caller.principal.uin if entry.caller is not None else None,
        "Account": entry.caller.world.uin if entry.caller is not None else None,
        "Peer": entry.peer,
        "Client": entry.client,
        "Language": entry.language,
        "Params": None if entry.params is None else masked(entry.params),
        "Error": None if error is None else {"Code": error.code, "Message": error.message},
        "Decision": decision_of(entry),
        "KeyChange": entry.key_change,
        "Explanation": explanation_of(entry),
        "Response": answer_of(entry),
    }


def _caller(entry: Entry) -> str:
    """Who called, in words."""
    if entry.caller is None:
        return "nobody proven"
    principal = entry.caller.principal
    session = f", session {principal.session}" if principal.session else ""
    return f"{principal.kind} {principal.name or principal.uin} ({principal.uin}{session})"


def decision_of(entry: Entry) -> dict[str, Any] | None:
    """The decision with its explanation; None where none was made."""
    if entry.decision is None:
        return None
    from emulator.policy.explain import as_json

    return as_json(entry.decision)


def explanation_of(entry: Entry) -> list[str]:
    """Why the call was allowed or denied, in lines to read; or why nothing of the kind was decided."""
    told = [*_tell_decision(entry), *(entry.error.why if entry.error is not None else ())]
    return told if entry.key_change is None else [*told, f"not yet: {entry.key_change}"]


def _tell_decision(entry: Entry) -> list[str]:
    decision = entry.decision
    if decision is None:
        return [f"no decision was made: {_why_undecided(entry)}"]
    from emulator.policy.explain import lines

    told = lines(decision).split("\n")
    first = entry.decisions[0]
    if decision is not first:
        told.insert(0, f"{first.question.action} itself is allowed, but this call needs a second permission")
    return told


def _why_undecided(entry: Entry) -> str:
    if entry.caller is None:
        return "nobody was proven to call, so CAM was not asked"
    if any(firing.name != "denial" for firing in entry.firings):
        return "a planned fault answered before CAM was asked"
    return "the request was refused before CAM was asked; whether it would be allowed is not known"


def in_lines(entry: Entry) -> str:
    """A record to read: who called what, how it ended, and why."""
    head = f"{entry.service}:{entry.action} in {entry.region or 'no region'} by {entry.user}"
    return "\n".join([f"{head}: {entry.outcome} (RequestId {entry.request_id})", *explanation_of(entry)])
