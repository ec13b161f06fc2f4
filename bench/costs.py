"""What steps cost by themselves, in this process: decisions, resets, new accounts, whole answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count
from statistics import median
from typing import Any

from bench.signing import Key, headers
from emulator.app import compose
from emulator.policy.decide import Grant, Grants, Question, Source
from emulator.policy.decide import compile as compile_grants
from emulator.policy.document import Document, parse
from emulator.wire.envelope import Envelope
from emulator.world.presets import by_name

_ROUNDS = 5
# Hosts in the answer, the region asked, and the parameters. In `demo`, Beijing has none.
_CASES = (
    (0, "ap-beijing", b"{}"),
    (20, "ap-guangzhou", b'{"Limit": 20}'),
    (100, "ap-guangzhou", b'{"Limit": 100}'),
)
_RESOURCE = "qcs::cvm:ap-guangzhou:uin/100000000001:instance/ins-{:08d}"


@dataclass(frozen=True, slots=True)
class Cost:
    """What one step takes, in microseconds of CPU."""

    what: str
    us: float


def measure(what: str, step: Callable[[], object], *, times: int) -> Cost:
    """The median of a few rounds of so many steps."""
    rounds = []
    for _ in range(_ROUNDS):
        started = time.process_time()
        for _ in range(times):
            step()
        rounds.append((time.process_time() - started) / times * 1e6)
    return Cost(what, median(rounds))


def decisions() -> list[Cost]:
    """Decisions of the policy engine on a hundred statements beside a preset policy."""
    grants = _grants({})
    bound = _grants({"string_equal": {"qcs:tag": "env&prod"}})
    known = Question("cvm:DescribeInstances", (_RESOURCE.format(0),))
    fresh = _questions()
    return [
        measure("decision, asked before", lambda: grants.decide(known), times=20_000),
        measure("decision, never asked before", lambda: grants.decide(next(fresh)), times=2_000),
        measure("decision, a condition to be looked at", lambda: bound.decide(known), times=2_000),
    ]


def _questions() -> Iterator[Question]:
    for number in count(1):
        yield Question("cvm:DescribeInstances", (_RESOURCE.format(number),))


def _grants(condition: dict[str, Any]) -> Grants:
    statements = [
        {
            "effect": "deny",
            "action": [f"cvm:{verb}Instances"],
            "resource": [_RESOURCE.format(10**7 + place)],
            **({"condition": condition} if condition else {}),
        }
        for place, verb in enumerate(["Describe", "Terminate", "Start", "Stop"] * 25)
    ]
    own = parse({"version": "2.0", "statement": statements}, limit=None)
    return compile_grants(
        [Grant(Source("policy", name="own"), own), Grant(Source("policy", name="preset"), _preset())]
    )


def _preset() -> Document:
    return parse(by_name()["QcloudCVMReadOnlyAccess"].value["PolicyDocument"])


def states() -> list[Cost]:
    """Resetting an account in which something happened, and opening a new one."""
    app = compose()
    app.control.open_account(world="demo")

    def reset() -> None:
        app.control.add_user("someone")
        app.control.reset()

    return [
        measure("a user added and the account reset", reset, times=200),
        measure("new account", lambda: app.control.open_account(world="demo"), times=200),
    ]


def answers() -> list[Cost]:
    """Whole answers without a socket: 0, 20 and 100 hosts."""
    app = compose()
    app.control.open_account(world="demo")
    user = app.control.add_user("bench", ["QcloudCVMReadOnlyAccess"])
    found = []
    for hosts, region, body in _CASES:
        said = headers(
            Key(user.secret_id, user.secret_key), "DescribeInstances", body, host="cvm", region=region
        )
        envelope = Envelope("POST", "/", "", {name.lower(): value for name, value in said.items()}, body)
        assert b'"Error"' not in app.answer(envelope).body
        found.append(
            measure(f"answer of {hosts} hosts, no socket", lambda e=envelope: app.answer(e), times=1000)
        )
    return found
