"""What terraform-provider-tencentcloud does to networks, hosts and disks, done by the official SDK.

Each story makes the provider's calls in its order: created, waited for, read, changed, read, destroyed and
found gone. What it takes from an answer without looking whether it is there has to be there.
"""

import base64
from functools import partial

import pytest
from tencentcloud.cbs.v20170312 import cbs_client
from tencentcloud.cbs.v20170312 import models as cbs_models
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.cvm.v20170312 import cvm_client
from tencentcloud.cvm.v20170312 import models as cvm_models
from tencentcloud.tag.v20180813 import models as tag_models
from tencentcloud.tag.v20180813 import tag_client
from tencentcloud.vpc.v20170312 import models as vpc_models
from tencentcloud.vpc.v20170312 import vpc_client

from emulator.handle import Emulator
from tests.sdk.typed import Product

REGION, ZONE = "ap-guangzhou", "ap-guangzhou-3"


class Provider:
    """The provider's ways: its clients, how it waits, how it reads and writes tags."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.vpc = Product(cloud.account, vpc_client.VpcClient, vpc_models)
        self.cvm = Product(cloud.account, cvm_client.CvmClient, cvm_models)
        self.cbs = Product(cloud.account, cbs_client.CbsClient, cbs_models)
        self.tag = Product(cloud.account, tag_client.TagClient, tag_models)

    def until(self, ask, *, most=60):
        """Ask again and again, as time passes, until the answer is one; it is given back."""
        for _ in range(most):
            if answer := ask():
                return answer
            self.cloud.clock.advance(1)
        raise AssertionError("it never became so")

    def tags(self, service, prefix, key):
        found = self.tag(
            "DescribeResourceTagsByResourceIds",
            ServiceType=service,
            ResourcePrefix=prefix,
            ResourceRegion=REGION,
            ResourceIds=[key],
            Offset=0,
            Limit=100,
        ).Tags
        return {tag.TagKey: tag.TagValue for tag in found if tag.ResourceId == key}

    def retag(self, service, prefix, key, replaced, deleted=()):
        """Write tags as it does: by a name that leaves the account's number out."""
        params = {"ReplaceTags": [{"TagKey": name, "TagValue": value} for name, value in replaced.items()]}
        if deleted:
            params["DeleteTags"] = [{"TagKey": name} for name in deleted]
        self.tag("ModifyResourceTags", Resource=f"qcs::{service}:{REGION}:uin/:{prefix}/{key}", **params)

    # --- reads by which it knows a resource ---

    def filtered(self, action, member, name, key, *more, as_text=True):
        """A page found by filters, its bounds written as text or not."""
        page = {"Offset": "0", "Limit": "100"} if as_text else {"Offset": 0, "Limit": 100}
        filters = [{"Name": name, "Values": [key]}, *({"Name": each, "Values": [of]} for each, of in more)]
        return getattr(self.vpc(action, Filters=filters, **page), member)

    def table(self, key):
        return only(self.filtered("DescribeRouteTables", "RouteTableSet", "route-table-id", key))

    def address(self, key):
        """An address by its id; one that is not there is looked for once more."""
        found = self.vpc("DescribeAddresses", AddressIds=[key]).AddressSet
        other = [{"Name": "business-type", "Values": ["CDC"]}]
        found = found or self.vpc("DescribeAddresses", AddressIds=[key], Filters=other).AddressSet
        return only(found)

    def allotted(self, **params):
        made = self.vpc("AllocateAddresses", AddressType="EIP", **params)
        asked = {"TaskId": int(made.TaskId)}
        self.until(lambda: self.vpc("DescribeTaskResult", **asked).Result != "RUNNING")
        [key] = made.AddressSet
        self.until(lambda: self.address(key).AddressStatus != "CREATING")
        return key

    def unbind(self, key):
        task = int(self.vpc("DisassociateAddress", AddressId=key).TaskId)
        self.until(lambda: self.vpc("DescribeTaskResult", TaskId=task).Result != "RUNNING")
        assert self.address(key).AddressStatus == "UNBIND"

    def interface(self, key):
        page = {"Offset": 0, "Limit": 100}
        return only(
            self.vpc("DescribeNetworkInterfaces", NetworkInterfaceIds=[key], **page).NetworkInterfaceSet
        )

    def settled(self, key, *, wanted=(), dropped=()):
        """Wait for an interface and its addresses as it does after every change."""

        def ask():
            found = self.interface(key)
            there = {each.PrivateIpAddress: each.State for each in found.PrivateIpAddressSet}
            is_there = set(wanted) <= there.keys() and not there.keys() & set(dropped)
            return is_there and {found.State, *there.values()} == {"AVAILABLE"} and found

        return self.until(ask)

    def ended(self, answer):
        """Wait for a task that goes by the request which began it."""
        task = answer.RequestId
        self.until(lambda: self.vpc("DescribeVpcTaskResult", TaskId=task).Status != "RUNNING")

    def instance(self, key):
        return only(self.cvm("DescribeInstances", InstanceIds=[key]).InstanceSet)

    def operated(self, key, state="RUNNING"):
        """Wait until no operation goes on and the instance is so."""

        def ask():
            found = self.instance(key)
            return found.LatestOperationState == "SUCCESS" and found.InstanceState == state and found

        return self.until(ask)

    def disk(self, key):
        return only(self.cbs("DescribeDisks", DiskIds=[key], Limit=100).DiskSet)

    # --- what stories stand on ---

    def network(self, cidr="10.0.0.0/16", *subnets):
        vpc = self.vpc("CreateVpc", VpcName="net", CidrBlock=cidr, EnableMulticast="false").Vpc.VpcId
        place = {"VpcId": vpc, "Zone": ZONE}
        made = [
            self.vpc("CreateSubnet", SubnetName=each, CidrBlock=each, **place).Subnet.SubnetId
            for each in subnets
        ]
        return vpc, *made

    def image(self):
        return self.cvm("DescribeImages").ImageSet[0].ImageId

    def launched(self, vpc, subnet, **params):
        made = self.cvm(
            "RunInstances",
            ImageId=self.image(),
            Placement={"Zone": ZONE, "ProjectId": 0},
            InstanceType="S5.SMALL2",
            VirtualPrivateCloud={"VpcId": vpc, "SubnetId": subnet},
            **params,
        )
        [key] = made.InstanceIdSet
        self.operated(key)
        return key


def only(rows):
    """The one row that is found, or none."""
    assert len(rows) < 2
    return rows[0] if rows else None


def refused(product, action, **params):
    """The code that a call is refused with; none if it is not."""
    try:
        product(action, **params)
    except TencentCloudSDKException as failed:
        return failed.get_code()
    return None


def holds(row, *names):
    """See that an answer has members which the provider takes without looking."""
    missing = [name for name in names if getattr(row, name) is None]
    assert not missing, missing
    return row


@pytest.fixture(scope="module")
def server():
    with Emulator() as server:
        yield server


@pytest.fixture
def provider(server):
    with Emulator(on=server) as fresh:
        # The SDK signs with the time of its own clock: five minutes ahead of it, it would be refused.
        fresh.configure(transition_pace=0.1)
        yield Provider(fresh)


# --- networks ---------------------------------------------------------------------------------------------


def test_a_vpc_and_its_further_networks(provider):
    vpc = provider.vpc

    def read(key):
        found = only(provider.filtered("DescribeVpcs", "VpcSet", "vpc-id", key))
        if found is not None:
            holds(found, "CidrBlock", "CreatedTime", "IsDefault", "EnableMulticast", "VpcName", "VpcId")
            main = ("association.main", "true")
            tables = provider.filtered("DescribeRouteTables", "RouteTableSet", "vpc-id", key, main)
            assert [table.Main for table in tables] == [True]
        return found

    publishing = {"EnableRouteVpcPublish": False, "EnableRouteVpcPublishIpv6": False}
    made = vpc(
        "CreateVpc",
        VpcName="tf",
        CidrBlock="10.0.0.0/16",
        EnableMulticast="false",
        Tags=[{"Key": "test", "Value": "1"}],
        **publishing,
    ).Vpc
    key = holds(made, "VpcId", "IsDefault").VpcId
    vpc("CreateAssistantCidr", VpcId=key, CidrBlocks=["172.16.0.0/18"])
    shown = read(key)
    assert [(tag.Key, tag.Value) for tag in shown.TagSet] == [("test", "1")]
    assert [(each.AssistantType, each.CidrBlock) for each in shown.AssistantCidrSet] == [(0, "172.16.0.0/18")]
    vpc(
        "ModifyVpcAttribute",
        VpcId=key,
        VpcName="tf2",
        DnsServers=["119.29.29.29", "8.8.8.8"],
        EnableMulticast="false",
        **publishing,
    )
    vpc("ModifyAssistantCidr", VpcId=key, OldCidrBlocks=["172.16.0.0/18"], NewCidrBlocks=["172.17.0.0/18"])
    provider.retag("vpc", "vpc", key, {"new": "2"}, ["test"])
    shown = read(key)
    assert (shown.VpcName, shown.DnsServerSet) == ("tf2", ["119.29.29.29", "8.8.8.8"])
    assert [each.CidrBlock for each in shown.AssistantCidrSet] == ["172.17.0.0/18"]
    assert [(tag.Key, tag.Value) for tag in shown.TagSet] == [("new", "2")]
    vpc("DeleteVpc", VpcId=key)
    assert read(key) is None
    assert refused(vpc, "DeleteVpc", VpcId=key) == "ResourceNotFound"


