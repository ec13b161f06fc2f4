import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector import Connector
from connector.engine.embedded import Embedded
from connector.errors import CloudError


def by_region(report):
    return {result.region: result for result in report.results if result.kind == "host"}


def stored(connector, **options):
    return {(one.region, one.native_id) for one in connector.assets("host", **options)}


def existing(cloud):
    return {(region, row["InstanceId"]) for region, rows in cloud.hosts.items() for row in rows}


def test_every_region_is_read_whole(onboarded, cloud):
    cloud.add_hosts("ap-guangzhou", 250, start=1000)
    report = onboarded.sync("prod")
    assert report.complete
    assert {region: result.outcome for region, result in by_region(report).items()} == {
        "ap-guangzhou": "Complete",
        "ap-shanghai": "Complete",
    }
    assert stored(onboarded) == existing(cloud)


def test_hosts_are_shown_in_our_fields(onboarded):
    onboarded.sync("prod")
    host = onboarded.assets("host", region="ap-shanghai")[0]
    assert host.fields["VendorUid"] == "100000000001"
    assert host.fields["VendorUserName"] == "prod"
    assert host.fields["RegionName"] == "Ap-Shanghai"
    assert (host.fields["Mem"], host.fields["Status"]) == (4096, "Running")


def test_an_asset_has_the_same_id_in_every_store(make_connector, key):
    ids = []
    for _ in range(2):
        connector = make_connector()
        connector.onboard(name="prod", **key)
        connector.sync("prod")
        ids.append([one.id for one in connector.assets("host")])
    assert ids[0] == ids[1]


def test_a_denied_region_loses_nothing_and_says_what_to_grant(onboarded, cloud):
    onboarded.sync("prod")
    before = stored(onboarded)
    cloud.deny("cvm:DescribeInstances", "ap-shanghai")
    cloud.hosts["ap-shanghai"].clear()
    for _ in range(3):
        report = onboarded.sync("prod")
    result = by_region(report)["ap-shanghai"]
    assert (result.outcome, result.ok, result.change.kept) == ("Denied", False, 2)
    assert result.trouble.missing == ("cvm:DescribeInstances",)
    assert result.trouble.evidence.request_id == result.why.request_id != ""
    assert not report.complete
    assert stored(onboarded) == before
    assert onboarded.accounts()[0].standing == "PARTIAL"


def test_a_broken_region_does_not_hold_up_the_others(onboarded, cloud):
    onboarded.sync("prod")
    cloud.fail("InternalError", action="cvm:DescribeInstances", region="ap-shanghai")
    cloud.add_hosts("ap-guangzhou", 1, start=500)
    report = onboarded.sync("prod")
    assert by_region(report)["ap-shanghai"].outcome == "Broken"
    assert by_region(report)["ap-guangzhou"].change.new == 1
    assert onboarded.accounts()[0].standing == "ACTIVE", (
        "the cloud's failures are not held against the account"
    )


def test_the_account_recovers_when_the_denial_ends(onboarded, cloud):
    rule = cloud.deny("cvm:DescribeInstances", "ap-shanghai")
    onboarded.sync("prod")
    cloud.rules.remove(rule)
    assert onboarded.sync("prod").complete
    assert onboarded.accounts()[0].standing == "ACTIVE"


def test_a_dead_key_stops_the_run_and_keeps_everything(onboarded, cloud):
    onboarded.sync("prod")
    before = stored(onboarded)
    cloud.keys.clear()
    report = onboarded.sync("prod")
    assert {result.outcome for result in report.results} == {"Broken"}
    assert {result.trouble.case for result in report.results} == {"F01"}
    assert stored(onboarded) == before
    assert onboarded.accounts()[0].standing == "ABNORMAL"


def test_after_one_region_found_the_key_dead_no_other_is_asked(make_connector, cloud, key):
    connector = make_connector(engine=Embedded(1))
    connector.onboard(name="prod", **key)
    cloud.fail("AuthFailure.SecretIdNotFound", action="cvm:DescribeInstances")
    cloud.calls.clear()
    connector.sync("prod")
    assert [call.action for call in cloud.calls].count("cvm:DescribeInstances") == 1


def test_a_deleted_host_is_gone_after_two_complete_readings(onboarded, cloud):
    onboarded.sync("prod")
    cloud.hosts["ap-shanghai"].pop()
    onboarded.sync("prod")
    assert len(onboarded.assets("host", region="ap-shanghai")) == 2
    onboarded.sync("prod")
    assert stored(onboarded) == existing(cloud)


def test_an_unsupported_region_is_learnt_and_not_asked_for_a_day(onboarded, cloud, clock):
    cloud.regions["na-toronto"] = "AVAILABLE"
    cloud.fail("UnsupportedRegion", region="na-toronto")
    assert onboarded.sync("prod").complete
    cloud.calls.clear()
    assert onboarded.sync("prod").complete
    assert "na-toronto" not in {call.region for call in cloud.calls}
    clock.sleep(25 * 3600)
    onboarded.sync("prod")
    assert "na-toronto" in {call.region for call in cloud.calls}


def test_a_region_that_had_hosts_and_is_no_longer_supported_is_not_well(onboarded, cloud):
    onboarded.sync("prod")
    cloud.fail("UnsupportedRegion", region="ap-shanghai")
    for _ in range(2):
        report = onboarded.sync("prod")
        assert not report.complete
        assert by_region(report)["ap-shanghai"].change.kept == 2


