import pytest

from .reads import REGION, published
from .shop import Shop

HOUR, DAY = 3600, 86400
PASSWORD = "Secret-pass1"


class Redis(Shop):
    def __init__(self):
        super().__init__("redis")

    def order(self, **more):
        order = {
            "TypeId": 15,
            "MemSize": 2048,
            "GoodsNum": 1,
            "Period": 1,
            "BillingMode": 0,
            "Password": PASSWORD,
            "VpcId": self.vpc,
            "SubnetId": self.subnet,
        }
        return {name: value for name, value in {**order, **more}.items() if value is not None}

    def made(self, **more):
        """An instance that runs."""
        [key] = self("CreateInstances", **self.order(**more))["InstanceIds"]
        self.wait(180)
        return key

    def shown(self, key):
        found = self("DescribeInstances", InstanceId=key)["InstanceSet"]
        return found[0] if found else None

    def status(self, key):
        found = self.shown(key)
        return found and found["Status"]

    def task(self, number):
        return self("DescribeTaskInfo", TaskId=number)["Status"]


@pytest.fixture
def redis():
    return Redis()


@pytest.fixture
def key(redis):
    return redis.made()


def test_an_instance_is_what_was_ordered_once_it_has_been_made(redis):
    answer = redis(
        "CreateInstances",
        **redis.order(
            TypeId=16,
            RedisShardNum=3,
            RedisReplicasNum=2,
            ReplicasReadonly=True,
            InstanceName="cache",
            VPort=6380,
            ZoneId=100003,
            SecurityGroupIdList=[redis.group],
            ResourceTags=[{"TagKey": "env", "TagValue": "prod"}],
        ),
    )
    [key] = answer["InstanceIds"]
    [deal] = redis("DescribeInstanceDealDetail", DealIds=[answer["DealId"]])["DealDetails"]
    assert (deal["Status"], deal["InstanceIds"]) == (3, [key])
    assert (redis.status(key), redis.shown(key)["InstanceTitle"]) == (1, "添加实例中")
    redis.wait(180)
    [deal] = redis("DescribeInstanceDealDetail", DealName=answer["DealName"])["DealDetails"]
    assert deal["Status"] == 4
    wanted = {
        "Status": 2,
        "InstanceTitle": "实例运行中",
        "InstanceName": "cache",
        "Type": 16,
        "ProductType": "cluster",
        "Size": 6144.0,
        "RedisShardSize": 2048,
        "RedisShardNum": 3,
        "RedisReplicasNum": 2,
        "SlaveReadWeight": 100,
        "Port": 6380,
        "ZoneId": 100003,
        "UniqVpcId": redis.vpc,
        "UniqSubnetId": redis.subnet,
        "InstanceTags": [{"TagKey": "env", "TagValue": "prod"}],
        "NoAuth": False,
        "BillingMode": 0,
        "DeadlineTime": "0000-00-00 00:00:00",
        "Appid": redis.world.app_id,
    }
    shown = redis.shown(key)
    assert {name: shown[name] for name in wanted} == wanted
    assert [node["NodeType"] for node in shown["NodeSet"]] == [0, 1, 1]
    assert shown["NodeSet"][0]["ZoneId"] == 100003
    assert len({node["ZoneId"] for node in shown["NodeSet"]}) == 2
    [detail] = redis("DescribeInstanceSecurityGroup", InstanceIds=[key])["InstanceSecurityGroupsDetail"]
    assert [group["SecurityGroupId"] for group in detail["SecurityGroupDetails"]] == [redis.group]
    assert PASSWORD not in repr([dict(row.value) for row in redis.world.read("redis.settings", REGION)])


