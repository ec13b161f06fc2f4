"""What the tests of compute and storage share: an account with public images only, and a still clock."""

import pytest

from emulator.world.estate import estate
from scenarios.direct import Direct, Failed

REGION, ZONE = "ap-guangzhou", "ap-guangzhou-3"
LINUX, WINDOWS = "img-487zeit5", "img-9id7emv7"
NOON = 1_796_011_200.0
"""A Monday, noon in China."""


class Builder:
    """Calls as root in one region, and the clock."""

    def __init__(self, name="empty"):
        self.direct = Direct.open(estate(name))
        self.world = self.direct.world
        self.world.clock.set(NOON)

    def __call__(self, action, /, key=None, region=REGION, **params):
        answer = self.direct.call(action, params, region=region, key=key)
        return {name: value for name, value in answer.items() if name != "RequestId"}

    def code(self, action, /, **params):
        """The error code that a call ends with."""
        with pytest.raises(Failed) as failed:
            self(action, **params)
        return failed.value.code

    def later(self, seconds=60):
        self.world.clock.advance(seconds)

    def run(self, **params):
        """The ids of new instances, which are running already."""
        ids = self("cvm:RunInstances", **{"Placement": {"Zone": ZONE}, "ImageId": LINUX, **params})[
            "InstanceIdSet"
        ]
        self.later()
        return ids

    def one(self, **params):
        return self.run(**params)[0]

    def instance(self, key):
        found = self("cvm:DescribeInstances", InstanceIds=[key])["InstanceSet"]
        return found[0] if found else None

    def state(self, key):
        found = self.instance(key)
        return found and found["InstanceState"]

    def disks(self, **params):
        """The ids of new disks that no host has."""
        wanted = {"DiskType": "CLOUD_PREMIUM", "DiskChargeType": "POSTPAID_BY_HOUR", "DiskSize": 50}
        return self("cbs:CreateDisks", **{"Placement": {"Zone": ZONE}, **wanted, **params})["DiskIdSet"]

    def disk(self, key):
        found = self("cbs:DescribeDisks", DiskIds=[key], ReturnBindAutoSnapshotPolicy=True)["DiskSet"]
        return found[0] if found else None

    def snapshot(self, key):
        found = self("cbs:DescribeSnapshots", SnapshotIds=[key])["SnapshotSet"]
        return found[0] if found else None

    def subnet(self, key):
        [found] = self("vpc:DescribeSubnets", SubnetIds=[key])["SubnetSet"]
        return found
