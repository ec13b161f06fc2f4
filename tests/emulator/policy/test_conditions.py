import pytest

from emulator.policy.conditions import OPERATORS, explain_unmet, find_value_flaw, parse_operator
from emulator.policy.document import parse

KEY = "cvm:key"


def condition(operator, wanted, key=KEY):
    statement = {"effect": "allow", "action": "*", "resource": "*", "condition": {operator: {key: wanted}}}
    (found,) = parse({"version": "2.0", "statement": [statement]}).statements[0].conditions
    return found


def unmet(operator, wanted, *actual, variables=None):
    return explain_unmet(condition(operator, wanted), {KEY: actual}, variables or {})


def holds(operator, wanted, *actual):
    return unmet(operator, wanted, *actual) is None


@pytest.mark.parametrize(
    ("operator", "wanted", "actual", "expected"),
    [
        ("string_equal", "ap", "ap", True),
        ("string_equal", "ap", "AP", False),
        ("string_equal", "a*", "ap", False),
        ("string_equal", "1", 1, True),
        ("string_equal", "true", True, True),
        ("string_not_equal", "ap", "na", True),
        ("string_not_equal", "ap", "ap", False),
        ("string_equal_ignore_case", "ap", "AP", True),
        ("string_not_equal_ignore_case", "ap", "AP", False),
        ("string_like", "dept&*", "dept&ops", True),
        ("string_not_like", "dept&*", "dept&ops", False),
        ("numeric_equal", "1.0", "1", True),
        ("numeric_equal", 2, "2", True),
        ("numeric_not_equal", 2, "3", True),
        ("numeric_less_than", "10", "9", True),
        ("numeric_less_than", "10", "10", False),
        ("numeric_less_than_equal", "10", "10", True),
        ("numeric_greater_than", "9", "10", True),
        ("numeric_greater_than_equal", 0.1, "0.10", True),
        ("date_equal", "2022-05-31 00:00:00", "2022-05-31T00:00:00Z", True),
        ("date_equal", "2022-05-31T08:00:00+08:00", "2022-05-31T00:00:00Z", True),
        ("date_not_equal", "2022-05-31 00:00:00", "2022-06-01", True),
        ("date_less_than", "2022-05-31 00:00:00", "2022-05-30T23:59:59Z", True),
        ("date_less_than", "2022-05-31 00:00:00", "2022-05-31T00:00:00Z", False),
        ("date_less_than_equal", "2022-05-31 00:00:00", "2022-05-31T00:00:00Z", True),
        ("date_greater_than", "2022-05-31", "2022-05-31T00:00:01Z", True),
        ("date_greater_than_equal", "2022-05-31", "2022-05-31T00:00:00Z", True),
        ("bool_equal", True, "true", True),
        ("bool_equal", "false", False, True),
        ("bool_equal", "false", "true", False),
        ("binary_equal", "aGk=", "aGk=", True),
        ("binary_equal", "aGk=", "aGkh", False),
        ("ip_equal", "10.217.182.3/24", "10.217.182.200", True),
        ("ip_equal", "10.217.182.3/24", "10.217.183.1", False),
        ("ip_equal", "192.168.1.1", "192.168.1.1", True),
        ("ip_equal", "2001:db8::/32", "2001:db8::1", True),
        ("ip_equal", "0.0.0.0/0", "2001:db8::1", False),
        ("ip_not_equal", "10.0.0.0/8", "11.0.0.1", True),
        ("ip_not_equal", "10.0.0.0/8", "10.0.0.1", False),
    ],
)
def test_every_operator_compares_as_its_name_says(operator, wanted, actual, expected):
    assert holds(operator, wanted, actual) is expected


def test_one_of_several_wanted_values_is_enough():
    assert holds("ip_equal", ["10.217.182.3/24", "111.21.33.72/24"], "111.21.33.1")


def test_a_negated_operator_wants_none_of_the_values():
    assert not holds("string_not_equal", ["a", "b"], "b")
    assert holds("string_not_equal", ["a", "b"], "c")


@pytest.mark.parametrize("operator", sorted(OPERATORS))
def test_without_the_key_no_operator_holds_unless_it_says_if_exist(operator):
    wanted = {"numeric": "1", "date": "2022-05-31", "bool": True, "ip": "1.1.1.1"}.get(
        operator.split("_")[0], ""
    )
    assert unmet(operator, wanted) == f"the call has no {KEY}"
    assert unmet(f"{operator}_if_exist", wanted) is None


def test_if_exist_still_compares_a_key_that_is_there():
    assert not holds("string_equal_if_exist", "sh", "gz")
    assert holds("string_equal_if_exist", "sh", "sh")


