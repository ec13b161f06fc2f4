import pytest

from emulator.contract.catalog import catalog
from emulator.contract.conform import complete
from emulator.world.shelves import Row
from tests.emulator.services.acting import REGION, Account


@pytest.fixture
def account():
    return Account()


@pytest.fixture
def subnet(account):
    return account.subnet(account.vpc())


def allot(account, **params):
    answer = account("vpc:AllocateAddresses", **params)
    account.advance()
    return answer["AddressSet"][0]


def shown(account, key):
    [found] = account("vpc:DescribeAddresses", AddressIds=[key])["AddressSet"]
    return found


def public(account, host):
    [found] = account("cvm:DescribeInstances", InstanceIds=[host])["InstanceSet"]
    return found["PublicIpAddresses"]


def test_an_address_is_made_bound_freed_and_given_back_by_the_clock(account, subnet):
    host = account.host(subnet)
    answer = account("vpc:AllocateAddresses", AddressCount=2, AddressName="a")
    key, _ = answer["AddressSet"]
    task = int(answer["TaskId"])
    assert shown(account, key)["AddressStatus"] == "CREATING"
    assert account.code("vpc:AssociateAddress", AddressId=key, InstanceId=host) == (
        "InvalidAddressIdStatus.NotPermit"
    )
    assert account("vpc:DescribeTaskResult", TaskId=task)["Result"] == "RUNNING"
    account.advance()
    assert account("vpc:DescribeTaskResult", TaskId=task)["Result"] == "SUCCESS"
    before = shown(account, key)
    assert (before["AddressStatus"], before["InstanceId"], before["Bandwidth"]) == ("UNBIND", None, 1)
    account("vpc:AssociateAddress", AddressId=key, InstanceId=host)
    assert (shown(account, key)["AddressStatus"], public(account, host)) == ("BINDING", None)
    account.advance()
    bound = shown(account, key)
    assert (bound["AddressStatus"], bound["InstanceId"], bound["InstanceType"]) == ("BIND", host, "CVM")
    assert public(account, host) == [bound["AddressIp"]]
    assert account.code("vpc:ReleaseAddresses", AddressIds=[key]) == "InvalidAddressIdStatus.NotPermit"
    account("vpc:DisassociateAddress", AddressId=key)
    assert shown(account, key)["AddressStatus"] == "UNBINDING"
    account.advance()
    assert shown(account, key) == before
    assert public(account, host) is None
    account("vpc:ReleaseAddresses", AddressIds=[key])
    assert shown(account, key)["AddressStatus"] == "OFFLINING"
    account.advance()
    assert account("vpc:DescribeAddresses", AddressIds=[key])["AddressSet"] == []


def test_at_no_pace_everything_is_immediate(account, subnet):
    account.world.pace = 0
    [key] = account("vpc:AllocateAddresses")["AddressSet"]
    host = account.host(subnet)
    account("vpc:AssociateAddress", AddressId=key, InstanceId=host)
    assert shown(account, key)["AddressStatus"] == "BIND"
    assert public(account, host) == [shown(account, key)["AddressIp"]]


def test_a_primary_interface_shows_the_address_of_its_host(account, subnet):
    host, key = account.host(subnet), allot(account)
    account("vpc:AssociateAddress", AddressId=key, InstanceId=host)
    account.advance()
    interface = shown(account, key)["NetworkInterfaceId"]
    [found] = account("vpc:DescribeNetworkInterfaces", NetworkInterfaceIds=[interface])["NetworkInterfaceSet"]
    assert (found["Primary"], found["Attachment"]["InstanceId"]) == (True, host)
    [private] = found["PrivateIpAddressSet"]
    assert (private["AddressId"], private["PublicIpAddress"]) == (key, shown(account, key)["AddressIp"])


