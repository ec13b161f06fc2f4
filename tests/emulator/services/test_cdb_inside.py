"""What is in and around a MySQL instance: accounts, backups, audit, parameters, network."""

import pytest

from .reads import REGION, published
from .test_cdb_life import Cdb

HOUR = 3600
APP, ANY = {"User": "app", "Host": "10.0.%"}, {"User": "app", "Host": "%"}


@pytest.fixture
def cdb():
    return Cdb()


@pytest.fixture
def key(cdb):
    return cdb.made()


def accounts(cdb, key):
    return {(each["User"], each["Host"]): each for each in cdb("DescribeAccounts", InstanceId=key)["Items"]}


# --- Accounts ---------------------------------------------------------------------------------------------


def test_an_account_is_made_changed_and_removed(cdb, key):
    answer = cdb(
        "CreateAccounts",
        InstanceId=key,
        Accounts=[APP, ANY],
        Password="Secret-pass1",
        Description="for the app",
        MaxUserConnections=30,
    )
    assert cdb.task(answer) == "RUNNING"
    cdb.wait(2)
    assert cdb.task(answer) == "SUCCESS"
    made = accounts(cdb, key)["app", "10.0.%"]
    assert (made["Notes"], made["MaxUserConnections"]) == ("for the app", 30)
    cdb.wait(HOUR)
    cdb("ModifyAccountDescription", InstanceId=key, Accounts=[APP], Description="other")
    cdb("ModifyAccountMaxUserConnections", InstanceId=key, Accounts=[APP], MaxUserConnections=40)
    cdb("ModifyAccountPassword", InstanceId=key, Accounts=[APP], NewPassword="Another-pass2")
    changed = accounts(cdb, key)["app", "10.0.%"]
    assert (changed["Notes"], changed["MaxUserConnections"]) == ("other", 40)
    assert changed["CreateTime"] == made["CreateTime"] < changed["ModifyPasswordTime"]
    cdb("ModifyAccountHost", InstanceId=key, User="app", Host="10.0.%", NewHost="10.1.2.3")
    assert set(accounts(cdb, key)) == {("root", "%"), ("app", "10.1.2.3"), ("app", "%")}
    cdb("DeleteAccounts", InstanceId=key, Accounts=[ANY, {"User": "app", "Host": "10.1.2.3"}])
    assert set(accounts(cdb, key)) == {("root", "%")}
    kept = repr([dict(row.value) for row in cdb.world.read("cdb.settings", REGION)])
    assert "Secret-pass1" not in kept
    assert "Another-pass2" not in kept


@pytest.mark.parametrize(
    ("action", "wrong", "code"),
    [
        ("CreateAccounts", {"Accounts": []}, "MissingParameter.AccountMissingParameterError"),
        ("CreateAccounts", {"Password": None}, "MissingParameter.MissingParamError"),
        ("CreateAccounts", {"Password": "short1"}, "InvalidParameterValue.AccountPasswordLengthError"),
        (
            "CreateAccounts",
            {"Accounts": [{"User": "1x", "Host": "%"}]},
            "InvalidParameterValue.UserNameRuleError",
        ),
        (
            "CreateAccounts",
            {"Accounts": [{"User": "x", "Host": "300.1.1.1"}]},
            "InvalidParameterValue.AccountHostRuleError",
        ),
        (
            "CreateAccounts",
            {"Accounts": [{"User": "root", "Host": "%"}]},
            "FailedOperation.CreateAccountError",
        ),
        (
            "CreateAccounts",
            {"Description": "x" * 256},
            "InvalidParameterValue.AccountDescriptionLengthError",
        ),
        (
            "CreateAccounts",
            {"MaxUserConnections": 10241},
            "InvalidParameterValue.InvalidParameterValueError",
        ),
        ("DeleteAccounts", {}, "InvalidParameterValue.UserNotExistError"),
        (
            "DeleteAccounts",
            {"Accounts": [{"User": "root", "Host": "%"}]},
            "OperationDenied.DeleteRootAccountError",
        ),
        (
            "ModifyAccountDescription",
            {"Accounts": [{"User": "root", "Host": "%"}, APP]},
            "InvalidParameterValue.UserNotExistError",
        ),
    ],
)
def test_a_wrong_wish_for_accounts_is_refused_and_changes_nothing(cdb, key, action, wrong, code):
    before = accounts(cdb, key)
    given = {"InstanceId": key, "Accounts": [APP]}
    if action == "CreateAccounts":
        given["Password"] = "Secret-pass1"
    params = {name: value for name, value in {**given, **wrong}.items() if value is not None}
    assert cdb.code(action, **params) == code
    assert code in published("cdb")
    assert accounts(cdb, key) == before


