"""``tcemu serve``: open the accounts, say where they are, serve until told to stop."""

from __future__ import annotations

import asyncio
import gc
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

import orjson

from emulator.admin.opening import WORLDS, AccountAccess
from emulator.app import App, compose
from emulator.app import serve as listen
from emulator.errors import BadInput


def serve(
    *,
    host: str,
    port: int,
    world: str | None,
    seed: int | None,
    state: Path | None,
    ca_dir: Path | None,
    as_json: bool,
) -> int:
    """Serve until SIGINT or SIGTERM.

    Raises:
        BadInput: the world, the state file or the folder cannot be used.
        OSError: the address cannot be listened on.
    """
    app = compose(seed=seed, ca_dir=ca_dir, state=state)
    try:
        with app.lock:
            opened = open_world(app, world)
        return asyncio.run(_serve(app, opened, host=host, port=port, as_json=as_json))
    finally:
        app.close()


def open_world(app: App, world: str | None) -> Sequence[AccountAccess]:
    """Open the accounts of a named world or of a world file, or those that the state file holds."""
    if world is None or world in WORLDS:
        return app.control.begin(world)
    path = Path(world)
    if path.suffix != ".toml" and not path.exists():
        raise BadInput.at("--world", f"expected {', '.join(WORLDS)} or a TOML file, got {world!r}")
    return app.control.begin(path)


async def _serve(app: App, opened: Sequence[AccountAccess], *, host: str, port: int, as_json: bool) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = await listen(app, host=host, port=port)
    print(_json(server.endpoint, opened) if as_json else banner(server.endpoint, opened), flush=True)
    gc.freeze()  # what is there now stays: no collection needs to look at it again
    gc.enable()
    await stop.wait()
    if not as_json:
        print("stopped", file=sys.stderr)
    await server.close()
    return 0


def _json(endpoint: str, opened: Sequence[AccountAccess]) -> str:
    return orjson.dumps({"endpoint": endpoint, "accounts": [one.as_json() for one in opened]}).decode()


def banner(endpoint: str, opened: Sequence[AccountAccess]) -> str:
    """Where the cloud is and how to talk to it, to be read and copied from."""
    first = opened[0]
    watch = f"  tcemu calls --endpoint {endpoint}    shows who called what; Ctrl-C here stops the server."
    head = f"tencentcloud-emulator serves at {endpoint}"
    return "\n\n".join([head, *map(_account, opened), _snippet(endpoint, first), watch])


def _account(account: AccountAccess) -> str:
    lines = [f"  account   {account.uin}   AppId {account.app_id}"]
    if account.secret_id:
        lines += [f"  SecretId  {account.secret_id}", f"  SecretKey {account.secret_key}"]
    else:
        lines += ["  no key    the root has none any more: POST /_emulator/keys gives it one"]
    lines += [f"  user      {user.name}   {user.secret_id}   {user.secret_key}" for user in account.users]
    return "\n".join(lines)


def _snippet(endpoint: str, account: AccountAccess) -> str:
    address = endpoint.removeprefix("http://")
    return f"""\
  # Python: pip install tencentcloud-sdk-python-common
  from tencentcloud.common.common_client import CommonClient
  from tencentcloud.common.credential import Credential
  from tencentcloud.common.profile.client_profile import ClientProfile
  from tencentcloud.common.profile.http_profile import HttpProfile

  key = Credential("{account.secret_id}", "{account.secret_key}")
  http = HttpProfile(protocol="http", endpoint="{address}")
  cvm = CommonClient("cvm", "2017-03-12", key, "ap-guangzhou", ClientProfile(httpProfile=http))
  print(cvm.call_json("DescribeInstances", {{"Limit": 5}}))

  # or
  tccli cvm DescribeInstances --endpoint {endpoint} --region ap-guangzhou \\
    --secretId {account.secret_id} --secretKey {account.secret_key}"""
