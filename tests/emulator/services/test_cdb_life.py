import re

import pytest

from .reads import REGION, published
from .shop import Shop

HOUR, DAY = 3600, 86400


class Cdb(Shop):
    def __init__(self):
        super().__init__("cdb")

    def order(self, **more):
        return {
            "GoodsNum": 1,
            "Memory": 4000,
            "Volume": 100,
            "UniqVpcId": self.vpc,
            "UniqSubnetId": self.subnet,
            **more,
        }

    def made(self, **more):
        """An instance that runs."""
        [key] = self("CreateDBInstanceHour", **self.order(**more))["InstanceIds"]
        self.wait(180)
        return key

    def shown(self, key):
        found = self("DescribeDBInstances", InstanceIds=[key])["Items"]
        return found[0] if found else None

    def status(self, key):
        found = self.shown(key)
        return None if found is None else (found["Status"], found["TaskStatus"])

    def task(self, answer):
        return self("DescribeAsyncRequestInfo", AsyncRequestId=answer["AsyncRequestId"])["Status"]


@pytest.fixture
def cdb():
    return Cdb()


def test_an_instance_is_found_by_its_tags_once_it_is_made(cdb):
    order = cdb.order(ResourceTags=[{"TagKey": "env", "TagValue": ["brandnew"]}])
    [key] = cdb("CreateDBInstanceHour", **order)["InstanceIds"]
    wanted = [{"Key": "env", "Value": "brandnew"}]
    assert cdb.shown(key)
    assert cdb("DescribeDBInstances", Tags=wanted)["Items"] == []
    cdb.wait(180)
    assert [each["InstanceId"] for each in cdb("DescribeDBInstances", Tags=wanted)["Items"]] == [key]


def test_an_instance_is_what_was_ordered_once_it_has_been_made(cdb):
    answer = cdb(
        "CreateDBInstanceHour",
        **cdb.order(
            Cpu=2,
            EngineVersion="5.7",
            InstanceName="orders",
            Port=3307,
            ProtectMode=1,
            Zone="ap-guangzhou-3",
            SlaveZone="ap-guangzhou-4",
            SecurityGroup=[cdb.group],
            ResourceTags=[{"TagKey": "env", "TagValue": ["prod"]}],
            Password="Secret-pass1",
            DestroyProtect="on",
            ProjectId=7,
        ),
    )
    [key], [deal] = answer["InstanceIds"], answer["DealIds"]
    assert re.fullmatch(r"cdb-[0-9a-z]{8}", key)
    assert re.fullmatch(r"\d{23}", deal)
    assert cdb.status(key) == (0, 0)
    cdb.wait(179)
    assert cdb.status(key) == (0, 0)
    cdb.wait(1)
    shown = cdb.shown(key)
    wanted = {
        "Status": 1,
        "TaskStatus": 0,
        "InitFlag": 1,
        "WanStatus": 0,
        "InstanceType": 1,
        "PayType": 1,
        "Memory": 4000,
        "Cpu": 2,
        "Volume": 100,
        "EngineVersion": "5.7",
        "InstanceName": "orders",
        "Vport": 3307,
        "ProtectMode": 1,
        "DeployMode": 1,
        "Zone": "ap-guangzhou-3",
        "ProjectId": 7,
        "UniqVpcId": cdb.vpc,
        "UniqSubnetId": cdb.subnet,
        "DeadlineTime": "0000-00-00 00:00:00",
        "TagList": [{"TagKey": "env", "TagValue": "prod"}],
        "DestroyProtect": "on",
        "InstanceNodes": 2,
    }
    assert {name: shown[name] for name in wanted} == wanted
    assert shown["SlaveInfo"]["First"]["Zone"] == "ap-guangzhou-4"
    [group] = cdb("DescribeDBSecurityGroups", InstanceId=key)["Groups"]
    assert group["SecurityGroupId"] == cdb.group
    assert [each["User"] for each in cdb("DescribeAccounts", InstanceId=key)["Items"]] == ["root"]
    config = cdb("DescribeDBInstanceConfig", InstanceId=key)
    assert config["SlaveConfig"] == {"ReplicationMode": "semisync", "Zone": "ap-guangzhou-4"}
    assert config["BackupConfig"] is None
    assert "Secret-pass1" not in repr([dict(row.value) for row in cdb.world.read("cdb.settings", REGION)])


