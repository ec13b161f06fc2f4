"""Answers given by whoever runs the emulator, for actions it does not know or should answer otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from emulator.contract.catalog import Catalog
from emulator.contract.conform import complete, encode_answer
from emulator.contract.model import Action
from emulator.errors import ApiError, BadInput, ContractBreach, NotFound, Violation
from emulator.tables.call import Call, Result

_FIELDS = frozenset({"Action", "Response", "Error", "Params", "Times"})


@dataclass(slots=True)
class Stub:
    """One answer: for calls of ``action`` whose parameters hold all of ``params``, ``times`` times."""

    id: str
    action: Action
    params: Mapping[str, Any]
    response: Mapping[str, Any] | None
    error: ApiError | None
    times: int | None
    used: int = 0

    def fits(self, call: Call) -> bool:
        """Whether it answers this call."""
        if self.times is not None and self.used >= self.times:
            return False
        missing = object()
        return all(call.params.get(name, missing) == value for name, value in self.params.items())

    def answer(self) -> Result:
        """Give the answer once more.

        Raises:
            ApiError: the answer is an error.
        """
        self.used += 1
        if self.error is not None:
            raise self.error
        return self.response or {}

    def as_spec(self) -> dict[str, Any]:
        """The stub as it was asked for, its id and how often it was used."""
        spec: dict[str, Any] = {"Id": self.id, "Action": self.action.key, "Used": self.used}
        if self.error is not None:
            spec["Error"] = {"Code": self.error.code, "Message": self.error.message}
        else:
            spec["Response"] = self.response
        if self.params:
            spec["Params"] = self.params
        if self.times is not None:
            spec["Times"] = self.times
        return spec


class Stubs:
    """The stubs of one account. The newest that fits answers."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self._stubs: list[Stub] = []
        self._made = 0

    def __bool__(self) -> bool:
        return bool(self._stubs)

    def add(self, spec: Mapping[str, Any]) -> Stub:
        """Add a stub: ``Action``, and either ``Response`` or ``Error``; ``Params`` and ``Times`` if wanted.

        A response is held against the contract; promised members that it lacks are filled in empty.

        Raises:
            BadInput: everything that is wrong with it.
        """
        wrong = [Violation(name, "unknown field") for name in sorted(spec.keys() - _FIELDS)]
        action = self._action(spec, wrong)
        response, error = self._answer(spec, action, wrong)
        params = spec.get("Params") or {}
        if not isinstance(params, Mapping):
            wrong.append(Violation("Params", "expected an object of parameters"))
        times = spec.get("Times")
        if times is not None and (not isinstance(times, int) or isinstance(times, bool) or times < 1):
            wrong.append(Violation("Times", f"expected a whole number from 1, got {times!r}"))
        if wrong or action is None:
            raise BadInput(wrong, "the stub is not valid")
        self._made += 1
        stub = Stub(f"stub-{self._made}", action, params, response, error, times)
        self._stubs.append(stub)
        return stub

    def find(self, call: Call) -> Stub | None:
        """The stub that answers a call."""
        for stub in reversed(self._stubs):
            if stub.action is call.action and stub.fits(call):
                return stub
        return None

    def all(self) -> list[Stub]:
        """Every stub, oldest first."""
        return list(self._stubs)

    def remove(self, stub_id: str) -> None:
        """Take a stub away.

        Raises:
            NotFound: there is none with this id.
        """
        kept = [stub for stub in self._stubs if stub.id != stub_id]
        if len(kept) == len(self._stubs):
            message = f"no stub has the id {stub_id!r}"
            raise NotFound(message)
        self._stubs = kept

    def clear(self) -> None:
        """Take all stubs away."""
        self._stubs.clear()

    def mark(self) -> tuple[object, ...]:
        """Another one whenever ``state`` is another; quick to tell."""
        if not self._stubs:
            return (self._made,)
        return (self._made, *((stub.id, stub.used) for stub in self._stubs))

    def state(self) -> dict[str, Any]:
        """The stubs and how often each was used, as JSON."""
        return {"made": self._made, "stubs": [stub.as_spec() for stub in self._stubs]}

    def resume(self, state: Mapping[str, Any]) -> None:
        """Go on with the stubs that there were when ``state`` was told.

        Raises:
            BadInput: one that is not valid any more.
        """
        self.clear()
        for spec in state["stubs"]:
            stub = self.add({name: value for name, value in spec.items() if name not in ("Id", "Used")})
            stub.id, stub.used = spec["Id"], spec["Used"]
        self._made = state["made"]

    def _action(self, spec: Mapping[str, Any], wrong: list[Violation]) -> Action | None:
        key = spec.get("Action")
        if not isinstance(key, str):
            wrong.append(Violation("Action", "expected service:Name, such as cvm:DescribeInstances"))
            return None
        try:
            return self._catalog.action(key)
        except NotFound as reason:
            wrong.append(Violation("Action", str(reason)))
            return None

    def _answer(
        self, spec: Mapping[str, Any], action: Action | None, wrong: list[Violation]
    ) -> tuple[Mapping[str, Any] | None, ApiError | None]:
        if ("Response" in spec) == ("Error" in spec):
            wrong.append(Violation("", "expected either Response or Error"))
            return None, None
        if "Error" in spec:
            return None, _error(spec["Error"], wrong)
        response = spec["Response"]
        if not isinstance(response, Mapping):
            wrong.append(Violation("Response", "expected an object"))
            return None, None
        if action is None:
            return None, None
        given = {name: value for name, value in response.items() if name != "RequestId"}
        try:
            completed = complete(action.response, given)
            completed.pop("RequestId", None)
            encode_answer(action, completed, "")
        except ContractBreach as breach:
            wrong.append(Violation("Response", str(breach)))
            return None, None
        return completed, None


def _error(given: object, wrong: list[Violation]) -> ApiError | None:
    if (
        isinstance(given, Mapping)
        and given.keys() <= {"Code", "Message"}
        and isinstance(given.get("Code"), str)
        and isinstance(given.get("Message", ""), str)
    ):
        return ApiError(given["Code"], given.get("Message", ""))
    wrong.append(Violation("Error", 'expected {"Code": text, "Message": text}'))
    return None