def test_a_subnet_moves_to_another_route_table(provider):
    vpc = provider.vpc
    net, _ = provider.network("10.0.0.0/16", "10.0.0.0/24")
    table = vpc("CreateRouteTable", VpcId=net, RouteTableName="rt").RouteTable.RouteTableId

    def is_in_vpc():
        found = provider.filtered(
            "DescribeRouteTables", "RouteTableSet", "route-table-id", table, ("vpc-id", net)
        )
        return len(found) == 1

    def read(key):
        found = only(provider.filtered("DescribeSubnets", "SubnetSet", "subnet-id", key))
        return found and holds(
            found,
            *("CidrBlock", "CreatedTime", "VpcId", "SubnetId", "RouteTableId", "CdcId", "SubnetName"),
            *("IsDefault", "EnableBroadcast", "Zone", "AvailableIpAddressCount"),
        )

    assert is_in_vpc()
    key = vpc(
        "CreateSubnet",
        VpcId=net,
        SubnetName="sub",
        CidrBlock="10.0.20.0/28",
        Zone=ZONE,
        Tags=[{"Key": "test", "Value": "1"}],
    ).Subnet.SubnetId
    vpc("ModifySubnetAttribute", SubnetId=key, SubnetName="sub", EnableBroadcast="true")
    vpc("ReplaceRouteTableAssociation", SubnetId=key, RouteTableId=table)
    provider.retag("vpc", "subnet", key, {"test": "1"})
    shown = read(key)
    assert (shown.SubnetName, shown.EnableBroadcast, shown.RouteTableId) == ("sub", True, table)
    assert provider.tags("vpc", "subnet", key) == {"test": "1"}
    vpc("ModifySubnetAttribute", SubnetId=key, SubnetName="new", EnableBroadcast="false")
    provider.retag("vpc", "subnet", key, {"test": "2"})
    shown = read(key)
    assert (shown.SubnetName, shown.EnableBroadcast) == ("new", False)
    assert provider.tags("vpc", "subnet", key) == {"test": "2"}
    assert [each.SubnetId for each in provider.table(table).AssociationSet] == [key]
    vpc("DeleteSubnet", SubnetId=key)
    assert read(key) is None
    assert refused(vpc, "DeleteSubnet", SubnetId=key) == "ResourceNotFound"


def test_routes_of_a_table_one_by_one(provider):
    vpc = provider.vpc
    net, subnet = provider.network("10.0.0.0/16", "10.0.0.0/24")
    table = vpc("CreateRouteTable", VpcId=net, RouteTableName="rt").RouteTable.RouteTableId
    provider.retag("vpc", "rtb", table, {"test": "1"})
    assert provider.tags("vpc", "rtb", table) == {"test": "1"}
    host = provider.instance(provider.launched(net, subnet))

    def create(destination, kind, hop):
        """Create one route, which is to be the only one in the answer."""
        route = {
            "DestinationCidrBlock": destination,
            "GatewayType": kind,
            "GatewayId": hop,
            "RouteDescription": "",
            "Enabled": True,
        }
        [answered] = vpc("CreateRoutes", RouteTableId=table, Routes=[route]).RouteTableSet
        [made] = answered.RouteSet
        return made.RouteId

    def read(number):
        names = ("DestinationCidrBlock", "GatewayId", "GatewayType", "RouteDescription", "RouteId")
        for route in holds(provider.table(table), "CreatedTime", "Main", "RouteTableName", "VpcId").RouteSet:
            holds(route, *names, "RouteType", "Enabled", "RouteItemId")
            if route.RouteId == number:
                return route
        return None

    first = create("10.4.4.0/24", "EIP", "0")
    second = create("10.4.5.0/24", "NORMAL_CVM", host.PrivateIpAddresses[0])
    assert (read(first).GatewayType, read(second).GatewayId) == ("EIP", host.PrivateIpAddresses[0])
    vpc("DisableRoutes", RouteTableId=table, RouteIds=[first])
    assert (read(first).Enabled, read(second).Enabled) == (False, True)
    vpc("EnableRoutes", RouteTableId=table, RouteIds=[first])
    assert read(first).Enabled
    vpc("DeleteRoutes", RouteTableId=table, Routes=[{"RouteId": first}])
    assert (read(first), read(second).Enabled) == (None, True)
    assert refused(vpc, "DeleteRoutes", RouteTableId=table, Routes=[{"RouteId": first}]) == "ResourceNotFound"
    vpc("ModifyRouteTableAttribute", RouteTableId=table, RouteTableName="new")
    assert provider.table(table).RouteTableName == "new"
    vpc("DeleteRoutes", RouteTableId=table, Routes=[{"RouteId": second}])
    vpc("DeleteRouteTable", RouteTableId=table)
    assert provider.table(table) is None
    assert refused(vpc, "DeleteRouteTable", RouteTableId=table) == "ResourceNotFound"


def test_a_network_acl_whose_entries_are_kept_as_text(provider):
    vpc = provider.vpc
    net, subnet = provider.network("10.0.0.0/16", "10.0.0.0/24")

    def found():
        return only(
            provider.filtered("DescribeNetworkAcls", "NetworkAclSet", "network-acl-id", key, as_text=False)
        )

    def read(side):
        """Entries as the state has them: as text in capitals, without the one that shuts all out."""
        texts = []
        for each in getattr(found(), f"{side}Entries"):
            if (each.Protocol, each.CidrBlock, each.Action) != ("all", "0.0.0.0/0", "Drop"):
                text = "#".join((each.Action, each.CidrBlock, each.Port or "ALL", each.Protocol))
                texts.append((f"{text}#{each.Description}" if each.Description else text).upper())
        return texts

    def write(**sides):
        entries = {}
        for side, texts in sides.items():
            entries[side] = []
            for text in texts or ["DROP#0.0.0.0/0#ALL#all"]:
                action, cidr, port, protocol, *note = text.split("#")
                entry = {"Protocol": protocol, "CidrBlock": cidr, "Action": action}
                entry["Description"] = note[0] if note else ""
                if protocol in ("TCP", "UDP"):
                    entry["Port"] = port
                entries[side].append(entry)
        vpc("ModifyNetworkAclEntries", NetworkAclId=key, NetworkAclEntrySet=entries)

    key = vpc("CreateNetworkAcl", VpcId=net, NetworkAclName="acl").NetworkAcl.NetworkAclId
    provider.retag("vpc", "acl", key, {"test": "1"})
    into = ["ACCEPT#192.168.1.0/24#80#TCP#NOTE", "ACCEPT#192.168.1.0/24#80-90#TCP"]
    out = ["ACCEPT#0.0.0.0/0#ALL#ALL", "DROP#8.8.8.8#ALL#ICMP", "ACCEPT#10.0.0.0/8#ALL#UDP"]
    write(Ingress=into, Egress=out)
    assert (read("Ingress"), read("Egress")) == (into, out)
    assert provider.tags("vpc", "acl", key) == {"test": "1"}
    write(Ingress=into[1:])
    assert (read("Ingress"), read("Egress")) == (into[1:], out)
    write(Egress=[])
    assert (read("Ingress"), read("Egress")) == (into[1:], [])
    vpc("ModifyNetworkAclAttribute", NetworkAclId=key, NetworkAclName="new")
    vpc("AssociateNetworkAclSubnets", NetworkAclId=key, SubnetIds=[subnet])
    guarded = [each.SubnetId for each in found().SubnetSet]
    assert (found().NetworkAclName, guarded) == ("new", [subnet])
    vpc("DisassociateNetworkAclSubnets", NetworkAclId=key, SubnetIds=guarded)
    vpc("DeleteNetworkAcl", NetworkAclId=key)
    assert found() is None
    assert refused(vpc, "DeleteNetworkAcl", NetworkAclId=key) == "ResourceNotFound"


