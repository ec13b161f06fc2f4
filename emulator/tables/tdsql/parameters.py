"""Parameters of TDSQL instances: those that are known here, what they are, and setting them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from emulator.errors import not_emulated
from emulator.tables import databases
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.params import is_whole
from emulator.tables.tdsql import product as tdsql
from emulator.tables.tdsql.life import FIRST
from emulator.tables.tdsql.product import Product, bad_value, begin_flow, running
from emulator.tables.writing import Value


class _Param(NamedTuple):
    """A parameter: its value unless set, and what it may be (words, or bounds)."""

    name: str
    default: str
    words: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    is_fixed: bool = False
    """Whether it stays what it was when the instance began to work."""

    def takes(self, value: str) -> bool:
        """Whether it may have a value."""
        if self.words:
            return value.lower() in self.words
        return is_whole(value, self.least, self.most)


# Documented: sync_mode and innodb_page_size unless said otherwise at a purchase. Observed: all of
# auto_increment_increment. Assumed: the others, some of the product's many: names, defaults and bounds are
# MySQL's own; that tables' case and the size of a page stay what they were at first.
_KNOWN = (
    _Param("auto_increment_increment", "1", least=1, most=65535),
    _Param("auto_increment_offset", "1", least=1, most=65535),
    _Param("character_set_server", "utf8", FIRST["character_set_server"]),
    _Param("connect_timeout", "10", least=1, most=3600),
    _Param("innodb_lock_wait_timeout", "20", least=1, most=1073741824),
    _Param("innodb_page_size", "16384", FIRST["innodb_page_size"], is_fixed=True),
    _Param("interactive_timeout", "28800", least=1, most=31536000),
    _Param("long_query_time", "1", least=0, most=3600),
    _Param("lower_case_table_names", "1", FIRST["lower_case_table_names"], is_fixed=True),
    _Param("max_allowed_packet", "1073741824", least=1024, most=1073741824),
    _Param("max_connections", "10000", least=1, most=100000),
    _Param("sync_mode", "2", FIRST["sync_mode"]),
    _Param("wait_timeout", "28800", least=1, most=31536000),
)
_BY_NAME: Mapping[str, _Param] = {param.name: param for param in _KNOWN}


def describe_params(product: Product, call: Call) -> Result:
    """Every parameter that is known here, and its value in one instance."""
    values: Mapping[str, str] = tdsql.settings(call, product).get("Params", {})
    return {
        "InstanceId": call.params["InstanceId"],
        "Params": [_shown(param, values.get(param.name)) for param in _KNOWN],
    }


def _shown(param: _Param, value: str | None) -> Value:
    return {
        "Param": param.name,
        "Value": param.default if value is None else value,
        # Observed: empty for one that was never set. Documented: the value itself for one that was.
        "SetValue": value or "",
        "Default": param.default,
        # Documented: enum or section. Observed: what does not hold is empty, a section's bounds are texts.
        # Assumed: how several words are written, and that words have no bounds.
        "Constraint": {
            "Type": "enum" if param.words else "section",
            "Enum": ",".join(param.words),
            "Range": None if param.words else {"Min": str(param.least), "Max": str(param.most)},
            "String": "",
        },
        "HaveSetValue": value is not None,
        # Assumed: all of them hold at once.
        "NeedRestart": False,
    }


def modify_params(product: Product, call: Call) -> Result:
    """Set parameters of an instance, each for itself: the answer says which of them were set."""
    key = running(call, product)["InstanceId"]
    values: dict[str, Any] = dict(databases.settings(call, product.kind, key).get("Params", {}))
    results = []
    for each in call.params["Params"]:
        param = _BY_NAME.get(each["Param"])
        if param is None:
            raise not_emulated(call.action.key, f"the parameter {each['Param']} of TDSQL is not known here.")
        # Documented: 0 for one that was set, -1 for one that could not be, -2 for a wrong value.
        code = -1 if param.is_fixed else 0 if param.takes(each["Value"]) else -2
        if code == 0:
            values[param.name] = each["Value"]
        results.append({"Param": param.name, "Code": code})
    databases.set_to(call, product.kind, key, Params=values)
    return {"InstanceId": key, "Result": results}


# --- How members follow -----------------------------------------------------------------------------------

_SYNC = "sync_mode"
_SYNC_SECONDS = 10
"""Assumed: how long it takes until members follow in another way."""


def describe_sync_mode(product: Product, call: Call) -> Result:
    """How an instance's members follow its first one."""
    found = tdsql.settings(call, product)
    mode = int(found.get("Params", {}).get(_SYNC, _BY_NAME[_SYNC].default))
    return {
        "SyncMode": mode,
        "IsModifying": int(found.get("SyncEnds", 0) > call.now),
        # Documented: 1 if they follow at once. Assumed: nothing makes one of mode 2 lag.
        "CurrentSyncMode": int(mode != 0),
    }


def modify_sync_mode(product: Product, call: Call) -> Result:
    """Let an instance's members follow its first one in another way."""
    key, mode = running(call, product)["InstanceId"], str(call.params["SyncMode"])
    if not _BY_NAME[_SYNC].takes(mode):
        raise bad_value("SyncMode", mode, "0, 1 or 2")
    # Assumed: the mode is told as soon as it is asked for, and the instance goes on running.
    databases.set_to(
        call,
        product.kind,
        key,
        Params={**databases.settings(call, product.kind, key).get("Params", {}), _SYNC: mode},
        SyncEnds=call.now + _SYNC_SECONDS * call.world.pace,
    )
    return {"FlowId": begin_flow(call, [key], _SYNC_SECONDS)}


def actions(product: Product) -> tuple[Does, ...]:
    """The actions of parameters and of how members follow."""
    return (
        product.does("DescribeDBParameters", describe_params, "InstanceId"),
        product.does("ModifyDBParameters", modify_params, "InstanceId"),
        product.does("DescribeDBSyncMode", describe_sync_mode, "InstanceId"),
        product.does("ModifyDBSyncMode", modify_sync_mode, "InstanceId"),
    )
