import json

import pytest

from .reads import REGION, published
from .shop import Shop

HOUR, DAY = 3600, 86400
PASSWORD = "Secret-pass1"


class Postgres(Shop):
    def __init__(self):
        super().__init__("postgres")

    def order(self, **more):
        order = {
            "SpecCode": "pg.it.medium2",
            "Storage": 50,
            "InstanceCount": 1,
            "Period": 1,
            "Charset": "UTF8",
            "AdminName": "chief",
            "AdminPassword": PASSWORD,
            "Zone": "ap-guangzhou-3",
            "DBMajorVersion": "14",
            "InstanceChargeType": "POSTPAID_BY_HOUR",
            "VpcId": self.vpc,
            "SubnetId": self.subnet,
        }
        return {name: value for name, value in {**order, **more}.items() if value is not None}

    def made(self, **more):
        """An instance that runs."""
        [key] = self("CreateInstances", **self.order(**more))["DBInstanceIdSet"]
        self.wait(180)
        return key

    def shown(self, key):
        rows = self("DescribeDBInstances", Filters=[{"Name": "db-instance-id", "Values": [key]}])
        return rows["DBInstanceSet"][0] if rows["DBInstanceSet"] else None

    def status(self, key):
        found = self.shown(key)
        return found and found["DBInstanceStatus"]

    def task(self, answer):
        [task] = self("DescribeTasks", TaskId=answer["TaskId"])["TaskSet"]
        return task["Status"]


@pytest.fixture
def postgres():
    return Postgres()


@pytest.fixture
def key(postgres):
    return postgres.made()


def test_an_instance_is_what_was_ordered_once_it_has_been_made(postgres):
    before = postgres.free()
    [key] = postgres(
        "CreateInstances",
        **postgres.order(
            Name="orders",
            DBNodeSet=[
                {"Role": "Standby", "Zone": "ap-guangzhou-4"},
                {"Role": "Primary", "Zone": "ap-guangzhou-3"},
            ],
            SecurityGroupIds=[postgres.group],
            TagList=[{"TagKey": "env", "TagValue": "prod"}],
            ProjectId=3,
            DeletionProtection=True,
        ),
    )["DBInstanceIdSet"]
    assert postgres.status(key) == "initing"
    postgres.wait(180)
    wanted = {
        "DBInstanceStatus": "running",
        "DBInstanceName": "orders",
        "DBInstanceCpu": 2,
        "DBInstanceMemory": 4,
        "DBInstanceStorage": 50,
        "DBInstanceClass": "pg.it.medium2",
        "DBMajorVersion": "14",
        "DBVersion": "14.2",
        "DBKernelVersion": "v14.2_r1.8",
        "PayType": "postpaid",
        "Zone": "ap-guangzhou-3",
        "VpcId": postgres.vpc,
        "SubnetId": postgres.subnet,
        "TagList": [{"TagKey": "env", "TagValue": "prod"}],
        "ProjectId": 3,
        "DeletionProtection": True,
        "AppId": postgres.world.app_id,
    }
    shown = postgres("DescribeDBInstanceAttribute", DBInstanceId=key)["DBInstance"]
    assert {name: shown[name] for name in wanted} == wanted
    assert [net["Status"] for net in shown["DBInstanceNetInfo"]] == ["opened", "initing"]
    assert shown["DBNodeSet"][0] == {"Role": "Standby", "Zone": "ap-guangzhou-4"}
    [group] = postgres("DescribeDBInstanceSecurityGroups", DBInstanceId=key)["SecurityGroupSet"]
    assert group["SecurityGroupId"] == postgres.group
    [account] = postgres("DescribeAccounts", DBInstanceId=key)["Details"]
    assert (account["UserName"], account["UserType"]) == ("chief", "tencentDBSuper")
    assert postgres.free() == before - 1


