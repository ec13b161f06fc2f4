"""What an answer may hold, how it is encoded, and what completes it."""

import copy
import json
from collections.abc import Iterator
from types import MappingProxyType

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from emulator.contract.catalog import catalog
from emulator.contract.conform import Encoded, Encodeds, complete, encode_answer, encode_value
from emulator.contract.model import Action, Member, Shape
from emulator.errors import ContractBreach
from scenarios.strategies.contract import results

find = catalog().action

VARIED = [
    find(key)
    for key in (
        "cvm:DescribeZones",
        "cam:ListPolicies",
        "cam:GetRole",
        "vpc:DescribeVpcs",
        "cbs:DescribeDisks",
        "monitor:GetMonitorData",
        "sts:GetCallerIdentity",
        "cls:DescribeTopics",
    )
]

ZONE = {"Zone": "ap-guangzhou-3", "ZoneName": "广州三区", "ZoneId": "100003", "ZoneState": "AVAILABLE"}

quick = settings(suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])


@pytest.fixture
def zones() -> Action:
    return find("cvm:DescribeZones")


@pytest.fixture
def zone(zones) -> Shape:
    return zones.response.members["ZoneSet"].shape


def breach(action: Action, result: dict) -> str:
    with pytest.raises(ContractBreach) as found:
        encode_answer(action, result, "id")
    return str(found.value)


# --- Encoding ----------------------------------------------------------------------------------------------


def test_the_answer_is_compact_and_ends_in_the_request_id(zones):
    assert encode_answer(zones, {"TotalCount": 0, "ZoneSet": []}, "abc") == (
        b'{"Response":{"TotalCount":0,"ZoneSet":[],"RequestId":"abc"}}'
    )


def test_encoded_rows_and_plain_rows_give_the_same_bytes(zones, zone):
    row = encode_value(zone, ZONE)
    plain = encode_answer(zones, {"TotalCount": 3, "ZoneSet": [ZONE, ZONE, ZONE]}, "id")
    assert encode_answer(zones, {"TotalCount": 3, "ZoneSet": [row, ZONE, row]}, "id") == plain


def test_an_encoded_value_stands_for_an_object_within_another():
    shape = catalog().shape("cvm", "2017-03-12", "Instance")
    whole = complete(shape, {})
    placement = encode_value(shape.members["Placement"].shape, whole["Placement"])
    assert encode_value(shape, {**whole, "Placement": placement}).json == encode_value(shape, whole).json


def test_a_row_encoded_for_another_shape_is_a_breach(zones):
    other = encode_value(catalog().shape("cvm", "2017-03-12", "Tag"), {"Key": "a", "Value": "b"})
    assert breach(zones, {"TotalCount": 1, "ZoneSet": [other]}) == (
        "cvm:DescribeZones: ZoneSet.0 should be object"
    )


def test_a_list_of_encoded_rows_gives_the_same_bytes(zones, zone):
    rows = Encodeds([encode_value(zone, ZONE)] * 3)
    plain = encode_answer(zones, {"TotalCount": 3, "ZoneSet": [ZONE, ZONE, ZONE]}, "id")
    assert encode_answer(zones, {"TotalCount": 3, "ZoneSet": rows}, "id") == plain
    none = encode_answer(zones, {"TotalCount": 0, "ZoneSet": []}, "id")
    assert encode_answer(zones, {"TotalCount": 0, "ZoneSet": Encodeds()}, "id") == none


def test_encoded_rows_of_another_shape_or_in_the_wrong_place_are_a_breach(zones, zone):
    tag = encode_value(catalog().shape("cvm", "2017-03-12", "Tag"), {"Key": "a", "Value": "b"})
    row = encode_value(zone, ZONE)
    for wrong in (Encodeds([tag]), row):
        with pytest.raises(ContractBreach, match="ZoneSet"):
            encode_answer(zones, {"TotalCount": 1, "ZoneSet": wrong}, "id")
    for rows in ([Encodeds([row])], [[row]]):
        with pytest.raises(ContractBreach, match="ZoneSet"):
            encode_answer(zones, {"TotalCount": 1, "ZoneSet": rows}, "id")


