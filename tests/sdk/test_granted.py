"""What the policies of the guide grant, read closely: the demo through the official SDK, over a socket."""

import json
from importlib import import_module

import pytest
from tencentcloud.common.credential import Credential
from tencentcloud.common.exception.tencent_cloud_sdk_exception import TencentCloudSDKException
from tencentcloud.common.profile.client_profile import ClientProfile
from tencentcloud.common.profile.http_profile import HttpProfile

REGION = "ap-guangzhou"
VERSIONS = {
    "cbs": "2017-03-12",
    "cdb": "2017-03-20",
    "cfw": "2019-09-04",
    "clb": "2018-03-17",
    "cvm": "2017-03-12",
    "dcdb": "2018-04-11",
    "es": "2018-04-16",
    "mariadb": "2017-03-12",
    "postgres": "2017-03-12",
    "redis": "2018-04-12",
    "ssl": "2019-12-05",
    "tcr": "2019-09-24",
    "vpc": "2017-03-12",
    "waf": "2018-01-25",
}


@pytest.fixture
def ask(account):
    def ask(action, user=None, **params):
        service, _, name = action.partition(":")
        package = f"tencentcloud.{service}.v{VERSIONS[service].replace('-', '')}"
        module, models = (import_module(f"{package}.{part}") for part in (f"{service}_client", "models"))
        signer = user or account
        profile = ClientProfile(
            httpProfile=HttpProfile(protocol="http", endpoint=account.endpoint.removeprefix("http://"))
        )
        client = getattr(module, f"{service.capitalize()}Client")(
            Credential(signer.secret_id, signer.secret_key), REGION, profile
        )
        request = getattr(models, f"{name}Request")()
        request.from_json_string(json.dumps(params))
        return json.loads(getattr(client, name)(request).to_json_string())

    return ask


@pytest.fixture
def code(ask):
    def code(action, user=None, **params):
        with pytest.raises(TencentCloudSDKException) as failed:
            ask(action, user, **params)
        return failed.value.get_code()

    return code


# By action: where the list is, how many come unasked, how many at most, and the code for more and for none.
PAGES = {
    "cvm:DescribeInstances": ("InstanceSet", 20, 100, "InvalidParameterValue.LimitExceeded"),
    "cbs:DescribeDisks": ("DiskSet", 20, 100, "InvalidParameterValue.LimitExceeded"),
    "clb:DescribeLoadBalancers": ("LoadBalancerSet", 20, 100, "InvalidParameterValue.Range"),
    "cdb:DescribeDBInstances": ("Items", 20, 2000, "InvalidParameter"),
    "dcdb:DescribeDCDBInstances": ("Instances", 10, 100, "InvalidParameter.IllegalParameterError"),
    "es:DescribeInstances": ("InstanceList", 20, 100, "InvalidParameterValue"),
    "mariadb:DescribeDBInstances": ("Instances", 20, 100, "InvalidParameter.IllegalParameterError"),
    "postgres:DescribeDBInstances": ("DBInstanceSet", 10, 100, "InvalidParameterValue.ParameterOutOfRange"),
    "redis:DescribeInstances": ("InstanceSet", 20, 1000, "InvalidParameter.IllegalParameterError"),
    "tcr:DescribeInstances": ("Registries", 20, 100, "InvalidParameter.ErrorTcrInvalidParameter"),
    "vpc:DescribeNetworkAcls": ("NetworkAclSet", 20, 100, "InvalidParameterValue.Range"),
    "vpc:DescribeSecurityGroups": ("SecurityGroupSet", 20, 100, "InvalidParameterValue.Range"),
    "vpc:DescribeSubnets": ("SubnetSet", 20, 100, "InvalidParameterValue.Range"),
}


