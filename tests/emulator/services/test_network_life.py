"""The whole network under a machine: nothing used can go, and every count and reference stays true."""

from collections import Counter
from ipaddress import IPv4Address, IPv4Network

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from scenarios.direct import Failed
from tests.emulator.services.acting import ZONE, Account

PICK = st.integers(0, 5)
ADDRESS_STATES = {"CREATING", "BINDING", "BIND", "UNBINDING", "UNBIND", "OFFLINING", "BIND_ENI"}


class Network(RuleBasedStateMachine):
    """VPCs, subnets, groups, hosts, interfaces, addresses and balancers, made and unmade at random."""

    @initialize(pace=st.sampled_from([0, 1]))
    def open(self, pace):
        self.account = Account()
        self.account.world.pace = pace
        self.made = Counter()
        self.account.group("first")

    # --- what is there, as any client would ask ---

    def ask(self, action, **params):
        try:
            return self.account(action, **params)
        except Failed as failed:
            return failed.code

    def vpcs(self):
        return self.account("vpc:DescribeVpcs")["VpcSet"]

    def subnets(self):
        return self.account("vpc:DescribeSubnets")["SubnetSet"]

    def interfaces(self):
        return self.account("vpc:DescribeNetworkInterfaces", Limit=100)["NetworkInterfaceSet"]

    def addresses(self):
        return self.account("vpc:DescribeAddresses", Limit=100)["AddressSet"]

    def groups(self):
        return self.account("vpc:DescribeSecurityGroups")["SecurityGroupSet"]

    def balancers(self):
        return self.account("clb:DescribeLoadBalancers")["LoadBalancerSet"]

    def hosts(self):
        return self.account("cvm:DescribeInstances")["InstanceSet"]

    @staticmethod
    def pick(rows, at):
        return rows[at % len(rows)] if rows else None

    # --- made ---

    @rule(at=PICK)
    def make_vpc(self, at):
        self.ask("vpc:CreateVpc", VpcName="v", CidrBlock=f"10.{at}.0.0/16")

    @rule(at=PICK, number=PICK)
    def make_subnet(self, at, number):
        vpc = self.pick(self.vpcs(), at)
        if vpc is None:
            return
        cidr = f"{vpc['CidrBlock'].rpartition('.0.0')[0]}.{number}.0/28"
        there = [s["CidrBlock"] for s in self.subnets() if s["VpcId"] == vpc["VpcId"]]
        ended = self.ask("vpc:CreateSubnet", VpcId=vpc["VpcId"], SubnetName="s", CidrBlock=cidr, Zone=ZONE)
        assert (ended == "InvalidParameterValue.SubnetConflict") == (cidr in there)

    @rule()
    def make_group(self):
        self.account.group()

    @rule(at=PICK, group=PICK)
    def make_host(self, at, group):
        subnet = self.pick(self.subnets(), at)
        if subnet is None or not subnet["AvailableIpAddressCount"]:
            return
        self.made["host"] += 1
        taken = {
            a for i in self.interfaces() for a in (p["PrivateIpAddress"] for p in i["PrivateIpAddressSet"])
        }
        taken |= {vip for each in self.balancers() for vip in each["LoadBalancerVips"]}
        usable = map(str, list(IPv4Network(subnet["CidrBlock"]).hosts())[1:])
        guard = self.pick(self.groups(), group)["SecurityGroupId"]
        self.account.host(
            subnet,
            self.made["host"],
            PrivateIpAddresses=[next(address for address in usable if address not in taken)],
            SecurityGroupIds=[guard],
        )

    @rule(at=PICK, group=PICK, count=st.integers(0, 3))
    def make_interface(self, at, group, count):
        subnet = self.pick(self.subnets(), at)
        if subnet is None:
            return
        ended = self.ask(
            "vpc:CreateNetworkInterface",
            VpcId=subnet["VpcId"],
            SubnetId=subnet["SubnetId"],
            NetworkInterfaceName="e",
            SecondaryPrivateIpAddressCount=count,
            SecurityGroupIds=[self.pick(self.groups(), group)["SecurityGroupId"]],
        )
        is_full = subnet["AvailableIpAddressCount"] <= count
        assert (ended == "ResourceInsufficient.Subnet") == is_full

    @rule(at=PICK, group=PICK)
    def make_balancer(self, at, group):
        subnet = self.pick(self.subnets(), at)
        if subnet is None:
            return
        asked = {"LoadBalancerType": "INTERNAL", "VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"]}
        ended = self.ask("clb:CreateLoadBalancer", **asked)
        assert (ended == "ResourceInsufficient") == (not subnet["AvailableIpAddressCount"])

    @rule()
    def make_address(self):
        self.ask("vpc:AllocateAddresses")

    # --- joined and parted ---

    @rule(at=PICK, host=PICK)
    def bind(self, at, host):
        address, host = self.pick(self.addresses(), at), self.pick(self.hosts(), host)
        if address is None or host is None:
            return
        mine = [a for a in self.addresses() if a["InstanceId"] == host["InstanceId"]]
        ended = self.ask(
            "vpc:AssociateAddress", AddressId=address["AddressId"], InstanceId=host["InstanceId"]
        )
        if address["AddressStatus"] != "UNBIND":
            assert ended == "InvalidAddressIdStatus.NotPermit"
        else:
            assert (ended == "InvalidInstanceId.AlreadyBindEip") == bool(mine)

    @rule(at=PICK)
    def free(self, at):
        address = self.pick(self.addresses(), at)
        if address is not None:
            ended = self.ask("vpc:DisassociateAddress", AddressId=address["AddressId"])
            assert (ended == "InvalidAddressIdStatus.NotPermit") == (address["AddressStatus"] != "BIND")

    @rule(at=PICK, host=PICK)
    def attach(self, at, host):
        own = [i for i in self.interfaces() if not i["Primary"]]
        interface, host = self.pick(own, at), self.pick(self.hosts(), host)
        if interface is not None and host is not None:
            self.ask(
                "vpc:AttachNetworkInterface",
                NetworkInterfaceId=interface["NetworkInterfaceId"],
                InstanceId=host["InstanceId"],
            )

    @rule(at=PICK)
    def detach(self, at):
        interface = self.pick([i for i in self.interfaces() if i["Attachment"] and not i["Primary"]], at)
        if interface is not None:
            self.ask(
                "vpc:DetachNetworkInterface",
                NetworkInterfaceId=interface["NetworkInterfaceId"],
                InstanceId=interface["Attachment"]["InstanceId"],
            )

    # --- unmade ---

    @rule(at=PICK)
    def lose_host(self, at):
        if host := self.pick(self.hosts(), at):
            self.account.drop_host(host["InstanceId"])

    @rule(at=PICK)
    def delete_interface(self, at):
        interface = self.pick([i for i in self.interfaces() if not i["Primary"]], at)
        if interface is None:
            return
        ended = self.ask("vpc:DeleteNetworkInterface", NetworkInterfaceId=interface["NetworkInterfaceId"])
        is_idle = interface["State"] == "AVAILABLE" and not interface["Attachment"]
        assert (ended == {}) == is_idle

    @rule(at=PICK)
    def delete_balancer(self, at):
        if balancer := self.pick(self.balancers(), at):
            ended = self.ask("clb:DeleteLoadBalancer", LoadBalancerIds=[balancer["LoadBalancerId"]])
            assert (ended == {}) == (balancer["Status"] == 1)

    @rule(at=PICK)
    def release(self, at):
        if address := self.pick(self.addresses(), at):
            ended = self.ask("vpc:ReleaseAddresses", AddressIds=[address["AddressId"]])
            assert isinstance(ended, dict) == (address["AddressStatus"] == "UNBIND")

    @rule(at=PICK)
    def delete_group(self, at):
        group = self.pick(self.groups(), at)["SecurityGroupId"]
        if len(self.groups()) == 1:
            return
        is_used = any(group in i["GroupSet"] for i in self.interfaces())
        ended = self.ask("vpc:DeleteSecurityGroup", SecurityGroupId=group)
        assert ended == ("ResourceInUse" if is_used else {})

    @rule(at=PICK)
    def delete_subnet(self, at):
        subnet = self.pick(self.subnets(), at)
        if subnet is None:
            return
        is_used = any(i["SubnetId"] == subnet["SubnetId"] for i in (*self.interfaces(), *self.balancers()))
        ended = self.ask("vpc:DeleteSubnet", SubnetId=subnet["SubnetId"])
        assert ended == ("ResourceInUse" if is_used else {})

    @rule(at=PICK)
    def delete_vpc(self, at):
        vpc = self.pick(self.vpcs(), at)
        if vpc is None:
            return
        is_used = any(subnet["VpcId"] == vpc["VpcId"] for subnet in self.subnets())
        ended = self.ask("vpc:DeleteVpc", VpcId=vpc["VpcId"])
        assert ended == ("ResourceInUse" if is_used else {})

    @precondition(lambda self: self.account.world.pace)
    @rule(seconds=st.sampled_from([1, 2, 10]))
    def wait(self, seconds):
        self.account.advance(seconds)

    # --- what is always true ---

    @invariant()
    def references_are_closed_and_counts_are_true(self):
        vpcs = {vpc["VpcId"] for vpc in self.vpcs()}
        subnets = {subnet["SubnetId"]: subnet for subnet in self.subnets()}
        groups = {group["SecurityGroupId"] for group in self.groups()}
        hosts = {host["InstanceId"]: host for host in self.hosts()}
        used = {key: [] for key in subnets}
        for subnet in subnets.values():
            assert subnet["VpcId"] in vpcs
        for interface in self.interfaces():
            assert set(interface["GroupSet"]) <= groups
            if interface["Attachment"]:
                assert interface["Attachment"]["InstanceId"] in hosts
            used[interface["SubnetId"]] += [
                each["PrivateIpAddress"] for each in interface["PrivateIpAddressSet"]
            ]
        for balancer in self.balancers():
            used[balancer["SubnetId"]] += balancer["LoadBalancerVips"]
        for key, addresses in used.items():
            network = IPv4Network(subnets[key]["CidrBlock"])
            assert len(set(addresses)) == len(addresses)
            assert all(IPv4Address(address) in network for address in addresses)
            assert subnets[key]["AvailableIpAddressCount"] == network.num_addresses - 3 - len(addresses)
        for address in self.addresses():
            assert address["AddressStatus"] in ADDRESS_STATES
            assert address["InstanceId"] is None or address["InstanceId"] in hosts
            if address["AddressStatus"] == "BIND":
                assert hosts[address["InstanceId"]]["PublicIpAddresses"] == [address["AddressIp"]]

    @invariant()
    def every_subnet_follows_one_table_of_its_vpc(self):
        tables = self.account("vpc:DescribeRouteTables")["RouteTableSet"]
        follows = Counter(each["SubnetId"] for table in tables for each in table["AssociationSet"])
        assert follows == Counter(subnet["SubnetId"] for subnet in self.subnets())
        assert sum(table["Main"] for table in tables) == len(self.vpcs())


TestNetwork = Network.TestCase
TestNetwork.settings = settings(max_examples=8, stateful_step_count=25, deadline=None)


@pytest.mark.soak
def test_the_network_for_long():
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Network, settings=settings(max_examples=300, stateful_step_count=60, deadline=None)
    )