def test_an_encoded_value_does_not_show_what_it_holds(zone):
    assert repr(encode_value(zone, ZONE)) == "Encoded(shape=Shape(name='ZoneInfo'))"


def test_later_changes_to_the_value_do_not_reach_what_was_encoded(zone):
    value = dict(ZONE)
    row = encode_value(zone, value)
    value["Zone"] = "changed"
    assert json.loads(row.json) == ZONE


def test_read_only_mappings_and_tuples_are_encoded_too(zones):
    result = MappingProxyType({"TotalCount": 1, "ZoneSet": (MappingProxyType(ZONE),)})
    assert json.loads(encode_answer(zones, result, "id"))["Response"]["ZoneSet"] == [ZONE]


@quick
@given(st.data())
def test_a_drawn_answer_comes_back_as_it_was(data):
    action = data.draw(st.sampled_from(VARIED), label="action")
    result = data.draw(results(action), label="result")
    body = json.loads(encode_answer(action, result, "id"))
    assert body == {"Response": {**result, "RequestId": "id"}}
    assert list(body["Response"])[-1] == "RequestId"


# --- Breaches ----------------------------------------------------------------------------------------------


def test_a_breach_names_every_path_and_what_was_expected(zones):
    assert breach(zones, {"TotalCount": "1", "ZoneSet": [{**ZONE, "Zone": None, "Nope": 1}], "More": 1}) == (
        "cvm:DescribeZones: More is not in DescribeZonesResponse; TotalCount should be uint64; "
        "ZoneSet.0.Nope is not in ZoneInfo; ZoneSet.0.Zone (string) may not be null"
    )


def test_a_breach_of_a_value_says_where_it_was_to_go(zone):
    with pytest.raises(ContractBreach, match=r"^seed row 3: Zone should be string"):
        encode_value(zone, {**ZONE, "Zone": 3}, "seed row 3")


def test_a_very_broken_answer_is_not_listed_without_end(zones):
    assert breach(zones, {"TotalCount": 0, "ZoneSet": [1] * 50}).endswith("; and 30 more")


def test_a_result_may_not_bring_its_own_request_id(zones):
    assert "RequestId is not in" in breach(zones, {"TotalCount": 0, "ZoneSet": [], "RequestId": "mine"})


@pytest.mark.parametrize("value", [float("nan"), float("inf"), "1", True])
def test_a_float_that_json_cannot_say_is_a_breach(value):
    shape = catalog().shape("cvm", "2017-03-12", "GPUInfo")
    with pytest.raises(ContractBreach, match="GPUCount should be float"):
        encode_value(shape, {"GPUCount": value, "GPUId": [], "GPUType": ""})


def test_text_that_json_cannot_say_is_a_breach(zone):
    with pytest.raises(ContractBreach, match="ZoneInfo: cannot be written as JSON"):
        encode_value(zone, {**ZONE, "Zone": "\ud800"})


def test_null_is_allowed_where_real_answers_were_seen_to_hold_it():
    shape = catalog().shape("cvm", "2017-03-12", "InternetAccessible")
    encode_value(shape, {"InternetChargeType": None, "InternetMaxBandwidthOut": 0})


def objects(shape: Shape, value: dict, where: str = "") -> Iterator[tuple[str, Shape, dict]]:
    """Every object within, itself included, with its path."""
    yield where, shape, value
    for name, item in value.items():
        inner = shape.members[name]
        if inner.shape is not None and item is not None:
            for index, one in enumerate(item if inner.many else [item]):
                step = f"{name}.{index}." if inner.many else f"{name}."
                yield from objects(inner.shape, one, where + step)


@quick
@given(st.data())
def test_any_undeclared_member_anywhere_is_a_breach(data):
    action = data.draw(st.sampled_from(VARIED), label="action")
    result = copy.deepcopy(data.draw(results(action), label="result"))
    where, shape, value = data.draw(st.sampled_from(list(objects(action.response, result))), label="object")
    value["Nope"] = None
    assert breach(action, result) == f"{action.key}: {where}Nope is not in {shape.name}"


