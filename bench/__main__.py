"""``python -m bench``: everything in one run, because only ratios within one run mean anything."""

from __future__ import annotations

import argparse
import json
from dataclasses import dataclass

from bench import costs, door, kept, peers, report, scale, sync
from bench.report import Report, note


@dataclass(frozen=True, slots=True)
class Options:
    """How long to measure, and what to leave out."""

    rounds: int
    seconds: float
    starts: int
    with_peers: bool
    worlds: tuple[int, ...]
    """Sizes of worlds, in hosts, to be looked at besides ``large``."""
    synced_hosts: int
    """The hosts of the world that the connector synchronises; its assets are nearly four times as many."""


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="one short round, no world of a million hosts")
    parser.add_argument("--no-peers", action="store_true", help="leave moto and ministack out")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args()
    options = (
        Options(rounds=1, seconds=0.5, starts=3, with_peers=not given.no_peers, worlds=(), synced_hosts=270)
        if given.quick
        else Options(
            rounds=5,
            seconds=1.5,
            starts=9,
            with_peers=not given.no_peers,
            worlds=(1_000_000,),
            synced_hosts=3_050,
        )
    )
    found = run(options)
    print(json.dumps(found.as_json(), indent=1) if given.json else report.text(found))


def run(options: Options) -> Report:
    """Measure everything, saying on stderr how far it has come."""
    found = Report()
    missing = "left out" if not options.with_peers else peers.install()
    if missing is not None:
        note(f"without peers: {missing}")
    measured = peers.PEERS if missing is None else ()
    found.notes += [] if missing is None else [f"peers: {missing}"]
    note("requests over the socket")
    door.rates(found, measured, rounds=options.rounds, seconds=options.seconds)
    note("starts, memory, resets")
    door.starts(found, options.starts)
    door.resets(found)
    door.peer_resets(found, measured)
    note("costs without a socket")
    found.costs += [*costs.answers(), *costs.decisions(), *costs.states(), *kept.costs()]
    note("a state file")
    kept.over_http(found)
    kept.starts(found, options.starts)
    note("a synchronisation by the connector")
    found.syncs += sync.measure(options.synced_hosts)
    note("a hundred thousand hosts")
    found.looks["large"] = list(scale.looks("large"))
    for hosts in options.worlds:
        note(f"{hosts:,} hosts in one region")
        with scale.world_of(hosts) as world:
            found.looks[f"{hosts:,}"] = list(scale.looks(world))
    return found


if __name__ == "__main__":
    main()