def test_several_are_named_by_numbers_and_have_addresses_of_their_own(cdb):
    before = cdb.free()
    keys = cdb("CreateDBInstanceHour", **cdb.order(GoodsNum=3, InstanceName="db"))["InstanceIds"]
    shown = [cdb.shown(key) for key in keys]
    assert [each["InstanceName"] for each in shown] == ["db1", "db2", "db3"]
    assert len({each["Vip"] for each in shown}) == 3
    assert cdb.free() == before - 3


def test_a_new_address_is_one_that_no_product_has(cdb):
    places = {
        "cvm.instance": lambda row: row["PrivateIpAddresses"],
        "redis.instance": lambda row: [row["WanIp"]],
        "mariadb.instance": lambda row: [row["Vip"]],
        "clb.loadbalancer": lambda row: row["LoadBalancerVips"],
        "cdb.instance": lambda row: [row["Vip"]],
    }
    used = [
        (row.value.get("VpcId") or row.value["VirtualPrivateCloud"]["VpcId"], address)
        for table, addresses in places.items()
        for row in cdb.world.read(table, REGION)
        for address in addresses(row.value)
    ]
    assert used
    taken = {address for _, address in used}
    keys = cdb("CreateDBInstanceHour", **cdb.order(GoodsNum=100))["InstanceIds"]
    assert not taken & {cdb.shown(key)["Vip"] for key in keys}


def is_free(cdb, address):
    return cdb.code("CreateDBInstanceHour", **cdb.order(DryRun=True, Vips=[address])) is None


def test_wished_addresses_are_given_in_their_order_and_none_twice(cdb):
    stem = cdb.shown(cdb.made())["Vip"].rpartition(".")[0]
    wishes = [f"{stem}.{number}" for number in range(200, 250)]
    wishes = [wish for wish in wishes if is_free(cdb, wish)]
    keys = cdb("CreateDBInstanceHour", **cdb.order(GoodsNum=3, Vips=wishes[1::-1]))["InstanceIds"]
    assert [cdb.shown(key)["Vip"] for key in keys][:2] == wishes[1::-1]
    twice = cdb.order(GoodsNum=2, Vips=[wishes[2], wishes[2]])
    assert cdb.code("CreateDBInstanceHour", **twice) == "FailedOperation.VpcIpInUseError"


def test_without_a_network_the_default_one_is_taken(cdb):
    order = {name: value for name, value in cdb.order().items() if not name.startswith("Uniq")}
    [key] = cdb("CreateDBInstanceHour", **order)["InstanceIds"]
    shown = cdb.shown(key)
    assert cdb.world.read("vpc.vpc", REGION).get(shown["UniqVpcId"]).value["IsDefault"]
    assert cdb.world.read("vpc.subnet", REGION).get(shown["UniqSubnetId"]).value["IsDefault"]


