"""Tell of one asset: what is known of it and how, and why it is there, doubted or gone."""

from __future__ import annotations

from dataclasses import dataclass

from connector.errors import BadInput, NotFound
from connector.store import assets, history
from connector.store.assets import Asset
from connector.store.engine import Database
from connector.store.history import Proof, Read, Tie
from connector.store.schema import GONE, STALE

READINGS_AT_MOST = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """An asset, what was learnt of it read by read, and its ties to others."""

    asset: Asset
    proofs: tuple[Proof, ...]
    ties: tuple[Tie, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Why an asset is as it is, and the readings that say so, the latest first."""

    asset: Asset
    verdict: str
    readings: tuple[Read, ...]
    unknown: tuple[Proof, ...]
    """What could not be found out of it, last time it was tried."""


def find(database: Database, name: str) -> Asset:
    """The asset of this id, ours or the cloud's."""
    found = assets.find_assets(database, name)
    if not found:
        raise NotFound(
            f"no asset {name!r} was ever seen; ids are ours, or the cloud's as `assets` shows them"
        )
    if len(found) > 1:
        told = ", ".join(
            f"{one.id} ({one.account}, {one.kind} in {one.region or 'no region'})" for one in found
        )
        raise BadInput.at("id", f"{name!r} names {len(found)} assets, say which: {told}")
    return found[0]


def show(database: Database, name: str) -> Shown:
    """Everything about an asset."""
    one = find(database, name)
    return Shown(
        asset=one,
        proofs=tuple(history.proofs_of(database, one.id)),
        ties=tuple(history.ties_of(database, one)),
    )


def whereabouts(database: Database, name: str) -> Whereabouts:
    """Why an asset is as it is."""
    one = find(database, name)
    readings = tuple(history.readings_of(database, one, READINGS_AT_MOST))
    unknown = tuple(proof for proof in history.proofs_of(database, one.id) if proof.outcome == "UNKNOWN")
    return Whereabouts(asset=one, verdict=verdict_on(one, readings), readings=readings, unknown=unknown)


def verdict_on(one: Asset, readings: tuple[Read, ...]) -> str:
    """Why an asset is as it is, in words."""
    own = next((read for read in readings if (read.kind, read.region) == (one.kind, one.region)), None)
    if one.state == GONE:
        return gone_because(one, readings)
    if one.state == STALE:
        return "The last complete reading did not show it; if the next does not either, it is taken for gone."
    if own is not None and own.outcome != "Complete":
        return (
            f"It is held for existing: the last reading ended {own.outcome} ({own.code or own.message}), "
            "and only complete readings take anything away."
        )
    return "The last reading of its list was complete and showed it."


def gone_because(one: Asset, readings: tuple[Read, ...]) -> str:
    """Why an asset was taken for gone."""
    last = next((read for read in readings if read.ended_ms == one.gone_ms), None)
    if last is not None and last.kind != one.kind:
        return f"It went with the {last.kind} that it belonged to, which two complete readings did not show."
    return "Two complete readings that followed each other did not show it."
