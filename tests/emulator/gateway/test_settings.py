"""The switches of an account, and that nothing but them is taken for one."""

import pytest

from emulator.errors import BadInput
from emulator.gateway.settings import Settings
from scenarios.direct import Direct

CHANGES = {
    "rate_limits": True,
    "propagation_seconds": 60.0,
    "transition_pace": 0.0,
    "unpublished_actions": True,
}


def test_at_first_limits_are_off_and_life_cycles_take_their_time():
    assert Settings().as_spec() == {
        "rate_limits": False,
        "propagation_seconds": 0.0,
        "transition_pace": 1.0,
        "unpublished_actions": False,
    }


@pytest.mark.parametrize("value", [-1, float("inf"), True, "1"])
@pytest.mark.parametrize("name", ["propagation_seconds", "transition_pace"])
def test_a_time_is_a_number_from_zero_up(name, value):
    with pytest.raises(BadInput, match=name):
        Settings().having({name: value})


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


@pytest.mark.parametrize("seconds", [-1, "60", True, None, float("nan"), float("inf")])
def test_a_delay_is_a_number_of_seconds(seconds):
    with pytest.raises(BadInput, match="propagation_seconds"):
        Settings().having({"propagation_seconds": seconds})


def test_a_reset_goes_back_to_the_settings_of_the_beginning():
    direct = Direct.open()
    account = direct.gateway.account(direct.world)
    account.begin_with(Settings(rate_limits=True))
    account.configure(Settings())
    account.reset()
    assert account.settings == Settings(rate_limits=True)
