"""The tables of errors: each code is one its product publishes, each text has a place for all it is given."""

import ast
from dataclasses import fields, is_dataclass
from importlib import import_module
from pkgutil import walk_packages
from string import Formatter

import pytest

from emulator.errors import Refusal
from emulator.services import ALL
from scenarios.evidence import COMMON_CODES
from scenarios.marks import ROOT
from tests.emulator.services.reads import published

SHARED = {"mariadb": ["emulator.tables.tdsql.product"], "dcdb": ["emulator.tables.tdsql.product"]}
SOURCES = sorted((ROOT / "emulator").rglob("*.py"))


def modules(service):
    """The modules that a service's refusals stand in."""
    top = import_module(f"emulator.services.{service}")
    inner = walk_packages(getattr(top, "__path__", ()), f"{top.__name__}.")
    return [top, *map(import_module, [*(each.name for each in inner), *SHARED.get(service, ())])]


def refusals(value):
    """The refusals in a value: itself, or what its members are."""
    if isinstance(value, Refusal):
        yield value
    elif is_dataclass(value) and not isinstance(value, type):
        for each in fields(value):
            yield from refusals(getattr(value, each.name))


@pytest.mark.parametrize("service", ALL)
def test_every_code_is_published(service):
    codes = {
        refusal.code
        for module in modules(service)
        for value in vars(module).values()
        for refusal in refusals(value)
    }
    assert codes - published(service) - COMMON_CODES == set()


def made(source):
    """Where a refusal is made: the line, how many values it takes, and its texts."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Call(func=ast.Subscript(value=ast.Name(id="Refusal"), slice=takes), args=[_, *texts]):
                count = len(takes.elts) if isinstance(takes, ast.Tuple) else 1
                yield node.lineno, count, [text.value for text in texts]


def places(text):
    """The places of a text, by number."""
    names = [name for _, name, _, _ in Formatter().parse(text) if name is not None]
    return {int(name) if name else at for at, name in enumerate(names)}


def test_every_text_has_a_place_for_what_it_is_given_and_for_nothing_else():
    found = [(path, *each) for path in SOURCES for each in made(path.read_text("utf-8"))]
    assert len(found) > 200
    for path, line, count, (text, *translated) in found:
        assert places(text) == set(range(count)), f"{path}:{line}"
        assert all(places(other) <= set(range(count)) for other in translated), f"{path}:{line}"
