"""Identity providers: SAML and OIDC, for roles and for the users' single sign-on."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from emulator.errors import ApiError
from emulator.services.cam import errors, limits
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world.clock import china_time
from emulator.world.shelves import Row

# Assumed: the letters a provider's name may have.
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}")
# Documented: https, without query, fragment or login.
_URL = re.compile(r"https://[^\s?#@]+")
# Documented: 0 not set, 11 on, 2 off; 11 is a provider of roles, 12 one of users.
_UNSET, _ON, _OFF = 0, 11, 2
_OF_ROLES, _OF_USERS = 11, 12


# --- SAML providers of roles ------------------------------------------------------------------------------


def create_saml_provider(call: Call) -> Result:
    """Create a SAML provider."""
    name = _new_name(call, "cam.saml")
    _check_metadata(call.params["SAMLMetadataDocument"])
    now = china_time(call.now)
    row = Row(
        {
            "Name": name,
            "Description": call.params["Description"],
            "CreateTime": now,
            "ModifyTime": now,
            "SAMLMetadata": call.params["SAMLMetadataDocument"],
        }
    )
    call.world.write("cam.saml").put(name, row)
    # Documented: the form, where roles are assumed with SAML.
    return {"ProviderArn": f"qcs::cam::uin/{call.world.uin}:saml-provider/{name}"}


def get_saml_provider(call: Call) -> Result:
    """One SAML provider with its metadata."""
    return _find(call, "cam.saml").value


def list_saml_providers(call: Call) -> Result:
    """The SAML providers without their metadata."""
    rows = call.world.read("cam.saml").values()
    shown = ("Name", "Description", "CreateTime", "ModifyTime")
    return {
        "TotalCount": len(rows),
        "SAMLProviderSet": [{name: row.value[name] for name in shown} for row in rows],
    }


def update_saml_provider(call: Call) -> Result:
    """Change a SAML provider; what is not given stays."""
    row = _find(call, "cam.saml")
    changes: dict[str, Any] = {"ModifyTime": china_time(call.now)}
    if call.params.get("Description") is not None:
        changes["Description"] = call.params["Description"]
    if call.params.get("SAMLMetadataDocument") is not None:
        _check_metadata(call.params["SAMLMetadataDocument"])
        changes["SAMLMetadata"] = call.params["SAMLMetadataDocument"]
    call.world.write("cam.saml").put(call.params["Name"], row.having(**changes))
    return {}


def delete_saml_provider(call: Call) -> Result:
    """Delete a SAML provider."""
    _find(call, "cam.saml")
    call.world.write("cam.saml").remove(call.params["Name"])
    return {}


# --- OIDC providers of roles ------------------------------------------------------------------------------


def create_oidc_config(call: Call) -> Result:
    """Create an OIDC provider."""
    name = _new_name(call, "cam.oidc")
    _put_oidc(call, name)
    return {}


def update_oidc_config(call: Call) -> Result:
    """Replace an OIDC provider's configuration."""
    _find(call, "cam.oidc")
    _put_oidc(call, call.params["Name"])
    return {}


def _put_oidc(call: Call, name: str) -> None:
    members = _oidc(call, "ClientId", "IdentityUrl", "IdentityKey")
    row = Row({**members, "ProviderType": _OF_ROLES, "Name": name, "Status": _ON})
    call.world.write("cam.oidc").put(name, row)


def describe_oidc_config(call: Call) -> Result:
    """One OIDC provider."""
    return _find(call, "cam.oidc").value


def delete_oidc_config(call: Call) -> Result:
    """Delete an OIDC provider."""
    _find(call, "cam.oidc")
    call.world.write("cam.oidc").remove(call.params["Name"])
    return {}


# --- Single sign-on of users ------------------------------------------------------------------------------

# Documented: a user has one provider, SAML or OIDC: setting OIDC up switches SAML off. Assumed: and the other
# way round.


def create_user_oidc_config(call: Call) -> Result:
    """Let users log in through OIDC; SAML is switched off."""
    if "oidc" in call.world.read("cam.sso"):
        raise errors.provider_name_in_use()
    _put_user_oidc(call)
    _switch(call, "saml", _OFF)
    return {}


def update_user_oidc_config(call: Call) -> Result:
    """Replace the configuration of the users' OIDC."""
    _find_sso(call, "oidc")
    _put_user_oidc(call)
    return {}


def _put_user_oidc(call: Call) -> None:
    members = _oidc(
        call,
        *("ClientId", "IdentityUrl", "IdentityKey", "AuthorizationEndpoint"),
        *("ResponseType", "ResponseMode", "MappingFiled"),
    )
    if not _URL.fullmatch(members["AuthorizationEndpoint"]):
        raise errors.bad_url()
    if members["ResponseType"] != "id_token":
        raise errors.bad_parameter("ResponseType", "id_token")
    if members["ResponseMode"] not in ("form_post", "fragment"):
        raise errors.bad_parameter("ResponseMode", "form_post or fragment")
    # Documented: openid is there by default.
    scope = call.params.get("Scope") or ["openid"]
    row = Row({**members, "ProviderType": _OF_USERS, "Status": _ON, "Scope": scope})
    call.world.write("cam.sso").put("oidc", row)


