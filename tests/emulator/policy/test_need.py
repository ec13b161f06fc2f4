from emulator.policy.document import parse
from emulator.policy.need import write_policy


def statements(*asked):
    return [(each["action"], each["resource"]) for each in write_policy(asked)["statement"]]


def test_actions_that_need_the_same_stand_together():
    assert statements(("b:B", ["*"]), ("a:A", ["*"]), ("a:A", ["*"])) == [(["a:A", "b:B"], ["*"])]


def test_an_action_stands_in_one_statement_with_all_its_resources():
    one, two = "qcs::cvm:gz:uin/1:instance/ins-1", "qcs::cvm:gz:uin/1:instance/ins-2"
    assert statements(("cvm:A", [two]), ("cvm:A", [one])) == [(["cvm:A"], [one, two])]


def test_a_resource_within_another_is_left_out():
    one, kind = "qcs::cvm:gz:uin/1:instance/ins-1", "qcs::cvm:ap-guangzhou:uin/1:instance/*"
    assert statements(("cvm:A", [one]), ("cvm:A", [kind])) == [(["cvm:A"], [kind])]
    assert statements(("cvm:A", [one, "*"])) == [(["cvm:A"], ["*"])]


def test_the_project_is_left_out_as_cam_wants_it():
    assert statements(("cvm:A", ["qcs:id/7:cvm:gz:uin/1:instance/ins-1"])) == [
        (["cvm:A"], ["qcs::cvm:gz:uin/1:instance/ins-1"])
    ]


def test_the_policy_is_one_that_cam_takes():
    assert len(parse(write_policy([("cvm:A", ["*"])])).statements) == 1


def test_nothing_asked_needs_no_policy():
    assert write_policy([]) is None