def test_an_instance_paid_by_months_ends_on_the_same_day_of_a_later_one(cdb):
    [key] = cdb("CreateDBInstance", **cdb.order(Period=12, AutoRenewFlag=1))["InstanceIds"]
    shown = cdb.shown(key)
    assert (shown["PayType"], shown["AutoRenew"]) == (0, 1)
    assert shown["DeadlineTime"][4:] == shown["CreateTime"][4:]
    assert int(shown["DeadlineTime"][:4]) == int(shown["CreateTime"][:4]) + 1


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"GoodsNum": 0}, "InvalidParameterValue.InvalidParameterValueError"),
        ({"GoodsNum": 101}, "InvalidParameterValue.InvalidParameterValueError"),
        ({"Memory": 4001}, "InvalidParameterValue.InvalidParameterValueError"),
        ({"Cpu": 64}, "InvalidParameterValue.InvalidParameterValueError"),
        ({"Volume": 101}, "InvalidParameterValue.InvalidParameterValueError"),
        ({"EngineVersion": "9.0"}, "InvalidParameterValue.InvalidParameterValueError"),
        ({"Zone": "ap-shanghai-2"}, "InvalidParameterValue.InvalidParameterValueError"),
        ({"Port": 80}, "InvalidParameterValue.InvalidParameterValueError"),
        ({"InstanceName": "no spaces, please"}, "InvalidParameterValue.InvalidParameterValueError"),
        ({"InstanceNodes": 1}, "InvalidParameterValue.InvalidParameterValueError"),
        ({"DiskType": "CLOUD_SSD"}, "InvalidParameterValue.InvalidParameterValueError"),
        ({"UniqVpcId": "vpc-00000000"}, "InvalidParameter.ResourceNotFound"),
        ({"UniqSubnetId": "subnet-00000000"}, "InvalidParameter.ResourceNotFound"),
        ({"UniqSubnetId": ""}, "MissingParameter.MissingParamError"),
        ({"SecurityGroup": ["sg-00000000"]}, "InvalidParameter.ResourceNotFound"),
        ({"Password": "short1"}, "InvalidParameterValue.AccountPasswordLengthError"),
        ({"Password": "onlyletters"}, "InvalidParameterValue.AccountPasswordRuleError"),
        ({"Password": "with space 1"}, "InvalidParameterValue.AccountPasswordCharacterError"),
        ({"Vips": ["1.2.3.4"]}, "FailedOperation.VpcIpNotInSubnetError"),
        ({"Vips": ["nonsense"]}, "FailedOperation.VpcIpInvalidError"),
        ({"Vips": ["10.0.0.9", "10.0.0.10"]}, "InvalidParameterValue.InvalidParameterValueError"),
        ({"InstanceRole": "ro"}, "MissingParameter.MissingParamError"),
        ({"DeployGroupId": "dg-1"}, "NotEmulated"),
        (
            {"ParamList": [{"Name": "max_connections", "Value": "0"}]},
            "InvalidParameterValue.InvalidParameterValueError",
        ),
        ({"ParamList": [{"Name": "unheard_of", "Value": "1"}]}, "NotEmulated"),
    ],
)
def test_a_wrong_order_is_refused_and_leaves_nothing(cdb, wrong, code):
    before = cdb.free(), len(cdb.world.read("cdb.instance", REGION))
    assert cdb.code("CreateDBInstanceHour", **cdb.order(**wrong)) == code
    assert code in published("cdb") | {"NotEmulated"}
    assert (cdb.free(), len(cdb.world.read("cdb.instance", REGION))) == before


def test_a_dry_run_checks_everything_and_creates_nothing(cdb):
    before = cdb.free()
    assert cdb("CreateDBInstanceHour", **cdb.order(DryRun=True))["InstanceIds"] == []
    assert cdb.free() == before
    assert cdb.code("CreateDBInstanceHour", **cdb.order(DryRun=True, Memory=1)) is not None


def test_an_order_told_twice_is_one_order_for_two_days(cdb):
    first = cdb("CreateDBInstanceHour", **cdb.order(ClientToken="once"))
    cdb.wait(47 * HOUR)
    assert cdb("CreateDBInstanceHour", **cdb.order(ClientToken="once")) == first
    cdb.wait(HOUR)
    assert cdb("CreateDBInstanceHour", **cdb.order(ClientToken="once")) != first


def test_an_order_that_was_refused_can_be_told_again(cdb):
    assert cdb.code("CreateDBInstanceHour", **cdb.order(ClientToken="t", Memory=1)) is not None
    assert cdb("CreateDBInstanceHour", **cdb.order(ClientToken="t"))["InstanceIds"]


def test_an_isolated_instance_goes_after_a_day_and_its_address_is_free_again(cdb):
    before = cdb.free()
    key = cdb.made(SecurityGroup=[cdb.group])
    backup = cdb("CreateBackup", InstanceId=key, BackupMethod="physical")["BackupId"]
    cdb.wait(60)
    answer = cdb("IsolateDBInstance", InstanceId=key)
    assert (cdb.status(key), cdb.task(answer)) == ((4, 0), "RUNNING")
    cdb.wait(30)
    assert (cdb.status(key), cdb.task(answer)) == ((5, 0), "SUCCESS")
    assert cdb.free() == before - 1
    cdb.wait(DAY - 1)
    assert cdb.status(key) == (5, 0)
    cdb.wait(1)
    assert cdb.status(key) is None
    assert cdb.free() == before
    assert cdb.row("settings", key) is None
    assert cdb.row("backup", backup) is None
    assert cdb.code("DescribeAccounts", InstanceId=key) == "InvalidParameter.InstanceNotFound"