@pytest.mark.parametrize(
    ("operator", "actual", "expected"),
    [
        ("for_any_value:string_equal", ("dept&ops", "env&prod"), True),
        ("for_any_value:string_equal", ("env&prod",), False),
        ("for_all_value:string_equal", ("dept&ops", "env&prod"), False),
        ("for_all_value:string_equal", ("dept&ops", "dept&dev"), True),
        ("for_all_value:string_equal_if_exist", (), True),
        ("for_any_value:string_not_equal", ("dept&ops", "env&prod"), True),
        ("for_all_value:string_not_equal", ("dept&ops", "env&prod"), False),
        ("string_equal", ("env&prod", "dept&ops"), True),
        ("string_not_equal", ("env&prod", "dept&ops"), False),
    ],
)
def test_a_qualifier_says_how_many_of_the_calls_values_must_suit(operator, actual, expected):
    assert holds(operator, ["dept&ops", "dept&dev"], *actual) is expected


@pytest.mark.parametrize(
    ("wanted", "actual", "expected"),
    [(True, (), True), ("true", ("x",), False), (False, (), False), ("false", ("x",), True)],
)
def test_null_equal_asks_whether_the_key_lacks(wanted, actual, expected):
    assert holds("null_equal", wanted, *actual) is expected


@pytest.mark.parametrize(
    ("operator", "wanted", "actual"),
    [
        ("ip_equal", "10.0.0.0/8", "not an address"),
        ("ip_not_equal", "10.0.0.0/8", "not an address"),
        ("numeric_equal", "1", "one"),
        ("numeric_not_equal", "1", "NaN"),
        ("numeric_not_equal", "1", True),
        ("numeric_not_equal", "1", "1e3"),
        ("date_less_than", "2022-05-31", "yesterday"),
        ("date_less_than", "2022-05-31", 1653955200),
        ("bool_equal", True, "yes"),
        ("binary_equal", "aGk=", "%"),
    ],
)
def test_a_value_of_the_wrong_kind_never_satisfies_and_the_reason_says_so(operator, wanted, actual):
    reason = unmet(operator, wanted, actual)
    assert reason.startswith(f"{KEY} is {actual!r}, which is not ")


@pytest.mark.parametrize(
    "actual", [10**5000, float("nan"), float("inf"), -(10**5000)], ids=["huge", "nan", "inf", "-huge"]
)
@pytest.mark.parametrize("operator", ["string_equal", "numeric_less_than"])
def test_no_number_is_too_odd_to_be_judged(operator, actual):
    assert unmet(operator, "1", actual) is not None


def test_dates_at_the_ends_of_time_can_be_compared():
    assert holds("date_less_than", "9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00")


def test_a_bare_value_in_the_context_is_one_value_and_not_its_letters():
    assert explain_unmet(condition("string_equal", "gz"), {KEY: "gz"}, {}) is None


def test_keys_are_case_sensitive():
    assert explain_unmet(condition("string_equal", "a", "cvm:Zone"), {"cvm:zone": ("a",)}, {}) is not None


def test_variables_are_replaced_in_values():
    assert unmet("string_equal", "${uin}", "2", variables={"uin": "2"}) is None
    assert unmet("string_equal", "${uin}", "2", variables={"uin": "3"}) is not None


@pytest.mark.parametrize("operator", ["string_equal", "string_not_equal"])
def test_a_placeholder_nobody_replaced_never_satisfies(operator):
    assert unmet(operator, "${Region}", "gz") == "${Region} was never replaced by a real value"


@pytest.mark.parametrize(
    ("written", "parts"),
    [
        ("string_equal", ("string_equal", "", False)),
        ("string_equal_if_exist", ("string_equal", "", True)),
        ("for_all_value:string_equal_if_exist", ("string_equal", "for_all_value", True)),
        ("for_any_value:ip_equal", ("ip_equal", "for_any_value", False)),
        ("null_equal", ("null_equal", "", False)),
    ],
)
def test_an_operator_is_taken_apart(written, parts):
    assert parse_operator(written) == parts


@pytest.mark.parametrize(
    "written",
    [
        "",
        "StringEquals",
        "string_equals",
        "String_equal",
        "null_equal_if_exist",
        "for_any_value:null_equal",
        "for_some_value:string_equal",
        "for_any_value:for_all_value:string_equal",
        "string_equal_if_exist_if_exist",
        "_if_exist",
        "for_any_value:",
        "bool_not_equal",
    ],
)
def test_an_operator_that_is_not_documented_does_not_exist(written):
    assert parse_operator(written) is None


@pytest.mark.parametrize(
    ("base", "value"),
    [
        ("ip_equal", "10.*.*.10"),
        ("ip_equal", 10),
        ("numeric_equal", "ten"),
        ("numeric_equal", True),
        ("date_equal", "31.5.2022"),
        ("bool_equal", "TRUE"),
        ("null_equal", "maybe"),
        ("binary_equal", "%"),
        ("string_equal", None),
        ("string_equal", {}),
        ("numeric_equal", "${uin}"),
    ],
)
def test_a_policys_value_must_suit_its_operator(base, value):
    assert find_value_flaw(base, value) is not None
