"""What may be kept out, and where: an order is checked whole before anything is asked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from connector.config import networks
from connector.errors import BadInput, Violation
from connector.model import Account, Network

DAY_SECONDS = 86_400
LASTING_SECONDS = (60, 366 * DAY_SECONDS)
"""How long a block may last."""

WIDEST = {4: 24, 6: 48}
"""The shortest prefix that may be blocked, by the version of the protocol."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is to be kept out, and where: at some domains, at all of them, at the border for good."""

    addresses: tuple[str, ...]
    domains: tuple[str, ...] = ()
    everywhere: bool = False
    border: bool = False
    for_good: bool = False
    """Whoever blocks at the border says that it is for good: what we are granted cannot take it back."""
    lasting_seconds: int = DAY_SECONDS
    because: str = ""
    dry_run: bool = False
    """Look and say what would be done, and do nothing."""


def check_order(order: Order, never: Sequence[Network]) -> tuple[Network, ...]:
    """The addresses of an order; all that is wrong with it is refused at once, before anything is asked."""
    wanted = networks("addresses", order.addresses)
    violations = [Violation("addresses", told) for told in refusals(wanted, never)]
    if not wanted:
        violations.append(Violation("addresses", "expected at least one"))
    if not (order.domains or order.everywhere or order.border):
        violations.append(Violation("where", "expected domains, everywhere, or the border"))
    if order.domains and order.everywhere:
        violations.append(Violation("domains", "everywhere is all of them: name some, or say everywhere"))
    if order.border and not order.for_good:
        told = "a block at the border is for good: the policy of this feature grants nothing that removes it"
        violations.append(Violation("border", f"{told}. Say so to have it (for_good)"))
    least, most = LASTING_SECONDS
    if not least <= order.lasting_seconds <= most:
        violations.append(Violation("lasting_seconds", f"expected {least} to {most}"))
    if violations:
        raise BadInput(violations)
    return tuple(dict.fromkeys(wanted))


def refusals(wanted: Sequence[Network], never: Sequence[Network]) -> Iterator[str]:
    """Why some addresses are never blocked."""
    for network in wanted:
        own = [str(one) for one in never if one.version == network.version and one.overlaps(network)]
        if own:
            yield f"{network} holds addresses that are never blocked: {', '.join(own)}"
        elif network.prefixlen < WIDEST[network.version]:
            yield f"{network} is wider than a /{WIDEST[network.version]}"
        elif not network.is_global or network.is_multicast or network.is_reserved:
            yield f"{network} is not of the public internet"


def check_feature(account: Account) -> None:
    """Refuse an account that was not onboarded for this."""
    if "soc" not in account.features:
        told = ", ".join(account.features)
        raise BadInput.at("account", f"{account.name!r} was onboarded for {told}; not for soc")
