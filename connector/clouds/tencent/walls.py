"""What keeps addresses out: the web firewall's lists of each domain, and the border of the internet.

Both are looked at before and after they are written to: a write is never believed, and never made twice
blindly.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from typing import Any, Literal

from connector.clouds.tencent.asking import Ask
from connector.clouds.tencent.codes import explain
from connector.clouds.tencent.products import Deed, Product
from connector.clouds.tencent.products.members import texts
from connector.clouds.tencent.products.table import (
    BLOCK_AT_BORDER,
    BLOCK_AT_DOMAIN,
    BORDER_RULE,
    UNBLOCK_AT_DOMAIN,
    WAF_ADDRESSES,
    WAF_DOMAIN,
)
from connector.clouds.tencent.reading import read
from connector.clouds.tencent.session import Session
from connector.errors import CloudError
from connector.model import Network
from connector.outcome import Complete, Meaning, Why

# Documented: what the numbers and words mean to the web firewall, and to the border.
LET_PASS, KEEP_OUT = 40, 42
ALL_DOMAINS = "global"
INWARD = 1
ADDRESSES = 1
BORDER_BLOCKS, BORDER_LETS_PASS = 1, 2
EVERYWHERE = {4: "0.0.0.0/0", 6: "::/0"}
EVERY_PORT = "-1/-1"


Raw = Mapping[str, Any]
"""A row as the cloud sends it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spot:
    """Where addresses are kept out: ``waf`` at a domain (``global``: all of them), ``cfw`` at its border."""

    wall: Literal["waf", "cfw"]
    place: str
    edition: str = ""
    """Which of the two web firewalls guards the domain; empty where that is not asked for."""
    others: tuple[str, ...] = ()
    """Whose lists let pass here besides its own."""


BORDER = Spot(wall="cfw", place="border")


