"""The floor: an aiohttp handler that reads the body and returns bytes prepared beforehand."""

from __future__ import annotations

import sys
from pathlib import Path

from aiohttp import web


async def handler(request: web.Request) -> web.Response:
    await request.read()
    return web.Response(body=request.app[BODY], content_type="application/json")


BODY = web.AppKey("body", bytes)


def main() -> None:
    """Serve the bytes of a file on a port; both are given on the command line."""
    app = web.Application()
    app[BODY] = Path(sys.argv[1]).read_bytes()
    app.router.add_route("*", "/", handler)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[2]), print=None, access_log=None)


if __name__ == "__main__":
    main()
