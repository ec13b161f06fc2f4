"""Console passwords and the rules for them. Passwords themselves are kept nowhere."""

from __future__ import annotations

from typing import Any

from emulator.services.cam import errors
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world.clock import china_time
from emulator.world.shelves import Row
from emulator.world.world import World

# Documented: eight characters or more with upper and lower case, digits and others, if nothing is set.
# Assumed: how MustContain spells that (the official example has "A"), and the other defaults.
_DEFAULTS: dict[str, Any] = {
    "MinimumLength": 8,
    "MustContain": "Aa0!",
    "ForcePasswordChange": 0,
    "ReusePasswordLimit": 1,
    "RetryPasswordLimit": 10,
    "PasswordExpirationInvalidation": 2,
}
_KINDS = {
    "A": str.isupper,
    "a": str.islower,
    "0": str.isdigit,
    "!": lambda character: not character.isalnum(),
}


def given_or_made(call: Call) -> str:
    """Check the password that is given; make one and say it if none is."""
    given = call.params.get("Password")
    if not given:
        return call.world.mint.password()
    check(call.world, given)
    return ""


def check(world: World, password: str) -> None:
    """Hold a password against the account's rules.

    Raises:
        ApiError: it violates them.
    """
    rules = _rules(world)["Rules"]
    wants = [_KINDS[kind] for kind in rules["MustContain"] or "" if kind in _KINDS]
    if len(password) < (rules["MinimumLength"] or 0) or not all(any(map(want, password)) for want in wants):
        raise errors.bad_password()


def _rules(world: World) -> dict[str, Any]:
    row = world.read("cam.passwords").get("rules")
    # Assumed: how rules that nobody has set look.
    return {"Rules": _DEFAULTS, "UpdateTime": "", "Modifier": ""} if row is None else dict(row.value)


def get_password_rules(call: Call) -> Result:
    """The rules in force."""
    return _rules(call.world)


def update_password_rules(call: Call) -> Result:
    """Set rules; what is not given stays."""
    world = call.world
    given = {name: value for name, value in call.params["Rules"].items() if value is not None}
    rules = _rules(world)["Rules"] | given
    if not set(rules["MustContain"]) <= {*_KINDS, ","}:
        raise errors.bad_parameter("Rules.MustContain", "some of A, a, 0 and !")
    row = Row(
        {
            "Rules": rules,
            "UpdateTime": china_time(call.now),
            "Modifier": call.caller.principal.uin,
        }
    )
    world.write("cam.passwords").put("rules", row)
    return {}


ACTIONS = (
    Does(action="GetPasswordRules", run=get_password_rules),
    Does(action="UpdatePasswordRules", run=update_password_rules),
)
