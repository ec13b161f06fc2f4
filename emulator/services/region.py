"""Region: where each product is offered."""

from __future__ import annotations

from emulator.errors import ApiError
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Service
from emulator.world import regions

# Documented: the products that the guide's policies read and the ones around them go by these names.
# Assumed: the list as a whole; the real one is longer.
PRODUCTS = (
    *(
        "cbs",
        "cdb",
        "cfs",
        "ckafka",
        "clb",
        "cls",
        "cos",
        "cvm",
        "cynosdb",
        "dcdb",
        "es",
        "kms",
        "lighthouse",
    ),
    *("mariadb", "mongodb", "monitor", "postgres", "redis", "scf", "sqlserver", "tcr", "tke", "vpc"),
)


def describe_regions(call: Call) -> Result:
    """The regions of one product; the finance ones are shown to nobody who has not applied for them."""
    _check_product(call)
    # Observed: the cloud's answer names region, name and state; the console's members are null.
    return {
        "TotalCount": len(regions.PUBLIC),
        "RegionSet": [
            {
                "Region": region.id,
                "RegionName": region.name(call.language),
                "RegionState": region.state,
                "RegionTypeMC": None,
                "LocationMC": None,
                "RegionNameMC": None,
                "RegionIdMC": None,
            }
            for region in regions.PUBLIC
        ],
    }


def describe_zones(call: Call) -> Result:
    """The zones of one product in a region."""
    _check_product(call)
    region = regions.find(call.region)
    zones = region.zones if region is not None else ()
    return {
        "TotalCount": len(zones),
        "ZoneSet": [
            {
                "Zone": zone.id,
                "ZoneName": zone.name(call.language),
                "ZoneId": zone.number,
                "ZoneState": zone.state,
                "ParentZone": None,
                "ParentZoneId": None,
                "ParentZoneName": None,
                "ZoneType": None,
                "MachineRoomTypeMC": None,
                "ZoneIdMC": None,
            }
            for zone in zones
        ],
    }


def describe_products(call: Call) -> Result:
    """The products that have regions."""
    offset, limit = call.params.get("Offset") or 0, call.params.get("Limit")
    limit = 20 if limit is None else limit
    if offset < 0 or not 1 <= limit <= 100:
        # Documented: default 20, at most 100. Assumed: code and text.
        raise ApiError("InvalidParameter.ParameterError", "The value of `Offset` or `Limit` is out of range.")
    page = PRODUCTS[offset : offset + limit]
    return {"TotalCount": len(PRODUCTS), "Products": [{"Name": name} for name in page]}


def _check_product(call: Call) -> None:
    if call.params["Product"] not in PRODUCTS:
        # Documented: the code is among the service's errors. Assumed: that it is this one, and the text.
        raise ApiError(
            "InvalidParameter.ParameterError", f"The product `{call.params['Product']}` is not supported."
        )


SERVICE = Service(
    name="region",
    version="2022-06-27",
    actions=(
        Does(action="DescribeRegions", run=describe_regions),
        Does(action="DescribeZones", run=describe_zones, home="region"),
        Does(action="DescribeProducts", run=describe_products),
    ),
)