def test_nodes_stand_where_they_are_said_to(redis):
    nodes = [{"NodeType": 0, "ZoneId": 100004}, {"NodeType": 1, "ZoneName": "ap-guangzhou-6"}]
    key = redis.made(NodeSet=nodes)
    assert [node["ZoneName"] for node in redis.shown(key)["NodeSet"]] == ["ap-guangzhou-4", "ap-guangzhou-6"]
    same = [{"NodeType": kind, "ZoneId": 100004} for kind in (0, 1)]
    assert redis.shown(redis.made(NodeSet=same))["NodeSet"] == []


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"TypeId": 1}, "InvalidParameterValue.UnSupportedType"),
        ({"TypeId": 19}, "NotEmulated"),
        ({"MemSize": 1000}, "LimitExceeded.InvalidMemSize"),
        ({"MemSize": 1024 * 5}, "LimitExceeded.MemSizeNotInRange"),
        ({"GoodsNum": 11}, "LimitExceeded.InvalidParameterGoodsNumNotInRange"),
        ({"TypeId": 16}, "InvalidParameter.EmptyParam"),
        ({"TypeId": 16, "RedisShardNum": 4}, "InvalidParameterValue.InvalidParameterValueError"),
        ({"RedisReplicasNum": 6}, "InvalidParameterValue.SpecNotExist"),
        ({"TypeId": 2, "ReplicasReadonly": True}, "InvalidParameter.NotSupported"),
        ({"BillingMode": 1, "Period": 37}, "LimitExceeded.PeriodExceedMaxLimit"),
        ({"BillingMode": 1, "Period": 0}, "LimitExceeded.PeriodLessThanMinLimit"),
        ({"Password": None}, "InvalidParameterValue.PasswordEmpty"),
        ({"Password": "/slash-first1"}, "InvalidParameterValue.PasswordRuleError"),
        ({"Password": "alllowercase"}, "InvalidParameterValue.PasswordRuleError"),
        ({"VpcId": None}, "InvalidParameterValue.BaseNetWorkAccessDeny"),
        ({"VpcId": "vpc-00000000"}, "InvalidParameterValue.UnVpcIdNotExists"),
        ({"SubnetId": "subnet-00000000"}, "InvalidParameterValue.UnVpcIdNotExists"),
        ({"ZoneId": 200002}, "ResourceUnavailable.NoServiceAvailableForThisZoneId"),
        ({"SecurityGroupIdList": ["sg-00000000"]}, "InvalidParameterValue.SecurityGroupIdsNotExists"),
        ({"InstanceName": "no spaces"}, "InvalidParameterValue.InstanceNameRuleError"),
        ({"VPort": 80}, "InvalidParameterValue.InvalidParameterValueError"),
        ({"NodeSet": [{"NodeType": 0, "ZoneId": 100003}]}, "InvalidParameter.IllegalParameterError"),
        ({"ProductVersion": "cloud"}, "ResourceUnavailable.SaleOut"),
        ({"EnableSSL": True}, "NotEmulated"),
    ],
)
def test_a_wrong_order_is_refused_and_leaves_nothing(redis, wrong, code):
    before = redis.free(), len(redis.world.read("redis.instance", REGION))
    assert redis.code("CreateInstances", **redis.order(**wrong)) == code
    assert code in published("redis") | {"NotEmulated"}
    assert (redis.free(), len(redis.world.read("redis.instance", REGION))) == before


def test_a_subnet_without_room_is_said_so(redis):
    row = redis.world.read("vpc.subnet", REGION).get(redis.subnet)
    redis.world.write("vpc.subnet", REGION).put(redis.subnet, row.having(CidrBlock="10.250.0.0/30"))
    code = redis.code("CreateInstances", **redis.order(GoodsNum=2))
    assert code == "ResourceUnavailable.NoEnoughVipInVPC"
    assert redis.code("CreateInstances", **redis.order(GoodsNum=1)) is None
    assert redis.free() == 0


def test_a_dry_run_creates_nothing(redis):
    before = redis.free()
    assert redis("CreateInstances", **redis.order(DryRun=True))["InstanceIds"] == []
    assert redis.free() == before


