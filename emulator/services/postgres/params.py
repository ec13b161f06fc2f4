"""Parameters of PostgreSQL instances: those that are known here, how they are set, and what was set when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from emulator.errors import not_emulated
from emulator.services.postgres import sold
from emulator.services.postgres.instances import ALL, KIND, ONE, named, note, process, running, settings
from emulator.services.postgres.refusals import bad_value
from emulator.tables import databases
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.params import is_whole
from emulator.tables.writing import Value
from emulator.world.clock import china_time


class _Param(NamedTuple):
    """A parameter: its value unless set, and what it may be (words, or bounds)."""

    name: str
    default: str
    unit: str = ""
    least: int = 0
    most: int = 0
    words: tuple[str, ...] = ()
    standby: int = 0
    """0 if a standby's value is free of the primary's, 1 if it must not be less."""
    needs_restart: bool = False

    @property
    def kind(self) -> str:
        """As the product calls it."""
        return "integer" if not self.words else "bool" if self.words == _SWITCH else "enum"

    def takes(self, value: str) -> bool:
        """Whether it may have a value."""
        if self.words:
            return value in self.words
        return is_whole(value, self.least, self.most)


_SWITCH = ("on", "off")
_LONGEST = 2147483647
# Observed: max_connections and max_replication_slots are among them, and how the first one is described.
# Terraform-provider-tencentcloud reads max_standby_archive_delay and max_standby_streaming_delay of every
# instance. Assumed: the others, some twenty of the product's many; defaults and bounds are PostgreSQL's own.
_KNOWN = (
    _Param("array_nulls", "on", words=_SWITCH),
    _Param("autovacuum", "on", words=_SWITCH),
    _Param("autovacuum_max_workers", "3", least=1, most=262143, needs_restart=True),
    _Param("deadlock_timeout", "1000", "ms", 1, _LONGEST),
    _Param("idle_in_transaction_session_timeout", "0", "ms", 0, _LONGEST),
    _Param("lock_timeout", "0", "ms", 0, _LONGEST),
    _Param("log_min_duration_statement", "1000", "ms", -1, _LONGEST),
    _Param("log_statement", "none", words=("none", "ddl", "mod", "all")),
    _Param("max_connections", "2048", least=100, most=2048, standby=1, needs_restart=True),
    _Param("max_locks_per_transaction", "64", least=10, most=_LONGEST, standby=1, needs_restart=True),
    _Param("max_prepared_transactions", "0", least=0, most=262143, standby=1, needs_restart=True),
    _Param("max_replication_slots", "10", least=0, most=262143, needs_restart=True),
    _Param("max_standby_archive_delay", "30000", "ms", -1, _LONGEST),
    _Param("max_standby_streaming_delay", "30000", "ms", -1, _LONGEST),
    _Param("max_worker_processes", "8", least=0, most=262143, standby=1, needs_restart=True),
    _Param("statement_timeout", "0", "ms", 0, _LONGEST),
    _Param("temp_buffers", "1024", "8kB", 100, 1073741823),
    _Param("wal_level", "replica", words=("replica", "logical"), needs_restart=True),
    _Param("work_mem", "4096", "kB", 64, _LONGEST),
)
_BY_NAME: Mapping[str, _Param] = {param.name: param for param in _KNOWN}
# Assumed: how long it takes to set some, and how long if the instance restarts for it.
_SECONDS, _RESTART_SECONDS = 10, 30
_NOT_YET = "0001-01-01 00:00:00"


def _events(call: Call) -> list[Value]:
    """Every setting of a parameter of the instance that a call names, the earliest first."""
    found: list[Value] = settings(call).get("Events", [])
    return found


def _held(call: Call, events: list[Value]) -> dict[str, Value]:
    """Of each parameter, the latest setting that has come to hold."""
    return {each["ParamName"]: each for each in events if each["Ends"] <= call.now}


def describe_parameters(call: Call) -> Result:
    """Every parameter that is known here or the one that is named, and its value in an instance."""
    held, wanted = _held(call, _events(call)), call.params.get("ParamName")
    # Documented: an empty name is none. Assumed: a name that is not known finds nothing.
    detail = [
        _shown(
            param,
            CurrentValue=held[param.name]["NewValue"] if param.name in held else param.default,
            LastModifyTime=china_time(held[param.name]["Begins"]) if param.name in held else "",
        )
        for param in _KNOWN
        if not wanted or param.name == wanted
    ]
    return {"TotalCount": len(detail), "Detail": detail}


def describe_default_parameters(call: Call) -> Result:
    """Every parameter that is known here, as a new instance of a version has it."""
    version = call.params["DBMajorVersion"]
    majors = [sold.major(each) for each in sold.VERSIONS]
    if version not in majors:
        raise bad_value("DBMajorVersion", version, ", ".join(majors))
    sold.check_engine(call)
    # Observed: no current value.
    found = [_shown(param, CurrentValue="", LastModifyTime="") for param in _KNOWN]
    return {"TotalCount": len(found), "ParamInfoSet": found}


def _shown(param: _Param, **current: str) -> Value:
    return {
        # Observed: such a number, empty sets, no time for one that was never set.
        "ID": 15101 + _KNOWN.index(param),
        "Name": param.name,
        "ParamValueType": param.kind,
        "Unit": param.unit,
        "DefaultValue": param.default,
        "Max": float(param.most),
        "Min": float(param.least),
        "EnumValue": list(param.words) or None,
        # Assumed: descriptions and classes are for people, and not given here.
        "ParamDescriptionCH": "",
        "ParamDescriptionEN": "",
        "ClassificationCN": "",
        "ClassificationEN": "",
        "NeedReboot": param.needs_restart,
        "SpecRelated": param.name == "max_connections",
        "Advanced": False,
        "StandbyRelated": param.standby,
        "VersionRelationSet": None,
        "SpecRelationSet": None,
        **current,
    }


def modify_parameters(call: Call) -> Result:
    """Set parameters of an instance, all of them or none; it restarts for those that need it."""
    found, wanted = running(call), {}
    for each in call.params["ParamList"]:
        param, value = _BY_NAME.get(each["Name"]), each["ExpectedValue"]
        if param is None:
            text = f"the parameter {each['Name']} of PostgreSQL is not known here."
            raise not_emulated(call.action.key, text)
        if not param.takes(value):
            raise bad_value(param.name, value, ", ".join(param.words) or f"{param.least} to {param.most}")
        wanted[param.name] = value
    restarts = any(_BY_NAME[name].needs_restart for name in wanted)
    seconds = _RESTART_SECONDS if restarts else _SECONDS
    if restarts:
        # Documented: such a parameter holds after a restart. Assumed: the instance does so by itself.
        process(call, found, "restarting", seconds)
    _note(call, found["DBInstanceId"], wanted, call.now + seconds * call.world.pace)
    return {"TaskId": note(call, found["DBInstanceId"], seconds, "ModifyDBInstanceParameters")}


def _note(call: Call, key: str, wanted: Mapping[str, str], ends: float) -> None:
    events = _events(call)
    held = _held(call, events)
    added = [
        {
            "ParamName": name,
            "OldValue": held[name]["NewValue"] if name in held else _BY_NAME[name].default,
            "NewValue": value,
            "Begins": call.now,
            "Ends": ends,
            # Observed: the account that set it.
            "Operator": call.caller.principal.uin,
        }
        for name, value in wanted.items()
    ]
    databases.set_to(call, KIND, key, Events=[*events, *added])


def describe_params_event(call: Call) -> Result:
    """What was set on an instance and whether it holds yet, under each parameter."""
    named(call)
    events: dict[str, list[dict[str, Any]]] = {}
    for each in reversed(_events(call)):
        done = each["Ends"] <= call.now
        event = {
            **{name: each[name] for name in ("ParamName", "OldValue", "NewValue", "Operator")},
            "ModifyTime": china_time(each["Begins"]),
            # Observed: the first moment of all until it is known.
            "EffectiveTime": china_time(each["Ends"]) if done else _NOT_YET,
            # Documented: these two and paused, which nothing is here.
            "State": "success" if done else "in progress",
            "EventLog": "",
        }
        events.setdefault(each["ParamName"], []).append(event)
    # Assumed: the latest first, as everywhere in this product.
    items = [
        {"ParamName": name, "EventCount": len(details), "EventDetail": details}
        for name, details in events.items()
    ]
    # Documented: parameters are counted.
    return {"TotalCount": len(items), "EventItems": items}


ACTIONS = (
    Does(action="DescribeDBInstanceParameters", run=describe_parameters, home="region", asks=ONE),
    Does(action="DescribeDefaultParameters", run=describe_default_parameters, home="region", asks=ALL),
    Does(action="ModifyDBInstanceParameters", run=modify_parameters, home="region", asks=ONE),
    Does(action="DescribeParamsEvent", run=describe_params_event, home="region", asks=ONE),
)
