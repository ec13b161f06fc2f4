import re
import uuid

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.world.mint import Mint

FORMS = {
    "uuid": r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "uin": r"1000[0-9]{8}",
    "uid": r"[1-9][0-9]{7}",
    "app_id": r"1(2[5-9]|3[0-9])[0-9]{7}",
    "policy_id": r"[1-9][0-9]{8}",
    "group_id": r"[1-9][0-9]{5}",
    "role_id": r"46[0-9]{17}",
    "secret_id": r"AKID[A-Za-z0-9]{32}",
    "secret_key": r"[A-Za-z0-9]{32}",
    "long_secret_id": r"AKID[A-Za-z0-9_-]{64}",
    "long_secret_key": r"[A-Za-z0-9+/]{43}=",
    "token": r"[A-Za-z0-9_-]{96}[0-9a-f]{40}[A-Za-z0-9_-]{164}",
}


@pytest.mark.parametrize("what", FORMS)
@given(seed=st.integers())
def test_every_identifier_has_the_real_form(what, seed):
    assert re.fullmatch(FORMS[what], str(getattr(Mint(seed), what)()))


@given(seed=st.integers())
def test_a_uuid_is_one_of_version_4(seed):
    made = uuid.UUID(Mint(seed).uuid())
    assert (made.version, made.variant) == (4, uuid.RFC_4122)


def test_a_resource_id_carries_its_prefix():
    assert re.fullmatch(r"ins-[0-9a-z]{8}", Mint(0).resource("ins"))


@given(seed=st.integers())
def test_a_password_has_every_kind_of_character(seed):
    password = Mint(seed).password()
    assert len(password) == 32
    assert all(re.search(kind, password) for kind in ("[a-z]", "[A-Z]", "[0-9]", "[^A-Za-z0-9]"))


@given(seed=st.integers())
def test_the_same_seed_makes_the_same_identifiers(seed):
    one, other = Mint(seed), Mint(seed)
    assert [one.uuid(), one.secret_id(), one.uin()] == [other.uuid(), other.secret_id(), other.uin()]


def test_a_mint_resumes_where_it_stood():
    mint = Mint(1)
    mint.uuid()
    state = mint.state()
    made = [mint.uuid(), mint.uin()]
    mint.resume(state)
    assert [mint.uuid(), mint.uin()] == made
