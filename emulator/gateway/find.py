"""Which published action a request means."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from functools import lru_cache

from emulator.contract.catalog import Catalog
from emulator.contract.model import Action
from emulator.errors import invalid_action, invalid_authorization, no_such_product
from emulator.wire.claim import Claim

_CLOUD_HOST = re.compile(
    r"(?P<service>[a-z0-9]+)(?P<middle>(?:\.[a-z0-9-]+)*)\.tencentcloudapi\.com(?:\.cn)?"
)


def find(catalog: Catalog, claim: Claim, is_modelled: Callable[[str, str], bool]) -> Action:
    """The action a claim names, in the service that its host, its scope or the action itself tells.

    The host speaks first (``cvm.ap-shanghai.tencentcloudapi.com``, ``cvm.anything.test``), and the scope must
    agree with it. A host that names no service (127.0.0.1) leaves it to the scope; clients that sign
    nonsense there leave it to the action and version, which is unique for all but 74 pairs: among those
    a service that the emulator models comes first, then the alphabet.

    Raises:
        ApiError: NoSuchProduct, NoSuchVersion, InvalidAction, or AuthFailure.InvalidAuthorization when host
            and scope disagree.
    """
    services = catalog.services()
    named = host_service(claim.host, services)
    if named is not None:
        if named not in services:
            raise no_such_product(named)
        if claim.scope and claim.scope != named:
            # Observed: verbatim.
            raise invalid_authorization("`Service` in Credential not valid.")
        return catalog.find(named, claim.version, claim.action)
    if claim.scope in services:
        return catalog.find(claim.scope, claim.version, claim.action)
    holders = catalog.holders(claim.version, claim.action)
    if not holders:
        raise invalid_action()
    service = min(holders, key=lambda name: (not is_modelled(name, claim.action), name))
    return catalog.find(service, claim.version, claim.action)


def host_service(host: str, services: Collection[str]) -> str | None:
    """The service a host names, be it one that exists or not; None if it names none."""
    service, label, _ = _read_host(host)
    return service or (label if label in services else None)


def host_region(host: str) -> str:
    """The region in a regional host; empty if there is none."""
    return _read_host(host)[2]


@lru_cache(maxsize=1024)
def _read_host(host: str) -> tuple[str | None, str, str]:
    """The service and the region that a host of the cloud's own names, and any other host's first label."""
    bare = bare_host(host)
    cloud = _CLOUD_HOST.fullmatch(bare)
    if cloud is None:
        label, dot, _ = bare.partition(".")
        return None, label if dot else "", ""
    middle = cloud["middle"].removeprefix(".")
    return cloud["service"], "", middle if "-" in middle else ""


def bare_host(host: str) -> str:
    """The host in lower case without scheme and port (tccli sends ``http://127.0.0.1:PORT``)."""
    return host.lower().rpartition("://")[2].partition("/")[0].partition(":")[0]
