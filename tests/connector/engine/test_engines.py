"""The contract of every engine."""

import asyncio
import threading

import pytest

from connector.engine.embedded import Embedded


@pytest.fixture(params=[1, 4])
def engine(request):
    return Embedded(request.param)


def run(engine, work, things):
    return asyncio.run(engine.run(work, things))


def test_results_come_in_the_order_of_the_things(engine):
    assert run(engine, lambda thing: thing * 2, list(range(20))) == [thing * 2 for thing in range(20)]


def test_nothing_to_do_is_done(engine):
    assert run(engine, lambda thing: thing, []) == []


def test_no_more_run_at_once_than_allowed():
    running, most, turn = 0, 0, threading.Lock()
    enough = threading.Barrier(3, timeout=5)

    def work(_):
        nonlocal running, most
        with turn:
            running += 1
            most = max(most, running)
        enough.wait()
        with turn:
            running -= 1

    run(Embedded(3), work, range(9))
    assert most == 3


def test_an_exception_is_raised_after_what_was_begun_has_ended():
    begun, ended = [], []

    def work(thing):
        begun.append(thing)
        if thing == 0:
            raise ValueError("first")
        ended.append(thing)

    with pytest.raises(ValueError, match="first"):
        run(Embedded(2), work, range(50))
    assert set(begun) - {0} == set(ended)
