"""The life of TDSQL instances, whole (mariadb) and in shards (dcdb), which is nearly one."""

import pytest

from .reads import REGION, published
from .shop import Shop

HOUR, DAY = 3600, 86400
PASSWORD = "Secret-pass1"
FIRST = [
    {"Param": "character_set_server", "Value": "utf8mb4"},
    {"Param": "lower_case_table_names", "Value": "1"},
]


class Tdsql(Shop):
    """One of the two, with the names that the other one calls differently."""

    def __init__(self, service):
        super().__init__(service)
        self.is_sharded = service == "dcdb"
        self.noun = "DCDBInstance" if self.is_sharded else "DBInstance"

    def act(self, action, /, **params):
        """An action that both have, by mariadb's name: ``CreateHour*`` and the like."""
        return self(self.name(action), **params)

    def name(self, action):
        if self.is_sharded and action == "ActivateHour*":
            return "ActiveHourDCDBInstance"
        return action.replace("*", self.noun)

    def order(self, **more):
        size = {"Memory": 4, "Storage": 50, "NodeCount": 2}
        if self.is_sharded:
            size = {f"Shard{name}": value for name, value in size.items()} | {"ShardCount": 2}
        order = {
            **size,
            "Zones": ["ap-guangzhou-3", "ap-guangzhou-4"],
            "VpcId": self.vpc,
            "SubnetId": self.subnet,
            "InitParams": FIRST,
        }
        return {name: value for name, value in {**order, **more}.items() if value is not None}

    def sized(self, **size):
        """A size as the product calls it."""
        return {f"Shard{name}" if self.is_sharded else name: value for name, value in size.items()}

    def made(self, **more):
        """An instance that runs."""
        [key] = self.act("CreateHour*", **self.order(**more))["InstanceIds"]
        self.wait(180)
        return key

    def shown(self, key):
        found = self(f"Describe{self.noun}s", InstanceIds=[key])["Instances"]
        return found[0] if found else None

    def status(self, key):
        found = self.shown(key)
        return found and found["Status"]

    def flow(self, answer):
        return self("DescribeFlow", FlowId=answer["FlowId"])["Status"]


@pytest.fixture(params=["mariadb", "dcdb"])
def tdsql(request):
    return Tdsql(request.param)


@pytest.fixture
def key(tdsql):
    return tdsql.made()


def test_an_instance_is_what_was_ordered_once_it_has_been_made(tdsql):
    before = tdsql.free()
    answer = tdsql.act(
        "CreateHour*",
        **tdsql.order(
            DbVersionId="5.7",
            InstanceName="orders",
            ProjectId=4,
            SecurityGroupIds=[tdsql.group],
            ResourceTags=[{"TagKey": "env", "TagValue": "prod"}],
        ),
    )
    [key] = answer["InstanceIds"]
    [deal] = tdsql("DescribeOrders", DealNames=[answer["DealName"]])["Deals"]
    assert (deal["InstanceIds"], deal["PayMode"], deal["FlowId"]) == (None, 0, answer["FlowId"])
    assert (tdsql.status(key), tdsql.flow(answer)) == (0, 2)
    tdsql.wait(180)
    assert tdsql.flow(answer) == 0
    [deal] = tdsql("DescribeOrders", DealNames=[answer["DealName"]])["Deals"]
    assert deal["InstanceIds"] == [key]
    wanted = {
        "Status": 2,
        "StatusDesc": "运行中",
        "InstanceName": "orders",
        "ProjectId": 4,
        "Memory": 4,
        "Storage": 50,
        "Cpu": 2,
        "NodeCount": 2,
        "Zone": "ap-guangzhou-3",
        "DbVersion": "5.7.17",
        "Paymode": "postpaid",
        "UniqueVpcId": tdsql.vpc,
        "UniqueSubnetId": tdsql.subnet,
        "ResourceTags": [{"TagKey": "env", "TagValue": "prod"}],
        "AppId": tdsql.world.app_id,
    }
    shown = tdsql.shown(key)
    assert {name: shown[name] for name in wanted} == wanted
    detail = tdsql.act("Describe*Detail", InstanceId=key)
    assert (detail["SlaveZones"], detail["MasterZone"]) == (["ap-guangzhou-4"], "ap-guangzhou-3")
    assert detail["Vip"] == shown["Vip"]
    groups = tdsql("DescribeDBSecurityGroups", InstanceId=key, Product=tdsql.service)["Groups"]
    assert [group["SecurityGroupId"] for group in groups] == [tdsql.group]
    assert tdsql.free() == before - 1


