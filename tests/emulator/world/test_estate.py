import json
import os
import subprocess
import sys
from collections import Counter
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.errors import BadInput, NotFound
from emulator.world.estate import DEMO, LARGE, Spec, build, estate
from emulator.world.estate.risks import KINDS
from emulator.world.estate.tables import TABLES
from emulator.world.interfaces import host_of
from emulator.world.regions import REGIONS, find
from emulator.world.shelves import member_values
from emulator.world.world import World
from tests.emulator.references import ID, OWNERS, UNOWNED, leaves

OPEN = [region.id for region in REGIONS if region.is_available]
KEYS = {
    "cvm.instance": "InstanceId",
    "cvm.image": "ImageId",
    "cvm.keypair": "KeyId",
    "vpc.vpc": "VpcId",
    "vpc.subnet": "SubnetId",
    "vpc.securitygroup": "SecurityGroupId",
    "vpc.securitygrouppolicy": "SecurityGroupId",
    "vpc.routetable": "RouteTableId",
    "vpc.networkacl": "NetworkAclId",
    "vpc.address": "AddressId",
    "cbs.disk": "DiskId",
    "cbs.snapshot": "SnapshotId",
    "cbs.autosnapshotpolicy": "AutoSnapshotPolicyId",
    "ckafka.instance": "InstanceId",
    "ckafka.contents": "InstanceId",
    "clb.loadbalancer": "LoadBalancerId",
    "clb.parts": "LoadBalancerId",
    "cdb.instance": "InstanceId",
    "cdb.settings": "InstanceId",
    "dcdb.instance": "InstanceId",
    "dcdb.settings": "InstanceId",
    "es.instance": "InstanceId",
    "mariadb.instance": "InstanceId",
    "mariadb.settings": "InstanceId",
    "postgres.instance": "DBInstanceId",
    "postgres.settings": "DBInstanceId",
    "redis.instance": "InstanceId",
    "redis.settings": "InstanceId",
    "tcr.registry": "RegistryId",
    "tcr.repository": "RegistryId",
    "ssl.certificate": "CertificateId",
    "waf.domain": "DomainId",
}
ASIDE = {
    "ckafka.contents",
    "tcr.repository",
    "vpc.securitygrouppolicy",
    "clb.parts",
    "cdb.settings",
    "dcdb.settings",
    "mariadb.settings",
    "postgres.settings",
    "redis.settings",
}
"""Tables whose keys are those of another table."""
UNKEYED = frozenset({"cfw.rule", "waf.ipaccess"})
"""Tables of the account whose rows bear no id."""
RESIDENTS = {
    "clb.loadbalancer": lambda row: (
        None if row["LoadBalancerType"] == "OPEN" else (row["SubnetId"], row["LoadBalancerVips"][0])
    ),
    "cdb.instance": lambda row: (row["UniqSubnetId"], row["Vip"]),
    "dcdb.instance": lambda row: (row["UniqueSubnetId"], row["Vip"]),
    "es.instance": lambda row: (row["SubnetUid"], row["EsVip"]),
    "mariadb.instance": lambda row: (row["UniqueSubnetId"], row["Vip"]),
    "postgres.instance": lambda row: (row["SubnetId"], row["DBInstanceNetInfo"][0]["Ip"]),
    "redis.instance": lambda row: (row["UniqSubnetId"], row["WanIp"]),
}
"""Tables of what lives in the network beside hosts: subnet and address of each row."""
REFERENCES = {
    "cvm.instance": {
        "ImageId": "cvm.image",
        "LoginSettings.KeyIds": "cvm.keypair",
        "SecurityGroupIds": "vpc.securitygroup",
        "VirtualPrivateCloud.VpcId": "vpc.vpc",
        "VirtualPrivateCloud.SubnetId": "vpc.subnet",
        "SystemDisk.DiskId": "cbs.disk",
        "DataDisks.DiskId": "cbs.disk",
    },
    "cvm.image": {"SnapshotSet.SnapshotId": "cbs.snapshot"},
    "cvm.keypair": {"AssociatedInstanceIds": "cvm.instance"},
    "vpc.subnet": {"VpcId": "vpc.vpc", "RouteTableId": "vpc.routetable", "NetworkAclId": "vpc.networkacl"},
    "vpc.securitygrouppolicy": {
        "SecurityGroupId": "vpc.securitygroup",
        "SecurityGroupPolicySet.Ingress.SecurityGroupId": "vpc.securitygroup",
    },
    "vpc.routetable": {"VpcId": "vpc.vpc"},
    "vpc.networkacl": {"VpcId": "vpc.vpc"},
    "vpc.address": {"InstanceId": "cvm.instance"},
    "ckafka.contents": {
        "InstanceId": "ckafka.instance",
        "VpcId": "vpc.vpc",
        "SubnetId": "vpc.subnet",
    },
    "tcr.repository": {"RegistryId": "tcr.registry"},
    "cbs.disk": {
        "InstanceId": "cvm.instance",
        "LastAttachInsId": "cvm.instance",
        "AutoSnapshotPolicyIds": "cbs.autosnapshotpolicy",
    },
    "cbs.snapshot": {
        "DiskId": "cbs.disk",
        "Images.ImageId": "cvm.image",
        "AutoSnapshotPolicyId": "cbs.autosnapshotpolicy",
    },
    "cbs.autosnapshotpolicy": {"DiskIdSet": "cbs.disk"},
    "clb.loadbalancer": {
        "VpcId": "vpc.vpc",
        "SubnetId": "vpc.subnet",
        "SecureGroups": "vpc.securitygroup",
    },
    "clb.parts": {
        "LoadBalancerId": "clb.loadbalancer",
        "Backends.Targets.InstanceId": "cvm.instance",
        "Backends.Rules.Targets.InstanceId": "cvm.instance",
        "Health.Rules.Targets.TargetId": "cvm.instance",
    },
    "cdb.instance": {"UniqVpcId": "vpc.vpc", "UniqSubnetId": "vpc.subnet"},
    "dcdb.instance": {"UniqueVpcId": "vpc.vpc", "UniqueSubnetId": "vpc.subnet"},
    "es.instance": {
        "VpcUid": "vpc.vpc",
        "SubnetUid": "vpc.subnet",
        "MultiZoneInfo.SubnetId": "vpc.subnet",
        "SecurityGroups": "vpc.securitygroup",
    },
    "mariadb.instance": {"UniqueVpcId": "vpc.vpc", "UniqueSubnetId": "vpc.subnet"},
    "dcdb.settings": {"InstanceId": "dcdb.instance", "SecurityGroupIds": "vpc.securitygroup"},
    "mariadb.settings": {"InstanceId": "mariadb.instance", "SecurityGroupIds": "vpc.securitygroup"},
    "postgres.instance": {"VpcId": "vpc.vpc", "SubnetId": "vpc.subnet"},
    "postgres.settings": {"DBInstanceId": "postgres.instance", "SecurityGroupIds": "vpc.securitygroup"},
    "redis.instance": {"UniqVpcId": "vpc.vpc", "UniqSubnetId": "vpc.subnet"},
    "redis.settings": {"InstanceId": "redis.instance", "SecurityGroupIds": "vpc.securitygroup"},
    "cdb.settings": {"InstanceId": "cdb.instance", "SecurityGroupIds": "vpc.securitygroup"},
}
SPECS = st.builds(
    Spec,
    hosts=st.dictionaries(st.sampled_from(OPEN), st.integers(0, 140), max_size=3).map(
        lambda hosts: tuple(hosts.items())
    ),
    risk_rate=st.floats(0, 1),
    public_rate=st.floats(0, 1),
    risks=st.dictionaries(st.sampled_from(sorted(KINDS)), st.floats(0, 1), max_size=4).map(
        lambda risks: tuple(risks.items())
    ),
)
SEEDS = st.integers(0, 2**32)
SLOW = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def rows(made, table, region):
    return [row.value for row in made.shelf(table, region) or ()]