@pytest.mark.parametrize(("action", "page"), PAGES.items(), ids=PAGES)
def test_pages_are_as_long_as_the_prose_says_and_the_same_twice(ask, code, action, page):
    into, standard, most, beyond = page
    kind = str if action in ("vpc:DescribeSecurityGroups", "vpc:DescribeSubnets") else int
    whole = ask(action, Limit=kind(most), Offset=kind(0))
    total = whole["TotalCount"]
    assert len(whole[into]) == min(total, most) > 0
    assert len(ask(action)[into]) == min(total, standard)
    again = ask(action, Limit=kind(most), Offset=kind(0))
    assert again[into] == whole[into]
    assert ask(action, Limit=kind(1), Offset=kind(1_000_000 if most != 1000 else 5000))[into] == []
    assert code(action, Limit=kind(most + 1)) == beyond
    if action != "postgres:DescribeDBInstances":
        assert code(action, Limit=kind(0)).startswith("InvalidParameter")


def test_a_limit_that_is_cut_or_means_the_standard_is_no_error(ask):
    every = ask("ssl:DescribeCertificates", Limit=5000)
    assert len(every["Certificates"]) == every["TotalCount"] > 10
    assert len(ask("ssl:DescribeCertificates")["Certificates"]) == 10
    assert len(ask("postgres:DescribeDBInstances", Limit=0)["DBInstanceSet"]) > 0


def test_what_stands_behind_a_balancer_is_healthy_or_said_to_be_absent(ask, code):
    some = ask("clb:DescribeLoadBalancers", Limit=2)["LoadBalancerSet"]
    keys = [each["LoadBalancerId"] for each in some]
    answer = ask("clb:DescribeTargetHealth", LoadBalancerIds=keys)
    assert [each["LoadBalancerId"] for each in answer["LoadBalancers"]] == keys
    absent = code("clb:DescribeTargetHealth", LoadBalancerIds=["lb-zzzzzzzz"])
    assert absent == "InvalidParameter.LBIdNotFound"


def test_the_disks_of_a_host_are_found_by_its_name_and_address(ask):
    hosts = ask("cvm:DescribeInstances", Limit=100)["InstanceSet"]
    host = next(each for each in hosts if each["DataDisks"])
    own = {disk["DiskId"] for disk in [host["SystemDisk"], *host["DataDisks"]]}
    for name, value in (
        ("instance-id", host["InstanceId"]),
        ("instance-ip-address", host["PrivateIpAddresses"][0]),
    ):
        found = ask("cbs:DescribeDisks", Filters=[{"Name": name, "Values": [value]}])["DiskSet"]
        assert {disk["DiskId"] for disk in found} == own
    called = [each["InstanceId"] for each in hosts if each["InstanceName"] == host["InstanceName"]]
    found = ask("cbs:DescribeDisks", Filters=[{"Name": "instance-name", "Values": [host["InstanceName"]]}])
    assert {disk["InstanceId"] for disk in found["DiskSet"]} >= {host["InstanceId"]}
    assert {disk["InstanceId"] for disk in found["DiskSet"]} & set(called)


def test_subnets_are_the_same_by_tokens_and_by_numbers(ask):
    by_number = ask("vpc:DescribeSubnets", Limit="100")["SubnetSet"]
    found, token = [], ""
    while True:
        page = ask("vpc:DescribeSubnets", MaxResults=7, NextToken=token)
        found += page["SubnetSet"]
        if not (token := page["NextToken"]):
            break
    assert found == by_number


REFUSALS = {
    "cdb:DescribeDBInstances": "AuthFailure.SubAccountDenied",
    "cfw:DescribeAcLists": "UnauthorizedOperation.PermissionDenied",
    "es:DescribeInstances": "AuthFailure.UnAuthDescribeInstances",
    "tcr:DescribeInstances": "UnauthorizedOperation.ErrorTcrUnauthorized",
    "vpc:DescribeAddresses": "UnauthorizedOperation",
    "waf:DescribeDomains": "UnauthorizedOperation",
}


@pytest.mark.parametrize(("action", "expected"), REFUSALS.items(), ids=REFUSALS)
def test_whoever_was_granted_nothing_is_refused_in_the_products_words(account, code, action, expected):
    nobody = account.add_user("nobody")
    least = {"Offset": 0, "Limit": 1, "Filters": []} if action == "waf:DescribeDomains" else {}
    assert code(action, nobody, **least) == expected
