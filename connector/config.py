"""Where the connector keeps its data and its master key, and how a key file given by the user reads."""

from __future__ import annotations

import csv
import io
import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_network
from pathlib import Path

from connector.errors import BadInput, Violation
from connector.model import Key, Network, Secret

DATABASE_VARIABLE = "TCCONNECTOR_DATABASE"
MASTER_KEY_VARIABLE = "TCCONNECTOR_MASTER_KEY"
CALLS_VARIABLE = "TCCONNECTOR_CALLS_PER_SECOND"
NEVER_BLOCK_VARIABLE = "TCCONNECTOR_NEVER_BLOCK"
IN_MEMORY = ("sqlite://", "sqlite:///:memory:")

ID_NAMES = ("SecretId", "TENCENTCLOUD_SECRET_ID")
KEY_NAMES = ("SecretKey", "TENCENTCLOUD_SECRET_KEY")


@dataclass(frozen=True, slots=True)
class Location:
    """Where the store is, and where its master key is if no environment variable holds it.

    ``key_path`` is None for a store in memory: its key lives and dies with it.
    """

    url: str = field(repr=False)  # it may hold a password
    key_path: Path | None

    @property
    def path(self) -> Path | None:
        """The file of an SQLite store."""
        return sqlite_path(self.url)


def locate(database: str | None, environment: Mapping[str, str] = os.environ) -> Location:
    """Find the store: as given, else by ``TCCONNECTOR_DATABASE``, else in the user's data directory."""
    url = database or environment.get(DATABASE_VARIABLE) or f"sqlite:///{data_path(environment)}/connector.db"
    if "://" not in url:
        raise BadInput.at(
            "database", f"expected a URL such as sqlite:///PATH or postgresql+psycopg://…: {url!r}"
        )
    if url in IN_MEMORY:
        return Location(IN_MEMORY[0], None)
    path = sqlite_path(url)
    return Location(
        url, path.with_name(path.name + ".key") if path else data_path(environment) / "master.key"
    )


def calls_per_second(environment: Mapping[str, str], usual: float) -> float:
    """How often one action of one account may be called: by the environment, else as usual."""
    text = environment.get(CALLS_VARIABLE)
    if not text:
        return usual
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not (math.isfinite(number) and number > 0):
        raise BadInput.at(CALLS_VARIABLE, f"expected a number above 0, got {text!r}")
    return number


def never_block(environment: Mapping[str, str]) -> tuple[Network, ...]:
    """The addresses that no one is to be kept from: the user's own, comma-separated."""
    words = [word.strip() for word in environment.get(NEVER_BLOCK_VARIABLE, "").split(",")]
    return networks(NEVER_BLOCK_VARIABLE, [word for word in words if word])


def networks(where: str, texts: Iterable[str]) -> tuple[Network, ...]:
    """Addresses and networks as given; all that are neither are refused at once."""
    found, violations = [], []
    for text in texts:
        try:
            found.append(ip_network(text.strip()))
        except ValueError as error:
            violations.append(Violation(where, f"expected an address such as 45.83.64.7 or a /24: {error}"))
    if violations:
        raise BadInput(violations)
    return tuple(found)


def sqlite_path(url: str) -> Path | None:
    """The file an SQLite URL names."""
    return Path(url.removeprefix("sqlite:///")) if url.startswith("sqlite:///") else None


def data_path(environment: Mapping[str, str]) -> Path:
    """The user's data directory, by the XDG convention."""
    base = environment.get("XDG_DATA_HOME") or str(Path.home() / ".local" / "share")
    return Path(base) / "tcconnector"


def read_key_file(path: Path) -> Key:
    """Read an API key from a file: the console's CSV download, JSON, or ``NAME=VALUE`` lines."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput.at(str(path), f"the key file cannot be read: {type(error).__name__}") from None
    values = parse_pairs(text)
    secret_id = next((values[name] for name in ID_NAMES if values.get(name)), None)
    secret_key = next((values[name] for name in KEY_NAMES if values.get(name)), None)
    if secret_id is None or secret_key is None:
        raise BadInput.at(
            str(path),
            "expected SecretId and SecretKey, as the console's CSV, as JSON, or as NAME=VALUE lines",
        )
    return Key(secret_id, Secret(secret_key))


def parse_pairs(text: str) -> dict[str, str]:
    """Names and values of a key file in any of its three forms; nothing where it is none of them."""
    if text.lstrip().startswith("{"):
        return parse_json(text)
    if "=" in text.partition("\n")[0]:
        lines = (line.strip().removeprefix("export ").partition("=") for line in text.splitlines())
        return {name.strip(): value.strip().strip("\"'") for name, sign, value in lines if sign}
    rows = list(csv.reader(io.StringIO(text)))
    return (
        dict(zip((cell.strip() for cell in rows[0]), map(str.strip, rows[1]), strict=False))
        if rows[1:]
        else {}
    )


def parse_json(text: str) -> dict[str, str]:
    """The texts of a JSON object."""
    try:
        values = json.loads(text)
    except json.JSONDecodeError:
        return {}
    return {name: value for name, value in values.items() if isinstance(value, str)}
