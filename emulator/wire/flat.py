"""Flattened parameters: query strings, forms and multipart bodies as names and texts."""

from __future__ import annotations

from urllib.parse import parse_qsl

from emulator.errors import ApiError

FIELD_LIMIT = 100_000


def parse_query(text: str) -> dict[str, str]:
    """Names and values of a query string or form body; a name given twice keeps its last value."""
    try:
        return dict(parse_qsl(text, keep_blank_values=True, max_num_fields=FIELD_LIMIT))
    except ValueError as reason:
        # Assumed: code and text.
        raise ApiError("InvalidRequest", "The request has too many parameters.") from reason


def parse_multipart(content_type: str, body: bytes) -> dict[str, str]:
    """Names and values of a ``multipart/form-data`` body; a file's content is read as text.

    Raises:
        ApiError: InvalidRequest, as documented for a malformed multipart body.
    """
    boundary = _boundary(content_type)
    pieces = body.split(b"--" + boundary)
    if len(pieces) < 3 or not pieces[-1].startswith(b"--"):
        raise _malformed()
    return dict(_part(piece) for piece in pieces[1:-1])


def _boundary(content_type: str) -> bytes:
    for option in content_type.split(";")[1:]:
        name, _, value = option.strip().partition("=")
        if name.lower() == "boundary" and value:
            return value.strip('"').encode()
    raise _malformed()


def _part(piece: bytes) -> tuple[str, str]:
    head, gap, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    if not gap:
        raise _malformed()
    for line in head.decode("utf-8", "replace").split("\r\n"):
        if line.lower().startswith("content-disposition:"):
            for option in line.split(";")[1:]:
                name, _, value = option.strip().partition("=")
                if name == "name":
                    return value.strip('"'), content.removesuffix(b"\r\n").decode("utf-8", "surrogateescape")
    raise _malformed()


def _malformed() -> ApiError:
    # Documented: the code ("the multipart format of the body is wrong"). Assumed: the text.
    return ApiError("InvalidRequest", "The multipart format of the request body is not valid.")