# --- security groups --------------------------------------------------------------------------------------


class Rules:
    """A security group, its rules read and written in the provider's three ways."""

    def __init__(self, provider, project=None):
        self.vpc = provider.vpc
        more = {} if project is None else {"ProjectId": project}
        made = self.vpc("CreateSecurityGroup", GroupName="sg", GroupDescription="", **more).SecurityGroup
        self.key = made.SecurityGroupId

    def ask(self, action, **given):
        self.vpc(action, SecurityGroupId=self.key, SecurityGroupPolicySet=given)

    def read(self):
        return self.vpc("DescribeSecurityGroupPolicies", SecurityGroupId=self.key).SecurityGroupPolicySet

    def texts(self, side):
        """Rules as those resources have them that keep them as text; each member is taken unlooked."""
        found = []
        for rule in getattr(self.read(), side):
            holds(rule, "Action", "CidrBlock", "SecurityGroupId")
            for template in (rule.AddressTemplate, rule.ServiceTemplate):
                assert template is None or None not in vars(template).values()
            source = rule.AddressTemplate.AddressGroupId or rule.AddressTemplate.AddressId
            service = rule.ServiceTemplate.ServiceId or rule.ServiceTemplate.ServiceGroupId
            source = source or rule.SecurityGroupId or rule.CidrBlock
            found.append(f"{rule.Action}#{source}#{rule.Port}#{rule.Protocol or service}")
        return found


def as_rule(text):
    """A rule as text, made what is sent: no port beside protocols that have none."""
    action, source, port, protocol = text.split("#")
    rule = {"Action": action}
    match source.split("-")[0]:
        case "sg":
            rule["SecurityGroupId"] = source
        case "ipm":
            rule["AddressTemplate"] = {"AddressId": source}
        case "ipmg":
            rule["AddressTemplate"] = {"AddressGroupId": source}
        case _:
            rule["CidrBlock"] = source
    if protocol.startswith("ppm-"):
        return {**rule, "ServiceTemplate": {"ServiceId": protocol}}
    return rule | {"Protocol": protocol} | ({"Port": port} if protocol in ("TCP", "UDP") else {})


def test_a_security_group_is_deleted_once_nothing_stands_behind_it(provider):
    vpc = provider.vpc
    group = Rules(provider).key
    provider.retag("cvm", "sg", group, {"test": "1"})

    def read():
        found = only(vpc("DescribeSecurityGroups", SecurityGroupIds=[group]).SecurityGroupSet)
        return found and holds(found, "SecurityGroupName", "SecurityGroupDesc", "ProjectId")

    assert (read().SecurityGroupDesc, int(read().ProjectId)) == ("", 0)
    assert provider.tags("cvm", "sg", group) == {"test": "1"}
    vpc("ModifySecurityGroupAttribute", SecurityGroupId=group, GroupName="new")
    vpc("ModifySecurityGroupAttribute", SecurityGroupId=group, GroupDescription="about")
    assert (read().SecurityGroupName, read().SecurityGroupDesc) == ("new", "about")
    net, subnet = provider.network("10.0.0.0/16", "10.0.0.0/24")
    host = provider.launched(net, subnet, SecurityGroupIds=[group])

    def behind():
        [found] = vpc(
            "DescribeSecurityGroupAssociationStatistics", SecurityGroupIds=[group]
        ).SecurityGroupAssociationStatisticsSet
        return [found.CVM, found.CLB, found.CDB, found.ENI, found.SG]

    assert behind() == [1, 0, 0, 0, 0]
    # It tries again what is in use, whichever the detail.
    assert refused(vpc, "DeleteSecurityGroup", SecurityGroupId=group).split(".")[0] == "ResourceInUse"
    provider.cvm("TerminateInstances", InstanceIds=[host])
    provider.until(lambda: behind() == [0] * 5)
    vpc("DeleteSecurityGroup", SecurityGroupId=group)
    assert read() is None


def test_rules_that_are_kept_as_text_come_back_as_they_were_written(provider):
    group, other = Rules(provider), Rules(provider).key
    into = ["ACCEPT#192.168.1.0/24#80#TCP", "DROP#8.8.8.8#80,90#UDP", "ACCEPT#0.0.0.0/0#80-90#TCP"]
    out = ["ACCEPT#192.168.0.0/16#ALL#TCP", "ACCEPT#10.0.0.0/8#ALL#ICMP", "DROP#0.0.0.0/0#ALL#ALL"]

    def write(ingress=(), egress=()):
        sides = {"Ingress": ingress, "Egress": egress}
        given = {side: list(map(as_rule, texts)) for side, texts in sides.items()}
        group.ask("ModifySecurityGroupPolicies", **given)

    def read():
        return group.texts("Ingress"), group.texts("Egress")

    write(into, out)
    assert read() == (into, out)
    into.insert(1, "ACCEPT#192.168.1.0/26#800#TCP")
    out.insert(1, "ACCEPT#192.168.0.0/24#ALL#UDP")
    write(into, out)
    assert read() == (into, out)
    write(into[:1], out[:1])
    assert read() == (into[:1], out[:1])
    group.ask("DeleteSecurityGroupPolicies", Egress=[as_rule(out[0])])
    assert read() == (into[:1], [])
    template = provider.vpc(
        "CreateAddressTemplate", AddressTemplateName="t", Addresses=["10.0.0.1", "10.0.0.1-10.0.0.100"]
    ).AddressTemplate.AddressTemplateId
    service = provider.vpc(
        "CreateServiceTemplate", ServiceTemplateName="t", Services=["tcp:80"]
    ).ServiceTemplate.ServiceTemplateId
    into = [f"DROP#{template}#8080#TCP", f"ACCEPT#{other}#80#TCP", f"ACCEPT#1.1.1.1##{service}"]
    write(into)
    assert read() == (into, [])
    group.ask("ModifySecurityGroupPolicies", Version="0")
    assert read() == ([], [])
    group.vpc("DeleteSecurityGroup", SecurityGroupId=group.key)
    assert (
        refused(group.vpc, "DescribeSecurityGroupPolicies", SecurityGroupId=group.key) == "ResourceNotFound"
    )


def test_an_ordered_rule_set_is_changed_under_the_version_that_it_will_have(provider):
    group, other = Rules(provider), Rules(provider).key
    template = provider.vpc(
        "CreateAddressTemplate", AddressTemplateName="t", Addresses=["10.0.1.0/24"]
    ).AddressTemplate.AddressTemplateId

    def rule(action="ACCEPT", **more):
        return {"Action": action, **more}

    wide = rule(CidrBlock="10.0.0.0/22", Protocol="TCP", Port="80-90", PolicyDescription="A")
    same = {"CidrBlock": "10.0.2.1", "Protocol": "UDP", "Port": "8080"}
    every = rule(CidrBlock="172.18.1.2", Protocol="ALL", Port="ALL", PolicyDescription="D")
    ingress = [wide, rule(**same, PolicyDescription="B"), rule(**same, PolicyDescription="C"), every]
    ingress.append(rule("DROP", Protocol="TCP", Port="80", SecurityGroupId=other, PolicyDescription="E"))
    ping = rule("DROP", CidrBlock="10.0.0.0/16", Protocol="ICMP")
    egress = [ping, rule("DROP", AddressTemplate={"AddressId": template})]

    def read(side):
        """What the state holds: index, action, source, protocol, port and description."""
        return [
            (
                each.PolicyIndex,
                each.Action,
                each.CidrBlock or each.SecurityGroupId or each.AddressTemplate.AddressId,
                each.Protocol.upper(),
                each.Port,
                each.PolicyDescription,
            )
            for each in getattr(group.read(), side)
        ]

    def written(rules):
        return [
            (
                at,
                each["Action"],
                each.get("CidrBlock") or each.get("SecurityGroupId") or template,
                each.get("Protocol", "ALL"),
                each.get("Port", "ALL"),
                each.get("PolicyDescription", ""),
            )
            for at, each in enumerate(rules)
        ]

    def write(version, **sides):
        group.vpc(
            "ModifySecurityGroupPolicies",
            SecurityGroupId=group.key,
            SecurityGroupPolicySet={**sides, "Version": str(version)},
            SortPolicys=True,
        )

    group.ask("ModifySecurityGroupPolicies", Ingress=ingress, Egress=egress)
    assert (read("Ingress"), read("Egress")) == (written(ingress), written(egress))
    ingress = [ingress[4], ingress[0], ingress[1], ingress[3], ingress[2]]
    write(int(group.read().Version) + 1, Ingress=ingress, Egress=egress)
    assert (read("Ingress"), read("Egress")) == (written(ingress), written(egress))
    # A direction that is to be empty is emptied by the places of its rules, before the other one is written.
    before = int(group.read().Version)
    group.ask("DeleteSecurityGroupPolicies", Egress=[{"PolicyIndex": at} for at in range(len(egress))])
    write(before + 2, Ingress=ingress[:2])
    assert (read("Ingress"), read("Egress")) == (written(ingress[:2]), [])
    group.ask("ModifySecurityGroupPolicies", Version="0", Ingress=[], Egress=[])
    assert (read("Ingress"), read("Egress")) == ([], [])


