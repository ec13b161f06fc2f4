"""Record what an account's journal remembers as a story: ``python -m scenarios.tape --endpoint URL``."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Mapping
from typing import Any

import orjson

from emulator.errors import BadInput, EmulatorError
from scenarios.replay import Key, Server, Stage, There, ask
from scenarios.story import NO_ANSWER, NO_JSON, ROOT, WELL, Call

Json = dict[str, Any]

COUNTERS = ("id", "seen", "fired", "is_spent")
"""What a rule is told with besides what it was given as."""
EVERY_CALL = "100000"


def record(stage: Stage, *, title: str, estate: str = "empty") -> Json:
    """What happened in an account, as a story that ``scenarios.story.read`` takes; secrets read ``******``.

    The journal knows calls, and what struck them, but not when a rule was made: each is told right before the
    first call it struck, and one that struck none is left out. Calls by roles and by keys that proved nothing
    cannot be made again and are left out too; one in which a password mattered ends otherwise when it is
    played. ``estate`` is the world the account was opened with.

    Raises:
        EmulatorError: the root key in ``stage.keys`` may not read users and policies, or a rule that struck a
            call has been lifted since.
    """
    rules = {
        rule["id"]: (kind, rule) for kind in ("denials", "faults") for rule in stage.ask("GET", kind)[kind]
    }
    shown = stage.ask("GET", "calls", limit=EVERY_CALL)["calls"]
    calls = [stage.ask("GET", f"calls/{each['RequestId']}") for each in shown]
    users = users_of(stage)
    return {
        "title": title,
        "world": {
            "estate": estate,
            "users": [{"name": n, "policies": policies_of(stage, u)} for n, u in users.items()],
        },
        "steps": list(steps_of(calls, rules, {stage.uin: ROOT} | {uin: name for name, uin in users.items()})),
    }


def users_of(stage: Stage) -> dict[str, str]:
    """The sub-users' uins by name."""
    known = ask(stage.server, "GET", "accounts")["accounts"]
    (account,) = [one for one in known if one["Uin"] == stage.uin]
    return {user["Name"]: user["Uin"] for user in account["users"]}


def policies_of(stage: Stage, uin: str) -> list[Any]:
    """A sub-user's own policies: preset ones by name, others as documents."""
    found: list[Any] = []
    for one in answer(stage, "cam:ListAttachedUserPolicies", TargetUin=int(uin), Rp=200)["List"]:
        policy = answer(stage, "cam:GetPolicy", PolicyId=int(one["PolicyId"]))
        # Documented: 1 is a custom policy, 2 a preset one.
        is_preset = policy["Type"] == 2
        found.append(policy["PolicyName"] if is_preset else json.loads(policy["PolicyDocument"]))
    return found


def answer(stage: Stage, action: str, **params: object) -> Json:
    """What the cloud says to the root account."""
    received = stage.call(Call(action=action, params=params))
    content: Json = {} if received is None else orjson.loads(received.body)["Response"]
    if "Error" in content or not content:
        told = content.get("Error", {"Code": NO_ANSWER, "Message": ""})
        raise EmulatorError(f"{action} said {told['Code']}: {told['Message']}")
    return content


def steps_of(
    calls: list[Json], rules: Mapping[str, tuple[str, Json]], names: Mapping[str, str]
) -> Iterator[Json]:
    """The calls in their order, and each rule before the first it struck."""
    told: set[str] = set()
    for call in calls:
        if call["Uin"] not in names:
            continue
        struck = [fired["Id"] for fired in call.get("Fired", ())]
        for rule_id in struck:
            if rule_id not in rules:
                raise EmulatorError(
                    f"{rule_id} struck {call['RequestId']} and is lifted: record before lifting"
                )
            if rule_id not in told:
                told.add(rule_id)
                yield as_step(*rules[rule_id])
        yield step_of(call, names, {rule_id: rules[rule_id][1] for rule_id in struck})


def as_step(kind: str, rule: Json) -> Json:
    """A denial or a fault as it was made."""
    given = {name: value for name, value in rule.items() if name not in COUNTERS}
    return {"deny" if kind == "denials" else "fault": given}


def step_of(call: Json, names: Mapping[str, str], struck: Mapping[str, Json]) -> Json:
    """One call as a step."""
    step: Json = {
        "call": f"{call['Service']}:{call['Action']}",
        "user": names[call["Uin"]],
        "version": call["Version"],
        "expect": outcome_of(call, struck),
    }
    if call["Region"]:
        step["region"] = call["Region"]
    if call["Params"]:
        step["params"] = nameless(call["Params"], names)
    # A decision is told with the answer's RequestId only, so none is where no answer could be read.
    if call["Decision"] is not None and step["expect"] == call["Outcome"]:
        step["decision"] = call["Decision"]["kind"]
    return step


def outcome_of(call: Json, struck: Mapping[str, Json]) -> str:
    """How a call ended for the client, which a fault at departure may tell otherwise than the gateway."""
    fired = [one["What"] for one in call.get("Fired", ())]
    if "drop" in fired or "reset" in fired:
        return NO_ANSWER
    for rule in struck.values():
        if rule.get("effect") == "http_status":
            return f"HTTP {rule['status']}"
    if "garble" in fired or "truncate" in fired:
        return NO_JSON
    if call["Response"] is None:
        return str(call["Outcome"])  # the journal keeps bodies within a budget only
    return str(call["Response"].get("Error", {}).get("Code", WELL))


def nameless(value: Any, names: Mapping[str, str]) -> Any:
    """Parameters in which uins read as names, since another account's users have other uins."""
    if isinstance(value, Mapping):
        return {name: nameless(each, names) for name, each in value.items()}
    if isinstance(value, list):
        return [nameless(each, names) for each in value]
    if isinstance(value, int) and not isinstance(value, bool) and str(value) in names:
        return f"${names[str(value)]}.Uin"
    if isinstance(value, str):
        for uin, name in names.items():
            value = value.replace(uin, f"${name}.Uin") if value != uin else value
    return value


def on_account(server: Server, uin: str | None, secret_id: str, secret_key: str) -> Stage:
    """The stage of an account that is open already; the first one if none is named."""
    known = [account["Uin"] for account in ask(server, "GET", "accounts")["accounts"]]
    if not known or (uin is not None and uin not in known):
        raise BadInput.at("--account", f"expected one of {', '.join(known) or 'none'}")
    stage = Stage(server, uin or known[0])
    stage.keys[ROOT] = Key(stage.uin, secret_id, secret_key)
    return stage


def main(words: list[str] | None = None) -> int:
    """Print the story of an account as JSON; 2 if it cannot be told."""
    parser = argparse.ArgumentParser(
        prog="python -m scenarios.tape",
        description="Record a story. The account's root key comes from TENCENTCLOUD_SECRET_ID and _KEY.",
    )
    parser.add_argument("--endpoint", required=True, help="the running emulator")
    parser.add_argument("--account", metavar="UIN", help="this root account instead of the first")
    parser.add_argument("--title", default="A story from the journal")
    parser.add_argument("--estate", default="empty", help="the named world the account was opened with")
    options = parser.parse_args(words)
    secrets = [os.environ.get(f"TENCENTCLOUD_SECRET_{half}", "") for half in ("ID", "KEY")]
    try:
        stage = on_account(There(options.endpoint), options.account, *secrets)
        story = record(stage, title=options.title, estate=options.estate)
    except EmulatorError as reason:
        print(reason, file=sys.stderr)
        return 2
    print(json.dumps(story, indent=2, ensure_ascii=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
