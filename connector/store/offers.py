"""Where each service is offered, as the cloud said last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, insert, select

from connector.model import Region
from connector.store.engine import Database
from connector.store.schema import region_offer


def save_offers(database: Database, account_id: int, offers: Mapping[str, Sequence[Region]]) -> None:
    """Write down where services are offered, each anew; of a service that is not named nothing changes."""
    table = region_offer
    with database.begin() as connection:
        for service, regions in offers.items():
            mine = (table.c.account_id == account_id) & (table.c.service == service)
            connection.execute(delete(table).where(mine))
            rows = [
                {
                    "account_id": account_id,
                    "service": service,
                    "region": region.name,
                    "available": region.available,
                }
                for region in regions
            ]
            if rows:
                connection.execute(insert(table), rows)


def list_offers(database: Database, account_id: int) -> dict[str, dict[str, bool]]:
    """The regions of each service we know of, and whether each is open."""
    found: dict[str, dict[str, bool]] = {}
    query = select(region_offer).where(region_offer.c.account_id == account_id)
    with database.begin() as connection:
        for row in connection.execute(query):
            found.setdefault(row.service, {})[row.region] = row.available
    return found
