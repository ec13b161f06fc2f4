"""What a request may hold, and what the gateway says when it does not."""

import copy
from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.contract.catalog import catalog
from emulator.contract.fit import DEEPEST, type_word
from emulator.contract.model import Action, Member, Shape
from emulator.contract.validate import check, coerce, violations
from emulator.errors import ApiError
from scenarios.strategies.contract import params

find = catalog().action

VARIED = [
    find(key)
    for key in (
        "cvm:DescribeInstances",
        "cvm:RunInstances",
        "vpc:CreateSecurityGroupPolicies",
        "vpc:DescribeVpcs",
        "cam:CreatePolicy",
        "cam:DescribeRoleList",
        "monitor:GetMonitorData",
        "cls:SearchLog",
        "ses:GetSendEmailStatus",
        "tke:CreateCluster",
    )
]


def refusal(action: Action, given_params: dict) -> str:
    with pytest.raises(ApiError) as refused:
        check(action, given_params)
    return str(refused.value)


def member(kind: str, **more: object) -> Member:
    return Member(
        **{
            "name": "X",
            "kind": kind,
            "many": False,
            "shape": None,
            "required": False,
            "promised": False,
            "nullable": False,
            "disabled": False,
        }
        | more
    )


def action_of(*members: Member) -> Action:
    request = Shape("TestRequest", {it.name: it for it in members})
    return Action(
        "toy", "2020-01-01", "Test", "online", False, request, Shape("TestResponse", {}), "toy:Test"
    )


# --- The gateway's words -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        (
            {"Limit": "20"},
            (
                "InvalidParameter: The value type of parameter `Limit` is not valid, "
                "input type should be `int64`"
            ),
        ),
        (
            {"InstanceIds": "hello"},
            (
                "InvalidParameter: The value type of parameter `InstanceIds` is not valid, "
                "input type should be `list`"
            ),
        ),
        (
            {"InstanceIds": ["a", 1]},
            (
                "InvalidParameter: The value type of parameter `InstanceIds.1` is not valid, "
                "input type should be `string`"
            ),
        ),
        (
            {"Filters": ["a"]},
            (
                "InvalidParameter: The value type of parameter `Filters.0` is not valid, "
                "input type should be `object`"
            ),
        ),
        (
            {"Filters": [{"Name": "zone", "Values": [None]}]},
            (
                "InvalidParameter: The value type of parameter `Filters.0.Values.0` is not valid, "
                "input type should be `string`"
            ),
        ),
        ({"Region": "ap-guangzhou"}, "UnknownParameter: The parameter `Region` is not recognized."),
        (
            {"Filters": [{"Name": "zone", "Values": []}, {"Name": "a", "Value": "b", "Values": []}]},
            "UnknownParameter: The parameter `Filters.1.Value` is not recognized.",
        ),
        (
            {"Filters": [{"Values": []}]},
            "MissingParameter: The request is missing a required parameter `Filters.0.Name`.",
        ),
        (
            {"Filters": [{"Name": None, "Values": []}]},
            "MissingParameter: The request is missing a required parameter `Filters.0.Name`.",
        ),
    ],
)
def test_what_does_not_fit_is_refused_in_the_gateways_words(cvm, asked, said):
    assert refusal(cvm, asked) == said


def test_the_expected_type_is_the_metadatas_own_word():
    words = {"int": "int64", "uint": "uint64", "float": "float", "bool": "bool", "string": "string"}
    for kind, word in words.items():
        assert refusal(action_of(member(kind)), {"X": {}}).endswith(f"input type should be `{word}`")


def test_every_violation_is_told_and_the_first_is_the_one_that_is_raised(cvm):
    asked = {"Limit": "1", "Filters": [{"Name": 1, "Nope": 1}], "Other": 1}
    told = [str(error) for error in violations(cvm, asked)]
    assert [text.split("`")[1] for text in told] == [
        "Other",
        "Filters.0.Nope",
        "Filters.0.Values",
        "Filters.0.Name",
        "Limit",
    ]
    assert refusal(cvm, asked) == told[0]