def test_single_rules_are_found_again_by_what_they_say(provider):
    group = Rules(provider)

    def create(**rule):
        empty = {"AddressTemplate": {}, "ServiceTemplate": {}, "PolicyDescription": ""}
        group.ask("CreateSecurityGroupPolicies", Ingress=[{**empty, "PolicyIndex": 0, **rule}])

    def read(cidr, protocol, port):
        """The rule that a resource means; protocol and port count as ALL where it has none."""
        for each in group.read().Ingress:
            holds(each, "SecurityGroupId", "Action")
            said = (each.CidrBlock, each.Protocol.upper() or "ALL", each.Port or "ALL")
            if said == (cidr, protocol, port) and not each.SecurityGroupId:
                return each
        return None

    create(CidrBlock="1.1.1.1", Action="ACCEPT", Protocol="TCP", Port="80,8080")
    create(CidrBlock="10.0.0.0/8", Action="DROP", Protocol="ICMP", PolicyDescription="ping")
    create(CidrBlock="0.0.0.0/0", Action="DROP")
    assert read("1.1.1.1", "TCP", "80,8080")
    assert read("10.0.0.0/8", "ICMP", "ALL").PolicyDescription == "ping"
    assert read("0.0.0.0/0", "ALL", "ALL").Action == "DROP"
    assert [each.PolicyIndex for each in group.read().Ingress] == [0, 1, 2]
    gone = {"Action": "DROP", "CidrBlock": "0.0.0.0/0"}
    group.ask("DeleteSecurityGroupPolicies", Ingress=[gone])
    assert read("0.0.0.0/0", "ALL", "ALL") is None
    ask = {"SecurityGroupId": group.key, "SecurityGroupPolicySet": {"Ingress": [gone]}}
    assert refused(group.vpc, "DeleteSecurityGroupPolicies", **ask) == "ResourceNotFound"
    assert read("1.1.1.1", "TCP", "80,8080")


def test_templates_and_their_groups(provider):
    vpc = provider.vpc

    def read(kind, key, name):
        action, members, text = f"Describe{kind}s", f"{kind}Set", f"{name}-id"
        return only(provider.filtered(action, members, text, key))

    made = vpc("CreateAddressTemplate", AddressTemplateName="t", Addresses=["10.0.0.1", "10.0.1.0/24"])
    one = made.AddressTemplate.AddressTemplateId
    made = vpc("CreateAddressTemplateGroup", AddressTemplateGroupName="g", AddressTemplateIds=[one])
    group = made.AddressTemplateGroup.AddressTemplateGroupId
    vpc(
        "ModifyAddressTemplateAttribute",
        AddressTemplateId=one,
        AddressTemplateName="u",
        Addresses=["1.1.1.1"],
    )
    shown = read("AddressTemplate", one, "address-template")
    assert (shown.AddressTemplateName, shown.AddressSet) == ("u", ["1.1.1.1"])
    shown = read("AddressTemplateGroup", group, "address-template-group")
    assert (shown.AddressTemplateGroupName, shown.AddressTemplateIdSet) == ("g", [one])
    vpc("DeleteAddressTemplateGroup", AddressTemplateGroupId=group)
    vpc("DeleteAddressTemplate", AddressTemplateId=one)
    assert read("AddressTemplate", one, "address-template") is None
    assert read("AddressTemplateGroup", group, "address-template-group") is None

    made = vpc("CreateServiceTemplate", ServiceTemplateName="t", Services=["tcp:80", "udp:all"])
    one = made.ServiceTemplate.ServiceTemplateId
    made = vpc("CreateServiceTemplateGroup", ServiceTemplateGroupName="g", ServiceTemplateIds=[one])
    group = made.ServiceTemplateGroup.ServiceTemplateGroupId
    shown = read("ServiceTemplate", one, "service-template")
    assert (shown.ServiceTemplateName, shown.ServiceSet) == ("t", ["tcp:80", "udp:all"])
    assert read("ServiceTemplateGroup", group, "service-template-group").ServiceTemplateIdSet == [one]
    vpc("DeleteServiceTemplateGroup", ServiceTemplateGroupId=group)
    vpc("DeleteServiceTemplate", ServiceTemplateId=one)
    assert read("ServiceTemplate", one, "service-template") is None


# --- addresses, interfaces, gateways ----------------------------------------------------------------------


def read_address(provider, key):
    """An address as it is refreshed: itself, its tags, and the package that it is in."""
    package = [{"Name": "resource.resource-id", "Values": [key]}]
    assert provider.vpc("DescribeBandwidthPackages", Filters=package).BandwidthPackageSet == []
    return holds(provider.address(key), "AddressStatus", "IsArrears"), provider.tags("vpc", "eip", key)


def test_an_elastic_address_from_its_allotment_to_its_release(provider):
    vpc = provider.vpc
    key = provider.allotted(InternetMaxBandwidthOut=2, Tags=[{"Key": "test", "Value": "1"}])
    provider.retag("vpc", "eip", key, {"test": "1"})
    shown, tags = read_address(provider, key)
    assert (shown.AddressStatus, shown.AddressType, shown.Bandwidth) == ("UNBIND", "EIP", 2)
    assert (shown.InternetChargeType, tags) == ("TRAFFIC_POSTPAID_BY_HOUR", {"test": "1"})
    vpc("ModifyAddressAttribute", AddressId=key, AddressName="new")
    charge = {"InternetChargeType": "BANDWIDTH_POSTPAID_BY_HOUR", "InternetMaxBandwidthOut": 3}
    vpc("ModifyAddressInternetChargeType", AddressId=key, **charge)
    vpc("ModifyAddressesBandwidth", AddressIds=[key], InternetMaxBandwidthOut=5)
    provider.retag("vpc", "eip", key, {"new": "2"}, ["test"])
    shown, tags = read_address(provider, key)
    assert (shown.AddressName, shown.InternetChargeType) == ("new", "BANDWIDTH_POSTPAID_BY_HOUR")
    assert (shown.Bandwidth, tags) == (5, {"new": "2"})
    vpc("ReleaseAddresses", AddressIds=[key])
    provider.until(lambda: provider.address(key) is None)


def test_an_address_that_is_paid_in_advance_is_released_twice(provider):
    paid = {"AddressChargePrepaid": {"Period": 1, "AutoRenewFlag": 0}}
    key = provider.allotted(
        InternetChargeType="BANDWIDTH_PREPAID_BY_MONTH", InternetMaxBandwidthOut=1, **paid
    )
    before = provider.address(key).DeadlineDate
    provider.vpc("RenewAddresses", AddressIds=[key], AddressChargePrepaid={"Period": 1, "AutoRenewFlag": 1})
    shown, _ = read_address(provider, key)
    assert (shown.DeadlineDate > before, shown.RenewFlag) == (True, "NOTIFY_AND_AUTO_RENEW")
    provider.vpc("ReleaseAddresses", AddressIds=[key])
    provider.until(lambda: provider.address(key).IsArrears)
    provider.vpc("ReleaseAddresses", AddressIds=[key])
    provider.until(lambda: provider.address(key) is None)


