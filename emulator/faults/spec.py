"""Reading a rule's fields: every violation gathered, with its path, and nothing given left unread."""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Final, TypeGuard, TypeVar

from emulator.errors import BadInput, Violation

T = TypeVar("T")
_ABSENT: Final = object()


class Fields:
    """The fields of one spec. What is never asked for is unknown, and unknown is a violation."""

    __slots__ = ("_flaws", "_known", "_spec", "_where")

    def __init__(self, spec: object, where: str = "") -> None:
        if not isinstance(spec, Mapping):
            raise BadInput.at(where, f"expected an object of fields, got {kind_of(spec)}")
        self._spec: Mapping[object, object] = spec
        self._where = where
        self._known: list[str] = []
        self._flaws: dict[Violation, None] = {}

    def has(self, name: str) -> bool:
        """Whether the field was given, be it well or badly."""
        return name in self._spec

    def flaw(self, name: object, message: str) -> None:
        """Note that a field is wrong; the same flaw twice counts once."""
        self._flaws[Violation(self._path(name), message)] = None

    def know(self, names: Iterable[str]) -> None:
        """Count fields as known without reading them."""
        self._known.extend(names)

    def text(self, name: str, default: T) -> str | T:
        """A text that is not empty."""
        value = self._take(name)
        if value is _ABSENT:
            return default
        if isinstance(value, str) and value:
            return value
        self.flaw(name, f"expected a text that is not empty, got {kind_of(value)}")
        return default

    def texts(self, name: str) -> tuple[str, ...]:
        """One text or a list of texts; nothing if the field is absent."""
        value = self._take(name)
        if value is _ABSENT:
            return ()
        if isinstance(value, str):
            value = (value,)
        if (
            isinstance(value, list | tuple)
            and value
            and all(isinstance(each, str) and each for each in value)
        ):
            return tuple(value)
        self.flaw(name, f"expected a text or a list of texts, none of them empty, got {kind_of(value)}")
        return ()

    def pairs(self, name: str) -> tuple[tuple[str, str], ...]:
        """An object whose values are texts, as pairs in the order given."""
        value = self._take(name)
        if value is _ABSENT:
            return ()
        if isinstance(value, Mapping) and value:
            found = tuple((key, each) for key, each in value.items() if _are_texts(key, each))
            if len(found) == len(value):
                return found
        self.flaw(name, f"expected an object of texts that is not empty, got {kind_of(value)}")
        return ()

    def choice(self, name: str, options: Collection[str], default: T) -> str | T:
        """One of a few words."""
        value = self._take(name)
        if value is _ABSENT:
            return default
        if isinstance(value, str) and value in options:
            return value
        self.flaw(name, f"expected one of {', '.join(options)}, got {value!r}{_hint(value, options)}")
        return default

    def choices(self, name: str, options: Collection[str]) -> tuple[str, ...]:
        """One or several of a few words."""
        found = self.texts(name)
        for each in found:
            if each not in options:
                self.flaw(name, f"expected {', '.join(options)}, got {each!r}{_hint(each, options)}")
        return found

    def whole(self, name: str, default: T, *, least: int, most: int | None = None) -> int | T:
        """A whole number within bounds."""
        value = self._take(name)
        if value is _ABSENT:
            return default
        if _is_whole(value) and value >= least and (most is None or value <= most):
            return value
        bounds = f"{least} or more" if most is None else f"{least} to {most}"
        self.flaw(name, f"expected a whole number, {bounds}, got {value!r}")
        return default

    def number(
        self,
        name: str,
        default: T,
        *,
        above: float = -math.inf,
        least: float = -math.inf,
        most: float = math.inf,
    ) -> float | T:
        """A finite number greater than ``above``, not less than ``least`` and at most ``most``."""
        value = self._take(name)
        if value is _ABSENT:
            return default
        if _is_number(value) and above < value <= most and value >= least:
            return float(value)
        bounds = "" if above == -math.inf else f" above {above:g}"
        bounds += "" if least == -math.inf else f", {least:g} or more"
        bounds += "" if most == math.inf else f" and at most {most:g}"
        self.flaw(name, f"expected a number{bounds}, got {value!r}")
        return default

    def flag(self, name: str, *, default: bool = False) -> bool:
        """True or false, and nothing that merely looks like it."""
        value = self._take(name)
        if value is _ABSENT:
            return default
        if isinstance(value, bool):
            return value
        self.flaw(name, f"expected true or false, got {kind_of(value)}")
        return default

    def span(self, name: str) -> tuple[float, float] | None:
        """Two numbers, the first smaller than the second."""
        value = self._take(name)
        if value is _ABSENT:
            return None
        if isinstance(value, list | tuple) and len(value) == 2 and all(map(_is_number, value)):
            start, end = map(float, value)
            if start < end:
                return start, end
        self.flaw(name, f"expected two times in seconds since the epoch, the earlier first, got {value!r}")
        return None

    def items(self, name: str) -> Iterator[tuple[str, object]]:
        """The members of a list with their paths."""
        value = self._take(name)
        if isinstance(value, list | tuple):
            yield from ((f"{self._path(name)}[{at}]", each) for at, each in enumerate(value))
        elif value is not _ABSENT:
            self.flaw(name, f"expected a list, got {kind_of(value)}")

    def adopt(self, bad: BadInput) -> None:
        """Note what was found wrong elsewhere, with the paths it has."""
        self._flaws.update(dict.fromkeys(bad.violations))

    def finish(self) -> None:
        """Refuse the spec if anything in it is wrong or was never asked for."""
        for name in self._spec:
            if name not in self._known:
                self.flaw(name, f"is no field here{_hint(name, self._known)}")
        if self._flaws:
            raise BadInput(self._flaws)

    def _path(self, name: object) -> str:
        return f"{self._where}.{name}" if self._where else f"{name}"

    def _take(self, name: str) -> object:
        self._known.append(name)
        return self._spec.get(name, _ABSENT)


def kind_of(value: object) -> str:
    """What a value is, for a message."""
    match value:
        case None:
            return "null"
        case bool() | int() | float() | "":
            return repr(value)
        case str():
            return "a text"
        case Mapping():
            return "an object" if value else "an empty object"
        case list() | tuple():
            return "a list" if value else "an empty list"
    return f"a {type(value).__name__}"


def _are_texts(*values: object) -> bool:
    return all(isinstance(value, str) and value for value in values)


def _is_whole(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _hint(given: object, known: Collection[str]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(given, list(known), n=1) if isinstance(given, str) else []
    return f": did you mean {near[0]}?" if near else ""
