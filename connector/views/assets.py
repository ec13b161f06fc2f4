"""Assets: how many, which, all of one, and why it is there, doubted or gone."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape

from connector.clouds.tencent.products import kinds
from connector.views.documents import first_of_each_region, plain
from connector.views.tables import coloured, cut, day, moment, out, table

if TYPE_CHECKING:
    from connector.pipeline.tell import Shown, Whereabouts
    from connector.store.assets import Asset
    from connector.store.history import Proof, Tie


def print_counts(counts: Mapping[str, Mapping[tuple[str, str], int]]) -> None:
    """How many assets of each type there are, region by region."""
    for account, found in counts.items():
        regions = sorted({region for _, region in found})
        made = table(escape(account), "type", "all", *(region or "everywhere" for region in regions))
        for kind in kinds():
            numbers = [found.get((kind, region), 0) for region in regions]
            if not any(numbers):
                continue
            made.add_row(kind, str(sum(numbers)), *(str(number or "") for number in numbers))
        out().print(made)


def print_assets(kind: str, found: Sequence[Asset], limit: int | None = None) -> None:
    """Assets of one type, at most ``limit`` of each region of an account; all of them are counted."""
    if kind == "host":
        print_hosts(found, limit)
        return
    shown_assets = first_of_each_region(found, limit)
    for account, some in groupby(shown_assets, key=lambda one: one.account):
        made = table(escape(account), "region", "id", "name", "state", "created", "network")
        made.columns[1].no_wrap = False
        for one in some:
            created, network = one.fields.get("CreatedTime"), one.fields.get("VpcInstanceId") or ""
            shown = (coloured(one.state), day(created), network)
            made.add_row(one.region or "everywhere", escape(one.native_id), cut(one.name), *shown)
        out().print(made)
    counts = Counter(one.region or "everywhere" for one in found)
    told = ", ".join(f"{region} {number}" for region, number in sorted(counts.items()))
    out().print(f"{len(found)} of type {kind}{': ' if told else ''}{told}")


def print_hosts(found: Sequence[Asset], limit: int | None = None) -> None:
    """Hosts, at most ``limit`` of each region of an account; all of them are counted."""
    shown_hosts = first_of_each_region(found, limit)
    for account, hosts in groupby(shown_hosts, key=lambda one: one.account):
        made = table(escape(account), "region", "id", "name", "state", "status", "private", "public")
        made.columns[2].no_wrap = False  # where the terminal is narrow, names are what is cut
        for one in hosts:
            host = one.fields
            addresses = (host["IntranetIp"] or "", host["InternetIp"] or "")
            shown = (one.region, one.native_id, cut(one.name), coloured(one.state), host["Status"])
            made.add_row(*shown, *addresses)
        out().print(made)
    counts = Counter(one.region for one in found)
    told = ", ".join(f"{region} {number}" for region, number in sorted(counts.items()))
    out().print(f"{len(found)} hosts{': ' if told else ''}{told}")


VALUE_WIDTH = 60
REQUEST_ID_WIDTH = 36


def print_shown(shown: Shown) -> None:
    """All of one asset."""
    console, one = out(), shown.asset
    print_heading(console, one)
    console.print(json.dumps(plain(one.raw), indent=2, ensure_ascii=False), markup=False, soft_wrap=True)
    proofs = table("what is known, and from which call", "action", "", "what", "RequestId", "at (UTC)")
    for proof in shown.proofs:
        shown_as = (coloured(proof.outcome), escape(proof_in_words(proof)))
        proofs.add_row(proof.action, *shown_as, proof.request_id, moment(proof.fetched_ms)[11:])
    proofs.columns[3].min_width = REQUEST_ID_WIDTH
    console.print(proofs)
    if shown.ties:
        ties = table("what it has to do with others", "", "", "type", "id", "name", "state")
        for tie in shown.ties:
            ends = ("it", tie.kind) if tie.is_from_here else (f"{tie.kind} it", "")
            ties.add_row(*ends, tie.other_kind, escape(tie.other_key), cut(tie.name), state_of(tie))
        console.print(ties)


def print_heading(console: Console, one: Asset) -> None:
    """What an asset is."""
    where = one.region or "everywhere"
    console.print(
        f"[bold]{escape(one.native_id)}[/bold] {escape(one.name)}: {one.kind} of {escape(one.account)} "
        f"in {where}, {coloured(one.state)}"
    )
    console.print(
        f"ours: {one.id}; first seen {moment(one.first_seen_ms)}, last {moment(one.last_seen_ms)} UTC"
    )


def proof_in_words(proof: Proof) -> str:
    """What a call said of an asset, on one line."""
    if proof.outcome == "VALUE":
        return "" if proof.value is None else json.dumps(proof.value, ensure_ascii=False)[:VALUE_WIDTH]
    return proof.code or proof.message


def state_of(tie: Tie) -> str:
    """The state of a tie's other end."""
    return coloured(tie.state) if tie.state else "[dim]never seen[/dim]"


def print_whereabouts(found: Whereabouts) -> None:
    """Why an asset is held, doubted or gone."""
    console = out()
    print_heading(console, found.asset)
    console.print(f"\n{escape(found.verdict)}")
    made = table(
        "its readings, the latest first", "when", "what", "outcome", "seen", "of", "why", "RequestId"
    )
    for read in found.readings:
        total = "" if read.total is None else str(read.total)
        seen = (coloured(read.outcome), str(read.items), total, escape(read.code or read.message))
        made.add_row(moment(read.ended_ms), read.kind, *seen, read.request_id)
    made.columns[6].min_width = REQUEST_ID_WIDTH
    console.print(made)
    for proof in found.unknown:
        console.print(
            f"Not known: {proof.action} said {escape(proof.code)}: {escape(proof.message)} "
            f"(RequestId {proof.request_id})"
        )
