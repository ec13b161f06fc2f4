"""What TencentDB for MySQL says when it refuses."""

# Documented: every code is among the product's errors, with what it is for. Assumed: which is used where the
# list has several for one thing, and the wording of the texts.

from __future__ import annotations

from emulator.errors import Refusal
from emulator.tables.declare import Manners
from emulator.tables.network import PlaceRefusals

bad_parameter = Refusal[str]("InvalidParameter", "{}")
bad_value = Refusal[str, object, str](
    "InvalidParameterValue.InvalidParameterValueError", "The value `{1}` of `{0}` is not valid: expected {2}."
)
# Of those that the product needs though the contract does not.
missing = Refusal[str]("MissingParameter.MissingParamError", "The parameter `{}` is missing.")
no_instance = Refusal[str]("InvalidParameter.InstanceNotFound", "The instance `{}` does not exist.")
# Networks, security groups, backups and whatever else a call names beside instances.
no_resource = Refusal[str]("InvalidParameter.ResourceNotFound", "The resource `{}` does not exist.")
wrong_status = Refusal[str, int](
    "OperationDenied.InstanceStatusError",
    "The instance `{}` is in status {}, which does not allow this operation.",
)
busy = Refusal[str, int](
    "OperationDenied.InstanceTaskStatusError", "The instance `{}` is carrying out task {}."
)
denied = Refusal[str]("OperationDenied.OperationDeniedError", "{}")

MANNERS = Manners(
    out_of_range=Refusal[str, int]("InvalidParameter", "The value of parameter `{}` is out of range: {}."),
    too_many=Refusal[str, int]("InvalidParameter", "The number of `{}` exceeds the limit of {}."),
)
NETWORK = PlaceRefusals(
    absent=no_resource,
    incomplete=missing,
    full=Refusal[str]("ResourceInsufficient", "The subnet `{}` has no free address."),
    malformed=Refusal[str]("FailedOperation.VpcIpInvalidError", "`{}` is not an IP address."),
    outside=Refusal[str](
        "FailedOperation.VpcIpNotInSubnetError", "The IP address `{}` is not in the subnet."
    ),
    taken=Refusal[str]("FailedOperation.VpcIpInUseError", "The IP address `{}` is in use already."),
)
