"""The one wildcard of the policy language: ``*``, any text, also none."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Wildcard:
    """A pattern cut at its stars: one part means no star, and that the text must be equal."""

    parts: tuple[str, ...]

    def covers(self, text: str) -> bool:
        """Whether the pattern matches ``text``.

        A star inside ``text`` is only ever matched by a star of the pattern, so a text such as
        ``instance/*`` is covered exactly by the patterns that cover everything it stands for.
        """
        parts = self.parts
        if len(parts) == 1:
            return text == parts[0]
        first, last = parts[0], parts[-1]
        if len(text) < len(first) + len(last) or not text.startswith(first) or not text.endswith(last):
            return False
        return len(parts) == 2 or _in_order(parts[1:-1], text, len(first), len(text) - len(last))


def wildcard(pattern: str) -> Wildcard:
    """Cut a pattern at its stars."""
    return Wildcard(tuple(pattern.split("*")))


def _in_order(parts: tuple[str, ...], text: str, start: int, end: int) -> bool:
    """Whether the parts occur one after the other in ``text[start:end]``; the leftmost fit is enough."""
    for part in parts:
        found = text.find(part, start, end)
        if found < 0:
            return False
        start = found + len(part)
    return True
