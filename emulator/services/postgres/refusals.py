"""What TencentDB for PostgreSQL says when it refuses."""

# Documented: every code is among the product's errors, with what it is for. Assumed: which is used where the
# list has several for one thing, and the wording of the texts.

from __future__ import annotations

from emulator.errors import Refusal
from emulator.tables.declare import Manners
from emulator.tables.network import PlaceRefusals

bad_value = Refusal[str, object, str](
    "InvalidParameterValue.InvalidParameterValueError", "The value `{1}` of `{0}` is not valid: expected {2}."
)
out_of_range = Refusal[str, object, str](
    "InvalidParameterValue.ParameterOutOfRange", "The value `{1}` of `{0}` is out of range: expected {2}."
)
# Of those that the product needs though the contract does not.
missing = Refusal[str]("InvalidParameter.ParametersNotSet", "The parameter `{}` is missing.")
no_instance = Refusal[str]("ResourceNotFound.InstanceNotFoundError", "The instance `{}` does not exist.")
no_group = Refusal[str]("InvalidParameterValue", "The security group `{}` does not exist.")
no_account = Refusal[str]("InvalidParameterValue.AccountNotExistError", "The account `{}` does not exist.")
wrong_status = Refusal[str, str](
    "OperationDenied.InstanceStatusLimitError",
    "The instance `{}` is {}, which does not allow this operation.",
)
denied = Refusal[str]("OperationDenied.InstanceStatusDeniedError", "{}")

MANNERS = Manners(
    out_of_range=Refusal[str, int](
        "InvalidParameterValue.ParameterOutOfRange", "The value of parameter `{}` is out of range: {}."
    ),
    unknown_filter=Refusal[str]("InvalidParameterValue", "The filter `{}` is not supported."),
    too_many=Refusal[str, int](
        "InvalidParameterValue.ParameterLengthLimitError", "The number of `{}` exceeds the limit of {}."
    ),
)
NETWORK = PlaceRefusals(
    absent=Refusal[str]("InvalidParameter.VpcNotFoundError", "The network `{}` does not exist."),
    incomplete=missing,
    full=Refusal[str]("ResourceInsufficient.ResourceNotEnough", "The subnet `{}` has no free address."),
    malformed=lambda text: bad_value("Vip", text, "an IP address"),
    outside=lambda text: bad_value("Vip", text, "an address of the subnet"),
    taken=lambda text: bad_value("Vip", text, "an address that is not in use"),
)