def everything(made, places=None):
    return {place: rows(made, *place) for place in places or list(made.places())}


def regions(made):
    return [region for region, _ in made.spec.hosts]


# --- contract and consistency ----------------------------------------------------------------------------


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_row_keeps_the_published_contract(table, flaws):
    made = build(DEMO, 1)
    wrong = [
        flaw
        for region in regions(made)
        for value in rows(made, table, region)
        for flaw in flaws(table, value)
    ]
    assert sorted(set(wrong)) == []


@pytest.mark.parametrize("table", sorted(TABLES))
def test_every_row_can_leave_over_the_wire(table, encode):
    made = build(DEMO, 1)
    for region in regions(made):
        for value in rows(made, table, region):
            assert all(put == left for put, left in encode(table, value))


@given(spec=SPECS, seed=SEEDS)
@SLOW
def test_every_reference_leads_to_a_row_of_the_same_region(spec, seed):
    made = build(spec, seed)
    dangling = [
        (table, path, target)
        for region in regions(made)
        for table, references in REFERENCES.items()
        for value in rows(made, table, region)
        for path, of in references.items()
        for target in member_values(value, path)
        if target and target not in made.shelf(of, region)
    ]
    assert dangling == []


@given(spec=SPECS, seed=SEEDS)
@SLOW
def test_whatever_looks_like_an_id_in_any_row_leads_to_a_row_of_the_same_region(spec, seed):
    made, wrong = build(spec, seed), set()
    certificates = made.shelf("ssl.certificate", "") or ()
    for table, region in made.places():
        for row in made.shelf(table, region) or ():
            for member, shown in leaves(row.value):
                # A primary interface is no row: it comes and goes with its host.
                text = host_of(shown) if shown.startswith("eni-") else shown
                found = ID.fullmatch(text)
                if member == "CertId" and text not in certificates:
                    wrong.add((table, member, text))
                if found is None:
                    continue
                of = OWNERS.get(found[1])
                if of is None and found[1] not in UNOWNED and member.endswith(("Id", "Ids", "IdSet")):
                    wrong.add((table, member, found[1]))
                if of is not None and text not in (made.shelf(of, region) or ()):
                    wrong.add((table, member, text))
    assert wrong == set()


