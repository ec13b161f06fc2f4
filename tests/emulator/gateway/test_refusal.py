"""How products say that CAM refused, and under which names CAM knows what was refused."""

import pytest

from emulator import Emulator
from emulator.gateway import refusal
from scenarios.direct import Direct, Failed
from tests.emulator.services.reads import published

REGION = "ap-guangzhou"


@pytest.fixture(scope="module")
def direct():
    return Direct.open()


@pytest.fixture(scope="module")
def nobody(direct):
    return direct.user("nobody")


def refused(direct, key, action, **params):
    with pytest.raises(Failed) as failed:
        direct.call(action, params, key=key, region=REGION)
    return failed.value


def said(direct, key, action, **params):
    """The message with which a call failed; empty for an answer."""
    try:
        direct.call(action, params, key=key, region=REGION)
    except Failed as failed:
        return failed.message
    return ""


@pytest.mark.parametrize(
    ("action", "code"),
    [
        ("cdb:DescribeDBInstances", "AuthFailure.SubAccountDenied"),
        ("cfw:DescribeAcLists", "UnauthorizedOperation.PermissionDenied"),
        ("dcdb:DescribeDCDBInstances", "UnauthorizedOperation.PermissionDenied"),
        ("es:DescribeInstances", "AuthFailure.UnAuthDescribeInstances"),
        ("es:DescribeIndexList", "AuthFailure.UnAuthorizedOperation"),
        ("postgres:DescribeDBInstances", "AuthFailure.UnauthorizedOperation"),
        ("ssl:DescribeCertificates", "AuthFailure.UnauthorizedOperation"),
        ("tcr:DescribeInstances", "UnauthorizedOperation.ErrorTcrUnauthorized"),
        ("vpc:DescribeSubnets", "UnauthorizedOperation"),
    ],
)
def test_each_product_refuses_in_its_own_published_code_and_the_common_words(direct, nobody, action, code):
    least = {"IndexType": "normal"} if action == "es:DescribeIndexList" else {}
    error = refused(direct, nobody, action, **least)
    assert error.code == code
    assert code in published(action.partition(":")[0])
    assert f"you are not authorized to perform operation ({action})\nresource (" in error.message


ADDRESSES = {
    "AllocateAddresses": {},
    "AssociateAddress": {"AddressId": "eip-00000000"},
    "DescribeAddresses": {},
    "DisassociateAddress": {"AddressId": "eip-00000000"},
    "ModifyAddressAttribute": {"AddressId": "eip-00000000"},
    "ReleaseAddresses": {"AddressIds": ["eip-00000000"]},
}


@pytest.mark.parametrize("name", ADDRESSES)
def test_elastic_addresses_are_asked_about_in_the_namespace_of_cvm(direct, name):
    def allow(action):
        return {"version": "2.0", "statement": [{"effect": "allow", "action": action, "resource": "*"}]}

    network = direct.user(f"network-{name}", allow("vpc:*"))
    error = refused(direct, network, f"vpc:{name}", **ADDRESSES[name])
    assert error.code == "UnauthorizedOperation"
    assert f"operation (cvm:{name})\nresource (qcs::cvm:{REGION}:uin/{direct.world.uin}:eip/" in error.message
    granted = direct.user(f"granted-{name}", allow(f"cvm:{name}"))
    assert "authorized" not in said(direct, granted, f"vpc:{name}", **ADDRESSES[name])


def test_a_preset_of_the_network_is_enough_for_addresses_and_not_for_security_groups(direct):
    key = direct.user("builder", "QcloudVPCFullAccess")
    assert direct.call("vpc:AllocateAddresses", key=key, region=REGION)["AddressSet"]
    group = {"GroupName": "web", "GroupDescription": ""}
    error = refused(direct, key, "vpc:CreateSecurityGroup", **group)
    assert (
        f"(cvm:CreateSecurityGroup)\nresource (qcs::cvm:{REGION}:uin/{direct.world.uin}:sg/*)"
        in error.message
    )
    direct.call(
        "vpc:CreateSecurityGroup", group, key=direct.user("host", "QcloudCVMFullAccess"), region=REGION
    )


def test_every_code_that_a_product_has_of_its_own_is_published():
    for name, code in refusal._OWN_CODES.items():
        service = name.partition(":")[0]
        if service in ("cdb", "cfw", "dcdb", "es", "mariadb", "tcr"):
            assert code in published(service), name


def test_a_planned_denial_stops_what_cam_knows_by_another_name():
    with Emulator() as cloud:
        user = cloud.add_user("all", policies="AdministratorAccess")
        vpc = cloud.client("vpc", "2017-03-12", REGION, user=user)
        for action in ("DescribeVpcs", "DescribeAddresses"):
            vpc.call_json(action, {})
        rule = cloud.deny("vpc:Describe*")
        for action, known in (
            ("DescribeVpcs", "vpc"),
            ("DescribeAddresses", "cvm"),
            ("DescribeSubnets", "vpc"),
        ):
            with pytest.raises(Exception, match=f"operation .{known}:{action}."):
                vpc.call_json(action, {})
        cloud.allow(rule)
        vpc.call_json("DescribeAddresses", {})
        needed = cloud.policy_from_calls(user="all", outcome="ok")
        actions = {name for statement in needed["statement"] for name in statement["action"]}
        assert {"cvm:DescribeAddresses", "vpc:DescribeVpcs"} <= actions
        assert "vpc:DescribeAddresses" not in actions


def test_lint_and_simulate_know_that_addresses_go_by_another_name():
    with Emulator() as cloud:
        wrong = {
            "version": "2.0",
            "statement": [{"effect": "allow", "action": "vpc:ReleaseAddresses", "resource": "*"}],
        }
        [finding] = cloud.lint_policy(wrong)
        assert (finding["severity"], finding["rule"]) == ("error", "unknown-action")
        assert finding["message"] == "CAM knows ReleaseAddresses as cvm:ReleaseAddresses"
        assert cloud.simulate_policy(wrong, "vpc:ReleaseAddresses")["effect"] == "deny"
        right = {**wrong, "statement": [{**wrong["statement"][0], "action": "cvm:ReleaseAddresses"}]}
        assert cloud.lint_policy(right) == []
        assert cloud.simulate_policy(right, "vpc:ReleaseAddresses")["effect"] == "allow"
        assert cloud.simulate_policy(right, "cvm:ReleaseAddresses")["effect"] == "allow"
