import pytest

from emulator import Emulator
from scenarios.direct import Direct, Failed
from tests.emulator.services.official import Official


class Account:
    """A root account, and calls to it: direct ones, or such as the official SDK makes over a socket."""

    def __init__(self, direct):
        self.direct = direct
        self.world = direct.world
        self.root = direct.root

    def __call__(self, action, key=None, **params):
        service, _, name = action.rpartition(":")
        answer = self.direct.call(f"{service or 'cam'}:{name}", params, key=key)
        return {member: value for member, value in answer.items() if member != "RequestId"}

    def code(self, action, key=None, **params):
        """The error code that a call ends with."""
        with pytest.raises(Failed) as failed:
            self(action, key, **params)
        return failed.value.code

    def message(self, action, key=None, **params):
        with pytest.raises(Failed) as failed:
            self(action, key, **params)
        return failed.value.message

    def user(self, name="alice", *grants):
        """A sub-user and its key; grants are policy documents or names of presets."""
        key = self.direct.user(name, *grants)
        return int(key.principal.uin), key

    def can(self, key, action, **params):
        """Whether CAM allows a call, whatever becomes of it then."""
        try:
            self(action, key, **params)
        except Failed as failed:
            return "UnauthorizedOperation" not in failed.code
        return True


@pytest.fixture(scope="session")
def server():
    with Emulator() as running:
        yield running


@pytest.fixture(params=["direct", "sdk"])
def account(request):
    """All that is asked of CAM and STS is asked twice: the official SDK has to see the same."""
    if request.param == "direct":
        yield Account(Direct.open())
        return
    server, monkeypatch = (request.getfixturevalue(name) for name in ("server", "monkeypatch"))
    with Emulator(on=server) as fresh:
        yield Account(Official(fresh, monkeypatch))


def allow(*actions, resource="*", **more):
    return {
        "version": "2.0",
        "statement": [{"effect": "allow", "action": list(actions), "resource": resource, **more}],
    }


def deny(*actions, resource="*"):
    return {
        "version": "2.0",
        "statement": [{"effect": "deny", "action": list(actions), "resource": resource}],
    }


@pytest.fixture
def build():
    from .building import Builder

    return Builder()