def test_a_closed_region_keeps_its_assets(onboarded, cloud):
    onboarded.sync("prod")
    cloud.regions["ap-shanghai"] = "UNAVAILABLE"
    cloud.hosts["ap-shanghai"].clear()
    for _ in range(3):
        report = onboarded.sync("prod")
    assert by_region(report)["ap-shanghai"].outcome == "Skipped"
    assert len(onboarded.assets("host", region="ap-shanghai")) == 2


def test_a_new_region_is_followed_by_who_chose_all(onboarded, cloud):
    cloud.regions["eu-frankfurt"] = "AVAILABLE"
    cloud.add_hosts("eu-frankfurt", 1, start=900)
    assert onboarded.sync("prod").complete
    assert stored(onboarded) == existing(cloud)


def test_a_new_region_is_not_followed_by_who_chose_some(connector, cloud, key):
    connector.onboard(name="prod", **key, regions=["ap-guangzhou"])
    cloud.regions["eu-frankfurt"] = "AVAILABLE"
    report = connector.sync("prod")
    assert set(by_region(report)) == {"ap-guangzhou"}


def test_a_region_that_vanishes_from_the_list_is_still_read(onboarded, cloud):
    onboarded.sync("prod")
    del cloud.regions["ap-shanghai"]
    report = onboarded.sync("prod")
    assert by_region(report)["ap-shanghai"].outcome == "Complete"


def test_a_denied_region_list_still_syncs_the_known_regions(onboarded, cloud):
    cloud.deny("cvm:DescribeRegions")
    report = onboarded.sync("prod")
    assert not report.complete
    assert all(result.ok for result in by_region(report).values())


def test_an_empty_account_is_complete(connector, cloud, key):
    cloud.hosts.clear()
    connector.onboard(name="prod", **key)
    report = connector.sync("prod")
    assert report.complete
    assert connector.assets("host") == []


def test_events_tell_pages_and_ends(onboarded):
    events = []
    onboarded.sync("prod", events.append)
    words = [type(event).__name__ for event in events]
    assert words.count("Planned") == 1
    assert words.count("ShardResult") == 3
    assert words.count("PageRead") == 2


def test_a_sync_works_where_a_loop_runs(onboarded):
    async def within() -> bool:
        return onboarded.sync("prod").complete

    assert asyncio.run(within())


def test_a_second_process_sees_what_the_first_stored(make_connector, cloud, key, tmp_path):
    url = f"sqlite:///{tmp_path}/store/c.db"
    first = make_connector(url)
    first.onboard(name="prod", **key)
    first.sync("prod")
    second = make_connector(url)
    assert stored(second) == existing(cloud)
    assert second.sync("prod").complete


def test_the_secret_is_on_no_disk(make_connector, cloud, key, tmp_path):
    connector = make_connector(f"sqlite:///{tmp_path}/c.db")
    connector.onboard(name="prod", **key)
    connector.sync("prod")
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert len(files) >= 2
    assert not any(key["secret_key"].encode() in path.read_bytes() for path in files)


CODES = [
    "UnauthorizedOperation",
    "InternalError",
    "RequestLimitExceeded",
    "UnsupportedRegion",
    "AuthFailure.SecretIdNotFound",
    "AuthFailure.SignatureExpire",
    "Odd",
]
REGIONS = ["ap-guangzhou", "ap-shanghai"]
FAULTS = st.lists(
    st.tuples(
        st.sampled_from(["cvm:DescribeInstances", "cvm:DescribeRegions"]),
        st.sampled_from([*REGIONS, None]),
        st.sampled_from(CODES),
        st.integers(1, 6),
    ),
    max_size=4,
)


@given(rounds=st.lists(FAULTS, min_size=1, max_size=4))
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_that_exists_is_ever_forgotten_and_in_the_end_all_is_equal(rounds, request):
    """Under any denials and failures the store holds all it has seen; when they end, it equals the cloud."""
    clock = request.getfixturevalue("clock")
    cloud = type(request.getfixturevalue("cloud"))(regions=dict.fromkeys(REGIONS, "AVAILABLE"))
    cloud.add_hosts("ap-guangzhou", 130)
    cloud.add_hosts("ap-shanghai", 2, start=500)
    settings_ = {"connect": cloud.connect, "clock": clock, "environment": {}}
    with Connector("sqlite://", **settings_) as connector:
        connector.onboard(
            name="prod", secret_id="AKID" + "a" * 32, secret_key="s3cretS3CRETs3cretS3CRETs3cret32"
        )
        connector.sync("prod")
        for faults in rounds:
            for action, region, code, times in faults:
                cloud.fail(code, action=action, region=region, times=times)
            connector.sync("prod")
            assert stored(connector) == existing(cloud)
        cloud.rules.clear()
        clock.sleep(25 * 3600)
        cloud.hosts["ap-shanghai"].pop()
        for _ in range(2):
            assert connector.sync("prod").complete
        assert stored(connector) == existing(cloud)


@pytest.mark.parametrize("code", ["UnauthorizedOperation", "InternalError"])
def test_a_failure_in_the_middle_of_a_list_is_partial_and_sweeps_nothing(onboarded, cloud, code):
    cloud.add_hosts("ap-guangzhou", 250, start=1000)
    onboarded.sync("prod")
    before = stored(onboarded)

    def rule(call):
        late = call.region == "ap-guangzhou" and call.params.get("Offset", 0) >= 100
        return CloudError(code, "no", "req") if late else None

    cloud.rules.append(rule)
    report = onboarded.sync("prod")
    assert by_region(report)["ap-guangzhou"].outcome == "Partial"
    assert stored(onboarded) == before
    assert {one.state for one in onboarded.assets("host")} == {"LIVE"}
