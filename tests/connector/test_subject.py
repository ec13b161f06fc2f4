import pytest

from scenarios.subject import OurConnector


@pytest.fixture
def subject(connector):
    return OurConnector(connector)


def test_a_story_runs_through_the_port(subject, cloud, key):
    assert subject.onboard(name="prod", **key).admitted
    assert subject.accounts() == ("prod",)
    assert subject.sync("prod").complete
    assert subject.check_key("prod").verdict == "valid"
    assert {(host.region, host.instance_id) for host in subject.hosts("prod")} == {
        (region, row["InstanceId"]) for region, rows in cloud.hosts.items() for row in rows
    }


def test_a_denial_is_told_with_the_clouds_code_and_request_id(subject, cloud, key):
    subject.onboard(name="prod", **key)
    cloud.deny("cvm:DescribeInstances", "ap-shanghai")
    report = subject.sync("prod")
    (denied,) = [region for region in report.regions if region.ending == "denied"]
    assert (denied.region, denied.code) == ("ap-shanghai", "UnauthorizedOperation")
    assert denied.request_id
    assert "cvm:DescribeInstances" in report.told


def test_a_refusal_is_an_answer(subject, cloud, key):
    cloud.deny("cvm:DescribeInstances")
    cloud.deny("cvm:DescribeRegions")
    refusal = subject.onboard(name="prod", **key)
    assert not refusal.admitted
    assert refusal.missing == ("cvm:DescribeInstances",)
    assert subject.onboard(name="", secret_id="x", secret_key="y").admitted is False
    assert subject.accounts() == ()
