"""Every official example request of a modelled action is answered, and never by a bug of ours."""

from collections import Counter

import pytest

from emulator.contract.validate import coerce
from emulator.errors import ApiError
from emulator.services import ALL
from emulator.world.estate import estate
from scenarios.direct import Direct, Failed
from scenarios.examples import examples

BUGS = ("InternalError", "NotEmulated")


@pytest.fixture(scope="module")
def direct():
    return Direct.open(estate("demo"))


@pytest.mark.parametrize("service", ALL)
def test_each_example_is_answered_conform_or_with_an_error_of_its_product(direct, service):
    ended = Counter()
    wrong = {}
    for key, bound in direct.gateway.repertoire.declared(service).items():
        for example in examples(service, bound.action.version):
            if example.action != key:
                continue
            code = outcome(direct, bound.action, example)
            ended[code] += 1
            if code.startswith(BUGS):
                wrong[f"{key} #{example.number}"] = code
    assert not wrong
    assert sum(ended.values()) > 0, "no example was read: the test would prove nothing"


def outcome(direct, action, example):
    """How one example ends; a breach of the contract would raise and fail the test by itself."""
    try:
        params = example.params if example.flat is None else coerce(action, example.flat)
        direct.call(action.key, params, region="ap-guangzhou", version=action.version)
    except Failed as failed:
        return failed.code
    except ApiError as error:
        return error.code
    return "ok"
