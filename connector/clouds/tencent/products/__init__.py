"""THE table: everything the connector reads, a line each.

The line that makes a call also names the permission it needs. From this table alone are computed the
policy we ask a customer to attach, the permission probe and the shard plan.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from connector.clouds.tencent import host
from connector.errors import BadInput

Fields = Callable[[Mapping[str, Any], str], dict[str, Any]]
Where = Literal["once", "every region"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paging:
    """How a list is paged. ``start`` and ``step`` are in rows, or in pages where ``by`` says so."""

    at: str = "Offset"
    size: str = "Limit"
    limit: int = 100
    by: Literal["rows", "pages"] = "rows"
    start: int = 0
    as_text: bool = False
    """Numbers are sent as strings (vpc's older lists want them so)."""


BY_OFFSET = Paging()


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One list to read."""

    kind: str
    feature: str
    service: str
    version: str
    action: str
    items: str
    key: str
    name: str
    total: str | None
    """The member that states how many there are; None where the contract has none."""
    where: Where
    paging: Paging | None
    fields: Fields

    @property
    def permission(self) -> str:
        """The action as CAM names it."""
        return f"{self.service}:{self.action}"

    def in_pages_of(self, rows: int | None) -> Product:
        """The same list in pages of at most so many rows."""
        if self.paging is None or rows is None or rows >= self.paging.limit:
            return self
        return replace(self, paging=replace(self.paging, limit=rows))


def as_sent(raw: Mapping[str, Any], region: str) -> dict[str, Any]:
    """Keep what the cloud sent."""
    return {**raw, "RegionId": region}


# fmt: off
REGION = Product(kind="region", feature="host", service="cvm", version="2017-03-12", action="DescribeRegions", items="RegionSet", key="Region", name="RegionName", total="TotalCount", where="once", paging=None, fields=as_sent)  # noqa: E501
HOST = Product(kind="host", feature="host", service="cvm", version="2017-03-12", action="DescribeInstances", items="InstanceSet", key="InstanceId", name="InstanceName", total="TotalCount", where="every region", paging=BY_OFFSET, fields=host.normalise)  # noqa: E501
# fmt: on

PRODUCTS: tuple[Product, ...] = (REGION, HOST)

FEATURES: tuple[str, ...] = tuple(dict.fromkeys(product.feature for product in PRODUCTS))


def products_of(features: tuple[str, ...]) -> tuple[Product, ...]:
    """The lines that these features need; an unknown feature is an error."""
    unknown = [feature for feature in features if feature not in FEATURES]
    if unknown or not features:
        raise BadInput.at(
            "features", f"expected some of {', '.join(FEATURES)}; not {', '.join(unknown) or 'none'}"
        )
    return tuple(product for product in PRODUCTS if product.feature in features)


def assets_of(features: tuple[str, ...]) -> tuple[Product, ...]:
    """The lines whose items are kept as assets: all but the region list, which is the plan itself."""
    return tuple(product for product in products_of(features) if product is not REGION)


def product_named(kind: str) -> Product:
    """The line of a kind."""
    for product in PRODUCTS:
        if product.kind == kind:
            return product
    raise BadInput.at("kind", f"expected one of {', '.join(p.kind for p in PRODUCTS)}; not {kind}")
