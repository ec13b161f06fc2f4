"""Third-party clients as they are published, from an environment of their own, over a real socket."""

import json
import os
import subprocess
from pathlib import Path

import pytest

from emulator import Emulator

VENV = Path(__file__).parents[2] / ".clients-venv"
TRUST = """
import certifi
certifi.where = lambda: {path!r}
"""
"""The SDK asks certifi alone whom to trust; no environment variable changes that."""


@pytest.fixture(scope="session")
def server():
    with Emulator("demo") as running:
        yield running


@pytest.fixture(scope="session")
def trusting(server, tmp_path_factory):
    """An environment in which a Python client trusts the server and nobody else."""
    folder = tmp_path_factory.mktemp("trust")
    authority = folder / "ca.pem"
    authority.write_bytes(server.ca_pem)
    (folder / "sitecustomize.py").write_text(TRUST.format(path=str(authority)))
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TENCENTCLOUD_")}
    return {**kept, "PYTHONPATH": str(folder), "HOME": str(folder), "HTTPS_PROXY": server.endpoint}


class Run:
    """What one run of Custodian ended with: its status, what it said, and what each policy found."""

    def __init__(self, done, folder):
        self.status = done.returncode
        self.said = done.stdout + done.stderr
        self.found = {
            path.parent.name: json.loads(path.read_text("utf-8")) for path in folder.glob("*/resources.json")
        }

    def ids(self, policy, key):
        return sorted(resource[key] for resource in self.found[policy])


@pytest.fixture
def custodian(trusting, tmp_path):
    """A run of Cloud Custodian with policies, a key and a region."""
    program = VENV / "bin" / "custodian"
    if not program.exists():
        pytest.fail(f"{program} is not there: make clients")
    runs = iter(range(1, 100))

    def run(signer, region, policies):
        folder = tmp_path / f"run-{next(runs)}"
        folder.mkdir()
        written = folder / "policies.yml"
        written.write_text(json.dumps({"policies": policies}))  # JSON is YAML
        output = folder / "output"
        environment = {
            **trusting,
            "TENCENTCLOUD_SECRET_ID": signer.secret_id,
            "TENCENTCLOUD_SECRET_KEY": signer.secret_key,
        }
        command = [program, "run", "--cache-period", "0", "--region", region, "-s", output, written]
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, cwd=folder, timeout=200, check=False
        )
        return Run(done, output)

    return run
