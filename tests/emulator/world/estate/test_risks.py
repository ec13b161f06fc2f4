"""What is told of an estate's risks is what chance made of them, and what the rows show."""

from collections import Counter, defaultdict

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.world.estate import Spec, build
from emulator.world.estate.people import populate
from emulator.world.estate.risks import KINDS, Look, findings, is_open
from emulator.world.estate.site import EPOCH, Site
from emulator.world.estate.whole import Whole
from emulator.world.regions import REGIONS
from emulator.world.world import Cloud

REGION = "ap-guangzhou"
OPEN = [region.id for region in REGIONS if region.is_available]
OF_PEOPLE = {kind for kind, one in KINDS.items() if any(sign.table.startswith("cam.") for sign in one.signs)}
OF_THINGS = sorted(KINDS.keys() - OF_PEOPLE)
RATES = st.sampled_from([0, 0.1, 0.5, 1])


def opened(spec, seed=0):
    """An account as an estate has it, on the estate's day."""
    cloud = Cloud(now=EPOCH.timestamp)
    world = cloud.open(estate=build(spec, seed))
    populate(cloud, world, spec, seed)
    return world


def found(world, **narrowed):
    by_kind = defaultdict(set)
    for one in findings(world, **narrowed):
        by_kind[one.kind].add((one.table, one.region, one.id))
    return by_kind


# --- listing, chance and rows -------------------------------------------------------------------------------


@pytest.fixture
def drawn(monkeypatch):
    """The kinds of risk that chance has made since it was last cleared."""
    kinds = set()
    for owner in (Site, Whole):
        real = owner.is_risky

        def noted(self, kind, chance, real=real):
            is_risky = real(self, kind, chance)
            if is_risky:
                kinds.add(kind)
            return is_risky

        monkeypatch.setattr(owner, "is_risky", noted)
    return kinds


SPARING = [(kind, sign) for kind, one in KINDS.items() for sign in one.signs if sign.reads]


@pytest.mark.parametrize(("kind", "sign"), SPARING, ids=[f"{kind}-{sign.table}" for kind, sign in SPARING])
def test_a_sign_looks_at_no_more_of_a_row_than_it_says(kind, sign):
    world = opened(Spec(hosts=((REGION, 2000),), risk_rate=0.5), 7)
    look = Look(world, REGION, world.clock.now())
    shown = set()
    for row in world.read(sign.table, REGION):
        part = {name: row.value[name] for name in sign.reads if name in row.value}
        assert sign.shows(part, look) is sign.shows(row.value, look)
        shown.add(sign.shows(part, look))
    assert shown == {True, False}, kind


def of_table(table):
    return {kind: sign for kind, one in KINDS.items() for sign in one.signs if sign.table == table}


@given(
    hosts=st.dictionaries(st.sampled_from(OPEN), st.integers(0, 90), max_size=2),
    rates=st.dictionaries(st.sampled_from(OF_THINGS), RATES),
    rate=RATES,
    seed=st.integers(0, 2**32),
)
@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
def test_what_is_told_is_what_chance_made(drawn, hosts, rates, rate, seed):
    world = opened(Spec(hosts=tuple(hosts.items()), risk_rate=rate, risks=tuple(rates.items())), seed)
    told, again = found(world), build(world.estate.spec, seed)
    for table, region in world.estate.places():
        signs = of_table(table)
        # Hosts are made from private images, and these from disks: drawn once, by whoever asks first.
        again.shelf("cvm.image", region)
        drawn.clear()
        shelf = again.shelf(table, region)
        at_once, rows = drawn & signs.keys(), shelf.items().items()
        shown = {
            key: {kind for kind, sign in signs.items() if (sign.of or table, region, key) in told[kind]}
            for key, _ in rows
        }
        if not any(row._make for _, row in rows):
            assert at_once == set().union(*shown.values())
            continue
        for key, row in rows:
            drawn.clear()
            is_internal = row.value.get("LoadBalancerType") == "INTERNAL"
            # An internal balancer has no groups, whatever chance says.
            made = (drawn & signs.keys()) - ({"no_security_group"} if is_internal else set())
            assert made == shown[key]


@pytest.mark.parametrize("kind", sorted(KINDS))
def test_a_kind_alone_is_shown_and_no_other(kind):
    spec = Spec(hosts=(("ap-guangzhou", 90),), users=12, risk_rate=0, risks=((kind, 1),))
    told = found(opened(spec, 4))
    assert told.keys() - {"root_key"} == {kind} - {"root_key"}
    assert told[kind]
    assert {table for table, _, _ in told[kind]} == {sign.of or sign.table for sign in KINDS[kind].signs}


def test_without_a_rate_nothing_is_shown():
    assert (
        found(opened(Spec(hosts=(("ap-guangzhou", 120), ("ap-seoul", 20)), users=30, risk_rate=0), 5)) == {}
    )


def test_a_rate_is_about_the_share_that_shows_it():
    spec = Spec(hosts=(("ap-tokyo", 2000),), risk_rate=0, risks=(("password_login", 0.25),))
    hosts = len(build(spec, 5).shelf("cvm.instance", "ap-tokyo"))
    assert 0.18 < len(found(opened(spec, 5))["password_login"]) / hosts < 0.28  # Windows has none of it