def test_a_host_has_one_public_address_on_its_primary_one(account, subnet):
    host, wan = account.host(subnet, 1), account.host(subnet, 2, PublicIpAddresses=["43.1.1.1"])
    key, other = allot(account), allot(account)
    account("vpc:AssociateAddress", AddressId=key, InstanceId=host)
    assert account.code("vpc:AssociateAddress", AddressId=other, InstanceId=host) == (
        "InvalidInstanceId.AlreadyBindEip"
    )
    assert account.code("vpc:AssociateAddress", AddressId=other, InstanceId=wan) == (
        "InvalidParameterValue.InstanceHasWanIP"
    )


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"InstanceState": "STOPPED", "StopChargingMode": "KEEP_CHARGING"}, None),
        (
            {"InstanceState": "STOPPED", "StopChargingMode": "STOP_CHARGING"},
            "UnsupportedOperation.InstanceStatusNotPermit",
        ),
        ({"InstanceState": "PENDING"}, "InvalidParameterValue.InvalidInstanceState"),
    ],
)
def test_the_state_of_a_host_decides_whether_an_address_is_bound_to_it(account, subnet, members, expected):
    host = account.host(subnet, **members)
    assert account.code("vpc:AssociateAddress", AddressId=allot(account), InstanceId=host) == expected


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({}, "InvalidParameterValue.MissingAssociateEntity"),
        ({"InstanceId": "ins-99999999"}, "InvalidInstanceId.NotFound"),
        ({"InstanceId": "x"}, "InvalidParameterValue.InstanceIdMalformed"),
        ({"InstanceId": "nat-12345678"}, "NotEmulated"),
        ({"NetworkInterfaceId": "eni-12345678"}, "MissingParameter"),
        (
            {"NetworkInterfaceId": "eni-12345678", "PrivateIpAddress": "10.0.0.9"},
            "InvalidNetworkInterfaceId.NotFound",
        ),
        ({"NetworkInterfaceId": "eni-12345678", "InstanceId": "ins-99999999"}, "InvalidParameterConflict"),
    ],
)
def test_what_cannot_be_bound_to_is_refused(account, params, expected):
    assert account.code("vpc:AssociateAddress", AddressId=allot(account), **params) == expected


def test_an_address_of_an_interface_that_no_host_has_says_so(account, subnet):
    made = account(
        "vpc:CreateNetworkInterface",
        VpcId=subnet["VpcId"],
        SubnetId=subnet["SubnetId"],
        NetworkInterfaceName="e",
        SecondaryPrivateIpAddressCount=1,
    )["NetworkInterface"]
    account.advance()
    interface, [_, second] = made["NetworkInterfaceId"], made["PrivateIpAddressSet"]
    key = allot(account)
    ask = {"AddressId": key, "NetworkInterfaceId": interface}
    account("vpc:AssociateAddress", PrivateIpAddress=second["PrivateIpAddress"], **ask)
    account.advance()
    assert (shown(account, key)["AddressStatus"], shown(account, key)["InstanceType"]) == ("BIND_ENI", "ENI")
    again = {**ask, "AddressId": allot(account), "PrivateIpAddress": second["PrivateIpAddress"]}
    assert account.code("vpc:AssociateAddress", **again) == "InvalidPrivateIpAddress.AlreadyBindEip"
    assert (
        account.code("vpc:DeleteNetworkInterface", NetworkInterfaceId=interface)
        == "UnsupportedOperation.BindEIP"
    )
    gone = {
        "NetworkInterfaceId": interface,
        "PrivateIpAddresses": [{"PrivateIpAddress": second["PrivateIpAddress"]}],
    }
    assert account.code("vpc:UnassignPrivateIpAddresses", **gone) == "UnsupportedOperation.BindEIP"
    account("vpc:DisassociateAddress", AddressId=key)
    account.advance()
    account("vpc:UnassignPrivateIpAddresses", **gone)


