"""Rows put into an account's tables and looked at: named, completed and held against the contract."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from emulator.contract.conform import ANSWER, complete
from emulator.contract.fit import Flaw, flaws
from emulator.contract.model import Shape
from emulator.errors import BadInput, NotFound, Violation
from emulator.gateway.perform import Repertoire, declaration
from emulator.services import ALL
from emulator.tables.declare import Table
from emulator.world import regions
from emulator.world.shelves import Row
from emulator.world.world import World


@dataclass(frozen=True, slots=True)
class Known:
    """A table that rows can be put into."""

    table: Table
    shape: Shape
    is_inferred: bool


class Tables:
    """Every table by the names it goes by: ``cvm.instance``, ``cvm.Instance``, ``tke.Cluster``."""

    def __init__(self, repertoire: Repertoire) -> None:
        self._catalog = repertoire.catalog

    def find(self, name: str, path: str = "table") -> Known:
        """A declared table by its own name or its object's, else the one the contract lets us infer.

        Raises:
            BadInput: there is no such table; the nearest names are said.
        """
        service, dot, thing = name.partition(".")
        if not (dot and service in self._catalog.services()):
            raise BadInput.at(path, f"expected service.thing, such as cvm.instance, got {name!r}")
        for table in declaration(service).tables if service in ALL else ():
            if thing in (table.name.partition(".")[2], table.item):
                return Known(table, self._shape(service, table.item), is_inferred=False)
        shape = self._inferred(service, thing)
        if shape is None:
            raise BadInput.at(path, f"{service} has no table {thing!r}{self._hint(service, thing)}")
        return Known(Table(name=f"{service}.{thing}", item=thing, key=""), shape, is_inferred=True)

    def _shape(self, service: str, item: str) -> Shape:
        shape = self._inferred(service, item)
        if shape is None:
            message = f"{service} has no object {item}"
            raise NotFound(message)
        return shape

    def _inferred(self, service: str, thing: str) -> Shape | None:
        for version in reversed(self._catalog.versions(service)):
            try:
                return self._catalog.shape(service, version, thing)
            except NotFound:
                continue
        return None

    def _hint(self, service: str, thing: str) -> str:
        declared = [table.name for table in declaration(service).tables] if service in ALL else []
        near = get_close_matches(f"{service}.{thing}", declared, n=1, cutoff=0.5)
        return f": did you mean {near[0]}?" if near else ""


def complete_row(known: Known, row: Mapping[str, Any], path: str) -> dict[str, Any]:
    """A row with every promised member, held against the contract.

    Raises:
        BadInput: everything in it that the contract does not allow, and a key that lacks.
    """
    wrong = []
    key = known.table.key
    if key and not (isinstance(row.get(key), str) and row[key]):
        wrong.append(Violation(f"{path}.{key}", "expected the key of the row, a text that is not empty"))
    completed = complete(known.shape, row)
    wrong += list(_violations(known.shape, completed, path))
    if wrong:
        raise BadInput(dict.fromkeys(wrong), "the row is not valid")
    return completed


def _violations(shape: Shape, row: Mapping[str, Any], path: str) -> Iterator[Violation]:
    for flaw in flaws(ANSWER, shape, row):
        yield Violation(f"{path}.{flaw.path}" if flaw.path else path, _describe(shape, flaw))


def _describe(shape: Shape, flaw: Flaw) -> str:
    match flaw.problem:
        case "unknown":
            near = get_close_matches(flaw.path.rpartition(".")[2], list(shape.members), n=1)
            return f"not a member of {flaw.expected}{f': did you mean {near[0]}?' if near else ''}"
        case "missing":
            return "is promised by the contract and lacks"
        case "null":
            return f"expected {flaw.expected}, may not be null"
        case "type":
            return f"expected {flaw.expected}"


def check_region(known: Known, region: str) -> str:
    """The region that rows of a table stand in; empty for a table that stands once in the account.

    Raises:
        BadInput: the region does not exist, lacks, or makes no sense for this table.
    """
    if region and regions.find(region) is None:
        raise BadInput.at("region", f"no region is called {region!r}")
    if known.table.home == "global" and region:
        raise BadInput.at("region", f"{known.table.name} stands once in the account, in no region")
    if known.table.home == "region" and not region and not known.is_inferred:
        raise BadInput.at("region", f"expected the region in which the rows of {known.table.name} stand")
    return region


def put_rows(world: World, known: Known, region: str, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    """Put rows into a table, each whole or completed here; all of them, or none. Answers their keys.

    Raises:
        BadInput: everything that is wrong with any of them.
    """
    wrong: list[Violation] = []
    whole: list[dict[str, Any]] = []
    for place, row in enumerate(rows):
        try:
            whole.append(complete_row(known, row, f"rows[{place}]"))
        except BadInput as bad:
            wrong += bad.violations
    if wrong:
        raise BadInput(wrong, "the rows are not valid")
    shelf = world.write(known.table.name, region)
    keys: list[str] = []
    for row in whole:
        # Rows of an inferred table have no key of their own; they are counted.
        keys.append(str(row[known.table.key]) if known.table.key else f"row-{len(shelf) + 1}")
        shelf.put(keys[-1], Row(row))
    return keys
