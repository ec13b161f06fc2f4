"""World files: accounts, users, keys and exact rows, written down in TOML.

::

    estate = "demo"                     # of the first account; or a section, see below
    seed = 7

    [clock]
    now = 2026-06-01T00:00:00Z          # the clock stands still there

    [settings]                          # of the first account, as POST /_emulator/settings takes them;
    rate_limits = true                  # an account may have settings of its own
    propagation_seconds = 60

    [[accounts]]
    uin = "100000000001"
    app_id = 1300000001
    keys = [{ secret_id = "AKIDroot0000", secret_key = "…" }]

    [[accounts.users]]
    name = "auditor"
    policies = ["ReadOnlyAccess", { name = "no-cvm", document = { version = "2.0", statement = [] } }]
    keys = [{ secret_id = "AKIDauditor0", secret_key = "…", status = "Inactive" }]

    [[rows."cvm.instance"]]             # of the first account; an account may have rows of its own
    region = "ap-guangzhou"
    InstanceId = "ins-00000001"

    [[denials]]                         # as POST /_emulator/denials takes them; faults and stubs likewise

An estate may be told in a section instead of a name::

    [estate]
    users = 12                          # sub-users; with any, groups, roles and policies too
    risk_rate = 0.2                     # of every kind of risk that is not named below
    public_rate = 0.35                  # of hosts with a public address

    [estate.hosts]
    ap-guangzhou = 40

    [estate.risks]                      # GET /_emulator/estate tells the kinds, and what shows them
    open_security_group = 0.1
    no_mfa = 1
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, TypeVar

from emulator.errors import BadInput, Violation
from emulator.world.estate import NAMED, Spec
from emulator.world.regions import find

T = TypeVar("T")
Table = Mapping[str, Any]

Check = Callable[[str, Mapping[str, Any], str], Mapping[str, Any]]
"""Completes a row of a table and holds it against the contract; BadInput with paths below the one given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeySeed:
    """A long-term key. The secret is in no repr."""

    secret_id: str
    secret_key: str = field(repr=False)
    status: Literal["Active", "Inactive"] = "Active"
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicySeed:
    """A policy to be attached: a preset one by its name, or one's own if there is a document.

    The document is as the file has it, text or table; whoever knows policies reads it.
    """

    name: str
    document: str | Mapping[str, Any] | None = None
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class UserSeed:
    """A sub-user."""

    name: str
    uin: str | None = None
    policies: tuple[PolicySeed, ...] = ()
    keys: tuple[KeySeed, ...] = ()
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowSeed:
    """A completed row. ``region`` is empty for a table that has none."""

    table: str
    region: str
    value: Mapping[str, Any]
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AccountSeed:
    """A root account; what the file leaves open is None."""

    uin: str | None = None
    app_id: int | None = None
    estate: str | Spec | None = None
    """What ``emulator.world.estate.estate`` takes."""
    seed: int | None = None
    keys: tuple[KeySeed, ...] = ()
    users: tuple[UserSeed, ...] = ()
    settings: Mapping[str, Any] = field(default_factory=dict)
    """As the file has them, at ``settings_path``."""
    settings_path: str = "settings"
    rows: tuple[RowSeed, ...] = ()
    path: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorldSeed:
    """All that a world file says. Denials, faults and stubs are as the file has them."""

    accounts: tuple[AccountSeed, ...]
    """At least one: a file without accounts means a single one that it leaves open."""
    now: float | None = None
    """Where the clock stands, in seconds since the epoch; None for real time."""
    denials: tuple[Mapping[str, Any], ...] = ()
    faults: tuple[Mapping[str, Any], ...] = ()
    stubs: tuple[Mapping[str, Any], ...] = ()


def load(source: Path | str, check: Check) -> WorldSeed:
    """Read a world file, or its text.

    Raises:
        BadInput: everything that is wrong in it, each with its path. No secret is repeated.
    """
    reader = _Reader(check)
    world = reader.world(_document(source))
    if reader.violations:
        raise BadInput(reader.violations, "the world file is not valid")
    return world


