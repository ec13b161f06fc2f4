"""Whatever is made, bound together and given back: nothing names what is not there any more."""

from ipaddress import ip_network

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.tables.network import DWELLERS
from emulator.world.estate import Spec, build
from emulator.world.interfaces import host_of
from emulator.world.shelves import Row, member_values
from scenarios.direct import Direct, Failed
from tests.emulator.references import ID, OWNERS, leaves

REGION, ZONE = "ap-guangzhou", "ap-guangzhou-3"
ESTATE = build(Spec(hosts=((REGION, 24),)), 5)
TABLES = {
    **OWNERS,
    "eni": "vpc.networkinterface",
    "havip": "vpc.havip",
    "nat": "vpc.natgateway",
    "ps": "cvm.disasterrecovergroup",
}
PAST = frozenset(
    {
        ("cbs.disk", "LastAttachInsId"),
        ("cbs.snapshot", "DiskId"),
        ("cbs.snapshot", "AutoSnapshotPolicyId"),
        ("cvm.instance", "ImageId"),
    }
)
"""What is said of the past: a snapshot outlives its disk and the policy that took it, a host its image."""
TOLD = (".task", ".clienttoken", ".deal", ".quota")
"""The ends of tables that remember what calls were answered."""


class Story:
    """An account with an estate, and calls about what it has by then."""

    def __init__(self):
        self.direct = Direct.open(ESTATE)
        self.world = self.direct.world
        self.world.clock.set(1_790_000_000)
        self.ended = {}

    def call(self, action, /, **params):
        """Make a call; what it is refused with is no matter here, if it is a refusal."""
        try:
            answer, code = self.direct.call(action, params, region=REGION), "ok"
        except Failed as failed:
            answer, code = None, failed.code
        assert not code.startswith("InternalError"), (action, params)
        self.ended.setdefault(action, set()).add(code)
        self.world.clock.advance(400)
        return answer

    def rows(self, table):
        return [row.value for row in self.world.read(table, REGION)]

    def everything(self):
        """Every row that looks like a resource or belongs to one: table and value."""
        places = {*ESTATE.places(), *self.world._shelves}
        for table, region in sorted(places):
            if region in (REGION, "") and not table.endswith(TOLD) and table != "world.due":
                for row in self.world.read(table, region):
                    if isinstance(row, Row):
                        yield table, row.value

    def dangling(self):
        """The members that name what is not there."""
        found = set()
        for table, value in self.everything():
            for member, text in leaves(value):
                shape = ID.fullmatch(text)
                of = TABLES.get(shape[1]) if shape else None
                if of is None or (table, member) in PAST:
                    continue
                is_primary = shape[1] == "eni" and host_of(text) in self.world.read("cvm.instance", REGION)
                if not is_primary and text not in self.world.read(of, REGION):
                    found.add((table, member, text))
        return found

    def taken(self):
        """The addresses of each subnet that something has."""
        found = {}
        for dweller in DWELLERS:
            for row in self.world.read(dweller.table, REGION) if dweller.address else ():
                for subnet in member_values(row.value, dweller.subnet):
                    for address in member_values(row.value, dweller.address):
                        if subnet and address:
                            found.setdefault(subnet, []).append(address)
        return found


def pick(rows, number):
    return rows[number % len(rows)] if rows else {}


def join(story, a, b):
    """Put something of each kind behind a security group."""
    group = pick(story.rows("vpc.securitygroup"), b).get("SecurityGroupId", "sg-00000000")
    host, balancer = pick(story.rows("cvm.instance"), a), pick(story.rows("clb.loadbalancer"), a)
    story.call(
        "cvm:ModifyInstancesAttribute", InstanceIds=[host.get("InstanceId", "")], SecurityGroups=[group]
    )
    story.call(
        "clb:SetLoadBalancerSecurityGroups",
        LoadBalancerId=balancer.get("LoadBalancerId", ""),
        SecurityGroups=[group],
    )
    for service, key, name in (("cdb", "InstanceId", "InstanceIds"), ("redis", "InstanceId", "InstanceIds")):
        one = pick(story.rows(f"{service}.instance"), a).get(key, "")
        more = {"Product": service} if service == "redis" else {}
        story.call(f"{service}:AssociateSecurityGroups", **{name: [one]}, SecurityGroupId=group, **more)