@given(spec=SPECS, seed=SEEDS)
@SLOW
def test_rows_lie_under_their_own_ids_and_no_id_is_used_twice(spec, seed):
    made = build(spec, seed)
    ids = Counter()
    for table, region in made.places():
        if table in UNKEYED:
            continue
        for key, row in made.shelf(table, region).items().items():
            assert row.value[KEYS[table]] == key
            if table not in ASIDE and row.value.get("ImageType") != "PUBLIC_IMAGE":
                ids[key] += 1
    assert [name for name, count in ids.items() if count > 1] == []


@given(spec=SPECS, seed=SEEDS)
@SLOW
def test_a_host_is_where_its_subnet_its_vpc_and_its_disks_are(spec, seed):
    made = build(spec, seed)
    for region in regions(made):
        subnets, disks = made.shelf("vpc.subnet", region), made.shelf("cbs.disk", region)
        for host in rows(made, "cvm.instance", region):
            subnet = subnets.get(host["VirtualPrivateCloud"]["SubnetId"]).value
            zone = host["Placement"]["Zone"]
            assert subnet["VpcId"] == host["VirtualPrivateCloud"]["VpcId"]
            assert subnet["Zone"] == zone
            assert zone in {known.id for known in find(region).zones if known.is_available}
            for part in [host["SystemDisk"], *host["DataDisks"]]:
                disk = disks.get(part["DiskId"]).value
                assert disk["InstanceId"] == host["InstanceId"]
                assert disk["Placement"]["Zone"] == zone
                assert (disk["DiskSize"], disk["DiskType"], disk["Encrypt"]) == (
                    part["DiskSize"],
                    part["DiskType"],
                    part["Encrypt"],
                )
                assert disk["DiskUsage"] == ("SYSTEM_DISK" if part is host["SystemDisk"] else "DATA_DISK")
                assert disk["DiskChargeType"] == host["InstanceChargeType"]


@given(spec=SPECS, seed=SEEDS)
@SLOW
def test_attached_disks_are_those_that_hosts_show(spec, seed):
    made = build(spec, seed)
    for region in regions(made):
        shown = {
            disk
            for host in rows(made, "cvm.instance", region)
            for disk in (*member_values(host, "SystemDisk.DiskId"), *member_values(host, "DataDisks.DiskId"))
        }
        disks = rows(made, "cbs.disk", region)
        assert {disk["DiskId"] for disk in disks if disk["Attached"]} == shown
        assert all(
            (disk["DiskState"] == "ATTACHED") == disk["Attached"] == bool(disk["InstanceId"])
            for disk in disks
        )


@given(spec=SPECS, seed=SEEDS)
@SLOW
def test_private_addresses_are_inside_their_subnet_and_unique_in_their_vpc(spec, seed):
    made = build(spec, seed)
    for region in regions(made):
        subnets, used = made.shelf("vpc.subnet", region), Counter()
        for host in rows(made, "cvm.instance", region):
            network = ip_network(subnets.get(host["VirtualPrivateCloud"]["SubnetId"]).value["CidrBlock"])
            address = ip_address(host["PrivateIpAddresses"][0])
            assert address in network
            assert address not in {network[0], network[1], network[-1]}
            used[host["VirtualPrivateCloud"]["VpcId"], address] += 1
        for table, where in RESIDENTS.items():
            for subnet_id, text in filter(None, map(where, rows(made, table, region))):
                subnet, address = subnets.get(subnet_id).value, ip_address(text)
                network = ip_network(subnet["CidrBlock"])
                assert address in network
                assert address not in {network[0], network[1], network[-1]}
                used[subnet["VpcId"], address] += 1
        assert not used or max(used.values()) == 1


