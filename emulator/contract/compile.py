"""Compile the published contract into what the catalog reads: ``python -m emulator.contract.compile``.

The source is the metadata that the official command line ``tccli`` carries. Prose is left out. Compiling the
same metadata again changes no file, and what does change is said.
"""

from __future__ import annotations

import os
import sys
import tomllib
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import orjson

from emulator.contract.catalog import DATA, INDEX, NAMES, book_file
from emulator.contract.model import Kind
from emulator.contract.notation import Line, read_lines, write_line
from emulator.errors import BadInput, Violation

PATCHES = Path(__file__).parent / "patches.toml"

KINDS: Mapping[tuple[str, str], Kind] = {
    ("string", "string"): "string",
    ("string", "datetime"): "datetime",
    ("string", "datetime_iso"): "datetime_iso",
    ("string", "date"): "date",
    ("int", "int64"): "int",
    ("int", "uint64"): "uint",
    ("float", "float"): "float",
    ("bool", "bool"): "bool",
    ("binary", "binary"): "binary",
}
LISTED: Mapping[str, Kind] = {
    "string": "string",
    "int64": "int",
    "uint64": "uint",
    "float": "float",
    "bool": "bool",
}
PATCHED: Mapping[str, tuple[str, bool]] = {
    "lenient": ("lenient", True),
    "nullable": ("nullable", True),
    "optional": ("required", False),
}
"""The flag of a member that each kind of patch sets, and to what."""
YES = (True, "1")  # four members upstream say "1"
NO = (False, None)


@dataclass(frozen=True, slots=True)
class Page:
    """One service version: the flags of its actions, and its objects with their members by name."""

    actions: Mapping[str, str]
    objects: Mapping[str, Mapping[str, Line]]


Pages = Mapping[tuple[str, str], Page]
"""Pages by (service, version), sorted."""


def main() -> None:
    """Compile the installed ``tccli`` into the package's data."""
    pages = patch(read(installed()), tomllib.loads(PATCHES.read_text("utf-8")))
    changes = list(differences(load(DATA), pages))
    write(pages, DATA)
    actions = sum(len(page.actions) for page in pages.values())
    sys.stdout.write("".join(f"{change}\n" for change in changes))
    sys.stdout.write(f"{len(pages)} service versions, {actions} actions, {len(changes)} changes\n")


def installed() -> Path:
    """Find the metadata of the installed ``tccli``."""
    from importlib.util import find_spec

    spec = find_spec("tccli")
    if spec is None or spec.origin is None:
        raise BadInput.at("tccli", "is not installed, and its metadata is what is compiled")
    return Path(spec.origin).parent / "services"


# --- Reading what is published -----------------------------------------------------------------------------


def read(services: Path) -> Pages:
    """Read ``*/v*/api.json``; everything that is not understood is a violation."""
    violations: list[Violation] = []
    pages: dict[tuple[str, str], Page] = {}
    for path in sorted(services.glob("*/v*/api.json")):
        published = orjson.loads(path.read_bytes())
        about = published["metadata"]
        # The directory is not the name: `as` cannot be a Python package, so it lies under `autoscaling`.
        where = (about["serviceShortName"], about["apiVersion"])
        if where in pages:
            violations.append(Violation(str(path), f"a second {' '.join(where)}"))
        pages[where] = _read_page(published, " ".join(where), violations)
    if violations or not pages:
        raise BadInput(violations, f"no metadata in {services}")
    return dict(sorted(pages.items()))


def _read_page(published: Mapping[str, Any], where: str, violations: list[Violation]) -> Page:
    objects = {
        name: _read_object(it["members"], published["objects"], f"{where} {name}", violations)
        for name, it in sorted(published["objects"].items())
    }
    actions = dict(sorted(published["actions"].items()))
    for name, action in actions.items():
        violations.extend(_action_violations(name, action, objects, where))
    return Page(
        {name: _action_flags(action) for name, action in actions.items()},
        {name: _without_request_id(name, lines, actions) for name, lines in objects.items()},
    )


def _action_flags(action: Mapping[str, Any]) -> str:
    """The status unless it is plain ``online``, and ``skip_sign``."""
    # Assumed: an action without a status (146 of them) is online.
    status = action.get("status", "online")
    flags = [] if status == "online" else [status]
    return " ".join([*flags, *(["skip_sign"] if action.get("skip_sign") else [])])


