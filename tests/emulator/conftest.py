import pytest

from emulator import Emulator


@pytest.fixture(scope="module")
def server():
    with Emulator() as running:
        yield running


@pytest.fixture
def emulator(server):
    """The emulator with a world of its own."""
    with Emulator(on=server) as fresh:
        yield fresh


@pytest.fixture
def account(server):
    """An account of its own, on the server that others use."""
    fresh = server.new_account()
    yield fresh
    fresh.close()