def test_an_order_by_months_tells_its_instances_through_the_order(postgres):
    answer = postgres("CreateInstances", **postgres.order(InstanceChargeType="prepaid", InstanceCount=2))
    assert answer["DBInstanceIdSet"] == []
    orders = postgres("DescribeOrders", DealNames=answer["DealNames"])
    assert orders["TotalCount"] == 2
    keys = [key for deal in orders["Deals"] for key in deal["DBInstanceIdSet"]]
    assert [postgres.shown(key)["PayType"] for key in keys] == ["prepaid"] * 2
    assert {deal["PayMode"] for deal in orders["Deals"]} == {1}
    assert postgres.shown(keys[0])["DBInstanceName"] == "未命名"
    assert postgres.task({"TaskId": orders["Deals"][0]["FlowId"]}) == "Running"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"SpecCode": "pg.it.huge"}, "InvalidParameterValue.SpecNotRecognizedError"),
        ({"Storage": 55}, "InvalidParameterValue.ParameterOutOfRange"),
        ({"InstanceCount": 11}, "InvalidParameterValue.InvalidInstanceNum"),
        ({"Period": 2}, "InvalidParameterValue.InvalidParameterValueError"),
        (
            {"Period": 13, "InstanceChargeType": "PREPAID"},
            "InvalidParameterValue.InvalidParameterValueError",
        ),
        ({"InstanceChargeType": "free"}, "InvalidParameterValue.IllegalInstanceChargeType"),
        ({"Charset": "GBK"}, "InvalidParameterValue.InvalidCharset"),
        ({"AdminName": "postgres"}, "InvalidParameterValue.InvalidAccountError"),
        ({"AdminName": "pg_me"}, "InvalidParameterValue.InvalidAccountError"),
        ({"AdminName": "9lives"}, "InvalidParameterValue.InvalidAccountError"),
        ({"AdminPassword": "Short-1"}, "InvalidParameterValue.InvalidPasswordLengthError"),
        ({"AdminPassword": "nocapitals-1"}, "InvalidParameterValue.InvalidPasswordValueError"),
        ({"Zone": "ap-shanghai-2"}, "InvalidParameterValue.IllegalZone"),
        (
            {"DBNodeSet": [{"Role": "Primary", "Zone": "ap-guangzhou-3"}]},
            "InvalidParameterValue.InvalidParameterValueError",
        ),
        ({"DBMajorVersion": "8"}, "InvalidParameterValue.InvalidParameterValueError"),
        ({"DBMajorVersion": None}, "InvalidParameter.ParametersNotSet"),
        ({"VpcId": None, "SubnetId": None}, "FailedOperation.CreateBasicNetworkDeniedError"),
        ({"SubnetId": "subnet-00000000"}, "InvalidParameter.VpcNotFoundError"),
        ({"SecurityGroupIds": ["sg-00000000"]}, "InvalidParameterValue"),
        ({"Name": "no spaces"}, "InvalidParameterValue.ParameterCharacterError"),
        ({"Name": "x" * 60}, "InvalidParameterValue.ParameterLengthLimitError"),
        ({"DBEngine": "mssql_compatible"}, "NotEmulated"),
        ({"NeedSupportTDE": 1}, "NotEmulated"),
    ],
)
def test_a_wrong_order_is_refused_and_leaves_nothing(postgres, wrong, code):
    before = postgres.free(), len(postgres.world.read("postgres.instance", REGION))
    assert postgres.code("CreateInstances", **postgres.order(**wrong)) == code
    assert code in published("postgres") | {"NotEmulated"}
    assert (postgres.free(), len(postgres.world.read("postgres.instance", REGION))) == before


def test_an_isolated_instance_is_kept_for_seven_days_or_destroyed(postgres, key):
    free = postgres.free()
    postgres("CreateBaseBackup", DBInstanceId=key)
    assert postgres.code("DestroyDBInstance", DBInstanceId=key) == "OperationDenied.InstanceStatusLimitError"
    postgres("IsolateDBInstances", DBInstanceIdSet=[key])
    assert postgres.status(key) == "isolating"
    postgres.wait(30)
    shown = postgres.shown(key)
    assert shown["DBInstanceStatus"] == "isolated"
    assert shown["IsolatedTime"] > shown["CreateTime"]
    postgres("DisIsolateDBInstances", DBInstanceIdSet=[key])
    assert postgres.status(key) == "disisolating"
    postgres.wait(30)
    assert (postgres.status(key), postgres.shown(key)["IsolatedTime"]) == ("running", "0000-00-00 00:00:00")
    postgres.wait(8 * DAY)
    assert postgres.status(key) == "running"
    postgres("IsolateDBInstances", DBInstanceIdSet=[key])
    postgres.wait(30 + 7 * DAY - 1)
    assert postgres.status(key) == "isolated"
    postgres.wait(1)
    assert postgres.status(key) is None
    assert postgres.free() == free + 1
    for table in ("backup", "account", "settings"):
        assert not postgres.world.read(f"postgres.{table}", REGION).index("DBInstanceId").get(key)


