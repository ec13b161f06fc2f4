"""Changes to permissions, roles and keys that were made and are not in force yet, in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from emulator.world.accounts import Attached, boundary_of, find_role, policies_of
from emulator.world.credentials import AccessKey, Principal
from emulator.world.shelves import Row
from emulator.world.world import Readable, World


def tell_changes(world: World, principal: Principal) -> Iterator[str]:
    """Every change to what a principal may do that is on its way, oldest first."""
    for step in world.on_their_way():
        before, after = _held(step.before, principal), _held(step.after, principal)
        for place in dict.fromkeys((*before, *after)):
            old, new = before.get(place), after.get(place)
            if old is None and new is not None:
                yield f"{_name(new)} was {_VERBS[place[0]][0]} {_tell_start(world, step.at)}"
            elif old is not None and new is None:
                yield f"{_name(old)} was {_VERBS[place[0]][1]} {_tell_end(world, step.at, 'lasts')}"
            elif old is not None and new is not None and old != new:
                yield f"{_name(new)} was changed {_tell_start(world, step.at)}"


def tell_key_change(world: World, secret_id: str) -> str | None:
    """The last change to a long-term key that is on its way."""
    told = None
    for step in world.on_their_way():
        before, after = _status(step.before, secret_id), _status(step.after, secret_id)
        if before != after:
            verb = "made" if before is None else _KEY_VERBS[after]
            ends = before == "Active"
            when = _tell_end(world, step.at, "works") if ends else _tell_start(world, step.at)
            told = f"the key {secret_id} was {verb} {when}"
    return told


_KEY_VERBS = {"Active": "enabled", "Inactive": "disabled", None: "deleted"}


def tell_role_change(world: World, role_id: str) -> str | None:
    """The last change to whom a role trusts, or to whether there is such a role, that is on its way."""
    told = None
    for step in world.on_their_way():
        before, after = (find_role(each, role_id=role_id) for each in (step.before, step.after))
        if before is None and after is not None:
            told = f"the role was made {_tell_start(world, step.at)}"
        elif before is not None and after is None:
            told = f"the role was deleted {_tell_end(world, step.at, 'lasts')}"
        elif before is not None and after is not None and _trust(before) != _trust(after):
            told = f"the role's trust policy was changed {_tell_start(world, step.at)}"
    return told


def _trust(role: Row) -> object:
    return role.value["PolicyDocument"]


def _status(world: Readable, secret_id: str) -> str | None:
    key: AccessKey | None = world.read("cam.key").get(secret_id)
    return None if key is None or key.token is not None else key.status


# --- What a principal has -----------------------------------------------------------------------------------

_Place = tuple[str, int, str]
"""A policy by its id, or the boundary, and how it comes to the principal."""

_VERBS = {"policy": ("attached", "detached"), "boundary": ("set", "lifted")}


def _held(world: Readable, principal: Principal) -> Mapping[_Place, Attached]:
    held: dict[_Place, Attached] = {
        ("policy", each.policy_id, each.via): each for each in policies_of(world, principal)
    }
    bound = boundary_of(world, principal)
    if bound is not None:
        held["boundary", 0, ""] = bound
    return held


def _name(attached: Attached) -> str:
    kind = "permission boundary" if attached.via.startswith("boundary ") else "policy"
    via = f" via {attached.via}" if attached.via.startswith("group ") else ""
    return f"{kind} {attached.name} ({attached.policy_id}){via}"


# --- When ---------------------------------------------------------------------------------------------------


def _tell_start(world: World, at: float) -> str:
    return f"{_tell_age(world, at)} and takes effect in {_tell_left(world, at)}"


def _tell_end(world: World, at: float, verb: str) -> str:
    return f"{_tell_age(world, at)} and {verb} {_tell_left(world, at)} more"


def _tell_age(world: World, at: float) -> str:
    return f"{_seconds(world.clock.now() - at)} ago"


def _tell_left(world: World, at: float) -> str:
    return _seconds(at + world.propagation_seconds - world.clock.now())


def _seconds(seconds: float) -> str:
    return f"{round(seconds, 1):.10g} s"
