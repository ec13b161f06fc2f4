import ast
import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.errors import ApiError
from emulator.wire import tc3, v1
from emulator.wire.envelope import Envelope
from scenarios.oracles.signer import Signed, sign_tc3, sign_v1

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))
KEYS = st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", min_size=32, max_size=32)


def envelope_of(vector):
    if vector["kind"] == "TC3-HMAC-SHA256":
        headers = {
            "host": vector["host"],
            "content-type": vector["content_type"],
            "x-tc-action": vector["action"],
            "x-tc-version": vector["version"],
            "x-tc-timestamp": str(vector["timestamp"]),
            "authorization": vector["authorization"],
        }
        return Envelope(vector["method"], "/", "", headers, vector["payload"].encode())
    params = {**ast.literal_eval(str(vector["params"])), "Signature": vector["signature"]}
    return Envelope(vector["method"], "/", urlencode(params), {"host": vector["host"]}, b"")


def claim_of(envelope):
    return tc3.read(envelope) if "authorization" in envelope.headers else v1.read(envelope)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["source"])
def test_every_published_vector_proves_its_key_and_no_other(vector):
    claim = claim_of(envelope_of(vector))
    assert claim.proof.holds(vector["secret_key"])
    assert not claim.proof.holds(vector["secret_key"] + "x")


def envelope_from(signed: Signed) -> Envelope:
    headers = {name.lower(): value for name, value in signed.headers.items()}
    return Envelope(signed.method, "/", signed.query, headers, signed.body)


@given(
    key=KEYS,
    params=st.dictionaries(st.text("abcXYZ", min_size=1, max_size=6), st.text(max_size=20), max_size=4),
    method=st.sampled_from(["GET", "POST"]),
    unsigned_payload=st.booleans(),
    timestamp=st.integers(1_500_000_000, 4_000_000_000),
)
def test_what_the_official_sdk_signs_is_accepted_under_tc3(key, params, method, unsigned_payload, timestamp):
    signed = sign_tc3(
        "AKIDx", key, params, method=method, unsigned_payload=unsigned_payload, timestamp=timestamp
    )
    claim = tc3.read(envelope_from(signed))
    assert claim.secret_id == "AKIDx"
    assert claim.timestamp == timestamp
    assert claim.proof.holds(key)


@given(
    key=KEYS,
    params=st.dictionaries(st.text("abcXYZ_.", min_size=1, max_size=6), st.text(max_size=20), max_size=4),
    method=st.sampled_from(["GET", "POST"]),
    algorithm=st.sampled_from(["HmacSHA1", "HmacSHA256"]),
)
def test_what_the_official_sdk_signs_is_accepted_under_v1(key, params, method, algorithm):
    claim = v1.read(envelope_from(sign_v1("AKIDx", key, params, method=method, algorithm=algorithm)))
    assert claim.scheme == algorithm
    assert claim.proof.holds(key)


@given(key=KEYS, data=st.data())
def test_any_flipped_bit_of_what_was_signed_is_refused_under_tc3(key, data):
    signed = sign_tc3("AKIDx", key, {"Limit": "1", "Name": "x"}, method="POST")
    body = bytearray(signed.body)
    part = data.draw(st.sampled_from(["body", "signature", "host", "content-type", "timestamp"]))
    headers = {name.lower(): value for name, value in signed.headers.items()}
    if part == "body":
        position = data.draw(st.integers(0, len(body) * 8 - 1))
        body[position // 8] ^= 1 << position % 8
    elif part == "signature":
        text = headers["authorization"]
        at = data.draw(st.integers(len(text) - 64, len(text) - 1))
        headers["authorization"] = text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]
    elif part == "timestamp":
        headers["x-tc-timestamp"] = str(int(headers["x-tc-timestamp"]) ^ 1)
    else:
        headers[part] += "; x"
    claim = tc3.read(Envelope("POST", "/", "", headers, bytes(body)))
    assert not claim.proof.holds(key)


@given(key=KEYS, data=st.data())
def test_any_changed_parameter_is_refused_under_v1(key, data):
    signed = sign_v1("AKIDx", key, {"Limit": "1", "Name": "x"}, method="GET", algorithm="HmacSHA256")
    pairs = [pair.split("=") for pair in signed.query.split("&")]
    changed = data.draw(
        st.sampled_from([name for name, _ in pairs if name not in ("Signature", "SignatureMethod")])
    )
    query = "&".join(f"{name}={value}{'1' if name == changed else ''}" for name, value in pairs)
    claim = v1.read(Envelope("GET", "/", query, {"host": signed.headers["Host"]}, b""))
    assert not claim.proof.holds(key)