def test_an_instance_without_first_parameters_is_raw_until_it_gets_them(tdsql):
    key = tdsql.made(InitParams=None)
    assert tdsql.status(key) == 3
    code = tdsql.code("ModifyDBInstanceName", InstanceId=key, InstanceName="x")
    assert code == "ResourceUnavailable.InstanceStatusAbnormal"
    begin = tdsql.name("Init*s")
    for wrong in (FIRST[:1], [*FIRST, {"Param": "sync_mode", "Value": "9"}], [{"Param": "x", "Value": "1"}]):
        code = tdsql.code(begin, InstanceIds=[key], Params=wrong)
        assert code == "InvalidParameterValue.IllegalInitParam"
    answer = tdsql(begin, InstanceIds=[key], Params=FIRST)
    flow = answer["FlowIds"][0] if tdsql.is_sharded else answer["FlowId"]
    assert (tdsql.status(key), tdsql.flow({"FlowId": flow})) == (4, 2)
    tdsql.wait(60)
    assert (tdsql.status(key), tdsql.flow({"FlowId": flow})) == (2, 0)
    code = tdsql.code(begin, InstanceIds=[key], Params=FIRST)
    assert code == "ResourceUnavailable.BadInstanceStatus"


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"Count": 0}, "InvalidParameterValue.IllegalQuantity"),
        ({"Memory": 3}, "InvalidParameter.SpecNotFound"),
        ({"Storage": 55}, "InvalidParameter.SpecNotFound"),
        ({"NodeCount": 4}, "InvalidParameter.SpecNotFound"),
        ({"Zones": ["ap-shanghai-2"]}, "InvalidParameterValue.IllegalZone"),
        ({"Zones": ["ap-guangzhou-3"] * 3}, "InvalidParameterValue.IllegalZone"),
        ({"DbVersionId": "4.0"}, "UnsupportedOperation.DbVersionNotSupported"),
        ({"VpcId": None}, "InvalidParameter.VpcNotFound"),
        ({"VpcId": "vpc-00000000"}, "InvalidParameter.VpcNotFound"),
        ({"SubnetId": "subnet-00000000"}, "InvalidParameter.SubnetNotFound"),
        ({"SubnetId": None}, "InvalidParameter.IllegalParameterError"),
        ({"SecurityGroupIds": ["sg-00000000"]}, "InvalidParameter.SGCheckFail"),
        ({"InstanceName": "no spaces"}, "InvalidParameter.IllegalParameterError"),
        ({"InitParams": FIRST[:1]}, "InvalidParameterValue.IllegalInitParam"),
        ({"CpuType": "Z80"}, "InvalidParameterValue.InvalidParameterValueError"),
        ({"Ipv6Flag": 1}, "NotEmulated"),
        ({"DcnRegion": "ap-shanghai"}, "NotEmulated"),
    ],
)
def test_a_wrong_order_is_refused_and_leaves_nothing(tdsql, wrong, code):
    sizes = {name: wrong[name] for name in ("Memory", "Storage", "NodeCount") if name in wrong}
    rest = {name: value for name, value in wrong.items() if name not in sizes}
    table = f"{tdsql.service}.instance"
    before = tdsql.free(), len(tdsql.world.read(table, REGION))
    assert tdsql.code(tdsql.name("CreateHour*"), **tdsql.order(**tdsql.sized(**sizes), **rest)) == code
    assert code in published(tdsql.service) | {"NotEmulated"}
    assert (tdsql.free(), len(tdsql.world.read(table, REGION))) == before


