import pytest

from emulator.services.cwp import Agent
from emulator.world.estate import estate
from scenarios.direct import Direct, Failed
from tests.emulator.services.pages import walk

REGION = "ap-guangzhou"


@pytest.fixture(scope="module")
def cloud():
    return Direct.open(estate("demo"))


@pytest.fixture(scope="module")
def hosts(cloud):
    return [row.value for row in cloud.world.read("cvm.instance", REGION)]


def machines(cloud, **params):
    def page(**more):
        asked = {"MachineType": "CVM", "MachineRegion": REGION, **params, **more}
        answer = cloud.call("cwp:DescribeMachines", asked)
        return answer["Machines"], answer["TotalCount"]

    return walk(page, 100)


def detail(cloud, quuid):
    return cloud.call("cwp:DescribeAssetMachineDetail", {"Quuid": quuid, "Uuid": quuid})["MachineDetail"]


def test_every_host_of_a_region_is_a_machine_and_no_other(cloud, hosts):
    assert [(row["InstanceId"], row["Quuid"], row["MachineIp"]) for row in machines(cloud)] == [
        (host["InstanceId"], host["Uuid"], host["PrivateIpAddresses"][0]) for host in hosts
    ]
    assert machines(cloud, MachineRegion="ap-seoul") == []
    assert machines(cloud, MachineType="LH") == []


def test_a_host_with_an_agent_is_found_by_its_uuid_and_one_without_is_not(cloud, hosts):
    installed = {host["Uuid"] for host in hosts if Agent(host).is_installed}
    assert 0 < len(installed) < len(hosts)
    for host in hosts:
        if host["Uuid"] in installed:
            found = detail(cloud, host["Uuid"])
            assert (found["InstanceId"], found["CpuSize"]) == (host["InstanceId"], host["CPU"])
        else:
            with pytest.raises(Failed) as failed:
                detail(cloud, host["Uuid"])
            assert failed.value.code == "ResourceNotFound.MachineNotFound"


def test_list_and_detail_agree_on_who_is_online(cloud):
    for row in machines(cloud):
        if row["AgentStatus"] != "UNINSTALLED":
            found = detail(cloud, row["Quuid"])
            assert (found["Status"] == 0) == (row["AgentStatus"] == "ONLINE")
            assert (found["ProtectLevel"] > 0) == row["IsProVersion"]


def test_there_is_something_to_find(cloud):
    found = machines(cloud)
    assert {row["AgentStatus"] for row in found} == {"ONLINE", "OFFLINE", "UNINSTALLED"}
    assert {row["SecurityStatus"] for row in found} == {"RISK", "SAFE", "UNKNOWN"}


@pytest.mark.parametrize(
    ("name", "values", "passes"),
    [
        ("Version", ["ProtectedMachines"], lambda row: row["ProtectType"] != "BASIC_VERSION"),
        ("Version", ["BASIC_VERSION"], lambda row: row["ProtectType"] == "BASIC_VERSION"),
        ("Risk", ["yes"], lambda row: row["SecurityStatus"] == "RISK"),
        ("AgentStatus", ["OFFLINE"], lambda row: row["AgentStatus"] == "OFFLINE"),
        ("MachineStatus", ["STOPPED"], lambda row: row["InstanceStatus"] == "STOPED"),
        ("Os", ["CentOS 7.9 64bit"], lambda row: row["MachineOs"] == "CentOS 7.9 64bit"),
    ],
)
def test_a_filter_keeps_just_what_it_names(cloud, name, values, passes):
    found = machines(cloud, Filters=[{"Name": name, "Values": values}])
    assert found == [row for row in machines(cloud) if passes(row)]
    assert found


def test_an_unknown_filter_and_a_page_out_of_range_are_refused(cloud):
    asked = {"MachineType": "CVM", "MachineRegion": REGION}
    for more in ({"Filters": [{"Name": "Colour", "Values": ["red"]}]}, {"Limit": 101}):
        with pytest.raises(Failed) as failed:
            cloud.call("cwp:DescribeMachines", {**asked, **more})
        assert failed.value.code == "InvalidParameter"
