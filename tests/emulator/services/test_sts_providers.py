"""Roles for those whom an identity provider vouches for, through calls that nobody signs."""

import base64
import hmac
import json
from datetime import UTC, datetime, timedelta

import jwt
import orjson
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from signxml import XMLSigner, methods

from emulator.gateway.journal import MASK, masked
from emulator.wire.envelope import Envelope
from emulator.world import accounts

from .conftest import allow

ISSUER, CLIENT = "https://idp.example.com/oidc", "sts.cloud.tencent.com"
ENTITY, RECIPIENT = "https://idp.example.com/saml", "https://cloud.tencent.com/login/saml"
NOON = 1_700_000_000


def new_key():
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


KEY, ANOTHER = new_key(), new_key()


class Failed(Exception):
    pass


@pytest.fixture
def unsigned(account):
    """Call an action of sts as nobody."""
    account.world.clock.set(NOON)

    def call(action, **params):
        headers = {
            "host": "sts.tencentcloudapi.com",
            "content-type": "application/json",
            "authorization": "SKIP",
            "x-tc-action": action,
            "x-tc-version": "2018-08-13",
            "x-tc-timestamp": str(NOON),
            "x-tc-language": "en-US",
        }
        reply = account.direct.gateway.answer(Envelope("POST", "/", "", headers, orjson.dumps(params)))
        answer = orjson.loads(reply.body)["Response"]
        if "Error" in answer:
            raise Failed(answer["Error"]["Code"], answer["Error"]["Message"])
        return answer

    return call


def code(call, *given, **params):
    with pytest.raises(Failed) as failed:
        call(*given, **params)
    return failed.value.args[0]


def add_role(account, action, provider, **condition):
    statement = {
        "action": f"name/sts:{action}",
        "effect": "allow",
        "principal": {"federated": [f"qcs::cam::uin/{account.world.uin}:{provider}"]},
    }
    if condition:
        statement["condition"] = {"string_equal": condition}
    row = accounts.add_role(
        account.world, "deployer", json.dumps({"version": "2.0", "statement": [statement]})
    )
    policy = accounts.add_policy(account.world, "list", json.dumps(allow("cam:ListUsers")))
    accounts.attach(account.world, "role", row.value["RoleId"], policy.value["PolicyId"])
    return f"qcs::cam::uin/{account.world.uin}:roleName/deployer"


def temporary(account, answer):
    _, key = account.direct.gateway.cloud.find_key(answer["Credentials"]["TmpSecretId"])
    return key


# --- OIDC -------------------------------------------------------------------------------------------------