def test_an_instance_paid_by_the_hour_is_kept_for_two_hours(redis, key):
    free = redis.free()
    redis("ManualBackupInstance", InstanceId=key)
    redis("CreateInstanceAccount", **account(key))
    redis.wait(60)
    assert redis.code("DestroyPrepaidInstance", InstanceId=key) == (
        "UnsupportedOperation.InstanceNotOperation"
    )
    task = redis("DestroyPostpaidInstance", InstanceId=key)["TaskId"]
    assert (redis.status(key), redis.task(task)) == (1, "running")
    redis.wait(30)
    shown = redis.shown(key)
    assert (shown["Status"], shown["InstanceTitle"], redis.task(task)) == (-2, "实例已隔离", "succeed")
    assert shown["CloseTime"] < shown["OfflineTime"]
    redis.wait(2 * HOUR - 1)
    assert redis.status(key) == -2
    redis.wait(1)
    assert redis.status(key) is None
    assert redis.free() == free + 1
    assert not redis.world.read("redis.backup", REGION).index("InstanceId").get(key)
    assert not redis.world.read("redis.account", REGION).index("InstanceId").get(key)


def test_one_paid_by_months_is_kept_for_seven_days_and_had_back(redis):
    key = redis.made(BillingMode=1, Period=1)
    assert redis("DestroyPrepaidInstance", InstanceId=key)["DealId"]
    redis.wait(6 * DAY)
    redis("StartupInstance", InstanceId=key)
    redis.wait(30)
    shown = redis.shown(key)
    assert (shown["Status"], shown["OfflineTime"]) == (2, "")
    redis.wait(30 * DAY)
    assert redis.status(key) == 2


def test_the_recycle_bin_can_be_emptied_at_once(redis, key):
    free = redis.free()
    assert redis.code("CleanUpInstance", InstanceId=key) == "ResourceUnavailable.InstanceStatusError"
    redis("DestroyPostpaidInstance", InstanceId=key)
    redis.wait(30)
    redis("CleanUpInstance", InstanceId=key)
    assert redis.status(key) == -3
    redis.wait(60)
    assert redis.status(key) is None
    redis.wait(DAY)
    assert redis.free() == free + 1


def test_a_protected_instance_is_not_given_back(redis, key):
    switch = {"Operation": "modifyDeleteProtectionSwitch", "InstanceIds": [key]}
    redis("ModifyInstance", **switch, DeleteProtectionSwitches=[1])
    code = redis.code("DestroyPostpaidInstance", InstanceId=key)
    assert code == "UnsupportedOperation.InstanceNotOperation"
    redis("ModifyInstance", **switch, DeleteProtectionSwitches=[0])
    assert redis.code("DestroyPostpaidInstance", InstanceId=key) is None


def test_renewing_makes_months_of_hours_and_brings_back(redis, key):
    assert redis.code("RenewInstance", InstanceId=key, Period=1) == "InvalidParameter.EmptyParam"
    redis("DestroyPostpaidInstance", InstanceId=key)
    redis.wait(30)
    redis("RenewInstance", InstanceId=key, Period=1, ModifyPayMode="prepaid")
    shown = redis.shown(key)
    assert (shown["Status"], shown["BillingMode"]) == (2, 1)
    redis.wait(DAY)
    assert redis.status(key) == 2


# --- Changes ----------------------------------------------------------------------------------------------


def test_memory_shards_and_replicas_are_changed_one_at_a_time(redis):
    key = redis.made(TypeId=16, RedisShardNum=3)
    same = {"InstanceId": key, "MemSize": 2048, "RedisShardNum": 3, "RedisReplicasNum": 1}
    assert redis.code("UpgradeInstance", **same) == "InvalidParameter.IllegalParameterError"
    both = {**same, "MemSize": 4096, "RedisShardNum": 5}
    assert redis.code("UpgradeInstance", **both) == "InvalidParameter.IllegalParameterError"
    redis("UpgradeInstance", **{**same, "MemSize": 4096})
    assert redis.status(key) == 1
    code = redis.code("UpgradeInstance", **{**same, "RedisShardNum": 5})
    assert code == "ResourceUnavailable.InstanceLockedError"
    redis.wait(180)
    assert (redis.status(key), redis.shown(key)["Size"]) == (2, 12288.0)
    same["MemSize"] = 4096
    more = [{"NodeType": 1, "ZoneId": 100006}]
    assert redis.code("UpgradeInstance", **{**same, "RedisReplicasNum": 2}) == "InvalidParameter.EmptyParam"
    redis("UpgradeInstance", **{**same, "RedisReplicasNum": 2}, NodeSet=more)
    redis.wait(180)
    nodes = redis.shown(key)["NodeSet"]
    assert [node["ZoneId"] for node in nodes][2] == 100006
    gone = [{"NodeType": 1, "NodeId": nodes[1]["NodeId"]}]
    redis("UpgradeInstance", **{**same, "RedisReplicasNum": 1}, NodeSet=gone)
    redis.wait(180)
    assert redis.shown(key)["NodeSet"] == [nodes[0], nodes[2]]
    assert redis.shown(key)["RedisReplicasNum"] == 1