@given(spec=SPECS, seed=SEEDS)
@SLOW
def test_counts_agree_with_what_is_counted(spec, seed):
    made = build(spec, seed)
    for region in regions(made):
        of_disk = Counter(snapshot["DiskId"] for snapshot in rows(made, "cbs.snapshot", region))
        for disk in rows(made, "cbs.disk", region):
            assert disk["SnapshotCount"] == of_disk[disk["DiskId"]]


@given(spec=SPECS, seed=SEEDS)
@SLOW
def test_what_refers_to_something_is_referred_to_by_it(spec, seed):
    made = build(spec, seed)
    for region in regions(made):
        hosts, disks = rows(made, "cvm.instance", region), rows(made, "cbs.disk", region)
        by_key = {
            key["KeyId"]: set(key["AssociatedInstanceIds"]) for key in rows(made, "cvm.keypair", region)
        }
        for key, users in by_key.items():
            assert users == {h["InstanceId"] for h in hosts if key in (h["LoginSettings"]["KeyIds"] or ())}
        for policy in rows(made, "cbs.autosnapshotpolicy", region):
            name = policy["AutoSnapshotPolicyId"]
            assert policy["DiskIdSet"] == [d["DiskId"] for d in disks if name in d["AutoSnapshotPolicyIds"]]


@given(spec=SPECS, seed=SEEDS)
@SLOW
def test_an_elastic_address_is_the_public_address_of_the_host_it_is_bound_to(spec, seed):
    made = build(spec, seed)
    public = Counter()
    for region in regions(made):
        hosts = made.shelf("cvm.instance", region)
        public.update(address for row in hosts for address in row.value["PublicIpAddresses"] or ())
        for address in rows(made, "vpc.address", region):
            if address["AddressStatus"] == "BIND":
                host = hosts.get(address["InstanceId"]).value
                assert host["PublicIpAddresses"] == [address["AddressIp"]]
                assert host["PrivateIpAddresses"] == [address["PrivateAddressIp"]]
                assert host["InternetAccessible"]["InternetMaxBandwidthOut"] == address["Bandwidth"]
                assert host["InternetAccessible"]["InternetChargeType"] == address["InternetChargeType"]
            else:
                public[address["AddressIp"]] += 1
    assert [address for address, count in public.items() if count > 1] == []
    assert all(ip_address(address).is_global for address in public)


@given(spec=SPECS, seed=SEEDS)
@SLOW
def test_a_host_runs_what_its_image_says(spec, seed):
    made = build(spec, seed)
    for region in regions(made):
        images = made.shelf("cvm.image", region)
        for host in rows(made, "cvm.instance", region):
            image = images.get(host["ImageId"]).value
            assert host["OsName"] == image["OsName"]
            is_windows = "Windows" in host["OsName"]
            assert (host["DefaultLoginPort"] == 3389) == is_windows
            assert not (is_windows and host["LoginSettings"]["KeyIds"])
            assert host["SystemDisk"]["DiskSize"] >= (50 if is_windows else 20)


def test_a_host_paid_by_the_hour_has_no_end_and_a_prepaid_one_has():
    hosts = rows(build(DEMO, 3), "cvm.instance", "ap-guangzhou")
    assert {host["InstanceChargeType"] for host in hosts} == {"PREPAID", "POSTPAID_BY_HOUR"}
    for host in hosts:
        assert (host["ExpiredTime"] is None) == (host["InstanceChargeType"] == "POSTPAID_BY_HOUR")
        assert host["ExpiredTime"] is None or host["ExpiredTime"] > host["CreatedTime"]


def test_the_demo_has_the_traps_that_real_accounts_have():
    made = estate("demo")
    hosts = [host for region in regions(made) for host in rows(made, "cvm.instance", region)]
    names = Counter(host["InstanceName"] for host in hosts)
    assert "" in names
    assert any(not name.isascii() for name in names)
    assert max(names.values()) > 1
    assert any(host["PublicIpAddresses"] is None for host in hosts)
    assert any(host["PublicIpAddresses"] for host in hosts)
    assert {"RUNNING", "STOPPED"} <= {host["InstanceState"] for host in hosts}
    assert any(host["Tags"] for host in hosts)
    assert any(not host["Tags"] for host in hosts)
    assert any("Windows" in host["OsName"] for host in hosts)