def test_the_chinese_text_is_there_too(cvm):
    with pytest.raises(ApiError) as refused:
        check(cvm, {"InstanceIds": "hello"})
    assert refused.value.text("zh-CN") == "参数 `InstanceIds` 取值类型错误。参数类型应为 list"


@pytest.mark.parametrize(
    ("kind", "good", "bad"),
    [
        ("int", [0, -(2**63), 2**63 - 1], [True, 1.0, "1", 2**63, -(2**63) - 1, None, []]),
        ("uint", [0, 2**64 - 1], [False, -1, 2**64, "0", 0.5]),
        ("float", [0, 0.5, -1e300, 2**63], [True, "0.5", float("inf"), float("nan"), 10**400]),
        ("bool", [True, False], [0, 1, "true", None]),
        ("string", ["", "é"], [0, True, {}, [], b"x"]),
        ("datetime", ["2022-01-01 00:00:00", "anything"], [0]),
        ("datetime_iso", ["2022-01-01T00:00:00+08:00"], [0]),
        (
            "date",
            ["2026-09-27"],
            [20260927, "2026-09-27T00:00:00+08:00", "2026-09-27\n", "1790000000", "٢٠٢٦-٠٩-٢٧"],
        ),
        ("binary", [b"\x00", "AA=="], [0]),
    ],
)
def test_each_kind_takes_its_own_values_and_no_others(kind, good, bad):
    action = action_of(member(kind, required=True))
    for value in good:
        check(action, {"X": value})
    for value in bad:
        assert violations(action, {"X": value}), value


def test_a_null_counts_as_absent(cvm):
    check(cvm, {"Limit": None, "Filters": None})


def test_only_members_named_for_it_take_numbers_as_text():
    check(find("cam:DescribeRoleList"), {"Rp": "5", "Page": 1})
    assert "`Rp`" in refusal(find("cam:DescribeRoleList"), {"Rp": "five", "Page": "1"})
    assert "`Rp`" in refusal(find("cam:DescribeRoleList"), {"Rp": "-5", "Page": "1"})
    assert "`Rp`" in refusal(find("cam:ListPolicies"), {"Rp": "5"})


def test_parameters_that_are_no_object_are_refused(cvm):
    assert violations(cvm, ["Limit"])[0].code == "InvalidParameter"


def test_a_mapping_that_is_no_dict_and_a_tuple_that_is_no_list_fit_as_well(cvm):
    from types import MappingProxyType

    check(cvm, MappingProxyType({"InstanceIds": ("ins-1",)}))


# --- Shapes that hold themselves ---------------------------------------------------------------------------


def tree_action() -> Action:
    members: dict[str, Member] = {}
    node = Shape("Node", members)
    members["Children"] = member("object", name="Children", many=True, shape=node)
    members["Id"] = member("int", name="Id")
    return action_of(member("object", name="Root", shape=node))


def nested(depth: int, leaf: dict) -> dict:
    for _ in range(depth):
        leaf = {"Children": [leaf]}
    return {"Root": leaf}


def test_a_shape_that_holds_itself_is_judged_all_the_way_down():
    check(tree_action(), nested(3, {"Id": 1, "Children": []}))
    assert "`Root.Children.0.Children.0.Id`" in refusal(tree_action(), nested(2, {"Id": "1"}))


def test_endless_nesting_is_refused_without_exhausting_the_stack():
    assert refusal(tree_action(), nested(900, {})).startswith(
        "InvalidParameter: The value type of parameter `Root."
    )
    check(tree_action(), nested(DEEPEST - 1, {}))


# --- Drawn requests ----------------------------------------------------------------------------------------


@given(st.data())
def test_a_drawn_request_passes(data):
    action = data.draw(st.sampled_from(VARIED), label="action")
    check(action, data.draw(params(action), label="params"))


