"""Parameters of MySQL instances: those that are known here, and how they are set."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from emulator.errors import not_emulated
from emulator.services.cdb import sold, tasks
from emulator.services.cdb.instances import ALL, INSTANCE, KIND, MANY, ONE, RUNNING, idle, named
from emulator.services.cdb.refusals import bad_parameter, bad_value, denied, missing
from emulator.tables import databases
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.params import is_whole
from emulator.tables.writing import change, later


class Param(NamedTuple):
    """A parameter: its value unless set, and what it may be (words, or bounds)."""

    name: str
    default: str
    words: tuple[str, ...] = ()
    least: int = 0
    most: int = 0
    needs_restart: bool = False

    @property
    def kind(self) -> str:
        """As the product calls it."""
        return "enum" if self.words else "integer"


_SWITCH = ("ON", "OFF")
# Documented: that tables' case is set at a purchase, for good in 8.0 (lower_case_table_names, which needs a
# restart). Assumed: names, defaults and bounds, which are MySQL's own: some twenty of the product's many.
_KNOWN = (
    Param("auto_increment_increment", "1", least=1, most=65535),
    Param("auto_increment_offset", "1", least=1, most=65535),
    Param("binlog_cache_size", "32768", least=4096, most=16777216),
    Param("character_set_server", "UTF8MB4", ("UTF8", "LATIN1", "GBK", "UTF8MB4"), needs_restart=True),
    Param("connect_timeout", "10", least=2, most=3600),
    Param("default_week_format", "0", least=0, most=7),
    Param("event_scheduler", "OFF", _SWITCH),
    Param("group_concat_max_len", "1024", least=4, most=1844674407370954752),
    Param("innodb_lock_wait_timeout", "50", least=1, most=3600),
    Param("interactive_timeout", "3600", least=10, most=86400),
    Param("local_infile", "ON", _SWITCH),
    Param("lock_wait_timeout", "31536000", least=1, most=31536000),
    Param("log_bin_trust_function_creators", "ON", _SWITCH),
    Param("long_query_time", "10", least=0, most=3600),
    Param("lower_case_table_names", "0", least=0, most=1, needs_restart=True),
    Param("max_allowed_packet", "1073741824", least=1024, most=1073741824),
    Param("max_connect_errors", "999999999", least=1, most=999999999),
    Param("max_connections", "10000", least=1, most=100000),
    Param("net_read_timeout", "30", least=1, most=3600),
    Param("net_write_timeout", "60", least=1, most=3600),
    Param("slow_query_log", "ON", _SWITCH),
    Param("sort_buffer_size", "868352", least=32768, most=4294967295),
    Param("wait_timeout", "3600", least=10, most=86400),
)
PARAMS: Mapping[str, Param] = {param.name: param for param in _KNOWN}
_SECONDS = 20
"""Assumed: how long it takes to set them."""


def _is_fixed(param: Param, version: str) -> bool:
    # Documented: tables' case is set for good when an instance of 8.0 is made.
    return param.name == "lower_case_table_names" and version == "8.0"


def check_params(call: Call, wanted: Mapping[str, Any]) -> dict[str, str]:
    """The parameters to set, found right.

    Raises:
        ApiError: a value that one cannot have; a parameter that is not known here is not emulated.
    """
    found = {}
    for name, value in wanted.items():
        param, text = PARAMS.get(name), str(value)
        if param is None:
            raise not_emulated(call.action.key, f"the parameter {name} of MySQL is not known here.")
        if param.words and text.upper() not in param.words:
            raise bad_value(name, text, ", ".join(param.words))
        if not param.words and not is_whole(text, param.least, param.most):
            raise bad_value(name, text, f"{param.least} to {param.most}")
        found[name] = text.upper() if param.words else text
    return found


def set_params(call: Call, key: str) -> Mapping[str, str]:
    """The parameters that were set on an instance; an estate's have the first values."""
    found: Mapping[str, str] = databases.settings(call, KIND, key).get("Params", {})
    return found


def describe_instance_params(call: Call) -> Result:
    """Every parameter that is known here, and its value in one instance."""
    found = named(call)
    values = set_params(call, found["InstanceId"])
    items = [_shown(param, values, found["EngineVersion"]) for param in _KNOWN]
    return {"TotalCount": len(items), "Items": items}