# --- chosen risk -----------------------------------------------------------------------------------------


def risks(made):
    for region in regions(made):
        for host in rows(made, "cvm.instance", region):
            if not host["SecurityGroupIds"]:
                yield host["InstanceId"], "no security group"
            if "Windows" not in host["OsName"] and not host["LoginSettings"]["KeyIds"]:
                yield host["InstanceId"], "login by password"
        for disk in rows(made, "cbs.disk", region):
            if not disk["Encrypt"]:
                yield disk["DiskId"], "not encrypted"
            if not disk["AutoSnapshotPolicyIds"]:
                yield disk["DiskId"], "no snapshot policy"
        for group in rows(made, "vpc.securitygrouppolicy", region):
            if opens_to_the_world(group["SecurityGroupPolicySet"]["Ingress"]):
                yield group["SecurityGroupId"], "open"
        for acl in rows(made, "vpc.networkacl", region):
            if any(entry["Protocol"] == "ALL" for entry in acl["IngressEntries"]):
                yield acl["NetworkAclId"], "open"


def opens_to_the_world(rules):
    return any(
        rule["Action"] == "ACCEPT"
        and (rule["CidrBlock"] == "0.0.0.0/0" or rule["Ipv6CidrBlock"] == "::/0")
        and not set(rule["Port"].split(",")) <= {"80", "443"}
        for rule in rules
    )


def test_an_estate_without_risk_shows_none():
    assert list(risks(build(Spec(hosts=(("ap-tokyo", 120),), risk_rate=0), 5))) == []


def test_an_estate_of_nothing_but_risk_shows_it_everywhere():
    made = build(Spec(hosts=(("ap-tokyo", 120),), risk_rate=1), 5)
    found = Counter(risk for _, risk in risks(made))
    disks = made.shelf("cbs.disk", "ap-tokyo")
    assert found["not encrypted"] == found["no snapshot policy"] == len(disks)
    assert found["open"] >= len(made.shelf("vpc.securitygroup", "ap-tokyo"))
    assert rows(made, "cvm.keypair", "ap-tokyo")[0]["AssociatedInstanceIds"] == []


def test_a_rate_of_risk_is_about_the_share_that_shows_it():
    made = build(Spec(hosts=(("ap-tokyo", 2000),), risk_rate=0.25), 5)
    disks = rows(made, "cbs.disk", "ap-tokyo")
    assert 0.2 < sum(not disk["Encrypt"] for disk in disks) / len(disks) < 0.3


# --- the same again --------------------------------------------------------------------------------------


@given(spec=SPECS, seed=SEEDS, data=st.data())
@SLOW
def test_the_same_seed_gives_the_same_rows_in_whatever_order_they_are_asked_for(spec, seed, data):
    straight, crooked = build(spec, seed), build(spec, seed)
    order = data.draw(st.permutations(list(crooked.places())))
    assert everything(crooked, order) == everything(straight)


def test_the_same_seed_gives_the_same_rows_in_another_process():
    script = (
        "import json; from emulator.world.estate import DEMO, build; made = build(DEMO, 9);"
        "print(json.dumps([[row.value for row in made.shelf(*place)] for place in made.places()]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "12345", "PYTHONPATH": str(Path(__file__).parents[3])}
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, env=environment)
    assert json.loads(run.stdout) == list(everything(build(DEMO, 9)).values())


def test_a_row_looks_the_same_at_every_look():
    row = build(DEMO, 2).shelf("cvm.instance", "ap-shanghai").values()[7]
    assert row.value == row.value


def test_another_seed_gives_other_rows():
    one, other = (build(DEMO, seed).shelf("cvm.instance", "ap-guangzhou") for seed in (1, 2))
    assert not one.items().keys() & other.items().keys()


def test_a_region_does_not_depend_on_the_size_of_the_others_but_for_public_addresses():
    alone = build(Spec(hosts=(("ap-singapore", 30),)), 4)
    among = build(Spec(hosts=(("ap-shanghai", 50), ("ap-singapore", 30))), 4)
    for one, other in zip(
        rows(alone, "cvm.instance", "ap-singapore"), rows(among, "cvm.instance", "ap-singapore"), strict=True
    ):
        assert {**one, "PublicIpAddresses": 0} == {**other, "PublicIpAddresses": 0}