def interface(story, a, b):
    """Make an interface, attach it to a host and give it a public address."""
    host = pick(story.rows("cvm.instance"), a)
    if not host:
        return
    cloud = host["VirtualPrivateCloud"]
    group = pick(story.rows("vpc.securitygroup"), b).get("SecurityGroupId")
    made = story.call(
        "vpc:CreateNetworkInterface",
        VpcId=cloud["VpcId"],
        SubnetId=cloud["SubnetId"],
        NetworkInterfaceName="further",
        SecurityGroupIds=[group] if group else [],
    )
    if made is not None:
        one = made["NetworkInterface"]
        key, [address] = one["NetworkInterfaceId"], one["PrivateIpAddressSet"]
        story.call("vpc:AttachNetworkInterface", NetworkInterfaceId=key, InstanceId=host["InstanceId"])
        bind(story, NetworkInterfaceId=key, PrivateIpAddress=address["PrivateIpAddress"])
        target(story, a, b, EniIp=address["PrivateIpAddress"])


def bind(story, **to):
    made = story.call("vpc:AllocateAddresses")
    if made is not None:
        story.call("vpc:AssociateAddress", AddressId=made["AddressSet"][0], **to)


def elastic(story, a, b):
    """Give a host an elastic address, further private ones and a name for its primary interface."""
    host = pick(story.rows("cvm.instance"), a).get("InstanceId", "ins-00000000")
    bind(story, InstanceId=host)
    primary = f"eni-{host.removeprefix('ins-')}"
    story.call(
        "vpc:AssignPrivateIpAddresses", NetworkInterfaceId=primary, SecondaryPrivateIpAddressCount=1 + b % 3
    )


def target(story, a, b, **to):
    """Make a balancer's listener and send it on to a host."""
    host, balancer = pick(story.rows("cvm.instance"), a), pick(story.rows("clb.loadbalancer"), b)
    if not host or not balancer:
        return
    key = balancer["LoadBalancerId"]
    made = story.call("clb:CreateListener", LoadBalancerId=key, Ports=[1000 + a + b], Protocol="TCP")
    if made is not None:
        [listener] = made["ListenerIds"]
        to = to or {"InstanceId": host["InstanceId"]}
        story.call(
            "clb:RegisterTargets", LoadBalancerId=key, ListenerId=listener, Targets=[{"Port": 80, **to}]
        )


def launch(story, a, b):
    """Launch a host with a disk, a key pair and a placement group of its own."""
    subnet = pick(story.rows("vpc.subnet"), a)
    key = story.call("cvm:CreateKeyPair", KeyName=f"key_{a}_{b}", ProjectId=0)
    group = story.call("cvm:CreateDisasterRecoverGroup", Name=f"group{a}{b}", Type="SW")
    more = {"DisasterRecoverGroupIds": [group["DisasterRecoverGroupId"]]} if group is not None else {}
    story.call(
        "cvm:RunInstances",
        Placement={"Zone": subnet.get("Zone", ZONE)},
        ImageId="img-487zeit5",
        **({"LoginSettings": {"KeyIds": [key["KeyPair"]["KeyId"]]}} if key is not None else {}),
        **(
            {"VirtualPrivateCloud": {"VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"]}}
            if subnet
            else {}
        ),
        DataDisks=[{"DiskType": "CLOUD_PREMIUM", "DiskSize": 50, "DeleteWithInstance": bool(b % 2)}],
        InternetAccessible={"InternetMaxBandwidthOut": b % 3},
        **more,
    )