def test_an_address_outlives_its_host(account, subnet):
    host, key = account.host(subnet), allot(account)
    account("vpc:AssociateAddress", AddressId=key, InstanceId=host)
    account.advance()
    account.drop_host(host)
    filters = [{"Name": "address-status", "Values": ["UNBIND"]}]
    [found] = account("vpc:DescribeAddresses", Filters=filters)["AddressSet"]
    assert (found["AddressId"], found["InstanceId"]) == (key, None)
    account("vpc:ReleaseAddresses", AddressIds=[key])


def test_a_token_given_twice_allots_once(account):
    first = account("vpc:AllocateAddresses", ClientToken="t")
    assert account("vpc:AllocateAddresses", ClientToken="t") == first
    assert len(account.rows("vpc.address")) == 1
    assert account.code("vpc:AllocateAddresses", ClientToken="t", AddressCount=2) == (
        "UnsupportedOperation.IdempotentParameterMismatch"
    )


def test_twenty_addresses_and_forty_a_day_are_the_quota(account):
    def quotas():
        found = account("vpc:DescribeAddressQuota")["QuotaSet"]
        return {each["QuotaId"]: (each["QuotaCurrent"], each["QuotaLimit"]) for each in found}

    account.world.pace = 0
    made = account("vpc:AllocateAddresses", AddressCount=20)["AddressSet"]
    assert account.code("vpc:AllocateAddresses") == "AddressQuotaLimitExceeded"
    assert quotas()["TOTAL_EIP_QUOTA"] == (20, 20)
    account("vpc:ReleaseAddresses", AddressIds=made)
    made = account("vpc:AllocateAddresses", AddressCount=20)["AddressSet"]
    account("vpc:ReleaseAddresses", AddressIds=made)
    assert quotas()["DAILY_EIP_APPLY"] == (40, 40)
    assert account.code("vpc:AllocateAddresses") == "AddressQuotaLimitExceeded.DailyAllocate"
    account.advance(86400)
    account("vpc:AllocateAddresses")


@pytest.mark.parametrize(
    ("params", "expected"),
    [
        ({"InternetMaxBandwidthOut": 100}, None),
        ({"InternetMaxBandwidthOut": 101}, "InvalidParameterValue.BandwidthOutOfRange"),
        ({"InternetMaxBandwidthOut": 0}, "InvalidParameterValue.BandwidthTooSmall"),
        ({"InternetMaxBandwidthOut": 2000, "InternetChargeType": "BANDWIDTH_PACKAGE"}, None),
        ({"InternetChargeType": "x"}, "InvalidParameterValue"),
        ({"InternetChargeType": "BANDWIDTH_PREPAID_BY_MONTH"}, "MissingParameter"),
        (
            {"InternetChargeType": "BANDWIDTH_PREPAID_BY_MONTH", "AddressChargePrepaid": {"Period": 13}},
            "InvalidParameterValue.Range",
        ),
        ({"InternetServiceProvider": "CMCC"}, "UnauthorizedOperation.InvalidAccount"),
        ({"AddressType": "HighQualityEIP"}, "UnsupportedOperation.UnsupportedRegion"),
        ({"AddressName": "a b"}, "InvalidParameterValue"),
        ({"AddressCount": 0}, "InvalidParameterValue.Range"),
        ({"Egress": "center_egress2"}, "NotEmulated"),
    ],
)
def test_what_is_allotted_is_what_can_be_had(account, params, expected):
    assert account.code("vpc:AllocateAddresses", **params) == expected


def test_name_width_and_payment_change(account):
    key = allot(account)
    account("vpc:ModifyAddressAttribute", AddressId=key, AddressName="new")
    account("vpc:ModifyAddressesBandwidth", AddressIds=[key], InternetMaxBandwidthOut=50)
    assert (shown(account, key)["AddressName"], shown(account, key)["Bandwidth"]) == ("new", 50)
    monthly = {
        "AddressId": key,
        "InternetChargeType": "BANDWIDTH_PREPAID_BY_MONTH",
        "InternetMaxBandwidthOut": 150,
        "AddressChargePrepaid": {"Period": 1},
    }
    account("vpc:ModifyAddressInternetChargeType", **monthly)
    paid = shown(account, key)
    assert (paid["Bandwidth"], paid["RenewFlag"]) == (150, "NOTIFY_AND_AUTO_RENEW")
    assert paid["DeadlineDate"] > paid["CreatedTime"]
    flag = {"AddressIds": [key], "RenewFlag": "NOTIFY_AND_MANUAL_RENEW"}
    account("vpc:ModifyAddressesRenewFlag", **flag)
    assert shown(account, key)["RenewFlag"] == "NOTIFY_AND_MANUAL_RENEW"