# --- named worlds, laziness, sharing ---------------------------------------------------------------------


def test_an_empty_estate_has_the_public_images_of_every_open_region_and_nothing_else():
    made = estate("empty")
    assert set(made.places()) == {("cvm.image", region) for region in OPEN}
    assert {image["ImageType"] for image in rows(made, "cvm.image", "ap-seoul")} == {"PUBLIC_IMAGE"}
    assert made.shelf("cvm.instance", "ap-seoul") is None


def test_the_demo_has_three_hundred_hosts_in_three_regions():
    made = estate("demo")
    assert sum(len(made.shelf("cvm.instance", region)) for region in regions(made)) == 300
    assert regions(made) == ["ap-guangzhou", "ap-shanghai", "ap-singapore"]


def test_the_large_estate_has_a_hundred_thousand_hosts_over_every_region_that_anyone_sees():
    assert sum(count for _, count in LARGE.hosts) == 100_000
    assert set(regions(build(LARGE))) == {region for region in OPEN if not find(region).is_finance}


def test_asking_one_region_makes_that_region_only():
    made = build(LARGE, 11)
    assert len(made.shelf("cvm.instance", "ap-bangkok")) == 800
    assert set(made._shelves) == {("cvm.instance", "ap-bangkok")}


def test_the_last_page_of_a_large_region_keeps_the_contract_like_the_first(flaws):
    made = build(LARGE, 11)
    shelf = made.shelf("cvm.instance", "ap-guangzhou").values()
    assert len(shelf) == 22_000
    pages = [*shelf[:20], *shelf[-20:]]
    assert {flaw for row in pages for flaw in flaws("cvm.instance", row.value)} == set()
    assert (
        len({row.value["PrivateIpAddresses"][0] + row.value["VirtualPrivateCloud"]["VpcId"] for row in pages})
        == 40
    )


def test_rows_that_nobody_looked_at_hold_no_values():
    made = build(LARGE, 11)
    for row in made.shelf("cvm.instance", "ap-seoul").values()[:5]:
        assert row._value == {}
        assert row.value
        assert row._value == {}


def test_a_named_estate_is_made_once_and_shared():
    assert estate("demo", 5) is estate("demo", 5)
    assert estate(DEMO, 5) is estate(DEMO, 5)
    assert estate("demo", 5) is not estate("demo", 6)


def test_an_unknown_estate_is_refused_with_the_known_ones():
    with pytest.raises(NotFound, match="empty, demo, large"):
        estate("huge")


def test_a_world_that_changes_its_rows_leaves_the_estate_and_other_worlds_alone():
    made = build(DEMO, 6)
    one, other = (World(uin=uin, app_id=1, estate=made) for uin in ("1", "2"))
    key = rows(made, "cvm.instance", "ap-guangzhou")[0]["InstanceId"]
    one.write("cvm.instance", "ap-guangzhou").remove(key)
    assert key not in one.read("cvm.instance", "ap-guangzhou")
    assert key in other.read("cvm.instance", "ap-guangzhou")
    assert key in made.shelf("cvm.instance", "ap-guangzhou")


@pytest.mark.parametrize("table", ["cvm.nothing", "gone.instance"])
def test_a_table_that_no_estate_fills_has_no_shelf(table):
    assert estate("demo").shelf(table, "ap-guangzhou") is None


def test_everything_wrong_with_a_spec_is_said_at_once():
    with pytest.raises(BadInput) as caught:
        Spec(hosts=(("ap-atlantis", 1), ("na-toronto", 1), ("ap-seoul", -1), ("ap-seoul", 2)), risk_rate=1.5)
    paths = [violation.path for violation in caught.value.violations]
    assert paths == ["hosts.ap-atlantis", "hosts.na-toronto", "hosts.ap-seoul", "hosts.ap-seoul", "risk_rate"]


def test_more_hosts_than_there_are_addresses_are_refused():
    with pytest.raises(BadInput, match="at most"):
        Spec(hosts=(("ap-seoul", 5_000_000),))


def test_nothing_is_loaded_before_rows_are_asked_for():
    script = (
        "import sys; from emulator.world.estate import build, DEMO; made = build(DEMO, 1);"
        "made.shelf('cam.user', '');"
        "print([name for name in sys.modules if name in ('faker', 'emulator.world.estate.site')])"
    )
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[3])}
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, env=environment)
    assert run.stdout.strip() == b"[]"
