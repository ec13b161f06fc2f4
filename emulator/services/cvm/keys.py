"""Key pairs: made or imported, changed, deleted, put onto instances and taken off them."""

from __future__ import annotations

import base64
import binascii
import re
from typing import Any

from emulator.services.cvm import errors, login
from emulator.services.cvm.launch import check_project
from emulator.services.cvm.resources import (
    KEY_PAIR,
    MANNERS,
    NAMED_KEY,
    SECONDS,
    begin,
    instances,
    interrupted,
    is_windows,
    key_pair,
    tags,
)
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does, Lists
from emulator.tables.params import bad_value, too_many
from emulator.tables.shared import INSTANCE
from emulator.tables.writing import add, change, fresh_id, remove
from emulator.world.clock import iso_time

MOST_KEYS = 100
"""Documented: how many one request may name. Assumed: as many in a region."""


def create(call: Call) -> Result:
    """Make a key pair; the private key is in the answer and nowhere else."""
    _check_name(call, call.params["KeyName"])
    _check_quota(call)
    given = tags(call, "keypair")
    project = check_project(call.params["ProjectId"])
    public, private = _generate()
    key = _add(call, project, public, given)
    made = key_pair(call, key)
    return {"KeyPair": {**{name: made[name] for name in _SHOWN}, "PrivateKey": private}}


# Documented (the official example): what the answer of CreateKeyPair holds beside the private key.
_SHOWN = ("KeyId", "KeyName", "ProjectId", "PublicKey")


def _generate() -> tuple[str, str]:
    """A new RSA key pair: OpenSSH's one line, and PEM."""
    # Loaded here: it takes long, and few tests make key pairs.
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(serialization.Encoding.OpenSSH, serialization.PublicFormat.OpenSSH)
    return public.decode(), private.decode()


def _add(call: Call, project: int, public: str, given: list[dict[str, str]]) -> str:
    key = fresh_id(call, KEY_PAIR)
    add(
        call,
        KEY_PAIR,
        {
            "KeyId": key,
            "KeyName": call.params["KeyName"],
            "ProjectId": project,
            "Description": "",
            "PublicKey": f"{public} {key.replace('-', '_')}" if public.count(" ") == 1 else public,
            "AssociatedInstanceIds": [],
            "CreatedTime": iso_time(call.now),
            "Tags": given,
        },
    )
    return key


def _check_name(call: Call, name: str, own: str = "") -> None:
    # Documented: letters, digits and underscores, 25 at most, no two alike.
    if not name:
        raise errors.key_name_empty()
    if len(name) > 25:
        raise errors.key_name_too_long()
    if not re.fullmatch(r"[A-Za-z0-9_]+", name):
        raise errors.bad_key_name(name)
    for row in call.world.read(KEY_PAIR.name, call.region).index("KeyName").get(name, ()):
        if row.value["KeyId"] != own:
            raise errors.key_name_taken(name)


def _check_quota(call: Call) -> None:
    if len(call.world.read(KEY_PAIR.name, call.region)) >= MOST_KEYS:
        raise errors.too_many_keys()


def import_key(call: Call) -> Result:
    """Bring a public key of one's own."""
    _check_name(call, call.params["KeyName"])
    _check_quota(call)
    given = tags(call, "keypair")
    project = check_project(call.params["ProjectId"])
    public = call.params["PublicKey"].strip()
    body = _body(public)
    for row in call.world.read(KEY_PAIR.name, call.region):
        if (row.value.get("PublicKey") or "").split(" ")[1:2] == [body]:
            raise errors.public_key_taken()
    return {"KeyId": _add(call, project, public, given)}


def _body(public: str) -> str:
    """The encoded part of an OpenSSH RSA key.

    Raises:
        ApiError: it is none.
    """
    kind, _, rest = public.partition(" ")
    body = rest.partition(" ")[0]
    try:
        raw = base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as reason:
        raise errors.bad_public_key() from reason
    if kind != "ssh-rsa" or not raw.startswith(b"\x00\x00\x00\x07ssh-rsa"):
        raise errors.bad_public_key()
    return body