def test_an_address_that_is_paid_in_advance_is_isolated_before_it_is_released(account):
    monthly = {"InternetChargeType": "BANDWIDTH_PREPAID_BY_MONTH", "AddressChargePrepaid": {"Period": 1}}
    key, hourly = allot(account, **monthly), allot(account)
    account("vpc:ReleaseAddresses", AddressIds=[key])
    account.advance()
    assert shown(account, key)["IsArrears"]
    before = shown(account, key)["DeadlineDate"]
    longer = {"AddressChargePrepaid": {"Period": 2, "AutoRenewFlag": 0}}
    assert account.code("vpc:RenewAddresses", AddressIds=[key, hourly], **longer) == (
        "UnsupportedOperation.InvalidAddressInternetChargeType"
    )
    account("vpc:RenewAddresses", AddressIds=[key], **longer)
    back = shown(account, key)
    assert (back["IsArrears"], back["RenewFlag"]) == (False, "NOTIFY_AND_MANUAL_RENEW")
    assert back["DeadlineDate"] > before
    for _ in range(2):
        account("vpc:ReleaseAddresses", AddressIds=[key])
        account.advance()
    assert account("vpc:DescribeAddresses", AddressIds=[key])["TotalCount"] == 0


def test_ids_exclude_the_filter_for_ids_and_no_other(account):
    key = allot(account)

    def found(*names):
        filters = [{"Name": name, "Values": [value]} for name, value in names]
        return account("vpc:DescribeAddresses", AddressIds=[key], Filters=filters)["TotalCount"]

    assert found(("address-status", "UNBIND")) == 1
    assert found(("business-type", "CDC")) == 0
    assert (
        account.code(
            "vpc:DescribeAddresses", AddressIds=[key], Filters=[{"Name": "address-id", "Values": [key]}]
        )
        == "InvalidParameter.Coexist"
    )


def test_packages_that_somebody_put_there_are_found_by_what_shares_them(account):
    package = complete(
        catalog().shape("vpc", "2017-03-12", "BandwidthPackage"),
        {
            "BandwidthPackageId": "bwp-12345678",
            "ResourceSet": [
                {"ResourceType": "Address", "ResourceId": "eip-12345678", "AddressIp": "1.1.1.1"}
            ],
        },
    )
    account.world.write("vpc.bandwidthpackage", REGION).put("bwp-12345678", Row(package))
    for key, count in (("eip-12345678", 1), ("eip-87654321", 0)):
        asked = [{"Name": "resource.resource-id", "Values": [key]}]
        assert account("vpc:DescribeBandwidthPackages", Filters=asked)["TotalCount"] == count


def test_names_that_are_no_addresses_are_refused(account):
    assert (
        account.code("vpc:ReleaseAddresses", AddressIds=["x"]) == "InvalidParameterValue.AddressIdMalformed"
    )
    assert account.code("vpc:ReleaseAddresses", AddressIds=["eip-12345678"]) == "InvalidAddressId.NotFound"
    assert account.code("vpc:DescribeTaskResult", TaskId=1) == "ResourceNotFound"
    assert account.code("vpc:DescribeTaskResult") == "MissingParameter"


def test_no_two_addresses_are_the_same(account):
    account.world.pace = 0
    account("vpc:AllocateAddresses", AddressCount=20)
    addresses = [row["AddressIp"] for row in account.rows("vpc.address", REGION)]
    assert len(set(addresses)) == 20
