"""The main job, start to end, as a user does it: ``python -m scenarios.demo``."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console

if TYPE_CHECKING:
    from connector import Connector

Json = dict[str, Any]

REGIONS = ("ap-guangzhou", "ap-shanghai", "ap-singapore")
DENIED_IN = "ap-shanghai"
ACCOUNT = "acme"
WELL, INCOMPLETE = 0, 3
"""How tcconnector ends: all is well; done, and something is missing."""

PROGRAMS = {"tcemu": "emulator", "tcconnector": "connector"}
REQUEST_ID = re.compile(r"RequestId ([0-9a-f-]{36})")
WIDTH = 100


class Failed(Exception):
    """A step did not end as it must."""


@dataclass(frozen=True, slots=True)
class Stage:
    """Where the demo is shown, and what the commands find in their environment."""

    console: Console
    environment: dict[str, str]

    def heading(self, text: str) -> None:
        """Say what comes."""
        self.console.rule(f"[bold]{text}", align="left", style="cyan")

    def say(self, text: str) -> None:
        """Say what something means."""
        self.console.print(f"{text}\n")

    def show_command(self, command: str) -> None:
        """Show a command as one would type it."""
        self.console.print(f"[green]$[/green] [bold]{command}", soft_wrap=True)

    def run(self, command: str, expected: int = WELL) -> None:
        """Show a command and run it, its output straight to the terminal.

        Raises:
            Failed: it did not end with ``expected``.
        """
        self.show_command(command)
        sys.stdout.flush()
        self._check(command, subprocess.run(argv(command), env=self.environment, check=False), expected)
        self.console.print()

    def ask(self, command: str) -> Any:
        """Run a command out of sight; what it says in JSON."""
        words = argv(f"{command} --json")
        done = subprocess.run(words, env=self.environment, check=False, stdout=subprocess.PIPE)
        self._check(command, done, WELL)
        return json.loads(done.stdout)

    def _check(self, command: str, done: subprocess.CompletedProcess[Any], expected: int) -> None:
        if done.returncode != expected:
            raise Failed(f"`{command}` ended with {done.returncode}, and {expected} was expected")


def argv(command: str) -> Sequence[str]:
    """The words of a command, our programs by the interpreter that runs this."""
    program, *words = command.replace("\\\n", " ").split()
    return (sys.executable, "-m", PROGRAMS[program], *words)


@contextmanager
def served(stage: Stage) -> Iterator[Json]:
    """A running emulator, and what it says of itself; stopped at the end."""
    command = "tcemu serve --world demo --json"
    stage.show_command(f"{command} &")
    with subprocess.Popen(argv(f"{command} --port 0"), stdout=subprocess.PIPE) as server:
        try:
            line = server.stdout.readline() if server.stdout else b""
            if not line:
                raise Failed(f"`{command}` did not come up")
            yield json.loads(line)
        finally:
            server.terminate()


def make_user(stage: Stage) -> None:
    """A sub-user of the cloud, whose key the following commands find in the environment."""
    command = "tcemu user auditor --policy QcloudCVMReadOnlyAccess"
    stage.show_command(command)
    user = stage.ask(command)
    stage.say(
        f"Sub-user {user['Name']} ({user['Uin']}) may read hosts and nothing else. Its key goes into\n"
        "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY: no command line shows it."
    )
    stage.environment["TENCENTCLOUD_SECRET_ID"] = user["SecretId"]
    stage.environment["TENCENTCLOUD_SECRET_KEY"] = user["SecretKey"]


def host_ids(stage: Stage) -> set[str]:
    """What the connector holds for existing, looked up in its store."""
    with opened(stage) as connector:
        return {host.native_id for host in connector.assets("host", account=ACCOUNT)}


def kept_request_id(stage: Stage) -> str:
    """The RequestId that the connector keeps with the account as the proof of its trouble."""
    with opened(stage) as connector:
        (account,) = connector.accounts()
    found = REQUEST_ID.search(account.message)
    if found is None:
        raise Failed(f"the account should keep the RequestId of the denial, and says {account.message!r}")
    return found.group(1)


def opened(stage: Stage) -> Connector:
    """The connector on the store that the commands use."""
    from connector import Connector

    return Connector(stage.environment["TCCONNECTOR_DATABASE"])


def check_kept(before: set[str], now: set[str], stage: Stage) -> None:
    """Say that nothing was lost, once that is known."""
    if not before or before != now:
        raise Failed(f"{len(before - now)} hosts of {len(before)} were lost, {len(now - before)} invented")
    stage.say(f"[green]✓[/green] {len(before)} hosts before, the same {len(now)} now.")


def tell(stage: Stage) -> None:
    """Tell the story."""
    stage.heading("1  A Tencent Cloud of our own")
    with served(stage) as cloud:
        endpoint, account = cloud["endpoint"], cloud["accounts"][0]
        stage.environment["TCEMU_ENDPOINT"] = endpoint
        stage.say(f"Account {account['Uin']} with its hosts, signed calls and permissions: {endpoint}")
        make_user(stage)
        tell_normal_life(stage, endpoint)
        before = host_ids(stage)
        tell_denial(stage, before)
        tell_recovery(stage, before)


def tell_normal_life(stage: Stage, endpoint: str) -> None:
    """Onboard, synchronise, look, check."""
    stage.heading("2  Onboard the account in the connector")
    stage.run(
        f"tcconnector onboard --name {ACCOUNT} --regions {','.join(REGIONS)} \\\n    --endpoint {endpoint}"
    )
    stage.heading("3  Synchronise: every region, all pages")
    stage.run(f"tcconnector sync {ACCOUNT}")
    stage.heading("4  Its assets, region by region")
    stage.run(f"tcconnector assets hosts {ACCOUNT} --limit 3")
    stage.heading("5  Is the key sound?")
    stage.run(f"tcconnector check-key {ACCOUNT}")


def tell_denial(stage: Stage, before: set[str]) -> None:
    """Deny one action in one region, and see that nothing is lost, and why."""
    stage.heading(f"6  Deny one action in {DENIED_IN}, and synchronise again")
    stage.run(f"tcemu deny cvm:DescribeInstances region={DENIED_IN}")
    stage.run(f"tcconnector sync {ACCOUNT}", expected=INCOMPLETE)
    stage.say(
        "A region that may not be looked at is not an empty region: nothing is swept there, the account\n"
        "is PARTIAL, and the command ends with 3 so that a script notices."
    )
    check_kept(before, host_ids(stage), stage)
    stage.heading("7  Why? The cloud explains the very call whose RequestId the connector kept")
    stage.run(f"tcemu why {kept_request_id(stage)}")


def tell_recovery(stage: Stage, before: set[str]) -> None:
    """Lift the denial, and see all well."""
    stage.heading("8  Lift the denial, and synchronise once more")
    stage.run("tcemu denials --clear")
    stage.run(f"tcconnector sync {ACCOUNT}")
    check_kept(before, host_ids(stage), stage)


def main() -> int:
    """Show the demo; 1 if a step fails."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tcconnector-demo-") as folder:
        database = f"sqlite:///{Path(folder) / 'connector.db'}"
        stage = Stage(console, {**os.environ, "TCCONNECTOR_DATABASE": database})
        try:
            tell(stage)
        except Failed as reason:
            console.print(f"[red]✗ the demo failed:[/red] {reason}")
            return 1
        except KeyboardInterrupt:
            return 130
    seconds = time.monotonic() - started
    console.print(f"Done in {seconds:.0f} s; server stopped, database and keys deleted.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