def places(shape: Shape, value: dict, where: str = "") -> Iterator[tuple[str, dict, Member]]:
    """Every (path, its owner, member) that is given."""
    for name, item in value.items():
        inner = shape.members[name]
        path = f"{where}{name}"
        yield path, value, inner
        if inner.shape is not None:
            for index, one in enumerate(item if inner.many else [item]):
                yield from places(inner.shape, one, f"{path}.{index}." if inner.many else f"{path}.")


@given(st.data())
def test_a_value_of_a_wrong_type_is_named_by_its_path(data):
    action = data.draw(st.sampled_from(VARIED), label="action")
    good = data.draw(params(action).filter(bool), label="params")
    bad = copy.deepcopy(good)
    path, owner, wrong = data.draw(st.sampled_from(list(places(action.request, bad))), label="place")
    owner[wrong.name] = {1, 2}  # nothing JSON has
    [error] = violations(action, bad)
    assert error.code == "InvalidParameter"
    assert f"`{path}`" in error.message
    assert error.message.endswith(f"`{type_word(wrong)}`")


@given(st.data())
def test_an_undeclared_member_is_named_by_its_path_wherever_it_is(data):
    action = data.draw(st.sampled_from(VARIED), label="action")
    bad = copy.deepcopy(data.draw(params(action), label="params"))
    owners = [("", bad)] + [
        (f"{path}.", owner[it.name])
        for path, owner, it in places(action.request, bad)
        if it.shape is not None and not it.many
    ]
    where, owner = data.draw(st.sampled_from(owners), label="owner")
    owner["Nope"] = 1
    assert refusal(action, bad) == f"UnknownParameter: The parameter `{where}Nope` is not recognized."


@given(st.data())
def test_a_required_member_that_lacks_is_named_by_its_path(data):
    action = data.draw(
        st.sampled_from([it for it in VARIED if any(m.required for m in it.request.members.values())])
    )
    bad = copy.deepcopy(data.draw(params(action), label="params"))
    required = [(path, owner, it) for path, owner, it in places(action.request, bad) if it.required]
    path, owner, lacking = data.draw(st.sampled_from(required), label="place")
    del owner[lacking.name]
    assert refusal(action, bad) == (
        f"MissingParameter: The request is missing a required parameter `{path}`."
    )


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["Name", "Values", "X"]), inner)
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["Offset", "Limit", "Filters", "InstanceIds", "X"]), json_values))
def test_what_check_lets_pass_has_no_violation_and_the_other_way_round(asked):
    action = find("cvm:DescribeInstances")
    told = violations(action, asked)
    if told:
        assert refusal(action, asked) == str(told[0])
    else:
        check(action, asked)


# --- Flat names --------------------------------------------------------------------------------------------


def flatten(value: object, name: str = "") -> dict[str, str]:
    """What the official SDKs do."""
    match value:
        case dict():
            pairs = value.items()
        case list():
            pairs = enumerate(value)
        case bool():
            return {name: str(value)}
        case _:
            return {name: str(value)}
    flat: dict[str, str] = {}
    for key, item in pairs:
        flat |= flatten(item, f"{name}.{key}" if name else str(key))
    return flat


def without_empties(value: object) -> object:
    """What flat names cannot say is left out: empty lists and objects."""
    match value:
        case dict():
            kept = {name: without_empties(item) for name, item in value.items()}
            return {name: item for name, item in kept.items() if item not in ({}, [])}
        case list():
            return [item for item in map(without_empties, value) if item not in ({}, [])]
        case _:
            return value


@given(st.data())
def test_flat_names_grow_back_into_what_was_flattened(data):
    action = data.draw(st.sampled_from(VARIED), label="action")
    whole = without_empties(data.draw(params(action), label="params"))
    assert coerce(action, flatten(whole)) == whole