def store(story, a, b):
    """Attach a disk, take a snapshot of one and let a policy take more; make an image of a host."""
    host, disk = pick(story.rows("cvm.instance"), a), pick(story.rows("cbs.disk"), b)
    zone = host.get("Placement", {}).get("Zone", ZONE)
    made = story.call(
        "cbs:CreateDisks",
        Placement={"Zone": zone},
        DiskType="CLOUD_PREMIUM",
        DiskChargeType="POSTPAID_BY_HOUR",
        DiskSize=50,
    )
    if made is not None and host:
        story.call("cbs:AttachDisks", DiskIds=made["DiskIdSet"], InstanceId=host["InstanceId"])
    story.call("cbs:CreateSnapshot", DiskId=disk.get("DiskId", "disk-00000000"))
    policy = pick(story.rows("cbs.autosnapshotpolicy"), a).get("AutoSnapshotPolicyId", "asp-00000000")
    disks = [disk.get("DiskId", "disk-00000000")]
    story.call("cbs:BindAutoSnapshotPolicy", AutoSnapshotPolicyId=policy, DiskIds=disks)
    story.call("cvm:CreateImage", ImageName=f"image{a}{b}", InstanceId=host.get("InstanceId", "ins-00000000"))


def gateway(story, a, b):
    """Make a NAT gateway with an address, and route to it."""
    table = pick(story.rows("vpc.routetable"), a)
    made = story.call(
        "vpc:CreateNatGateway",
        NatGatewayName="out",
        VpcId=table.get("VpcId", "vpc-00000000"),
        AddressCount=1 + b % 2,
    )
    if made is not None:
        route = {
            "DestinationCidrBlock": f"192.168.{b}.0/24",
            "GatewayType": "NAT",
            "GatewayId": made["NatGatewaySet"][0]["NatGatewayId"],
        }
        story.call("vpc:CreateRoutes", RouteTableId=table["RouteTableId"], Routes=[route])


def translate(story, a, b):
    """Let a NAT gateway forward a port to a host, and let the host and its subnet out by an address."""
    one, addresses = pick(story.rows("vpc.natgateway"), a), story.rows("vpc.address")
    public = [row["AddressIp"] for row in addresses if row["InstanceId"] == one.get("NatGatewayId", "")]
    hosts = [
        row for row in story.rows("cvm.instance") if row["VirtualPrivateCloud"]["VpcId"] == one.get("VpcId")
    ]
    host = pick(hosts, b)
    if not host:
        return
    subnet = pick([row for row in story.rows("vpc.subnet") if row["VpcId"] == one["VpcId"]], b)
    mine = {"NatGatewayId": one["NatGatewayId"]}
    [private, *_] = host["PrivateIpAddresses"]
    port = {
        "IpProtocol": "TCP",
        "PublicIpAddress": public[0],
        "PublicPort": 1 + b,
        "PrivateIpAddress": private,
        "PrivatePort": 80,
    }
    story.call(
        "vpc:CreateNatGatewayDestinationIpPortTranslationNatRule",
        **mine,
        DestinationIpPortTranslationNatRules=[port],
    )
    for kind, key, what in (
        ("NETWORKINTERFACE", host["InstanceId"], private),
        ("SUBNET", subnet["SubnetId"], subnet["CidrBlock"]),
    ):
        out = {"ResourceType": kind, "ResourceId": key, "PrivateIpAddress": what}
        story.call(
            "vpc:CreateNatGatewaySourceIpTranslationNatRule",
            **mine,
            SourceIpTranslationNatRules=[{**out, "PublicIpAddresses": public[:1], "Description": ""}],
        )