def test_an_address_is_bound_to_a_host_and_to_an_interface(provider):
    vpc = provider.vpc
    net, subnet = provider.network("10.0.0.0/16", "10.0.0.0/24")
    host, key = provider.launched(net, subnet), provider.allotted()
    vpc("AssociateAddress", AddressId=key, InstanceId=host)
    shown = provider.until(lambda: provider.address(key).AddressStatus == "BIND" and provider.address(key))
    assert shown.InstanceId == host
    provider.until(lambda: provider.instance(host).PublicIpAddresses == [shown.AddressIp])
    provider.unbind(key)
    interface = vpc(
        "CreateNetworkInterface",
        NetworkInterfaceName="eth",
        NetworkInterfaceDescription="",
        VpcId=net,
        SubnetId=subnet,
        SecondaryPrivateIpAddressCount=0,
    ).NetworkInterface
    place = {"NetworkInterfaceId": interface.NetworkInterfaceId}
    private = interface.PrivateIpAddressSet[0].PrivateIpAddress
    provider.settled(interface.NetworkInterfaceId)
    vpc("AssociateAddress", AddressId=key, **place, PrivateIpAddress=private)
    provider.until(lambda: provider.address(key).AddressStatus in ("BIND", "BIND_ENI"))
    assert provider.address(key).NetworkInterfaceId == interface.NetworkInterfaceId
    provider.unbind(key)
    vpc("ReleaseAddresses", AddressIds=[key])
    provider.until(lambda: provider.address(key) is None)


def test_an_interface_its_addresses_and_its_attachment(provider):
    vpc = provider.vpc
    net, subnet = provider.network("10.0.0.0/16", "10.0.0.0/24")
    group = Rules(provider).key
    wanted = [
        {"PrivateIpAddress": "10.0.0.10", "Primary": True, "Description": ""},
        {"PrivateIpAddress": "10.0.0.11", "Primary": False, "Description": "new desc"},
    ]
    made = vpc(
        "CreateNetworkInterface",
        NetworkInterfaceName="eth",
        NetworkInterfaceDescription="",
        VpcId=net,
        SubnetId=subnet,
        SecurityGroupIds=[group],
        PrivateIpAddresses=wanted,
        Tags=[{"Key": "test", "Value": "1"}],
    ).NetworkInterface
    key = made.NetworkInterfaceId
    assert [each.PrivateIpAddress for each in made.PrivateIpAddressSet] == ["10.0.0.10", "10.0.0.11"]
    provider.settled(key, wanted=("10.0.0.10", "10.0.0.11"))
    provider.retag("vpc", "eni", key, {"test": "1"})
    vpc(
        "ModifyNetworkInterfaceAttribute",
        NetworkInterfaceId=key,
        NetworkInterfaceName="e",
        SecurityGroupIds=[],
    )
    noted = [{"PrivateIpAddress": "10.0.0.10", "Description": "first"}]
    vpc("ModifyPrivateIpAddressesAttribute", NetworkInterfaceId=key, PrivateIpAddresses=noted)
    gone = [{"PrivateIpAddress": "10.0.0.11"}]
    vpc("UnassignPrivateIpAddresses", NetworkInterfaceId=key, PrivateIpAddresses=gone)
    provider.settled(key, dropped=("10.0.0.11",))
    further = [{"PrivateIpAddress": "10.0.0.12", "Primary": False, "Description": "second"}]
    vpc("AssignPrivateIpAddresses", NetworkInterfaceId=key, PrivateIpAddresses=further)
    shown = provider.settled(key, wanted=("10.0.0.12",))
    assert (shown.NetworkInterfaceName, shown.GroupSet) == ("e", [])
    assert [
        (each.PrivateIpAddress, each.Primary, each.Description) for each in shown.PrivateIpAddressSet
    ] == [
        ("10.0.0.10", True, "first"),
        ("10.0.0.12", False, "second"),
    ]
    assert [(tag.Key, tag.Value) for tag in shown.TagSet] == [("test", "1")]

    host = provider.launched(net, subnet)
    provider.ended(vpc("AttachNetworkInterface", NetworkInterfaceId=key, InstanceId=host))
    shown = provider.interface(key)
    assert (shown.State, shown.Attachment.InstanceId) == ("AVAILABLE", host)
    detach = {"NetworkInterfaceId": key, "InstanceId": host}
    provider.ended(vpc("DetachNetworkInterface", **detach))
    assert (provider.interface(key).State, provider.interface(key).Attachment) == ("AVAILABLE", None)
    vpc("DeleteNetworkInterface", NetworkInterfaceId=key)
    assert provider.interface(key) is None
    assert refused(vpc, "DetachNetworkInterface", **detach) == "ResourceNotFound"


def test_a_virtual_address_and_the_elastic_one_that_is_bound_to_it(provider):
    vpc = provider.vpc
    net, subnet = provider.network("10.0.0.0/16", "10.0.0.0/24")
    place = {"VpcId": net, "SubnetId": subnet}
    made = vpc("CreateHaVip", **place, HaVipName="havip", Vip="10.0.0.5", CheckAssociate=False)
    mine = {"HaVipId": made.HaVip.HaVipId}

    def read():
        found = only(vpc("DescribeHaVips", HaVipIds=[mine["HaVipId"]]).HaVipSet)
        return found and holds(found, "AddressIp", "State", "CreatedTime", "NetworkInterfaceId", "InstanceId")

    shown = read()
    assert (shown.HaVipName, shown.Vip, shown.CheckAssociate) == ("havip", "10.0.0.5", False)
    assert (shown.VpcId, shown.SubnetId) == (net, subnet)
    vpc("ModifyHaVipAttribute", **mine, HaVipName="new")
    assert read().HaVipName == "new"
    host = provider.launched(net, subnet)
    member = {**mine, "InstanceType": "CVM", "InstanceId": host}
    vpc("AssociateHaVipInstance", HaVipAssociationSet=[member])

    def passed_on():
        by = {
            "havip-id": mine["HaVipId"],
            "havip-association.instance-id": host,
            "havip-association.instance-type": "CVM",
        }
        filters = [{"Name": name, "Values": [value]} for name, value in by.items()]
        found = only(vpc("DescribeHaVips", Filters=filters, Offset=0, Limit=100).HaVipSet)
        return found and [
            {name: getattr(each, name) for name in member} for each in found.HaVipAssociationSet
        ]

    assert passed_on() == [member]
    vpc("DisassociateHaVipInstance", HaVipAssociationSet=[member])
    assert passed_on() is None
    key = provider.allotted()
    public = provider.address(key).AddressIp
    vpc("HaVipAssociateAddressIp", **mine, AddressIp=public)
    provider.until(lambda: read().AddressIp)
    assert read().AddressIp == public
    assert refused(vpc, "DeleteHaVip", **mine) == "UnsupportedOperation.BindEIP"
    vpc("HaVipDisassociateAddressIp", **mine)
    provider.until(lambda: not read().AddressIp)
    vpc("DeleteHaVip", **mine)
    provider.until(lambda: read() is None)


def test_a_nat_gateway_whose_addresses_change(provider):
    vpc = provider.vpc
    net, _ = provider.network("10.0.0.0/16", "10.0.0.0/24")
    keys = [provider.allotted() for _ in range(2)]
    first, second = (provider.address(key).AddressIp for key in keys)
    made = vpc(
        "CreateNatGateway",
        VpcId=net,
        NatGatewayName="nat",
        InternetMaxBandwidthOut=100,
        MaxConcurrentConnection=1_000_000,
        PublicIpAddresses=[first],
        Zone=ZONE,
        Tags=[{"Key": "test", "Value": "1"}],
    )
    [key] = (each.NatGatewayId for each in made.NatGatewaySet)
    provider.retag("vpc", "nat", key, {"test": "1"})

    def read():
        found = only(vpc("DescribeNatGateways", NatGatewayIds=[key]).NatGatewaySet)
        return found and holds(
            found,
            *("State", "VpcId", "NatGatewayName", "MaxConcurrentConnection", "InternetMaxBandwidthOut"),
            *("CreatedTime", "Zone"),
        )

    def public():
        return [each.PublicIpAddress for each in read().PublicIpAddressSet]

    provider.until(lambda: read().State == "AVAILABLE")
    assert (public(), provider.tags("vpc", "nat", key)) == ([first], {"test": "1"})
    vpc("ModifyNatGatewayAttribute", NatGatewayId=key, NatGatewayName="new", InternetMaxBandwidthOut=500)
    vpc("ResetNatGatewayConnection", NatGatewayId=key, MaxConcurrentConnection=3_000_000)
    shown = read()
    assert (shown.NatGatewayName, shown.InternetMaxBandwidthOut) == ("new", 500)
    assert shown.MaxConcurrentConnection == 3_000_000
    # The last address is given back only once another one is there.
    provider.ended(vpc("AssociateNatGatewayAddress", NatGatewayId=key, PublicIpAddresses=[second]))
    assert public() == [first, second]
    provider.ended(vpc("DisassociateNatGatewayAddress", NatGatewayId=key, PublicIpAddresses=[first]))
    assert public() == [second]
    vpc("DeleteNatGateway", NatGatewayId=key)
    provider.until(lambda: read() is None)
    for each in keys:
        provider.until(lambda each=each: provider.address(each).AddressStatus == "UNBIND")