def test_an_isolated_instance_can_be_destroyed_at_once(postgres, key):
    free = postgres.free()
    postgres("IsolateDBInstances", DBInstanceIdSet=[key])
    postgres.wait(30)
    postgres("DestroyDBInstance", DBInstanceId=key)
    assert postgres.status(key) == "offlining"
    [task] = postgres("DescribeTasks", DBInstanceId=key, OrderBy="StartTime", Limit=1)["TaskSet"]
    assert (task["TaskType"], task["Status"], task["Progress"]) == ("DestroyInstance", "Running", 0)
    postgres.wait(60)
    assert postgres.status(key) is None
    postgres.wait(8 * DAY)
    assert postgres.free() == free + 1


def test_a_protected_instance_is_not_isolated(postgres, key):
    postgres("ModifyDBInstanceDeletionProtection", DBInstanceId=key, DeletionProtection=True)
    code = postgres.code("IsolateDBInstances", DBInstanceIdSet=[key])
    assert code == "OperationDenied.InstanceStatusDeniedError"
    postgres("ModifyDBInstanceDeletionProtection", DBInstanceId=key, DeletionProtection=False)
    assert postgres.code("IsolateDBInstances", DBInstanceIdSet=[key]) is None


def test_one_paid_by_months_comes_back_for_further_months(postgres):
    answer = postgres("CreateInstances", **postgres.order(InstanceChargeType="PREPAID"))
    [deal] = postgres("DescribeOrders", DealNames=answer["DealNames"])["Deals"]
    [key] = deal["DBInstanceIdSet"]
    postgres.wait(180)
    end = postgres.shown(key)["ExpireTime"]
    postgres("IsolateDBInstances", DBInstanceIdSet=[key])
    postgres.wait(30)
    postgres("DisIsolateDBInstances", DBInstanceIdSet=[key], Period=2)
    postgres.wait(30)
    assert postgres.shown(key)["ExpireTime"] > end
    postgres("RenewInstance", DBInstanceId=key, Period=1)
    postgres("SetAutoRenewFlag", DBInstanceIdSet=[key], AutoRenewFlag=1)
    assert postgres.shown(key)["AutoRenew"] == 1
    hourly = postgres.made()
    assert postgres.code("RenewInstance", DBInstanceId=hourly, Period=1) == (
        "OperationDenied.PostPaidPayModeError"
    )
    code = postgres.code("SetAutoRenewFlag", DBInstanceIdSet=[hourly], AutoRenewFlag=1)
    assert code == "OperationDenied.PayModeError"


def test_restarts_and_changes_of_size_take_their_time(postgres, key):
    answer = postgres("RestartDBInstance", DBInstanceId=key)
    assert answer["FlowId"] == answer["TaskId"]
    assert (postgres.status(key), postgres.task(answer)) == ("restarting", "Running")
    code = postgres.code("RestartDBInstance", DBInstanceId=key)
    assert code == "OperationDenied.InstanceStatusLimitError"
    postgres.wait(30)
    assert (postgres.status(key), postgres.task(answer)) == ("running", "Success")
    postgres("ModifyDBInstanceSpec", DBInstanceId=key, Memory=8, Cpu=4, Storage=100)
    assert (postgres.status(key), postgres.shown(key)["DBInstanceMemory"]) == ("expanding", 4)
    postgres.wait(180)
    shown = postgres.shown(key)
    assert (shown["DBInstanceCpu"], shown["DBInstanceMemory"], shown["DBInstanceStorage"]) == (4, 8, 100)
    assert shown["DBInstanceClass"] == "pg.it.large2"
    wrong = postgres.code("ModifyDBInstanceSpec", DBInstanceId=key, Memory=7, Storage=100)
    assert wrong == "InvalidParameterValue.BadSpec"


def test_an_instance_is_opened_to_the_outside_and_closed(postgres, key):
    def public():
        [net] = [net for net in postgres.shown(key)["DBInstanceNetInfo"] if net["NetType"] == "public"]
        return net["Status"], net["Address"]

    postgres("OpenDBExtranetAccess", DBInstanceId=key)
    assert public() == ("opening", "")
    code = postgres.code("OpenDBExtranetAccess", DBInstanceId=key)
    assert code == "OperationDenied.InstanceStatusDeniedError"
    postgres.wait(30)
    assert public() == ("opened", f"{key}.sql.tencentcdb.com")
    postgres("CloseDBExtranetAccess", DBInstanceId=key)
    postgres.wait(30)
    assert public() == ("closed", "")
    assert postgres.code("OpenDBExtranetAccess", DBInstanceId=key, IsIpv6=1) == (
        "OperationDenied.InstanceIpv6NotSupportedError"
    )


