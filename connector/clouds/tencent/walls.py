"""What keeps addresses out: the web firewall's lists of each domain, and the border of the internet.

Both are looked at before and after they are written to: a write is never believed, and never made twice
blindly.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
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


BORDER = Spot(wall="cfw", place="border")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What stands on a wall about some addresses. ``until_ms`` is None for a rule that nothing ends."""

    key: str
    networks: tuple[Network, ...]
    lets_pass: bool
    note: str
    until_ms: int | None

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
        row["Domain"]: Spot(wall="waf", place=row["Domain"], edition=str(row.get("Edition") or ""))
        for row in rows
        if row.get("Domain")
    }


def rules_on(spot: Spot, session: Session, network: Network) -> list[Rule] | Why:
    """The rules at a place that block just a network or let any of it pass; or why they are not known."""
    found: list[Rule] = []
    for product, params in looks_at(spot, network):
        rows = whole(product, session, params)
        if isinstance(rows, Why):
            return rows
        rules = map(border_rule, filter(is_inward, rows)) if product is BORDER_RULE else map(waf_rule, rows)
        found += [rule for rule in rules if concerns(rule, network)]
    return found


def looks_at(spot: Spot, network: Network) -> Iterator[tuple[Product, Raw]]:
    """The lists that say something of a network at a place: of those that let pass, all that they hold."""
    if spot.wall == "cfw":
        yield BORDER_RULE, {}
        return
    yield WAF_ADDRESSES, {"Domain": spot.place, "ActionType": LET_PASS}
    yield WAF_ADDRESSES, {"Domain": spot.place, "ActionType": KEEP_OUT, "Ip": address(network)}


def concerns(rule: Rule, network: Network) -> bool:
    """Whether a rule says something of a network that must be known before it is blocked."""
    if rule.lets_pass:
        return any(one.version == network.version and one.overlaps(network) for one in rule.networks)
    return network in rule.networks


def waf_rule(row: Raw) -> Rule:
    """An entry of a web firewall's lists."""
    # Documented: until when it is in force, in seconds. Assumed: where that is missing or 0, for good.
    until = row.get("ValidTs")
    return Rule(
        key=str(row.get("Id", "")),
        networks=(*networks_in([*texts(row, "Ip"), *texts(row, "IpList")]),),
        lets_pass=row.get("ActionType") == LET_PASS,
        note=str(row.get("Note") or ""),
        until_ms=until * 1000 if isinstance(until, int) and until > 0 else None,
    )


def is_inward(row: Raw) -> bool:
    """Whether a border rule is in force, and blocks what comes in or lets it pass."""
    says = row.get("Strategy") in (BORDER_BLOCKS, BORDER_LETS_PASS)
    return says and row.get("Direction") == INWARD and row.get("Status") != 0


def border_rule(row: Raw) -> Rule:
    """A rule at the border; what it says of everybody is not about anyone."""
    words = str(row.get("SourceIp", "")).split(",") if row.get("SourceType") == ADDRESSES else []
    return Rule(
        key=str(row.get("Id", "")),
        networks=tuple(one for one in networks_in(words) if one.prefixlen),
        lets_pass=row.get("Strategy") == BORDER_LETS_PASS,
        note=str(row.get("Detail") or ""),
        until_ms=None,
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
