"""Requests that bear a ClientToken: what the same token is answered, by whom and for how long."""

from types import SimpleNamespace

import pytest

from emulator.errors import ApiError
from emulator.tables.idempotent import Tokens, once
from emulator.world.world import World

FORGIVING = Tokens(bad=lambda token: ApiError("Bad", token))
STRICT = Tokens(
    bad=lambda token: ApiError("Bad", token), mismatch=lambda: ApiError("Mismatch", "other parameters")
)


@pytest.fixture
def world():
    made = World(uin="100000000001", app_id=1)
    made.clock.set(1_790_000_000)
    return made


@pytest.fixture
def ask(world):
    """Carry an action out, or not, for a call with these parameters; every carrying out is another number."""
    numbers = iter(range(1000))

    def asked(tokens, action="RunInstances", region="ap-guangzhou", fails=False, **params):
        def run(_):
            if fails:
                raise ApiError("Failed", "it cannot be done")
            return {"Number": next(numbers)}

        call = SimpleNamespace(
            action=SimpleNamespace(service="cvm", name=action),
            world=world,
            region=region,
            params=params,
            now=world.clock.now(),
        )
        try:
            return once(tokens, run)(call)["Number"]
        except ApiError as refused:
            return refused.code

    return asked


@pytest.mark.parametrize("tokens", [FORGIVING, STRICT])
def test_a_token_is_carried_out_once_a_region_and_action(ask, tokens):
    assert [ask(tokens, ClientToken="t", Count=1) for _ in range(3)] == [0, 0, 0]
    assert ask(tokens, ClientToken="u", Count=1) == 1
    assert ask(tokens, ClientToken="t", Count=1, region="ap-beijing") == 2
    assert ask(tokens, ClientToken="t", Count=1, action="CreateDisks") == 3


def test_without_a_token_every_request_is_another_one(ask):
    assert [ask(STRICT), ask(STRICT, ClientToken=""), ask(STRICT, ClientToken=None)] == [0, 1, 2]


def test_other_parameters_under_a_known_token_change_nothing_or_are_refused(ask):
    assert [ask(FORGIVING, ClientToken="t", Count=count) for count in (1, 2)] == [0, 0]
    assert [ask(STRICT, ClientToken="s", Count=count) for count in (1, 2, 1)] == [1, "Mismatch", 1]


def test_what_a_request_says_in_another_order_is_the_same_request(ask):
    assert ask(STRICT, ClientToken="t", A=1, B=[{"C": 2}]) == ask(STRICT, B=[{"C": 2}], A=1, ClientToken="t")


@pytest.mark.parametrize("token", ["x" * 65, "ü", "x" * 65 + "ü"])
def test_a_token_of_another_form_is_refused_in_a_dry_run_too(ask, token):
    assert ask(STRICT, ClientToken=token) == "Bad"
    assert ask(STRICT, ClientToken=token, DryRun=True) == "Bad"
    assert ask(STRICT, ClientToken="x" * 64) == 0


def test_what_was_not_carried_out_does_not_use_its_token_up(ask):
    assert ask(STRICT, ClientToken="t", fails=True) == "Failed"
    assert ask(STRICT, ClientToken="t", DryRun=True) == 0
    assert ask(STRICT, ClientToken="t") == 1
    assert ask(STRICT, ClientToken="t", DryRun=True) == 2
    assert ask(STRICT, ClientToken="t") == 1


def test_a_token_is_forgotten_after_two_days_and_with_the_world(ask, world):
    assert ask(STRICT, ClientToken="t", Count=1) == 0
    world.clock.advance(48 * 3600 - 1)
    assert ask(STRICT, ClientToken="t", Count=1) == 0
    world.clock.advance(1)
    assert ask(STRICT, ClientToken="t", Count=2) == 1
    world.reset()
    assert ask(STRICT, ClientToken="t", Count=3) == 2


def test_the_parameters_of_a_request_are_not_kept(ask, world):
    ask(STRICT, ClientToken="t", Password="Xk9!secret")
    [row] = world.read("cvm.clienttoken", "ap-guangzhou")
    assert "secret" not in repr(row)
