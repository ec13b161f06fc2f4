"""The tables of CVM, how its rows are found and named to CAM, and what an operation leaves in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from emulator.errors import ApiError, Refusal, missing_parameter
from emulator.services.cvm import errors
from emulator.tables.asking import asking
from emulator.tables.call import Call
from emulator.tables.declare import Manners, Qcs, Table
from emulator.tables.listing import has_form
from emulator.tables.params import bad_value, choice, too_many
from emulator.tables.shared import INSTANCE
from emulator.tables.writing import Value, change, find, later

# Documented: the codes are among the product's errors for these actions. Observed: that a limit of -1 gets
# one beginning InvalidParameterValue, and that an empty instance id gets InstanceIdMalformed. Assumed: texts.
MANNERS = Manners(
    out_of_range=lambda name, value: ApiError(
        "InvalidParameterValue.LimitExceeded" if value > 0 else "InvalidParameterValue.Range",
        f"The value of parameter `{name}` is out of range: {value}.",
    ),
    unknown_filter=Refusal[str]("InvalidFilter", "The specified filter `{}` is not supported."),
    both=Refusal[str](
        "InvalidParameterCombination", "The parameters `{}` and `Filters` cannot be specified together."
    ),
    too_many=lambda what, most: ApiError(
        "InvalidFilterValue.LimitExceeded"
        if what.startswith("Filter")
        else "InvalidParameterValue.LimitExceeded",
        f"The number of `{what}` exceeds the limit of {most}.",
    ),
    malformed=errors.bad_instance,
)

STATUS = Table(name="cvm.instance", item="InstanceStatus", key="InstanceId", prefix="ins", qcs=INSTANCE.qcs)
# Assumed: images and key pairs are asked about at operation level when they are listed.
IMAGE = Table(name="cvm.image", item="Image", key="ImageId", prefix="img")
KEY_PAIR = Table(name="cvm.keypair", item="KeyPair", key="KeyId", prefix="skey")
USER_DATA = "cvm.userdata"

MOST_INSTANCES = 100
"""Documented: how many one request may name."""


# --- What CAM is asked -----------------------------------------------------------------------------------

# Assumed: the types under which CAM knows key pairs and images that a call names; and whoever makes something
# is asked about all of its type, and about nothing that it refers to.
NAMED_KEY = replace(KEY_PAIR, qcs=Qcs("cvm", "keypair"))
NAMED_IMAGE = replace(IMAGE, qcs=Qcs("cvm", "image"))
ONE_INSTANCE, INSTANCES = asking((INSTANCE, "InstanceId")), asking((INSTANCE, "InstanceIds"))


# --- Finding ---------------------------------------------------------------------------------------------


def instances(call: Call, most: int = MOST_INSTANCES) -> list[Value]:
    """The instances that ``InstanceIds`` names, each once.

    Raises:
        ApiError: there are none or too many, or one is malformed or does not exist.
    """
    keys = list(dict.fromkeys(call.params["InstanceIds"]))
    if not keys:
        raise missing_parameter("InstanceIds")
    if len(keys) > most:
        raise too_many("InstanceIds", most)
    return [instance(call, key) for key in keys]


def instance(call: Call, key: str | None = None) -> Value:
    """One instance; the one that ``InstanceId`` names unless another is given."""
    key = call.params["InstanceId"] if key is None else key
    return found(call, INSTANCE, key, errors.bad_instance, errors.no_instance)


def found(call: Call, table: Table, key: str, bad: Refusal[str], absent: Refusal[str]) -> Value:
    """A resource by its id, which is malformed or unknown otherwise."""
    if not has_form(key, table.prefix):
        raise bad(key)
    # Documented: a wrong length is a wrong form. Ids of other lengths may have been put there, and are found.
    if len(key) != len(table.prefix) + 9 and key not in call.world.read(table.name, call.region):
        raise bad(key)
    return find(call, table, key, absent)


def image(call: Call, key: str) -> Value:
    """An image."""
    return found(call, IMAGE, key, errors.bad_image, errors.no_image)


def key_pair(call: Call, key: str) -> Value:
    """A key pair."""
    return found(call, KEY_PAIR, key, errors.bad_key, errors.no_key)


def is_windows(instance: Value) -> bool:
    """Whether an instance runs Windows."""
    return "windows" in str(instance["OsName"]).lower()


# --- Reading parameters ----------------------------------------------------------------------------------


def tags(call: Call, kind: str) -> list[dict[str, str]]:
    """The tags of ``TagSpecification``, which all have to be for one kind of resource."""
    found: dict[str, str] = {}
    for specification in call.params.get("TagSpecification") or ():
        choice("TagSpecification.ResourceType", specification["ResourceType"], (kind,))
        for tag in specification["Tags"]:
            if tag["Key"] in found:
                raise errors.duplicate_tags(tag["Key"])
            if not tag["Key"]:
                raise bad_value("TagSpecification.Tags.Key", "")
            found[tag["Key"]] = tag["Value"]
    return [{"Key": key, "Value": value} for key, value in found.items()]


# --- Operations ------------------------------------------------------------------------------------------


def check_states(found: Sequence[Value], *states: str) -> None:
    """Refuse unless all instances are in one of these states and nothing else is being done at them."""
    for each in found:
        if each["InstanceState"] not in states:
            raise errors.wrong_state(each["InstanceId"], each["InstanceState"])
        if each["LatestOperationState"] == "OPERATING":
            raise errors.busy(each["InstanceId"])


def marks(call: Call, state: str) -> dict[str, Any]:
    """What an instance remembers of the operation that a call is."""
    return {
        "LatestOperation": call.action.name,
        "LatestOperationState": state,
        "LatestOperationRequestId": call.request_id,
        "LatestOperationErrorMsg": None,
    }


def done(call: Call, key: str, **members: Any) -> None:
    """Set members of an instance by an operation that is over at once."""
    change(call, INSTANCE, key, **members, **marks(call, "SUCCESS"))


def begin(
    call: Call,
    key: str,
    seconds: float,
    *,
    now: Mapping[str, Any],
    then: Mapping[str, Any],
    between: Mapping[str, Any] | None = None,
) -> None:
    """Begin an operation on an instance: what it shows ``now``, ``between`` at half time, and ``then``."""
    mine = marks(call, "OPERATING")
    change(call, INSTANCE, key, **now, **mine)
    if between is not None:
        later(call, seconds / 2, INSTANCE, key, mine, **between)
    later(call, seconds, INSTANCE, key, mine, **then, LatestOperationState="SUCCESS")


SECONDS: Mapping[str, float] = {
    "RunInstances": 20,
    "StartInstances": 15,
    "StopInstances": 15,
    "RebootInstances": 20,
    "TerminateInstances": 20,
    "ResetInstance": 60,
    "ResetInstancesType": 60,
    "ResetInstancesPassword": 20,
    "AssociateInstancesKeyPairs": 20,
    "DisassociateInstancesKeyPairs": 20,
    "ResizeInstanceDisks": 30,
    "ModifyInstancesVpcAttribute": 40,
    "ModifyInstancesAttribute": 20,
    "CreateImage": 120,
    "SyncImages": 300,
}
"""Assumed: how long each takes; the cloud promises nothing but the order of states."""


def interrupted(call: Call, found: Sequence[Value]) -> dict[str, dict[str, Mapping[str, Any]]]:
    """How operations that need an instance to be off go on, by its id.

    A running one goes down and comes up again if ``ForceStop`` says so, and is refused otherwise.
    """
    # Documented: only a stopped instance, unless forced; it is running again afterwards.
    check_states(found, "STOPPED", *(("RUNNING",) if call.params.get("ForceStop") else ()))
    off: Mapping[str, Any] = {}
    return {
        each["InstanceId"]: {"now": off, "then": off}
        if each["InstanceState"] == "STOPPED"
        else {
            "now": {"InstanceState": "STOPPING"},
            "between": {"InstanceState": "STARTING"},
            "then": {"InstanceState": "RUNNING"},
        }
        for each in found
    }
