"""A little world built, walked through its life and torn down by the official SDK over a socket."""

import pytest
from tencentcloud.cbs.v20170312 import cbs_client
from tencentcloud.cbs.v20170312 import models as cbs_models
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.cvm.v20170312 import cvm_client
from tencentcloud.cvm.v20170312 import models as cvm_models

from emulator.handle import Emulator
from tests.sdk.typed import Product

ZONE = "ap-guangzhou-3"


@pytest.fixture(scope="module")
def server():
    with Emulator() as server:
        yield server


@pytest.fixture
def account(server):
    with Emulator(on=server) as fresh:
        yield fresh


def test_a_world_is_built_lived_in_and_torn_down(account):
    # The SDK signs with the time of its own clock: five minutes ahead of it, the account would refuse it.
    account.configure(transition_pace=0.1)
    cvm = Product(account.account, cvm_client.CvmClient, cvm_models)
    cbs = Product(account.account, cbs_client.CbsClient, cbs_models)

    image = cvm("DescribeImages", Filters=[{"Name": "platform", "Values": ["Ubuntu"]}]).ImageSet[0]
    kind = cvm(
        "DescribeInstanceTypeConfigs", Filters=[{"Name": "zone", "Values": [ZONE]}]
    ).InstanceTypeConfigSet[0]
    pair = cvm("CreateKeyPair", KeyName="story", ProjectId=0).KeyPair
    assert "RSA PRIVATE KEY" in pair.PrivateKey

    def instance():
        found = cvm("DescribeInstances", InstanceIds=[key]).InstanceSet
        return found[0] if found else None

    def until(state, step=1, most=60):
        """Move the clock until the instance is so, as a client would wait for it."""
        for _ in range(0, most, step):
            if instance().InstanceState == state:
                return instance()
            account.clock.advance(step)
        raise AssertionError(instance().InstanceState)

    key = cvm(
        "RunInstances",
        Placement={"Zone": ZONE},
        ImageId=image.ImageId,
        InstanceType=kind.InstanceType,
        InstanceName="story",
        LoginSettings={"KeyIds": [pair.KeyId]},
        InternetAccessible={"InternetMaxBandwidthOut": 1},
        TagSpecification=[{"ResourceType": "instance", "Tags": [{"Key": "story", "Value": "1"}]}],
    ).InstanceIdSet[0]
    assert instance().InstanceState == "PENDING"
    running = until("RUNNING")
    assert running.LatestOperationState == "SUCCESS"
    assert running.LoginSettings.KeyIds == [pair.KeyId]
    assert cvm("DescribeInstances", Filters=[{"Name": "tag:story", "Values": ["1"]}]).TotalCount == 1

    kind = {"DiskType": "CLOUD_PREMIUM", "DiskChargeType": "POSTPAID_BY_HOUR", "DiskSize": 50}
    disk = cbs("CreateDisks", Placement={"Zone": ZONE}, **kind).DiskIdSet[0]
    cbs("AttachDisks", InstanceId=key, DiskIds=[disk])
    account.clock.advance(6)
    assert cbs("DescribeDisks", DiskIds=[disk]).DiskSet[0].DiskState == "ATTACHED"
    assert [each.DiskId for each in instance().DataDisks] == [disk]
    snapshot = cbs("CreateSnapshot", DiskId=disk, SnapshotName="story").SnapshotId
    own = cvm("CreateImage", InstanceId=key, ImageName="story").ImageId
    with pytest.raises(TencentCloudSDKException) as busy:
        cvm("StopInstances", InstanceIds=[key])
    assert busy.value.get_code() == "OperationDenied.InstanceOperationInProgress"
    account.clock.advance(60)
    assert cvm("DescribeImages", ImageIds=[own]).ImageSet[0].ImageState == "NORMAL"

    cvm("StopInstances", InstanceIds=[key])
    until("STOPPED")
    cvm("ResetInstancesType", InstanceIds=[key], InstanceType="S5.LARGE8")
    assert until("RUNNING").CPU == 4
    with pytest.raises(TencentCloudSDKException) as wrong:
        cvm("StartInstances", InstanceIds=[key])
    assert wrong.value.get_code() == "UnsupportedOperation.InstanceStateRunning"

    cbs("DetachDisks", DiskIds=[disk])
    account.clock.advance(6)
    cvm("TerminateInstances", InstanceIds=[key])
    account.clock.advance(6)
    assert instance() is None
    cvm("DeleteKeyPairs", KeyIds=[pair.KeyId])
    cvm("DeleteImages", ImageIds=[own], DeleteBindedSnap=True)
    cbs("DeleteSnapshots", SnapshotIds=[snapshot])
    cbs("TerminateDisks", DiskIds=[disk])
    assert cbs("DescribeDisks").TotalCount == cbs("DescribeSnapshots").TotalCount == 0
    assert cvm("DescribeInstances").TotalCount == cvm("DescribeKeyPairs").TotalCount == 0


def test_at_pace_zero_nothing_has_to_be_waited_for(account):
    account.configure(transition_pace=0)
    cvm = Product(account.account, cvm_client.CvmClient, cvm_models)
    image = cvm("DescribeImages").ImageSet[0].ImageId
    keys = cvm("RunInstances", Placement={"Zone": ZONE}, ImageId=image, InstanceCount=3).InstanceIdSet
    states = cvm("DescribeInstancesStatus", InstanceIds=keys).InstanceStatusSet
    assert {each.InstanceState for each in states} == {"RUNNING"}
    cvm("TerminateInstances", InstanceIds=keys)
    assert cvm("DescribeInstances").TotalCount == 0