def test_one_paid_by_months_is_renewed_and_isolated_by_its_own_actions(tdsql):
    [key] = tdsql.act("Create*", **tdsql.order(Period=1))["InstanceIds"]
    tdsql.wait(180)
    end = tdsql.shown(key)["PeriodEndTime"]
    assert tdsql.act("IsolateHour*", InstanceIds=[key])["FailedInstanceIds"] == [key]
    assert tdsql.act("Isolate*", InstanceIds=[key])["SuccessInstanceIds"] == [key]
    tdsql.wait(30)
    assert tdsql.status(key) == -1
    assert tdsql.act("Renew*", InstanceId=key, Period=1)["DealName"]
    assert tdsql.status(key) == 2
    assert tdsql.shown(key)["PeriodEndTime"] > end
    tdsql.wait(8 * DAY)
    assert tdsql.status(key) == 2
    tdsql.act("Isolate*", InstanceIds=[key])
    tdsql.wait(30)
    assert tdsql.code(tdsql.name("DestroyHour*"), InstanceId=key) == "InvalidParameter.NotSupportedPayMode"
    tdsql.act("Destroy*", InstanceId=key)
    tdsql.wait(60)
    assert tdsql.status(key) is None


def test_an_isolated_instance_comes_back_or_goes_after_seven_days(tdsql, key):
    free = tdsql.free()
    answer = tdsql.act("IsolateHour*", InstanceIds=[key, "tdsql-00000000"])
    assert answer == {"SuccessInstanceIds": [key], "FailedInstanceIds": ["tdsql-00000000"]}
    assert tdsql.status(key) == 1
    tdsql.wait(30)
    assert tdsql.status(key) == -1
    assert tdsql.act("ActivateHour*", InstanceIds=[key])["SuccessInstanceIds"] == [key]
    tdsql.wait(8 * DAY)
    assert tdsql.status(key) == 2
    tdsql.act("IsolateHour*", InstanceIds=[key])
    tdsql.wait(30 + 7 * DAY - 1)
    assert tdsql.status(key) == -1
    tdsql.wait(1)
    assert tdsql.status(key) is None
    assert tdsql.free() == free + 1
    assert tdsql.row("settings", key) is None


def test_an_isolated_instance_can_be_destroyed_at_once(tdsql, key):
    destroy = tdsql.name("DestroyHour*")
    tdsql.act("IsolateHour*", InstanceIds=[key])
    assert tdsql.code(destroy, InstanceId=key) == "ResourceUnavailable.InstanceHasBeenLocked"
    tdsql.wait(30)
    answer = tdsql(destroy, InstanceId=key)
    assert (tdsql.status(key), tdsql.flow(answer)) == (5, 2)
    tdsql.wait(60)
    assert (tdsql.status(key), tdsql.flow(answer)) == (None, 0)


def test_a_running_instance_is_destroyed_if_it_is_paid_by_the_hour(tdsql, key):
    [other] = tdsql.act("Create*", **tdsql.order(Period=1))["InstanceIds"]
    tdsql.wait(180)
    for action in ("Destroy*", "DestroyHour*"):
        assert tdsql.code(tdsql.name(action), InstanceId=other).startswith(("ResourceUn", "InvalidP"))
    assert tdsql.status(other) == 2
    tdsql("ModifyInstanceProtectedProperty", InstanceId=key, ProtectedProperty=1)
    assert tdsql.code(tdsql.name("DestroyHour*"), InstanceId=key) == "UnsupportedOperation.InvalidOperation"
    tdsql("ModifyInstanceProtectedProperty", InstanceId=key, ProtectedProperty=0)
    answer = tdsql.act("DestroyHour*", InstanceId=key)
    assert tdsql.status(key) == 5
    tdsql.wait(60)
    assert (tdsql.status(key), tdsql.flow(answer)) == (None, 0)