def every_domain(known: Iterable[str]) -> Spot:
    """All domains of the web firewall, of which each may let pass whom it will."""
    return Spot(wall="waf", place=ALL_DOMAINS, others=(*known,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What stands on a wall about some addresses. ``until_ms`` is None for a rule that nothing ends."""

    key: str
    place: str
    networks: tuple[Network, ...]
    note: str
    until_ms: int | None
    means: str = ""
    """Whom it is about, where that is said by another name than their addresses: a template, a region."""

    def is_over(self, now_ms: int) -> bool:
        """Whether its time has passed."""
        return self.until_ms is not None and self.until_ms <= now_ms


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """One address to be kept out. ``until_ms`` is not heeded at the border, where nothing ends a rule."""

    network: Network
    mark: str
    until_ms: int | None


# --- Looking ----------------------------------------------------------------------------------------------


def whole(product: Product, session: Session, params: Raw) -> list[Raw] | Why:
    """Every row of a list, or why it could not be read to its end."""
    outcome = read(product, "", session, ask=Ask(params=params))
    if isinstance(outcome, Complete):
        return [item.raw for item in outcome.items]
    return outcome.why


def domains(session: Session) -> dict[str, Spot] | Why:
    """The domains that the web firewall guards, by name; or why they could not be listed."""
    rows = whole(WAF_DOMAIN, session, {})
    if isinstance(rows, Why):
        return rows
    return {
        # Assumed: what the list for all domains lets pass, each domain does.
        row["Domain"]: Spot(
            wall="waf", place=row["Domain"], edition=str(row.get("Edition") or ""), others=(ALL_DOMAINS,)
        )
        for row in rows
        if row.get("Domain")
    }


def letting_pass(spot: Spot, session: Session) -> list[Rule] | Why:
    """The rules that let somebody pass at a place, or why they are not known."""
    if spot.wall == "cfw":
        return border_rules(session, BORDER_LETS_PASS)
    found: list[Rule] = []
    for place in (spot.place, *spot.others):
        rules = waf_rules(session, {"Domain": place, "ActionType": LET_PASS})
        if isinstance(rules, Why):
            return rules
        found += rules
    return found


def blocking(spot: Spot, session: Session, network: Network) -> list[Rule] | Why:
    """The rules at a place that block just this network, or why they are not known."""
    if spot.wall == "cfw":
        rules = border_rules(session, BORDER_BLOCKS)
    else:
        about = {"Domain": spot.place, "ActionType": KEEP_OUT, "Ip": address(network)}
        rules = waf_rules(session, about)
    return rules if isinstance(rules, Why) else [rule for rule in rules if network in rule.networks]


def waf_rules(session: Session, params: Raw) -> list[Rule] | Why:
    """What a web firewall's lists hold."""
    rows = whole(WAF_ADDRESSES, session, params)
    return rows if isinstance(rows, Why) else [waf_rule(row, params["Domain"]) for row in rows]


def border_rules(session: Session, strategy: int) -> list[Rule] | Why:
    """The rules at the border that are in force for what comes in, and do this."""
    rows = whole(BORDER_RULE, session, {})
    if isinstance(rows, Why):
        return rows
    return [
        border_rule(row)
        for row in rows
        if row.get("Strategy") == strategy and row.get("Direction") == INWARD and row.get("Status") != 0
    ]


def waf_rule(row: Raw, place: str) -> Rule:
    """An entry of a web firewall's lists."""
    # Documented: until when it is in force, in seconds. Assumed: where that is missing or 0, for good.
    until = row.get("ValidTs")
    return Rule(
        key=str(row.get("Id", "")),
        place=place,
        networks=(*networks_in([*texts(row, "Ip"), *texts(row, "IpList")]),),
        note=str(row.get("Note") or ""),
        until_ms=until * 1000 if isinstance(until, int) and until > 0 else None,
    )


def border_rule(row: Raw) -> Rule:
    """A rule at the border; what it says of everybody is not about anyone."""
    source = str(row.get("SourceIp", ""))
    by_address = row.get("SourceType") == ADDRESSES
    return Rule(
        key=str(row.get("Id", "")),
        place=BORDER.place,
        networks=tuple(one for one in networks_in(source.split(",") if by_address else ()) if one.prefixlen),
        note=str(row.get("Detail") or ""),
        until_ms=None,
        means="" if by_address else source or "somebody",
    )


def networks_in(words: Sequence[str]) -> Iterator[Network]:
    """Those of some words that are addresses."""
    for word in dict.fromkeys(words):
        try:
            yield ip_network(word.strip(), strict=False)
        except ValueError:
            continue


def address(network: Network) -> str:
    """A network as the web firewall writes it: one address without its length."""
    return str(network.network_address) if network.num_addresses == 1 else str(network)


# --- Writing ----------------------------------------------------------------------------------------------


def keep_out(spot: Spot, session: Session, wishes: Sequence[Wish]) -> Why | None:
    """Ask for addresses to be kept out at a place; what came of it is seen by looking, whatever is said."""
    if spot.wall == "cfw":
        rules = [border_wish(wish, place) for place, wish in enumerate(wishes, 1)]
        # Overwriting would put these in place of all others: it is said aloud that they are added.
        params = {"Data": rules, "Type": 1, "Enable": 1, "Overwrite": 0}
        return ask(BLOCK_AT_BORDER, session, params)
    params = {"Domain": spot.place, "Items": [waf_wish(wish) for wish in wishes]}
    if spot.edition:
        params["Edition"] = spot.edition
    return ask(BLOCK_AT_DOMAIN, session, params)


def let_in_again(spot: Spot, session: Session, keys: Sequence[str]) -> Why | None:
    """Take rules of a web firewall away, each by its id; what came of it is seen by looking."""
    return ask(UNBLOCK_AT_DOMAIN, session, {"Domain": spot.place, "Items": [*keys], "IsId": True})


def ask(deed: Deed, session: Session, params: Raw) -> Why | None:
    """Call once; what was refused, or fell short inside a success."""
    try:
        answer = session.call(deed.service, deed.version, deed.action, params, "")
    except CloudError as error:
        return explain(error, deed.permission)
    # Documented: FailedCount and FailedItems of the web firewall, inside a success; a Status of the border
    # that is not 0.
    failed, status = answer.get("FailedCount") or 0, answer.get("Status") or 0
    if not failed and not status:
        return None
    told = answer.get("FailedItems") if failed else f"Status {status}: {answer.get('Info', '')}"
    return Why(
        meaning=Meaning.UNDONE,
        action=deed.permission,
        message=f"not done, inside a success: {told}",
        request_id=str(answer.get("RequestId", "")),
    )


def waf_wish(wish: Wish) -> str:
    """An item of the web firewall's upsert, which takes each as a text of its own."""
    said = {
        "ip": address(wish.network),
        "source": "custom",
        "note": wish.mark,
        "action": KEEP_OUT,
        "valid_ts": (wish.until_ms or 0) // 1000,
    }
    return json.dumps(said)


def border_wish(wish: Wish, place: int) -> dict[str, Any]:
    """A rule above all others at the border."""
    return {
        "OrderIndex": place,
        "SourceIp": str(wish.network),
        "TargetIp": EVERYWHERE[wish.network.version],
        "Protocol": "ANY",
        "Port": EVERY_PORT,
        "Strategy": str(BORDER_BLOCKS),
        "SourceType": ADDRESSES,
        "TargetType": ADDRESSES,
        "Direction": INWARD,
        "Detail": wish.mark,
    }
