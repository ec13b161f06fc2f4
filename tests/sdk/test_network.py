"""A little world of vpc, clb and tag, built, walked through and torn down by the official SDK."""

import pytest
from tencentcloud.clb.v20180317 import clb_client
from tencentcloud.clb.v20180317 import models as clb_models
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.tag.v20180813 import models as tag_models
from tencentcloud.tag.v20180813 import tag_client
from tencentcloud.vpc.v20170312 import models as vpc_models
from tencentcloud.vpc.v20170312 import vpc_client

from emulator.handle import Emulator
from tests.sdk.typed import Product

ZONE = "ap-guangzhou-3"


class Console:
    """The three products of one account, called by action name with plain parameters."""

    def __init__(self, cloud):
        self.cloud = cloud
        self.products = {
            vpc_models: Product(cloud.account, vpc_client.VpcClient, vpc_models),
            clb_models: Product(cloud.account, clb_client.ClbClient, clb_models),
            tag_models: Product(cloud.account, tag_client.TagClient, tag_models),
        }

    def __call__(self, models, action, **params):
        return self.products[models](action, **params)

    def vpc(self, action, **params):
        return self(vpc_models, action, **params)

    def clb(self, action, **params):
        return self(clb_models, action, **params)

    def refused(self, models, action, **params):
        with pytest.raises(TencentCloudSDKException) as failed:
            self(models, action, **params)
        return failed.value.get_code()

    def wait(self, request_id):
        """Wait for a task of clb as its prose says, by the account's own clock."""
        for _ in range(10):
            if self.clb("DescribeTaskStatus", TaskId=request_id).Status == 0:
                return
            self.cloud.clock.advance(1)
        pytest.fail("the task never ended")


@pytest.fixture
def console():
    with Emulator() as cloud:
        yield Console(cloud)


def test_a_network_with_a_balancer_is_built_and_torn_down(console):
    vpc = console.vpc("CreateVpc", VpcName="net", CidrBlock="10.1.0.0/16").Vpc.VpcId
    subnet = console.vpc(
        "CreateSubnet",
        VpcId=vpc,
        SubnetName="a",
        CidrBlock="10.1.0.0/24",
        Zone=ZONE,
        Tags=[{"Key": "env", "Value": "test"}],
    ).Subnet
    group = console.vpc("CreateSecurityGroup", GroupName="web", GroupDescription="").SecurityGroup
    console.vpc(
        "CreateSecurityGroupPolicies",
        SecurityGroupId=group.SecurityGroupId,
        SecurityGroupPolicySet={
            "Ingress": [{"Protocol": "TCP", "Port": "443", "CidrBlock": "0.0.0.0/0", "Action": "ACCEPT"}]
        },
    )
    rules = console.vpc("DescribeSecurityGroupPolicies", SecurityGroupId=group.SecurityGroupId)
    assert (rules.SecurityGroupPolicySet.Version, rules.SecurityGroupPolicySet.Ingress[0].Port) == (
        "1",
        "443",
    )
    table = console.vpc("CreateRouteTable", VpcId=vpc, RouteTableName="out").RouteTable.RouteTableId
    console.vpc("ReplaceRouteTableAssociation", RouteTableId=table, SubnetId=subnet.SubnetId)
    interface = console.vpc(
        "CreateNetworkInterface",
        VpcId=vpc,
        SubnetId=subnet.SubnetId,
        NetworkInterfaceName="eth",
        SecurityGroupIds=[group.SecurityGroupId],
    )
    assert console.vpc("DescribeVpcTaskResult", TaskId=interface.RequestId).Status == "RUNNING"
    console.cloud.clock.advance(5)
    assert console.vpc("DescribeVpcTaskResult", TaskId=interface.RequestId).Status == "SUCCESS"

    bought = console.clb(
        "CreateLoadBalancer",
        LoadBalancerType="INTERNAL",
        VpcId=vpc,
        SubnetId=subnet.SubnetId,
        LoadBalancerName="lb",
    )
    [balancer] = bought.LoadBalancerIds
    early = {"LoadBalancerId": balancer, "Ports": [80], "Protocol": "TCP"}
    assert console.refused(clb_models, "CreateListener", **early) == "FailedOperation.ResourceInOperating"
    console.wait(bought.RequestId)
    console.wait(console.clb("CreateListener", **early).RequestId)
    console.wait(
        console.clb(
            "SetLoadBalancerSecurityGroups", LoadBalancerId=balancer, SecurityGroups=[group.SecurityGroupId]
        ).RequestId
    )
    [shown] = console.clb("DescribeLoadBalancers", LoadBalancerIds=[balancer]).LoadBalancerSet
    assert (shown.Status, shown.SecureGroups) == (1, [group.SecurityGroupId])

    [found] = console(tag_models, "GetResources", TagFilters=[{"TagKey": "env"}]).ResourceTagMappingList
    assert found.Resource.endswith(f"subnet/{subnet.SubnetId}")
    counted = console.vpc(
        "DescribeSecurityGroupAssociationStatistics", SecurityGroupIds=[group.SecurityGroupId]
    ).SecurityGroupAssociationStatisticsSet[0]
    assert (counted.ENI, counted.CLB, counted.TotalCount) == (1, 1, 2)
    [now] = console.vpc("DescribeSubnets", SubnetIds=[subnet.SubnetId]).SubnetSet
    assert now.AvailableIpAddressCount == now.TotalIpAddressCount - 2

    assert console.refused(vpc_models, "DeleteSubnet", SubnetId=subnet.SubnetId) == "ResourceInUse"
    console.wait(console.clb("DeleteLoadBalancer", LoadBalancerIds=[balancer]).RequestId)
    console.vpc("DeleteNetworkInterface", NetworkInterfaceId=interface.NetworkInterface.NetworkInterfaceId)
    console.vpc("DeleteSecurityGroup", SecurityGroupId=group.SecurityGroupId)
    console.vpc("DeleteSubnet", SubnetId=subnet.SubnetId)
    console.vpc("DeleteRouteTable", RouteTableId=table)
    console.vpc("DeleteVpc", VpcId=vpc)
    assert console.vpc("DescribeVpcs").TotalCount == 0


def test_an_elastic_address_is_waited_for_by_its_number(console):
    made = console.vpc("AllocateAddresses", AddressCount=1, InternetMaxBandwidthOut=5)
    [key] = made.AddressSet
    assert console.vpc("DescribeTaskResult", TaskId=int(made.TaskId)).Result == "RUNNING"
    console.cloud.clock.advance(5)
    assert console.vpc("DescribeTaskResult", TaskId=int(made.TaskId)).Result == "SUCCESS"
    [address] = console.vpc("DescribeAddresses", AddressIds=[key]).AddressSet
    assert (address.AddressStatus, address.Bandwidth) == ("UNBIND", 5)
    console.vpc("ReleaseAddresses", AddressIds=[key])
    console.cloud.clock.advance(5)
    assert console.vpc("DescribeAddresses").TotalCount == 0
