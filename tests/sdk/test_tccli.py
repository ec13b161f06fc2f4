"""The official command line, unmodified, in the three ways it can be pointed at a local server."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

TRUST = """
import certifi
certifi.where = lambda: {path!r}
"""
"""tccli asks certifi alone whom to trust; no environment variable changes that."""


@pytest.fixture
def tccli(account, server, tmp_path):
    """A run of tccli with the account's key; its status and what it printed."""
    authority = tmp_path / "ca.pem"
    authority.write_bytes(server.ca_pem)
    (tmp_path / "sitecustomize.py").write_text(TRUST.format(path=str(authority)))
    environment = {**os.environ, "PYTHONPATH": str(tmp_path), "HOME": str(tmp_path)}
    program = Path(sys.executable).with_name("tccli")

    def run(*arguments, secret_key=account.secret_key):
        command = [str(program), *arguments, "--region", "ap-guangzhou"]
        command += ["--secretId", account.secret_id, "--secretKey", secret_key]
        done = subprocess.run(
            command, capture_output=True, text=True, env=environment, timeout=90, check=False
        )
        return done.returncode, done.stdout + done.stderr

    return run


def address(account):
    return account.endpoint.removeprefix("http://")


@pytest.mark.parametrize("form", ["http", "https", "proxy"])
def test_each_endpoint_form_prints_hosts(tccli, account, form):
    where = {
        "http": ["--endpoint", account.endpoint],
        "https": ["--endpoint", address(account)],
        "proxy": ["--https-proxy", account.endpoint],
    }[form]
    status, printed = tccli("cvm", "DescribeInstances", "--Limit", "3", *where)
    assert status == 0, printed
    answer = json.loads(printed)
    assert answer["TotalCount"] == 160
    assert len(answer["InstanceSet"]) == 3


def test_a_denial_prints_the_real_text(tccli, account):
    status, printed = tccli("cvm", "DescribeInstances", "--endpoint", account.endpoint, secret_key="wrong")
    assert status != 0
    assert "AuthFailure.SignatureFailure" in printed
