"""The catalog, and the whole published metadata read once."""

import pytest

from emulator.contract import compile as compiler
from emulator.contract.catalog import Catalog, catalog
from emulator.contract.model import Action


@pytest.fixture
def cvm() -> Action:
    return catalog().find("cvm", "2017-03-12", "DescribeInstances")


@pytest.fixture(scope="session")
def everything() -> Catalog:
    """A catalog of its own, so that tests which open all of it leave the common one alone."""
    return Catalog()


@pytest.fixture(scope="session")
def published() -> compiler.Pages:
    return compiler.read(compiler.installed())
