"""How many of everything there may be: what is usual, and what an account is granted."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from emulator.errors import ApiError
from emulator.services.vpc import errors
from emulator.tables import quotas
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Table

# Documented: the names. Assumed: the numbers, which are those of an account that asked for no more.
USUAL: Mapping[str, int] = {
    "appid-max-vpcs": 20,
    "vpc-max-subnets": 100,
    "vpc-max-route-tables": 10,
    "route-table-max-policies": 50,
    "vpc-max-network-acls": 50,
    "network-acl-max-inbound-policies": 20,
    "network-acl-max-outbound-policies": 20,
    "vpc-max-nat-gateways": 3,
    "nat-gateway-max-eips": 10,
    "nat-gateway-max-dnapts": 100,
    "vpc-max-enis": 1000,
    "vpc-max-havips": 10,
    "eni-max-private-ips": 30,
    "vpc-max-assistant_cidrs": 10,
}
ADDRESSES = 20
"""Documented: how many addresses there may be in a region."""
SECURITY_GROUPS, RULES, NESTED = 50, 100, 10
"""Documented, in the official example: groups of a region, rules of a group, groups in its rules.

Assumed: that rules are counted by direction."""


def granted(call: Call, table: Table, usual: int) -> int:
    """How many resources of a table an account may have in a region."""
    return quotas.granted(call, table.name, usual, there=len(call.world.read(table.name, call.region)))


def reserve(
    call: Call,
    table: Table,
    usual: int,
    *,
    count: int = 1,
    full: Callable[[int], ApiError] | None = None,
) -> None:
    """See that there is room for more of a table in a region.

    Raises:
        ApiError: the quota would be exceeded.
    """
    quotas.reserve(
        call,
        table.name,
        usual,
        there=len(call.world.read(table.name, call.region)),
        full=full or (lambda most: errors.full(table.item, most)),
        count=count,
    )


def check_room(name: str, there: int, count: int = 1) -> None:
    """See that there is room for more of what a limit of ``DescribeVpcLimits`` counts."""
    if there + count > USUAL[name]:
        raise errors.full(name, USUAL[name])


def describe_vpc_limits(call: Call) -> Result:
    """Some limits by name."""
    asked = call.params["LimitTypes"]
    # Documented: at most a hundred.
    if len(asked) > 100:
        raise errors.too_many("LimitTypes", 100)
    for name in asked:
        if name not in USUAL:
            raise errors.bad_value("LimitTypes", f"some of {', '.join(USUAL)}")
    return {"VpcLimitSet": [{"LimitType": name, "LimitValue": USUAL[name]} for name in asked]}


def describe_account_attributes(_call: Call) -> Result:
    """Which networks the account has."""
    # Observed: VPCs only, in the official example.
    return {
        "AccountAttributeSet": [{"AttributeName": "supported-platforms", "AttributeValues": ["VPC"]}],
    }


def describe_network_account_type(_call: Call) -> Result:
    """Whether bandwidth belongs to addresses and balancers, or to hosts."""
    # Documented: two kinds. Observed: this one, in the official example.
    return {"NetworkAccountType": "STANDARD"}


ACTIONS = (
    # Assumed: all are asked about at operation level.
    Does(action="DescribeVpcLimits", run=describe_vpc_limits, home="region"),
    Does(action="DescribeAccountAttributes", run=describe_account_attributes, home="region"),
    Does(action="DescribeNetworkAccountType", run=describe_network_account_type, home="region"),
)
