"""A server without a socket, driven call by call, and the world that it may begin with."""

import json

from emulator.app import compose
from emulator.wire.envelope import Envelope
from emulator.world import accounts
from emulator.world.credentials import AccessKey
from scenarios.direct import sign

REGION = "ap-guangzhou"
WORLD_FILE = """
seed = 3
[estate.hosts]
ap-guangzhou = 30
[clock]
now = 2026-06-01T00:00:00Z
[settings]
transition_pace = 0.5
[[accounts]]
uin = "100000000001"
[[accounts.users]]
name = "auditor"
policies = ["ReadOnlyAccess"]
[[accounts]]
uin = "100000000002"
estate = "demo"
[[denials]]
action = "cvm:DescribeImages"
times = 2
[[faults]]
effect = "throttle"
action = "cvm:DescribeKeyPairs"
times = 1
[[stubs]]
Action = "tke:DescribeClusters"
Response = { TotalCount = 7 }
Times = 3
"""
ALLOW = json.dumps({"version": "2.0", "statement": [{"effect": "allow", "action": "*", "resource": "*"}]})


class Hand:
    """A server without a socket, and the calls of an account on it."""

    def __init__(self, state=None, world=None, now=lambda: 1_780_000_000.0):
        self.app = compose(state=state, now=now)
        with self.app.lock:
            self.accesses = self.app.control.begin(world)
        self.access = self.accesses[0]

    def door(self, method, path, body=None):
        path, _, query = path.partition("?")
        raw = b"" if body is None else json.dumps(body).encode()
        reply = self.app.answer(Envelope(method, f"/_emulator/{path}", query, {}, raw))
        return reply.status, json.loads(reply.body)

    def call(self, action, params=None, *, key=None, region=REGION):
        service, _, name = action.partition(":")
        signer = key or self.root()
        if signer is None:
            return 0, "nobody is left to sign"
        version = self.app.gateway.catalog.action(action).version
        now = self.app.control.clock()["now"]
        reply = self.app.answer(sign(service, version, name, params or {}, key=signer, at=now, region=region))
        if not reply.body:
            return reply.status, "nothing"
        answer = json.loads(reply.body)
        request_id = answer.get("Response", {}).pop("RequestId", "?")
        return reply.status, json.loads(json.dumps(answer).replace(request_id, "REQUEST"))

    def root(self):
        world = self.app.gateway.cloud.world()
        return next(iter(accounts.keys_of(world, world.uin)), None)

    def anybody(self, name):
        """The first key of a user of this name, or of nobody."""
        world = self.app.gateway.cloud.world()
        row = accounts.find_user(world, name=name)
        keys = [] if row is None else accounts.keys_of(world, str(row.value["Uin"]))
        return (
            keys[0]
            if keys
            else AccessKey(secret_id="AKIDnobody", secret_key="x", principal=accounts.root(world))
        )
