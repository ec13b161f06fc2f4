"""How one logs in to an instance: passwords and key pairs; and the data it is given to start with."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emulator.services.cvm import errors
from emulator.services.cvm.resources import KEY_PAIR, USER_DATA
from emulator.tables import passwords
from emulator.tables.call import Call
from emulator.tables.params import bad_value, choice
from emulator.tables.writing import Value, change
from emulator.world.shelves import Row

_SIGNS = "()`~!@#$%^&*-+=_|{}[]:;'<>,.?/"


def check_password(password: str, *, windows: bool, kinds: int) -> None:
    """Refuse a password that is not complex enough: so many ``kinds`` of characters, and long enough.

    A password is looked at and never kept.
    """
    # Documented: 8 to 30 characters, 12 to 30 for Windows; letters of both cases, digits and signs.
    found = passwords.kinds(password, _SIGNS)
    if not (12 if windows else 8) <= len(password) <= 30 or len(found) < kinds or "" in found:
        raise errors.bad_password()


def key_ids(call: Call, given: Mapping[str, Any], image: Value) -> list[str]:
    """The key pairs of ``LoginSettings`` for an instance of an image.

    Raises:
        ApiError: they or the password cannot be used, or exclude one another.
    """
    keys: list[str] = list(dict.fromkeys(given.get("KeyIds") or ()))
    password, windows = given.get("Password"), image["Platform"].lower().startswith("windows")
    keeps = choice("KeepImageLogin", (given.get("KeepImageLogin") or "false").lower(), ("true", "false"))
    if password is not None:
        # Documented: two kinds of characters for Linux, three for Windows.
        check_password(password, windows=windows, kinds=3 if windows else 2)
    if keeps == "true":
        if keys or password is not None:
            raise errors.not_together("KeepImageLogin", "KeyIds", "Password")
        # Documented: of one's own, shared and imported images only.
        if image["ImageType"] == "PUBLIC_IMAGE":
            raise bad_value("KeepImageLogin", given["KeepImageLogin"])
    if keys and password is not None:
        raise errors.not_together("Password", "KeyIds")
    if keys and windows:
        raise errors.no_windows_keys()
    for key in keys:
        if key not in call.world.read(KEY_PAIR.name, call.region):
            raise errors.no_key_to_launch(key)
    return keys


def user_data(text: str) -> str:
    """User data as it came, which has to be base64 of at most 16 KB."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as reason:
        raise errors.bad_user_data() from reason
    if len(raw) > 16 * 1024:
        raise errors.user_data_too_large()
    return text


def keep_user_data(call: Call, instances: Iterable[str], text: str) -> None:
    """Keep the user data of instances, where DescribeInstancesAttributes finds it."""
    shelf = call.world.write(USER_DATA, call.region)
    for key in instances:
        shelf.put(key, Row({"InstanceId": key, "UserData": text}))


def associate(call: Call, keys: Sequence[str], instances: Sequence[str]) -> None:
    """Let key pairs list these instances too."""
    for key in keys:
        row = call.world.read(KEY_PAIR.name, call.region).items()[key]
        listed = row.value.get("AssociatedInstanceIds") or []
        change(call, KEY_PAIR, key, AssociatedInstanceIds=list(dict.fromkeys([*listed, *instances])))


def dissociate(call: Call, keys: Iterable[str], instances: Iterable[str]) -> None:
    """Let key pairs list these instances no longer; those that are gone are left out."""
    gone = set(instances)
    for key in keys:
        row = call.world.read(KEY_PAIR.name, call.region).get(key)
        if row is not None:
            left = [each for each in row.value.get("AssociatedInstanceIds") or () if each not in gone]
            change(call, KEY_PAIR, key, AssociatedInstanceIds=left)
