"""What TencentDB for Redis says when it refuses."""

# Documented: every code is among the product's errors, with what it is for. Assumed: which is used where the
# list has several for one thing, and the wording of the texts.

from __future__ import annotations

from emulator.errors import Refusal
from emulator.tables.declare import Manners
from emulator.tables.network import PlaceRefusals

illegal = Refusal[str]("InvalidParameter.IllegalParameterError", "{}")
bad_value = Refusal[str, object, str](
    "InvalidParameterValue.InvalidParameterValueError", "The value `{1}` of `{0}` is not valid: expected {2}."
)
# Of those that the product needs though the contract does not.
missing = Refusal[str]("InvalidParameter.EmptyParam", "The parameter `{}` is missing.")
no_instance = Refusal[str]("ResourceNotFound.InstanceNotExists", "The instance `{}` does not exist.")
no_group = Refusal[str](
    "InvalidParameterValue.SecurityGroupIdsNotExists", "The security group `{}` does not exist."
)
wrong_status = Refusal[str, int](
    "ResourceUnavailable.InstanceStatusError",
    "The instance `{}` is in status {}, which does not allow this operation.",
)
locked = Refusal[str]("ResourceUnavailable.InstanceLockedError", "The instance `{}` is in another process.")
denied = Refusal[str]("UnsupportedOperation.InstanceNotOperation", "{}")

MANNERS = Manners(
    out_of_range=Refusal[str, int](
        "InvalidParameter.IllegalParameterError", "The value of parameter `{}` is out of range: {}."
    ),
    too_many=Refusal[str, int](
        "InvalidParameter.IllegalParameterError", "The number of `{}` exceeds the limit of {}."
    ),
)
NETWORK = PlaceRefusals(
    absent=Refusal[str]("InvalidParameterValue.UnVpcIdNotExists", "The network `{}` does not exist."),
    incomplete=missing,
    full=Refusal[str]("ResourceUnavailable.NoEnoughVipInVPC", "The subnet `{}` has no free address."),
    malformed=lambda text: bad_value("Vip", text, "an IP address"),
    outside=lambda text: bad_value("Vip", text, "an address of the subnet"),
    taken=lambda text: bad_value("Vip", text, "an address that is not in use"),
)
