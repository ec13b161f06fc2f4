"""Certificates renamed, moved to other projects, and deleted: at once, or once nothing uses them."""

from __future__ import annotations

from emulator.errors import ApiError
from emulator.services.ssl.applications import PACKAGE
from emulator.services.ssl.certificates import CERTIFICATE, PAPERS, certificate
from emulator.tables import tasks
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.tables.writing import Value, change, remove
from emulator.world.clock import china_seconds, china_time
from emulator.world.shelves import member_values

MOST_AT_ONCE = 100
"""Documented: how many certificates one request may name."""
# Assumed: how long a look at everything that may use a certificate takes.
_LOOKING_SECONDS = 10
_USERS = tuple(
    ("clb.parts", f"Listeners.{inner}{member}")
    for inner in ("", "Rules.")
    for member in ("Certificate.CertId", "Certificate.CertCaId", "Certificate.ExtCertIds")
)
"""Where certificates are named by what uses them: tables and members."""


def _too_many() -> ApiError:
    return ApiError(
        "InvalidParameter.CertificatesNumberExceeded", f"Name at most {MOST_AT_ONCE} certificates."
    )


def modify_certificate_alias(call: Call) -> Result:
    """Give a certificate another name."""
    key = certificate(call, call.params["CertificateId"])["CertificateId"]
    change(call, CERTIFICATE, key, Alias=call.params.get("Alias") or "")
    return {"CertificateId": key}


def modify_certificate_project(call: Call) -> Result:
    """Put certificates into another project; those that do not exist are said in the answer."""
    keys, project = call.params["CertificateIdList"], str(call.params["ProjectId"])
    if len(keys) > MOST_AT_ONCE:
        raise _too_many()
    shelf = call.world.read(CERTIFICATE.name)
    done = [key for key in dict.fromkeys(keys) if key in shelf]
    for key in done:
        info = {**shelf.items()[key].value["ProjectInfo"], "ProjectId": project}
        change(call, CERTIFICATE, key, ProjectId=project, ProjectInfo=info)
    return {
        "SuccessCertificates": done,
        "FailCertificates": [key for key in dict.fromkeys(keys) if key not in done],
    }


# --- Deleting ---------------------------------------------------------------------------------------------


def is_used(call: Call, key: str) -> bool:
    """Whether a balancer in any region presents or asks for a certificate."""
    return any(
        key in member_values(row.value, member)
        for table, member in _USERS
        for region in call.world.places(table)
        for row in call.world.read(table, region)
    )


def _deletable(call: Call, key: str) -> Value:
    """A certificate that may be deleted, whatever uses it."""
    found = certificate(call, key)
    applied = china_seconds(found["InsertTime"])
    # Documented: a free one not within an hour of its application.
    if found["PackageType"] == PACKAGE and applied is not None and call.now < applied + 3600:
        raise ApiError(
            "FailedOperation.DeleteFailedTimeNotUp", "A free certificate is kept for an hour at least."
        )
    return found


def _delete(call: Call, key: str) -> None:
    remove(call, CERTIFICATE, key)
    call.world.write(PAPERS).remove(key)


def _delete_later(call: Call, found: Value) -> str:
    """Delete a certificate if nothing uses it, as a task: the task's id."""
    key, number = found["CertificateId"], str(tasks.next_number(call, 1, region=""))
    used = is_used(call, key)
    tasks.begin(
        call,
        number,
        _LOOKING_SECONDS,
        region="",
        TaskId=number,
        CertId=key,
        Domains=found["SubjectAltName"],
        IsUsed=used,
    )
    # Assumed: what used it when it was asked decides, and it is gone at once if nothing does.
    if not used:
        _delete(call, key)
    return number


def delete_certificate(call: Call) -> Result:
    """Delete a certificate; a look at what uses it makes it a task."""
    found = _deletable(call, call.params["CertificateId"])
    # Documented: nothing is looked at unless it is asked for. Assumed: the role for it is there.
    if call.params.get("IsCheckResource"):
        return {"DeleteResult": True, "TaskId": _delete_later(call, found)}
    _delete(call, found["CertificateId"])
    return {"DeleteResult": True, "TaskId": None}


def delete_certificates(call: Call) -> Result:
    """Delete several certificates; what is wrong with single ones is said in the answer."""
    keys = call.params["CertificateIds"]
    if len(keys) > MOST_AT_ONCE:
        raise _too_many()
    done, failed, begun = [], [], []
    for key in dict.fromkeys(keys):
        try:
            found = _deletable(call, key)
        except ApiError as refusal:
            failed.append({"CertId": key, "Msg": refusal.text(call.language)})
            continue
        if call.params.get("IsSync"):
            begun.append({"CertId": key, "TaskId": _delete_later(call, found)})
        else:
            _delete(call, key)
            done.append(key)
    return {"Success": done, "Fail": failed, "CertTaskIds": begun}


def describe_delete_certificates_task_result(call: Call) -> Result:
    """How deletions have ended that looked at what uses a certificate."""
    if len(call.params["TaskIds"]) > MOST_AT_ONCE:
        raise _too_many()
    found = [tasks.find_task(call, number, region="") for number in dict.fromkeys(call.params["TaskIds"])]
    # Assumed: tasks that do not exist are left out.
    return {"DeleteTaskResult": [_shown(call, task) for task in found if task is not None]}


def _shown(call: Call, task: Value) -> Value:
    is_done = tasks.is_done(call, task)
    is_refused = is_done and task["IsUsed"]
    return {
        **{name: task[name] for name in ("TaskId", "CertId", "Domains")},
        # Documented: 0 while it runs, 1 for success, 4 for what is still used. Observed: what it says then.
        "Status": 0 if not is_done else 4 if is_refused else 1,
        "Error": "有未解绑的云资源" if is_refused else "",
        "CacheTime": china_time(task["Begins"]),
    }


ACTIONS = (
    Does(action="ModifyCertificateAlias", run=modify_certificate_alias),
    Does(action="ModifyCertificateProject", run=modify_certificate_project),
    Does(action="DeleteCertificate", run=delete_certificate),
    Does(action="DeleteCertificates", run=delete_certificates),
    Does(action="DescribeDeleteCertificatesTaskResult", run=describe_delete_certificates_task_result),
)
