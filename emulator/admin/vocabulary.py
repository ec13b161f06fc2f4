"""What the emulator knows of the names in policies: from the published contract and its own services."""

from __future__ import annotations

from functools import cached_property

from emulator.contract.catalog import Catalog
from emulator.gateway.perform import declaration
from emulator.policy.lint import Asking, Vocabulary
from emulator.services import ALL
from emulator.tables.asking import name_all
from emulator.tables.declare import Declared, Does, Lists
from emulator.world import presets, regions


class Knowledge:
    """The names of the contract as policies use them, and how the modelled actions ask."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    @cached_property
    def actions(self) -> dict[str, frozenset[str]]:
        """The names of all actions by service, those of second permissions included."""
        found: dict[str, set[str]] = {}
        for service, _, name in self._catalog.names():
            found.setdefault(service, set()).add(name)
        for does in self._modelled.values():
            for further in does.further if isinstance(does, Does) else ():
                service, _, name = further.action.partition(":")
                found.setdefault(service, set()).add(name)
        for key, asked in self.asked_as.items():
            for each, change in ((key, set.discard), (asked, set.add)):
                service, _, name = each.partition(":")
                change(found[service], name)
        return {service: frozenset(names) for service, names in found.items()}

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What lint wants to know."""
        return Vocabulary(
            actions=self.actions,
            unlisted=[service for service in presets.SERVICES if service not in self.actions],
            regions=regions.IDS,
            reads=presets.READS,
            asking=self.asking,
            asked_as=self.asked_as,
        )

    @cached_property
    def asked_as(self) -> dict[str, str]:
        """The names by which CAM knows actions of other names."""
        return {key: each.asked_as for key, each in self._declared.items() if each.asked_as}

    @cached_property
    def _declared(self) -> dict[str, Declared]:
        return {f"{of}:{each.action}": each for of in ALL for each in declaration(of).actions}

    @cached_property
    def _modelled(self) -> dict[str, Declared]:
        """What is modelled, by the names that CAM knows."""
        return {self.asked_as.get(key, key): each for key, each in self._declared.items()}

    def asking(self, key: str) -> Asking | None:
        """What CAM is asked for an action; None where it is not modelled, so not known."""
        declared = self._modelled.get(key)
        return None if declared is None else _asking(declared)

    def question(self, key: str, *, region: str, owner_uin: str) -> str | None:
        """The resource that CAM is asked about; None where that is not known, or each call names it."""
        declared = self._modelled.get(key)
        if declared is None or declared.asks is not None:
            return None
        return (
            name_all(declared.of, region=region, owner_uin=owner_uin) if isinstance(declared, Lists) else "*"
        )

    def is_open(self, key: str) -> bool:
        """Whether an action needs no permission."""
        declared = self._modelled.get(key)
        return isinstance(declared, Does) and declared.is_open


def _asking(declared: Declared) -> Asking:
    if declared.asks is not None:
        return Asking("resource")
    if isinstance(declared, Does) or declared.of.qcs is None:
        return Asking("operation")
    return Asking("list", declared.of.qcs.service, f"{declared.of.qcs.type}/*")