def test_several_are_renamed_each_by_its_name(redis):
    keys = redis("CreateInstances", **redis.order(GoodsNum=2, InstanceName="c"))["InstanceIds"]
    assert [redis.shown(key)["InstanceName"] for key in keys] == ["c1", "c2"]
    redis("ModifyInstance", Operation="rename", InstanceIds=keys, InstanceNames=["a", "b"])
    assert [redis.shown(key)["InstanceName"] for key in keys] == ["a", "b"]
    code = redis.code("ModifyInstance", Operation="rename", InstanceIds=keys, InstanceNames=["x"])
    assert code == "InvalidParameter.IllegalParameterError"
    redis("ModifyInstance", Operation="modifyProject", InstanceIds=keys, ProjectId=9)
    assert {redis.shown(key)["ProjectId"] for key in keys} == {9}
    redis("ModifyInstance", Operation="modifyAutoRenew", InstanceId=keys[0], AutoRenew=1)
    assert [redis.shown(key)["AutoRenewFlag"] for key in keys] == [1, 0]
    assert redis.code("ModifyInstance", Operation="explode", InstanceIds=keys) is not None


def test_a_password_is_changed_for_the_old_one_only(redis, key):
    wrong = {"InstanceId": key, "OldPassword": "Wrong-pass1", "Password": "Other-pass2"}
    assert redis.code("ModifyInstancePassword", **wrong) == "InvalidParameterValue.PasswordError"
    task = redis("ModifyInstancePassword", **{**wrong, "OldPassword": PASSWORD})["TaskId"]
    redis.wait(10)
    assert redis.task(task) == "succeed"
    assert redis.code("ClearInstance", InstanceId=key, Password=PASSWORD) == (
        "InvalidParameterValue.PasswordError"
    )
    redis("ClearInstance", InstanceId=key, Password="Other-pass2")
    redis.wait(10)
    redis("ResetPassword", InstanceId=key, NoAuth=True)
    redis.wait(10)
    assert redis.shown(key)["NoAuth"]
    assert redis.code("ClearInstance", InstanceId=key) is None
    redis.wait(10)
    redis("ResetPassword", InstanceId=key, Password=PASSWORD)
    redis.wait(10)
    assert not redis.shown(key)["NoAuth"]


def account(key, **more):
    return {
        "InstanceId": key,
        "AccountName": "app",
        "AccountPassword": PASSWORD,
        "ReadonlyPolicy": ["master"],
        "Privilege": "r",
        **more,
    }


def accounts(redis, key):
    answer = redis("DescribeInstanceAccount", InstanceId=key, Limit=20, Offset=0)
    assert answer["TotalCount"] == len(answer["Accounts"])
    return {each["AccountName"]: each for each in answer["Accounts"]}


def test_accounts_are_made_changed_and_removed(redis, key):
    assert set(accounts(redis, key)) == {"root"}
    redis("CreateInstanceAccount", **account(key, Remark="r"))
    assert accounts(redis, key)["app"]["Status"] == 1
    change = {"InstanceId": key, "AccountName": "app", "Privilege": "rw"}
    assert redis.code("ModifyInstanceAccount", **change) == "ResourceUnavailable.InstanceLockedError"
    redis.wait(10)
    redis("ModifyInstanceAccount", **change)
    redis.wait(10)
    shown = accounts(redis, key)["app"]
    assert (shown["Status"], shown["Privilege"], shown["Remark"]) == (2, "rw", "r")
    redis("DeleteInstanceAccount", InstanceId=key, AccountName="app")
    redis.wait(10)
    assert set(accounts(redis, key)) == {"root"}