def test_parameters_are_those_of_the_order_until_they_are_set(tdsql, key):
    def shown():
        answer = tdsql("DescribeDBParameters", InstanceId=key)
        assert answer["InstanceId"] == key
        return {each["Param"]: each for each in answer["Params"]}

    before = shown()
    assert (before["character_set_server"]["Value"], before["character_set_server"]["SetValue"]) == (
        "utf8mb4",
        "utf8mb4",
    )
    assert before["sync_mode"]["Value"] == before["sync_mode"]["Default"] == "2"
    assert not before["sync_mode"]["HaveSetValue"]
    wanted = {
        "auto_increment_increment": "7",
        "character_set_server": "GBK",
        "max_connections": "none",
        "innodb_page_size": "4096",
    }
    params = [{"Param": name, "Value": value} for name, value in wanted.items()]
    answer = tdsql("ModifyDBParameters", InstanceId=key, Params=params)
    assert [each["Code"] for each in answer["Result"]] == [0, 0, -2, -1]
    after = shown()
    changed = {name for name in after if after[name] != before[name]}
    assert changed == {"auto_increment_increment", "character_set_server"}
    assert after["auto_increment_increment"]["Value"] == after["auto_increment_increment"]["SetValue"] == "7"
    odd = [{"Param": "tmp_table_size", "Value": "1024"}]
    assert tdsql.code("ModifyDBParameters", InstanceId=key, Params=odd) == "NotEmulated"


def test_members_follow_in_another_way_after_a_while(tdsql, key):
    def modes():
        answer = tdsql("DescribeDBSyncMode", InstanceId=key)
        return answer["SyncMode"], answer["CurrentSyncMode"], answer["IsModifying"]

    assert modes() == (2, 1, 0)
    answer = tdsql("ModifyDBSyncMode", InstanceId=key, SyncMode=0)
    assert (modes(), tdsql.flow(answer)) == ((0, 0, 1), 2)
    tdsql.wait(10)
    assert (modes(), tdsql.flow(answer)) == ((0, 0, 0), 0)
    wrong = "InvalidParameterValue.InvalidParameterValueError"
    assert tdsql.code("ModifyDBSyncMode", InstanceId=key, SyncMode=3) == wrong


def test_a_protected_instance_is_not_isolated(tdsql, key):
    tdsql("ModifyInstanceProtectedProperty", InstanceId=key, ProtectedProperty=1)
    assert tdsql.act("IsolateHour*", InstanceIds=[key])["FailedInstanceIds"] == [key]
    assert tdsql.status(key) == 2
    tdsql("ModifyInstanceProtectedProperty", InstanceId=key, ProtectedProperty=0)
    assert tdsql.act("IsolateHour*", InstanceIds=[key])["SuccessInstanceIds"] == [key]


def test_names_and_projects_are_changed_at_once(tdsql, key):
    assert tdsql("ModifyDBInstanceName", InstanceId=key, InstanceName="新名")["InstanceId"] == key
    tdsql("ModifyDBInstancesProject", InstanceIds=[key], ProjectId=8)
    shown = tdsql.shown(key)
    assert (shown["InstanceName"], shown["ProjectId"]) == ("新名", 8)


def test_an_instance_is_opened_to_the_outside_and_closed(tdsql, key):
    answer = tdsql("OpenDBExtranetAccess", InstanceId=key)
    assert (tdsql.shown(key)["WanStatus"], tdsql.flow(answer)) == (3, 2)
    assert tdsql.code("OpenDBExtranetAccess", InstanceId=key) == "FailedOperation.WanStatusAbnormal"
    tdsql.wait(30)
    shown = tdsql.shown(key)
    assert (shown["WanStatus"], tdsql.flow(answer)) == (1, 0)
    assert shown["WanDomain"].startswith(key)
    tdsql("CloseDBExtranetAccess", InstanceId=key)
    tdsql.wait(30)
    shown = tdsql.shown(key)
    assert (shown["WanStatus"], shown["WanDomain"]) == (2, "")