def test_privileges_are_set_granted_and_revoked(cdb, key):
    cdb("CreateAccounts", InstanceId=key, Accounts=[APP], Password="Secret-pass1")

    def may():
        return cdb("DescribeAccountPrivileges", InstanceId=key, **APP)

    def modify(**params):
        cdb("ModifyAccountPrivileges", InstanceId=key, Accounts=[APP], **params)

    assert not any(may().values())
    table = {"Database": "shop", "Table": "orders", "Privileges": ["SELECT"]}
    modify(GlobalPrivileges=["SELECT", "INSERT"], TablePrivileges=[table])
    assert may()["GlobalPrivileges"] == ["SELECT", "INSERT"]
    assert may()["TablePrivileges"] == [table]
    modify(
        ModifyAction="grant",
        GlobalPrivileges=["INSERT", "UPDATE"],
        DatabasePrivileges=[{"Database": "shop", "Privileges": ["DROP"]}],
    )
    assert may()["GlobalPrivileges"] == ["SELECT", "INSERT", "UPDATE"]
    assert may()["TablePrivileges"] == [table]
    modify(ModifyAction="revoke", GlobalPrivileges=["SELECT"], TablePrivileges=[table])
    assert may()["GlobalPrivileges"] == ["INSERT", "UPDATE"]
    assert may()["TablePrivileges"] == []
    # Without an action it is all that an account may do.
    modify(GlobalPrivileges=["SELECT"])
    assert may() == {
        "GlobalPrivileges": ["SELECT"],
        "DatabasePrivileges": [],
        "TablePrivileges": [],
        "ColumnPrivileges": [],
    }
    wrong = {"InstanceId": key, "Accounts": [APP], "GlobalPrivileges": ["SUPER"]}
    assert cdb.code("ModifyAccountPrivileges", **wrong) == "UnsupportedOperation.PrivilegesUnsupportedError"


# --- Backups ----------------------------------------------------------------------------------------------


def test_a_backup_is_made_listed_and_deleted(cdb, key):
    first = cdb("CreateBackup", InstanceId=key, BackupMethod="physical", ManualBackupName="mine")["BackupId"]
    [shown] = cdb("DescribeBackups", InstanceId=key)["Items"]
    assert (shown["BackupId"], shown["Status"], shown["Way"]) == (first, "RUNNING", "manual")
    assert cdb.code("DeleteBackup", InstanceId=key, BackupId=first) == "OperationDenied.ActionInProcess"
    cdb.wait(60)
    tables = [{"Db": "shop"}]
    second = cdb("CreateBackup", InstanceId=key, BackupMethod="logical", BackupDBTableList=tables)["BackupId"]
    listed = cdb("DescribeBackups", InstanceId=key)
    assert [(each["BackupId"], each["Status"], each["Method"]) for each in listed["Items"]] == [
        (second, "RUNNING", "partial"),
        (first, "SUCCESS", "full"),
    ]
    assert cdb("DescribeBackups", InstanceId=key, Limit=1, Offset=1)["Items"][0]["BackupId"] == first
    assert cdb("DescribeBackups", InstanceId=key, MinStartTime="2999-01-01 00:00:00")["TotalCount"] == 0
    cdb("DeleteBackup", InstanceId=key, BackupId=first)
    assert cdb("DescribeBackups", InstanceId=key)["TotalCount"] == 1
    other = cdb.made()
    assert cdb.code("DeleteBackup", InstanceId=other, BackupId=second) == "InvalidParameter.ResourceNotFound"


def test_what_is_said_of_backups_is_kept_and_the_rest_stays(cdb, key):
    before = cdb("DescribeBackupConfig", InstanceId=key)
    cdb("ModifyBackupConfig", InstanceId=key, ExpireDays=30, BinlogExpireDays=10, StartTime="10:00-14:00")
    after = cdb("DescribeBackupConfig", InstanceId=key)
    assert (after["BackupExpireDays"], after["BinlogExpireDays"]) == (30, 10)
    assert (after["StartTimeMin"], after["StartTimeMax"]) == (10, 14)
    assert after["BackupTimeWindow"]["Sunday"] == "10:00-14:00"
    assert after["BackupPeriodSaveDays"] == before["BackupPeriodSaveDays"]
    cdb("ModifyBackupConfig", InstanceId=key, BackupTimeWindow={"Tuesday": "02:00-06:00"})
    window = cdb("DescribeBackupConfig", InstanceId=key)["BackupTimeWindow"]
    assert (window["Tuesday"], window["Sunday"]) == ("02:00-06:00", "")