@pytest.mark.parametrize(
    ("action", "wrong", "code"),
    [
        ("CreateInstanceAccount", {"AccountName": "root"}, "InvalidParameterValue.CheckNotPass"),
        (
            "CreateInstanceAccount",
            {"AccountName": "a b"},
            "InvalidParameterValue.InvalidParameterValueError",
        ),
        ("CreateInstanceAccount", {"Privilege": "w"}, "InvalidParameterValue.InvalidParameterValueError"),
        (
            "CreateInstanceAccount",
            {"ReadonlyPolicy": ["replication"]},
            "UnsupportedOperation.InstanceNotOperation",
        ),
        ("CreateInstanceAccount", {"AccountPassword": "short"}, "InvalidParameterValue.PasswordRuleError"),
        ("ModifyInstanceAccount", {}, "ResourceNotFound.AccountDoesNotExists"),
        ("ModifyInstanceAccount", {"AccountName": "root"}, "UnsupportedOperation.InstanceNotOperation"),
    ],
)
def test_a_wrong_wish_for_accounts_is_refused(redis, key, action, wrong, code):
    assert redis.code(action, **account(key, **wrong)) == code
    assert code in published("redis")
    assert set(accounts(redis, key)) == {"root"}


def test_a_backup_is_made_and_expires(redis, key):
    task = redis("ManualBackupInstance", InstanceId=key, Remark="before", StorageDays=1)["TaskId"]
    assert redis("DescribeInstanceBackups", InstanceId=key)["TotalCount"] == 0
    [making] = redis("DescribeInstanceBackups", InstanceId=key, Status=[1])["BackupSet"]
    assert making["Remark"] == "before"
    redis.wait(60)
    assert redis.task(task) == "succeed"
    [done] = redis("DescribeInstanceBackups", InstanceId=key)["BackupSet"]
    assert (done["BackupId"], done["Status"]) == (making["BackupId"], 2)
    redis.wait(DAY)
    assert redis("DescribeInstanceBackups", InstanceId=key)["TotalCount"] == 0
    assert redis("DescribeInstanceBackups", InstanceId=key, Status=[-1])["TotalCount"] == 1


def test_the_hour_of_backups_is_changed(redis, key):
    redis("ModifyAutoBackupConfig", InstanceId=key, TimePeriod="23:00-00:00")
    assert redis("DescribeAutoBackupConfig", InstanceId=key)["TimePeriod"] == "23:00-00:00"
    for wrong in ({"TimePeriod": "02:00-04:00"}, {"BackupStorageDays": 8}, {"WeekDays": ["Someday"]}):
        assert redis.code("ModifyAutoBackupConfig", InstanceId=key, **wrong) is not None
    redis("ModifyMaintenanceWindow", InstanceId=key, StartTime="01:00", EndTime="02:30")
    assert redis("DescribeMaintenanceWindow", InstanceId=key) == {"StartTime": "01:00", "EndTime": "02:30"}
    assert redis.code("ModifyMaintenanceWindow", InstanceId=key, StartTime="02:00", EndTime="01:00")


def test_an_instance_is_opened_to_the_outside_and_closed(redis, key):
    assert redis("AllocateWanAddress", InstanceId=key)["WanStatus"] == "外网开通中"
    redis.wait(30)
    assert redis.shown(key)["WanAddress"].startswith(f"{key}.")
    assert redis.code("AllocateWanAddress", InstanceId=key) is not None
    redis("ReleaseWanAddress", InstanceId=key)
    redis.wait(30)
    assert redis.shown(key)["WanAddress"] == ""


