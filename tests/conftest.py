from dataclasses import dataclass

import pytest

from connector.cli.parser import run
from emulator.world.shelves import Gone, Row, Shelf
from emulator.world.state import codec
from scenarios import profiles
from tests.witness import MARK, ROOT, Witness, watching

pytest_plugins = ["pytester"]
profiles.load()


def same(kept, value):
    """Whether what comes out of a state file is what went in, to the types within."""
    if isinstance(value, Row):
        return isinstance(kept, Row) and same(kept.value, value.value)
    if isinstance(value, dict):
        return isinstance(kept, dict) and [*kept] == [*value] and all(same(kept[k], value[k]) for k in value)
    if isinstance(value, list):
        return isinstance(kept, list) and len(kept) == len(value) and all(map(same, kept, value))
    return type(kept) is type(value) and kept == value


@pytest.fixture(scope="session", autouse=True)
def _whatever_is_put_on_a_shelf_can_be_kept():
    """Every test that lets a service write shows that a state file can hold what it wrote."""
    put = Shelf.put

    def checked(shelf, key, value):
        change = (key, None, value)
        kept = codec.decode(codec.encode(change))
        assert (type(kept[0]), kept[0]) == (type(key), key), f"the key would come back as {kept[0]!r}"
        assert value is Gone.GONE or same(kept[2], value), f"{value!r} would come back as {kept[2]!r}"
        put(shelf, key, value)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Shelf, "put", checked)
        yield


@dataclass(frozen=True)
class Ended:
    """How a command ended, and what it printed."""

    exit_code: int
    stdout: str
    stderr: str

    @property
    def output(self):
        return self.stdout + self.stderr


@pytest.fixture
def tcconnector(capsys):
    def tcconnector(*args):
        try:
            status = run(args)
        except SystemExit as ended:
            status = ended.code
        printed = capsys.readouterr()
        return Ended(status, printed.out, printed.err)

    return tcconnector


WITNESS = pytest.StashKey[Witness]()
LAST = "test_the_evidence_names_every_client_that_was_seen_and_no_other"


def pytest_configure(config):
    config.addinivalue_line("markers", f"{MARK}: a real client makes the calls; what it drives is evidence")
    config.stash[WITNESS] = Witness()


def pytest_itemcollected(item):
    """Everything in tests/sdk, and whatever a fixture asks the ``sdk`` to do, is done by a real client."""
    callspec = getattr(item, "callspec", None)
    if item.path.is_relative_to(ROOT / "tests" / "sdk") or (callspec and "sdk" in callspec.params.values()):
        item.add_marker(MARK)


def pytest_deselected(items):
    for item in items:
        if item.get_closest_marker(MARK) and not item.get_closest_marker("soak"):
            item.config.stash[WITNESS].is_whole = False


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(session, items):
    """Judge the evidence last, when all of it is there."""
    items.sort(key=lambda item: item.name == LAST)
    folders = [session.config.invocation_params.dir / arg for arg in session.config.args]
    if not any((ROOT / "tests").is_relative_to(folder.resolve()) for folder in folders):
        session.config.stash[WITNESS].is_whole = False


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item):
    with item.config.stash[WITNESS].during(item):
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item):
    report = yield
    if item.get_closest_marker(MARK) and not report.passed:
        item.config.stash[WITNESS].is_whole = False
    return report


@pytest.fixture(scope="session", autouse=True)
def witness(request):
    """Who drove what in this run; no SDK is imported where nobody needs one."""
    seeing = request.config.stash[WITNESS]
    if not any(item.get_closest_marker(MARK) for item in request.session.items):
        yield seeing
        return
    with watching(seeing):
        yield seeing
