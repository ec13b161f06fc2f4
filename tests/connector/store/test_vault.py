import base64
import copy
import os
import pickle
import stat

import pytest
from sqlalchemy import create_engine, make_url

from connector.config import locate, read_key_file
from connector.errors import BadInput, SecretUnreadable
from connector.model import Key, Secret
from connector.store.engine import Database
from connector.store.vault import Vault, open_vault

TEXT = "topSECRETtopSECRETtopSECRET"


def test_a_secret_shows_itself_nowhere():
    secret = Secret(TEXT)
    shown = [
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret:>40}",
        f"{secret!r:>40}",
        repr([secret]),
    ]
    assert not any(TEXT in one for one in [*shown, repr(Key("AKID" + "a" * 32, secret))])


def test_a_secret_is_never_pickled():
    with pytest.raises(TypeError, match="never pickled"):
        pickle.dumps(Secret(TEXT))


def test_a_secret_survives_copying():
    assert copy.deepcopy(Secret(TEXT)).reveal() == copy.copy(Secret(TEXT)).reveal() == TEXT


def test_secrets_compare_by_what_they_hold():
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"


def test_what_is_sealed_opens_in_its_place_only():
    vault = Vault(os.urandom(32))
    sealed = vault.seal(Secret(TEXT), "here")
    assert TEXT.encode() not in sealed
    assert vault.open(sealed, vault.name, "here").reveal() == TEXT
    with pytest.raises(SecretUnreadable, match="altered"):
        vault.open(sealed, vault.name, "there")


def test_sealing_twice_shows_nothing_in_common():
    vault = Vault(os.urandom(32))
    assert vault.seal(Secret(TEXT), "here") != vault.seal(Secret(TEXT), "here")


def test_another_master_key_says_so():
    mine, other = Vault(os.urandom(32)), Vault(os.urandom(32))
    with pytest.raises(SecretUnreadable, match="sealed with master key"):
        other.open(mine.seal(Secret(TEXT), "here"), mine.name, "here")


def test_the_key_file_is_made_once_and_only_for_its_owner(tmp_path):
    location = locate(f"sqlite:///{tmp_path}/a.db", {})
    first, second = open_vault(location, {}), open_vault(location, {})
    assert first.name == second.name
    assert stat.S_IMODE((tmp_path / "a.db.key").stat().st_mode) == 0o600


def test_a_key_file_that_others_can_read_is_refused(tmp_path):
    location = locate(f"sqlite:///{tmp_path}/a.db", {})
    open_vault(location, {})
    (tmp_path / "a.db.key").chmod(0o640)
    with pytest.raises(BadInput, match="chmod 600"):
        open_vault(location, {})


def test_the_environments_master_key_comes_first_and_touches_no_disk(tmp_path):
    key = base64.b64encode(b"m" * 32).decode()
    vault = open_vault(locate(f"sqlite:///{tmp_path}/a.db", {}), {"TCCONNECTOR_MASTER_KEY": key})
    assert vault.name == Vault(b"m" * 32).name
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("text", ["password", "AAAA", "é", base64.b64encode(b"m" * 31).decode()])
def test_a_master_key_that_is_no_32_bytes_is_refused_and_not_shown(tmp_path, text):
    with pytest.raises(BadInput, match="openssl rand") as caught:
        open_vault(locate("sqlite://", {}), {"TCCONNECTOR_MASTER_KEY": text})
    assert text not in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        "SecretId,SecretKey\nAKIDx,sss\n",
        "\ufeffSecretId,SecretKey\r\nAKIDx,sss\r\n",
        '{"SecretId": "AKIDx", "SecretKey": "sss"}',
        "TENCENTCLOUD_SECRET_ID=AKIDx\nTENCENTCLOUD_SECRET_KEY=sss\n",
        "export TENCENTCLOUD_SECRET_ID='AKIDx'\nexport TENCENTCLOUD_SECRET_KEY=\"sss\"\n",
    ],
)
def test_a_key_file_reads_in_each_of_its_forms(tmp_path, text):
    path = tmp_path / "key"
    path.write_text(text, encoding="utf-8")
    key = read_key_file(path)
    assert (key.SecretId, key.SecretKey.reveal()) == ("AKIDx", "sss")


@pytest.mark.parametrize(
    "text", ["", "AKIDx", '{"SecretId": ', "[]", "SecretId,SecretKey\n", "a=sss\n", "sss,sss\nsss"]
)
def test_another_file_is_refused_and_not_shown(tmp_path, text):
    path = tmp_path / "key"
    path.write_text(text)
    with pytest.raises(BadInput, match="expected SecretId and SecretKey") as caught:
        read_key_file(path)
    assert "sss" not in str(caught.value)


def test_a_missing_key_file_is_refused(tmp_path):
    with pytest.raises(BadInput, match="cannot be read"):
        read_key_file(tmp_path / "none")


def test_the_store_is_where_it_was_asked_to_be(tmp_path):
    assert locate(None, {"XDG_DATA_HOME": "/data"}).url == "sqlite:////data/tcconnector/connector.db"
    assert locate(None, {"TCCONNECTOR_DATABASE": "sqlite:///x.db"}).url == "sqlite:///x.db"
    assert locate("sqlite:///y.db", {"TCCONNECTOR_DATABASE": "sqlite:///x.db"}).url == "sqlite:///y.db"
    assert (
        locate("postgresql://h/d", {"XDG_DATA_HOME": "/data"}).key_path.as_posix()
        == "/data/tcconnector/master.key"
    )
    with pytest.raises(BadInput, match="URL"):
        locate("x.db", {})


def test_the_databases_password_is_not_shown():
    engine = create_engine("sqlite://")
    engine.url = make_url("postgresql://me:pa55word@h/d")
    assert "pa55word" not in Database(engine).shown_url
    assert "pa55word" not in repr(locate("postgresql://me:pa55word@h/d", {}))