def _action_violations(
    name: str, action: Mapping[str, Any], objects: Mapping[str, Mapping[str, Line]], where: str
) -> Iterator[Violation]:
    """Check what the notation takes for granted of an action."""
    if (action["input"], action["output"]) != (f"{name}Request", f"{name}Response"):
        yield Violation(f"{where} {name}", "its request or response has another name than the action")
    for shape in (action["input"], action["output"]):
        if shape not in objects:
            yield Violation(f"{where} {shape}", "is not among the objects")
    if action.get("status", "online") not in ("online", "deprecated", "offline"):
        yield Violation(f"{where} {name}", f"unknown status {action['status']!r}")
    if "RequestId" not in objects.get(action["output"], {}):
        yield Violation(f"{where} {name}", "its response has no RequestId")


def _without_request_id(
    name: str, lines: Mapping[str, Line], actions: Mapping[str, object]
) -> Mapping[str, Line]:
    """Leave out what every response ends in."""
    if name.removesuffix("Response") not in actions or not name.endswith("Response"):
        return lines
    return {name: line for name, line in lines.items() if name != "RequestId"}


def _read_object(
    members: Iterable[Mapping[str, Any]],
    objects: Mapping[str, object],
    where: str,
    violations: list[Violation],
) -> Mapping[str, Line]:
    lines: dict[str, Line] = {}
    for member in members:
        try:
            line = _read_member(member, objects)
            if line.name in lines:
                raise BadInput.at(line.name, "is there twice")
            lines[line.name] = line
        except BadInput as error:
            violations.extend(Violation(f"{where}.{it.path}", it.message) for it in error.violations)
    return lines


def _read_member(member: Mapping[str, Any], objects: Mapping[str, object]) -> Line:
    name, kind, of = member["name"], member["type"], member["member"]
    many = kind == "list"
    primitive = LISTED.get(of) if many else KINDS.get((kind, of))
    if primitive is None and not (kind in ("object", "list") and of in objects):
        raise BadInput.at(name, f"a {kind} of {of!r} is nothing we know")
    line = Line(
        name=name,
        kind=primitive or "object",
        many=many,
        of="" if primitive else of,
        required=_read_flag(member, "required"),
        promised=_read_flag(member, "output_required"),
        nullable=_read_flag(member, "value_allowed_null"),
        disabled=_read_flag(member, "disabled"),
    )
    if not (name + of).isidentifier():
        raise BadInput.at(name, "cannot be written down: a name has unusual characters")
    return line


def _read_flag(member: Mapping[str, Any], flag: str) -> bool:
    value = member.get(flag)
    if value not in YES and value not in NO:
        raise BadInput.at(f"{member['name']}.{flag}", f"is {value!r} and should be true or false")
    return value in YES


# --- Patching ----------------------------------------------------------------------------------------------


def patch(pages: Pages, patches: Mapping[str, list[Mapping[str, Any]]]) -> Pages:
    """Apply the reviewed corrections; one that changes nothing, or gives no reason, is a violation."""
    patched = {where: _thaw(page) for where, page in pages.items()}
    violations = [
        Violation(f"patches.toml {kind}[{number}].{name}", message)
        for kind, entries in patches.items()
        for number, entry in enumerate(entries)
        for name, message in _apply(patched, kind, entry)
    ]
    if violations:
        raise BadInput(violations)
    return patched


def _thaw(page: Page) -> Page:
    return Page(page.actions, {name: dict(lines) for name, lines in page.objects.items()})


