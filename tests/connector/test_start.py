"""What a command does not need, it does not load: that is what its start takes."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec

import pytest

CLOUD = {"requests", "tencentcloud", "urllib3"}
STORE = {"connector.handle", "sqlalchemy"}
CIPHER = {"cryptography"}
PEOPLE = {"rich"}
WORK = {
    "connector.clouds.tencent.grants",
    "connector.pipeline.check_key",
    "connector.pipeline.onboard",
    "connector.pipeline.sync",
    "connector.store.readings",
}
TABLE = {"connector.clouds.tencent.products"}

RUN = """
import json, sys
from connector.__main__ import main
try:
    main()
except SystemExit:
    print(json.dumps(sorted(sys.modules)), file=sys.stderr)
"""


def loaded_by(args, database):
    done = subprocess.run(
        [sys.executable, "-c", RUN, *args],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "TCCONNECTOR_DATABASE": database},
    )
    return set(json.loads(done.stderr.splitlines()[-1]))


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return f"sqlite:///{tmp_path_factory.mktemp('start') / 'c.db'}"


@pytest.mark.parametrize(
    ("args", "needed", "unneeded"),
    [
        ("--help", set(), CLOUD | STORE | CIPHER | PEOPLE | WORK | TABLE | {"asyncio"}),
        ("policy", TABLE, CLOUD | STORE | CIPHER | PEOPLE | {"asyncio"}),
        ("accounts", {"rich", "sqlalchemy"}, CLOUD | CIPHER | WORK | TABLE | {"rich.progress"}),
        ("accounts --json", {"sqlalchemy"}, CLOUD | CIPHER | WORK | TABLE | PEOPLE),
        ("assets --type cdb", TABLE | {"rich"}, CLOUD | CIPHER | WORK | {"connector.pipeline.tell"}),
        ("why ins-1", {"connector.pipeline.tell"}, CLOUD | CIPHER | WORK | TABLE),
        ("assets show ins-1 --json", {"connector.pipeline.tell"}, CLOUD | CIPHER | WORK | PEOPLE),
        ("estimate acme", {"sqlalchemy"}, CLOUD | CIPHER | WORK),
        ("sync acme", {"connector.pipeline.sync"}, CLOUD | CIPHER | {"connector.pipeline.onboard"}),
        ("check-key acme", {"connector.pipeline.check_key"}, CLOUD | CIPHER | {"connector.pipeline.sync"}),
    ],
)
def test_a_command_loads_what_it_needs_and_no_more(args, needed, unneeded, store):
    loaded = loaded_by(args.split(), store)
    assert needed <= loaded
    assert not unneeded & loaded


def test_everything_that_must_not_be_loaded_exists():
    for name in CLOUD | STORE | CIPHER | PEOPLE | WORK | TABLE | {"rich.progress", "connector.pipeline.tell"}:
        assert find_spec(name) is not None, name
