"""Policies, questions and circumstances, drawn from pools so small that they often meet."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

Json = dict[str, Any]
Asked = tuple[str, tuple[str, ...], Json, dict[str, Json]]
"""An action, its resources, what is known of the call, and what of each resource."""

VARIABLES = {"uin": "100000000002", "owner_uin": "100000000001"}

ACTIONS = ("cvm:DescribeInstances", "cvm:StopInstances", "vpc:DescribeVpcs")
_ACTION_PATTERNS = (
    *ACTIONS,
    "*",
    "cvm:*",
    "cvm:Describe*",
    "cvm:*Instances",
    "name/cvm:DescribeInstances",
    "name/cvm:Stop*",
    "name/*",
    "CVM:stopinstances",
    "cvm:describe*",
    "permid/280649",
)

_ACCOUNT = "uin/100000000001"
_NAMES = ("instance/*", "instance/ins-1", "instance/ins-2", "instance/100000000002", "vpc/vpc-1", "a:b")

# Every combination, so that one draw makes a resource; what comes often stands there more than once.
_PATTERNS = tuple(
    f"qcs::{service}:{region}:{account}:{name}"
    for service in ("", "cvm", "cvm", "vpc", "*", "*m")
    for region in ("", "", "gz", "ap-guangzhou", "sh", "ap-*", "s*", "${CLS_Region_ID}")
    for account in ("", "", _ACCOUNT, "uid/1250000000", "uin/*", "uin/${owner_uin}", "uin/${Root}")
    for name in ("*", "*", *_NAMES, "instance/ins-*", "*ins*", "*/ins-*", "instance/${uin}", "${x}*")
)
_ASKED = tuple(
    f"qcs:{project}:{service}:{region}:{account}:{name}"
    for project in ("", "", "id/0")
    for service in ("cvm", "cvm", "vpc")
    for region in ("gz", "ap-guangzhou", "sh", "ap-shanghai", "")
    for account in (_ACCOUNT, _ACCOUNT, "uid/1250000000", "")
    for name in _NAMES
)
asked_resources = st.sampled_from(_ASKED)
"""What calls ask about."""
patterns = st.just("*") | st.sampled_from(_PATTERNS)
"""What policies may have as a resource."""
_resources = st.just(("*",)) | st.lists(asked_resources, min_size=1, max_size=3).map(tuple)

# --- Conditions: what can be asked of each key, and what a call may have there ---------------------------

_STRINGS = ("dept&ops", "dept&dev", "DEPT&OPS", "dept&*", "*", "100000000002", "true", "")
_NUMBERS: tuple[Any, ...] = ("1", "1.0", 1, 2, -3, 2.5, "0010")
_DATES = (
    "2022-05-31 00:00:00",
    "2022-05-31T00:00:00Z",
    "2022-05-31T08:00:00+08:00",
    "2022-06-01",
    "2021-01-01T00:00",
)
_ADDRESSES = ("10.0.0.1", "10.0.0.0/8", "10.217.182.3/24", "192.168.1.1", "2001:db8::1", "2001:db8::/32")
_BOOLS: tuple[Any, ...] = (True, False, "true", "false")
_BINARIES = ("aGk=", "aGkh", "")

_ORDERS = ("equal", "not_equal", "less_than", "less_than_equal", "greater_than", "greater_than_equal")
_STRING_OPERATORS = (
    "string_equal",
    "string_not_equal",
    "string_equal_ignore_case",
    "string_not_equal_ignore_case",
    "string_like",
    "string_not_like",
)
_KEYS: dict[str, tuple[tuple[str, ...], tuple[Any, ...]]] = {
    "qcs:resource_tag": (_STRING_OPERATORS, (*_STRINGS, "${uin}", "${unknown}")),
    "qcs:tag": (("string_equal", "string_not_equal"), _STRINGS),
    "cvm:count": (tuple(f"numeric_{order}" for order in _ORDERS), _NUMBERS),
    "qcs:current_time": (tuple(f"date_{order}" for order in _ORDERS), _DATES),
    "qcs:ip": (("ip_equal", "ip_not_equal"), _ADDRESSES),
    "cvm:mfa": (("bool_equal",), _BOOLS),
    "cvm:blob": (("binary_equal",), _BINARIES),
}
_ODD: tuple[Any, ...] = ("not a value", 7, True, "aGk=")

_OPERATORS = tuple(
    (f"{qualifier}{operator}{suffix}", key)
    for key, (operators, _) in _KEYS.items()
    for operator in operators
    for qualifier in ("", "", "for_any_value:", "for_all_value:")
    for suffix in ("", "", "_if_exist")
) + tuple(("null_equal", key) for key in (*_KEYS, *_KEYS))


Clause = tuple[str, str, Any]
"""An operator, a key, and what is wanted."""


def _clause(written: tuple[str, str]) -> st.SearchStrategy[Clause]:
    operator, key = written
    values = st.sampled_from(_BOOLS if operator == "null_equal" else _KEYS[key][1])
    return st.tuples(st.just(operator), st.just(key), values | st.lists(values, min_size=1, max_size=3))


clauses = st.sampled_from(_OPERATORS).flatmap(_clause)
"""One condition on one key."""


def values_for(key: str) -> st.SearchStrategy[tuple[Any, ...]]:
    """What a call may have under a key; mostly of the right kind."""
    fitting = tuple(value for value in _KEYS[key][1] if not str(value).startswith("${"))
    return st.lists(st.sampled_from((*fitting, *fitting, *_ODD)), max_size=3).map(tuple)


contexts = st.fixed_dictionaries({}, optional={key: values_for(key) for key in _KEYS})
"""What is known of a call: keys lack, have several values, or values of the wrong kind."""


def _gather(parts: list[Clause]) -> Json:
    condition: Json = {}
    for operator, key, wanted in parts:
        condition.setdefault(operator, {})[key] = wanted
    return condition


conditions = st.lists(clauses, min_size=1, max_size=2).map(_gather)


def _one_or_many(values: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    return values | st.lists(values, min_size=1, max_size=3)


def statements(effect: st.SearchStrategy[str] | None = None) -> st.SearchStrategy[Json]:
    """One well-formed statement as a JSON value."""
    return st.fixed_dictionaries(
        {
            "effect": st.sampled_from(("allow", "allow", "deny")) if effect is None else effect,
            "action": _one_or_many(st.sampled_from(_ACTION_PATTERNS)),
            "resource": _one_or_many(patterns),
        },
        optional={"condition": conditions},
    )


def _document(body: list[Json]) -> Json:
    return {"version": "2.0", "statement": body}


documents = st.lists(statements(), min_size=1, max_size=3).map(_document)
"""A well-formed policy as a JSON value."""
holdings = st.lists(documents, max_size=3)
"""The policies of one caller."""
layers = st.none() | st.lists(documents, max_size=2)
"""A boundary or session policy that may not be there."""


_TAG_KEYS = ("qcs:resource_tag", "qcs:tag")
_tags = st.fixed_dictionaries({}, optional={key: values_for(key) for key in _TAG_KEYS})


@st.composite
def _questions(draw: st.DrawFn) -> Asked:
    """Draw an action, its resources, what is known of the call, and what of some of the resources."""
    resources = draw(_resources)
    own = draw(st.fixed_dictionaries({}, optional=dict.fromkeys(resources, _tags)))
    return draw(st.sampled_from(ACTIONS)), resources, draw(contexts), own


questions = _questions()
