"""Play a story, each call held to how it must end: ``python -m scenarios.replay FILE [--endpoint URL]``."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlencode, urlsplit

import orjson

from emulator.errors import BadInput, EmulatorError, Violation
from emulator.wire.envelope import Envelope
from scenarios.direct import sign
from scenarios.story import NO_ANSWER, NO_JSON, ROOT, WELL, Advance, Call, Lift, Rows, Rule, Step, Story, load

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Received:
    """What came back, as a client sees it."""

    status: int
    body: bytes


class Server(Protocol):
    """Where stories are played; an emulator, near or far."""

    def send(self, envelope: Envelope) -> Received | None:
        """Send a request; None where no whole answer came."""
        ...


class Here:
    """An emulator of one's own in this process."""

    def __init__(self) -> None:
        from emulator.app import compose

        self._app = compose()

    def send(self, envelope: Envelope) -> Received | None:
        """Send a request."""
        reply = self._app.answer(envelope)
        return None if reply.is_dropped or reply.cut_at is not None else Received(reply.status, reply.body)


class There:
    """An emulator that runs at ``http://HOST:PORT``."""

    def __init__(self, endpoint: str) -> None:
        address = urlsplit(endpoint)
        if address.scheme != "http" or address.hostname is None:
            raise BadInput.at("--endpoint", f"expected http://HOST:PORT, got {endpoint!r}")
        self._endpoint, self._host, self._port = endpoint, address.hostname, address.port or 80

    def send(self, envelope: Envelope) -> Received | None:
        """Send a request."""
        connection = HTTPConnection(self._host, self._port, timeout=30)
        target = envelope.path + (f"?{envelope.query}" if envelope.query else "")
        try:
            connection.connect()
        except OSError as reason:
            raise EmulatorError(f"no emulator answers at {self._endpoint}: {reason}") from reason
        try:
            connection.request(envelope.method, target, envelope.body, dict(envelope.headers))
            response = connection.getresponse()
            return Received(response.status, response.read())
        except (OSError, HTTPException):
            return None
        finally:
            connection.close()


@dataclass(frozen=True, slots=True)
class Key:
    """Who calls, and the key that signs."""

    uin: str
    secret_id: str
    secret_key: str = field(repr=False)
    token: str | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a step ended."""

    step: Step
    got: str = ""
    decision: str = ""
    request_id: str = ""
    message: str = ""

    @property
    def is_as_told(self) -> bool:
        """Whether it ended as the story says."""
        if not isinstance(self.step, Call):
            return True
        return self.got == self.step.expect and self.step.decision in ("", self.decision)


class Stage:
    """One root account on a server: its control door, and calls with the keys of its users."""

    def __init__(self, server: Server, uin: str) -> None:
        self.server = server
        self.uin = uin
        self.keys: dict[str, Key] = {}

    def ask(self, method: str, path: str, body: Json | None = None, **query: str) -> Json:
        """Ask the control door about this account."""
        return ask(self.server, method, path, body, {**query, "account": self.uin})

    def call(self, call: Call) -> Received | None:
        """Make a call."""
        from emulator.contract.catalog import catalog

        service, _, action = call.action.partition(":")
        envelope = sign(
            service,
            call.version or catalog().action(call.action).version,
            action,
            self.filled(call.params),
            key=self.keys[call.user],
            at=self.ask("GET", "clock")["now"],
            region=call.region,
        )
        return self.server.send(envelope)

    def filled(self, value: Any) -> Any:
        """Parameters with ``$name.Uin`` and ``$name.SecretId`` put in."""
        if isinstance(value, Mapping):
            return {name: self.filled(each) for name, each in value.items()}
        if isinstance(value, list):
            return [self.filled(each) for each in value]
        return self._filled_text(value) if isinstance(value, str) and "$" in value else value

    def _filled_text(self, text: str) -> str | int:
        for name, key in self.keys.items():
            if text == f"${name}.Uin":
                return int(key.uin)
            text = text.replace(f"${name}.Uin", key.uin).replace(f"${name}.SecretId", key.secret_id)
        return text


def ask(
    server: Server, method: str, path: str, body: Json | None = None, query: Mapping[str, str] | None = None
) -> Json:
    """Ask a server's control door.

    Raises:
        BadInput: what it answers so.
        EmulatorError: it gives no such answer.
    """
    sent = b"" if body is None else orjson.dumps(body)
    target = f"/_emulator/{path}"
    received = server.send(Envelope(method, target, urlencode(query or {}), {}, sent))
    if received is None:
        raise EmulatorError(f"the control door gave no answer to {method} {target}")
    answer: Json = orjson.loads(received.body)
    if received.status >= 400:
        raise BadInput(
            [Violation(f"{path} {one['path']}".strip(), one["message"]) for one in answer["errors"]]
        )
    return answer


@contextmanager
def staged(story: Story, server: Server) -> Iterator[Stage]:
    """The story's world in an account of its own, which is closed in the end."""
    opening: Json = {"World": story.estate} | ({} if story.seed is None else {"Seed": story.seed})
    opened = ask(server, "POST", "accounts", opening)
    stage = Stage(server, opened["Uin"])
    try:
        if story.now is not None:
            stage.ask("POST", "clock", {"now": story.now})
        stage.keys[ROOT] = read_key(opened)
        for user in story.users:
            body = {"Name": user.name, "Policies": list(user.policies)}
            stage.keys[user.name] = read_key(stage.ask("POST", "users", body))
        for rows in story.rows:
            put(stage, rows)
        yield stage
    finally:
        ask(server, "DELETE", f"accounts/{stage.uin}")


