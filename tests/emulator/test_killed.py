"""A server that is killed amid a stream of writes has everything that it answered, and nothing by halves."""

import json
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import SimpleNamespace

from scenarios.direct import sign

ROOT = Path(__file__).parents[2]
REGION = "ap-guangzhou"
BATCH = 5


class Server:
    """A server process that keeps a state, as a client sees it."""

    def __init__(self, state):
        command = [
            sys.executable,
            "-m",
            "emulator",
            "serve",
            "--json",
            "--state",
            str(state),
        ]
        self.process = subprocess.Popen(
            command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONPATH": str(ROOT)}
        )
        said = json.loads(self.process.stdout.readline())
        account = said["accounts"][0]
        self.uin = account["Uin"]
        self.key = SimpleNamespace(secret_id=account["SecretId"], secret_key=account["SecretKey"], token=None)
        self.port = int(said["endpoint"].rpartition(":")[2])
        self.connection = HTTPConnection("127.0.0.1", self.port, timeout=30)

    def send(self, method, path, body, headers):
        self.connection.request(method, path, body, headers)
        response = self.connection.getresponse()
        answer = json.loads(response.read())
        assert response.status < 300, answer
        return answer

    def call(self, action, params):
        service, name = action.split(":")
        version = {"cam": "2019-01-16"}[service]
        self.clock = self.send("GET", "/_emulator/clock", None, {})["now"]
        said = sign(service, version, name, params, key=self.key, at=self.clock)
        return self.send("POST", "/", said.body, dict(said.headers))["Response"]

    def put_batch(self, number):
        rows = [{"KeyId": f"skey-{number:04d}{part}"} for part in range(BATCH)]
        body = json.dumps({"table": "cvm.keypair", "region": REGION, "rows": rows})
        self.send("POST", "/_emulator/rows", body, {})

    def users(self):
        return [user["Name"] for user in self.call("cam:ListUsers", {})["Data"]]

    def batches(self):
        """How many rows of each batch are there."""
        asked = f"/_emulator/rows?table=cvm.keypair&region={REGION}&limit=100000"
        keys = [row["KeyId"] for row in self.send("GET", asked, None, {})["rows"]]
        return Counter(int(key[5:9]) for key in keys if len(key) == 10)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.process.kill()
        self.process.wait(30)
        self.process.stdout.close()
        self.connection.close()


class Writing(threading.Thread):
    """A client that writes until the server is gone, and remembers what was answered."""

    def __init__(self, server, first, wanted):
        super().__init__()
        self.server, self.first, self.wanted = server, first, wanted
        self.answered = []
        self.has_enough = threading.Event()
        self.failure = None

    def run(self):
        number = self.first
        try:
            while True:
                if number % 2:
                    self.server.call("cam:AddUser", {"Name": f"u{number}", "UseApi": 1})
                else:
                    self.server.put_batch(number)
                self.answered.append(number)
                if len(self.answered) == self.wanted:
                    self.has_enough.set()
                number += 1
        except (OSError, HTTPException):
            pass
        except AssertionError as failure:
            self.failure = failure
        finally:
            self.has_enough.set()


def test_what_was_answered_outlives_a_kill(tmp_path):
    chance, answered, number = random.Random(1), [], 1000
    for _ in range(3):
        with Server(tmp_path / "state.db") as server:
            judge(server, answered)
            writing = Writing(server, number, chance.randrange(3, 60))
            writing.start()
            writing.has_enough.wait(60)
            os.kill(server.process.pid, signal.SIGKILL)
            writing.join(60)
        assert writing.failure is None
        assert len(writing.answered) >= 3
        answered += writing.answered
        number = answered[-1] + 2  # one may be under way
    with Server(tmp_path / "state.db") as server:
        judge(server, answered)


def judge(server, answered):
    users = {int(name[1:]) for name in server.users()}
    batches = server.batches()
    assert users >= {number for number in answered if number % 2}
    assert batches.keys() >= {number for number in answered if not number % 2}
    # What was under way and never answered may be there, but not by halves.
    assert set(batches.values()) <= {BATCH}
    assert len(users | batches.keys()) <= len(answered) + 3
    (account,) = server.send("GET", "/_emulator/accounts", None, {})["accounts"]
    owners = Counter(key["Uin"] for key in account["keys"])
    assert all(owners[user["Uin"]] == 1 for user in account["users"])
