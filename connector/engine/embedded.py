"""Run shards in this process: asyncio hands them to a bounded number of threads."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from connector.engine.port import R, T

CONCURRENCY = 8
"""Below the 10 connections that the SDK's pool keeps for each client."""


class Embedded:
    """An engine of ``concurrency`` threads that live as long as one run."""

    def __init__(self, concurrency: int = CONCURRENCY) -> None:
        self.concurrency = concurrency

    async def run(self, work: Callable[[T], R], things: Sequence[T]) -> list[R]:
        """Do ``work`` on each thing, at most ``concurrency`` at a time, begun in the order given."""
        loop = asyncio.get_running_loop()
        threads = ThreadPoolExecutor(self.concurrency, thread_name_prefix="shard")
        try:
            return list(await asyncio.gather(*(loop.run_in_executor(threads, work, one) for one in things)))
        finally:
            # What was begun is awaited: a store must not be closed under a shard that writes.
            threads.shutdown(wait=True, cancel_futures=True)
