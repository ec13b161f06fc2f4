"""Sees which real client drove which modelled action, and what of it may count as evidence.

Who called is told by what the client says of itself on the wire (``X-TC-RequestClient``) and, as typed and
untyped clients of the SDK say the same, by which of them got the answer's RequestId.
"""

import json
from contextlib import ExitStack, contextmanager
from pathlib import Path
from unittest.mock import patch

ROOT = Path(__file__).resolve().parent.parent
MARK = "real_client"
PROGRAMS = {"_CLI_": "tccli", "tcconnector": "connector"}
"""What programs that call through the SDK add to its name."""


class Witness:
    """Actions and the clients that drove them, and whether the run saw all the tests that say so."""

    def __init__(self):
        self.drove = set()
        self.is_whole = True
        self._kinds = {}
        self._entries = []
        self._counts = False

    @contextmanager
    def during(self, item):
        """Count what happens in a test, if it is one whose calls are the same every time."""
        self._counts = item.get_closest_marker(MARK) is not None and not is_drawn(item)
        yield
        self._counts = False
        self._settle()

    def entered(self, entry):
        """A request was entered in a journal."""
        if self._counts and counts(entry):
            self._entries.append(entry)

    def answered(self, kind, answer):
        """A client of the official SDK, in this process, got an answer."""
        request_id = request_id_of(answer)
        if self._counts and request_id:
            self._kinds[request_id] = kind

    def clients(self):
        """Which clients drove which action, as the evidence has it."""
        found = {}
        for action, client in sorted(self.drove):
            found.setdefault(action, []).append(client)
        return found

    def _settle(self):
        for entry in self._entries:
            client = program(entry.client) or self._kinds.get(entry.request_id)
            if client:
                self.drove.add((f"{entry.service}:{entry.action}", client))
        self._entries.clear()
        self._kinds.clear()


def counts(entry):
    """Whether an answer speaks for the emulator: a modelled action's own success, untouched by a plan."""
    return entry.error is None and entry.fidelity == "modelled" and not entry.firings


def is_drawn(item):
    """Whether a test's calls are drawn by Hypothesis."""
    return getattr(getattr(item, "obj", None), "is_hypothesis_test", False)


def program(client):
    """The program that calls, if it names itself."""
    return next((name for word, name in PROGRAMS.items() if word in client), "")


def request_id_of(answer):
    """The RequestId of whatever a client of the SDK returns."""
    if isinstance(answer, bytes | str):
        try:
            answer = json.loads(answer)
        except ValueError:
            return ""
    if isinstance(answer, dict):
        return answer.get("Response", answer).get("RequestId", "")
    return getattr(answer, "RequestId", "")


@contextmanager
def watching(witness):
    """Let a witness see every journal of this process, and every client of the official SDK."""
    from tencentcloud.common import abstract_client, abstract_client_async, common_client, common_client_async

    from emulator.gateway.journal import Journal

    add = Journal.add

    def added(journal, entry):
        witness.entered(entry)
        add(journal, entry)

    sync, asynchronous = abstract_client.AbstractClient, abstract_client_async.AbstractClient
    with ExitStack() as patches:
        patches.enter_context(patch.object(Journal, "add", added))
        for name in ("call", "call_json", "call_octet_stream"):
            seen = seen_by(witness, getattr(sync, name), common_client.CommonClient)
            patches.enter_context(patch.object(sync, name, seen))
        name = "call_and_deserialize"
        seen = awaited_by(witness, getattr(asynchronous, name), common_client_async.CommonClient)
        patches.enter_context(patch.object(asynchronous, name, seen))
        yield witness


def seen_by(witness, method, untyped):
    def call(client, *given, **more):
        answer = method(client, *given, **more)
        witness.answered("CommonClient" if isinstance(client, untyped) else "SDK", answer)
        return answer

    return call


def awaited_by(witness, method, untyped):
    async def call(client, *given, **more):
        answer = await method(client, *given, **more)
        witness.answered("async CommonClient" if isinstance(client, untyped) else "async SDK", answer)
        return answer

    return call
