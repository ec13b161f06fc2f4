"""HTTP/1.1 as it is read: request heads, body lengths and chunked bodies, nothing of sockets."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

HEAD_LIMIT_BYTES = 64 * 1024
"""A GET may carry 32 KB of parameters in its request line."""

_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")
_REQUEST_LINE = re.compile(r"([!#$%&'*+\-.^_`|~0-9A-Za-z]+) ([^\s\x00-\x1f\x7f]+) HTTP/1\.([01])")
_HEXADECIMAL = re.compile(rb"[0-9A-Fa-f]{1,15}")
_ONCE = frozenset({"content-length", "transfer-encoding"})


class Malformed(Exception):
    """Bytes that are no HTTP request; ``status`` is what to answer before the connection is closed."""

    def __init__(self, reason: str, status: int = 400) -> None:
        super().__init__(reason)
        self.reason = reason
        self.status = status


@dataclass(frozen=True, slots=True)
class Head:
    """A request line and its headers; names in lower case, the first of equal names kept."""

    method: str
    target: str
    headers: Mapping[str, str]
    length_bytes: int | None
    """How long the body is; None says it comes in chunks."""
    is_last: bool
    """The connection is to be closed after the answer."""

    @property
    def waits(self) -> bool:
        """Whether the client waits for ``100 Continue`` before it sends the body."""
        return self.headers.get("expect", "").lower() == "100-continue"


def read_head(raw: bytes) -> Head:
    """Read a request's head, the empty line at its end left off.

    Raises:
        Malformed: it is none.
    """
    lines = raw.decode("utf-8", "surrogateescape").split("\r\n")
    breaks = len(lines) - 1
    if raw.count(b"\n") != breaks or raw.count(b"\r") != breaks or b"\0" in raw:
        raise Malformed("a line must end in CR LF and hold neither")
    start = _REQUEST_LINE.fullmatch(lines[0])
    if start is None:
        raise Malformed("the request line is not `METHOD target HTTP/1.1`")
    headers: dict[str, str] = {}
    for index in range(1, len(lines)):
        name, colon, value = lines[index].partition(":")
        known = _header_name(name)
        if not colon:
            raise Malformed("a header line has no colon")
        if known not in headers:
            headers[known] = value.strip(" \t")
        elif known in _ONCE:
            raise Malformed(f"the header {known} may come once only")
    method, target, minor = start.groups()
    return Head(method, target, headers, _length(headers), _is_last(headers, minor))


def path_and_query(target: str) -> tuple[str, str]:
    """The path and the raw query of a request target.

    A proxy's client sends the whole address (``http://host/path``): its scheme and host are left off.
    """
    if not target.startswith("/"):
        _, scheme, rest = target.partition("://")
        if scheme:
            cut = re.search(r"[/?]", rest)
            target = rest[cut.start() :] if cut else "/"
    path, _, query = target.partition("?")
    return path or "/", query


@lru_cache(maxsize=1024)
def _header_name(name: str) -> str:
    if _TOKEN.fullmatch(name) is None:
        raise Malformed("a header's name is not a token")
    return name.lower()


def _length(headers: Mapping[str, str]) -> int | None:
    coding = headers.get("transfer-encoding")
    text = headers.get("content-length")
    if coding is not None:
        if text is not None:
            raise Malformed("Content-Length and Transfer-Encoding exclude each other")
        if coding.lower() != "chunked":
            raise Malformed("the only Transfer-Encoding is chunked", 501)
        return None
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) < 16):
        raise Malformed("Content-Length is no number")
    return int(text)


def _is_last(headers: Mapping[str, str], minor: str) -> bool:
    wish = headers.get("connection", "").lower()
    return "keep-alive" not in wish if minor == "0" else "close" in wish


class Chunks:
    """A body that comes in chunks, put together as it comes. Extensions and trailers are passed over."""

    __slots__ = ("_buffer", "_left", "_limit", "_state", "body", "is_over")

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._buffer = bytearray()
        self._state: Literal["size", "data", "trailer"] = "size"
        self._left = 0
        """Bytes of the chunk that are still to come, the line break behind it counted."""
        self.body = bytearray()
        self.is_over = False
        """More came than the limit; what is beyond it was thrown away."""

    def feed(self, data: bytes) -> bytes | None:
        """Take in data; None asks for more, else what follows the body.

        Raises:
            Malformed: the chunks are not well-formed.
        """
        self._buffer += data
        while True:
            if self._state == "data":
                if not self._take():
                    return None
            else:
                line = self._line()
                if line is None:
                    return None
                if self._state == "trailer" and not line:
                    return bytes(self._buffer)
                if self._state == "size":
                    self._begin(line)

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\r\n")
        if end < 0:
            if len(self._buffer) > 4096:
                raise Malformed("a chunk's first line is too long")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _begin(self, line: bytes) -> None:
        size = line.partition(b";")[0].strip()
        if _HEXADECIMAL.fullmatch(size) is None:
            raise Malformed("a chunk's size is no hexadecimal number")
        self._left = int(size, 16)
        if self._left:
            self._state = "data"
            self._left += 2
        else:
            self._state = "trailer"

    def _take(self) -> bool:
        buffer = self._buffer
        content = min(max(self._left - 2, 0), len(buffer))
        if len(self.body) + content <= self._limit:
            self.body += buffer[:content]
        else:
            self.is_over = True
        del buffer[:content]
        self._left -= content
        if self._left > 2 or len(buffer) < 2:
            return False
        if buffer[:2] != b"\r\n":
            raise Malformed("a chunk is longer than its size")
        del buffer[:2]
        self._state = "size"
        return True
