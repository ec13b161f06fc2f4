"""What the tests of products' reads share: an account with an estate, and the official examples."""

import importlib
import json
from urllib.parse import unquote

from emulator.contract import compile as compiler
from emulator.contract.catalog import catalog
from emulator.contract.validate import coerce
from emulator.services import ALL
from emulator.world.estate import DEMO, build
from scenarios.direct import Direct, Failed

REGION = "ap-guangzhou"
COMMON = {"Action", "Nonce", "Region", "SecretId", "Signature", "Timestamp", "Version"}


class Reader:
    """The demo's first region, read directly as root."""

    def __init__(self, service, seed=3):
        self.service = service
        self.estate = build(DEMO, seed)
        self.direct = Direct.open(self.estate)

    def __call__(self, action, /, **params):
        answer = self.direct.call(f"{self.service}:{action}", params, region=REGION)
        return {name: value for name, value in answer.items() if name != "RequestId"}

    def code(self, action, /, **params):
        """The error code that a call ends with; None for an answer."""
        try:
            self(action, **params)
        except Failed as failed:
            return failed.code
        return None

    def rows(self, table):
        return [row.value for row in self.estate.shelf(f"{self.service}.{table}", REGION)]

    def pages(self, action, into, limit, **params):
        """Every row of a list, page by page, and the totals that the pages gave."""
        found, totals, offset = [], set(), 0
        while page := (answer := self(action, Limit=limit, Offset=offset, **params))[into]:
            found += page
            totals.add(answer["TotalCount"])
            offset += limit
        return found, totals


def spoken(service):
    """The version that a service speaks."""
    return importlib.import_module(f"emulator.services.{service}").SERVICE.version


def examples(service, *actions):
    """The official example requests of some actions: action, number, parameters."""
    assert service in ALL
    version = spoken(service)
    path = compiler.installed() / service / f"v{version.replace('-', '')}" / "examples.json"
    every = json.loads(path.read_text("utf-8"))["actions"]
    return [
        (name, number, read(catalog().find(service, version, name), example["input"]))
        for name in actions
        for number, example in enumerate(every.get(name, ()))
    ]


def read(action, text):
    """The parameters of one example: JSON after the head, or a URL."""
    _, _, body = text.replace("\r", "").partition("\n\n")
    if body.lstrip().startswith("{"):
        return json.loads(body)
    pairs = [pair.strip().partition("=") for pair in text.partition("?")[2].split("&") if "=" in pair]
    flat = {name: unquote(value) for name, _, value in pairs if name not in COMMON and "<" not in name}
    return coerce(action, flat)


def published(service):
    """The error codes that a product publishes."""
    version = spoken(service).replace("-", "")
    module = importlib.import_module(f"tencentcloud.{service}.v{version}.errorcodes")
    return {value for name, value in vars(module).items() if name.isupper()}