def test_one_paid_by_months_is_kept_for_seven_days_and_had_back_by_renewing_it(cdb):
    [key] = cdb("CreateDBInstance", **cdb.order(Period=1))["InstanceIds"]
    cdb.wait(180)
    end = cdb.shown(key)["DeadlineTime"]
    cdb("IsolateDBInstance", InstanceId=key)
    cdb.wait(6 * DAY)
    [refused] = cdb("ReleaseIsolatedDBInstances", InstanceIds=[key])["Items"]
    assert refused["Code"] != 0
    assert cdb("RenewDBInstance", InstanceId=key, TimeSpan=1)["DealId"]
    cdb.wait(30 * DAY)
    assert cdb.status(key) == (1, 0)
    assert cdb.shown(key)["DeadlineTime"] > end


def test_what_was_released_and_isolated_again_is_kept_for_the_whole_time_again(cdb):
    key = cdb.made()
    cdb("IsolateDBInstance", InstanceId=key)
    cdb.wait(DAY)
    assert cdb("ReleaseIsolatedDBInstances", InstanceIds=[key, "cdb-00000000"])["Items"][0]["Code"] == 0
    cdb("IsolateDBInstance", InstanceId=key)
    cdb.wait(DAY)
    assert cdb.status(key) == (5, 0)
    cdb.wait(30)
    assert cdb.status(key) is None


def test_an_isolated_instance_can_be_let_go_at_once_and_only_then(cdb):
    before = cdb.free()
    key = cdb.made()
    assert cdb.code("OfflineIsolatedInstances", InstanceIds=[key]) == "OperationDenied.InstanceStatusError"
    cdb("IsolateDBInstance", InstanceId=key)
    cdb.wait(30)
    cdb("OfflineIsolatedInstances", InstanceIds=[key])
    assert cdb.status(key) == (6, 0)
    assert cdb.free() == before - 1
    cdb.wait(60)
    assert cdb.status(key) is None
    cdb.wait(2 * DAY)
    # The end that was set when it was isolated does not free the address a second time.
    assert cdb.free() == before


def test_a_protected_instance_is_not_isolated_until_it_is_protected_no_longer(cdb):
    key = cdb.made(DestroyProtect="on")
    assert cdb.code("IsolateDBInstance", InstanceId=key) == "OperationDenied.OperationDeniedError"
    cdb("ModifyInstanceDestroyProtect", InstanceIds=[key], DestroyProtect="off")
    assert cdb.code("IsolateDBInstance", InstanceId=key) is None


def test_nothing_is_done_to_an_instance_that_is_not_there_yet_or_no_more(cdb):
    [key] = cdb("CreateDBInstanceHour", **cdb.order())["InstanceIds"]
    for action, params in (
        ("IsolateDBInstance", {"InstanceId": key}),
        ("RestartDBInstances", {"InstanceIds": [key]}),
        ("OpenWanService", {"InstanceId": key}),
        ("ModifyDBInstanceName", {"InstanceId": key, "InstanceName": "x"}),
        ("AssociateSecurityGroups", {"InstanceIds": [key], "SecurityGroupId": cdb.group}),
        ("CreateBackup", {"InstanceId": key, "BackupMethod": "physical"}),
    ):
        assert cdb.code(action, **params) == "OperationDenied.InstanceStatusError", action


def test_a_restart_takes_its_time_and_stands_in_the_way_of_others(cdb):
    key = cdb.made()
    answer = cdb("RestartDBInstances", InstanceIds=[key])
    assert (cdb.status(key), cdb.task(answer)) == ((1, 10), "RUNNING")
    assert cdb.code("RestartDBInstances", InstanceIds=[key]) == "OperationDenied.InstanceTaskStatusError"
    cdb.wait(25)
    [task] = cdb("DescribeTasks", InstanceId=key, TaskTypes=[7], TaskStatus=[1])["Items"]
    assert (task["Progress"], task["TaskType"], task["TaskStatus"]) == (50, "REBOOT", "RUNNING")
    cdb.wait(25)
    assert (cdb.status(key), cdb.task(answer)) == ((1, 0), "SUCCESS")
    [task] = cdb("DescribeTasks", AsyncRequestId=answer["AsyncRequestId"])["Items"]
    assert (task["Progress"], task["TaskStatus"], task["InstanceIds"]) == (100, "SUCCEED", [key])
    assert cdb("DescribeTasks", InstanceId=key, TaskTypes=[5])["TotalCount"] == 0