@pytest.mark.parametrize(
    ("flat", "grown"),
    [
        ({}, {}),
        ({"Offset": "0", "Limit": "-5"}, {"Offset": 0, "Limit": -5}),
        ({"InstanceIds.0": "a", "InstanceIds.2": "b"}, {"InstanceIds": ["a", "b"]}),
        ({"InstanceIds.10": "b", "InstanceIds.9": "a"}, {"InstanceIds": ["a", "b"]}),
        ({"InstanceIds.999999999": "a"}, {"InstanceIds": ["a"]}),
        (
            {"Filters.0.Name": "zone", "Filters.0.Values.0": "x"},
            {"Filters": [{"Name": "zone", "Values": ["x"]}]},
        ),
        ({"Nope": "1"}, {"Nope": "1"}),
        ({"Filters.0.Nope": "1"}, {"Filters": [{"Nope": "1"}]}),
        ({"Nope.0.Deep": "1"}, {"Nope": {"0": {"Deep": "1"}}}),
    ],
)
def test_flat_names_become_nested_and_typed(cvm, flat, grown):
    assert coerce(cvm, flat) == grown


@pytest.mark.parametrize(
    ("flat", "path", "word"),
    [
        ({"Limit": "1.0"}, "Limit", "int64"),
        ({"Limit": "1_0"}, "Limit", "int64"),
        ({"Limit": " 1"}, "Limit", "int64"),
        ({"Limit": "١"}, "Limit", "int64"),
        ({"Limit": "9" * 5000}, "Limit", "int64"),
        ({"Limit.0": "1"}, "Limit", "int64"),
        ({"InstanceIds": "a"}, "InstanceIds", "list"),
        ({"InstanceIds.x": "a"}, "InstanceIds", "list"),
        ({"InstanceIds.9999999999": "a"}, "InstanceIds", "list"),
        ({"InstanceIds.-1": "a"}, "InstanceIds", "list"),
        ({"InstanceIds.0.0": "a"}, "InstanceIds.0", "string"),
        ({"Filters.0": "a"}, "Filters.0", "object"),
    ],
)
def test_text_that_is_not_of_the_declared_type_is_refused(cvm, flat, path, word):
    with pytest.raises(ApiError) as refused:
        coerce(cvm, flat)
    assert f"`{path}`" in refused.value.message
    assert refused.value.message.endswith(f"`{word}`")


@pytest.mark.parametrize(
    "flat",
    [
        {"Filters": "a", "Filters.0.Name": "b"},
        {"Filters.0.Name": "b", "Filters": "a"},
        {"A" + ".A" * 500: "deep"},
    ],
)
def test_names_that_contradict_each_other_or_never_end_are_not_recognized(cvm, flat):
    with pytest.raises(ApiError) as refused:
        coerce(cvm, flat)
    assert refused.value.code == "UnknownParameter"


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("bool", "True", True),
        ("bool", "false", False),
        ("bool", "1", True),
        ("bool", "0", False),
        ("float", "1e3", 1000.0),
        ("float", "-0.5", -0.5),
        ("uint", "18446744073709551615", 2**64 - 1),
        ("string", "007", "007"),
        ("date", "2026-09-27", "2026-09-27"),
        ("binary", b"\x00", b"\x00"),
    ],
)
def test_text_is_read_as_its_kind(kind, text, value):
    assert coerce(action_of(member(kind)), {"X": text}) == {"X": value}


@pytest.mark.parametrize(
    ("kind", "text"), [("bool", "yes"), ("bool", ""), ("float", "nan"), ("float", "inf")]
)
def test_text_of_another_kind_is_refused(kind, text):
    with pytest.raises(ApiError, match="X"):
        coerce(action_of(member(kind)), {"X": text})


def test_a_number_out_of_range_is_left_for_check_to_refuse(cvm):
    assert "`Limit`" in refusal(cvm, coerce(cvm, {"Limit": "99999999999999999999"}))


@given(
    st.dictionaries(st.text(st.sampled_from("Filters.0Name12"), max_size=12), st.text(max_size=3), max_size=5)
)
def test_no_flat_name_does_anything_but_grow_or_be_refused(flat):
    action = find("cvm:DescribeInstances")
    with suppress(ApiError):
        check(action, coerce(action, flat))