def read_key(access: Json) -> Key:
    """The key that the control door gives out once."""
    return Key(access["Uin"], access["SecretId"], access["SecretKey"])


def put(stage: Stage, rows: Rows) -> None:
    """Put rows into a table."""
    body: Json = {"table": rows.table, "rows": list(rows.rows)}
    stage.ask("POST", "rows", body | ({"region": rows.region} if rows.region else {}))


def play(story: Story, server: Server) -> Iterator[Outcome]:
    """Play a story; how each step ended, in turn.

    Raises:
        BadInput: the world or a rule cannot be made as the story says.
    """
    with staged(story, server) as stage:
        for step in story.steps:
            yield take(stage, step)


def take(stage: Stage, step: Step) -> Outcome:
    """Take one step."""
    match step:
        case Call():
            return judge(stage, step, stage.call(step))
        case Rule(kind, spec):
            stage.ask("POST", kind, dict(spec))
        case Lift(kind):
            stage.ask("DELETE", kind)
        case Advance(seconds):
            stage.ask("POST", "clock", {"advance": seconds})
        case Rows():
            put(stage, step)
    return Outcome(step)


def judge(stage: Stage, call: Call, received: Received | None) -> Outcome:
    """How a call ended."""
    if received is None:
        return Outcome(call, NO_ANSWER)
    if received.status != 200:
        return Outcome(call, f"HTTP {received.status}")
    try:
        answer = orjson.loads(received.body)["Response"]
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return Outcome(call, NO_JSON)
    error, request_id = answer.get("Error", {}), answer["RequestId"]
    decision = stage.ask("GET", f"calls/{request_id}")["Decision"] or {}
    return Outcome(
        call, error.get("Code", WELL), decision.get("kind", ""), request_id, error.get("Message", "").strip()
    )


def show(outcome: Outcome) -> str:
    """A step and how it ended, in a line; more where it is not as told."""
    match outcome.step:
        case Call() as call:
            where = f" in {call.region}" if call.region else ""
            decided = f" ({outcome.decision})" if outcome.decision else ""
            line = f"{call.action}{where} by {call.user}: {outcome.got}{decided}"
            if outcome.is_as_told:
                return f"✓ {line}"
            wanted = f"{call.expect}{f' ({call.decision})' if call.decision else ''}"
            why = f"{outcome.message} RequestId {outcome.request_id}".strip()
            return f"✗ {line}\n    expected {wanted}\n    {why}"
        case Rule(kind, spec):
            return f"  {kind}: {orjson.dumps(spec).decode()}"
        case Lift(kind):
            return f"  no {kind} any more"
        case Advance(seconds):
            return f"  {seconds:g} s later"
        case Rows() as rows:
            return f"  {len(rows.rows)} more in {rows.table}"


def main(words: list[str] | None = None) -> int:
    """Play a file; 1 if a call ended otherwise than told, 2 if the file cannot be played."""
    parser = argparse.ArgumentParser(prog="python -m scenarios.replay", description="Play a story.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--endpoint", help="play it on this running emulator, in an account of its own")
    options = parser.parse_args(words)
    try:
        story = load(options.file)
        print(story.title)
        outcomes = []
        for outcome in play(story, There(options.endpoint) if options.endpoint else Here()):
            print(show(outcome), flush=True)
            outcomes.append(outcome)
    except EmulatorError as reason:
        print(f"{options.file}: {reason}", file=sys.stderr)
        return 2
    return 0 if all(outcome.is_as_told for outcome in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
