"""The port through which shards are run, whatever runs them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

T = TypeVar("T")
R = TypeVar("R")


class Engine(Protocol):
    """Runs the same blocking work over many things at once."""

    async def run(self, work: Callable[[T], R], things: Sequence[T]) -> list[R]:
        """Do ``work`` on each thing and return what came of it, in the order of ``things``.

        The work may be done on any thread. If one raises, what has not begun is not begun, what has
        is awaited, and the exception is raised.
        """
        ...
