"""Many texts in which a part is looked for at once."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

_BETWEEN = "\0"


class Texts:
    """Different texts, kept as one: a part is found at the speed of a search in a text, not of a loop."""

    __slots__ = ("_starts", "_texts", "_whole")

    def __init__(self, texts: Iterable[str]) -> None:
        self._texts = list(texts)
        self._whole = _BETWEEN.join(self._texts)
        self._starts = array("Q", accumulate((len(text) + 1 for text in self._texts), initial=0))

    def holding(self, parts: Sequence[str]) -> Iterable[str]:
        """Those that hold any of some parts, each once."""
        return dict.fromkeys(text for part in parts for text in self._holding(part))

    def _holding(self, part: str) -> Iterator[str]:
        if not part or _BETWEEN in part:  # the one is in every text, the other may reach over two
            yield from (text for text in self._texts if part in text)
            return
        at = self._whole.find(part)
        while at >= 0:
            place = bisect_right(self._starts, at) - 1
            yield self._texts[place]
            at = self._whole.find(part, self._starts[place + 1])
