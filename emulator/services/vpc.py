"""Virtual Private Cloud: networks, subnets, security groups, routes, ACLs and addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from emulator.errors import ApiError
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists, Manners, Qcs, Service, Table
from emulator.tables.filters import contains, truth

# Documented: the codes are among the product's errors. Assumed: which is used when, and the texts.
MANNERS = Manners(
    out_of_range=lambda name, value: ApiError(
        "InvalidParameterValue.Range", f"The value of parameter `{name}` is out of range: {value}."
    ),
    unknown_filter=lambda name: ApiError(
        "InvalidParameter.FilterInvalidKey", f"The filter key `{name}` is invalid."
    ),
    both=lambda ids: ApiError(
        "InvalidParameter.Coexist", f"The parameters `{ids}` and `Filters` cannot be specified together."
    ),
    too_many=lambda what, most: ApiError(
        "LimitExceeded.NumberOfFilters" if what == "Filters" else "InvalidParameterValue.LimitExceeded",
        f"The number of `{what}` exceeds the limit of {most}.",
    ),
)

# Assumed: the resource types under which CAM knows these, each read asking about all of its type.
VPC = Table(name="vpc.vpc", item="Vpc", key="VpcId", prefix="vpc", qcs=Qcs("vpc", "vpc"))
SUBNET = Table(name="vpc.subnet", item="Subnet", key="SubnetId", prefix="subnet", qcs=Qcs("vpc", "subnet"))
SECURITY_GROUP = Table(
    name="vpc.securitygroup",
    item="SecurityGroup",
    key="SecurityGroupId",
    prefix="sg",
    qcs=Qcs("vpc", "sg"),
)
ROUTE_TABLE = Table(
    name="vpc.routetable", item="RouteTable", key="RouteTableId", prefix="rtb", qcs=Qcs("vpc", "rtb")
)
NETWORK_ACL = Table(
    name="vpc.networkacl", item="NetworkAcl", key="NetworkAclId", prefix="acl", qcs=Qcs("vpc", "acl")
)
# Observed: addresses are asked about in the cvm namespace, as eip/… .
ADDRESS = Table(name="vpc.address", item="Address", key="AddressId", prefix="eip", qcs=Qcs("cvm", "eip"))

TAGS = {"tag-key": "TagSet.Key", "tag-value": "TagSet.Value", "tag:": "TagSet"}
RULES = "vpc.securitygrouppolicy"


def shown_route_table(call: Call, table: Mapping[str, Any]) -> Mapping[str, Any]:
    """A route table, without its routes if they are not needed."""
    # Documented: NeedRouterInfo, true by default. Assumed: an empty list without it.
    return {**table, "RouteSet": []} if call.params.get("NeedRouterInfo") is False else table


def describe_security_group_policies(call: Call) -> Result:
    """The ordered rules of one security group, and their version."""
    group = call.params["SecurityGroupId"]
    row = call.world.read(RULES, call.region).get(group)
    if row is None:
        # Documented: the code. Assumed: the text.
        raise ApiError("ResourceNotFound", f"The security group `{group}` does not exist.")
    rules = row.value["SecurityGroupPolicySet"]
    wants = [
        (given.get("Name") or "", given.get("Values") or []) for given in call.params.get("Filters") or ()
    ]
    for name, _ in wants:
        if name not in _RULE_FILTERS:
            raise MANNERS.unknown_filter(name)
    directions = {
        direction: [rule for rule in rules[direction] if _rule_passes(rule, direction, wants)]
        for direction in ("Egress", "Ingress")
    }
    return {"SecurityGroupPolicySet": {**rules, **directions}}


def _group_question(call: Call) -> tuple[str, ...]:
    group = call.params["SecurityGroupId"]
    return (f"qcs::vpc:{call.region}:uin/{call.world.uin}:sg/{group}",)


# Documented: these filters, and that ip, port and description are fuzzy.
_RULE_FILTERS: Mapping[str, Callable[[Mapping[str, Any], str, str], bool]] = {
    "security-group-id": lambda rule, _direction, text: rule.get("SecurityGroupId") == text,
    "ip": lambda rule, _direction, text: (
        text in f"{rule.get('CidrBlock') or ''} {rule.get('Ipv6CidrBlock') or ''}"
    ),
    "protocol-type": lambda rule, _direction, text: str(rule.get("Protocol") or "").upper() == text.upper(),
    "port": lambda rule, _direction, text: text.upper() == "ALL" or text in str(rule.get("Port") or ""),
    "poly": lambda rule, _direction, text: text.upper() in ("ALL", str(rule.get("Action") or "").upper()),
    "direction": lambda _rule, direction, text: (
        text.upper() in ("ALL", "INBOUND" if direction == "Ingress" else "OUTBOUND")
    ),
    "description": lambda rule, _direction, text: text in str(rule.get("PolicyDescription") or ""),
    "address-module": lambda rule, _direction, text: (
        text in str((rule.get("AddressTemplate") or {}).get("AddressId", ""))
    ),
    "service-module": lambda rule, _direction, text: (
        text in str((rule.get("ServiceTemplate") or {}).get("ServiceId", ""))
    ),
}


def _rule_passes(rule: Mapping[str, Any], direction: str, wants: Sequence[tuple[str, Sequence[str]]]) -> bool:
    return all(any(_RULE_FILTERS[name](rule, direction, text) for text in texts) for name, texts in wants)


SERVICE = Service(
    name="vpc",
    version="2017-03-12",
    tables=(VPC, SUBNET, SECURITY_GROUP, ROUTE_TABLE, NETWORK_ACL, ADDRESS),
    actions=(
        Lists(
            action="DescribeVpcs",
            of=VPC,
            ids="VpcIds",
            filters={
                "vpc-name": contains("VpcName"),
                "is-default": truth("IsDefault"),
                "vpc-id": "VpcId",
                "cidr-block": "CidrBlock",
                "ipv6-cidr-block": "Ipv6CidrBlock",
                **TAGS,
            },
            manners=MANNERS,
        ),
        Lists(
            action="DescribeSubnets",
            of=SUBNET,
            ids="SubnetIds",
            filters={
                "subnet-id": "SubnetId",
                "vpc-id": "VpcId",
                "cidr-block": "CidrBlock",
                "is-default": truth("IsDefault"),
                "is-remote-vpc-snat": truth("IsRemoteVpcSnat"),
                "subnet-name": "SubnetName",
                "zone": "Zone",
                "cdc-id": "CdcId",
                "is-cdc-subnet": "IsCdcSubnet",
                "ipv6-cidr-block": "Ipv6CidrBlock",
                **TAGS,
            },
            refuses=("MaxResults", "NextToken"),
            manners=MANNERS,
        ),
        Lists(
            action="DescribeSecurityGroups",
            of=SECURITY_GROUP,
            ids="SecurityGroupIds",
            filters={
                "security-group-id": "SecurityGroupId",
                "project-id": "ProjectId",
                "security-group-name": "SecurityGroupName",
                **TAGS,
            },
            orders={"CreatedTime": "CreatedTime", "UpdateTime": "UpdateTime"},
            manners=MANNERS,
        ),
        Does(
            action="DescribeSecurityGroupPolicies",
            run=describe_security_group_policies,
            home="region",
            asks=_group_question,
        ),
        Lists(
            action="DescribeRouteTables",
            of=ROUTE_TABLE,
            ids="RouteTableIds",
            filters={
                "route-table-id": "RouteTableId",
                "route-table-name": "RouteTableName",
                "vpc-id": "VpcId",
                "association.main": truth("Main"),
                "next-hop-type": "RouteSet.GatewayType",
                **TAGS,
            },
            ignores=("NeedRouterInfo",),
            shown=shown_route_table,
            manners=MANNERS,
        ),
        Lists(
            action="DescribeNetworkAcls",
            of=NETWORK_ACL,
            ids="NetworkAclIds",
            filters={
                "vpc-id": "VpcId",
                "network-acl-id": "NetworkAclId",
                "network-acl-name": "NetworkAclName",
            },
            orders={
                "NetworkAclId": "NetworkAclId",
                "NetworkAclName": "NetworkAclName",
                "CreatedTime": "CreatedTime",
            },
            manners=MANNERS,
        ),
        Lists(
            action="DescribeAddresses",
            of=ADDRESS,
            ids="AddressIds",
            filters={
                "address-id": "AddressId",
                "address-name": "AddressName",
                "address-ip": "AddressIp",
                "address-status": "AddressStatus",
                "instance-id": "InstanceId",
                "private-ip-address": "PrivateAddressIp",
                "network-interface-id": "NetworkInterfaceId",
                "is-arrears": truth("IsArrears"),
                "instance-type": "InstanceType",
                "address-type": "AddressType",
                "address-isp": "InternetServiceProvider",
                **TAGS,
            },
            manners=MANNERS,
        ),
    ),
)
