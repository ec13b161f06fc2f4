from types import SimpleNamespace

import pytest
from tencentcloud.common import abstract_client

from emulator import Emulator


@pytest.fixture(scope="session")
def server():
    with Emulator("demo") as running:
        yield running


@pytest.fixture
def account(server):
    fresh = server.new_account(world="demo")
    yield fresh
    fresh.close()


@pytest.fixture
def timed_account(server, monkeypatch):
    """An account whose time is moved, and with it the time that the SDK signs with: a client's own clock."""
    fresh = server.new_account(world="demo")
    fresh.clock.set(1_790_000_000)
    monkeypatch.setattr(abstract_client, "time", SimpleNamespace(time=fresh.clock.now))
    yield fresh
    fresh.close()
