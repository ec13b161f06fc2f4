import pytest

from emulator.errors import ApiError
from emulator.wire.flat import parse_multipart, parse_query

TYPE = "multipart/form-data; boundary=x"


def body(*parts):
    return b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"


def test_a_query_keeps_empty_values_and_decodes_plus_and_percent():
    assert parse_query("A=1&B=&C=a+b%26c") == {"A": "1", "B": "", "C": "a b&c"}


def test_the_parts_of_a_multipart_body_are_read_by_name():
    parts = (
        b'Content-Disposition: form-data; name="A"\r\n\r\none',
        b'Content-Disposition: form-data; name="F"; filename="f"\r\nContent-Type: x/y\r\n\r\nl1\r\nl2',
    )
    assert parse_multipart(TYPE, body(*parts)) == {"A": "one", "F": "l1\r\nl2"}


@pytest.mark.parametrize(
    ("content_type", "content"),
    [
        ("multipart/form-data", body(b'Content-Disposition: form-data; name="A"\r\n\r\n1')),
        (TYPE, b"nothing"),
        (TYPE, body(b"no gap")),
        (TYPE, body(b"X: y\r\n\r\n1")),
        (TYPE, b'--x\r\nContent-Disposition: form-data; name="A"\r\n\r\n1\r\n--x'),
    ],
)
def test_a_malformed_multipart_body_is_an_invalid_request(content_type, content):
    with pytest.raises(ApiError) as caught:
        parse_multipart(content_type, content)
    assert caught.value.code == "InvalidRequest"