def test_an_instance_moves_and_its_old_address_is_held_for_days(redis, key):
    old, there = redis.shown(key)["WanIp"], redis.elsewhere
    here_free, there_free = redis.free(), redis.free(there["SubnetId"])
    answer = redis(
        "ModifyNetworkConfig",
        InstanceId=key,
        Operation="changeVpc",
        VpcId=there["VpcId"],
        SubnetId=there["SubnetId"],
        Recycle=1,
    )
    assert redis.shown(key)["WanIp"] == old
    redis.wait(30)
    shown = redis.shown(key)
    assert (shown["WanIp"], shown["UniqSubnetId"]) == (answer["Vip"], there["SubnetId"])
    assert (redis.free(), redis.free(there["SubnetId"])) == (here_free, there_free - 1)
    redis.wait(DAY)
    assert redis.free() == here_free + 1
    redis("ModifyNetworkConfig", InstanceId=key, Operation="changeVPort", VPort=7000)
    redis.wait(30)
    assert redis.shown(key)["Port"] == 7000
    taken = redis.shown(redis.made(VpcId=there["VpcId"], SubnetId=there["SubnetId"]))["WanIp"]
    for wrong in (
        {"Operation": "changeVip"},
        {"Operation": "changeVip", "Vip": taken},
        {"Operation": "changeVip", "Vip": "8.8.8.8"},
        {"Operation": "changeVpc"},
        {"Operation": "changeBaseToVpc"},
        {"Operation": "changeVPort", "VPort": 1},
        {"Operation": "changeVPort", "VPort": 7001, "Recycle": 4},
    ):
        assert redis.code("ModifyNetworkConfig", InstanceId=key, **wrong) in published("redis"), wrong
    assert redis.status(key) == 2


def test_security_groups_are_set_joined_and_left(redis, key):
    def groups():
        answer = redis("DescribeDBSecurityGroups", Product="redis", InstanceId=key)
        return [group["SecurityGroupId"] for group in answer["Groups"]]

    one = {"Product": "redis", "InstanceIds": [key]}
    redis("ModifyDBInstanceSecurityGroups", Product="redis", InstanceId=key, SecurityGroupIds=[redis.group])
    redis("AssociateSecurityGroups", **one, SecurityGroupId=redis.other_group)
    assert groups() == [redis.group, redis.other_group]
    redis("DisassociateSecurityGroups", **one, SecurityGroupId=redis.group)
    assert groups() == [redis.other_group]
    code = redis.code("AssociateSecurityGroups", **one, SecurityGroupId="sg-00000000")
    assert code == "InvalidParameterValue.SecurityGroupIdsNotExists"
    assert redis.code("AssociateSecurityGroups", **{**one, "Product": "mysql"}, SecurityGroupId=redis.group)
    assert redis("DescribeProjectSecurityGroups", Product="redis", Limit=1)["Total"] > 1


def test_tasks_are_listed_by_instance_kind_and_result(redis, key):
    redis("AllocateWanAddress", InstanceId=key)
    redis.wait(15)
    listed = redis("DescribeTaskList", InstanceId=key)
    assert [(task["TaskType"], task["Result"], task["Progress"]) for task in listed["Tasks"]] == [
        ("052", 1, 0.5),
        ("001", 2, 1.0),
    ]
    assert redis("DescribeTaskList", InstanceId=key, Result=[2])["TotalCount"] == 1
    assert redis("DescribeTaskList", InstanceId=key, TaskTypes=["052"])["TotalCount"] == 1
    assert redis.code("DescribeTaskInfo", TaskId=1) == "FailedOperation.FlowNotExists"


def test_what_is_sold_can_be_ordered(redis):
    [here] = [region for region in redis("DescribeProductInfo")["RegionSet"] if region["RegionId"] == REGION]
    assert here["RegionShortName"] == "GZ"
    zone = next(zone for zone in here["ZoneSet"] if not zone["IsSaleout"])
    for product in zone["ProductSet"]:
        order = redis.order(
            TypeId=product["Type"],
            MemSize=int(product["ShardSize"][-1]) * 1024,
            RedisShardNum=int(product["ShardNum"][-1]),
            RedisReplicasNum=int(product["ReplicaNum"][-1]),
            BillingMode=int(product["PayMode"]),
            ZoneName=zone["ZoneId"],
            DryRun=True,
        )
        assert redis.code("CreateInstances", **order) is None
