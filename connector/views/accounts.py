"""Accounts, how they are admitted, and what reading them takes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rich.markup import escape

from connector.model import Account, mask
from connector.views.tables import coloured, out, table
from connector.views.troubles import print_troubles

if TYPE_CHECKING:
    from connector.clouds.tencent.cost import Cost
    from connector.pipeline.onboard import Onboarded, Step


def print_step(step: Step) -> None:
    """One step of onboarding went well."""
    out().print(f"[green]✓[/green] {step.name:<12} {escape(step.detail)}")


def print_onboarded(result: Onboarded, database_url: str) -> None:
    """An account was admitted."""
    console = out()
    print_troubles(console, result.troubles)
    console.print(f"\nStored in {escape(database_url)}", soft_wrap=True)
    console.print(f"Next: tcconnector sync {escape(result.account.name)}")


def print_accounts(accounts: Sequence[Account], database_url: str) -> None:
    """The accounts."""
    made = table("", "account", "standing", "owner uin", "sub-user", "key", "features")
    for one in accounts:
        shown = (one.owner_uin, one.uin, mask(one.secret_id), " ".join(one.features))
        made.add_row(escape(one.name), coloured(one.standing.value), *shown)
    out().print(made)
    for one in accounts:
        if one.endpoint or one.message:
            out().print(f"{escape(one.name)}: {escape(one.endpoint or '')} {escape(one.message)}".rstrip())
    out().print(f"{len(accounts)} in {escape(database_url)}", soft_wrap=True)


def print_cost(account: str, cost: Cost) -> None:
    """What a synchronisation takes."""
    made = table(f"{escape(account)}: calls of one synchronisation", "action", "calls")
    for action, number in sorted(cost.calls.items(), key=lambda one: (-one[1], one[0])):
        made.add_row(action, str(number))
    out().print(made)
    out().print(f"{cost.total} calls, {cost.seconds_at_least:.0f} s at least: by the most called action.")