def test_an_instance_moves_and_its_old_address_is_held_for_hours(tdsql, key):
    there, old = tdsql.elsewhere, tdsql.shown(key)["Vip"]
    here_free, there_free = tdsql.free(), tdsql.free(there["SubnetId"])
    place = {"InstanceId": key, "VpcId": there["VpcId"], "SubnetId": there["SubnetId"]}
    tdsql("ModifyInstanceNetwork", **place, VipReleaseDelay=2)
    shown = tdsql.shown(key)
    assert (shown["UniqueVpcId"], shown["UniqueSubnetId"]) == (there["VpcId"], there["SubnetId"])
    assert (tdsql.free(), tdsql.free(there["SubnetId"])) == (here_free, there_free - 1)
    other = tdsql.made()
    assert tdsql.shown(other)["Vip"] != old
    assert tdsql.code("ModifyInstanceVip", InstanceId=other, Vip=old) == "InvalidParameter.VipUsed"
    tdsql.wait(2 * HOUR)
    tdsql("ModifyInstanceVip", InstanceId=other, Vip=old, VipReleaseDelay=0)
    assert tdsql.shown(other)["Vip"] == old
    assert tdsql.code("ModifyInstanceVip", InstanceId=other, Vip=old) == "FailedOperation.VipNotChange"
    code = tdsql.code("ModifyInstanceVip", InstanceId=other, Vip="8.8.8.8")
    assert code == "InvalidParameter.VipNotInSubnet"
    tdsql("ModifyInstanceVport", InstanceId=key, Vport=4000)
    assert tdsql.shown(key)["Vport"] == 4000
    tdsql.wait(60)
    assert tdsql.free() == here_free


def test_security_groups_are_set_joined_and_left(tdsql, key):
    def groups():
        answer = tdsql("DescribeDBSecurityGroups", Product=tdsql.service, InstanceId=key)
        return [group["SecurityGroupId"] for group in answer["Groups"]]

    one = {"Product": tdsql.service, "InstanceIds": [key]}
    tdsql(
        "ModifyDBInstanceSecurityGroups",
        Product=tdsql.service,
        InstanceId=key,
        SecurityGroupIds=[tdsql.group],
    )
    tdsql("AssociateSecurityGroups", **one, SecurityGroupId=tdsql.other_group)
    assert groups() == [tdsql.group, tdsql.other_group]
    tdsql("DisassociateSecurityGroups", **one, SecurityGroupId=tdsql.group)
    assert groups() == [tdsql.other_group]
    code = tdsql.code("AssociateSecurityGroups", **one, SecurityGroupId="sg-00000000")
    assert code == "InvalidParameter.SGCheckFail"
    assert tdsql("DescribeProjectSecurityGroups", Product=tdsql.service)["Total"] > 1


# --- Accounts ---------------------------------------------------------------------------------------------


def accounts(tdsql, key):
    return {
        (each["UserName"], each["Host"]): each for each in tdsql("DescribeAccounts", InstanceId=key)["Users"]
    }


def who(key, user="app", host="10.0.%"):
    return {"InstanceId": key, "UserName": user, "Host": host}


def test_accounts_are_made_changed_cloned_and_removed(tdsql, key):
    answer = tdsql("CreateAccount", **who(key), Password=PASSWORD, Description="d", ReadOnly=1)
    assert answer == {**who(key), "ReadOnly": 1}
    tdsql("ModifyAccountDescription", **who(key), Description="other")
    tdsql("ResetAccountPassword", **who(key), Password="Another-pass2")
    tdsql(
        "CloneAccount",
        InstanceId=key,
        SrcUser="app",
        SrcHost="10.0.%",
        DstUser="twin",
        DstHost="%",
        DstDesc="t",
    )
    shown = accounts(tdsql, key)
    assert shown["app", "10.0.%"]["Description"] == "other"
    assert (shown["twin", "%"]["ReadOnly"], shown["twin", "%"]["Description"]) == (1, "t")
    tdsql("DeleteAccount", **who(key))
    assert set(accounts(tdsql, key)) == {("twin", "%")}
    kept = repr([dict(row.value) for row in tdsql.world.read(f"{tdsql.service}.settings", REGION)])
    assert PASSWORD not in kept
    assert "Another-pass2" not in kept