def test_names_projects_and_groups_are_changed_at_once(postgres, key):
    postgres("ModifyDBInstanceName", DBInstanceId=key, InstanceName="other")
    assert postgres("ModifyDBInstancesProject", DBInstanceIdSet=[key], ProjectId="12")["Count"] == 1
    shown = postgres.shown(key)
    assert (shown["DBInstanceName"], shown["ProjectId"]) == ("other", 12)
    assert postgres.code("ModifyDBInstancesProject", DBInstanceIdSet=[key], ProjectId="x") == (
        "InvalidParameterValue.IllegalProjectId"
    )
    groups = [postgres.other_group, postgres.group]
    postgres("ModifyDBInstanceSecurityGroups", DBInstanceId=key, SecurityGroupIdSet=groups)
    shown = postgres("DescribeDBInstanceSecurityGroups", DBInstanceId=key)["SecurityGroupSet"]
    assert [group["SecurityGroupId"] for group in shown] == groups


# --- Accounts ---------------------------------------------------------------------------------------------


def account(key, **more):
    return {"DBInstanceId": key, "UserName": "app", "Type": "normal", "Password": PASSWORD, **more}


def accounts(postgres, key):
    return {each["UserName"]: each for each in postgres("DescribeAccounts", DBInstanceId=key)["Details"]}


def test_accounts_are_made_changed_locked_and_removed(postgres, key):
    postgres("CreateAccount", **account(key, Remark="备注"))
    postgres.wait(HOUR)
    one = {"DBInstanceId": key, "UserName": "app"}
    postgres("ModifyAccountRemark", **one, Remark="other")
    postgres("ResetAccountPassword", **one, Password="Another-pass2")
    postgres("LockAccount", **one)
    shown = accounts(postgres, key)["app"]
    assert (shown["Remark"], shown["Status"]) == ("other", 5)
    assert shown["CreateTime"] < shown["PasswordUpdateTime"]
    assert postgres.code("LockAccount", **one) == "FailedOperation.InvalidAccountStatus"
    postgres("UnlockAccount", **one)
    assert accounts(postgres, key)["app"]["Status"] == 2
    assert list(accounts(postgres, key)) == ["app", "chief"]
    postgres("DeleteAccount", **one)
    postgres("DeleteAccount", **one)
    assert list(accounts(postgres, key)) == ["chief"]
    assert PASSWORD not in repr([dict(row.value) for row in postgres.world.read("postgres.account", REGION)])


@pytest.mark.parametrize(
    ("action", "wrong", "code"),
    [
        ("CreateAccount", {"UserName": "chief"}, "InvalidParameterValue.AccountExist"),
        ("CreateAccount", {"UserName": "1a"}, "InvalidParameterValue.InvalidAccountNameFormatError"),
        ("CreateAccount", {"UserName": "pg_a"}, "InvalidParameterValue.InvalidAccountName"),
        ("CreateAccount", {"Type": "boss"}, "InvalidParameterValue.InvalidParameterValueError"),
        ("CreateAccount", {"Password": ""}, "InvalidParameter.ParametersNotSet"),
        ("CreateAccount", {"Password": "Weakpass"}, "InvalidParameterValue.InvalidPasswordValueError"),
        ("CreateAccount", {"Remark": "no!"}, "InvalidParameterValue.ParameterCharacterError"),
    ],
)
def test_a_wrong_wish_for_accounts_is_refused(postgres, key, action, wrong, code):
    assert postgres.code(action, **account(key, **wrong)) == code
    assert code in published("postgres")
    assert list(accounts(postgres, key)) == ["chief"]


