"""Permission boundaries of users and roles."""

from __future__ import annotations

from emulator.services.cam import errors
from emulator.services.cam.params import policy, role, user
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world import accounts
from emulator.world.shelves import Row


def put_user_permissions_boundary(call: Call) -> Result:
    """Bound a sub-user by a policy."""
    row = policy(call, call.params["PolicyId"])
    accounts.set_boundary(call.world, _user(call), row.value["PolicyId"])
    return {}


def delete_user_permissions_boundary(call: Call) -> Result:
    """Lift the boundary of a sub-user."""
    accounts.set_boundary(call.world, _user(call), None)
    return {}


def get_user_permission_boundary(call: Call) -> Result:
    """The boundary of a sub-user; nulls for none."""
    return _as_shown(accounts.boundary(call.world, _user(call)))


def put_role_permissions_boundary(call: Call) -> Result:
    """Bound a role by a policy."""
    holder, row = _bounded_role(call), policy(call, call.params["PolicyId"])
    accounts.set_boundary(call.world, holder, row.value["PolicyId"])
    return {}


def delete_role_permissions_boundary(call: Call) -> Result:
    """Lift the boundary of a role."""
    accounts.set_boundary(call.world, _bounded_role(call), None)
    return {}


def get_role_permission_boundary(call: Call) -> Result:
    """The boundary of a role; nulls for none."""
    return _as_shown(accounts.boundary(call.world, f"role/{role(call).value['RoleId']}"))


def _user(call: Call) -> str:
    return f"user/{user(call, call.params['TargetUin'], errors.no_target).value['Uin']}"


def _bounded_role(call: Call) -> str:
    row = role(call)
    if row.value["RoleType"] == "service_linked":
        raise errors.service_role_has_no_boundary()
    return f"role/{row.value['RoleId']}"


def _as_shown(row: Row | None) -> Result:
    # Assumed: the document stands as it was given. The official example wraps it in `strategyInfo`.
    value = {} if row is None else row.value
    return {
        "PolicyId": value.get("PolicyId"),
        "PolicyName": value.get("PolicyName"),
        "PolicyDocument": value.get("PolicyDocument"),
        "PolicyType": value.get("Type"),
        "CreateMode": value.get("CreateMode"),
    }


ACTIONS = (
    Does(action="PutUserPermissionsBoundary", run=put_user_permissions_boundary),
    Does(action="DeleteUserPermissionsBoundary", run=delete_user_permissions_boundary),
    Does(action="GetUserPermissionBoundary", run=get_user_permission_boundary),
    Does(action="PutRolePermissionsBoundary", run=put_role_permissions_boundary),
    Does(action="DeleteRolePermissionsBoundary", run=delete_role_permissions_boundary),
    Does(action="GetRolePermissionBoundary", run=get_role_permission_boundary),
)