def _named(call: Call) -> list[str]:
    """The key pairs that ``KeyIds`` names, each once."""
    keys = list(dict.fromkeys(call.params["KeyIds"]))
    if not keys:
        raise errors.at_least_one("KeyIds")
    if len(keys) > MOST_KEYS:
        raise too_many("KeyIds", MOST_KEYS)
    for key in keys:
        key_pair(call, key)
    return keys


def delete(call: Call) -> Result:
    """Delete key pairs; none that opens an instance."""
    # Documented: not while instances use it; whether all were deleted has to be looked at. Assumed: none is
    # deleted if one cannot be.
    keys = _named(call)
    for key in keys:
        if key_pair(call, key).get("AssociatedInstanceIds"):
            raise errors.key_in_use(key)
    for key in keys:
        remove(call, KEY_PAIR, key)
    return {}


def modify(call: Call) -> Result:
    """Change the name or the description of a key pair."""
    key, params = call.params["KeyId"], call.params
    key_pair(call, key)
    # Documented: one of them at least; 60 characters of description.
    if "KeyName" not in params and "Description" not in params:
        raise errors.at_least_one("KeyName", "Description")
    members: dict[str, Any] = {}
    if "KeyName" in params:
        _check_name(call, params["KeyName"], key)
        members["KeyName"] = params["KeyName"]
    if "Description" in params:
        if len(params["Description"]) > 60:
            raise bad_value("Description", params["Description"])
        members["Description"] = params["Description"]
    change(call, KEY_PAIR, key, **members)
    return {}


def associate(call: Call) -> Result:
    """Put key pairs onto instances, in the place of those that were there."""
    # Documented: not for Windows; what was there before opens it no longer.
    found, keys = instances(call), _named(call)
    for each in found:
        if is_windows(each):
            raise errors.is_windows(each["InstanceId"])
    courses = interrupted(call, found)
    for each in found:
        login.dissociate(call, each["LoginSettings"].get("KeyIds") or (), [each["InstanceId"]])
    login.associate(call, keys, list(courses))
    for key, course in courses.items():
        _relog(call, key, course, keys)
    return {}


def _relog(call: Call, instance: str, course: dict[str, Any], keys: list[str]) -> None:
    now = {**course["now"], "LoginSettings": {"KeyIds": keys or None}}
    begin(call, instance, SECONDS["AssociateInstancesKeyPairs"], **{**course, "now": now})


def dissociate(call: Call) -> Result:
    """Take key pairs off instances; nothing changes where they are not."""
    # Assumed: that it is no failure.
    found, keys = instances(call), _named(call)
    for each in found:
        if is_windows(each):
            raise errors.is_windows(each["InstanceId"])
    courses = interrupted(call, found)
    login.dissociate(call, keys, list(courses))
    for each in found:
        left = [key for key in each["LoginSettings"].get("KeyIds") or () if key not in keys]
        _relog(call, each["InstanceId"], courses[each["InstanceId"]], left)
    return {}


_NEW, _NAMED = asking((NAMED_KEY,)), asking((NAMED_KEY, "KeyIds", "KeyId"))
_BOTH = asking((INSTANCE, "InstanceIds"), (NAMED_KEY, "KeyIds", "KeyId"))

ACTIONS = (
    Lists(
        action="DescribeKeyPairs",
        of=KEY_PAIR,
        ids="KeyIds",
        filters={
            "project-id": "ProjectId",
            "key-name": "KeyName",
            "tag-key": "Tags.Key",
            "tag-value": "Tags.Value",
            "tag:": "Tags",
        },
        manners=MANNERS,
    ),
    Does(action="CreateKeyPair", run=create, home="region", asks=_NEW),
    Does(action="ImportKeyPair", run=import_key, home="region", asks=_NEW),
    Does(action="DeleteKeyPairs", run=delete, home="region", asks=_NAMED),
    Does(action="ModifyKeyPairAttribute", run=modify, home="region", asks=_NAMED),
    Does(action="AssociateInstancesKeyPairs", run=associate, home="region", asks=_BOTH),
    Does(action="DisassociateInstancesKeyPairs", run=dissociate, home="region", asks=_BOTH),
)
