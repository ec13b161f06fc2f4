"""The switches of an account, and that nothing but them is taken for one."""

import pytest

from emulator.errors import BadInput
from emulator.gateway.settings import Settings
from scenarios.direct import Direct

CHANGES = {"rate_limits": True, "transition_pace": 0.0, "unpublished_actions": True}


def test_at_first_limits_are_off_and_life_cycles_take_their_time():
    first = {"rate_limits": False, "transition_pace": 1.0, "unpublished_actions": False}
    assert Settings().as_spec() == first


@pytest.mark.parametrize("pace", [-1, float("inf"), True, "1"])
def test_a_pace_is_a_number_from_zero_up(pace):
    with pytest.raises(BadInput, match="transition_pace"):
        Settings().having({"transition_pace": pace})


@pytest.mark.parametrize(("name", "value"), CHANGES.items())
def test_one_is_changed_and_the_others_stay(name, value):
    assert Settings().having({name: value}).as_spec() == {**Settings().as_spec(), name: value}


def test_a_spec_makes_the_settings_it_came_from():
    changed = Settings().having(CHANGES)
    assert Settings().having(changed.as_spec()) == changed


def test_all_that_is_wrong_is_said_at_once():
    wrong = {**dict.fromkeys(CHANGES, "yes"), "colour": "red"}
    with pytest.raises(BadInput) as refused:
        Settings().having(wrong, "settings")
    assert {each.path for each in refused.value.violations} == {f"settings.{name}" for name in wrong}


def test_a_reset_goes_back_to_the_settings_of_the_beginning():
    direct = Direct.open()
    account = direct.gateway.account(direct.world)
    account.begin_with(Settings(rate_limits=True))
    account.configure(Settings())
    account.reset()
    assert account.settings == Settings(rate_limits=True)