def gateway_before(provider):
    """A NAT gateway of two addresses, and a host that stands behind it."""
    vpc = provider.vpc
    net, subnet = provider.network("10.0.0.0/16", "10.0.0.0/24")
    host, keys = provider.launched(net, subnet), [provider.allotted() for _ in range(2)]
    addresses = [provider.address(key).AddressIp for key in keys]
    made = vpc("CreateNatGateway", VpcId=net, NatGatewayName="nat", PublicIpAddresses=addresses)
    [key] = (each.NatGatewayId for each in made.NatGatewaySet)
    read = partial(vpc, "DescribeNatGateways", NatGatewayIds=[key])
    provider.until(lambda: read().NatGatewaySet[0].State == "AVAILABLE")
    return net, subnet, host, key, addresses


def test_ports_that_a_nat_gateway_forwards(provider):
    vpc = provider.vpc
    net, _, host, gateway, (public, _) = gateway_before(provider)
    action = "NatGatewayDestinationIpPortTranslationNatRule"
    rule = {
        "IpProtocol": "TCP",
        "PublicIpAddress": public,
        "PublicPort": 80,
        "PrivateIpAddress": provider.instance(host).PrivateIpAddresses[0],
        "PrivatePort": 9001,
        "Description": "test",
    }
    vpc(f"Create{action}", NatGatewayId=gateway, DestinationIpPortTranslationNatRules=[rule])

    def read():
        # A rule is known by gateway, VPC, protocol, address and port, all but one of which are filters.
        more = ("vpc-id", net), ("public-ip-address", public), ("public-port", "80")
        kept = f"{action}Set"
        rows = provider.filtered(f"Describe{action}s", kept, "nat-gateway-id", gateway, *more, as_text=False)
        return only([row for row in rows if row.IpProtocol == "TCP"])

    assert {name: getattr(read(), name) for name in rule} == rule
    assert (read().NatGatewayId, read().VpcId) == (gateway, net)
    other = {**rule, "Description": "new"}
    vpc(f"Modify{action}", NatGatewayId=gateway, SourceNatRule=rule, DestinationNatRule=other)
    assert read().Description == "new"
    vpc(f"Delete{action}", NatGatewayId=gateway, DestinationIpPortTranslationNatRules=[other])
    assert read() is None


@pytest.mark.parametrize("kind", ["SUBNET", "NETWORKINTERFACE"])
def test_sources_that_go_out_by_a_nat_gateway(provider, kind):
    vpc = provider.vpc
    _, subnet, host, gateway, addresses = gateway_before(provider)
    action = "NatGatewaySourceIpTranslationNatRule"
    source, private = subnet, "10.0.0.0/24"
    if kind == "NETWORKINTERFACE":
        source, private = host, provider.instance(host).PrivateIpAddresses[0]
    rule = {
        "ResourceId": source,
        "ResourceType": kind,
        "PrivateIpAddress": private,
        "PublicIpAddresses": addresses,
        "Description": "test",
    }
    vpc(f"Create{action}", NatGatewayId=gateway, SourceIpTranslationNatRules=[rule])

    def read(description):
        names = {"resource-id": source, "public-ip-address": addresses[0], "description": description}
        found = vpc(
            f"Describe{action}s",
            NatGatewayId=gateway,
            Filters=[{"Name": name, "Values": [value]} for name, value in names.items()],
            Offset=0,
            Limit=100,
        )
        return only(found.SourceIpTranslationNatRuleSet)

    shown = holds(read("test"), "NatGatewaySnatId", "NatGatewayId", "VpcId", "CreatedTime")
    assert {name: getattr(shown, name) for name in rule} == rule
    change = {**rule, "NatGatewaySnatId": shown.NatGatewaySnatId, "Description": "new"}
    change["PublicIpAddresses"] = addresses[:1]
    vpc(f"Modify{action}", NatGatewayId=gateway, SourceIpTranslationNatRule=change)
    assert read("new").PublicIpAddresses == addresses[:1]
    vpc(f"Delete{action}", NatGatewayId=gateway, NatGatewaySnatIds=[shown.NatGatewaySnatId])
    assert read("new") is None


# --- hosts ------------------------------------------------------------------------------------------------


def read_instance(provider, key):
    """An instance as it is refreshed: itself, its tags, and what is told of its disks and user data."""
    found = provider.instance(key)
    if found is None:
        return None
    holds(found, "InstanceState", "InstanceChargeType", "LatestOperationState")
    holds(found, "InternetAccessible", "VirtualPrivateCloud", "LoginSettings", "Placement")
    assert found.ImageId in {image.ImageId for image in provider.cvm("DescribeImages").ImageSet}
    ids = [found.SystemDisk.DiskId, *(disk.DiskId for disk in found.DataDisks or ())]
    disks = provider.cbs("DescribeDisks", DiskIds=ids, Limit=100).DiskSet
    assert {disk.DiskId for disk in disks} == set(ids)
    for disk in disks:
        holds(disk, "DiskState", "DiskName", "DiskSize", "DiskType", "Encrypt", "ThroughputPerformance")
        holds(disk, "DeleteWithInstance")
    for disk in found.DataDisks or ():
        holds(disk, "DiskType", "Encrypt", "DeleteWithInstance", "ThroughputPerformance")
    return found


def user_data(provider, key):
    [found] = provider.cvm(
        "DescribeInstancesAttributes", InstanceIds=[key], Attributes=["UserData"]
    ).InstanceSet
    return base64.b64decode(found.Attributes.UserData or "").decode()


