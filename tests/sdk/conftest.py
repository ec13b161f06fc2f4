import pytest

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
