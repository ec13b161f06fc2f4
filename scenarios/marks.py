"""How each piece of behaviour is known: the marked statements in the code, and which actions rest on them."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass
from functools import cached_property, partial
from pathlib import Path
from types import FunctionType

from emulator.gateway.perform import declaration
from emulator.tables.declare import Declared

ROOT = Path(__file__).resolve().parent.parent
MARKS = ("Documented", "Observed", "Assumed")
_MARK = re.compile(r"\b(Documented|Observed|Assumed): ")


@dataclass(frozen=True, slots=True)
class Claim:
    """One marked statement about the real cloud, and the line on which its comment or docstring begins."""

    mark: str
    text: str
    line: int = field(default=0, compare=False)


def claims(source: str) -> Iterator[Claim]:
    """The marked statements in the comments and docstrings of a module."""
    for line, block in _blocks(source):
        pieces = _MARK.split(block)[1:]
        for mark, text in zip(pieces[::2], pieces[1::2], strict=True):
            yield Claim(mark, text.strip(), line)


def _blocks(source: str) -> Iterator[tuple[int, str]]:
    block: list[str] = []
    first = last = 0
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        line = token.start[0]
        if token.type == tokenize.COMMENT:
            if line != last + 1 and block:
                yield first, " ".join(block)
                block = []
            first = line if not block else first
            block.append(token.string.lstrip("# ").rstrip())
            last = line
        elif token.type == tokenize.STRING and token.string.startswith('"""'):
            for part in token.string.strip('"').split("\n\n"):
                yield line, " ".join(part.split())
                line += part.count("\n") + 2
    if block:
        yield first, " ".join(block)


def by_module() -> Mapping[str, list[Claim]]:
    """The claims of every module of the emulator that makes any."""
    found = {}
    for path in sorted((ROOT / "emulator").rglob("*.py")):
        made = list(claims(path.read_text("utf-8")))
        if made:
            found[path.relative_to(ROOT).as_posix()] = made
    return found


# --- which action rests on which -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Piece:
    """Something that a module defines at its top, or the declaration of an action: where, and its syntax."""

    module: str
    node: ast.AST
    first: int
    """The line of the comment above it, if there is one."""
    last: int

    def holds(self, module: str, line: int) -> bool:
        """Whether a line belongs to it."""
        return module == self.module and self.first <= line <= self.last


class Service:
    """The code of one service, and what of it each of its actions is made of."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._modules = {module.name: module for module in _modules(name)}

    def marks(self) -> dict[str, dict[str, int]]:
        """How many statements of each mark every action rests on, by the action's name."""
        return {each.action: self._marks_of(each) for each in declaration(self._name).actions}

    def _marks_of(self, declared: Declared) -> dict[str, int]:
        pieces = list(self._pieces(declared))
        claims = [
            claim.mark
            for module in self._modules.values()
            for claim in module.claims
            if any(piece.holds(module.name, claim.line) for piece in pieces)
        ]
        counted = Counter(claims)
        return {mark: counted[mark] for mark in MARKS if counted[mark]}

    def _pieces(self, declared: Declared) -> Iterable[Piece]:
        """The action's declaration, the functions it was given, and all that these name in turn."""
        found: dict[tuple[str, int, int], Piece] = {}
        waiting = [
            piece for module in self._modules.values() for piece in module.declarations(declared.action)
        ]
        waiting += [
            piece
            for function in _functions(declared)
            if (module := self._modules.get(function.__module__)) is not None
            and (piece := module.named(function.__qualname__.partition(".")[0])) is not None
        ]
        while waiting:
            piece = waiting.pop()
            place = (piece.module, piece.first, piece.last)
            if place not in found:
                found[place] = piece
                waiting += self._named_in(piece)
        return found.values()

    def _named_in(self, piece: Piece) -> Iterator[Piece]:
        imported = self._modules[piece.module].imported
        for node in ast.walk(piece.node):
            match node:
                case ast.Attribute(value=ast.Name(id=holder), attr=name) if holder in imported:
                    origin = ".".join(imported[holder])
                case ast.Name(id=name):
                    origin, name = imported.get(name, (piece.module, name))
                case _:
                    continue
            found = self._modules[origin].named(name) if origin in self._modules else None
            if found is not None:
                yield found


