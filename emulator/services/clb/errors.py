"""What clb says to what it cannot do."""

from __future__ import annotations

from emulator.errors import Refusal
from emulator.tables.declare import Manners

# Documented: the codes are among the product's errors. Assumed: which is used when, and the texts.

no_balancer = Refusal[str]("InvalidParameter.LBIdNotFound", "The load balancer `{}` does not exist.")
no_listener = Refusal[str]("InvalidParameter.ListenerIdNotFound", "The listener `{}` does not exist.")
no_location = Refusal[str]("InvalidParameter.LocationNotFound", "The forwarding rule `{}` does not exist.")
# Observed: terraform-provider-tencentcloud, deregistering, takes this code for "is not there any more".
not_registered = Refusal[str]("InvalidParameter", "The target `{}` is not registered.")
bad_value = Refusal[str, str]("InvalidParameterValue", "The value of `{}` is not valid: expected {}.")
out_of_range = Refusal[str, str](
    "InvalidParameterValue.Range", "The value of `{}` is out of range: expected {}."
)
bad_length = Refusal[str, str](
    "InvalidParameterValue.Length", "The length of `{}` is not valid: expected {}."
)
duplicate = Refusal[str]("InvalidParameterValue.Duplicate", "`{}` is given or there already.")
combination = Refusal[str]("InvalidParameterCombination", "{}")
wrong_protocol = Refusal[str]("InvalidParameter.ProtocolCheckFailed", "{}")
full = Refusal[str, int]("LimitExceeded", "The number of {} exceeds the quota of {}.")
MANNERS = Manners(
    out_of_range=Refusal[str, int](
        "InvalidParameterValue.Range", "The value of parameter `{}` is out of range: {}."
    ),
    unknown_filter=Refusal[str]("InvalidParameter.InvalidFilter", "The filter `{}` is not supported."),
    too_many=Refusal[str, int]("InvalidParameterValue.Length", "The number of `{}` exceeds the limit of {}."),
)
