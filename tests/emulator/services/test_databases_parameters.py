"""No parameter of a database's action, or the like, is passed over in silence.

Every one is named in the product's own code (or in what it shares with its twin): to be honoured, refused, or
said to change nothing.
"""

from importlib import import_module
from pathlib import Path

import pytest

import emulator.services
import emulator.tables
from emulator.contract.catalog import catalog
from emulator.tables.declare import Does

SERVICES = ("cdb", "dcdb", "mariadb", "postgres", "redis", "ssl", "tcr")


def text_of(*folders):
    return "\n".join(path.read_text("utf-8") for folder in folders for path in sorted(folder.rglob("*.py")))


def code_of(service):
    """Everything that a product's actions are made of."""
    home = Path(emulator.services.__file__).parent
    own = home / service
    tables = Path(emulator.tables.__file__).parent
    shared = [tables / "databases.py", tables / "idempotent.py", tables / "listing.py"]
    if service in ("mariadb", "dcdb"):
        shared += (tables / "tdsql").rglob("*.py")
    module = text_of(own) if own.is_dir() else (home / f"{service}.py").read_text("utf-8")
    return module + "\n".join(path.read_text("utf-8") for path in shared)


@pytest.mark.parametrize("service", SERVICES)
def test_every_parameter_of_every_action_is_named(service):
    declared = import_module(f"emulator.services.{service}").SERVICE
    code = code_of(service)
    passed_over = {
        f"{each.action}.{name}"
        for each in declared.actions
        if isinstance(each, Does)
        for name in catalog().find(service, declared.version, each.action).request.members
        if name not in code
    }
    # Offset and Limit are read by what every list is cut with.
    assert {each for each in passed_over if not each.endswith((".Offset", ".Limit"))} == set()
