import json

from emulator.policy.decide import Grant, Question, Source, decide, leave_open
from emulator.policy.document import parse
from emulator.policy.explain import as_json, least, lines, remedies, sentence

FIRST = "qcs:id/0:cvm:ap-guangzhou:uin/1:instance/ins-1"
OFFICE = {"ip_equal": {"qcs:ip": ["10.0.0.0/8"]}}


def decided(*statements, resources=(FIRST,), context=None, **options):
    grants = (
        [Grant(Source("group policy", "7", "ops", "group admins"), document(*statements))]
        if statements
        else []
    )
    return decide(Question("cvm:StopInstances", resources, context or {}), grants, **options)


def document(*statements):
    return parse({"version": "2.0", "statement": list(statements)})


def statement(effect="allow", resource="*", **elements):
    return {"effect": effect, "action": "cvm:*", "resource": resource, **elements}


def test_a_sentence_names_the_statement_that_allowed():
    expected = (
        f"cvm:StopInstances on {FIRST} is allowed by statement[0] of group policy ops (7) via group admins."
    )
    assert sentence(decided(statement())) == expected


def test_a_sentence_names_the_statement_that_denied():
    decision = decided(statement(), statement("deny"))
    assert sentence(decision).endswith("is denied by statement[1] of group policy ops (7) via group admins.")


def test_a_sentence_says_that_nothing_allowed():
    assert sentence(decided()) == f"cvm:StopInstances on {FIRST} is denied: no statement allows it."


def test_a_sentence_says_what_came_nearest_and_what_it_lacked():
    decision = decided(
        statement(resource="qcs::cvm:sh::instance/*", condition=OFFICE), context={"qcs:ip": ("1.2.3.4",)}
    )
    assert sentence(decision).endswith(
        "the nearest is statement[0] of group policy ops (7) via group admins, but its region is sh, not "
        "ap-guangzhou (sh is ap-shanghai) and it wants ip_equal qcs:ip 10.0.0.0/8, and qcs:ip is '1.2.3.4'."
    )


def test_a_sentence_blames_the_layer_that_lacked():
    assert "the permission boundary does not allow it" in sentence(decided(statement(), boundary=[]))
    assert "the session policy does not allow it" in sentence(decided(statement(), session=[]))


def test_a_sentence_gives_root_and_open_actions_their_own_reason():
    assert "allowed: the caller is root" in sentence(decided(root=True))
    assert "allowed: the action needs no permission" in sentence(leave_open(decided()))


def test_the_least_statement_is_the_action_on_what_was_refused_without_its_project():
    assert least(decided()) == {
        "effect": "allow",
        "action": ["cvm:StopInstances"],
        "resource": ["qcs::cvm:ap-guangzhou:uin/1:instance/ins-1"],
    }


def test_nothing_would_have_undone_a_deny_and_nothing_was_lacking_from_an_allow():
    assert least(decided(statement("deny"))) is None
    assert least(decided(statement())) is None


def test_the_least_statement_is_lacking_in_the_boundary():
    limit = [Grant(Source("boundary"), document(least(decided(statement(), boundary=[]))))]
    assert decided(statement(), boundary=limit).allowed


def test_lines_tell_the_resources_the_near_misses_and_the_way_out():
    other = "qcs::cvm:ap-guangzhou:uin/1:volume/disk-1"
    text = lines(decided(statement(resource="qcs::cvm:gz::volume/*"), resources=(FIRST, other)))
    assert text.splitlines() == [
        "DENIED cvm:StopInstances (implicit deny)",
        f"  on {FIRST} (refused)",
        f"  on {other}",
        "  because no statement allows it",
        f"  nearly: allow statement[0] of group policy ops (7) via group admins, on {FIRST}",
        "    its resource is volume/*, not instance/ins-1",
        "  to allow it, add to a policy of the caller:",
        f"    {json.dumps(least(decided()))}",
    ]


def test_lines_name_the_policies_that_were_looked_at_in_vain():
    elsewhere = {"effect": "allow", "action": "vpc:*", "resource": "*"}
    told = lines(decided(elsewhere)).splitlines()
    assert "  looked at group policy ops (7) via group admins: nothing there names the action" in told
    assert "  there is no policy to look at" in lines(decided()).splitlines()


def test_lines_say_what_to_take_back_when_a_statement_denied():
    told = lines(decided(statement(), statement("deny"))).splitlines()
    assert told[-1] == (
        "  no allow undoes a deny: take back or narrow statement[1] of group policy ops (7) via group admins"
    )


def test_lines_say_what_is_lacking_besides_a_deny():
    told = lines(decided(statement("deny"))).splitlines()
    assert told[-2:] == ["  and add to a policy of the caller:", f"    {json.dumps(least(decided()))}"]


def test_lines_tell_the_nearest_first_and_no_more_than_five():
    far = statement(resource="qcs::vpc:sh::volume/*")
    near = statement(resource="qcs::cvm:sh::instance/*")
    told = lines(decided(*[far] * 6, near))
    assert told.index("statement[6]") < told.index("statement[0]")
    assert told.count("nearly:") == 5
    assert "  and 2 more that name the action" in told


def test_lines_of_an_allowed_call_tell_which_deny_came_near_and_no_allow():
    told = lines(
        decided(statement(), statement(resource="qcs::cvm:sh::*"), statement("deny", condition=OFFICE))
    )
    assert told.count("nearly:") == 1
    assert "nearly: deny statement[2]" in told


def test_every_place_that_lacks_an_allow_gets_its_own_remedy():
    limit = Grant(Source("boundary", "9", "limit"), document({**statement(), "action": "vpc:*"}))
    first, second = remedies(decided(boundary=[limit]))
    assert (first.place, first.layer) == ("a policy of the caller", "identity")
    assert (second.place, second.layer) == ("the permission boundary limit (9)", "boundary")
    assert first.statement == second.statement == least(decided())


def test_nothing_is_lacking_from_what_is_allowed():
    assert remedies(decided(statement())) == ()
    assert remedies(decided(root=True)) == ()
    assert remedies(leave_open(decided())) == ()


def test_json_holds_everything_and_is_json():
    decision = decided(statement(condition=OFFICE), context={"qcs:ip": ("1.2.3.4",)})
    found = json.loads(json.dumps(as_json(decision)))
    source = {"kind": "group policy", "id": "7", "name": "ops", "via": "group admins"}
    assert found["nearly"] == [
        {
            "source": source,
            "statement": 0,
            "effect": "allow",
            "resource": FIRST,
            "nearest_resource": "*",
            "differences": [
                {
                    "what": "condition",
                    "operator": "ip_equal",
                    "key": "qcs:ip",
                    "wanted": ["10.0.0.0/8"],
                    "actual": ["1.2.3.4"],
                    "note": "qcs:ip is '1.2.3.4'",
                }
            ],
        }
    ]
    assert found["context"] == {"qcs:ip": ["1.2.3.4"]}
    assert found["refused"] == [FIRST]
    assert found["sentence"] == sentence(decision)


def test_json_names_what_decided():
    (because,) = as_json(decided(statement()))["because"]
    assert because["matched_action"] == "cvm:*"
    assert because["matched_resource"] == "*"
    assert because["source"]["name"] == "ops"