class Module:
    """One module of a service: what it defines, what it takes from others, what it claims."""

    def __init__(self, name: str, source: str) -> None:
        self.name = name
        self.claims = list(claims(source))
        self._lines = source.splitlines()
        self._tree = ast.parse(source)

    @cached_property
    def imported(self) -> Mapping[str, tuple[str, str]]:
        """Names that stand for something of another module: that module, and the name there."""
        return {
            alias.asname or alias.name: (node.module or "", alias.name)
            for node in self._tree.body
            if isinstance(node, ast.ImportFrom)
            for alias in node.names
        }

    @cached_property
    def _named(self) -> Mapping[str, Piece]:
        found: dict[str, Piece] = {}
        for node in self._tree.body:
            match node:
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    found[name] = self._piece(node)
                case ast.Assign(targets=targets):
                    found.update(
                        {target.id: self._piece(node) for target in targets if isinstance(target, ast.Name)}
                    )
                case ast.AnnAssign(target=ast.Name(id=name)):
                    found[name] = self._piece(node)
        return found

    def named(self, name: str) -> Piece | None:
        """What the module defines under a name; lists of declarations are nobody's."""
        piece = self._named.get(name)
        return None if piece is not None and piece in self._listings else piece

    def declarations(self, action: str) -> list[Piece]:
        """Where an action of this name is declared."""
        return [self._piece(node) for node in self._declaring.get(action, ())]

    @cached_property
    def _declaring(self) -> Mapping[str, list[ast.Call]]:
        found: dict[str, list[ast.Call]] = {}
        for node in ast.walk(self._tree):
            match node:
                case ast.Call(keywords=keywords, args=args):
                    given = [each.value for each in keywords if each.arg == "action"] or args[:1]
                    match given:
                        case [ast.Constant(value=str(name))]:
                            found.setdefault(name, []).append(node)
        return found

    @cached_property
    def _listings(self) -> list[Piece]:
        """Definitions that hold several declarations: what one action names is not what all of them are."""
        starts = [call.lineno for calls in self._declaring.values() for call in calls if _is_declared(call)]
        return [
            piece
            for piece in self._named.values()
            if isinstance(piece.node, ast.Assign | ast.AnnAssign)
            and sum(piece.first <= start <= piece.last for start in starts) > 1
        ]

    def _piece(self, node: ast.stmt | ast.expr) -> Piece:
        first = node.lineno
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.decorator_list:
            first = node.decorator_list[0].lineno
        while first > 1 and self._lines[first - 2].lstrip().startswith("#"):
            first -= 1
        return Piece(self.name, node, first, node.end_lineno or node.lineno)


def _is_declared(call: ast.Call) -> bool:
    return isinstance(call.func, ast.Name) and call.func.id in ("Does", "Lists")


def _modules(service: str) -> Iterator[Module]:
    folder = ROOT / "emulator" / "services"
    for path in sorted({folder / f"{service}.py", *(folder / service).rglob("*.py")}):
        if path.exists():
            name = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
            yield Module(name, path.read_text("utf-8"))


def _functions(value: object) -> Iterator[FunctionType]:
    """The functions in a declaration, at any depth: given as they are, made by others, or bound in part."""
    match value:
        case FunctionType():
            yield value
            for cell in value.__closure__ or ():
                yield from _functions(cell.cell_contents)
        case partial():
            yield from _functions(value.func)
        case Mapping():
            for each in value.values():
                yield from _functions(each)
        case list() | tuple():
            for each in value:
                yield from _functions(each)
        case _ if is_dataclass(value) and not isinstance(value, type):
            for each in fields(value):
                yield from _functions(getattr(value, each.name))
