"""Roles for those whom an identity provider vouches for: what it signed is the proof, nobody else signs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from emulator.errors import missing_parameter
from emulator.policy.document import Principal as Trusted
from emulator.services.sts import assertion, errors, idtoken
from emulator.services.sts.roles import Wanted, check_trust, find_role, find_world, take
from emulator.services.sts.sessions import session_name
from emulator.tables.call import Call, Result
from emulator.tables.declare import Does
from emulator.world.shelves import Row
from emulator.world.world import Cloud, World


def assume_role_with_saml(call: Call) -> Result:
    """Take a role with a SAML assertion of a provider that the role trusts."""
    session, wanted = session_name(call.params), find_role(call.caller.cloud, call.params["RoleArn"])
    principal = call.params["PrincipalArn"]
    provider = _saml_provider(wanted, principal)
    said = assertion.read(call.params["SAMLAssertion"], provider.value["SAMLMetadata"], call.now)
    # Documented: the assertion's Role attribute pairs roles with their provider. Assumed: that the role asked
    # for has to be in there is checked here, as it is where users log in.
    if not said.grants(call.params["RoleArn"], principal):
        raise errors.bad_assertion("its Role attribute does not name this role and this provider")
    check_trust(call, wanted, Trusted("federated", principal), said.context)
    return take(call, wanted, session)


def _saml_provider(wanted: Wanted, principal: str) -> Row:
    # Documented: the form of the name. Assumed: the provider is of the role's own account.
    head = f"qcs::cam::uin/{wanted.world.uin}:saml-provider/"
    if not principal.startswith(head):
        raise errors.bad_parameter("PrincipalArn", f"{head}<name>")
    provider: Row | None = wanted.world.read("cam.saml").get(principal.removeprefix(head))
    if provider is None:
        raise errors.bad_provider("the account has none of this name")
    return provider


def assume_role_with_web_identity(call: Call) -> Result:
    """Take a role with a token of an OIDC provider that the role trusts."""
    session, wanted = session_name(call.params), find_role(call.caller.cloud, call.params["RoleArn"])
    name = call.params["ProviderId"]
    provider: Row | None = wanted.world.read("cam.oidc").get(name)
    if provider is None:
        raise errors.bad_provider("the account has none of this name")
    context = idtoken.read(call.params["WebIdentityToken"], provider.value, call.now)
    # Observed: the form of the name, in trust policies that people use.
    who = Trusted("federated", f"qcs::cam::uin/{wanted.world.uin}:oidc-provider/{name}")
    check_trust(call, wanted, who, context)
    return take(call, wanted, session)


def whose(cloud: Cloud, params: Mapping[str, Any]) -> World:
    """The account that an unsigned call is about: its role's."""
    arn = params.get("RoleArn")
    if not isinstance(arn, str):
        raise missing_parameter("RoleArn")
    return find_world(cloud, arn)


# Documented: operation-level, for who signs such a call; unsigned, it needs no permission.
ACTIONS = (
    Does(action="AssumeRoleWithSAML", run=assume_role_with_saml, whose=whose),
    Does(action="AssumeRoleWithWebIdentity", run=assume_role_with_web_identity, whose=whose),
)