def test_an_instance_lives_through_every_change(provider):
    cvm = provider.cvm
    net, subnet, other = provider.network("10.0.0.0/16", "10.0.0.0/24", "10.0.1.0/24")
    group, pair = Rules(provider).key, cvm("CreateKeyPair", KeyName="tf", ProjectId=0).KeyPair.KeyId
    key = provider.launched(
        net,
        subnet,
        InstanceName="tf",
        HostName="host",
        InstanceChargeType="POSTPAID_BY_HOUR",
        InternetAccessible={"InternetMaxBandwidthOut": 0, "PublicIpAssigned": False},
        SecurityGroupIds=[group],
        SystemDisk={"DiskType": "CLOUD_PREMIUM", "DiskSize": 50, "DiskName": "system"},
        DataDisks=[
            {
                "DiskType": "CLOUD_PREMIUM",
                "DiskSize": 50,
                "ThroughputPerformance": 0,
                "DeleteWithInstance": True,
                "Encrypt": False,
            }
        ],
        EnhancedService={"SecurityService": {"Enabled": False}, "MonitorService": {"Enabled": False}},
        LoginSettings={"KeyIds": [pair]},
        UserData=base64.b64encode(b"test").decode(),
        DisableApiTermination=False,
        TagSpecification=[{"ResourceType": "instance", "Tags": [{"Key": "test", "Value": "1"}]}],
        ClientToken="once",
    )
    assert provider.tags("cvm", "instance", key) == {"test": "1"}
    shown = read_instance(provider, key)
    assert (shown.InstanceName, shown.LoginSettings.KeyIds, user_data(provider, key)) == (
        "tf",
        [pair],
        "test",
    )
    assert (shown.DataDisks[0].DeleteWithInstance, shown.DataDisks[0].DiskSize) == (True, 50)
    assert provider.disk(shown.SystemDisk.DiskId).DiskName == "system"
    data, mine = shown.DataDisks[0].DiskId, {"InstanceIds": [key]}

    def change(action, state="RUNNING", **params):
        cvm(action, **params)
        provider.operated(key, state)
        return read_instance(provider, key)

    assert change("ModifyInstancesAttribute", **mine, InstanceName="new").InstanceName == "new"
    for protected in (True, False):
        shown = change("ModifyInstancesAttribute", **mine, DisableApiTermination=protected)
        assert shown.DisableApiTermination is protected
    more = Rules(provider).key
    shown = change("ModifyInstancesAttribute", **mine, SecurityGroups=[group, more])
    assert shown.SecurityGroupIds == [group, more]
    change("ModifyInstancesAttribute", **mine, UserData=base64.b64encode(b"other").decode())
    assert user_data(provider, key) == "other"
    image = provider.image()
    shown = change("ResetInstance", InstanceId=key, ImageId=image, LoginSettings={"KeyIds": [pair]})
    assert shown.LoginSettings.KeyIds == [pair]
    change("DisassociateInstancesKeyPairs", **mine, KeyIds=[pair], ForceStop=True)
    change("ResetInstancesPassword", **mine, Password="TF_test_123", ForceStop=True)
    shown = change("AssociateInstancesKeyPairs", **mine, KeyIds=[pair], ForceStop=True)
    assert shown.LoginSettings.KeyIds == [pair]
    provider.cbs("ResizeDisk", DiskId=data, DiskSize=60)
    provider.until(lambda: provider.disk(data).DiskSize == 60 and provider.disk(data).DiskState == "ATTACHED")
    provider.cbs("ModifyDiskAttributes", DiskIds=[data], DiskName="data")
    assert read_instance(provider, key).DataDisks[0].DiskSize == 60
    change("StopInstances", "STOPPED", **mine, StopType="SOFT_FIRST", StoppedMode="KEEP_CHARGING")
    change("StartInstances", **mine)
    wider = {"DiskSize": 70, "DiskType": "CLOUD_PREMIUM"}
    shown = change("ResizeInstanceDisks", InstanceId=key, ForceStop=True, SystemDisk=wider)
    assert shown.SystemDisk.DiskSize == 70
    shown = change("ResetInstancesType", **mine, InstanceType="S5.MEDIUM4", ForceStop=True)
    assert (shown.CPU, shown.Memory) == (2, 4)
    place = {"VpcId": net, "SubnetId": other}
    shown = change("ModifyInstancesVpcAttribute", **mine, VirtualPrivateCloud=place)
    assert (shown.VirtualPrivateCloud.SubnetId, len(shown.PrivateIpAddresses)) == (other, 1)
    public = {
        "InternetChargeType": shown.InternetAccessible.InternetChargeType,
        "InternetMaxBandwidthOut": 5,
    }
    shown = change("ResetInstancesInternetMaxBandwidth", **mine, InternetAccessible=public)
    assert (shown.InternetAccessible.InternetMaxBandwidthOut, len(shown.PublicIpAddresses)) == (5, 1)
    apart = cvm("CreateDisasterRecoverGroup", Name="ps", Type="HOST").DisasterRecoverGroupId
    shown = change("ModifyInstancesDisasterRecoverGroup", **mine, DisasterRecoverGroupId=apart, Force=True)
    with pytest.deprecated_call():
        assert shown.DisasterRecoverGroupId == apart
    for kind, each in (("instance", key), ("volume", shown.SystemDisk.DiskId), ("volume", data)):
        provider.retag("cvm", kind, each, {"test": "2"})
        assert provider.tags("cvm", kind, each) == {"test": "2"}

    address = {"VpcId": net, "SubnetId": other, "IpAddresses": shown.PrivateIpAddresses}
    assert provider.vpc("DescribeUsedIpAddress", **address).TotalCount == 1
    cvm("TerminateInstances", **mine, ReleaseAddress=False)
    assert provider.instance(key).InstanceState == "TERMINATING"
    provider.until(lambda: provider.instance(key) is None)
    provider.until(lambda: provider.vpc("DescribeUsedIpAddress", **address).TotalCount == 0)
    assert provider.disk(data) is None


def test_an_instance_that_is_paid_in_advance_goes_through_the_recycle_bin(provider):
    cvm, cbs = provider.cvm, provider.cbs
    net, subnet = provider.network("10.0.0.0/16", "10.0.0.0/24")
    key = provider.launched(
        net,
        subnet,
        InstanceChargeType="PREPAID",
        InstanceChargePrepaid={"Period": 1, "RenewFlag": "NOTIFY_AND_MANUAL_RENEW"},
        DataDisks=[{"DiskType": "CLOUD_PREMIUM", "DiskSize": 50, "DeleteWithInstance": False}],
    )
    shown = read_instance(provider, key)
    assert (shown.RenewFlag, bool(shown.ExpiredTime)) == ("NOTIFY_AND_MANUAL_RENEW", True)
    data = shown.DataDisks[0].DiskId
    cvm("ModifyInstancesRenewFlag", InstanceIds=[key], RenewFlag="NOTIFY_AND_AUTO_RENEW")
    provider.operated(key)
    assert read_instance(provider, key).RenewFlag == "NOTIFY_AND_AUTO_RENEW"
    cvm("TerminateInstances", InstanceIds=[key])

    def is_binned():
        found = provider.instance(key)
        return found.InstanceState == "SHUTDOWN" and found.LatestOperationState != "OPERATING"

    provider.until(is_binned)
    # Disks that are to go with it are detached while they still show that they are attached.
    assert provider.disk(data).DiskState == "ATTACHED"
    cbs("DetachDisks", DiskIds=[data], InstanceId=key)
    provider.until(lambda: provider.disk(data).DiskState == "UNATTACHED")
    cbs("TerminateDisks", DiskIds=[data])
    provider.until(lambda: provider.disk(data).DiskState == "TORECYCLE")
    cvm("TerminateInstances", InstanceIds=[key])
    provider.until(lambda: provider.instance(key) is None)
    cbs("TerminateDisks", DiskIds=[data])
    provider.until(lambda: provider.disk(data) is None)


def test_key_pairs_are_freed_of_their_instances_and_deleted(provider):
    cvm = provider.cvm
    net, subnet = provider.network("10.0.0.0/16", "10.0.0.0/24")
    public = "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQDGT0z6Vbt5V7M2lgnAjtWvj1Yp3aWvHkkq8TqvNfI= me@here"

    def read(key):
        return only(cvm("DescribeKeyPairs", KeyIds=[key]).KeyPairSet)

    key = cvm("ImportKeyPair", KeyName="tf", ProjectId=0, PublicKey=public).KeyId
    provider.retag("cvm", "keypair", key, {"test": "1"})
    # The state keeps two words of the public key.
    assert read(key).PublicKey.split(" ")[:2] == public.split(" ")[:2]
    assert (read(key).KeyName, read(key).ProjectId) == ("tf", 0)
    assert provider.tags("cvm", "keypair", key) == {"test": "1"}
    cvm("ModifyKeyPairAttribute", KeyId=key, KeyName="new")
    assert read(key).KeyName == "new"
    host = provider.launched(net, subnet, LoginSettings={"KeyIds": [key]})
    bound = {"KeyIds": [key], "InstanceIds": read(key).AssociatedInstanceIds}
    assert bound["InstanceIds"] == [host]
    cvm("DisassociateInstancesKeyPairs", **bound, ForceStop=True)

    def is_deleted():
        """Whether it could be deleted; what says that it is still in use is tried again."""
        code = refused(cvm, "DeleteKeyPairs", KeyIds=[key])
        assert code in (None, "InvalidKeyPair", "InvalidParameterValue.KeyPairNotSupported")
        return code is None

    provider.until(is_deleted)
    assert read(key) is None


def test_a_placement_group(provider):
    cvm = provider.cvm

    def read(key):
        found = cvm("DescribeDisasterRecoverGroups", DisasterRecoverGroupIds=[key])
        return only(found.DisasterRecoverGroupSet)

    key = cvm("CreateDisasterRecoverGroup", Name="ps", Type="HOST").DisasterRecoverGroupId
    shown = holds(read(key), "CvmQuotaTotal", "CurrentNum", "CreateTime")
    assert (shown.Name, shown.Type) == ("ps", "HOST")
    cvm("ModifyDisasterRecoverGroupAttribute", DisasterRecoverGroupId=key, Name="new")
    assert read(key).Name == "new"
    cvm("DeleteDisasterRecoverGroups", DisasterRecoverGroupIds=[key])
    assert read(key) is None