def test_privileges_are_granted_and_revoked(postgres, key):
    postgres("CreateAccount", **account(key))
    one = {"DBInstanceId": key, "UserName": "app"}
    table = {"ObjectType": "table", "ObjectName": "t", "DatabaseName": "d", "SchemaName": "s"}
    itself = {"ObjectType": "account", "ObjectName": "app"}

    def modify(kind, thing, *words):
        privilege = {"Object": thing, "PrivilegeSet": list(words)}
        change = {"ModifyType": kind, "DatabasePrivilege": privilege}
        postgres("ModifyAccountPrivileges", **one, ModifyPrivilegeSet=[change])

    def may(thing):
        answer = postgres("DescribeAccountPrivileges", **one, DatabaseObjectSet=[thing])
        return answer["PrivilegeSet"][0]["PrivilegeSet"]

    assert (may(table), may(itself)) == ([], ["normal"])
    modify("grantObject", table, "SELECT", "INSERT")
    modify("revokeObject", table, "SELECT")
    modify("alterRole", itself, "tencentDBSuper")
    modify("grantRole", itself, "pg_read_all_data")
    assert (may(table), may(itself)) == (["INSERT"], ["tencentDBSuper"])
    assert accounts(postgres, key)["app"]["PGRoles"] == ["pg_read_all_data"]
    column = {"ObjectType": "column", "ObjectName": "c", "DatabaseName": "d", "SchemaName": "s"}
    assert postgres.code("DescribeAccountPrivileges", **one, DatabaseObjectSet=[column]) == (
        "InvalidParameter.ParametersNotSet"
    )


# --- Backups ----------------------------------------------------------------------------------------------


def test_a_plan_is_changed_and_the_rest_of_it_stays(postgres, key):
    [before] = postgres("DescribeBackupPlans", DBInstanceId=key)["Plans"]
    change = {
        "DBInstanceId": key,
        "BackupPeriod": ["tuesday", "monday"],
        "BaseBackupRetentionPeriod": 30,
        "MinBackupStartTime": "01:00:00",
        "MaxBackupStartTime": "02:00:00",
    }
    postgres("ModifyBackupPlan", **change)
    [after] = postgres("DescribeBackupPlans", DBInstanceId=key)["Plans"]
    assert json.loads(after["BackupPeriod"]) == ["tuesday", "monday"]
    assert (after["BaseBackupRetentionPeriod"], after["MaxBackupStartTime"]) == (30, "02:00:00")
    assert after["LogBackupRetentionPeriod"] == before["LogBackupRetentionPeriod"]
    for wrong in (
        {"BackupPeriod": ["monday"]},
        {"BackupPeriod": ["32"]},
        {"LogBackupRetentionPeriod": 6},
        {"MinBackupStartTime": "25:00:00"},
        {"MinBackupStartTime": "03:00:00"},
        {"PlanId": "nobody"},
    ):
        assert postgres.code("ModifyBackupPlan", DBInstanceId=key, **wrong) in published("postgres"), wrong
    assert postgres("DescribeBackupPlans", DBInstanceId=key)["Plans"] == [after]


def test_a_backup_is_made_found_and_deleted(postgres, key):
    made = postgres("CreateBaseBackup", DBInstanceId=key)["BaseBackupId"]
    code = postgres.code("DeleteBaseBackup", DBInstanceId=key, BaseBackupId=made)
    assert code == "OperationDenied.DeleteRunningBackupTaskErr"
    postgres.wait(60)
    name = postgres.shown(key)["DBInstanceName"]
    for filters in (
        [{"Name": "db-instance-id", "Values": [key]}],
        [{"Name": "base-backup-id", "Values": [made]}, {"Name": "db-instance-name", "Values": [name[:2]]}],
    ):
        [shown] = postgres("DescribeBaseBackups", Filters=filters)["BaseBackupSet"]
        assert (shown["Id"], shown["State"], shown["BackupMode"]) == (made, "finished", "manual")
    other = [{"Name": "db-instance-id", "Values": ["postgres-00000000"]}]
    assert postgres("DescribeBaseBackups", Filters=other)["TotalCount"] == 0
    assert postgres.code("DescribeBaseBackups", Filters=[{"Name": "colour", "Values": ["red"]}]) is not None
    postgres("DeleteBaseBackup", DBInstanceId=key, BaseBackupId=made)
    assert postgres("DescribeBaseBackups")["TotalCount"] == 0


def test_what_is_sold_can_be_ordered(postgres):
    versions = postgres("DescribeDBVersions")["VersionSet"]
    zones = [zone for zone in postgres("DescribeZones")["ZoneSet"] if zone["ZoneState"] == "AVAILABLE"]
    assert {REGION, "ap-shanghai"} <= {each["Region"] for each in postgres("DescribeRegions")["RegionSet"]}
    version, zone = versions[0], zones[0]
    classes = postgres(
        "DescribeClasses",
        Zone=zone["Zone"],
        DBEngine="postgresql",
        DBMajorVersion=version["DBMajorVersion"],
    )["ClassInfoSet"]
    for each in classes:
        key = postgres.made(
            SpecCode=each["SpecCode"],
            Storage=each["MinStorage"],
            DBMajorVersion=None,
            DBKernelVersion=version["DBKernelVersion"],
            Zone=zone["Zone"],
        )
        assert postgres.shown(key)["DBInstanceMemory"] * 1024 == each["Memory"]


