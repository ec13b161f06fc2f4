"""Virtual addresses that hosts of a subnet pass on to each other, and the elastic addresses bound to them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from emulator.errors import ApiError, Refusal, missing_parameter
from emulator.services.vpc import addresses, errors, limits, params, tasks
from emulator.services.vpc.interfaces import views
from emulator.services.vpc.tables import ADDRESS, HAVIP, ROUTE_TABLE, SUBNET, VPC
from emulator.tables.addresses import bound, choose
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists
from emulator.tables.filters import truth
from emulator.tables.idempotent import once
from emulator.tables.network import Refusals, cloud_of
from emulator.tables.shared import INSTANCE
from emulator.tables.writing import Value, add, change, fresh_id, later, refuse, remove
from emulator.world.clock import china_time

MOST_MEMBERS = 10
"""Documented: among how many a virtual address may be passed on."""
duplicated = Refusal[str](
    "InvalidParameterValue.DuplicatedHaVipAssociations", "`{}` may have the virtual address already."
)
_SECONDS = 2.0
"""Assumed: how long the task of deleting one goes on, or of binding or freeing its elastic address."""
_VIRTUAL = Refusals(
    full=lambda _: ApiError("ResourceInsufficient.Subnet", "The subnet has not enough free addresses."),
    malformed=lambda _: errors.malformed("Vip", "an IPv4 address"),
    outside=lambda _: errors.out_of_range("Vip", "addresses of the subnet"),
    taken=Refusal[str]("ResourceInUse.Address", "The address `{}` is in use."),
)


def _place(call: Call, vpc: str) -> Value:
    """The subnet in which a virtual address is wanted."""
    if call.params.get("SubnetId"):
        subnet = params.given(call, SUBNET)
        if subnet["VpcId"] != vpc:
            raise errors.other_vpc("subnet", subnet["SubnetId"], vpc)
        return subnet
    # Assumed: an address says its subnet too; one of the two is needed.
    wished = call.params.get("Vip")
    if not wished:
        raise missing_parameter("SubnetId")
    if not params.is_address(wished):
        raise _VIRTUAL.malformed(wished)
    for row in call.world.read(SUBNET.name, call.region).index("VpcId").get(vpc, ()):
        if IPv4Address(wished) in IPv4Network(row.value["CidrBlock"]):
            found: Value = row.value
            return found
    raise _VIRTUAL.outside(wished)


def create_havip(call: Call) -> Result:
    """Take an address of a subnet for hosts to pass on; none has it yet."""
    name, tags = params.named(call.params, "HaVipName"), params.tags(call)
    vpc = params.given(call, VPC)["VpcId"]
    refuse(call, "NetworkInterfaceId")
    subnet, wished = _place(call, vpc), call.params.get("Vip")
    given = call.params.get("HaVipAssociationSet") or ()
    for each in given:
        if each.get("HaVipId"):
            raise errors.bad_value("HaVipAssociationSet.HaVipId", "none: it is not there yet")
    members = _added(call, subnet, [], given)
    key = fresh_id(call, HAVIP)
    there = call.world.read(HAVIP.name, call.region).index("VpcId").get(vpc, ())
    limits.check_room("vpc-max-havips", len(there))
    [address] = choose(call, subnet, 1, _VIRTUAL, [wished] if wished else ())
    made = add(
        call,
        HAVIP,
        {
            "HaVipId": key,
            "HaVipName": name,
            "Vip": address,
            "VpcId": vpc,
            "SubnetId": subnet["SubnetId"],
            # Assumed: no host announces it, so it stays with none.
            "NetworkInterfaceId": "",
            "InstanceId": "",
            "AddressIp": "",
            "State": "UNBIND",
            "CreatedTime": china_time(call.now),
            "Business": "",
            "HaVipAssociationSet": [{**each, "HaVipId": key} for each in members],
            "CheckAssociate": bool(call.params.get("CheckAssociate")),
            "CdcId": "",
            # Documented: as long as none ever had it.
            "FlushedTime": "0000-00-00 00:00:00",
            "TagSet": tags,
        },
    )
    return {"HaVip": made}


def modify_havip(call: Call) -> Result:
    """Rename a virtual address."""
    key = params.given(call, HAVIP)["HaVipId"]
    if call.params.get("HaVipName"):
        change(call, HAVIP, key, HaVipName=params.text(call.params, "HaVipName"))
    return {}


def delete_havip(call: Call) -> Result:
    """Give a virtual address back to its subnet, if nothing is bound to it and no route leads there."""
    havip = params.given(call, HAVIP)
    key = havip["HaVipId"]
    # Observed: terraform-provider-tencentcloud tries again while an elastic address is still being freed,
    # which it is told by UnsupportedOperation. Assumed: which of them.
    if bound(call.world, call.region, key):
        raise errors.unsupported("BindEIP", f"An elastic address is bound to `{key}`.")
    # Assumed: routes go first.
    for row in call.world.read(ROUTE_TABLE.name, call.region).index("RouteSet.GatewayId").get(key, ()):
        raise errors.in_use("HAVIP", key, f"routes of `{row.value['RouteTableId']}`")
    # Assumed: it is gone at once, before the task says so.
    remove(call, HAVIP, key)
    tasks.begin(call, _SECONDS)
    return {}


# --- between whom it is passed on ---------------------------------------------------------------------------


def _read_member(call: Call, subnet: Value, given: Mapping[str, Any]) -> dict[str, str]:
    """A host or an interface of a subnet, as a request names it."""
    key, kind = given["InstanceId"], given.get("InstanceType") or ""
    usual = "CVM" if key.startswith("ins-") else "ENI"
    # Documented: the two kinds. Assumed: the id says which if nothing else does.
    if kind not in ("", usual):
        raise errors.bad_value("HaVipAssociationSet.InstanceType", f"{usual} for `{key}`")
    place = cloud_of(params.existing(call, INSTANCE, key)) if usual == "CVM" else views.existing(call, key)
    # Assumed: what passes an address on stands in its subnet.
    if place.get("SubnetId") != subnet["SubnetId"]:
        raise errors.bad_value("HaVipAssociationSet.InstanceId", f"one of the subnet `{subnet['SubnetId']}`")
    return {"InstanceId": key, "InstanceType": usual}


def _added(
    call: Call, subnet: Value, before: Sequence[Value], given: Sequence[Mapping[str, Any]]
) -> list[Value]:
    """Who may have a virtual address, and those whom a request adds."""
    there, found = {each["InstanceId"] for each in before}, list(before)
    for each in given:
        member = _read_member(call, subnet, each)
        if member["InstanceId"] in there:
            raise duplicated(member["InstanceId"])
        there.add(member["InstanceId"])
        found.append(member)
    if len(found) > MOST_MEMBERS:
        raise errors.full("HaVipAssociationSet", MOST_MEMBERS)
    return found


def _change_members(
    call: Call, changed: Callable[[Value, Sequence[Mapping[str, Any]]], Sequence[Value]]
) -> Result:
    """Change among whom virtual addresses are passed on, by what a request says of each, or none."""
    named: dict[str, list[Mapping[str, Any]]] = {}
    given = call.params["HaVipAssociationSet"]
    if not given:
        raise missing_parameter("HaVipAssociationSet")
    if len(given) > MOST_MEMBERS:
        raise errors.too_many("HaVipAssociationSet", MOST_MEMBERS)
    for each in given:
        if not each.get("HaVipId"):
            raise missing_parameter("HaVipAssociationSet.HaVipId")
        named.setdefault(each["HaVipId"], []).append(each)
    after = {key: changed(params.existing(call, HAVIP, key), members) for key, members in named.items()}
    for key, members in after.items():
        change(call, HAVIP, key, HaVipAssociationSet=[{**each, "HaVipId": key} for each in members])
    return {}


def associate_instance(call: Call) -> Result:
    """Let further hosts or interfaces pass virtual addresses on."""

    def more(havip: Value, given: Sequence[Mapping[str, Any]]) -> Sequence[Value]:
        subnet = params.existing(call, SUBNET, havip["SubnetId"])
        return _added(call, subnet, havip["HaVipAssociationSet"], given)

    return _change_members(call, more)


def disassociate_instance(call: Call) -> Result:
    """Let hosts or interfaces pass virtual addresses on no longer."""

    def fewer(havip: Value, given: Sequence[Mapping[str, Any]]) -> Sequence[Value]:
        before, gone = havip["HaVipAssociationSet"], {each["InstanceId"] for each in given}
        for key in sorted(gone - {each["InstanceId"] for each in before}):
            raise errors.absent("association")(key)
        return [each for each in before if each["InstanceId"] not in gone]

    return _change_members(call, fewer)


# --- what is bound to it ------------------------------------------------------------------------------------


def associate_address_ip(call: Call) -> Result:
    """Bind an elastic address to a virtual one."""
    havip, wanted = params.given(call, HAVIP), call.params["AddressIp"]
    key = havip["HaVipId"]
    rows = call.world.read(ADDRESS.name, call.region).index("AddressIp").get(wanted, ())
    if not rows:
        raise ApiError("InvalidParameterValue.AddressIpNotFound", f"The address `{wanted}` does not exist.")
    # Documented: neither may be bound. Assumed: the codes.
    if bound(call.world, call.region, key):
        raise errors.unsupported("BindEIP", f"An elastic address is bound to `{key}` already.")
    address = rows[0].value
    if address["AddressStatus"] != "UNBIND":
        raise errors.unsupported("InvalidAddressState", f"The address is {address['AddressStatus']}.")
    if address["IsArrears"]:
        raise errors.unsupported("AddressIpInArrear", "The address is in arrears.")
    change(
        call,
        ADDRESS,
        address["AddressId"],
        AddressStatus="BINDING",
        InstanceId=key,
        InstanceType="HAVIP",
        PrivateAddressIp=havip["Vip"],
    )
    later(call, _SECONDS, ADDRESS, address["AddressId"], {"AddressStatus": "BINDING"}, AddressStatus="BIND")
    later(call, _SECONDS, HAVIP, key, {}, AddressIp=wanted)
    tasks.begin(call, _SECONDS)
    return {}


def disassociate_address_ip(call: Call) -> Result:
    """Free the elastic address of a virtual one."""
    key = params.given(call, HAVIP)["HaVipId"]
    there = bound(call.world, call.region, key)
    if not there:
        raise errors.unsupported("UnbindEIP", f"No elastic address is bound to `{key}`.")
    [address] = there
    if address["AddressStatus"] != "BIND":
        raise errors.unsupported("InvalidAddressState", f"The address is {address['AddressStatus']}.")
    addresses.unbind(call, address["AddressId"], _SECONDS)
    tasks.begin(call, _SECONDS)
    return {}


_ONE, _EACH = asking((HAVIP, "HaVipId")), asking((HAVIP, "HaVipAssociationSet.HaVipId"))
ACTIONS: tuple[Lists | Does, ...] = (
    Lists(
        action="DescribeHaVips",
        of=HAVIP,
        ids="HaVipIds",
        # Documented: the names; ten filters of five values.
        filters={
            "havip-id": "HaVipId",
            "havip-name": "HaVipName",
            "vpc-id": "VpcId",
            "subnet-id": "SubnetId",
            "vip": "Vip",
            "address-ip": "AddressIp",
            "havip-association.instance-id": "HaVipAssociationSet.InstanceId",
            "havip-association.instance-type": "HaVipAssociationSet.InstanceType",
            "check-associate": truth("CheckAssociate"),
            "cdc-id": "CdcId",
            # Assumed: all are ordinary ones, and none is protected.
            "type": lambda _row, wanted: "NORMAL" in wanted,
            "termination-protection": lambda _row, wanted: "false" in wanted,
            "traffic-protection": lambda _row, wanted: "false" in wanted,
        },
        most_values=5,
        manners=errors.MANNERS,
    ),
    Does(
        action="CreateHaVip",
        run=once(errors.TOKENS, create_havip),
        home="region",
        asks=asking((VPC, "VpcId"), (SUBNET, "SubnetId"), (HAVIP,)),
    ),
    Does(action="ModifyHaVipAttribute", run=modify_havip, home="region", asks=_ONE),
    Does(action="AssociateHaVipInstance", run=associate_instance, home="region", asks=_EACH),
    Does(action="DisassociateHaVipInstance", run=disassociate_instance, home="region", asks=_EACH),
    Does(action="DeleteHaVip", run=delete_havip, home="region", asks=_ONE),
    # Assumed: of the two, the virtual address is asked about.
    Does(action="HaVipAssociateAddressIp", run=associate_address_ip, home="region", asks=_ONE),
    Does(action="HaVipDisassociateAddressIp", run=disassociate_address_ip, home="region", asks=_ONE),
)
