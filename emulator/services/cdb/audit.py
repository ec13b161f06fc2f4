"""The audit of MySQL instances: opened, changed, closed."""

from __future__ import annotations

from emulator.errors import ApiError
from emulator.services.cdb.instances import KIND, ONE, SETTINGS, running
from emulator.services.cdb.reads import audit_of
from emulator.services.cdb.refusals import bad_value, denied
from emulator.tables import databases
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.writing import later
from emulator.world.clock import china_time

# Documented: for how many days logs are kept, and those of frequent statements.
DAYS = (7, 30, 90, 180, 365, 1095, 1825)
FREQUENT_DAYS = (3, *DAYS)
# Assumed: how long it takes until an audit is on or off.
_SECONDS = 30


def _check_days(call: Call, days: int) -> None:
    if days not in DAYS:
        raise bad_value("LogExpireDay", days, ", ".join(map(str, DAYS)))
    # Documented: seven unless said, never longer than the others. No answer shows it.
    frequent = call.params.get("HighLogExpireDay")
    if frequent is not None and (frequent not in FREQUENT_DAYS or frequent > days):
        raise bad_value("HighLogExpireDay", frequent, f"one of {FREQUENT_DAYS}, at most LogExpireDay")


def _check_templates(call: Call) -> None:
    """Refuse templates of rules: this account has none.

    AuditAll and AuditRuleFilters say nothing here: the latter is out of use, and no answer shows the former.
    """
    for template in call.params.get("RuleTemplateIds") or ():
        raise ApiError(
            "OperationDenied.AuditRuleNotExistError", f"The rule template `{template}` does not exist."
        )


def open_audit_service(call: Call) -> Result:
    """Begin to audit an instance."""
    key = running(call, call.params["InstanceId"])["InstanceId"]
    settings = databases.settings(call, KIND, key)
    if not settings["Features"]["IsSupportAudit"]:
        raise ApiError("OperationDenied.UnsupportOpenAuditError", "The instance does not support auditing.")
    if settings["Audit"] is not None:
        raise denied("The instance is audited already.")
    _check_days(call, call.params["LogExpireDay"])
    _check_templates(call)
    audit = {
        "LogExpireDay": call.params["LogExpireDay"],
        "LogType": "storage",
        "IsClosing": "false",
        "IsOpening": "true",
        "CreateTime": china_time(call.now),
    }
    databases.set_to(call, KIND, key, Audit=audit)
    later(call, _SECONDS, SETTINGS, key, {"Audit": audit}, Audit={**audit, "IsOpening": "false"})
    return {}


def modify_audit_service(call: Call) -> Result:
    """Change for how long an instance's audit is kept."""
    key, audit = running(call, call.params["InstanceId"])["InstanceId"], audit_of(call)
    days = call.params.get("LogExpireDay")
    _check_days(call, audit["LogExpireDay"] if days is None else days)
    _check_templates(call)
    if days is not None:
        databases.set_to(call, KIND, key, Audit={**audit, "LogExpireDay": days, "IsOpening": "false"})
    return {}


def close_audit_service(call: Call) -> Result:
    """Stop auditing an instance."""
    key = running(call, call.params["InstanceId"])["InstanceId"]
    audit = {**audit_of(call), "IsClosing": "true"}
    databases.set_to(call, KIND, key, Audit=audit)
    later(call, _SECONDS, SETTINGS, key, {"Audit": audit}, Audit=None)
    return {}


ACTIONS = (
    Does(action="OpenAuditService", run=open_audit_service, home="region", asks=ONE),
    Does(action="ModifyAuditService", run=modify_audit_service, home="region", asks=ONE),
    Does(action="CloseAuditService", run=close_audit_service, home="region", asks=ONE),
)