def describe_default_params(call: Call) -> Result:
    """Every parameter that is known here, as a new instance of a version has it."""
    # Documented: the version is needed, though the contract lets it lack; 5.1 counts, which is not sold here.
    version = call.params.get("EngineVersion")
    if not version:
        raise missing("EngineVersion")
    for name, words in (
        ("EngineVersion", ("5.1", *sold.VERSIONS)),
        ("TemplateType", ("HIGH_STABILITY", "HIGH_PERFORMANCE")),
        ("EngineType", sold.ENGINES),
    ):
        if call.params.get(name) and call.params[name] not in words:
            raise bad_value(name, call.params[name], ", ".join(words))
    # Assumed: neither template changes those that are known here.
    items = [_shown(param, {}, version) for param in _KNOWN]
    return {"TotalCount": len(items), "Items": items}


def _shown(param: Param, values: Mapping[str, str], version: str) -> Mapping[str, Any]:
    return {
        "Name": param.name,
        "ParamType": param.kind,
        "Default": param.default,
        # Assumed: descriptions are for people, and not given here.
        "Description": "",
        "CurrentValue": values.get(param.name, param.default),
        "NeedReboot": int(param.needs_restart),
        "Max": param.most,
        "Min": param.least,
        "EnumValue": list(param.words),
        "MaxFunc": "",
        "MinFunc": "",
        "IsNotSupportEdit": _is_fixed(param, version),
    }


def modify_instance_param(call: Call) -> Result:
    """Set parameters on instances, all of them or none; those that need it restart."""
    params = call.params
    found = [idle(call, key) for key in dict.fromkeys(params["InstanceIds"])]
    given = params.get("ParamList") or []
    # Documented: one of the two is needed. NotSyncRo and NotSyncDr say nothing: no instance has replicas of
    # its own. Observed: a template of 0 is none.
    if not given and not params.get("TemplateId"):
        raise bad_parameter("One of `ParamList` and `TemplateId` must be given.")
    if params.get("TemplateId"):
        raise not_emulated(call.action.key, "templates of parameters are not there yet.")
    if params.get("WaitSwitch") not in (None, 0, 1):
        raise bad_value("WaitSwitch", params["WaitSwitch"], "0 or 1")
    if params.get("WaitSwitch") == 1:
        raise not_emulated(call.action.key, "waiting for a window (WaitSwitch 1) is not served yet.")
    wanted = {each.get("Name") or "": each.get("CurrentValue") or "" for each in given}
    values = check_params(call, wanted)
    for name in values:
        if any(_is_fixed(PARAMS[name], each["EngineVersion"]) for each in found):
            raise denied(f"The parameter `{name}` cannot be changed.")
    keys = [each["InstanceId"] for each in found]
    restarts = any(PARAMS[name].needs_restart for name in values)
    for key in keys:
        databases.set_to(call, KIND, key, Params={**set_params(call, key), **values})
        if restarts:
            # Documented: 10 while it restarts. Assumed: it does so by itself.
            change(call, INSTANCE, key, TaskStatus=10)
            later(call, _SECONDS, INSTANCE, key, {"Status": RUNNING, "TaskStatus": 10}, TaskStatus=0)
    return tasks.begun(call, keys, _SECONDS, "MODIFY PARAM", "设置参数成功")


def describe_db_instance_charset(call: Call) -> Result:
    """In which character set an instance writes unless told otherwise."""
    values = set_params(call, named(call)["InstanceId"])
    name = "character_set_server"
    # Observed: in lower case.
    return {"Charset": values.get(name, PARAMS[name].default).lower()}


ACTIONS = (
    Does(action="DescribeInstanceParams", run=describe_instance_params, home="region", asks=ONE),
    Does(action="DescribeDBInstanceCharset", run=describe_db_instance_charset, home="region", asks=ONE),
    Does(action="DescribeDefaultParams", run=describe_default_params, asks=ALL),
    Does(action="ModifyInstanceParam", run=modify_instance_param, home="region", asks=MANY),
)