def test_a_host_signed_without_its_port_is_accepted():
    signed = sign_tc3("AKIDx", "k" * 32, {}, method="POST", host="127.0.0.1")
    headers = {**{k.lower(): v for k, v in signed.headers.items()}, "host": "127.0.0.1:8080"}
    assert tc3.read(Envelope("POST", "/", "", headers, signed.body)).proof.holds("k" * 32)


def test_a_scope_date_that_is_not_the_utc_day_never_holds():
    signed = sign_tc3("AKIDx", "k" * 32, {}, method="POST", timestamp=1_700_000_000, date="2023-11-15")
    assert not tc3.read(envelope_from(signed)).proof.holds("k" * 32)


@pytest.mark.parametrize("signed_headers", ["content-type", "host", "x-tc-action"])
def test_a_signature_that_leaves_out_host_or_content_type_never_holds(signed_headers):
    signed = sign_tc3("AKIDx", "k" * 32, {}, method="POST", signed_headers=(signed_headers,))
    assert not tc3.read(envelope_from(signed)).proof.holds("k" * 32)


@given(
    gap=st.sampled_from([" ", "  ", "\t", ""]),
    comma=st.sampled_from([", ", ",", " , ", " "]),
    signature=st.text("ab0=,é ", max_size=4),
    tail=st.sampled_from(["", " ", ",x", " Signature=1", ", Signature=1"]),
)
def test_an_authorization_is_read_alike_however_often_its_head_was_seen(gap, comma, signature, tail):
    head = f"TC3-HMAC-SHA256{gap}Credential=id/2026-01-01/cvm/tc3_request{comma}SignedHeaders=host;x"
    text = f"{head}{comma}Signature={signature}{tail}"
    read = tc3._AUTHORIZATION.fullmatch(text)
    if read is None:
        with pytest.raises(ApiError):
            tc3._authorization(text)
    else:
        *start, names, made = read.groups()
        assert tc3._authorization(text) == (*start, tuple(names.split(";")), made)


@pytest.mark.parametrize(
    ("authorization", "word"),
    [
        ("TC3-HMAC-SHA256 nonsense", "Credential"),
        ("TC3-HMAC-SHA256 Credential=a/b/c/tc3_request, Signature=0", "SignedHeaders"),
        ("TC3-HMAC-SHA256 Credential=a/b/c/tc3_request, SignedHeaders=host", "Signature"),
        ("TC3-HMAC-SHA256 Credential=a/b/c/other, SignedHeaders=host, Signature=0", "tc3_request"),
        ("TC3-HMAC-SHA256 Credential=a/c/tc3_request, SignedHeaders=host, Signature=0", "Credential"),
    ],
)
def test_a_malformed_authorization_is_told_what_is_wrong_with_it(authorization, word):
    envelope = Envelope("POST", "/", "", {"authorization": authorization}, b"{}")
    with pytest.raises(ApiError, match=word) as caught:
        tc3.read(envelope)
    assert caught.value.code == "AuthFailure.InvalidAuthorization"


@pytest.mark.parametrize("missing", ["Timestamp", "Action", "Version"])
def test_a_missing_common_header_is_named(missing):
    signed = sign_tc3("AKIDx", "k" * 32, {}, method="POST")
    headers = {k.lower(): v for k, v in signed.headers.items() if k.lower() != f"x-tc-{missing.lower()}"}
    with pytest.raises(ApiError, match=f"`{missing}`") as caught:
        tc3.read(Envelope("POST", "/", "", headers, signed.body))
    assert caught.value.code == "MissingParameter"


def test_a_bare_get_lacks_its_timestamp_first():
    with pytest.raises(ApiError, match="`Timestamp`"):
        v1.read(Envelope("GET", "/", "", {"host": "cvm.tencentcloudapi.com"}, b""))


def test_a_v1_nonce_that_is_no_number_is_named():
    with pytest.raises(ApiError, match="`Nonce` type error"):
        v1.read(
            Envelope(
                "GET",
                "/",
                "Action=A&Version=1&Timestamp=1&Nonce=x&SecretId=A&Signature=s",
                {"host": "h"},
                b"",
            )
        )


def test_a_v1_body_over_its_limit_is_told_to_use_tc3():
    with pytest.raises(ApiError, match="TC3-HMAC-SHA256") as caught:
        v1.read(Envelope("POST", "/", "", {"host": "h"}, b"x" * (v1.BODY_LIMIT_BYTES + 1)))
    assert caught.value.code == "AuthFailure.SignatureFailure"


def test_no_proof_shows_its_signature():
    claim = tc3.read(envelope_of(VECTORS[0]))
    assert VECTORS[0]["signature"] not in repr(claim) + repr(claim.proof).split("envelope")[0]
