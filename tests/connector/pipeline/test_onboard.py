import pytest

from connector.errors import BadInput, CloudError, NotFound, Refused

OTHER = {"secret_id": "AKID" + "b" * 32, "secret_key": "another"}


def refusal(connector, key, **options):
    with pytest.raises(Refused) as caught:
        connector.onboard(name="prod", **key, **options)
    assert connector.accounts() == []
    return caught.value


def test_a_good_key_is_admitted(connector, key):
    result = connector.onboard(name="prod", **key)
    (account,) = connector.accounts()
    assert account == result.account
    assert (account.name, account.owner_uin, account.uin, account.standing) == (
        "prod",
        "100000000001",
        "100000000002",
        "ACTIVE",
    )
    assert [region.name for region in connector.regions("prod") if region.selected] == [
        "ap-guangzhou",
        "ap-shanghai",
    ]


def test_the_steps_are_told_in_order(connector, key):
    steps = []
    connector.onboard(name="prod", **key, on_step=lambda step: steps.append(step.name))
    assert steps == ["key", "identity", "regions", "permissions", "admit"]


def test_blanks_around_a_key_do_no_harm(connector, key):
    padded = {name: f"  {value}\n" for name, value in key.items()}
    assert connector.onboard(name=" prod ", **padded).account.name == "prod"


def test_everything_wrong_with_the_form_is_told_at_once_and_no_call_is_made(connector, cloud):
    with pytest.raises(BadInput) as caught:
        connector.onboard(name=" ", secret_id="AKID-no", secret_key="two words", regions=[])
    places = [violation.where for violation in caught.value.violations]
    assert sorted(places) == ["SecretId", "SecretKey", "name", "regions"]
    assert "two words" not in str(caught.value)
    assert cloud.calls == []


def test_a_temporary_key_is_known_by_its_length(connector):
    with pytest.raises(BadInput, match="temporary"):
        connector.onboard(name="prod", secret_id="AKID" + "x" * 60, secret_key="s")


def test_an_unknown_feature_is_refused(connector, key):
    with pytest.raises(BadInput, match="features"):
        connector.onboard(name="prod", **key, features=["host", "ciem"])


def test_a_mistyped_secret_id_is_told_from_a_wrong_secret(connector, cloud, key):
    unknown = refusal(connector, OTHER)
    assert (unknown.step, unknown.troubles[0].case) == ("identity", "F01")
    assert unknown.troubles[0].evidence.request_id == "req-key"
    wrong = refusal(connector, key | {"secret_key": "wrong"})
    assert (wrong.step, wrong.troubles[0].case) == ("identity", "F02")


def test_the_root_key_is_refused_with_the_reason(connector, cloud, key):
    cloud.identities[key["secret_id"]] = ("100000000001", "100000000001")
    trouble = refusal(connector, key).troubles[0]
    assert trouble.case == "F06"
    assert "root account" in trouble.what
    assert "sub-user" in trouble.remedy


def test_a_role_is_refused_as_temporary(connector, cloud, key, monkeypatch):
    role = {"AccountId": "1", "PrincipalId": "2", "Type": "CAMRole"}
    monkeypatch.setattr(cloud, "identity", lambda call: role)
    assert refusal(connector, key).troubles[0].case == "F10"


def test_our_clock_is_told_from_a_bad_key(connector, cloud, key, clock):
    now = int(clock.seconds)

    def late(call):
        return CloudError(
            "AuthFailure.SignatureExpire", f"Signature expired ... the server time {now + 600}.", "r"
        )

    cloud.rules.append(late)
    trouble = refusal(connector, key).troubles[0]
    assert trouble.case == "F05"
    assert "by 600 s (behind)" in trouble.what
    assert "Nothing is wrong with the key" in trouble.remedy


def test_an_unreachable_cloud_is_told_from_a_bad_key(connector, cloud, key):
    cloud.fail("ClientNetworkError")
    assert refusal(connector, key).troubles[0].case == "F22"


def test_a_failure_that_passes_is_sat_out(connector, cloud, key):
    cloud.fail("InternalError", times=3)
    assert connector.onboard(name="prod", **key).account.standing == "ACTIVE"


def test_identity_falls_back_to_cam(connector, cloud, key):
    cloud.deny("sts:GetCallerIdentity")
    assert connector.onboard(name="prod", **key).account.owner_uin == "100000000001"


