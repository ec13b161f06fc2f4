"""How TDSQL instances begin to work, are isolated, come back or go for good, and what is changed at once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from emulator.errors import ApiError
from emulator.tables import databases
from emulator.tables.call import Call, Result
from emulator.tables.databases import DESTROYING_SECONDS, ISOLATING_SECONDS, deal, renewed
from emulator.tables.declare import Does
from emulator.tables.prepaid import PERIODS
from emulator.tables.tdsql.product import (
    ISOLATED,
    LEAVING,
    NO_TIME,
    RAW,
    RESTARTING,
    RUNNING,
    STARTING,
    Product,
    bad_value,
    begin_flow,
    denied,
    every_running,
    illegal,
    in_status,
    instance,
    named,
    process,
    running,
    state,
    wrong_status,
    wrong_way_of_paying,
)
from emulator.tables.writing import Value, change, refuse
from emulator.world.clock import china_time

# Assumed: seven days, whichever way it is paid for.
KEPT_SECONDS = 7 * 86400
# Assumed: how long these take.
_STARTING_SECONDS, _RESTARTING_SECONDS, _RESIZING_SECONDS = 60, 30, 180
_NAME = re.compile(r"[\w一-鿿-]{1,60}")
# Documented: the parameters that are set when an instance begins to work, and what they may be. Assumed:
# the character sets and the sizes of a page.
FIRST: Mapping[str, tuple[str, ...]] = {
    "character_set_server": ("utf8", "latin1", "gbk", "utf8mb4", "gb18030"),
    "lower_case_table_names": ("0", "1"),
    "innodb_page_size": ("4096", "8192", "16384"),
    "sync_mode": ("0", "1", "2"),
}
_NEEDED = ("character_set_server", "lower_case_table_names")


def check_name(name: str) -> str:
    """A name that an instance may have."""
    # Documented: letters, digits, _, - and Chinese. Assumed: 60 at most.
    if not _NAME.fullmatch(name):
        raise illegal("`InstanceName` must have up to 60 letters, digits, Chinese, - or _.")
    return name


def check_first(params: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """The parameters with which an instance begins to work.

    Raises:
        ApiError: one that is not among them, a value that one cannot have, or one that is needed and lacks.
    """
    found = {each["Param"]: str(each["Value"]) for each in params}
    for name, value in found.items():
        if name not in FIRST or value.lower() not in FIRST[name]:
            raise ApiError(
                "InvalidParameterValue.IllegalInitParam", f"The parameter `{name}` cannot be `{value}`."
            )
    for name in _NEEDED:
        if name not in found:
            raise ApiError("InvalidParameterValue.IllegalInitParam", f"The parameter `{name}` is missing.")
    return found


def begin_work(call: Call, product: Product) -> list[tuple[str, int]]:
    """Let instances that were delivered raw begin to work, all or none: each, and its flow."""
    keys = list(dict.fromkeys(call.params["InstanceIds"]))
    for key in keys:
        found = instance(call, product, key)
        if found["Status"] != RAW:
            # Documented: the code.
            raise ApiError(
                "ResourceUnavailable.BadInstanceStatus", f"The instance `{key}` cannot be initialised."
            )
    values = check_first(call.params["Params"])
    flows = []
    for key in keys:
        databases.set_to(call, product.kind, key, Params=values)
        process(call, product, key, _STARTING_SECONDS, during=STARTING)
        flows.append((key, begin_flow(call, [key], _STARTING_SECONDS)))
    return flows


# --- Isolation --------------------------------------------------------------------------------------------


def _one_by_one(
    product: Product, call: Call, way: str, act: Callable[[Call, Product, Value], None], status: int
) -> Result:
    """Do something to each instance that it can be done to; the others are said in the answer."""
    done, failed = [], []
    for key in dict.fromkeys(call.params["InstanceIds"]):
        try:
            found = in_status(call, product, key, status)
            _check_way(found, way)
            act(call, product, found)
        except ApiError:
            # Assumed: whatever the reason is.
            failed.append(key)
        else:
            done.append(key)
    return {"SuccessInstanceIds": done, "FailedInstanceIds": failed}


def _check_way(found: Value, way: str) -> None:
    if found["Paymode"] != way:
        raise wrong_way_of_paying(found["InstanceId"])


def _check_protection(found: Value) -> None:
    if found.get("ProtectedProperty"):
        # Documented: such a protection exists. Assumed: the code and text.
        raise denied("The instance is protected from deletion.")


def _isolate(call: Call, product: Product, found: Value) -> None:
    _check_protection(found)
    key = found["InstanceId"]
    time = china_time(call.now + ISOLATING_SECONDS * call.world.pace)
    become = {"IsolatedTimestamp": time} if "IsolatedTimestamp" in found else {}
    process(call, product, key, ISOLATING_SECONDS, then=ISOLATED, become=become)
    databases.goes(call, product.kind, key, ISOLATING_SECONDS + KEPT_SECONDS)


def _revive(call: Call, product: Product, found: Value) -> None:
    key = found["InstanceId"]
    databases.stays(call, product.kind, key)
    become = {"IsolatedTimestamp": NO_TIME} if "IsolatedTimestamp" in found else {}
    process(call, product, key, ISOLATING_SECONDS, become=become)


def isolate(way: str) -> Callable[[Product, Call], Result]:
    """The action that isolates instances paid for in one way."""
    return lambda product, call: _one_by_one(product, call, way, _isolate, RUNNING)


def activate(product: Product, call: Call) -> Result:
    """Have isolated instances back that are paid by the hour."""
    return _one_by_one(product, call, "postpaid", _revive, ISOLATED)


def destroy(way: str) -> Callable[[Product, Call], Result]:
    """The action that lets an instance go for good that is paid for in one way.

    One that is paid for by months has to be isolated; one that is paid for by the hour may run as well.
    """
    # Documented: only the one for months asks for isolated ones. Observed: terraform-provider-tencentcloud
    # destroys running instances that it pays for by the hour.
    states = (ISOLATED, RUNNING) if way == "postpaid" else (ISOLATED,)

    def run(product: Product, call: Call) -> Result:
        found = named(call, product)
        key = found["InstanceId"]
        if found["Status"] not in states:
            raise wrong_status(key, found["Status"])
        _check_way(found, way)
        _check_protection(found)
        change(call, product.kind.instances, key, **state(LEAVING))
        databases.goes(call, product.kind, key, DESTROYING_SECONDS)
        return {"InstanceId": key, "FlowId": begin_flow(call, [key], DESTROYING_SECONDS)}

    return run


# --- Further money, other sizes ---------------------------------------------------------------------------


def renew(product: Product, call: Call) -> Result:
    """Pay for further months; an isolated instance runs again."""
    # AutoVoucher and VoucherIds say nothing here: nothing costs anything.
    found, months = named(call, product), call.params["Period"]
    if months not in PERIODS:
        raise bad_value("Period", months, ", ".join(map(str, PERIODS)))
    _check_way(found, "prepaid")
    key = found["InstanceId"]
    if found["Status"] not in (RUNNING, ISOLATED):
        raise wrong_status(key, found["Status"])
    become = {"IsolatedTimestamp": NO_TIME} if "IsolatedTimestamp" in found else {}
    until = renewed(call, found["PeriodEndTime"], months)
    change(call, product.kind.instances, key, **state(RUNNING), PeriodEndTime=until, **become)
    databases.stays(call, product.kind, key)
    return {"DealName": deal(call)}


def restart(product: Product, call: Call) -> Result:
    """Restart instances, all or none of them."""
    keys = every_running(call, product, call.params["InstanceIds"])
    refuse(call, "RestartTime")
    for key in keys:
        process(call, product, key, _RESTARTING_SECONDS, during=RESTARTING)
    return {"FlowId": begin_flow(call, keys, _RESTARTING_SECONDS)}


def resize(call: Call, product: Product, way: str, **become: Any) -> None:
    """Give the instance that a call names other members after a while."""
    found = running(call, product)
    _check_way(found, way)
    refuse(call, "SwitchStartTime", "SwitchEndTime")
    if call.params.get("SwitchAutoRetry") not in (None, 0, 1):
        raise bad_value("SwitchAutoRetry", call.params["SwitchAutoRetry"], "0 or 1")
    # SwitchAutoRetry says nothing without a time to switch at.
    process(call, product, found["InstanceId"], _RESIZING_SECONDS, become=become)
    begin_flow(call, [found["InstanceId"]], _RESIZING_SECONDS)


# --- At once ----------------------------------------------------------------------------------------------


def modify_name(product: Product, call: Call) -> Result:
    """Give an instance another name."""
    key = running(call, product)["InstanceId"]
    name = check_name(call.params["InstanceName"])
    change(call, product.kind.instances, key, InstanceName=name, UpdateTime=china_time(call.now))
    return {"InstanceId": key}


def modify_project(product: Product, call: Call) -> Result:
    """Put instances into another project, all or none of them."""
    keys = [instance(call, product, key)["InstanceId"] for key in call.params["InstanceIds"]]
    project = call.params["ProjectId"]
    if project < 0:
        raise illegal("`ProjectId` must be the number of a project.")
    databases.changes(call, product.kind, keys, ProjectId=project)
    return {}


def modify_protection(product: Product, call: Call) -> Result:
    """Protect an instance from deletion, or no longer."""
    key, wanted = named(call, product)["InstanceId"], call.params["ProtectedProperty"]
    if wanted not in (0, 1):
        raise illegal("`ProtectedProperty` must be 0 or 1.")
    change(call, product.kind.instances, key, ProtectedProperty=wanted)
    return {}


def actions(product: Product) -> tuple[Does, ...]:
    """The actions that both products call alike."""
    return (
        product.does("ModifyDBInstanceName", modify_name, "InstanceId"),
        product.does("ModifyDBInstancesProject", modify_project, "InstanceIds"),
        product.does("ModifyInstanceProtectedProperty", modify_protection, "InstanceId"),
    )


__all__ = [
    "FIRST",
    "actions",
    "activate",
    "begin_work",
    "check_first",
    "check_name",
    "destroy",
    "isolate",
    "renew",
    "resize",
    "restart",
]