def share(story, a, b):
    """Make a virtual address, bind an elastic one to it, or route to it."""
    subnet = pick(story.rows("vpc.subnet"), a)
    place = {"VpcId": subnet.get("VpcId", "vpc-00000000"), "SubnetId": subnet.get("SubnetId", "")}
    made = story.call("vpc:CreateHaVip", HaVipName="shared", **place)
    if made is None:
        return
    key = made["HaVip"]["HaVipId"]
    near = [
        row
        for row in story.rows("cvm.instance")
        if row["VirtualPrivateCloud"]["SubnetId"] == subnet["SubnetId"]
    ]
    members = [{"HaVipId": key, "InstanceId": row["InstanceId"]} for row in near[:3]]
    if members:
        story.call("vpc:AssociateHaVipInstance", HaVipAssociationSet=members)
    if b % 3 == 0:
        free = [row for row in story.rows("vpc.address") if row["AddressStatus"] == "UNBIND"]
        public = pick(free, b).get("AddressIp", "1.2.3.4")
        story.call("vpc:HaVipAssociateAddressIp", HaVipId=key, AddressIp=public)
    if b % 3 == 1:
        to = {"DestinationCidrBlock": f"192.169.{b}.0/24", "GatewayType": "HAVIP", "GatewayId": key}
        story.call("vpc:CreateRoutes", RouteTableId=subnet["RouteTableId"], Routes=[to])


def lay(story, a, b):
    """Make a network with a subnet, a further route table and a security group."""
    made = story.call("vpc:CreateVpc", VpcName="net", CidrBlock=f"10.{100 + a}.0.0/16")
    story.call("vpc:CreateSecurityGroup", GroupName=f"group{a}{b}", GroupDescription="")
    if made is not None:
        place = {"VpcId": made["Vpc"]["VpcId"]}
        story.call("vpc:CreateRouteTable", RouteTableName="further", **place)
        story.call(
            "vpc:CreateSubnet", SubnetName="sub", CidrBlock=f"10.{100 + a}.{b}.0/28", Zone=ZONE, **place
        )


def buy(story, a, b):
    """Buy a balancer of either type."""
    subnet = pick(story.rows("vpc.subnet"), a)
    place = {"VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"]} if subnet and b % 2 else {}
    story.call("clb:CreateLoadBalancer", LoadBalancerType="INTERNAL" if place else "OPEN", **place)


def move(story, a, b):
    """Move a host to another subnet of its zone."""
    host = pick(story.rows("cvm.instance"), a)
    zone = host.get("Placement", {}).get("Zone")
    subnet = pick([each for each in story.rows("vpc.subnet") if each["Zone"] == zone], b)
    if subnet:
        cloud = {"VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"]}
        story.call(
            "cvm:ModifyInstancesVpcAttribute",
            InstanceIds=[host["InstanceId"]],
            VirtualPrivateCloud=cloud,
        )


MAKES = (join, interface, elastic, target, launch, store, gateway, translate, share, lay, buy, move)
ENDS = (
    ("cvm.instance", "cvm:TerminateInstances", "InstanceIds"),
    ("cvm.image", "cvm:DeleteImages", "ImageIds"),
    ("cvm.keypair", "cvm:DeleteKeyPairs", "KeyIds"),
    ("cvm.disasterrecovergroup", "cvm:DeleteDisasterRecoverGroups", "DisasterRecoverGroupIds"),
    ("cbs.disk", "cbs:DetachDisks", "DiskIds"),
    ("cbs.disk", "cbs:TerminateDisks", "DiskIds"),
    ("cbs.snapshot", "cbs:DeleteSnapshots", "SnapshotIds"),
    ("cbs.autosnapshotpolicy", "cbs:DeleteAutoSnapshotPolicies", "AutoSnapshotPolicyIds"),
    ("clb.loadbalancer", "clb:DeleteLoadBalancer", "LoadBalancerIds"),
    ("cdb.instance", "cdb:IsolateDBInstance", "InstanceId"),
    ("redis.instance", "redis:DestroyPostpaidInstance", "InstanceId"),
    ("redis.instance", "redis:DestroyPrepaidInstance", "InstanceId"),
    ("postgres.instance", "postgres:IsolateDBInstances", "DBInstanceIdSet"),
    ("mariadb.instance", "mariadb:IsolateDBInstance", "InstanceIds"),
    ("dcdb.instance", "dcdb:IsolateHourDCDBInstance", "InstanceIds"),
    ("tcr.registry", "tcr:DeleteInstance", "RegistryId"),
    ("vpc.havip", "vpc:HaVipDisassociateAddressIp", "HaVipId"),
    ("vpc.address", "vpc:DisassociateAddress", "AddressId"),
    ("vpc.address", "vpc:ReleaseAddresses", "AddressIds"),
    ("vpc.networkinterface", "vpc:DeleteNetworkInterface", "NetworkInterfaceId"),
    ("vpc.havip", "vpc:DeleteHaVip", "HaVipId"),
    ("vpc.natgateway", "vpc:DeleteNatGateway", "NatGatewayId"),
    ("vpc.securitygroup", "vpc:DeleteSecurityGroup", "SecurityGroupId"),
    ("vpc.networkacl", "vpc:DeleteNetworkAcl", "NetworkAclId"),
    ("vpc.routetable", "vpc:DeleteRouteTable", "RouteTableId"),
    ("vpc.subnet", "vpc:DeleteSubnet", "SubnetId"),
    ("vpc.vpc", "vpc:DeleteVpc", "VpcId"),
)


