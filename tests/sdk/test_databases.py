"""The databases' whole life as the official SDK sees it: a little world built, changed and taken down."""

import pytest
import trustme
from tencentcloud.cdb.v20170320 import cdb_client
from tencentcloud.cdb.v20170320 import models as cdb_models
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.mariadb.v20170312 import mariadb_client
from tencentcloud.mariadb.v20170312 import models as mariadb_models
from tencentcloud.postgres.v20170312 import models as postgres_models
from tencentcloud.postgres.v20170312 import postgres_client
from tencentcloud.redis.v20180412 import models as redis_models
from tencentcloud.redis.v20180412 import redis_client
from tencentcloud.ssl.v20191205 import models as ssl_models
from tencentcloud.ssl.v20191205 import ssl_client
from tencentcloud.vpc.v20170312 import models as vpc_models
from tencentcloud.vpc.v20170312 import vpc_client

from tests.sdk.typed import Product

PASSWORD = "Secret-pass1"


@pytest.fixture
def account(timed_account):
    return timed_account


@pytest.fixture
def network(account):
    """A VPC and a subnet of it, a security group, and how many addresses the subnet has left."""
    vpc = Product(account, vpc_client.VpcClient, vpc_models)
    subnet = vpc("DescribeSubnets").SubnetSet[0]
    group = vpc("DescribeSecurityGroups").SecurityGroupSet[0].SecurityGroupId

    def free():
        [found] = vpc("DescribeSubnets", SubnetIds=[subnet.SubnetId]).SubnetSet
        return found.AvailableIpAddressCount

    return subnet.VpcId, subnet.SubnetId, group, free


def test_a_mysql_instance_lives_and_goes(account, network):
    vpc, subnet, group, free = network
    cdb, before = Product(account, cdb_client.CdbClient, cdb_models), free()

    def shown(key):
        items = cdb("DescribeDBInstances", InstanceIds=[key]).Items
        return items[0] if items else None

    def done(answer):
        return cdb("DescribeAsyncRequestInfo", AsyncRequestId=answer.AsyncRequestId).Status == "SUCCESS"

    [key] = cdb(
        "CreateDBInstanceHour",
        GoodsNum=1,
        Memory=4000,
        Volume=100,
        EngineVersion="8.0",
        UniqVpcId=vpc,
        UniqSubnetId=subnet,
        SecurityGroup=[group],
        Password=PASSWORD,
        ClientToken="story",
    ).InstanceIds
    assert shown(key).Status == 0
    account.clock.advance(180)
    assert (shown(key).Status, shown(key).InitFlag, free()) == (1, 1, before - 1)
    opened = cdb("OpenWanService", InstanceId=key)
    assert not done(opened)
    account.clock.advance(30)
    assert done(opened)
    assert shown(key).WanStatus == 1
    who = [{"User": "app", "Host": "%"}]
    cdb("CreateAccounts", InstanceId=key, Accounts=who, Password=PASSWORD)
    cdb("ModifyAccountPrivileges", InstanceId=key, Accounts=who, GlobalPrivileges=["SELECT"])
    privileges = cdb("DescribeAccountPrivileges", InstanceId=key, User="app", Host="%")
    assert privileges.GlobalPrivileges == ["SELECT"]
    cdb("UpgradeDBInstance", InstanceId=key, Memory=8000, Volume=200)
    with pytest.raises(TencentCloudSDKException) as busy:
        cdb("RestartDBInstances", InstanceIds=[key])
    assert busy.value.code == "OperationDenied.InstanceTaskStatusError"
    account.clock.advance(300)
    assert (shown(key).Memory, shown(key).TaskStatus) == (8000, 0)
    cdb("IsolateDBInstance", InstanceId=key)
    account.clock.advance(60)
    assert shown(key).Status == 5
    cdb("OfflineIsolatedInstances", InstanceIds=[key])
    account.clock.advance(60)
    assert shown(key) is None
    assert free() == before


def test_a_redis_instance_lives_and_goes(account, network):
    vpc, subnet, group, free = network
    redis, before = Product(account, redis_client.RedisClient, redis_models), free()

    def shown(key):
        items = redis("DescribeInstances", InstanceId=key).InstanceSet
        return items[0] if items else None

    answer = redis(
        "CreateInstances",
        TypeId=16,
        MemSize=1024,
        GoodsNum=1,
        Period=1,
        BillingMode=0,
        VpcId=vpc,
        SubnetId=subnet,
        Password=PASSWORD,
        RedisShardNum=3,
        SecurityGroupIdList=[group],
    )
    [key] = answer.InstanceIds
    account.clock.advance(180)
    [deal] = redis("DescribeInstanceDealDetail", DealName=answer.DealName).DealDetails
    assert (deal.Status, shown(key).Status, shown(key).Size) == (4, 2, 3072.0)
    redis("ModifyInstance", Operation="rename", InstanceIds=[key], InstanceNames=["cache"])
    task = redis("ResetPassword", InstanceId=key, Password="Another-pass2").TaskId
    account.clock.advance(10)
    assert redis("DescribeTaskInfo", TaskId=task).Status == "succeed"
    assert (shown(key).InstanceName, shown(key).NoAuth) == ("cache", False)
    redis("DestroyPostpaidInstance", InstanceId=key)
    account.clock.advance(2 * 3600 + 30)
    assert shown(key) is None
    assert free() == before