@pytest.mark.parametrize(
    ("action", "wrong", "code"),
    [
        ("CreateAccount", {"UserName": "1a"}, "InvalidParameter.IllegalParameterError"),
        ("CreateAccount", {"UserName": "root"}, "InvalidParameterValue.SuperUserForbidden"),
        ("CreateAccount", {"Host": "300.1.1.1"}, "InvalidParameter.IllegalParameterError"),
        ("CreateAccount", {"Password": "short"}, "InvalidParameter.CheckParamNotPass"),
        ("CreateAccount", {"Password": "with space 1"}, "InvalidParameter.CharacterError"),
        ("CreateAccount", {"ReadOnly": 4}, "InvalidParameter.IllegalParameterError"),
        ("CreateAccount", {"Description": "x" * 257}, "InvalidParameter.IllegalParameterError"),
        ("DeleteAccount", {}, "ResourceNotFound.AccountDoesNotExist"),
        ("ResetAccountPassword", {}, "ResourceNotFound.AccountDoesNotExist"),
    ],
)
def test_a_wrong_wish_for_accounts_is_refused(tdsql, key, action, wrong, code):
    given = {**who(key), **({} if action == "DeleteAccount" else {"Password": PASSWORD})}
    assert tdsql.code(action, **{**given, **wrong}) == code
    assert code in published(tdsql.service)
    assert not accounts(tdsql, key)


def test_which_passwords_are_taken_differs():
    # Documented: two of three kinds for the one, all four for the other.
    for service, code in (("mariadb", None), ("dcdb", "InvalidParameter.CheckParamNotPass")):
        product = Tdsql(service)
        assert product.code("CreateAccount", **who(product.made()), Password="lowercase1") == code


def test_privileges_are_set_place_by_place(tdsql, key):
    tdsql("CreateAccount", **who(key), Password=PASSWORD)

    def may(**place):
        return tdsql("DescribeAccountPrivileges", **who(key), **place)["Privileges"]

    table = {"DbName": "shop", "Type": "table", "Object": "orders"}
    tdsql("GrantAccountPrivileges", **who(key), **table, Privileges=["select", "update"])
    tdsql("GrantAccountPrivileges", **who(key), DbName="*", Privileges=["SELECT"])
    tdsql("GrantAccountPrivileges", **who(key), DbName="shop", Type="*", Privileges=["DROP"])
    assert may(**table) == ["SELECT", "UPDATE"]
    assert (may(DbName="*"), may(DbName="shop", Type="*")) == (["SELECT"], ["DROP"])
    assert may(**table, ColName="price") == []
    tdsql(
        "ModifyAccountPrivileges",
        InstanceId=key,
        Accounts=[{"User": "app", "Host": "10.0.%"}],
        GlobalPrivileges=["INSERT"],
        TablePrivileges=[{"Database": "shop", "Table": "orders", "Privileges": []}],
        ColumnPrivileges=[
            {"Database": "shop", "Table": "orders", "Column": "price", "Privileges": ["SELECT"]}
        ],
    )
    assert (may(DbName="*"), may(**table), may(**table, ColName="price")) == (["INSERT"], [], ["SELECT"])
    # What was not spoken of has stayed.
    assert may(DbName="shop", Type="*") == ["DROP"]
    wrong = {**who(key), **table, "Privileges": ["LOCK TABLES"]}
    assert tdsql.code("GrantAccountPrivileges", **wrong) == "InvalidParameterValue.IllegalRightParam"


def test_an_account_for_reading_is_not_let_write(tdsql, key):
    tdsql("CreateAccount", **who(key), Password=PASSWORD, ReadOnly=1)
    everywhere = {**who(key), "DbName": "*"}
    code = tdsql.code("GrantAccountPrivileges", **everywhere, Privileges=["SELECT", "INSERT"])
    assert code == "InvalidParameterValue.BadUserRight"
    assert tdsql.code("GrantAccountPrivileges", **everywhere, Privileges=["SELECT"]) is None


