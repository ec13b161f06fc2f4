"""HTTP by aiohttp: what a client sends becomes an envelope, what is answered leaves as the cloud sends it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import hdrs, web

from emulator.wire.envelope import Envelope
from emulator.wire.reply import Reply

BODY_LIMIT_BYTES: Final = 10 * 1024 * 1024
"""Documented: the largest body, under TC3. A larger one is read to its end but not kept."""
_LINE_LIMIT_BYTES = 64 * 1024
"""A GET may carry 32 KB of parameters in its request line."""

Later = Callable[[], Reply]
"""What is left of an answer that takes long; any thread may do it."""
Answer = Callable[[Envelope], Reply | Later]


class CloudResponse(web.Response):
    """A response without aiohttp's own ``Server`` header: the cloud sends none."""

    async def _prepare_headers(self) -> None:
        await super()._prepare_headers()
        self._headers.popall(hdrs.SERVER, None)


def http_server(answer: Answer, *, keep_alive_seconds: float) -> web.Server:
    """The server whose handlers speak HTTP on the connections they are given."""

    async def handle(request: web.BaseRequest) -> web.StreamResponse:
        begun = answer(await read_envelope(request))
        reply = begun if isinstance(begun, Reply) else await asyncio.to_thread(begun)
        if reply.delay_seconds > 0:
            await asyncio.sleep(reply.delay_seconds)
        return await respond(request, reply)

    return web.Server(
        handle,
        access_log=None,
        keepalive_timeout=keep_alive_seconds,
        max_line_size=_LINE_LIMIT_BYTES,
        max_field_size=_LINE_LIMIT_BYTES,
        # The signature covers the body as it was sent.
        auto_decompress=False,
    )


async def read_envelope(request: web.BaseRequest) -> Envelope:
    """Read a request whole.

    Only its raw target and headers are looked at: a client that sends ``Host: http://127.0.0.1:PORT`` (tccli
    does) has no URL that could be parsed.
    """
    path, query = path_and_query(request.raw_path)
    content = request.content
    # Most bodies are all here with their head: nothing to wait for. What parsed as one is no more than
    # aiohttp keeps before it pauses the client.
    body = content.read_nowait() if content.is_eof() else await _read_body(request)
    return Envelope(
        method=request.method,
        path=path,
        query=query,
        headers=_first_of_each(request.headers),
        body=body or b"",
        peer=request.remote or "127.0.0.1",
        is_whole=body is not None,
    )


async def _read_body(request: web.BaseRequest) -> bytes | None:
    """The body; None for one over the limit, of which nothing is kept."""
    if (request.content_length or 0) <= BODY_LIMIT_BYTES:
        first = await request.content.readany()
        if request.content.at_eof():
            return first
        kept = bytearray(first)
    else:
        kept = bytearray(BODY_LIMIT_BYTES + 1)
    async for piece in request.content.iter_any():
        if len(kept) <= BODY_LIMIT_BYTES:
            kept += piece
    return bytes(kept) if len(kept) <= BODY_LIMIT_BYTES else None


def _first_of_each(headers: Mapping[str, str]) -> dict[str, str]:
    found = {name.lower(): value for name, value in headers.items()}
    if len(found) != len(headers):
        for name, value in reversed(list(headers.items())):
            found[name.lower()] = value
    return found


def path_and_query(target: str) -> tuple[str, str]:
    """A request target's path and raw query; scheme and host, which proxies' clients send, are left off."""
    if target == "/":
        return "/", ""
    if not target.startswith("/"):
        rest = target.partition("://")[2]
        slash = min((at for at in (rest.find("/"), rest.find("?")) if at >= 0), default=len(rest))
        target = rest[slash:]
    path, _, query = target.partition("?")
    return path or "/", query


async def respond(request: web.BaseRequest, reply: Reply) -> web.StreamResponse:
    """The response to a reply; one that is dropped or cut is over when this returns."""
    headers: dict[str, str] = {"Content-Type": reply.content_type}
    if reply.trace_id:
        headers["X-TC-TraceId"] = reply.trace_id
    headers.update(reply.headers)
    if reply.is_dropped or reply.cut_at is not None:
        return await _break_off(request, reply, headers)
    return CloudResponse(body=reply.body, status=reply.status, headers=headers)


async def _break_off(
    request: web.BaseRequest, reply: Reply, headers: Mapping[str, str]
) -> web.StreamResponse:
    """Announce the body in full, send the part that is to arrive (none of it if dropped), and close."""
    response = web.StreamResponse(status=reply.status, headers=headers)
    response.content_length = len(reply.body)
    if not reply.is_dropped:
        await response.prepare(request)
        await response.write(reply.body[: reply.cut_at])
    if request.transport is not None:
        request.transport.close()
    raise ConnectionResetError("planned")
