import pytest

from scenarios.direct import Direct, Failed


class Account:
    """A root account, called directly."""

    def __init__(self):
        self.direct = Direct.open()
        self.world = self.direct.world
        self.root = self.direct.root

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


@pytest.fixture
def account():
    return Account()


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
