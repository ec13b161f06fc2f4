"""``tcemu policy``: questions about policy files that need no server."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import orjson

from emulator.admin.policies import OWNER_UIN, REGION, Case, Policies, Written, find_preset
from emulator.contract.catalog import catalog
from emulator.errors import BadInput, Violation

Json = Mapping[str, Any]


def lint(options: argparse.Namespace) -> int:
    """Say what is wrong, wide or useless; 1 if anything is wrong."""
    answer = Policies(catalog()).lint(read_files(options.files))
    _print(answer, _tell_findings(answer), as_json=options.json)
    return 1 if answer["errors"] else 0


def simulate(options: argparse.Namespace) -> int:
    """Say what the policies decide, and why; 1 if anything is denied."""
    case = Case(
        policies=read_files(options.files),
        actions=options.action,
        resources=options.resource,
        context=_read_context(options.context),
        boundary=read_files(options.boundary) if options.boundary else None,
        session=read_files(options.session) if options.session else None,
        as_operation=options.as_operation,
        region=options.region or REGION,
        uin=options.uin or "",
        owner_uin=options.owner_uin or OWNER_UIN,
    )
    answer = Policies(catalog()).simulate(case)
    _print(answer, _tell_decisions(answer), as_json=options.json)
    return 0 if answer["allowed"] else 1


def diff(options: argparse.Namespace) -> int:
    """Say what the second policy allows that the first does not, and the reverse."""
    before, after = read_files([options.before, options.after])
    answer = Policies(catalog()).diff([before], [after])
    _print(answer, _tell_changes(answer), as_json=options.json)
    return 0


def read_files(names: Sequence[str]) -> list[Written]:
    """Read policy files; ``-`` is the standard input, and a name that is no file may be a preset policy.

    Raises:
        BadInput: all that are neither.
    """
    wrong: list[Violation] = []
    found: list[Written] = []
    for name in names:
        try:
            found.append(Written(name, _read_file(name)))
        except BadInput as bad:
            wrong += bad.violations
    if wrong:
        raise BadInput(wrong, "the policies cannot be read")
    return found


def _read_file(name: str) -> str:
    if name == "-":
        return sys.stdin.read()
    path = Path(name)
    if not path.exists():
        text = find_preset(name)
        if text is None:
            raise BadInput.at(name, f"is no file, and no preset policy has this name{_hint(name)}")
        return text
    try:
        return path.read_text("utf-8")
    except UnicodeDecodeError as reason:
        raise BadInput.at(name, "is no text in UTF-8") from reason


def _hint(name: str) -> str:
    from emulator.world import presets

    near = get_close_matches(name, presets.by_name(), n=1)
    return f": did you mean {near[0]}?" if near else ""


def _read_context(given: Sequence[str]) -> dict[str, list[str]]:
    """Condition keys with their values: ``KEY=VALUE``, the same key again for a further value."""
    wrong = [Violation(text, "expected KEY=VALUE") for text in given if not text.partition("=")[1]]
    if wrong:
        raise BadInput(wrong, "the context is not valid")
    context: dict[str, list[str]] = {}
    for key, _, value in (text.partition("=") for text in given):
        context.setdefault(key, []).append(value)
    return context


# --- Answers to be read ------------------------------------------------------------------------------------


def _print(answer: Json, told: Iterator[str], *, as_json: bool) -> None:
    print(orjson.dumps(answer, option=orjson.OPT_INDENT_2).decode() if as_json else "\n".join(told))


def _tell_findings(answer: Json) -> Iterator[str]:
    found = answer["findings"]
    for one in found:
        place = f"{one['policy']}: {one['path']}" if one["path"] else one["policy"]
        yield f"{place}: {one['severity']}: {one['message']} [{one['rule']}]"
    counts = {name: sum(one["severity"] == name for one in found) for name in _SEVERITIES}
    told = (f"{count} {name}{'' if count == 1 else 's'}" for name, count in counts.items())
    yield ", ".join(told) if found else "nothing to change"


_SEVERITIES = ("error", "warning", "note")


def _tell_decisions(answer: Json) -> Iterator[str]:
    for decision in answer["decisions"]:
        yield from decision["lines"]
        yield from (f"  note: {note}" for note in decision["notes"])


def _tell_changes(answer: Json) -> Iterator[str]:
    yield from answer["lines"]
    for name in answer["unfilled"]:
        yield f"note: ${{{name}}} has no value: what names it is allowed on neither side"
