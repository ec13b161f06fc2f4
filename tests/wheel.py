"""Build the wheel, install it alone into an empty environment, serve from it and ask it something signed."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LIMIT_MB = 10

ASK = """
import importlib.util, json, sys, time, urllib.request
from types import SimpleNamespace
from scenarios.direct import sign

server = json.loads(sys.argv[1])
owner = server["accounts"][0]
key = SimpleNamespace(secret_id=owner["SecretId"], secret_key=owner["SecretKey"], token=None)
what = ("cvm", "2017-03-12", "DescribeInstances", {"Limit": 3})
asked = sign(*what, key=key, at=time.time(), region="ap-guangzhou")
request = urllib.request.Request(server["endpoint"] + "/", data=asked.body, headers=dict(asked.headers))
answer = json.load(urllib.request.urlopen(request, timeout=30))["Response"]
assert len(answer["InstanceSet"]) == 3, answer
assert importlib.util.find_spec("tencentcloud") is None, "the emulator must not pull in the SDK"
told = json.load(urllib.request.urlopen(server["endpoint"] + "/_emulator/coverage", timeout=30))
assert told["evidence"]["cvm:DescribeInstances"]["clients"], "the evidence was left out of the wheel"
print(f"served {answer['TotalCount']} hosts from the installed wheel")
"""


def main() -> None:
    """Fail loudly if the wheel cannot serve on its own."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        run(sys.executable, "-m", "build", "--wheel", "--outdir", str(folder), str(ROOT))
        (wheel,) = folder.glob("*.whl")
        size_mb = wheel.stat().st_size / 1e6
        assert size_mb < LIMIT_MB, f"the wheel has {size_mb:.1f} MB"
        print(f"{wheel.name}: {size_mb:.1f} MB")
        venv.create(folder / "venv", with_pip=True)
        python = str(folder / "venv" / "bin" / "python")
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", str(wheel))
        run(python, "-m", "emulator", "contract", "show", "cvm:DescribeZones", cwd=folder)
        serve_and_ask(python, folder)


def serve_and_ask(python: str, folder: Path) -> None:
    """Start the installed server away from the sources, and put a signed call to it."""
    command = [str(folder / "venv" / "bin" / "tcemu"), "serve", "--world", "demo", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=folder) as server:
        try:
            assert server.stdout is not None
            first = server.stdout.readline()
            json.loads(first)
            run(python, "-c", ASK, first, cwd=folder)
        finally:
            server.terminate()
    assert server.returncode == 0, f"tcemu serve ended with {server.returncode}"


def run(*command: str, cwd: Path | None = None) -> None:
    """Run a command to its end."""
    subprocess.run(command, check=True, cwd=cwd)


if __name__ == "__main__":
    main()
