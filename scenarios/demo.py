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

HOSTS = {"ap-guangzhou": 14, "ap-shanghai": 7, "ap-singapore": 4}
DENIED_IN = "ap-shanghai"
DENIED = ("cvm:DescribeInstances", "cdb:DescribeAccounts")
ACCOUNT = "acme"
INTRUDER = "45.83.64.7"
FEATURES = "host,cspm,soc"
CALLS_PER_SECOND = "500"
"""No quota is set in our cloud. In the real one an action may be called 20 times a second."""
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
    folder: Path

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

    def ask(self, command: str, *more: str) -> Any:
        """Run a command out of sight, with words that need not be shown; what it says in JSON."""
        words = [*argv(f"{command} --json"), *more]
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
    world = "[estate.hosts]\n" + "".join(f'"{region}" = {hosts}\n' for region, hosts in HOSTS.items())
    (stage.folder / "world.toml").write_text(world, "utf-8")
    stage.show_command("cat world.toml")
    stage.console.print(world, markup=False)
    stage.show_command("tcemu serve --world world.toml --json &")
    words = argv(f"tcemu serve --world {stage.folder / 'world.toml'} --json --port 0")
    with subprocess.Popen(words, stdout=subprocess.PIPE) as server:
        # While it starts: what the demo will look into the store with, besides the commands that it shows.
        import connector.handle  # noqa: F401

        try:
            line = server.stdout.readline() if server.stdout else b""
            if not line:
                raise Failed("the server did not come up")
            yield json.loads(line)
        finally:
            server.terminate()


def make_user(stage: Stage) -> None:
    """A sub-user of the cloud, whose key the following commands find in the environment."""
    command = f"tcconnector policy --features {FEATURES}"
    stage.show_command(f"{command} > policy.json")
    policy = stage.ask(command)
    actions = sum(len(statement["action"]) for statement in policy["statement"])
    stage.say(
        f"{actions} actions of {len(policy['statement'])} services, computed from what the connector calls."
    )
    stage.show_command('tcemu user auditor --policy "$(cat policy.json)"')
    user = stage.ask("tcemu user auditor", "--policy", json.dumps(policy))
    stage.say(
        f"Sub-user {user['Name']} ({user['Uin']}) may do that and nothing else. Its key goes into\n"
        "TENCENTCLOUD_SECRET_ID and TENCENTCLOUD_SECRET_KEY: no command line shows it."
    )
    stage.environment["TENCENTCLOUD_SECRET_ID"] = user["SecretId"]
    stage.environment["TENCENTCLOUD_SECRET_KEY"] = user["SecretKey"]


def held(stage: Stage) -> set[str]:
    """Every asset that the connector holds for existing, looked up in its store."""
    with opened(stage) as connector:
        kinds = {kind for kind, _ in connector.counts(ACCOUNT)} - {"region"}
        return {one.id for kind in kinds for one in connector.assets(kind, account=ACCOUNT)}


def a_database(stage: Stage) -> str:
    """One database of the region where something will be denied."""
    with opened(stage) as connector:
        return connector.assets("cdb", account=ACCOUNT, region=DENIED_IN)[0].native_id


def a_domain(stage: Stage) -> str:
    """One domain that the web firewall guards."""
    with opened(stage) as connector:
        return connector.assets("waf_domain", account=ACCOUNT)[0].name


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
        raise Failed(f"{len(before - now)} assets of {len(before)} were lost, {len(now - before)} invented")
    stage.say(f"[green]✓[/green] {len(before)} assets before, the same {len(now)} now.")


def tell(stage: Stage) -> None:
    """Tell the story."""
    stage.heading("1  A Tencent Cloud of our own: hosts, and the products around them")
    with served(stage) as cloud:
        endpoint, account = cloud["endpoint"], cloud["accounts"][0]
        stage.environment["TCEMU_ENDPOINT"] = endpoint
        stage.say(f"Account {account['Uin']} with signed calls and permissions: {endpoint}")
        stage.heading("2  A key that may do what the connector needs, and no more")
        make_user(stage)
        tell_normal_life(stage, endpoint)
        before = held(stage)
        tell_denial(stage, before)
        tell_recovery(stage, before)
        tell_response(stage)


def tell_normal_life(stage: Stage, endpoint: str) -> None:
    """Onboard, synchronise, look, check."""
    stage.heading("3  Onboard the account in the connector: every permission is tried")
    stage.run(
        f"tcconnector onboard --name {ACCOUNT} --features {FEATURES} \\\n"
        f"    --regions {','.join(HOSTS)} --endpoint {endpoint}"
    )
    stage.heading("4  Synchronise: every product of every region, all pages, and what is known of each")
    stage.run(f"tcconnector sync {ACCOUNT}")
    stage.heading("5  Its assets")
    stage.run("tcconnector assets --type cdb --limit 3")


def tell_denial(stage: Stage, before: set[str]) -> None:
    """Deny two actions in one region, and see that nothing is lost, and why."""
    stage.heading(f"6  Deny two actions in {DENIED_IN}, and synchronise again")
    for action in DENIED:
        stage.show_command(f"tcemu deny {action} region={DENIED_IN}")
        stage.ask(f"tcemu deny {action} region={DENIED_IN}")
    stage.run(f"tcconnector sync {ACCOUNT}", expected=INCOMPLETE)
    stage.say(
        "What may not be looked at is not empty: nothing is swept there, nor what belongs to it.\n"
        "The account is PARTIAL, and the command ends with 3 so that a script notices."
    )
    check_kept(before, held(stage), stage)
    stage.heading("7  Why? The connector knows which call said so, and the cloud explains that very call")
    stage.run(f"tcconnector why {a_database(stage)}")
    stage.run(f"tcemu why {kept_request_id(stage)}")


def tell_recovery(stage: Stage, before: set[str]) -> None:
    """Lift the denial, and see all well."""
    stage.heading("8  Lift the denials; the key is sound, and all is read whole once more")
    stage.run("tcemu denials --clear")
    stage.run(f"tcconnector check-key {ACCOUNT}")
    stage.run(f"tcconnector sync {ACCOUNT}")
    check_kept(before, held(stage), stage)


def tell_response(stage: Stage) -> None:
    """Keep an address out, and let it in again."""
    stage.heading("9  Keep an address out at a domain; what the cloud shows afterwards is what is said")
    stage.run(f"tcconnector block {ACCOUNT} {INTRUDER} --domain {a_domain(stage)} --for 7d --because scans")
    stage.run(f"tcconnector unblock {ACCOUNT} {INTRUDER}")


def main() -> int:
    """Show the demo; 1 if a step fails."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else WIDTH)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="tcconnector-demo-") as folder:
        database = f"sqlite:///{Path(folder) / 'connector.db'}"
        environment = {"TCCONNECTOR_DATABASE": database, "TCCONNECTOR_CALLS_PER_SECOND": CALLS_PER_SECOND}
        stage = Stage(console, {**os.environ, **environment}, Path(folder))
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
