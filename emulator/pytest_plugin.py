"""Fixtures for tests against the emulated cloud; a failed test shows why its calls were denied.

``emulator`` is a server shared by the whole session with a fresh account for each test, so that tests run
side by side and never meet. Nothing is imported before a test asks for it.
"""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from emulator.handle import Account, Emulator

_KEPT = pytest.StashKey["list[Emulator]"]()
_SHOWN = 20


@pytest.fixture(scope="session")
def emulator_server() -> Iterator[Emulator]:
    """The server that all tests of the session share."""
    from emulator.handle import Emulator

    with Emulator() as server:
        yield server


@pytest.fixture
def emulator(request: pytest.FixtureRequest, emulator_server: Emulator) -> Iterator[Emulator]:
    """An emulator with a fresh, empty account; ``@pytest.mark.tencent_world("demo")`` names another world."""
    from emulator.handle import Emulator

    marker = request.node.get_closest_marker("tencent_world")
    with Emulator(marker.args[0] if marker is not None else "empty", on=emulator_server) as fresh:
        request.node.stash.setdefault(_KEPT, []).append(fresh)
        yield fresh


@pytest.fixture
def tencent_account(emulator: Emulator) -> Account:
    """The fresh account: ``uin``, ``app_id``, ``secret_id``, ``secret_key``, and the verbs on it."""
    return emulator.account


def pytest_configure(config: pytest.Config) -> None:
    """Make our marker known."""
    config.addinivalue_line("markers", "tencent_world(name): the world in which the test's account begins")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Under a failed test, show every denied call of its account with its explanation."""
    report = yield
    if report.failed and _KEPT in item.stash:
        from emulator.admin.records import in_lines

        denied = [entry for kept in item.stash[_KEPT] for entry in kept.calls(outcome="denied")]
        for entry in denied[-_SHOWN:]:
            report.sections.append((f"denied: {entry.service}:{entry.action}", in_lines(entry)))
    return report