def end(story, what, number):
    table, action, parameter = what
    keys = list(story.world.read(table, REGION).items())
    if keys:
        key = keys[number % len(keys)]
        story.call(action, **{parameter: [key] if parameter.endswith(("Ids", "IdSet")) else key})


def detach(story, number):
    one = pick([row for row in story.rows("vpc.networkinterface") if row["Attachment"]], number)
    if one:
        story.call(
            "vpc:DetachNetworkInterface",
            NetworkInterfaceId=one["NetworkInterfaceId"],
            InstanceId=one["Attachment"]["InstanceId"],
        )


def check(story):
    assert story.dangling() == set()
    taken = story.taken()
    answer = story.direct.call("vpc:DescribeSubnets", {"Limit": "100"}, region=REGION)
    for subnet in answer["SubnetSet"]:
        network = ip_network(subnet["CidrBlock"])
        used = taken.get(subnet["SubnetId"], [])
        assert len(used) == len(set(used))
        assert subnet["AvailableIpAddressCount"] == network.num_addresses - 3 - len(used)
    hosts = {row["InstanceId"]: row for row in story.rows("cvm.instance")}
    attached = {row["NetworkInterfaceId"]: row["Attachment"] for row in story.rows("vpc.networkinterface")}
    for address in story.rows("vpc.address"):
        is_on_host = address["InstanceType"] == "CVM"
        assert is_on_host == (address["InstanceId"] in hosts)
        if address["NetworkInterfaceId"] in attached:
            has_host = attached[address["NetworkInterfaceId"]] is not None
            assert has_host == is_on_host


NUMBERS = st.integers(0, 60)
STEPS = st.one_of(
    st.tuples(st.sampled_from(MAKES), NUMBERS, NUMBERS),
    st.tuples(st.just(end), st.sampled_from(ENDS), NUMBERS),
    st.tuples(st.just(end), st.just(ENDS[0]), NUMBERS),
    st.tuples(st.just(detach), NUMBERS),
)


@given(steps=st.lists(STEPS, min_size=4, max_size=24), days=st.sampled_from([0, 1, 8, 40]))
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_nothing_names_what_is_gone(steps, days):
    story = Story()
    for run, *numbers in steps:
        run(story, *numbers)
    story.world.clock.advance(days * 86_400)
    check(story)


@pytest.mark.parametrize("seed", range(2))
def test_these_steps_are_carried_out_and_nothing_names_what_is_gone(seed):
    """The stories above are no lists of refusals: nearly every action works when its turn comes."""
    story = Story()
    for number in range(seed, seed + 6):
        for make in MAKES:
            make(story, number * 7, number * 3)
    check(story)
    detach(story, seed)
    for _ in range(2):
        for what in ENDS:
            for number in range(30):
                end(story, what, number)
        story.world.clock.advance(40 * 86_400)
        check(story)
    refused = {action for action, ends in story.ended.items() if "ok" not in ends}
    # Either way of paying may be that of no instance.
    assert refused <= {"redis:DestroyPostpaidInstance", "redis:DestroyPrepaidInstance"}, story.ended
