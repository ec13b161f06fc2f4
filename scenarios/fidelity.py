"""The fidelity page: what is modelled, what speaks for each action, and how each piece of behaviour is known.

``python -m scenarios.fidelity`` runs the tests with real clients and writes ``docs/fidelity.md`` and
``emulator/admin/evidence.json``. Neither is edited by hand; tests hold both to the code.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

from emulator.admin.evidence import FILE
from scenarios import evidence
from scenarios.evidence import OUTCOMES, Facts
from scenarios.marks import MARKS, ROOT, Claim, by_module

PAGE = ROOT / "docs" / "fidelity.md"
Notes = Mapping[str, list[Claim]]
"""The marked statements, by the module that makes them."""


def page(facts: Facts) -> str:
    """The whole page."""
    notes = by_module()
    lines = [*_HEAD, *_how_many(facts), *_what_speaks(facts, notes), "", "## Modelled"]
    for service, group in groupby(facts["actions"].items(), lambda each: each[0].partition(":")[0]):
        lines += ["", f"### {service}", "", *_service(dict(group))]
    return "\n".join([*lines, *_how_we_know(notes)]) + "\n"


_HEAD = (
    "# Fidelity",
    "",
    "Made from the code by `make fidelity`; not to be edited by hand. The same facts as JSON:",
    "`GET /_emulator/coverage`, `tcemu coverage`, `Emulator.coverage()`.",
)


def _how_many(facts: Facts) -> Iterator[str]:
    yield from ("", "## How many actions", "")
    yield from _table(
        ("fidelity", "actions"),
        (
            ("modelled", facts["totals"]["modelled"]),
            ("inferred from the contract", facts["totals"]["inferred"]),
            ("not emulated (the error says how to stub it)", facts["totals"]["not emulated"]),
        ),
    )
    yield from ("", "These, and all numbers below, are counted apart and never summed into one figure.")


def _what_speaks(facts: Facts, notes: Notes) -> Iterator[str]:
    actions = facts["actions"].values()
    clients = Counter(client for each in actions for client in each["clients"])
    outcomes: Counter[str] = Counter()
    for each in actions:
        outcomes.update(each["examples"])
    marks = Counter(claim.mark for made in notes.values() for claim in made)
    yield from (
        "",
        "## What speaks for the modelled ones",
        "",
        "**Clients** that are real drove an action if a test saw it answer them without an error; what a",
        "fault or a stub answered counts for nothing. `SDK` is the official one with its typed models,",
        "`CommonClient` the same without.",
        "",
    )
    yield from _table(("client", "actions it drove"), sorted(clients.items()))
    yield from (
        "",
        "**Official examples** are the requests that Tencent's own command line ships, tried in the world",
        "`demo`, in which little of what they name exists: an error that the product publishes is then the",
        "right answer. *Refused* came to no decision of CAM, as the contract does not allow it (numbers that",
        "are written as texts, for one), or is not emulated.",
        "",
    )
    yield from _table(("an example ended", "examples"), ((name, outcomes[name]) for name in OUTCOMES))
    yield from (
        "",
        "**Marks** are counted over the code of its service that an action is made of: its declaration, its",
        "functions, and what these name. What all actions share is listed by module at the end.",
        "",
    )
    yield from _table(
        ("mark", "statements in all of the emulator"), ((mark.lower(), marks[mark]) for mark in MARKS)
    )


def _how_we_know(notes: Notes) -> Iterator[str]:
    yield from (
        "",
        "## How we know",
        "",
        "What the published metadata does not state is marked in the code: documented by Tencent, observed",
        "on the wire, or assumed.",
    )
    for module, made in notes.items():
        yield from ("", f"### {module}", "", *(f"- *{claim.mark}:* {claim.text}" for claim in made))


def _service(actions: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    yield from _table(
        ("action", *(mark.lower() for mark in MARKS), "clients", "official examples"),
        (
            (
                key.partition(":")[2],
                *(each["marks"].get(mark, "") for mark in MARKS),
                ", ".join(each["clients"]),
                ", ".join(f"{count} {outcome}" for outcome, count in each["examples"].items()) or "none",
            )
            for key, each in actions.items()
        ),
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> Iterator[str]:
    yield f"| {' | '.join(head)} |"
    yield f"| {' | '.join('---' for _ in head)} |"
    for row in rows:
        yield "| " + " | ".join(map(str, row)) + " |"


def main() -> None:
    """Write the facts and the page."""
    with ThreadPoolExecutor(1) as aside:
        clients = aside.submit(evidence.witness)
        facts = evidence.collect()
    facts = evidence.with_clients(facts, clients.result())
    FILE.write_text(evidence.as_text(facts), "utf-8")
    PAGE.write_text(page(facts), "utf-8")


if __name__ == "__main__":
    main()