def test_the_older_list_of_what_is_sold_says_the_same_of_every_version(postgres):
    versions = postgres("DescribeDBVersions")["VersionSet"]
    [spec] = postgres("DescribeProductConfig", Zone="ap-guangzhou-3")["SpecInfoList"]
    assert (spec["Region"], spec["Zone"]) == (REGION, "ap-guangzhou-3")
    kernels = {each["KernelVersion"] for each in spec["SpecItemInfoList"]}
    assert kernels == {each["DBKernelVersion"] for each in versions}
    item = spec["SpecItemInfoList"][-1]
    assert (item["MajorVersion"], item["VersionName"]) == ("10", "PostgreSQL 10")
    key = postgres.made(SpecCode=item["SpecCode"], DBMajorVersion=None, DBVersion=item["Version"])
    assert postgres.shown(key)["DBInstanceMemory"] * 1024 == item["Memory"]
    assert len(postgres("DescribeProductConfig")["SpecInfoList"]) > 1
    wrong = {"Zone": "ap-shanghai-2"}
    assert postgres.code("DescribeProductConfig", **wrong) == "InvalidParameterValue.IllegalZone"


def test_parameters_hold_after_a_while_and_what_was_set_stays_known(postgres, key):
    def value(name):
        answer = postgres("DescribeDBInstanceParameters", DBInstanceId=key, ParamName=name)
        [found] = answer["Detail"]
        return found["CurrentValue"]

    def events():
        answer = postgres("DescribeParamsEvent", DBInstanceId=key)
        return {each["ParamName"]: each["EventDetail"] for each in answer["EventItems"]}

    every = postgres("DescribeDBInstanceParameters", DBInstanceId=key)
    assert every["TotalCount"] == len(every["Detail"]) > 10
    assert events() == {}
    defaults = postgres("DescribeDefaultParameters", DBMajorVersion="14", DBEngine="postgresql")
    assert [each["CurrentValue"] for each in defaults["ParamInfoSet"]] == [""] * every["TotalCount"]
    assert [(each["Name"], each["DefaultValue"]) for each in defaults["ParamInfoSet"]] == [
        (each["Name"], each["CurrentValue"]) for each in every["Detail"]
    ]
    wrong = {"DBMajorVersion": "9", "DBEngine": "postgresql"}
    assert postgres.code("DescribeDefaultParameters", **wrong).startswith("InvalidParameterValue")
    [task] = [{"Name": "max_standby_streaming_delay", "ExpectedValue": "5000"}]
    answer = postgres("ModifyDBInstanceParameters", DBInstanceId=key, ParamList=[task])
    assert (value(task["Name"]), postgres.status(key)) == ("30000", "running")
    [event] = events()[task["Name"]]
    assert (event["State"], event["OldValue"], event["NewValue"]) == ("in progress", "30000", "5000")
    postgres.wait(10)
    assert (value(task["Name"]), postgres.task(answer)) == ("5000", "Success")
    restarting = [{"Name": "max_connections", "ExpectedValue": "1000"}, {**task, "ExpectedValue": "-1"}]
    postgres("ModifyDBInstanceParameters", DBInstanceId=key, ParamList=restarting)
    assert postgres.status(key) == "restarting"
    postgres.wait(30)
    assert (value("max_connections"), value(task["Name"])) == ("1000", "-1")
    assert [each["OldValue"] for each in events()[task["Name"]]] == ["5000", "30000"]
    assert {each["State"] for details in events().values() for each in details} == {"success"}


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("max_connections", "99", "InvalidParameterValue.InvalidParameterValueError"),
        ("max_connections", "many", "InvalidParameterValue.InvalidParameterValueError"),
        ("wal_level", "minimal", "InvalidParameterValue.InvalidParameterValueError"),
        ("jit", "on", "NotEmulated"),
    ],
)
def test_a_wrong_value_of_a_parameter_leaves_all_as_they_are(postgres, key, name, value, code):
    wanted = [{"Name": "lock_timeout", "ExpectedValue": "1"}, {"Name": name, "ExpectedValue": value}]
    assert postgres.code("ModifyDBInstanceParameters", DBInstanceId=key, ParamList=wanted) == code
    assert postgres("DescribeParamsEvent", DBInstanceId=key)["TotalCount"] == 0
