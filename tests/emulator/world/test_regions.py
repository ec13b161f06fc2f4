import re

from emulator.world.regions import REGIONS, find, find_zone, short


def test_a_region_is_found_by_its_id_only():
    assert find("ap-guangzhou").en == "South China (Guangzhou)"
    assert find("ap-guangzhou").zh == "华南地区(广州)"
    assert find("gz") is None
    assert find("") is None


def test_a_zone_is_named_as_the_official_examples_name_it():
    zone = find_zone("ap-guangzhou-3")
    assert (zone.number, zone.zh, zone.en, zone.state) == (
        "100003",
        "广州三区",
        "Guangzhou Zone 3",
        "AVAILABLE",
    )


def test_hong_kong_zones_do_not_carry_the_name_of_the_country():
    assert find_zone("ap-hongkong-2").zh == "香港二区"
    assert find_zone("ap-hongkong-2").en == "Hong Kong Zone 2"


def test_zones_are_those_of_their_region():
    for region in REGIONS:
        assert region.zones
        assert all(zone.id.rpartition("-")[0] == region.id for zone in region.zones)


def test_no_id_code_or_number_is_used_twice():
    zones = [zone for region in REGIONS for zone in region.zones]
    for values in (
        [region.id for region in REGIONS],
        [region.short for region in REGIONS],
        [region.number for region in REGIONS],
        [zone.id for zone in zones],
        [zone.number for zone in zones],
    ):
        assert len(set(values)) == len(values)


def test_finance_regions_are_flagged():
    assert {region.id for region in REGIONS if region.is_finance} == {
        "ap-shanghai-fsi",
        "ap-shenzhen-fsi",
        "ap-beijing-fsi",
    }


def test_every_zone_that_the_contract_names_is_known(zone_prose):
    named = re.findall(r"<li>\s*([a-z]+-[a-z-]+-\d)", zone_prose)
    assert len(named) > 40
    assert [zone for zone in named if find_zone(zone) is None] == []


def test_a_zone_that_the_contract_calls_sold_out_is_unavailable(zone_prose):
    sold_out = re.findall(r"([a-z]+-[a-z-]+-\d)（售罄）", zone_prose)
    assert sold_out
    assert [zone for zone in sold_out if find_zone(zone).state != "UNAVAILABLE"] == []


def test_short_codes_are_those_that_policies_use():
    assert short("ap-guangzhou") == "gz"
    assert short("ap-shanghai") == "sh"
    assert short("ap-atlantis") == "ap-atlantis"
