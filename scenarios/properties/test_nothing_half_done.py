"""A call to compute or storage that is refused, for whatever reason, leaves every row as it was."""

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.contract.model import Action
from emulator.world.estate import estate
from scenarios.direct import Direct, Failed
from scenarios.strategies.contract import params

REGION, PLACE = "ap-guangzhou", {"Zone": "ap-guangzhou-3"}
TABLES = (
    "cvm.instance",
    "cvm.image",
    "cvm.keypair",
    "cvm.userdata",
    "cvm.imageshare",
    "cvm.disasterrecovergroup",
    "cbs.disk",
    "cbs.snapshot",
    "cbs.autosnapshotpolicy",
    "vpc.vpc",
    "vpc.subnet",
    "vpc.routetable",
    "vpc.securitygroup",
    "vpc.securitygrouppolicy",
    "vpc.address",
    "world.due",
)


class Region:
    """A region with one of everything, and the ids of all of it by the parameters that name them."""

    def __init__(self) -> None:
        self.direct = Direct.open(estate("empty"))
        self.direct.world.clock.set(1_800_000_000)
        hosts = self.call("cvm:RunInstances", InstanceCount=3, DataDisks=[{"DiskSize": 50}], **LEAST)
        self.wait()
        running, stopped, busy = hosts["InstanceIdSet"]
        self.call("cvm:StopInstances", InstanceIds=[stopped])
        kind = {"DiskType": "CLOUD_PREMIUM", "DiskChargeType": "POSTPAID_BY_HOUR", "DiskSize": 50}
        free = self.call("cbs:CreateDisks", Placement=PLACE, DiskCount=2, **kind)["DiskIdSet"]
        image = self.call("cvm:CreateImage", InstanceId=running, ImageName="own")["ImageId"]
        self.wait()
        self.call("cvm:RebootInstances", InstanceIds=[busy])
        pair = self.call("cvm:CreateKeyPair", KeyName="own", ProjectId=0)["KeyPair"]["KeyId"]
        policy = self.call("cbs:CreateAutoSnapshotPolicy", Policy=[{"Hour": [1]}])["AutoSnapshotPolicyId"]
        group = self.call("cvm:CreateDisasterRecoverGroup", Name="own", Type="HOST")
        shown = self.call("cvm:DescribeInstances", InstanceIds=[running])["InstanceSet"][0]
        shots = self.call("cbs:DescribeSnapshots")["SnapshotSet"]
        own = [shown["SystemDisk"]["DiskId"], shown["DataDisks"][0]["DiskId"]]
        self.ids: Mapping[str, list[str]] = {
            "Instance": [running, stopped, busy],
            "Disk": [*free, *own],
            "Image": [image, LEAST["ImageId"]],
            "Key": [pair],
            "Snapshot": [each["SnapshotId"] for each in shots],
            "AutoSnapshotPolicy": [policy],
            "DisasterRecoverGroup": [group["DisasterRecoverGroupId"]],
            "SecurityGroup": shown["SecurityGroupIds"],
        }
        self.direct.world.snapshot("start")

    def call(self, action: str, /, **given_params: Any) -> dict[str, Any]:
        """Call an action as root."""
        return self.direct.call(action, given_params, region=REGION)

    def wait(self) -> None:
        """Let everything come to its end."""
        self.direct.world.clock.advance(600)

    def rows(self) -> dict[str, dict[Any, object]]:
        """Which row stands where."""
        world = self.direct.world
        return {
            f"{table}@{region}": dict(world.read(table, region).items())
            for table in TABLES
            for region in ("", REGION, "ap-shanghai")
        }


LEAST: dict[str, Any] = {"Placement": PLACE, "ImageId": "img-487zeit5"}


def named(region: Region, action: Action) -> st.SearchStrategy[dict[str, Any]]:
    """Parameters as the contract lets them be, with things that exist in most of those that name some."""
    real: dict[str, st.SearchStrategy[Any]] = {}
    for name, member in action.request.members.items():
        found = region.ids.get(name.removesuffix("s").removesuffix("Id"))
        if found and member.kind == "string" and (name.endswith(("Id", "Ids"))):
            one = st.sampled_from(found)
            real[name] = st.lists(one, min_size=1, max_size=2) if member.many else one
    least = dict(LEAST) if action.name == "RunInstances" else {}
    return st.builds(
        lambda drawn, known: {**drawn, **least, **known}, params(action), st.fixed_dictionaries(real)
    )


@pytest.mark.parametrize("service", ["cvm", "cbs"])
def test_what_is_refused_leaves_every_row_as_it_was(service: str) -> None:
    region = Region()
    declared = region.direct.gateway.repertoire.declared(service)
    actions = [bound.action for bound in declared.values() if not bound.action.name.startswith("Describe")]
    strategies = {action: named(region, action) for action in actions}
    ended = {"ok": 0, "refused": 0}

    @settings(suppress_health_check=[HealthCheck.too_slow], max_examples=4 * settings().max_examples)
    @given(data=st.data())
    def ask(data: st.DataObject) -> None:
        action = data.draw(st.sampled_from(actions))
        asked = data.draw(strategies[action])
        region.direct.world.restore("start")
        before = region.rows()
        try:
            region.call(action.key, **asked)
            ended["ok"] += 1
        except Failed:
            ended["refused"] += 1
            assert region.rows() == before, action.key

    ask()
    assert min(ended.values()) > 0, ended
