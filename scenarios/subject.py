"""The port through which any connector, ours or another's, is put through the same stories.

A story speaks only these words. Another connector joins by an adapter that answers them, over its HTTP
API or its command line if it is written in another language.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

if TYPE_CHECKING:
    from connector import Connector
    from connector.model import Trouble
    from connector.pipeline.events import ShardResult
    from connector.pipeline.respond import Ending as Became

Feature = Literal["host", "cspm", "soc"]
Ending = Literal["complete", "partial", "denied", "broken", "skipped"]
Kept = Literal["out", "in", "refused", "unknown"]
KeyVerdict = Literal[
    "valid", "under-privileged", "disabled or deleted", "wrong secret", "unreachable", "other"
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Admission:
    """Whether an account was admitted. ``codes`` and ``request_ids`` are the cloud's, where it was asked."""

    admitted: bool
    told: str = ""
    """Everything the user is told, as one text."""
    codes: tuple[str, ...] = ()
    request_ids: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    """The actions that the user is asked to grant, as CAM names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """How the reading of one thing in one region (empty: it has none) ended."""

    region: str
    ending: Ending
    what: str = "host"
    """In the connector's own words."""
    code: str = ""
    request_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sync:
    """How a synchronisation ended. ``complete`` is the connector's own claim."""

    complete: bool
    readings: tuple[Reading, ...]
    told: str = ""
    missing: tuple[str, ...] = ()
    """The actions that the user is asked to grant, as CAM names them."""

    @property
    def regions(self) -> tuple[Reading, ...]:
        """How the hosts of each region were read."""
        return tuple(one for one in self.readings if one.what == "host")


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyCheck:
    """What a connector says of a key."""

    verdict: KeyVerdict
    missing: tuple[str, ...] = ()
    told: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A host that the connector holds for existing."""

    region: str
    instance_id: str
    doubtful: bool = False
    """It was missed once, or could not be looked at."""
    fields: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thing:
    """Anything that the connector holds for existing. ``kind`` is a key of ``oracles.products``."""

    kind: str
    region: str
    key: str
    doubtful: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """What the connector says became of an address at a place: a domain, ``global``, or ``border``."""

    address: str
    place: str
    kept: Kept


class Subject(Protocol):
    """A connector under test. Nothing here raises for what the cloud does."""

    def onboard(
        self,
        *,
        name: str,
        secret_id: str,
        secret_key: str,
        regions: Sequence[str] | None = None,
        features: Sequence[Feature] = ("host",),
    ) -> Admission:
        """Try to admit an account for these features; ``regions`` None means all."""
        ...

    def sync(self, name: str) -> Sync:
        """Synchronise an account, to the end."""
        ...

    def check_key(self, name: str) -> KeyCheck:
        """Check an account's key."""
        ...

    def accounts(self) -> tuple[str, ...]:
        """The names of the admitted accounts."""
        ...

    def hosts(self, name: str) -> tuple[Host, ...]:
        """Every host of an account that the connector holds for existing."""
        ...

    def things(self, name: str) -> tuple[Thing, ...]:
        """Everything of an account that the connector holds for existing, its regions left out."""
        ...

    def keep_out(
        self, name: str, addresses: Sequence[str], *, domains: Sequence[str] = (), border: bool = False
    ) -> tuple[Response, ...]:
        """Keep addresses out for a day: at domains of the web firewall, at the border for good."""
        ...

    def let_in(self, name: str, addresses: Sequence[str]) -> tuple[Response, ...]:
        """Let addresses in again wherever the connector keeps them out; none that it never did."""
        ...

    def close(self) -> None:
        """Give back what it holds."""
        ...