def test_an_image_of_an_instance_and_one_of_snapshots(provider):
    cvm, cbs = provider.cvm, provider.cbs
    net, subnet = provider.network("10.0.0.0/16", "10.0.0.0/24")
    disk = {"DiskType": "CLOUD_PREMIUM", "DiskSize": 50}
    host = provider.launched(net, subnet, DataDisks=[disk])
    shown = provider.instance(host)

    def read(key):
        return only(cvm("DescribeImages", Filters=[{"Name": "image-id", "Values": [key]}]).ImageSet)

    def create(**params):
        made = cvm("CreateImage", ForcePoweroff="FALSE", **params).ImageId
        assert read(made).ImageState == "CREATING"
        return provider.until(lambda: read(made).ImageState == "NORMAL" and read(made))

    tags = [{"Key": "test", "Value": "1"}]
    made = create(
        ImageName="tf",
        InstanceId=host,
        ImageDescription="about",
        DataDiskIds=[shown.DataDisks[0].DiskId],
        TagSpecification=[{"ResourceType": "image", "Tags": tags}],
    )
    provider.retag("cvm", "image", made.ImageId, {"test": "1"})
    assert (made.ImageName, made.ImageDescription, len(made.SnapshotSet)) == ("tf", "about", 2)
    assert provider.tags("cvm", "image", made.ImageId) == {"test": "1"}
    cvm("ModifyImageAttribute", ImageId=made.ImageId, ImageName="new", ImageDescription="more")
    assert (read(made.ImageId).ImageName, read(made.ImageId).ImageDescription) == ("new", "more")
    provider.operated(host)
    snapshot = cbs("CreateSnapshot", DiskId=shown.SystemDisk.DiskId, SnapshotName="sys").SnapshotId
    provider.until(lambda: cbs("DescribeSnapshots", SnapshotIds=[snapshot]).SnapshotSet[0].Percent == 100)
    other = create(ImageName="of-snapshot", SnapshotIds=[snapshot])
    assert [each.SnapshotId for each in other.SnapshotSet] == [snapshot]
    for each in (made, other):
        cvm("DeleteImages", ImageIds=[each.ImageId])
        provider.until(lambda each=each: read(each.ImageId) is None)


# --- disks ------------------------------------------------------------------------------------------------


def test_a_disk_is_changed_attached_rolled_back_and_recycled(provider):
    cbs = provider.cbs
    net, subnet = provider.network("10.0.0.0/16", "10.0.0.0/24")
    [key] = cbs(
        "CreateDisks",
        DiskName="tf",
        DiskType="CLOUD_PREMIUM",
        DiskSize=50,
        Placement={"Zone": ZONE, "ProjectId": 0},
        DiskChargeType="POSTPAID_BY_HOUR",
        ThroughputPerformance=0,
        Tags=[{"Key": "test", "Value": "1"}],
    ).DiskIdSet
    shown = provider.until(lambda: provider.disk(key))
    holds(shown, "DiskState", "DiskSize", "DiskChargeType", "Attached", "Placement", "RenewFlag")
    assert (shown.DiskName, shown.Encrypt, shown.ThroughputPerformance) == ("tf", False, 0)
    assert provider.tags("cvm", "volume", key) == {"test": "1"}
    cbs("ModifyDiskBackupQuota", DiskId=key, DiskBackupQuota=1)
    cbs("ModifyDiskAttributes", DiskIds=[key], DiskName="new", ProjectId=0)
    cbs("ResizeDisk", DiskId=key, DiskSize=60)
    assert provider.disk(key).DiskState == "EXPANDING"
    provider.until(lambda: provider.disk(key).DiskState != "EXPANDING" and provider.disk(key).DiskSize == 60)
    provider.retag("cvm", "volume", key, {"test": "2"})
    assert (provider.disk(key).DiskName, provider.tags("cvm", "volume", key)) == ("new", {"test": "2"})

    def read_snapshot():
        return only(cbs("DescribeSnapshots", SnapshotIds=[snapshot]).SnapshotSet)

    snapshot = cbs("CreateSnapshot", DiskId=key, SnapshotName="snap").SnapshotId
    assert holds(read_snapshot(), "SnapshotState").SnapshotState == "CREATING"
    provider.until(lambda: read_snapshot().SnapshotState == "NORMAL")
    provider.retag("cvm", "snapshot", snapshot, {"test": "1"})
    cbs("ModifySnapshotAttribute", SnapshotId=snapshot, SnapshotName="snap2")
    shown = read_snapshot()
    assert (shown.SnapshotName, shown.DiskId, shown.DiskSize, shown.Percent) == ("snap2", key, 60, 100)
    assert provider.tags("cvm", "snapshot", snapshot) == {"test": "1"}
    cbs("ApplySnapshot", DiskId=key, SnapshotId=snapshot)
    assert provider.disk(key).DiskState == "ROLLBACKING"
    provider.until(lambda: provider.disk(key).DiskState != "ROLLBACKING")

    host = provider.launched(net, subnet)
    cbs("AttachDisks", DiskIds=[key], InstanceId=host)
    assert provider.disk(key).DiskState in ("ATTACHING", "UNATTACHED")
    provider.until(lambda: provider.disk(key).DiskState == "ATTACHED")
    assert (provider.disk(key).Attached, provider.disk(key).InstanceId) == (True, host)
    cbs("DetachDisks", DiskIds=[key], InstanceId=host)
    provider.until(lambda: not provider.disk(key).Attached)
    cbs("DeleteSnapshots", SnapshotIds=[snapshot])
    assert read_snapshot() is None

    prepaid = {"Period": 1, "RenewFlag": "NOTIFY_AND_MANUAL_RENEW"}
    cbs("ModifyDisksChargeType", DiskIds=[key], DiskChargePrepaid=prepaid)
    provider.until(lambda: provider.disk(key).DiskChargeType == "PREPAID")
    cbs("ModifyDisksRenewFlag", DiskIds=[key], RenewFlag="NOTIFY_AND_AUTO_RENEW")
    provider.until(lambda: provider.disk(key).RenewFlag == "NOTIFY_AND_AUTO_RENEW")
    cbs("TerminateDisks", DiskIds=[key])
    provider.until(lambda: provider.disk(key).DiskState == "TORECYCLE")
    cbs("TerminateDisks", DiskIds=[key])
    provider.until(lambda: provider.disk(key) is None)


def test_a_snapshot_policy_and_the_disks_that_it_is_bound_to(provider):
    cbs = provider.cbs
    made = cbs(
        "CreateDisks",
        DiskName="tf",
        DiskType="CLOUD_PREMIUM",
        DiskSize=50,
        DiskCount=2,
        Placement={"Zone": ZONE},
        DiskChargeType="POSTPAID_BY_HOUR",
    ).DiskIdSet
    assert len(cbs("DescribeDisks", DiskIds=made, Limit=100).DiskSet) == 2

    def read():
        return only(cbs("DescribeAutoSnapshotPolicies", AutoSnapshotPolicyIds=[key]).AutoSnapshotPolicySet)

    def bound(disk):
        found = cbs("DescribeDiskAssociatedAutoSnapshotPolicy", DiskId=disk).AutoSnapshotPolicySet
        return key in [each.AutoSnapshotPolicyId for each in found]

    key = cbs(
        "CreateAutoSnapshotPolicy",
        AutoSnapshotPolicyName="tf",
        Policy=[{"DayOfWeek": [1, 4], "Hour": [1]}],
        RetentionDays=7,
    ).AutoSnapshotPolicyId
    shown = read()
    assert (shown.AutoSnapshotPolicyName, shown.RetentionDays) == ("tf", 7)
    assert (shown.Policy[0].DayOfWeek, shown.Policy[0].Hour) == ([1, 4], [1])
    changes = {"AutoSnapshotPolicyName": "new", "RetentionDays": 30}
    cbs("ModifyAutoSnapshotPolicyAttribute", AutoSnapshotPolicyId=key, **changes)
    later = [{"DayOfWeek": [2], "Hour": [0, 12]}]
    cbs("ModifyAutoSnapshotPolicyAttribute", AutoSnapshotPolicyId=key, Policy=later)
    shown = read()
    assert (shown.AutoSnapshotPolicyName, shown.RetentionDays) == ("new", 30)
    assert (shown.Policy[0].DayOfWeek, shown.Policy[0].Hour) == ([2], [0, 12])
    cbs("BindAutoSnapshotPolicy", AutoSnapshotPolicyId=key, DiskIds=[made[0]])
    assert (bound(made[0]), bound(made[1])) == (True, False)
    cbs("UnbindAutoSnapshotPolicy", AutoSnapshotPolicyId=key, DiskIds=[made[0]])
    assert not bound(made[0])
    cbs("BindAutoSnapshotPolicy", AutoSnapshotPolicyId=key, DiskIds=made)
    assert set(read().DiskIdSet) == set(made)
    cbs("UnbindAutoSnapshotPolicy", AutoSnapshotPolicyId=key, DiskIds=made)
    cbs("DeleteAutoSnapshotPolicies", AutoSnapshotPolicyIds=[key])
    assert read() is None
    cbs("TerminateDisks", DiskIds=made)