# --- What one of them has ---------------------------------------------------------------------------------


def test_mariadb_is_resized_restarted_and_backed_up():
    mariadb = Tdsql("mariadb")
    key = mariadb.made()
    mariadb("UpgradeHourDBInstance", InstanceId=key, Memory=16, Storage=100)
    assert (mariadb.status(key), mariadb.shown(key)["Memory"]) == (1, 4)
    code = mariadb.code("UpgradeHourDBInstance", InstanceId=key, Memory=32, Storage=100)
    assert code == "ResourceUnavailable.InstanceHasBeenLocked"
    mariadb.wait(180)
    shown = mariadb.shown(key)
    assert (shown["Status"], shown["Memory"], shown["Storage"], shown["Cpu"]) == (2, 16, 100, 4)
    answer = mariadb("RestartDBInstances", InstanceIds=[key])
    assert mariadb.status(key) == 6
    mariadb.wait(30)
    assert (mariadb.status(key), mariadb.flow(answer)) == (2, 0)
    assert mariadb("DescribeBackupTime", InstanceIds=[key])["TotalCount"] == 0
    mariadb("ModifyBackupTime", InstanceId=key, StartBackupTime="03:00", EndBackupTime="05:59")
    [time] = mariadb("DescribeBackupTime", InstanceIds=[key])["Items"]
    assert (time["StartBackupTime"], time["EndBackupTime"]) == ("03:00", "05:59")
    wrong = {"InstanceId": key, "StartBackupTime": "25:00", "EndBackupTime": "26:00"}
    assert mariadb.code("ModifyBackupTime", **wrong) == "InvalidParameter.IllegalTime"


def test_dcdb_shows_the_shards_it_was_ordered_with():
    dcdb = Tdsql("dcdb")
    key = dcdb.made(ShardCount=4, SecurityGroupId=dcdb.group)
    detail = dcdb("DescribeDCDBInstanceDetail", InstanceId=key)
    assert (len(detail["Shards"]), detail["Memory"], detail["Storage"]) == (4, 16, 200)
    shards = dcdb("DescribeDCDBShards", InstanceId=key)
    assert [shard["Range"] for shard in shards["Shards"]] == ["0-15", "16-31", "32-47", "48-63"]
    one = shards["Shards"][2]["ShardInstanceId"]
    [found] = dcdb("DescribeDCDBShards", InstanceId=key, ShardInstanceIds=[one])["Shards"]
    assert found["ShardInstanceId"] == one
    code = dcdb.code("DescribeDCDBShards", InstanceId=key, ShardInstanceIds=["shard-0"])
    assert code == "InvalidParameterValue.ShardNotExist"
    for count in (1, 9):
        code = dcdb.code("CreateHourDCDBInstance", **dcdb.order(ShardCount=count))
        assert code == "InvalidParameter.SpecNotFound"


def test_what_is_sold_can_be_ordered(tdsql):
    if tdsql.is_sharded:
        infos = tdsql("DescribeShardSpec")["SpecConfig"][0]["SpecConfigInfos"]
        regions = tdsql("DescribeDCDBSaleInfo")["RegionList"]
    else:
        infos = tdsql("DescribeDBInstanceSpecs")["Specs"][0]["SpecInfos"]
        regions = tdsql("DescribeSaleInfo")["RegionList"]
    [here] = [region for region in regions if region["Region"] == REGION]
    zone = here["AvailableChoice"][0]["MasterZone"]["Zone"]
    for info in infos:
        size = tdsql.sized(Memory=info["Memory"], Storage=info["MaxStorage"], NodeCount=info["NodeCount"])
        key = tdsql.made(**size, Zones=[zone])
        assert (tdsql.shown(key)["Cpu"], tdsql.status(key)) == (info["Cpu"], 2)
