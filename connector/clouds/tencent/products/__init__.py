"""What the connector reads of Tencent Cloud and does to it: the table, and what is computed from it alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from connector.clouds.tencent.products.line import Deed, Each, Edge, Line, Paging, Product
from connector.clouds.tencent.products.table import ASSETS, CVM_REGION, DEEDS, HOST, REGION
from connector.errors import BadInput

__all__ = [
    "HOST",
    "REGION",
    "REGION_LISTS",
    "Deed",
    "Each",
    "Edge",
    "Line",
    "Paging",
    "Product",
    "lines_of",
    "product_named",
]

PRODUCTS: tuple[Product, ...] = (REGION, CVM_REGION, *ASSETS)

REGION_LISTS = frozenset((REGION.permission, CVM_REGION.permission))

FEATURES: tuple[str, ...] = ("host", "cspm", "soc")
LATER: Mapping[str, str] = {
    "ciem": "audit logs are not there yet",
}
"""What the onboarding guide offers besides, and why it is refused."""


def check_features(features: tuple[str, ...]) -> None:
    """Refuse features that are unknown, not there yet, or none at all."""
    unknown = [feature for feature in features if feature not in FEATURES]
    if not unknown and features:
        return
    named = [f"{one} ({LATER[one]})" if one in LATER else one for one in unknown]
    raise BadInput.at("features", f"expected some of {', '.join(FEATURES)}; not {', '.join(named) or 'none'}")


def lines_of(features: tuple[str, ...]) -> tuple[Line, ...]:
    """The lines that these features need, what must be read first standing first, and what is done last."""
    return (*region_sources(features)[:1], *assets_of(features), *deeds_of(features))


def assets_of(features: tuple[str, ...]) -> tuple[Product, ...]:
    """The lines that show assets, or what is known of them: all but the region list, which is the plan."""
    check_features(features)
    return tuple(product for product in ASSETS if set(product.features).intersection(features))


def deeds_of(features: tuple[str, ...]) -> tuple[Deed, ...]:
    """What these features may do to the cloud."""
    check_features(features)
    return tuple(deed for deed in DEEDS if set(deed.features).intersection(features))


def region_sources(features: tuple[str, ...]) -> tuple[Product, ...]:
    """Where to learn the regions: from what the features are granted, else from what others would be.

    Nowhere where nothing is read region by region.
    """
    if all(product.where == "once" for product in assets_of(features)):
        return ()
    return (REGION, CVM_REGION) if "cspm" in features else (CVM_REGION, REGION)


def waves_of(products: Sequence[Product]) -> tuple[tuple[Product, ...], ...]:
    """The lines in the order in which they can be read: each wave asks of what those before it showed."""
    levels: dict[str, int] = {}
    for product in products:
        levels[product.kind] = 1 + max((levels.get(kind, -1) for kind in product.parents), default=-1)
    return tuple(
        tuple(product for product in products if levels[product.kind] == level)
        for level in sorted(set(levels.values()))
    )


def regional_services(products: Sequence[Product]) -> tuple[str, ...]:
    """The services that are offered region by region."""
    found = (one.service for one in products if one.where == "every region" and one.regional)
    return tuple(dict.fromkeys(found))


@cache
def kinds() -> Mapping[str, Product]:
    """The lines that show assets, by kind."""
    return {product.kind: product for product in PRODUCTS if not product.facts}


def is_everywhere(kind: str) -> bool:
    """Whether things of a kind stand in no region."""
    known = kinds().get(kind)
    return known is not None and known.where == "once"


def product_named(kind: str) -> Product:
    """The line that shows assets of a kind."""
    known = kinds().get(kind)
    if known is None:
        raise BadInput.at("kind", f"expected one of {', '.join(kinds())}; not {kind}")
    return known