@pytest.mark.parametrize(
    "wrong",
    [
        {"ExpireDays": 6},
        {"BinlogExpireDays": 3651},
        {"StartTime": "03:00-04:00"},
        {"BackupMethod": "logical"},
        {"BackupTimeWindow": {"Monday": "02:00-06:00", "Tuesday": "06:00-10:00"}},
        {"BackupTimeWindow": {}},
        {"EnableBackupArchive": "yes"},
        {"EnableBackupArchive": "on", "BackupArchiveDays": 180},
        {"EnableBinlogStandby": "on"},
    ],
)
def test_a_wrong_wish_for_backups_is_refused_and_changes_nothing(cdb, key, wrong):
    before = cdb("DescribeBackupConfig", InstanceId=key)
    code = cdb.code("ModifyBackupConfig", InstanceId=key, **wrong)
    if wrong == {"BackupTimeWindow": {}}:
        assert code is None  # it says nothing
    else:
        assert code == "InvalidParameterValue.InvalidParameterValueError"
    assert cdb("DescribeBackupConfig", InstanceId=key) == before


# --- Audit ------------------------------------------------------------------------------------------------


def test_an_audit_is_opened_changed_and_closed(cdb, key):
    assert cdb.code("DescribeAuditConfig", InstanceId=key) == "FailedOperation.AuditConfigNotExist"
    cdb("OpenAuditService", InstanceId=key, LogExpireDay=30)
    assert cdb("DescribeAuditConfig", InstanceId=key)["IsOpening"] == "true"
    cdb.wait(30)
    shown = cdb("DescribeAuditConfig", InstanceId=key)
    assert (shown["IsOpening"], shown["LogExpireDay"]) == ("false", 30)
    assert cdb.code("OpenAuditService", InstanceId=key, LogExpireDay=30) is not None
    cdb("ModifyAuditService", InstanceId=key, LogExpireDay=180)
    assert cdb("DescribeAuditConfig", InstanceId=key)["LogExpireDay"] == 180
    cdb("CloseAuditService", InstanceId=key)
    assert cdb("DescribeAuditConfig", InstanceId=key)["IsClosing"] == "true"
    cdb.wait(30)
    assert cdb.code("DescribeAuditConfig", InstanceId=key) == "FailedOperation.AuditConfigNotExist"


def test_an_audit_that_cannot_be_is_refused(cdb, key):
    assert cdb.code("OpenAuditService", InstanceId=key, LogExpireDay=8) is not None
    assert cdb.code("OpenAuditService", InstanceId=key, LogExpireDay=7, HighLogExpireDay=30) is not None
    code = cdb.code("OpenAuditService", InstanceId=key, LogExpireDay=7, RuleTemplateIds=["cdb-art-1"])
    assert code == "OperationDenied.AuditRuleNotExistError"
    assert cdb.code("CloseAuditService", InstanceId=key) == "FailedOperation.AuditConfigNotExist"
    old = cdb.made(EngineVersion="5.5")
    code = cdb.code("OpenAuditService", InstanceId=old, LogExpireDay=7)
    assert code == "OperationDenied.UnsupportOpenAuditError"


# --- Parameters -------------------------------------------------------------------------------------------


def values(cdb, key):
    listed = cdb("DescribeInstanceParams", InstanceId=key)
    assert listed["TotalCount"] == len(listed["Items"])
    return {each["Name"]: each["CurrentValue"] for each in listed["Items"]}


def test_parameters_are_set_at_purchase_and_later(cdb):
    key = cdb.made(ParamList=[{"Name": "lower_case_table_names", "Value": "1"}])
    assert values(cdb, key)["lower_case_table_names"] == "1"
    answer = cdb(
        "ModifyInstanceParam",
        InstanceIds=[key],
        ParamList=[{"Name": "max_connections", "CurrentValue": "500"}],
    )
    assert values(cdb, key)["max_connections"] == "500"
    assert cdb.status(key) == (1, 0)
    cdb.wait(20)
    assert cdb.task(answer) == "SUCCESS"
    # This one needs a restart.
    charset = [{"Name": "character_set_server", "CurrentValue": "gbk"}]
    cdb("ModifyInstanceParam", InstanceIds=[key], ParamList=charset)
    assert cdb.status(key) == (1, 10)
    assert cdb("DescribeDBInstanceCharset", InstanceId=key)["Charset"] == "gbk"
    cdb.wait(20)
    assert cdb.status(key) == (1, 0)
    fixed = [{"Name": "lower_case_table_names", "CurrentValue": "0"}]
    assert cdb.code("ModifyInstanceParam", InstanceIds=[key], ParamList=fixed) is not None


def test_the_parameters_of_a_version_are_those_of_a_new_instance(cdb):
    listed = cdb("DescribeDefaultParams", EngineVersion="8.0", TemplateType="HIGH_STABILITY")
    key = cdb.made(EngineVersion="8.0")
    assert listed["Items"] == cdb("DescribeInstanceParams", InstanceId=key)["Items"]
    assert listed["TotalCount"] == len(listed["Items"])
    assert cdb.code("DescribeDefaultParams") == "MissingParameter.MissingParamError"
    wrong = {"EngineVersion": "5.7", "EngineType": "MyISAM"}
    assert cdb.code("DescribeDefaultParams", **wrong) == "InvalidParameterValue.InvalidParameterValueError"


