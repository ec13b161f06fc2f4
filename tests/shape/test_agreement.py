"""Two rooms that may not know each other hold the same facts."""

import pytest

from emulator.policy.decide import Grant, Question, Source, decide
from emulator.policy.document import parse
from emulator.world.regions import REGIONS


@pytest.mark.parametrize("region", REGIONS, ids=lambda region: region.id)
def test_the_policy_engine_knows_every_region_by_both_of_its_names(region):
    for written, asked in ((region.short, region.id), (region.id, region.short)):
        statement = {"effect": "allow", "action": "cvm:*", "resource": f"qcs::cvm:{written}::*"}
        grant = Grant(Source("policy"), parse({"version": "2.0", "statement": [statement]}))
        question = Question("cvm:StopInstances", (f"qcs::cvm:{asked}:uin/1:instance/ins-1",))
        assert decide(question, [grant]).allowed


def test_no_two_regions_share_a_short_name():
    assert len({region.short for region in REGIONS}) == len(REGIONS)
