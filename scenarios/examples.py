"""The official examples that come with tccli: what Tencent itself shows as requests."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import unquote

COMMON = frozenset({"Action", "Nonce", "Region", "SecretId", "Signature", "Timestamp", "Version"})


@dataclass(frozen=True, slots=True)
class Example:
    """One example request: JSON parameters, or flattened ones of a GET; neither if it cannot be read."""

    action: str
    number: int
    params: dict[str, Any] | None = None
    flat: dict[str, str] | None = None

    @property
    def is_readable(self) -> bool:
        """Whether its parameters are known."""
        return self.params is not None or self.flat is not None


def examples(service: str, version: str) -> Iterator[Example]:
    """The examples of a service version.

    Raises:
        LookupError: tccli is not installed.
    """
    spec = find_spec("tccli")
    if spec is None or spec.origin is None:
        raise LookupError("tccli")
    folder = Path(spec.origin).parent / "services" / service / f"v{version.replace('-', '')}"
    if not folder.exists():
        return
    for action, shown in json.loads((folder / "examples.json").read_text("utf-8"))["actions"].items():
        for number, example in enumerate(shown):
            yield Example(action, number, *_read(example["input"]))


def _read(text: str) -> tuple[dict[str, Any] | None, dict[str, str] | None]:
    text = text.replace("\r", "")
    body = text.partition("\n\n")[2]
    if body.lstrip().startswith("{"):
        try:
            return json.loads(body), None
        except ValueError:
            return None, None
    pairs = [pair.strip().partition("=") for pair in text.partition("?")[2].split("&") if "=" in pair]
    return None, {name: unquote(value) for name, _, value in pairs if name not in COMMON and "<" not in name}