@quick
@given(st.data())
def test_any_promised_member_that_lacks_anywhere_is_a_breach(data):
    action = data.draw(st.sampled_from(VARIED), label="action")
    result = copy.deepcopy(data.draw(results(action), label="result"))
    promised = [
        (where + name, value, name)
        for where, shape, value in objects(action.response, result)
        for name, member in shape.members.items()
        if member.promised
    ]
    assume(promised)
    path, value, name = data.draw(st.sampled_from(promised), label="member")
    del value[name]
    assert f"{path} (" in breach(action, result)
    assert "is promised and missing" in breach(action, result)


# --- Completing --------------------------------------------------------------------------------------------


def test_what_was_promised_and_lacks_is_added_empty():
    shape = catalog().shape("cvm", "2017-03-12", "Instance")
    whole = complete(shape, {"InstanceId": "ins-1"})
    assert whole["InstanceId"] == "ins-1"
    assert (whole["InstanceName"], whole["CPU"], whole["DisableApiTermination"]) == ("", 0, False)
    assert (whole["DataDisks"], whole["LatestOperation"]) == ([], None)
    assert whole["Placement"] == {"Zone": "", "ProjectId": 0}
    assert "Metadata" not in whole


def test_objects_within_are_completed_too(zones):
    whole = complete(zones.response, {"ZoneSet": [{"Zone": "z"}, {}]})
    assert whole["ZoneSet"] == [
        {"Zone": "z", "ZoneName": "", "ZoneId": "", "ZoneState": ""},
        {"Zone": "", "ZoneName": "", "ZoneId": "", "ZoneState": ""},
    ]
    assert whole["TotalCount"] == 0


def test_what_is_given_stays_as_it_is(zones, zone):
    row = encode_value(zone, ZONE)
    given_result = {"ZoneSet": [row, None, 3], "TotalCount": None, "Nope": {}}
    whole = complete(zones.response, given_result)
    assert whole == given_result
    assert whole["ZoneSet"][0] is row
    assert isinstance(whole["ZoneSet"][0], Encoded)


def test_completing_changes_nothing_that_was_given(zones):
    given_result = {"ZoneSet": [{"Zone": "z"}]}
    complete(zones.response, given_result)
    assert given_result == {"ZoneSet": [{"Zone": "z"}]}


def test_two_blanks_share_nothing():
    shape = catalog().shape("cvm", "2017-03-12", "Instance")
    one, other = complete(shape, {}), complete(shape, {})
    one["DataDisks"].append(1)
    one["Placement"]["Zone"] = "changed"
    assert other["DataDisks"] == []
    assert other["Placement"]["Zone"] == ""


def test_a_shape_that_promises_itself_in_a_list_ends_there():
    members: dict[str, Member] = {}
    node = Shape("Node", members)
    members["Children"] = Member("Children", "object", True, node, False, True, False, False)
    assert complete(node, {}) == {"Children": []}


@quick
@given(st.data())
def test_whatever_promised_members_lack_completing_makes_it_conform(data):
    action = data.draw(st.sampled_from(VARIED), label="action")
    result = copy.deepcopy(data.draw(results(action), label="result"))
    for _, shape, value in list(objects(action.response, result)):
        promised = sorted(name for name in value if shape.members[name].promised)
        for name in data.draw(st.lists(st.sampled_from(promised), unique=True)) if promised else []:
            del value[name]
    encode_answer(action, complete(action.response, result), "id")


def test_an_encoded_value_takes_the_memory_of_its_bytes():
    import tracemalloc

    shape = catalog().shape("cvm", "2017-03-12", "Instance")
    value = complete(shape, {"InstanceName": "x" * 1500})
    encode_value(shape, value)
    tracemalloc.start()
    try:
        kept = [encode_value(shape, value) for _ in range(50)]
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 1.5 * sum(len(each.json) for each in kept)