def key_set(*keys):
    found = [
        {**jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": name, "alg": "RS256"}
        for name, key in keys
    ]
    return base64.b64encode(json.dumps({"keys": found}).encode()).decode()


def token(key=KEY, kid="one", algorithm="RS256", **claims):
    said = {
        "iss": ISSUER,
        "aud": CLIENT,
        "sub": "repo:us/ours:ref:refs/heads/main",
        "exp": NOON + 600,
        **claims,
    }
    said = {name: value for name, value in said.items() if value is not None}
    return jwt.encode(said, key, algorithm, headers={"kid": kid} if kid else None)


@pytest.fixture
def oidc(account):
    account(
        "CreateOIDCConfig",
        Name="github",
        IdentityUrl=ISSUER,
        ClientId=[CLIENT, "another"],
        IdentityKey=key_set(("one", KEY)),
    )
    return add_role(
        account,
        "AssumeRoleWithWebIdentity",
        "oidc-provider/github",
        **{
            "oidc:iss": [ISSUER],
            "oidc:aud": [CLIENT],
            "oidc:sub": ["repo:us/ours:ref:refs/heads/main"],
        },
    )


@pytest.fixture
def web(unsigned, oidc):
    def call(text=None, **more):
        given = {
            "ProviderId": "github",
            "WebIdentityToken": token() if text is None else text,
            "RoleArn": oidc,
            "RoleSessionName": "ci",
        }
        return unsigned("AssumeRoleWithWebIdentity", **{**given, **more})

    return call


def test_a_token_of_a_trusted_provider_gives_a_key_that_acts_as_the_role(account, web):
    answer = web(DurationSeconds=900)
    assert answer["ExpiredTime"] == NOON + 900
    key = temporary(account, answer)
    assert account.can(key, "ListUsers")
    assert not account.can(key, "ListGroups")
    me = account("sts:GetCallerIdentity", key)
    assert (me["Type"], me["UserId"].partition(":")[2]) == ("CAMRole", "ci")
    account.world.clock.advance(901)
    assert account.code("ListUsers", key) == "AuthFailure.TokenFailure"


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(token(ANOTHER), id="another's key under the name of the provider's"),
        pytest.param(token(kid="two"), id="a key that the provider has not"),
        pytest.param(token(iss="https://elsewhere.example.com"), id="another issuer"),
        pytest.param(token(aud="somebody"), id="for another client"),
        pytest.param(token(exp=NOON), id="expired"),
        pytest.param(token(nbf=NOON + 1), id="not valid yet"),
        pytest.param(token(exp=None), id="without an end"),
        pytest.param(token(sub=None), id="without a subject"),
        pytest.param(token()[:-8] + "AAAAAAAA", id="a changed signature"),
        pytest.param(jwt.encode({"sub": "x"}, None, "none"), id="no signature"),
        pytest.param("", id="empty"),
        pytest.param("a.b.c", id="no token"),
    ],
)
def test_a_token_that_proves_nothing_is_refused(web, text):
    assert code(web, text) == "InvalidParameter.WebIdentityTokenError"


def test_a_secret_that_is_made_of_the_public_key_signs_nothing(web):
    public = KEY.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    head = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').decode().rstrip("=")
    said = f"{head}.{token().split('.')[1]}"
    made = base64.urlsafe_b64encode(hmac.digest(public, said.encode(), "sha256")).decode().rstrip("=")
    assert code(web, f"{said}.{made}") == "InvalidParameter.WebIdentityTokenError"


def test_a_provider_that_published_a_secret_vouches_for_nobody(account, web):
    secret = b"not so secret, and long enough for HS256"
    shown = base64.urlsafe_b64encode(secret).decode().rstrip("=")
    keys = {"keys": [{"kty": "oct", "k": shown, "kid": "one", "alg": "HS256"}]}
    account(
        "UpdateOIDCConfig",
        Name="github",
        IdentityUrl=ISSUER,
        ClientId=[CLIENT],
        IdentityKey=base64.b64encode(json.dumps(keys).encode()).decode(),
    )
    assert code(web, token(secret, algorithm="HS256")) == "InvalidParameter.WebIdentityTokenError"


def test_a_role_decides_which_subjects_it_trusts(web):
    assert code(web, token(sub="repo:us/other:ref:refs/heads/main")) == "UnauthorizedOperation"


def test_a_role_decides_which_of_the_clients_it_trusts(web):
    assert code(web, token(aud="another")) == "UnauthorizedOperation"


def test_a_role_that_trusts_for_another_action_is_not_taken(account, unsigned, web):
    statement = {
        "action": "name/sts:AssumeRole",
        "effect": "allow",
        "principal": {"federated": [f"qcs::cam::uin/{account.world.uin}:oidc-provider/github"]},
    }
    row = accounts.find_role(account.world, name="deployer")
    accounts.change_role(
        account.world, row, PolicyDocument=json.dumps({"version": "2.0", "statement": [statement]})
    )
    assert code(web) == "UnauthorizedOperation"


def test_a_provider_that_is_gone_vouches_for_nobody(account, web):
    account("DeleteOIDCConfig", Name="github")
    assert code(web) == "InvalidParameter.ParamError"


# --- SAML -------------------------------------------------------------------------------------------------


def certificate(key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "idp.example.com")])
    day = datetime.fromtimestamp(NOON, UTC) - timedelta(days=1)
    built = x509.CertificateBuilder(name, name, key.public_key(), 1, day, day + timedelta(days=9999))
    return built.sign(key, hashes.SHA256())