def test_a_postgres_instance_lives_and_goes(account, network):
    vpc, subnet, group, free = network
    postgres, before = Product(account, postgres_client.PostgresClient, postgres_models), free()

    def status(key):
        return postgres("DescribeDBInstanceAttribute", DBInstanceId=key).DBInstance.DBInstanceStatus

    zone = next(zone for zone in postgres("DescribeZones").ZoneSet if zone.ZoneState == "AVAILABLE")
    spec = postgres(
        "DescribeClasses", Zone=zone.Zone, DBEngine="postgresql", DBMajorVersion="15"
    ).ClassInfoSet[0]
    deals = postgres(
        "CreateInstances",
        SpecCode=spec.SpecCode,
        Storage=spec.MinStorage,
        InstanceCount=1,
        Period=1,
        Charset="UTF8",
        AdminName="chief",
        AdminPassword=PASSWORD,
        Zone=zone.Zone,
        DBMajorVersion="15",
        VpcId=vpc,
        SubnetId=subnet,
        SecurityGroupIds=[group],
    ).DealNames
    [key] = postgres("DescribeOrders", DealNames=deals).Deals[0].DBInstanceIdSet
    account.clock.advance(180)
    assert status(key) == "running"
    postgres("CreateAccount", DBInstanceId=key, UserName="app", Type="normal", Password=PASSWORD)
    names = [each.UserName for each in postgres("DescribeAccounts", DBInstanceId=key).Details]
    assert sorted(names) == ["app", "chief"]
    postgres("OpenDBExtranetAccess", DBInstanceId=key)
    account.clock.advance(30)
    postgres("IsolateDBInstances", DBInstanceIdSet=[key])
    account.clock.advance(30)
    assert status(key) == "isolated"
    postgres("DestroyDBInstance", DBInstanceId=key)
    account.clock.advance(60)
    with pytest.raises(TencentCloudSDKException) as gone:
        status(key)
    assert gone.value.code == "ResourceNotFound.InstanceNotFoundError"
    assert free() == before


def test_a_mariadb_instance_lives_and_goes(account, network):
    vpc, subnet, group, free = network
    mariadb, before = Product(account, mariadb_client.MariadbClient, mariadb_models), free()
    answer = mariadb(
        "CreateHourDBInstance",
        Zones=["ap-guangzhou-3", "ap-guangzhou-4"],
        NodeCount=2,
        Memory=2,
        Storage=10,
        VpcId=vpc,
        SubnetId=subnet,
        SecurityGroupIds=[group],
    )
    [key] = answer.InstanceIds
    account.clock.advance(180)
    assert mariadb("DescribeFlow", FlowId=answer.FlowId).Status == 0
    first = [
        {"Param": "character_set_server", "Value": "utf8mb4"},
        {"Param": "lower_case_table_names", "Value": "1"},
    ]
    mariadb("InitDBInstances", InstanceIds=[key], Params=first)
    account.clock.advance(60)
    assert mariadb("DescribeDBInstanceDetail", InstanceId=key).Status == 2
    mariadb("CreateAccount", InstanceId=key, UserName="app", Host="%", Password=PASSWORD)
    mariadb(
        "GrantAccountPrivileges",
        InstanceId=key,
        UserName="app",
        Host="%",
        DbName="*",
        Privileges=["SELECT"],
    )
    assert mariadb("IsolateHourDBInstance", InstanceIds=[key]).SuccessInstanceIds == [key]
    account.clock.advance(30)
    mariadb("DestroyHourDBInstance", InstanceId=key)
    account.clock.advance(60)
    assert mariadb("DescribeDBInstances", InstanceIds=[key]).TotalCount == 0
    assert free() == before


def test_certificates_are_uploaded_applied_for_and_deleted(account):
    ssl = Product(account, ssl_client.SslClient, ssl_models)
    made = trustme.CA().issue_cert("shop.example.com")
    chain = "".join(pem.bytes().decode() for pem in made.cert_chain_pems)
    key = ssl(
        "UploadCertificate",
        CertificatePublicKey=chain,
        CertificatePrivateKey=made.private_key_pem.bytes().decode(),
        Alias="shop",
    ).CertificateId
    assert ssl("DescribeCertificateDetail", CertificateId=key).Domain == "shop.example.com"
    free = ssl("ApplyCertificate", DvAuthMethod="DNS_AUTO", DomainName="www.example.com").CertificateId
    account.clock.advance(600)
    assert ssl("DescribeCertificate", CertificateId=free).Status == 1
    account.clock.advance(3600)
    assert ssl("DeleteCertificates", CertificateIds=[key, free]).Success == [key, free]
