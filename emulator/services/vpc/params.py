"""How vpc's parameters are read: ids, names, tags, networks, and what is not served."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from ipaddress import IPv4Network, ip_address
from typing import Any

from emulator.errors import ApiError, missing_parameter
from emulator.services.vpc import errors
from emulator.tables.call import Call
from emulator.tables.declare import Table
from emulator.tables.listing import has_form
from emulator.tables.writing import Value, find
from emulator.world import regions

NAME, DESCRIPTION = 60, 100
"""Documented: how long names and descriptions may be."""
MOST_TAGS = 50
"""Assumed: how many tags one resource may bear."""
MOST_IDS = 100
"""Documented: how many ids one request may name."""
_WORDS = {
    "vpc": "VPC",
    "sg": "security group",
    "rtb": "route table",
    "acl": "network ACL",
    "eni": "network interface",
    "nat": "NAT gateway",
    "havip": "HAVIP",
    "ins": "instance",
    "eip": "address",
}


def existing(call: Call, table: Table, key: str) -> Value:
    """The resource of an id.

    Raises:
        ApiError: the id has not the form of its kind, or nothing here has it.
    """
    if not has_form(key, table.prefix):
        raise errors.malformed(table.key, f"an id such as {table.prefix}-12345678")
    return find(call, table, key, errors.absent(_WORDS.get(table.prefix, table.prefix)))


def given(call: Call, table: Table) -> Value:
    """The resource whose id stands in the parameter of that name."""
    return existing(call, table, call.params[table.key])


def text(params: Mapping[str, Any], name: str, most: int = NAME) -> str:
    """A text of at most so many characters; empty if it was not given."""
    # Assumed: characters, where the prose says bytes here and characters there.
    found: str = params.get(name) or ""
    if len(found) > most:
        raise errors.too_long(name, most)
    return found


def named(params: Mapping[str, Any], name: str) -> str:
    """A name that must not be empty."""
    found = text(params, name)
    if not found:
        raise ApiError("InvalidParameterValue.Empty", f"The parameter `{name}` is empty.")
    return found


def tags(call: Call, before: int = 0) -> list[dict[str, str]]:
    """The tags that a call gives to what it makes, which has some ``before``."""
    found = [{"Key": tag["Key"], "Value": tag.get("Value") or ""} for tag in call.params.get("Tags") or ()]
    for tag in found:
        # Documented: the codes. Assumed: how long keys and values may be.
        if not tag["Key"]:
            raise ApiError("InvalidParameterValue.TagInvalidKey", "A tag key is empty.")
        if len(tag["Key"]) > 127:
            raise ApiError("InvalidParameterValue.TagInvalidKeyLen", "A tag key is too long.")
        if len(tag["Value"]) > 255:
            raise ApiError("InvalidParameterValue.TagInvalidVal", "A tag value is too long.")
    if len({tag["Key"] for tag in found}) < len(found):
        raise ApiError("InvalidParameterValue.TagDuplicateKey", "A tag key is given twice.")
    if len(found) + before > MOST_TAGS:
        raise ApiError(
            "LimitExceeded.TagKeyPerResourceExceeded", f"A resource bears at most {MOST_TAGS} tags."
        )
    return found


def ids(call: Call, name: str) -> Sequence[str]:
    """Several ids, each once, at least one."""
    found = call.params.get(name) or []
    if not found:
        raise missing_parameter(name)
    if len(found) > MOST_IDS:
        raise errors.too_many(name, MOST_IDS)
    return list(dict.fromkeys(found))


def network(name: str, cidr: str) -> IPv4Network:
    """An IPv4 network written in full (``10.0.0.0/16``)."""
    wrong = errors.malformed(name, "an IPv4 network such as 10.0.0.0/16")
    if "/" not in cidr:
        raise wrong
    try:
        return IPv4Network(cidr)
    except ValueError as reason:
        raise wrong from reason


def networks(vpc: Value) -> list[IPv4Network]:
    """The networks of a VPC: its own, then those added to it."""
    further = [each["CidrBlock"] for each in vpc.get("AssistantCidrSet") or ()]
    return [IPv4Network(cidr) for cidr in (vpc["CidrBlock"], *further)]


def is_address(value: str) -> bool:
    """Whether a text is an IP address."""
    try:
        ip_address(value)
    except ValueError:
        return False
    return True


def switch(params: Mapping[str, Any], name: str) -> bool:
    """A truth value that is written as a text; false unless said."""
    found = params.get(name)
    if found in (None, ""):
        return False
    if str(found).lower() not in ("true", "false"):
        raise errors.bad_value(name, "true or false")
    return str(found).lower() == "true"


def zone(call: Call, name: str, value: str) -> str:
    """A zone of the call's region."""
    region = regions.find(call.region)
    if region is None or all(each.id != value for each in region.zones):
        raise errors.bad_value(name, "a zone of the region")
    return value


def project(params: Mapping[str, Any]) -> str:
    """The project of something new: a number written as a text, 0 unless said."""
    found: str = params.get("ProjectId") or "0"
    if not found.isdecimal() or len(found) > 18:
        raise errors.malformed("ProjectId", "the number of a project")
    return found
