"""What a witness lets count as evidence, and whom it takes a caller for."""

import pytest

from scenarios.direct import Direct, sign
from tests.witness import Witness, counts, program, request_id_of


@pytest.fixture
def direct():
    return Direct.open()


def entry(direct, action="cvm:DescribeInstances"):
    """The record of one call."""
    service, _, name = action.partition(":")
    version = direct.gateway.catalog.action(action).version
    at = direct.world.clock.now()
    reply = direct.gateway.answer(
        sign(service, version, name, {}, key=direct.root, at=at, region="ap-guangzhou")
    )
    return direct.gateway.account(direct.world).journal.get(reply.request_id)


def test_a_modelled_success_counts_and_nothing_else(direct):
    account = direct.gateway.account(direct.world)
    assert counts(entry(direct))
    assert not counts(entry(direct, "as:DescribeAutoScalingGroups"))  # inferred
    assert not counts(entry(direct, "cam:GetUser"))  # an error
    account.plan.add_fault({"effect": "delay", "seconds": 1, "times": 1})
    assert not counts(entry(direct))
    account.stubs.add({"Action": "cvm:DescribeInstances", "Response": {"InstanceSet": [], "TotalCount": 0}})
    assert not counts(entry(direct))


class Item:
    """A test as the witness sees it."""

    def __init__(self, is_real=True, obj=None):
        self.is_real = is_real
        self.obj = obj

    def get_closest_marker(self, _name):
        return self.is_real or None


def drawn():
    pass


drawn.is_hypothesis_test = True


@pytest.mark.parametrize(
    ("item", "drove"),
    [(Item(), {"cvm:DescribeInstances": ["SDK"]}), (Item(is_real=False), {}), (Item(obj=drawn), {})],
)
def test_only_tests_with_real_clients_that_do_the_same_every_time_count(direct, item, drove):
    witness, made = Witness(), entry(direct)
    with witness.during(item):
        witness.entered(made)
        witness.answered("SDK", {"Response": {"RequestId": made.request_id}})
    assert witness.clients() == drove


def test_a_call_that_no_client_got_an_answer_to_is_nobodys(direct):
    witness = Witness()
    with witness.during(Item()):
        witness.entered(entry(direct))
    assert witness.clients() == {}


def test_programs_name_themselves():
    assert program("SDK_PYTHON_3.1.195_CLI_3.1.189.1; _CLI_3.1.189.1") == "tccli"
    assert program("SDK_PYTHON_3.1.195; tcconnector") == "connector"
    assert program("SDK_PYTHON_3.1.195") == ""


@pytest.mark.parametrize(
    "answer", [b'{"Response": {"RequestId": "r"}}', {"Response": {"RequestId": "r"}}, {"RequestId": "r"}]
)
def test_the_request_id_of_an_answer_is_found_in_any_form(answer):
    assert request_id_of(answer) == "r"
    assert request_id_of(b"no JSON") == ""