def _apply(pages: Pages, kind: str, entry: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Apply one entry, yielding (where, what) is wrong with it."""
    if kind not in PATCHED:
        yield "", f"is no kind of patch: {', '.join(PATCHED)}"
        return
    flag, value = PATCHED[kind]
    fields = {"service", "version", "object", "members", "reason"}
    if entry.keys() != fields or not entry["reason"]:
        yield "", f"needs {', '.join(sorted(fields))}"
        return
    page = pages.get((entry["service"], entry["version"]))
    lines = page.objects.get(entry["object"]) if page else None
    for name in entry["members"]:
        if not isinstance(lines, dict) or name not in lines:
            yield name, "is not in the metadata"
        elif (better := replace(lines[name], **{flag: value})) == lines[name]:
            yield name, f"is {kind} already: the patch is no longer needed"
        else:
            lines[name] = better


# --- Writing, and what changed -----------------------------------------------------------------------------


def render(pages: Pages) -> dict[str, bytes]:
    """The files of the data directory by name, not yet compressed."""
    services: dict[str, dict[str, str]] = {}
    for (service, version), page in pages.items():
        services.setdefault(service, {})[version] = f" {' '.join(page.actions)} "
    files = {
        INDEX: _text({"services": {name: list(versions) for name, versions in services.items()}}, indent=True)
    }
    files[NAMES] = _text(services)
    for (service, version), page in pages.items():
        objects = {name: " ".join(map(write_line, lines.values())) for name, lines in page.objects.items()}
        files[book_file(service, version)] = _text({"actions": dict(page.actions), "objects": objects})
    return files


def _text(value: object, *, indent: bool = False) -> bytes:
    return orjson.dumps(value, option=(orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE) if indent else 0)


def write(pages: Pages, target: Path) -> None:
    """Make the data directory hold exactly these pages; a file whose content stays is left alone.

    Content is compared unpacked, so another zlib rewrites nothing.
    """
    files = render(pages)
    target.mkdir(exist_ok=True)
    stale = {path for path in target.iterdir() if path.name not in files}
    changed = {name: text for name, text in files.items() if _content(target / name) != text}
    fresh = [_put(target / name, text) for name, text in changed.items()]
    for temporary, path in fresh:  # nothing was replaced before everything was written
        temporary.replace(path)
    for path in stale:
        path.unlink()


def _put(path: Path, text: bytes) -> tuple[Path, Path]:
    temporary = path.with_name(f"{path.name}.{os.getpid()}.part")
    temporary.write_bytes(zlib.compress(text, 9) if path.suffix == ".z" else text)
    return temporary, path


def _content(path: Path) -> bytes | None:
    if not path.exists():
        return None
    return zlib.decompress(path.read_bytes()) if path.suffix == ".z" else path.read_bytes()


def load(data: Path) -> Pages:
    """Read back what was compiled before; nothing if there is nothing."""
    index = _content(data / INDEX)
    services: Mapping[str, list[str]] = orjson.loads(index)["services"] if index else {}
    return {
        (service, version): _load_page(
            _content(data / book_file(service, version)) or b'{"actions":{},"objects":{}}'
        )
        for service, versions in services.items()
        for version in versions
    }


def _load_page(text: bytes) -> Page:
    book = orjson.loads(text)
    return Page(
        book["actions"],
        {name: {line.name: line for line in read_lines(lines)} for name, lines in book["objects"].items()},
    )


def differences(before: Pages, after: Pages) -> Iterator[str]:
    """Say what changed, a line each: service versions, actions, objects, members."""
    for where in sorted(before.keys() | after.keys()):
        name = " ".join(where)
        if where not in after:
            yield f"- {name}"
        elif where not in before:
            yield f"+ {name} ({len(after[where].actions)} actions)"
        else:
            yield from _entries(f"{name} ", before[where].actions, after[where].actions)
            yield from _object_differences(name, before[where].objects, after[where].objects)


def _object_differences(
    name: str, before: Mapping[str, Mapping[str, Line]], after: Mapping[str, Mapping[str, Line]]
) -> Iterator[str]:
    for shape in sorted(before.keys() | after.keys()):
        if shape in before and shape in after:
            old, new = ({line.name: _words(line) for line in it[shape].values()} for it in (before, after))
            yield from _entries(f"{name} {shape}.", old, new)
        else:
            yield f"{'+' if shape in after else '-'} {name} {shape}"


def _words(line: Line) -> str:
    return write_line(line).removeprefix(f"{line.name}:")


def _entries(prefix: str, before: Mapping[str, str], after: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(before.keys() | after.keys()):
        if name not in after:
            yield f"- {prefix}{name}"
        elif name not in before:
            yield f"+ {prefix}{name}"
        elif before[name] != after[name]:
            yield f"~ {prefix}{name}: {before[name] or 'online'} -> {after[name] or 'online'}"


if __name__ == "__main__":
    try:
        main()
    except BadInput as error:
        sys.exit(f"{error}\nNothing was written.")
