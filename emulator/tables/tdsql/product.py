"""One of the TDSQL products: where its instances stand, their states and flows, and what it refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from emulator.errors import ApiError, Refusal
from emulator.tables import databases, tasks
from emulator.tables.asking import asking
from emulator.tables.call import Call, Result
from emulator.tables.databases import Kind
from emulator.tables.declare import Asks, Does
from emulator.tables.network import PlaceRefusals
from emulator.tables.writing import Value, change, find, later
from emulator.world.clock import china_time

# Documented: the states. Observed: 流程处理中 and the like for some. Assumed: the other texts.
CREATING, IN_FLOW, RUNNING, RAW, STARTING, LEAVING, RESTARTING, ISOLATED = 0, 1, 2, 3, 4, 5, 6, -1
TEXTS = {
    CREATING: "创建中",
    IN_FLOW: "流程处理中",
    RUNNING: "运行中",
    RAW: "未初始化",
    STARTING: "初始化中",
    LEAVING: "删除中",
    RESTARTING: "重启中",
    ISOLATED: "已隔离",
}
NO_TIME = "0000-00-00 00:00:00"


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One of the two products."""

    name: str
    kind: Kind
    needs_all_kinds: bool
    """Whether a password needs small letters, capitals, digits and signs; two of three otherwise."""

    def asks(self, *names: str) -> Asks:
        """The question of an action on the instances that these parameters name."""
        return asking((self.kind.instances, *names))

    def does(self, action: str, run: Callable[[Product, Call], Result], *names: str) -> Does:
        """An action on the instances that these parameters name."""
        return Does(action=action, run=partial(run, self), home="region", asks=self.asks(*names))


# --- Refusals ---------------------------------------------------------------------------------------------
# Documented: every code is among the errors of both, with what it is for, unless marked otherwise. Assumed:
# which is used where there are several for one thing, and the wording of the texts.

illegal = Refusal[str]("InvalidParameter.IllegalParameterError", "{}")
bad_value = Refusal[str, object, str](
    "InvalidParameterValue.InvalidParameterValueError", "The value `{1}` of `{0}` is not valid: expected {2}."
)
no_instance = Refusal[str]("ResourceNotFound.InstanceNotFound", "The instance `{}` does not exist.")
no_group = Refusal[str]("InvalidParameter.SGCheckFail", "The security group `{}` does not exist.")


def wrong_status(key: str, status: int) -> ApiError:
    """An instance is not in a state in which this can be done to it."""
    code = "InstanceHasBeenLocked" if status == IN_FLOW else "InstanceStatusAbnormal"
    return ApiError(
        f"ResourceUnavailable.{code}",
        f"The instance `{key}` is in status {status}, which does not allow this operation.",
    )


wrong_way_of_paying = Refusal[str](
    "InvalidParameter.NotSupportedPayMode", "The instance `{}` is paid for in the other way."
)
denied = Refusal[str]("UnsupportedOperation.InvalidOperation", "{}")

NETWORK = PlaceRefusals(
    absent=lambda name: ApiError(
        "InvalidParameter.SubnetNotFound" if name.startswith("subnet") else "InvalidParameter.VpcNotFound",
        f"The network `{name}` does not exist.",
    ),
    incomplete=lambda name: illegal(f"The parameter `{name}` is missing."),
    full=Refusal[str]("FailedOperation.ApplyVipFailed", "The subnet `{}` has no free address."),
    malformed=lambda text: illegal(f"`{text}` is not an IP address."),
    outside=Refusal[str]("InvalidParameter.VipNotInSubnet", "`{}` is not in the subnet."),
    taken=Refusal[str]("InvalidParameter.VipUsed", "The address `{}` is in use."),
)

# --- Instances --------------------------------------------------------------------------------------------


def instance(call: Call, product: Product, key: str) -> Value:
    """An instance of the region."""
    return find(call, product.kind.instances, key, no_instance)


def named(call: Call, product: Product) -> Value:
    """The instance that a call names."""
    return instance(call, product, call.params["InstanceId"])


def settings(call: Call, product: Product) -> Value:
    """What the instance that a call names is set to."""
    return databases.settings(call, product.kind, named(call, product)["InstanceId"])


def in_status(call: Call, product: Product, key: str, status: int = RUNNING) -> Value:
    """An instance in a state.

    Raises:
        ApiError: it does not exist, or is in another state.
    """
    found = instance(call, product, key)
    if found["Status"] != status:
        raise wrong_status(key, found["Status"])
    return found


def running(call: Call, product: Product) -> Value:
    """The instance that a call names, if it runs."""
    return in_status(call, product, call.params["InstanceId"])


def every_running(call: Call, product: Product, keys: Iterable[str]) -> list[str]:
    """The keys themselves, each once: all of instances that run."""
    return [in_status(call, product, key)["InstanceId"] for key in dict.fromkeys(keys)]


# --- Flows ------------------------------------------------------------------------------------------------


def state(status: int) -> Value:
    """The members that say in which state an instance is."""
    return {"Status": status, "StatusDesc": TEXTS[status]}


def process(
    call: Call,
    product: Product,
    key: str,
    seconds: float,
    *,
    during: int = IN_FLOW,
    then: int = RUNNING,
    become: Mapping[str, object] = MappingProxyType({}),
) -> None:
    """Let an instance be in one state for a while, in another one after it and what it becomes with that."""
    table = product.kind.instances
    change(call, table, key, **state(during), UpdateTime=china_time(call.now))
    later(call, seconds, table, key, {"Status": during}, **{**state(then), **become})


def begin_flow(call: Call, keys: Iterable[str], seconds: float) -> int:
    """Note a flow: its id."""
    number = tasks.next_number(call, 3340)
    tasks.begin(call, number, seconds, FlowId=number, InstanceIds=list(keys))
    return number


def describe_flow(_product: Product, call: Call) -> Result:
    """Whether a flow has come to its end."""
    task = tasks.find_task(call, call.params["FlowId"])
    if task is None:
        raise ApiError("InvalidParameter.FlowNotFound", f"The flow {call.params['FlowId']} does not exist.")
    # Documented: 0 for success, 2 while it runs.
    return {"Status": 0 if tasks.is_done(call, task) else 2}


def actions(product: Product) -> tuple[Does, ...]:
    """The actions of flows."""
    # Assumed: a flow's id names no instance, so all are asked about.
    return (product.does("DescribeFlow", describe_flow),)