def _document(source: Path | str) -> Table:
    try:
        return tomllib.loads(source.read_text("utf-8") if isinstance(source, Path) else source)
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except UnicodeDecodeError as error:
        problem = f"expected UTF-8, got something else at byte {error.start}"
    except tomllib.TOMLDecodeError as error:
        problem = f"expected TOML: {error}"
    raise BadInput.at(str(source) if isinstance(source, Path) else "", problem)


_UIN = re.compile(r"[1-9][0-9]{8,11}")
_NAME = re.compile(r"[A-Za-z0-9+=,.@_-]{1,64}")
_SECRET_ID = re.compile(r"[A-Za-z0-9_-]{8,128}")
_SECRET_KEY = re.compile(r"[\x21-\x7e]{1,128}")
_OF_FIRST = ("estate", "seed", "settings")
_ACCOUNT = ("uin", "app_id", "estate", "seed", "settings", "keys", "users", "rows")
_TABLE = re.compile(r"[a-z0-9]+\.[a-z0-9]+")


class _Reader:
    """Reads one document and gathers what is wrong with it; what it makes of a wrong one is never used."""

    def __init__(self, check: Check) -> None:
        self.violations: list[Violation] = []
        self._check = check
        self._seen: dict[tuple[str, str], str] = {}

    # --- sections ----------------------------------------------------------------------------------------

    def world(self, document: Table) -> WorldSeed:
        known = ("clock", "estate", "seed", "settings", "accounts", "rows", "denials", "faults", "stubs")
        self._refuse_unknown(document, known, "")
        accounts = [
            self._account(table, path, document if path == "accounts.0" else None)
            for table, path in self._tables(document, "accounts", "")
        ]
        if not accounts:
            shared = {name: document[name] for name in (*_OF_FIRST, "rows") if name in document}
            accounts = [self._account(shared, "", None)]
        return WorldSeed(
            accounts=tuple(accounts),
            now=self._clock(document.get("clock")),
            denials=tuple(table for table, _ in self._tables(document, "denials", "")),
            faults=tuple(table for table, _ in self._tables(document, "faults", "")),
            stubs=tuple(table for table, _ in self._tables(document, "stubs", "")),
        )

    def _clock(self, section: object) -> float | None:
        if section is None:
            return None
        if not isinstance(section, dict):
            return self._wrong("clock", "expected a table with now", None)
        self._refuse_unknown(section, ("now",), "clock")
        match section.get("now"):
            case datetime() as moment if moment.tzinfo is not None:
                return moment.timestamp()
            case int() | float() as seconds if not isinstance(seconds, bool) and 0 <= seconds < 1e11:
                return float(seconds)
            case _:
                expected = "expected seconds since the epoch, or a date and time with an offset"
                return self._wrong("clock.now", expected, None)

    def _account(self, table: Table, path: str, top: Table | None) -> AccountSeed:
        """``top`` is the whole document, for the first account: its estate, seed and rows may stand there."""
        self._refuse_unknown(table, _ACCOUNT, path)
        self._refuse_both(table, top or {}, path)
        of = {**{name: top[name] for name in _OF_FIRST if top and name in top}, **table}
        own_settings = path if "settings" in table else ""
        return AccountSeed(
            uin=self._once("uin", self._text(table, "uin", path, _UIN, "nine to twelve digits"), path),
            app_id=self._number(table, "app_id", path, 1_000_000_000, 1_999_999_999),
            estate=self._estate(of.get("estate"), _join(path if "estate" in table else "", "estate")),
            seed=self._number(of, "seed", path if "seed" in table else "", 0, 2**63 - 1),
            keys=self._keys(table, path),
            users=tuple(self._user(user, at) for user, at in self._tables(table, "users", path)),
            settings=self._settings(of, own_settings),
            settings_path=_join(own_settings, "settings"),
            rows=(*self._rows(top or {}, ""), *self._rows(table, path)),
            path=path,
        )

    def _refuse_both(self, table: Table, top: Table, path: str) -> None:
        for name in _OF_FIRST:
            if name in table and name in top:
                self._wrong(_join(path, name), "said at the top of the file already", None)

    def _estate(self, said: object, path: str) -> str | Spec | None:
        match said:
            case None:
                return None
            case str() as name if name in NAMED:
                return name
            case dict() as section:
                return self._spec(section, path)
            case _:
                return self._wrong(path, f"expected one of {', '.join(NAMED)}, or a table with hosts", None)

    def _spec(self, section: Table, path: str) -> Spec | None:
        self._refuse_unknown(section, ("hosts", "users", "risk_rate", "risks", "public_rate"), path)
        before = len(self.violations)
        hosts, risks = section.get("hosts"), section.get("risks", {})
        if not (isinstance(hosts, dict) and all(type(count) is int for count in hosts.values())):
            self._wrong(_join(path, "hosts"), "expected regions and how many hosts each has", None)
        if not isinstance(risks, dict):
            self._wrong(_join(path, "risks"), "expected kinds of risk and the share that shows each", None)
        given = {name: section[name] for name in ("users", "risk_rate", "public_rate") if name in section}
        if type(given.get("users", 0)) is not int:
            self._wrong(_join(path, "users"), "expected how many sub-users there are", None)
        rates = {name: given[name] for name in given if name != "users"}
        rates |= {f"risks.{kind}": rate for kind, rate in (risks if isinstance(risks, dict) else {}).items()}
        for name, rate in rates.items():
            if type(rate) not in {int, float}:
                self._wrong(_join(path, name), "expected a share from 0 to 1", None)
        if len(self.violations) > before or not isinstance(hosts, dict):
            return None
        try:
            return Spec(hosts=tuple(hosts.items()), risks=tuple(risks.items()), **given)
        except BadInput as error:
            self._take(error, path)
            return None

    def _settings(self, of: Table, path: str) -> Table:
        section = of.get("settings", {})
        return (
            section
            if isinstance(section, dict)
            else self._wrong(_join(path, "settings"), "expected a table", {})
        )

    def _user(self, table: Table, path: str) -> UserSeed:
        self._refuse_unknown(table, ("name", "uin", "policies", "keys"), path)
        name = self._text(table, "name", path, _NAME, "1 to 64 letters, digits or +=,.@_-", is_needed=True)
        account = path.rpartition(".users.")[0]
        return UserSeed(
            name=self._once(f"{account} user name", name, path, "name") or "",
            uin=self._once("uin", self._text(table, "uin", path, _UIN, "nine to twelve digits"), path),
            policies=tuple(self._policies(table, path)),
            keys=self._keys(table, path),
            path=path,
        )

    def _policies(self, table: Table, path: str) -> Iterable[PolicySeed]:
        for place, said in enumerate(self._list(table, "policies", path)):
            at = f"{_join(path, 'policies')}.{place}"
            if isinstance(said, str) and said:
                yield PolicySeed(name=said, path=at)
            elif isinstance(said, dict):
                yield self._own_policy(said, at)
            else:
                self._wrong(
                    at, "expected the name of a preset policy, or a table with name and document", None
                )

    def _own_policy(self, said: Table, path: str) -> PolicySeed:
        self._refuse_unknown(said, ("name", "document"), path)
        name = self._text(said, "name", path, _NAME, "1 to 64 letters, digits or +=,.@_-", is_needed=True)
        document = said.get("document")
        if not isinstance(document, str | dict):
            self._wrong(
                _join(path, "document"), "expected a policy document, as a table or as JSON text", None
            )
        return PolicySeed(name=name or "", document=document, path=path)

    def _keys(self, table: Table, path: str) -> tuple[KeySeed, ...]:
        keys = tuple(self._key(key, at) for key, at in self._tables(table, "keys", path))
        # Documented: a user has at most two keys.
        if len(keys) > 2:
            self._wrong(_join(path, "keys"), "expected at most two keys", None)
        return keys

    def _key(self, table: Table, path: str) -> KeySeed:
        self._refuse_unknown(table, ("secret_id", "secret_key", "status"), path)
        secret_id = self._text(
            table, "secret_id", path, _SECRET_ID, "8 to 128 letters or digits", is_needed=True
        )
        secret = self._text(
            table, "secret_key", path, _SECRET_KEY, "up to 128 visible characters", is_needed=True
        )
        status = table.get("status", "Active")
        if status not in {"Active", "Inactive"}:
            self._wrong(_join(path, "status"), "expected Active or Inactive", None)
        return KeySeed(
            secret_id=self._once("secret_id", secret_id, path) or "",
            secret_key=secret or "",
            status="Inactive" if status == "Inactive" else "Active",
            path=path,
        )

    def _rows(self, table: Table, path: str) -> Iterable[RowSeed]:
        at = _join(path, "rows")
        section = table.get("rows", {})
        if not isinstance(section, dict):
            self._wrong(at, 'expected tables such as [[rows."cvm.instance"]]', None)
            return
        for name in section:
            if _TABLE.fullmatch(name) is None:
                self._wrong(
                    f'{at}."{name}"', 'expected a service and a thing in quotes, as "cvm.instance"', None
                )
                continue
            for row, place in self._tables(section, name, at, f'{at}."{name}"'):
                yield from self._row(name, row, place)

    def _row(self, table: str, row: Table, path: str) -> Iterable[RowSeed]:
        region = row.get("region", "")
        if not isinstance(region, str) or (region and find(region) is None):
            self._wrong(_join(path, "region"), "expected the id of a region, such as ap-guangzhou", None)
        try:
            value = self._check(table, {name: row[name] for name in row if name != "region"}, path)
        except BadInput as error:
            self._take(error, "")
            return
        yield RowSeed(table=table, region=str(region), value=value, path=path)

    # --- values ------------------------------------------------------------------------------------------

    def _text(
        self,
        table: Table,
        name: str,
        path: str,
        form: re.Pattern[str],
        expected: str,
        *,
        is_needed: bool = False,
    ) -> str | None:
        """A text of some form. What is wrong is not repeated: it may be a secret."""
        value = table.get(name)
        if value is None and not is_needed:
            return None
        if isinstance(value, str) and form.fullmatch(value):
            return value
        return self._wrong(_join(path, name), f"expected {expected}, as text", None)

    def _number(self, table: Table, name: str, path: str, least: int, most: int) -> int | None:
        value = table.get(name)
        if value is None:
            return None
        if type(value) is int and least <= value <= most:
            return value
        return self._wrong(_join(path, name), f"expected a whole number from {least} to {most}", None)

    def _once(self, kind: str, value: str | None, path: str, name: str = "") -> str | None:
        """Refuse a value that the file has elsewhere among its kind."""
        at = _join(path, name or kind)
        if value is not None and (first := self._seen.setdefault((kind, value), at)) != at:
            self._wrong(at, f"the same as {first}", None)
        return value

    def _list(self, table: Table, name: str, path: str) -> Sequence[object]:
        value = table.get(name, [])
        return value if isinstance(value, list) else self._wrong(_join(path, name), "expected a list", [])

    def _tables(self, table: Table, name: str, path: str, at: str = "") -> list[tuple[Table, str]]:
        """The tables of a list and their paths."""
        at = at or _join(path, name)
        found: list[tuple[Table, str]] = []
        for place, value in enumerate(self._list(table, name, path)):
            if isinstance(value, dict):
                found.append((value, f"{at}.{place}"))
            else:
                self._wrong(f"{at}.{place}", "expected a table", None)
        return found

    # --- violations --------------------------------------------------------------------------------------

    def _refuse_unknown(self, table: Table, known: Sequence[str], path: str) -> None:
        for name in table:
            if name not in known:
                near = get_close_matches(name, known, n=1)
                hint = f"did you mean {near[0]}?" if near else f"expected one of {', '.join(known)}"
                self._wrong(_join(path, name), f"not known here; {hint}", None)

    def _wrong(self, path: str, message: str, instead: T) -> T:
        self.violations.append(Violation(path, message))
        return instead

    def _take(self, error: BadInput, path: str) -> None:
        self.violations += [Violation(_join(path, one.path), one.message) for one in error.violations]


def _join(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name