def test_an_unknown_identity_says_nothing_against_the_key(connector, cloud, key):
    cloud.deny("sts:GetCallerIdentity")
    cloud.deny("cam:GetUserAppId")
    account = connector.onboard(name="prod", **key).account
    assert (account.owner_uin, account.standing) == ("", "ACTIVE")


def test_nothing_granted_is_refused_with_the_policy_to_attach(connector, cloud, key):
    cloud.deny("cvm:DescribeInstances")
    cloud.deny("cvm:DescribeRegions")
    error = refusal(connector, key)
    trouble = error.troubles[0]
    assert (error.step, trouble.case) == ("permissions", "F11")
    assert trouble.policy["statement"][0]["action"] == ["cvm:DescribeInstances", "cvm:DescribeRegions"]
    assert "QcloudCVMReadOnlyAccess" in trouble.remedy
    assert trouble.evidence.code == "UnauthorizedOperation"
    assert trouble.evidence.request_id.startswith("req-")


def test_denied_in_one_region_is_admitted_as_partial(connector, cloud, key):
    cloud.deny("cvm:DescribeInstances", "ap-shanghai")
    result = connector.onboard(name="prod", **key)
    assert result.account.standing == "PARTIAL"
    assert [(one.case, one.missing) for one in result.troubles] == [("F15", ("cvm:DescribeInstances",))]
    assert "ap-shanghai" in result.troubles[0].what


def test_without_the_region_list_the_published_one_serves(connector, cloud, key):
    cloud.deny("cvm:DescribeRegions")
    result = connector.onboard(name="prod", **key)
    assert [one.missing for one in result.troubles] == [("cvm:DescribeRegions",)]
    assert {"ap-guangzhou", "ap-singapore"} <= {region.name for region in result.regions}


def test_chosen_regions_only_are_probed_and_selected(connector, cloud, key):
    connector.onboard(name="prod", **key, regions=["ap-shanghai"])
    assert [region.name for region in connector.regions("prod") if region.selected] == ["ap-shanghai"]
    assert {call.region for call in cloud.calls if call.action == "cvm:DescribeInstances"} == {"ap-shanghai"}


def test_a_region_that_is_not_there_is_refused_with_those_that_are(connector, key):
    with pytest.raises(BadInput, match=r"mars.*ap-guangzhou"):
        connector.onboard(name="prod", **key, regions=["mars"])
    assert connector.accounts() == []


def test_a_closed_region_cannot_be_chosen(connector, cloud, key):
    cloud.regions["ap-shanghai"] = "UNAVAILABLE"
    with pytest.raises(BadInput, match="ap-shanghai"):
        connector.onboard(name="prod", **key, regions=["ap-shanghai"])


def test_one_key_or_name_is_onboarded_once(onboarded, key):
    with pytest.raises(BadInput) as caught:
        onboarded.onboard(name="prod", **key)
    assert {violation.where for violation in caught.value.violations} == {"name", "SecretId"}


def test_one_tencent_account_is_onboarded_once_and_rotation_is_offered(onboarded, cloud):
    cloud.keys[OTHER["secret_id"]] = OTHER["secret_key"]
    with pytest.raises(Refused, match="rotate-key prod"):
        onboarded.onboard(name="again", **OTHER)


def test_a_new_key_of_the_same_account_replaces_the_old(onboarded, cloud, key):
    cloud.keys = {OTHER["secret_id"]: OTHER["secret_key"]}
    assert onboarded.check_key("prod").verdict == "disabled or deleted"
    assert onboarded.rotate_key("prod", **OTHER).cred_version == 2
    assert onboarded.check_key("prod").verdict == "valid"


def test_a_new_key_of_another_account_is_refused(onboarded, cloud):
    cloud.keys[OTHER["secret_id"]] = OTHER["secret_key"]
    cloud.identities[OTHER["secret_id"]] = ("999", "998")
    with pytest.raises(Refused) as caught:
        onboarded.rotate_key("prod", **OTHER)
    assert caught.value.troubles[0].case == "F08"
    assert onboarded.accounts()[0].cred_version == 1


def test_the_probe_reads_one_row_and_changes_nothing(connector, cloud, key):
    connector.onboard(name="prod", **key)
    assert {call.action for call in cloud.calls} == {
        "sts:GetCallerIdentity",
        "cvm:DescribeRegions",
        "cvm:DescribeInstances",
    }
    assert all(call.params in ({}, {"Limit": 1}) for call in cloud.calls)


def test_an_account_that_was_not_onboarded_is_named(connector):
    with pytest.raises(NotFound, match="'prod'"):
        connector.sync("prod")