CERTIFICATE = certificate(KEY)


def metadata(of=CERTIFICATE):
    body = base64.b64encode(of.public_bytes(serialization.Encoding.DER)).decode()
    text = (
        f'<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" entityID="{ENTITY}">'
        '<md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        '<md:KeyDescriptor use="signing"><ds:KeyInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#">'
        f"<ds:X509Data><ds:X509Certificate>{body}</ds:X509Certificate></ds:X509Data></ds:KeyInfo>"
        "</md:KeyDescriptor></md:IDPSSODescriptor></md:EntityDescriptor>"
    )
    return base64.b64encode(text.encode()).decode()


def iso(seconds):
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def assertion(
    uin, *, key=KEY, of=CERTIFICATE, begin=NOON - 60, end=NOON + 600, issuer=ENTITY, subject="ann", roles=None
):
    """A signed assertion as an element."""
    value = f"qcs::cam::uin/{uin}:roleName/deployer;qcs::cam::uin/{uin}:roleName/x"
    value = roles if roles is not None else f"{value},qcs::cam::uin/{uin}:saml-provider/okta"
    text = (
        f'<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="_one" Version="2.0" '
        f'IssueInstant="{iso(NOON)}"><saml:Issuer>{issuer}</saml:Issuer>'
        '<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="placeholder"></ds:Signature>'
        '<saml:Subject><saml:NameID Format="urn:oasis:names:tc:SAML:2.0:nameid-format:persistent">'
        f"{subject}</saml:NameID><saml:SubjectConfirmation><saml:SubjectConfirmationData "
        f'NotOnOrAfter="{iso(end)}" Recipient="{RECIPIENT}"/></saml:SubjectConfirmation></saml:Subject>'
        f'<saml:Conditions NotBefore="{iso(begin)}" NotOnOrAfter="{iso(end)}"/>'
        '<saml:AttributeStatement><saml:Attribute Name="https://cloud.tencent.com/SAML/Attributes/Role">'
        f"<saml:AttributeValue>{value}</saml:AttributeValue></saml:Attribute></saml:AttributeStatement>"
        "</saml:Assertion>"
    )
    signer = XMLSigner(method=methods.enveloped, c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
    pem = of.public_bytes(serialization.Encoding.PEM)
    return signer.sign(etree.fromstring(text), key=key, cert=pem, reference_uri="_one")


def packed(element):
    return base64.b64encode(etree.tostring(element)).decode()


def response(inner):
    outer = etree.fromstring(
        '<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_outer"/>'
    )
    outer.append(inner)
    return outer


@pytest.fixture
def saml_role(account):
    account("CreateSAMLProvider", Name="okta", Description="", SAMLMetadataDocument=metadata())
    return add_role(
        account, "AssumeRoleWithSAML", "saml-provider/okta", **{"saml:aud": RECIPIENT, "saml:sub": ["ann"]}
    )


@pytest.fixture
def saml(account, unsigned, saml_role):
    def call(element=None, **more):
        element = response(assertion(account.world.uin)) if element is None else element
        given = {
            "SAMLAssertion": packed(element),
            "PrincipalArn": f"qcs::cam::uin/{account.world.uin}:saml-provider/okta",
            "RoleArn": saml_role,
            "RoleSessionName": "ann",
        }
        return unsigned("AssumeRoleWithSAML", **{**given, **more})

    return call


def test_an_assertion_of_a_trusted_provider_gives_a_key_that_acts_as_the_role(account, saml):
    key = temporary(account, saml())
    assert account.can(key, "ListUsers")
    assert not account.can(key, "ListGroups")


def test_an_assertion_may_come_without_a_response_around_it(account, saml):
    assert saml(assertion(account.world.uin))["Credentials"]["Token"]


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        pytest.param(
            {"key": ANOTHER, "of": certificate(ANOTHER)}, "InvalidParameter.ParamError", id="signer"
        ),
        pytest.param({"end": NOON}, "InvalidParameter.ParamError", id="expired"),
        pytest.param({"begin": NOON + 1}, "InvalidParameter.ParamError", id="too early"),
        pytest.param({"issuer": "https://x.example.com"}, "InvalidParameter.ParamError", id="issuer"),
        pytest.param({"roles": "qcs::cam::uin/1:roleName/x,y"}, "InvalidParameter.ParamError", id="role"),
        pytest.param({"subject": "bob"}, "UnauthorizedOperation", id="a subject the role does not trust"),
    ],
)
def test_an_assertion_that_proves_nothing_is_refused(account, saml, given, refusal):
    assert code(saml, response(assertion(account.world.uin, **given))) == refusal


