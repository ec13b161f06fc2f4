"""The fidelity page: what is modelled, how each piece of behaviour is known, and what clients drove it.

``python -m scenarios.fidelity`` writes ``docs/fidelity.md``. It is never edited by hand; a test holds it to
the code.
"""

from __future__ import annotations

import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from emulator.contract.catalog import catalog
from emulator.gateway.perform import Repertoire
from emulator.services import ALL
from emulator.tables.bind import Bound

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "fidelity.md"
MARKS = ("Documented", "Observed", "Assumed")
_MARK = re.compile(r"\b(Documented|Observed|Assumed): ")


@dataclass(frozen=True, slots=True)
class Claim:
    """One marked statement about the real cloud."""

    mark: str
    text: str


def claims(source: str) -> Iterator[Claim]:
    """The marked statements in the comments and docstrings of a module."""
    for block in _blocks(source):
        pieces = _MARK.split(block)[1:]
        for mark, text in zip(pieces[::2], pieces[1::2], strict=True):
            yield Claim(mark, text.strip())


def _blocks(source: str) -> Iterator[str]:
    block: list[str] = []
    last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if token.start[0] != last + 1 and block:
                yield " ".join(block)
                block = []
            block.append(token.string.lstrip("# ").rstrip())
            last = token.start[0]
        elif token.type == tokenize.STRING and token.string.startswith('"""'):
            yield from (" ".join(part.split()) for part in token.string.strip('"').split("\n\n"))
    if block:
        yield " ".join(block)


def by_module() -> Mapping[str, list[Claim]]:
    """The claims of every module of the emulator that makes any."""
    found = {}
    for path in sorted((ROOT / "emulator").rglob("*.py")):
        made = list(claims(path.read_text("utf-8")))
        if made:
            found[path.relative_to(ROOT).as_posix()] = made
    return found


def modelled() -> Mapping[str, Mapping[str, Bound]]:
    """The declared actions by service."""
    repertoire = Repertoire(catalog())
    return {service: repertoire.declared(service) for service in ALL}


def inferred_and_missing() -> tuple[int, int]:
    """How many other actions of the contract are inferred, and how many are not emulated."""
    repertoire = Repertoire(catalog())
    counted = Counter(repertoire.find(catalog().find(*name)).fidelity for name in catalog().names())
    return counted["inferred"], counted["not emulated"]


def page() -> str:
    """The whole page."""
    services, notes = modelled(), by_module()
    inferred, missing = inferred_and_missing()
    counts = Counter(claim.mark for made in notes.values() for claim in made)
    lines = [
        "# Fidelity",
        "",
        "Made from the code by `python -m scenarios.fidelity`; not to be edited by hand.",
        "",
        "## How many actions",
        "",
        "| fidelity | actions |",
        "| --- | ---: |",
        f"| modelled | {sum(map(len, services.values()))} |",
        f"| inferred from the contract | {inferred} |",
        f"| not emulated (the error says how to stub it) | {missing} |",
        "",
        "These are counted apart and never summed into one figure.",
        "",
        "## Modelled",
        "",
        *(
            f"- **{service}** ({len(actions)}): {', '.join(sorted(actions))}"
            for service, actions in services.items()
        ),
        "",
        "## How we know",
        "",
        "What the published metadata does not state is marked in the code: documented by Tencent, observed",
        "on the wire, or assumed. " + ", ".join(f"{mark}: {counts[mark]}" for mark in MARKS) + ".",
    ]
    for module, made in notes.items():
        lines += ["", f"### {module}", "", *(f"- *{claim.mark}:* {claim.text}" for claim in made)]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page."""
    PAGE.write_text(page(), "utf-8")


if __name__ == "__main__":
    main()
