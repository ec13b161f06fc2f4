"""What tests of products that sell instances share: the demo's first region, its clock held, its networks."""

from .reads import REGION, Reader

NOON = 1_790_000_000.0


class Shop(Reader):
    """An account in which instances are bought; what it has from its estate is there as well."""

    def __init__(self, service):
        super().__init__(service)
        self.world = self.direct.world
        self.world.clock.set(NOON)
        subnets = self.world.read("vpc.subnet", REGION)
        self.vpc, self.subnet = next(
            (row.value["VpcId"], row.value["SubnetId"]) for row in subnets if not row.value["IsDefault"]
        )
        # In another VPC than the first one.
        self.elsewhere = next(row.value for row in subnets if row.value["VpcId"] != self.vpc)
        groups = self.world.read("vpc.securitygroup", REGION)
        self.group, self.other_group = [row.value["SecurityGroupId"] for row in groups][:2]

    def wait(self, seconds):
        self.world.clock.advance(seconds)

    def row(self, table, key):
        """A row as it is by now; None for none."""
        found = self.world.read(f"{self.service}.{table}", REGION).get(key)
        return found and found.value

    def free(self, subnet=None):
        """How many addresses a subnet says it has left."""
        asked = {"SubnetIds": [subnet or self.subnet]}
        [found] = self.direct.call("vpc:DescribeSubnets", asked, region=REGION)["SubnetSet"]
        return found["AvailableIpAddressCount"]