def test_a_kind_that_nobody_speaks_of_has_its_share_of_the_rate_of_all():
    spec = Spec(risk_rate=0.4, risks=(("no_mfa", 0.9),))
    assert spec.rate("no_mfa") == 0.9
    assert spec.rate("open_security_group") == 0.4
    assert spec.rate("revoked_certificate") == 0.4 * KINDS["revoked_certificate"].share


def test_rates_of_one_kind_leave_the_others_as_they_are():
    spec = {"hosts": (("ap-guangzhou", 60),), "users": 10}
    before = found(opened(Spec(**spec), 6))
    after = found(opened(Spec(**spec, risks=(("open_security_group", 1), ("no_mfa", 1))), 6))
    for kind in KINDS.keys() - {"open_security_group", "no_mfa"}:
        assert {key for _, _, key in before[kind]} == {key for _, _, key in after[kind]}


# --- as the account is by now -------------------------------------------------------------------------------


def test_what_was_mended_or_removed_is_told_no_more_and_what_was_added_is():
    world = opened(Spec(hosts=(("ap-seoul", 30),), risk_rate=0.5), 7)
    disks = sorted(key for _, _, key in found(world)["unencrypted_disk"] if key.startswith("disk-"))
    shelf = world.write("cbs.disk", "ap-seoul")
    shelf.put(disks[0], shelf.get(disks[0]).having(Encrypt=True))
    shelf.remove(disks[1])
    shelf.put("disk-mine0000", shelf.get(disks[2]).having(DiskId="disk-mine0000", Encrypt=False))
    now = {key for _, _, key in found(world)["unencrypted_disk"] if key.startswith("disk-")}
    assert now == set(disks) - {disks[0], disks[1]} | {"disk-mine0000"}


def test_keys_and_certificates_become_risky_with_time():
    world = opened(Spec(hosts=(("ap-seoul", 60),), users=12, risk_rate=0), 8)
    assert found(world) == {}
    world.clock.advance(400 * 86400)
    told = found(world)
    active = [key for key in world.read("cam.key") if key.status == "Active"]
    assert len(told["old_access_key"]) == len(active) > 0
    assert len(told["expired_certificate"]) > 0
    assert told.keys() == {"old_access_key", "expired_certificate"}


def test_it_can_be_narrowed():
    world = opened(Spec(hosts=(("ap-seoul", 40), ("ap-tokyo", 40)), users=6, risk_rate=0.5), 9)
    whole = found(world)
    some = found(world, kinds=["no_mfa", "password_login"], regions=["ap-tokyo"])
    assert some == {"password_login": {one for one in whole["password_login"] if one[1] == "ap-tokyo"}}


# --- open doors ---------------------------------------------------------------------------------------------

PROTOCOLS = ("TCP", "UDP", "ALL")
PORTS = ("ALL", "all", "22", "80", "443", "80,443", "22,80", "20-25", "1-65535", "81-442", "79-81")
SOURCES = ("0.0.0.0/0", "::/0", "10.0.0.0/8")
RULES = st.lists(
    st.builds(
        lambda action, protocol, port, source: {
            "Action": action,
            "Protocol": protocol,
            "Port": port,
            "CidrBlock": "" if ":" in source else source,
            "Ipv6CidrBlock": source if ":" in source else "",
        },
        st.sampled_from(["ACCEPT", "DROP"]),
        st.sampled_from(PROTOCOLS),
        st.sampled_from(PORTS),
        st.sampled_from(SOURCES),
    ),
    max_size=6,
)


def covers(rule, protocol, port):
    spans = [part.partition("-") for part in rule["Port"].split(",")]
    return rule["Protocol"] in (protocol, "ALL") and (
        rule["Port"].lower() == "all" or any(int(low) <= port <= int(high or low) for low, _, high in spans)
    )


def first_match_lets_in(rules, source, protocol, port):
    matching = (
        rule
        for rule in rules
        if source in (rule["CidrBlock"], rule["Ipv6CidrBlock"]) and covers(rule, protocol, port)
    )
    return next(matching, {"Action": "DROP"})["Action"] == "ACCEPT"


@given(rules=RULES)
@settings(max_examples=300, deadline=None)
def test_a_door_is_open_if_a_packet_from_anywhere_comes_through_it(rules):
    packets = [
        (source, protocol, port)
        for source in ("0.0.0.0/0", "::/0")
        for protocol in ("TCP", "UDP", "GRE")
        for port in (0, 1, 19, 20, 22, 23, 25, 79, 81, 200, 442, 444, 65535)
    ]
    assert is_open(rules) == any(first_match_lets_in(rules, *packet) for packet in packets)


def test_every_kind_says_what_it_is_and_how_it_is_told():
    assert all(one.what and one.signs and 0 < one.share <= 1 for one in KINDS.values())
    assert Counter(one.what for one in KINDS.values()).most_common(1)[0][1] == 1