class OurConnector:
    """Our own connector as a subject."""

    def __init__(self, connector: Connector) -> None:
        self.connector = connector

    def onboard(
        self,
        *,
        name: str,
        secret_id: str,
        secret_key: str,
        regions: Sequence[str] | None = None,
        features: Sequence[Feature] = ("host",),
    ) -> Admission:
        """Onboard, with a refusal as an answer."""
        from connector.errors import BadInput, Refused

        try:
            result = self.connector.onboard(
                name=name, secret_id=secret_id, secret_key=secret_key, regions=regions, features=features
            )
        except BadInput as refusal:
            return Admission(admitted=False, told=str(refusal))
        except Refused as refusal:
            return admission(refusal.troubles, admitted=False)
        return admission(result.troubles, admitted=True)

    def sync(self, name: str) -> Sync:
        """Synchronise."""
        report = self.connector.sync(name)
        return Sync(
            complete=report.complete,
            readings=tuple(reading(result) for result in report.results),
            told=" ".join(str(result.trouble) for result in report.results if result.trouble),
            missing=report.missing,
        )

    def check_key(self, name: str) -> KeyCheck:
        """Check the key."""
        report = self.connector.check_key(name)
        return KeyCheck(
            verdict=VERDICTS.get(report.verdict.value, "other"),
            missing=report.missing,
            told=" ".join(str(trouble) for trouble in report.troubles),
        )

    def accounts(self) -> tuple[str, ...]:
        """Name the accounts."""
        return tuple(account.name for account in self.connector.accounts())

    def hosts(self, name: str) -> tuple[Host, ...]:
        """List the hosts."""
        return tuple(
            Host(
                region=one.region,
                instance_id=one.native_id,
                doubtful=one.state != "LIVE",
                fields=one.fields,
            )
            for one in self.connector.assets("host", account=name)
        )

    def things(self, name: str) -> tuple[Thing, ...]:
        """List everything but the regions."""
        kinds = {kind for kind, _ in self.connector.counts(name)} - {"region"}
        return tuple(
            Thing(kind=kind, region=one.region, key=one.native_id, doubtful=one.state != "LIVE")
            for kind in sorted(kinds)
            for one in self.connector.assets(kind, account=name)
        )

    def keep_out(
        self, name: str, addresses: Sequence[str], *, domains: Sequence[str] = (), border: bool = False
    ) -> tuple[Response, ...]:
        """Block, with a refusal as an answer of every place."""
        from connector.errors import Refused

        try:
            endings = self.connector.block(name, addresses, domains=domains, border=border, for_good=border)
        except Refused:
            places = (*domains, *(("border",) if border else ()))
            return tuple(
                Response(address=one, place=at, kept="refused") for at in places for one in addresses
            )
        return tuple(response(ending) for ending in endings)

    def let_in(self, name: str, addresses: Sequence[str]) -> tuple[Response, ...]:
        """Unblock what is blocked."""
        known = {one.address for one in self.connector.blocks(name)}
        wanted = [one for one in addresses if one in known]
        return tuple(response(ending) for ending in self.connector.unblock(name, wanted))

    def close(self) -> None:
        """Close the store."""
        self.connector.close()


VERDICTS: Mapping[str, KeyVerdict] = {
    "valid": "valid",
    "under-privileged": "under-privileged",
    "disabled or deleted": "disabled or deleted",
    "wrong secret": "wrong secret",
    "unreachable": "unreachable",
}
ENDINGS: Mapping[str, Ending] = {
    "Complete": "complete",
    "Partial": "partial",
    "Denied": "denied",
    "Broken": "broken",
    "Skipped": "skipped",
}


KEPT: Mapping[str, Kept] = {
    "blocked": "out",
    "already blocked": "out",
    "let in": "in",
    "not there": "in",
    "refused": "refused",
    "unknown": "unknown",
}


def response(ending: Became) -> Response:
    """What became of one address at one place."""
    return Response(address=ending.address, place=ending.place, kept=KEPT[ending.word])


def admission(troubles: Sequence[Trouble], *, admitted: bool) -> Admission:
    """An admission from the troubles that were met."""
    proofs = [trouble.evidence for trouble in troubles if trouble.evidence]
    return Admission(
        admitted=admitted,
        told=" ".join(str(trouble) for trouble in troubles),
        codes=tuple(proof.code for proof in proofs),
        request_ids=tuple(proof.request_id for proof in proofs if proof.request_id),
        missing=tuple(dict.fromkeys(action for trouble in troubles for action in trouble.missing)),
    )


def reading(result: ShardResult) -> Reading:
    """How one shard ended."""
    return Reading(
        region=result.region,
        what=result.kind,
        ending=ENDINGS[result.outcome],
        code=result.why.code if result.why else "",
        request_id=result.why.request_id if result.why else "",
    )
