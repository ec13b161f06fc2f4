"""How registries are reached from the internet: the entry that is opened and closed, and who may use it."""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from typing import Any

from emulator.errors import ApiError, Refusal
from emulator.services.tcr.registries import ENTRY, bad_parameter, registry, running
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.writing import Value, later
from emulator.world.shelves import Row

# Documented: the first three. Observed: terraform-provider-tencentcloud waits while the entry is Deleting.
CLOSED, OPENING, OPENED, LEAVING = "Closed", "Opening", "Opened", "Deleting"
# Assumed: how long it takes to open an entry, and to close it.
_OPENING_SECONDS, _CLOSING_SECONDS = 30, 20
# Documented: the codes. Assumed: which is used when, and the texts. Observed: terraform-provider-tencentcloud
# waits where the list is read while the entry is opened and ResourceNotFound is the answer.
_closed = Refusal[str]("ResourceNotFound", "The registry `{}` has no entry from the internet.")
_busy = Refusal[str, str]("FailedOperation.ErrorTcrResourceConflict", "The entry of the registry `{}` is {}.")


def _entry(call: Call) -> Value:
    """The entry of the registry that a call names; of one that nobody opened, a closed one."""
    key = registry(call)["RegistryId"]
    row: Row | None = call.world.read(ENTRY.name, call.region).get(key)
    return (
        row.value if row is not None else {"RegistryId": key, "Status": CLOSED, "Policies": [], "Version": 0}
    )


def _keep(call: Call, entry: Value, **members: Any) -> Result:
    call.world.write(ENTRY.name, call.region).put(entry["RegistryId"], Row({**entry, **members}))
    return {"RegistryId": entry["RegistryId"]}


def manage_external_endpoint(call: Call) -> Result:
    """Open the entry of a registry, or close it with all that was let in."""
    key, operation = running(call)["RegistryId"], call.params["Operation"]
    # Documented: these two.
    if operation not in ("Create", "Delete"):
        raise bad_parameter("`Operation` must be Create or Delete.")
    entry = _entry(call)
    wanted, during, then, seconds = (
        (CLOSED, OPENING, OPENED, _OPENING_SECONDS)
        if operation == "Create"
        else (OPENED, LEAVING, CLOSED, _CLOSING_SECONDS)
    )
    if entry["Status"] != wanted:
        raise _busy(key, entry["Status"])
    # Assumed: who was let in has to be named anew after it was closed.
    answer = _keep(call, entry, Status=during, Policies=[])
    later(call, seconds, ENTRY, key, {"Status": during}, Status=then)
    return answer


def describe_external_endpoint_status(call: Call) -> Result:
    """Whether a registry is open to the internet."""
    return {"Status": _entry(call)["Status"], "Reason": ""}


# --- Who may come in --------------------------------------------------------------------------------------


def _open(call: Call) -> Value:
    entry = _entry(call)
    if entry["Status"] != OPENED:
        raise _closed(entry["RegistryId"])
    return entry


def _block(text: str) -> str:
    """A network's addresses as they are kept."""
    # Documented: a network or an address. Assumed: an address is a network of one.
    try:
        return str(ipaddress.ip_network(text))
    except ValueError as error:
        raise bad_parameter(f"`CidrBlock` must be a network or an address, not {text!r}.") from error


def _change(call: Call, entry: Value, policies: Sequence[Value]) -> Result:
    # Observed, in the official example: all of them are of one version. Assumed: it counts the changes.
    return _keep(call, entry, Policies=list(policies), Version=entry["Version"] + 1)


def describe_security_policies(call: Call) -> Result:
    """From where a registry may be reached."""
    entry = _open(call)
    return {
        "SecurityPolicySet": [
            {**policy, "PolicyVersion": str(entry["Version"])} for policy in entry["Policies"]
        ]
    }


def _add(call: Call, given: Sequence[Mapping[str, Any]]) -> Result:
    running(call)
    entry = _open(call)
    policies = list(entry["Policies"])
    for each in given:
        block = _block(each.get("CidrBlock") or "")
        if any(policy["CidrBlock"] == block for policy in policies):
            raise bad_parameter(f"The network {block} is let in already.")
        # Observed, in the official example: they count from 0. Assumed: whatever number a request gives.
        number = max((policy["PolicyIndex"] for policy in policies), default=-1) + 1
        text = each.get("Description") or ""
        policies.append({"PolicyIndex": number, "CidrBlock": block, "Description": text})
    return _change(call, entry, policies)


def create_security_policy(call: Call) -> Result:
    """Let one network in."""
    return _add(call, [call.params])


def create_multiple_security_policy(call: Call) -> Result:
    """Let networks in, all of them or none."""
    return _add(call, call.params["SecurityGroupPolicySet"])


def _place(policies: Sequence[Value], asked: Mapping[str, Any]) -> int:
    """Which of the networks a request names by its addresses, else by its number."""
    # Documented: the addresses come first.
    block, number = asked.get("CidrBlock"), asked.get("PolicyIndex")
    if not block and number is None:
        raise bad_parameter("One of `CidrBlock` and `PolicyIndex` must be given.")
    member, wanted = ("CidrBlock", _block(block)) if block else ("PolicyIndex", number)
    for at, policy in enumerate(policies):
        if policy[member] == wanted:
            return at
    raise ApiError("ResourceNotFound", f"The policy {wanted} does not exist.")


def _remove(call: Call, given: Sequence[Mapping[str, Any]]) -> Result:
    running(call)
    entry = _open(call)
    policies = list(entry["Policies"])
    for each in given:
        del policies[_place(policies, each)]
    return _change(call, entry, policies)


def delete_security_policy(call: Call) -> Result:
    """Let one network in no longer."""
    return _remove(call, [call.params])


def delete_multiple_security_policy(call: Call) -> Result:
    """Let networks in no longer, all of them or none."""
    return _remove(call, call.params["SecurityGroupPolicySet"])


def modify_security_policy(call: Call) -> Result:
    """Let another network in than before, under the same number."""
    running(call)
    entry, asked = _open(call), call.params
    policies = list(entry["Policies"])
    at = _place(policies, {"PolicyIndex": asked["PolicyIndex"]})
    block = _block(asked["CidrBlock"])
    if any(policy["CidrBlock"] == block for other, policy in enumerate(policies) if other != at):
        raise bad_parameter(f"The network {block} is let in already.")
    policies[at] = {**policies[at], "CidrBlock": block, "Description": asked["Description"]}
    return _change(call, entry, policies)


ACTIONS = tuple(
    Does(action=action, run=run, home="region")
    for action, run in (
        ("ManageExternalEndpoint", manage_external_endpoint),
        ("DescribeExternalEndpointStatus", describe_external_endpoint_status),
        ("DescribeSecurityPolicies", describe_security_policies),
        ("CreateSecurityPolicy", create_security_policy),
        ("CreateMultipleSecurityPolicy", create_multiple_security_policy),
        ("DeleteSecurityPolicy", delete_security_policy),
        ("DeleteMultipleSecurityPolicy", delete_multiple_security_policy),
        ("ModifySecurityPolicy", modify_security_policy),
    )
)