def describe_user_oidc_config(call: Call) -> Result:
    """The users' OIDC."""
    return _find_sso(call, "oidc").value


def create_user_saml_config(call: Call) -> Result:
    """Let users log in through SAML; OIDC is switched off."""
    if "saml" in call.world.read("cam.sso"):
        raise errors.provider_name_in_use()
    _check_metadata(call.params["SAMLMetadataDocument"])
    row = Row(
        {
            "SAMLMetadata": call.params["SAMLMetadataDocument"],
            "Status": _ON,
            "AuxiliaryDomain": call.params.get("AuxiliaryDomain") or "",
        }
    )
    call.world.write("cam.sso").put("saml", row)
    _switch(call, "oidc", _OFF)
    return {}


def update_user_saml_config(call: Call) -> Result:
    """Switch the users' SAML on or off, or replace its metadata."""
    row, params = _find_sso(call, "saml"), call.params
    changes: dict[str, Any] = {}
    if params.get("AuxiliaryDomain") is not None:
        changes["AuxiliaryDomain"] = params["AuxiliaryDomain"]
    match params["Operate"]:
        case "enable":
            changes["Status"] = _ON
            _switch(call, "oidc", _OFF)
        case "disable":
            changes["Status"] = _OFF
        case "updateSAML":
            _check_metadata(params.get("SAMLMetadataDocument") or "")
            changes["SAMLMetadata"] = params["SAMLMetadataDocument"]
        case _:
            raise errors.bad_parameter("Operate", "enable, disable or updateSAML")
    call.world.write("cam.sso").put("saml", row.having(**changes))
    return {}


def describe_user_saml_config(call: Call) -> Result:
    """The users' SAML."""
    # Documented: status 0 is "not set", so the action answers without a configuration.
    row = call.world.read("cam.sso").get("saml")
    return {"SAMLMetadata": "", "Status": _UNSET, "AuxiliaryDomain": ""} if row is None else row.value


def disable_user_sso(call: Call) -> Result:
    """Switch the users' single sign-on off, whichever it is."""
    _switch(call, "oidc", _OFF)
    _switch(call, "saml", _OFF)
    return {}


def _switch(call: Call, kind: str, status: int) -> None:
    row = call.world.read("cam.sso").get(kind)
    if row is not None:
        call.world.write("cam.sso").put(kind, row.having(Status=status))


# --- Checks -----------------------------------------------------------------------------------------------


def _new_name(call: Call, table: str) -> str:
    name: str = call.params["Name"]
    shelf = call.world.read(table)
    if not _NAME.fullmatch(name):
        raise errors.bad_provider_name()
    if name in shelf:
        raise errors.provider_name_in_use()
    if len(shelf) >= limits.PROVIDERS:
        raise errors.providers_full()
    return name


def _find(call: Call, table: str) -> Row:
    row: Row | None = call.world.read(table).get(call.params["Name"])
    if row is None:
        raise errors.no_provider()
    return row


def _find_sso(call: Call, kind: str) -> Row:
    row: Row | None = call.world.read("cam.sso").get(kind)
    if row is None:
        raise errors.no_provider()
    return row


def _oidc(call: Call, *names: str) -> dict[str, Any]:
    params: Mapping[str, Any] = call.params
    if not _URL.fullmatch(params["IdentityUrl"]):
        raise errors.bad_url()
    if not _is_base64(params["IdentityKey"]):
        raise errors.bad_signing_key()
    auto = params.get("AutoRotateKey", 0)
    if auto not in (0, 1):
        raise errors.bad_parameter("AutoRotateKey", "0 or 1")
    members = {name: params[name] for name in names}
    return {**members, "Description": params.get("Description") or "", "AutoRotateKey": auto}


def _check_metadata(text: str) -> None:
    error: ApiError = errors.bad_metadata()
    # Documented: base64. Assumed: what it holds is not looked at.
    if not text or not _is_base64(text):
        raise error


def _is_base64(text: str) -> bool:
    try:
        # Assumed: padding may lack, as it does in the official examples.
        base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


ACTIONS = (
    Does(action="CreateSAMLProvider", run=create_saml_provider),
    Does(action="GetSAMLProvider", run=get_saml_provider),
    Does(action="ListSAMLProviders", run=list_saml_providers),
    Does(action="UpdateSAMLProvider", run=update_saml_provider),
    Does(action="DeleteSAMLProvider", run=delete_saml_provider),
    Does(action="CreateOIDCConfig", run=create_oidc_config),
    Does(action="UpdateOIDCConfig", run=update_oidc_config),
    Does(action="DescribeOIDCConfig", run=describe_oidc_config),
    Does(action="DeleteOIDCConfig", run=delete_oidc_config),
    Does(action="CreateUserOIDCConfig", run=create_user_oidc_config),
    Does(action="UpdateUserOIDCConfig", run=update_user_oidc_config),
    Does(action="DescribeUserOIDCConfig", run=describe_user_oidc_config),
    Does(action="CreateUserSAMLConfig", run=create_user_saml_config),
    Does(action="UpdateUserSAMLConfig", run=update_user_saml_config),
    Does(action="DescribeUserSAMLConfig", run=describe_user_saml_config),
    Does(action="DisableUserSSO", run=disable_user_sso),
)