def test_transaction_ids_can_be_had_from_56_on(cdb):
    key = cdb.made(EngineVersion="5.6")
    assert cdb("DescribeDBInstanceGTID", InstanceId=key)["IsGTIDOpen"] == 0
    cdb("OpenDBInstanceGTID", InstanceId=key)
    assert cdb("DescribeDBInstanceGTID", InstanceId=key)["IsGTIDOpen"] == 1
    old = cdb.made(EngineVersion="5.5")
    assert cdb.code("OpenDBInstanceGTID", InstanceId=old) == "OperationDenied.OperationDeniedError"


# --- Network ----------------------------------------------------------------------------------------------


def test_an_instance_is_opened_to_the_outside_and_closed(cdb, key):
    answer = cdb("OpenWanService", InstanceId=key)
    assert cdb.status(key) == (1, 4)
    assert cdb.code("CloseWanService", InstanceId=key) == "OperationDenied.InstanceTaskStatusError"
    cdb.wait(30)
    shown = cdb.shown(key)
    assert (shown["WanStatus"], shown["TaskStatus"], cdb.task(answer)) == (1, 0, "SUCCESS")
    assert shown["WanDomain"].startswith(key)
    assert shown["WanPort"] > 0
    assert cdb.code("OpenWanService", InstanceId=key) == "OperationDenied.OperationDeniedError"
    cdb("CloseWanService", InstanceId=key)
    cdb.wait(30)
    shown = cdb.shown(key)
    assert (shown["WanStatus"], shown["WanDomain"], shown["WanPort"]) == (2, "", 0)


def test_an_address_can_be_chosen_if_it_is_free_and_in_the_subnet(cdb, key):
    other = cdb.made()
    taken = cdb.shown(other)["Vip"]
    assert cdb.code("ModifyDBInstanceVipVport", InstanceId=key, DstIp=taken) == (
        "FailedOperation.VpcIpInUseError"
    )
    assert cdb.code("ModifyDBInstanceVipVport", InstanceId=key, DstIp="8.8.8.8") == (
        "FailedOperation.VpcIpNotInSubnetError"
    )
    free = cdb.free()
    wish = taken.rpartition(".")[0] + ".250"
    cdb("ModifyDBInstanceVipVport", InstanceId=key, DstIp=wish, DstPort=4000)
    assert (cdb.shown(key)["Vip"], cdb.shown(key)["Vport"], cdb.free()) == (wish, 4000, free)


def test_an_instance_that_moves_to_another_network_leaves_its_address_free_after_some_hours(cdb, key):
    old, free_here = cdb.shown(key)["Vip"], cdb.free()
    there = cdb.elsewhere["SubnetId"]
    free_there = cdb.free(there)
    cdb(
        "ModifyDBInstanceVipVport",
        InstanceId=key,
        UniqVpcId=cdb.elsewhere["VpcId"],
        UniqSubnetId=there,
        ReleaseDuration=2,
    )
    shown = cdb.shown(key)
    assert (shown["UniqVpcId"], shown["UniqSubnetId"]) == (cdb.elsewhere["VpcId"], there)
    assert (cdb.free(there), cdb.free()) == (free_there - 1, free_here)
    assert cdb.code("CreateDBInstanceHour", **cdb.order(Vips=[old])) == "FailedOperation.VpcIpInUseError"
    cdb.wait(2 * HOUR)
    assert cdb.free() == free_here + 1
    assert cdb.shown(cdb.made(Vips=[old]))["Vip"] == old


def test_security_groups_are_set_joined_and_left(cdb, key):
    def groups():
        return [each["SecurityGroupId"] for each in cdb("DescribeDBSecurityGroups", InstanceId=key)["Groups"]]

    other = cdb.made()
    cdb("ModifyDBInstanceSecurityGroups", InstanceId=key, SecurityGroupIds=[cdb.group])
    cdb("AssociateSecurityGroups", SecurityGroupId=cdb.other_group, InstanceIds=[key, other])
    assert groups() == [cdb.group, cdb.other_group]
    listed = cdb(
        "DescribeDBInstances", SecurityGroupId=cdb.other_group, WithSecurityGroup=1, InstanceIds=[key, other]
    )
    assert listed["TotalCount"] == 2
    cdb("DisassociateSecurityGroups", SecurityGroupId=cdb.group, InstanceIds=[key])
    assert groups() == [cdb.other_group]
    code = cdb.code("AssociateSecurityGroups", SecurityGroupId="sg-00000000", InstanceIds=[key])
    assert code == "InvalidParameter.ResourceNotFound"
    assert cdb("DescribeProjectSecurityGroups")["TotalCount"] > 0