def test_of_several_all_are_restarted_or_none(cdb):
    key = cdb.made()
    assert cdb.code("RestartDBInstances", InstanceIds=[key, "cdb-00000000"]) is not None
    assert cdb.status(key) == (1, 0)


def test_another_size_is_there_when_the_task_is_done(cdb):
    key = cdb.made()
    answer = cdb("UpgradeDBInstance", InstanceId=key, Memory=16000, Cpu=8, Volume=200, ProtectMode=2)
    assert cdb.status(key) == (1, 1)
    assert cdb.shown(key)["Memory"] == 4000
    cdb.wait(300)
    shown = cdb.shown(key)
    assert (shown["Memory"], shown["Cpu"], shown["Volume"], shown["ProtectMode"]) == (16000, 8, 200, 2)
    assert (cdb.status(key), cdb.task(answer)) == ((1, 0), "SUCCESS")


def test_a_third_node_comes_and_goes_with_its_zone(cdb):
    key = cdb.made()
    size = {"InstanceId": key, "Memory": 4000, "Volume": 100}
    cdb("UpgradeDBInstance", **size, BackupZone="ap-guangzhou-4")
    cdb.wait(300)
    assert cdb.shown(key)["InstanceNodes"] == 3
    cdb("UpgradeDBInstance", **size, BackupZone="")
    cdb.wait(300)
    assert cdb.shown(key)["InstanceNodes"] == 2
    assert cdb.shown(key)["SlaveInfo"]["Second"]["Zone"] == ""


def test_what_is_sold_can_be_ordered(cdb):
    sold = cdb("DescribeCdbZoneConfig")["DataResult"]
    [here] = [region for region in sold["Regions"] if region["Region"] == REGION]
    zones = [zone["Zone"] for zone in here["RegionConfig"] if zone["Status"] == 1]
    for config in sold["Configs"]:
        size = {"Memory": config["Memory"], "Cpu": config["Cpu"], "Volume": config["VolumeMin"]}
        assert cdb.code("CreateDBInstanceHour", **cdb.order(**size, Zone=zones[0], DryRun=True)) is None
    assert here["RegionName"] == "广州"


def test_at_pace_zero_everything_is_there_at_once(cdb):
    cdb.world.pace = 0
    [key] = cdb("CreateDBInstanceHour", **cdb.order())["InstanceIds"]
    assert cdb.status(key) == (1, 0)
    assert cdb.task(cdb("RestartDBInstances", InstanceIds=[key])) == "SUCCESS"
    assert cdb.status(key) == (1, 0)


def test_names_projects_tags_and_renewal_are_changed_at_once(cdb):
    key = cdb.made(ResourceTags=[{"TagKey": "a", "TagValue": ["1"]}, {"TagKey": "b", "TagValue": ["2"]}])
    cdb("ModifyDBInstanceName", InstanceId=key, InstanceName="新名字")
    cdb("ModifyDBInstanceProject", InstanceIds=[key], NewProjectId=5)
    cdb(
        "ModifyInstanceTag",
        InstanceId=key,
        ReplaceTags=[{"TagKey": "c", "TagValue": ["3"]}, {"TagKey": "b", "TagValue": ["4"]}],
        DeleteTags=[{"TagKey": "a", "TagValue": ["1"]}],
    )
    shown = cdb.shown(key)
    assert (shown["InstanceName"], shown["ProjectId"]) == ("新名字", 5)
    [row] = cdb("DescribeTagsOfInstanceIds", InstanceIds=[key])["Rows"]
    assert row["Tags"] == [{"TagKey": "b", "TagValue": "4"}, {"TagKey": "c", "TagValue": "3"}]
    assert cdb("DescribeDBInstances", TagKeysForSearch=["c"])["TotalCount"] == 1
    # It is paid by the hour.
    assert cdb.code("ModifyAutoRenewFlag", InstanceIds=[key], AutoRenew=1) is not None
    cdb("RenewDBInstance", InstanceId=key, TimeSpan=1, ModifyPayType="PREPAID")
    cdb("ModifyAutoRenewFlag", InstanceIds=[key], AutoRenew=1)
    assert (cdb.shown(key)["PayType"], cdb.shown(key)["AutoRenew"]) == (0, 1)
