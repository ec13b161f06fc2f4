import pytest

from connector.errors import SecretUnreadable


def test_a_good_key_is_valid(onboarded):
    report = onboarded.check_key("prod")
    assert (report.verdict, report.troubles, report.missing) == ("valid", (), ())
    assert report.identity.Uin == "100000000002"


def test_a_disabled_or_deleted_key_is_told(onboarded, cloud):
    cloud.keys.clear()
    report = onboarded.check_key("prod")
    assert report.verdict == "disabled or deleted"
    assert report.troubles[0].evidence.request_id == "req-key"
    assert onboarded.accounts()[0].standing == "ABNORMAL"


def test_a_wrong_secret_is_told(onboarded, cloud, key):
    cloud.keys[key["secret_id"]] = "changed"
    assert onboarded.check_key("prod").verdict == "wrong secret"


def test_missing_permissions_are_named_with_the_policy(onboarded, cloud):
    cloud.deny("cvm:DescribeInstances")
    report = onboarded.check_key("prod")
    assert (report.verdict, report.missing) == ("under-privileged", ("cvm:DescribeInstances",))
    assert report.troubles[0].policy["statement"][0]["action"] == ["cvm:DescribeInstances"]
    assert onboarded.accounts()[0].standing == "ABNORMAL"


def test_a_permission_missing_in_one_region_is_named_with_the_region(onboarded, cloud):
    cloud.deny("cvm:DescribeInstances", "ap-shanghai")
    report = onboarded.check_key("prod")
    assert report.verdict == "under-privileged"
    assert "ap-shanghai" in report.troubles[0].what
    assert onboarded.accounts()[0].standing == "PARTIAL"


@pytest.mark.parametrize(
    ("code", "verdict"),
    [
        ("AuthFailure.SignatureExpire", "clock skew"),
        ("ClientNetworkError", "unreachable"),
        ("RequestLimitExceeded", "unreachable"),
    ],
)
def test_what_is_not_the_keys_fault_leaves_the_account_as_it_was(onboarded, cloud, code, verdict):
    cloud.fail(code)
    assert onboarded.check_key("prod").verdict == verdict
    assert onboarded.accounts()[0].standing == "ACTIVE"


@pytest.mark.parametrize(
    "code", ["AuthFailure.TokenFailure", "AuthFailure.InvalidSecretId", "AuthFailure.MFAFailure"]
)
def test_any_other_refusal_of_the_key_is_refused(onboarded, cloud, code):
    cloud.fail(code)
    assert onboarded.check_key("prod").verdict == "refused"


def test_a_failure_in_one_region_leaves_the_question_open(onboarded, cloud):
    cloud.fail("InternalError", region="ap-shanghai")
    assert onboarded.check_key("prod").verdict == "inconclusive"


def test_an_unsupported_region_says_nothing_of_the_key(onboarded, cloud):
    cloud.fail("UnsupportedRegion", region="ap-shanghai")
    assert onboarded.check_key("prod").verdict == "valid"


def test_a_key_that_dies_while_it_is_tried_is_told(onboarded, cloud):
    cloud.fail("AuthFailure.SecretIdNotFound", region="ap-shanghai")
    assert onboarded.check_key("prod").verdict == "disabled or deleted"


def test_a_check_after_the_grant_is_valid_again(onboarded, cloud):
    rule = cloud.deny("cvm:DescribeInstances")
    onboarded.check_key("prod")
    cloud.rules.remove(rule)
    assert onboarded.check_key("prod").verdict == "valid"
    assert onboarded.accounts()[0].standing == "ACTIVE"


def test_without_the_master_key_the_secret_stays_shut(make_connector, key, tmp_path):
    url = f"sqlite:///{tmp_path}/c.db"
    make_connector(url).onboard(name="prod", **key)
    (tmp_path / "c.db.key").unlink()
    with pytest.raises(SecretUnreadable, match="master key"):
        make_connector(url).check_key("prod")
