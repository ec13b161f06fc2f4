"""What the tests of products' writes share: an account that acts, moves its clock, and can be given hosts."""

from emulator.contract.catalog import catalog
from emulator.contract.conform import complete
from emulator.tables import departure
from emulator.world.shelves import Row
from scenarios.direct import Direct, Failed

REGION, ZONE = "ap-guangzhou", "ap-guangzhou-3"


class Account:
    """A root account called directly, in one region."""

    def __init__(self, estate=None, seed=0):
        self.direct = Direct.open(estate, seed=seed)
        self.world = self.direct.world
        self.world.clock.set(1_800_000_000.0)
        self.last = ""

    def __call__(self, action, /, region=REGION, **params):
        answer = self.direct.call(action, params, region=region)
        self.last = answer.pop("RequestId")
        return answer

    def code(self, action, /, **params):
        """The error code that a call ends with, which must have changed nothing; None for an answer."""
        before = self.state()
        try:
            self(action, **params)
        except Failed as failed:
            assert self.state() == before, f"{action} was refused and left something behind"
            return failed.code
        return None

    def state(self):
        """Every row of every table that calls show."""
        return {
            (table, region): {key: row.value for key, row in self.world.read(table, region).items().items()}
            for table in TABLES
            for region in (REGION, "")
        }

    def advance(self, seconds=60.0):
        """Let time pass."""
        self.world.clock.advance(seconds)

    def rows(self, table, region=REGION):
        return [row.value for row in self.world.read(table, region)]

    def host(self, subnet, number=1, **members):
        """A running host in a subnet, put there as if it had been launched."""
        key = f"ins-{number:08}"
        [address] = free(self, subnet, 1)
        row = {
            "InstanceId": key,
            "InstanceName": f"host-{number}",
            "InstanceState": "RUNNING",
            "Placement": {"Zone": subnet["Zone"], "ProjectId": 0},
            "PrivateIpAddresses": [address],
            "PublicIpAddresses": None,
            "VirtualPrivateCloud": {"VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"]},
            "SecurityGroupIds": [],
            "StopChargingMode": "NOT_APPLICABLE",
            "CreatedTime": "2026-01-01T00:00:00Z",
            **members,
        }
        whole = complete(catalog().shape("cvm", "2017-03-12", "Instance"), row)
        self.world.write("cvm.instance", REGION).put(key, Row(whole))
        return key

    def set_host(self, key, **members):
        shelf = self.world.write("cvm.instance", REGION)
        shelf.put(key, shelf.get(key).having(**members))

    def drop_host(self, key):
        """Let a host be gone as if it had been terminated."""
        self.world.write("cvm.instance", REGION).remove(key)
        departure.of_host(self.world, REGION, key)

    # --- a network to stand in ---

    def vpc(self, cidr="10.0.0.0/16", name="net"):
        return self("vpc:CreateVpc", VpcName=name, CidrBlock=cidr)["Vpc"]

    def subnet(self, vpc, cidr="10.0.1.0/24", zone=ZONE, name="sub"):
        asked = {"VpcId": vpc["VpcId"], "SubnetName": name, "CidrBlock": cidr, "Zone": zone}
        return self("vpc:CreateSubnet", **asked)["Subnet"]

    def balancer(self, subnet):
        asked = {"LoadBalancerType": "INTERNAL", "VpcId": subnet["VpcId"], "SubnetId": subnet["SubnetId"]}
        return self("clb:CreateLoadBalancer", **asked)["LoadBalancerIds"][0]

    def group(self, name="group"):
        answer = self("vpc:CreateSecurityGroup", GroupName=name, GroupDescription="")
        return answer["SecurityGroup"]["SecurityGroupId"]


TABLES = {
    "vpc.vpc",
    "vpc.subnet",
    "vpc.routetable",
    "vpc.securitygroup",
    "vpc.securitygrouppolicy",
    "vpc.networkacl",
    "vpc.aclquintuple",
    "vpc.address",
    "vpc.networkinterface",
    "vpc.havip",
    "vpc.natgateway",
    "vpc.natforwarding",
    "vpc.natsource",
    "vpc.addresstemplate",
    "vpc.addresstemplategroup",
    "vpc.servicetemplate",
    "vpc.servicetemplategroup",
    "clb.loadbalancer",
    "clb.parts",
    "tag.tag",
    "tag.project",
    "cvm.instance",
}
"""Where what was refused must have left nothing."""


def free(account, subnet, count):
    """Some free addresses of a subnet, as a launch would find them."""
    taken = {address for row in account.rows("cvm.instance") for address in row["PrivateIpAddresses"]} | {
        each["PrivateIpAddress"]
        for row in account.rows("vpc.networkinterface")
        for each in row["PrivateIpAddressSet"]
    }
    head = subnet["CidrBlock"].rpartition(".")[0]
    return [a for a in (f"{head}.{n}" for n in range(2, 250)) if a not in taken][:count]