def test_what_was_changed_after_it_was_signed_is_refused(account, saml):
    element = assertion(account.world.uin, subject="bob")
    for name in element.iter("{*}NameID"):
        name.text = "ann"
    assert code(saml, response(element)) == "InvalidParameter.ParamError"


def test_what_stands_beside_the_signed_assertion_is_not_believed(account, saml):
    """Signature wrapping: the forged assertion comes first, the signed one hides behind it."""
    forged = assertion(account.world.uin)
    for signature in forged.findall("{http://www.w3.org/2000/09/xmldsig#}Signature"):
        forged.remove(signature)
    forged.set("ID", "_forged")
    outer = response(forged)
    outer.append(assertion(account.world.uin, subject="bob"))
    assert code(saml, outer) == "UnauthorizedOperation"


@pytest.mark.parametrize("text", ["", "%%%", "c2FtbCBhc3NlcnRpb24="])
def test_what_is_no_assertion_is_refused(saml, text):
    assert code(saml, SAMLAssertion=text) == "InvalidParameter.ParamError"


def test_a_provider_of_another_account_vouches_for_nobody(saml):
    assert code(saml, PrincipalArn="qcs::cam::uin/1:saml-provider/okta") == "InvalidParameter.ParamError"


# --- Calls that nobody signs ------------------------------------------------------------------------------


@pytest.mark.parametrize("action", ["GetCallerIdentity", "AssumeRole", "GetFederationToken"])
def test_every_other_action_has_to_be_signed(unsigned, action):
    assert code(unsigned, action) == "AuthFailure.InvalidAuthorization"


@pytest.mark.parametrize(
    ("arn", "refusal"),
    [
        ("qcs::cam::uin/999999999999:roleName/x", "ResourceNotFound.RoleNotFound"),
        ("nonsense", "InvalidParameter.ParamError"),
        (None, "MissingParameter"),
    ],
)
def test_a_call_that_names_no_account_here_is_refused(unsigned, arn, refusal):
    params = {} if arn is None else {"RoleArn": arn}
    assert code(unsigned, "AssumeRoleWithSAML", **params) == refusal


def test_who_signs_such_a_call_needs_a_grant_like_for_any_other(account, web, oidc):
    account.world.clock.set(NOON)
    params = {
        "ProviderId": "github",
        "WebIdentityToken": token(),
        "RoleArn": oidc,
        "RoleSessionName": "ci",
    }
    _, key = account.user("bob")
    assert not account.can(key, "sts:AssumeRoleWithWebIdentity", **params)
    _, key = account.user("carol", allow("sts:AssumeRoleWithWebIdentity"))
    assert account("sts:AssumeRoleWithWebIdentity", key, **params)["Credentials"]


def test_such_a_call_stands_in_the_journal_of_the_account_that_it_is_about(account, web):
    answer = web()
    entry = account.direct.gateway.account(account.world).journal.get(answer["RequestId"])
    assert entry.caller.key is None
    assert masked(entry.params)["WebIdentityToken"] == MASK
    assert entry.decision.kind == "open"


def test_a_denial_stops_such_a_call(account, web):
    account.direct.gateway.account(account.world).plan.add_denial({"action": "sts:AssumeRoleWith*"})
    assert code(web) == "UnauthorizedOperation"
