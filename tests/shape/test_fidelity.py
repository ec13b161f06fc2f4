import pytest

from emulator.admin.evidence import FILE
from scenarios import evidence, fidelity
from scenarios.marks import Service, claims

AGAIN = "run: make fidelity"


@pytest.fixture(scope="module")
def told():
    """The facts as they were written; who drove what is held to the truth in tests/sdk."""
    return evidence.read()


@pytest.fixture(scope="module")
def found(told):
    """The facts as they are."""
    return evidence.with_clients(evidence.collect(), evidence.clients_in(told))


def test_the_evidence_is_what_the_code_says(told, found):
    assert told["totals"] == found["totals"], AGAIN
    assert told["actions"].keys() == found["actions"].keys(), AGAIN
    changed = [action for action, each in found["actions"].items() if told["actions"][action] != each]
    assert not changed, AGAIN
    assert FILE.read_text("utf-8") == evidence.as_text(found), AGAIN


def test_the_page_is_what_the_evidence_and_the_code_say(found):
    assert fidelity.PAGE.read_text("utf-8") == fidelity.page(found), AGAIN


def test_a_claim_is_read_from_a_comment_and_from_a_docstring():
    source = '"""Do it.\n\nAssumed: always.\n"""\n# Observed: once,\n# in 2025. Documented: twice.\nx = 1\n'
    assert [(claim.mark, claim.text, claim.line) for claim in claims(source)] == [
        ("Assumed", "always.", 3),
        ("Observed", "once, in 2025.", 5),
        ("Documented", "twice.", 5),
    ]


def test_an_action_rests_on_the_marks_of_its_own_code_and_of_what_that_names():
    marks = Service("cvm").marks()
    assert marks["DescribeRegions"] == {}
    assert marks["DescribeZones"] == {"Observed": 1, "Assumed": 1}  # in its function
    assert marks["DescribeImages"]["Assumed"] > marks["DescribeKeyPairs"]["Assumed"]  # in its declaration
    # What both are asked about, and how both refuse, stands above what they name.
    assert all(marks[name]["Documented"] >= 1 for name in ("DescribeImages", "DescribeKeyPairs"))


@pytest.mark.parametrize(
    ("code", "was_decided", "outcome"),
    [
        ("ok", True, "clean"),
        ("InvalidInstanceId.NotFound", True, "documented error"),
        ("ResourceNotFound", True, "documented error"),
        ("ResourceNotFound.OfMine", True, "other error"),
        ("InvalidParameter", False, "refused"),
        ("NotEmulated", True, "refused"),
    ],
)
def test_an_example_counts_by_how_it_ended(code, was_decided, outcome):
    first = next(evidence.try_examples("cvm"))
    assert evidence.Tried(first.action, first.example, code, was_decided).outcome == outcome


def test_an_example_that_cannot_be_read_counts_as_not_tried():
    first = next(evidence.try_examples("cvm"))
    blank = evidence.Example(first.action.name, 0)
    assert evidence.Tried(first.action, blank, "", was_decided=False).outcome == "not tried"
