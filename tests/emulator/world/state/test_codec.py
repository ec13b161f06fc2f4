"""What a state file can hold comes back as it was; all else is refused, never bent."""

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.world.credentials import AccessKey, Principal
from emulator.world.shelves import Gone, Row
from emulator.world.state import codec
from tests.conftest import same

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats(allow_nan=False) | TEXTS
JSON = st.recursive(
    SCALARS.filter(lambda value: value not in (float("inf"), float("-inf"))),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
PARTS = TEXTS | st.integers(-(2**63), 2**64 - 1)
KEYS = PARTS | st.tuples(PARTS, PARTS) | st.tuples(PARTS, PARTS, PARTS)
PRINCIPALS = st.builds(
    Principal,
    kind=st.sampled_from(["root", "user", "role", "federated"]),
    uin=TEXTS,
    name=TEXTS,
    session=TEXTS,
    session_policy=st.none() | TEXTS,
    asked_by=TEXTS,
)
ACCESS_KEYS = st.builds(
    AccessKey,
    secret_id=TEXTS,
    secret_key=TEXTS,
    principal=PRINCIPALS,
    status=st.sampled_from(["Active", "Inactive"]),
    created=st.floats(0, 1e10),
    description=TEXTS,
    token=st.none() | TEXTS,
    expires=st.none() | st.floats(0, 1e10),
)
VALUES = st.builds(Row, st.dictionaries(TEXTS, JSON, max_size=4)) | ACCESS_KEYS | st.floats(0, 1e10) | TEXTS


@given(key=KEYS, number=st.none() | st.integers(0, 2**40), value=VALUES | st.just(Gone.GONE))
def test_what_is_kept_comes_back(key, number, value):
    kept = codec.decode(codec.encode((key, number, value)))
    assert kept == (key, number, value)
    assert same(kept[2], value)


@given(one=KEYS, other=KEYS)
def test_no_two_keys_have_the_same_bytes(one, other):
    assert (codec.encode_key(one) == codec.encode_key(other)) == (one == other)


@dataclass
class Thing:
    name: str


@pytest.mark.parametrize(
    "value",
    [
        Thing("x"),
        [1],
        {"a": 1},
        None,
        b"x",
        float("nan"),
        float("inf"),
        Row({"a": {1, 2}}),
        Row({"a": Thing("x")}),
        Row({1: "a"}),
        Row({"a": 2**64}),
        Row({"a": b"x"}),
    ],
    ids=repr,
)
def test_what_cannot_be_kept_is_refused(value):
    with pytest.raises(TypeError):
        codec.encode(("key", None, value))


@pytest.mark.parametrize("key", [None, 1.5j, b"x", (1, (2, 3)), frozenset(), True], ids=repr)
def test_a_key_that_cannot_be_kept_is_refused(key):
    with pytest.raises(TypeError):
        codec.encode_key(key)


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[1]", b'["k",null,"nothing",1]', b'["k",null,"access key",{}]']
)
def test_bytes_that_were_never_kept_are_refused(data):
    with pytest.raises(ValueError, match="of a kind that is not known"):
        codec.decode(data)
