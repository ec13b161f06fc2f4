"""What speaks for each modelled action: marks in its code, clients that drove it, official examples.

The facts travel with the emulator (``emulator/admin/evidence.json``), one action a line.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any, Literal, get_args

from emulator.admin.evidence import FILE
from emulator.contract.catalog import catalog
from emulator.contract.model import Action
from emulator.contract.validate import coerce
from emulator.errors import ApiError
from emulator.gateway.perform import Repertoire
from emulator.services import ALL
from emulator.world.estate import estate
from scenarios.direct import Direct, Failed
from scenarios.examples import Example, examples
from scenarios.marks import ROOT, Service

NOON = 1_700_000_000.0
REGION = "ap-guangzhou"
WITNESS_FILE = "TCEMU_WITNESS_FILE"
"""Names the file into which a run of the tests writes which real client drove which action."""

Facts = dict[str, Any]
Outcome = Literal["clean", "documented error", "other error", "refused", "not tried"]
"""How an official example ends: answered; with an error that its product publishes, or with another; refused
before CAM was asked (its contract does not allow it), or for not being emulated; or it cannot be read."""
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)


def collect() -> Facts:
    """Every fact but one: which clients drove which action."""
    repertoire = Repertoire(catalog())
    marks = {service: Service(service).marks() for service in ALL}
    ended = Counter((one.action.key, one.outcome) for service in ALL for one in try_examples(service))
    actions = {
        key: {
            "marks": marks[bound.action.service][bound.action.name],
            "clients": [],
            "examples": {outcome: ended[key, outcome] for outcome in OUTCOMES if ended[key, outcome]},
        }
        for key, bound in sorted(repertoire.modelled.items())
    }
    return {"totals": _totals(repertoire), "actions": actions}


def with_clients(facts: Facts, clients: Mapping[str, Sequence[str]]) -> Facts:
    """The facts, and which clients drove which action."""
    actions = {key: {**each, "clients": clients.get(key, [])} for key, each in facts["actions"].items()}
    return {**facts, "actions": actions}


def _totals(repertoire: Repertoire) -> Mapping[str, int]:
    counted = Counter(repertoire.find(catalog().find(*name)).fidelity for name in catalog().names())
    return {fidelity: counted[fidelity] for fidelity in ("modelled", "inferred", "not emulated")}


# --- the file --------------------------------------------------------------------------------------------


def read() -> Facts:
    """The facts as they were written last; none if they never were."""
    return dict(json.loads(FILE.read_text("utf-8"))) if FILE.exists() else {"totals": {}, "actions": {}}


def clients_in(facts: Facts) -> dict[str, list[str]]:
    """Which clients drove which action, by ``service:Action``."""
    return {key: each["clients"] for key, each in facts["actions"].items() if each["clients"]}


def as_text(facts: Facts) -> str:
    """The facts as they are written: one action a line, so that what changes can be read."""
    actions = ",\n".join(
        f"    {json.dumps(key)}: {json.dumps(each)}" for key, each in facts["actions"].items()
    )
    return f'{{\n  "totals": {json.dumps(facts["totals"])},\n  "actions": {{\n{actions}\n  }}\n}}\n'


def witness() -> dict[str, list[str]]:
    """Which real client drove which action, by running the tests in which they do.

    Raises:
        RuntimeError: a test failed.
    """
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "clients.json"
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "tests", "-q", "-m", "real_client and not soak"],
            cwd=ROOT,
            env={**os.environ, WITNESS_FILE: str(file)},
            check=False,
        )
        if done.returncode != 0 or not file.exists():
            raise RuntimeError("the tests with real clients do not pass: nothing is written")
        return dict(json.loads(file.read_text("utf-8")))


# --- official examples -----------------------------------------------------------------------------------

# Documented: the codes that every product may answer with; those with a sub-code stand among its own too.
_COMMON = """
    ActionOffline AuthFailure.InvalidAuthorization AuthFailure.InvalidSecretId AuthFailure.MFAFailure
    AuthFailure.SecretIdNotFound AuthFailure.SignatureExpire AuthFailure.SignatureFailure
    AuthFailure.TokenFailure AuthFailure.UnauthorizedOperation DryRunOperation FailedOperation InternalError
    InvalidAction InvalidParameter InvalidParameterValue InvalidRequest IpInBlacklist IpNotInWhitelist
    LimitExceeded MissingParameter NoSuchProduct NoSuchVersion RequestLimitExceeded
    RequestLimitExceeded.GlobalRegionUinLimitExceeded RequestLimitExceeded.IPLimitExceeded
    RequestLimitExceeded.UinLimitExceeded RequestSizeLimitExceeded ResourceInUse ResourceInsufficient
    ResourceNotFound ResourceUnavailable ResponseSizeLimitExceeded ServiceUnavailable UnauthorizedOperation
    UnknownParameter UnsupportedOperation UnsupportedProtocol UnsupportedRegion
    """
COMMON_CODES = frozenset(_COMMON.split())


@dataclass(frozen=True, slots=True)
class Tried:
    """An official example and how it ended: the error's code, or ``ok``."""

    action: Action
    example: Example
    code: str
    was_decided: bool
    """Whether the request was good enough for CAM to be asked."""

    @property
    def outcome(self) -> Outcome:
        """What it is counted as."""
        if self.code == "ok":
            return "clean"
        if not self.example.is_readable:
            return "not tried"
        if not self.was_decided or self.code == "NotEmulated":
            return "refused"
        is_known = self.code in COMMON_CODES or self.code in published_codes(self.action)
        return "documented error" if is_known else "other error"


def try_examples(service: str) -> Iterator[Tried]:
    """Try every official example of a service's modelled actions, each in the same world.

    A breach of the contract, which is a bug of ours, is raised.
    """
    direct = Direct.open(estate("demo"))
    direct.world.clock.set(NOON)
    direct.world.begin_here()
    declared = direct.gateway.repertoire.declared(service)
    for version in sorted({bound.action.version for bound in declared.values()}):
        for example in examples(service, version):
            bound = declared.get(example.action)
            if bound is not None and bound.action.version == version:
                yield _try(direct, bound.action, example)
                direct.gateway.account(direct.world).reset()


def _try(direct: Direct, action: Action, example: Example) -> Tried:
    if not example.is_readable:
        return Tried(action, example, "", was_decided=False)
    try:
        params = coerce(action, example.flat) if example.flat is not None else example.params
        direct.call(action.key, params, region=REGION, version=action.version)
    except Failed as failed:
        entry = direct.gateway.account(direct.world).journal.get(failed.request_id)
        return Tried(action, example, failed.code, was_decided=entry is not None and bool(entry.decisions))
    except ApiError as error:
        return Tried(action, example, error.code, was_decided=False)
    return Tried(action, example, "ok", was_decided=True)


@cache
def published_codes(action: Action) -> frozenset[str]:
    """The error codes that an action's product publishes, as the official SDK lists them."""
    module = import_module(f"tencentcloud.{action.service}.v{action.version.replace('-', '')}.errorcodes")
    return frozenset(value for name, value in vars(module).items() if name.isupper())
