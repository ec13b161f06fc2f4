import math

import pytest

from emulator.errors import BadInput
from emulator.world.clock import Clock, china_seconds, china_time, months_on


class Real:
    def __init__(self):
        self.seconds = 1_000.0

    def __call__(self):
        return self.seconds


def test_time_is_real_until_it_is_told_otherwise():
    real = Real()
    clock = Clock(real)
    real.seconds = 2_000.0
    assert clock.now() == 2_000.0
    assert not clock.is_frozen


def test_a_stopped_clock_stands_still():
    real = Real()
    clock = Clock(real)
    clock.set(50)
    real.seconds += 10
    assert clock.now() == 50
    assert clock.is_frozen


def test_a_stopped_clock_that_is_moved_stays_stopped():
    clock = Clock(Real())
    clock.set(50)
    clock.advance(7.5)
    assert clock.now() == 57.5
    assert clock.is_frozen


def test_a_running_clock_that_is_moved_runs_on():
    real = Real()
    clock = Clock(real)
    clock.advance(100)
    real.seconds += 1
    assert clock.now() == 1_101
    assert not clock.is_frozen


def test_real_time_comes_back_without_what_it_was_moved_by():
    clock = Clock(Real())
    clock.advance(100)
    clock.set(5)
    clock.set(None)
    assert clock.now() == 1_000


@pytest.mark.parametrize("seconds", [-1, math.nan, math.inf, -math.inf])
def test_time_never_goes_where_it_cannot(seconds):
    clock = Clock(Real())
    with pytest.raises(BadInput):
        clock.advance(seconds)
    with pytest.raises(BadInput):
        clock.set(seconds)
    assert clock.now() == 1_000


def test_a_clock_resumes_as_it_ran():
    real = Real()
    clock = Clock(real)
    clock.advance(10)
    state = clock.state()
    clock.set(3)
    clock.resume(state)
    real.seconds += 1
    assert clock.now() == 1_011


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [
        ("2026-01-31 12:00:00", 1, "2026-02-28 12:00:00"),
        ("2028-01-31 12:00:00", 1, "2028-02-29 12:00:00"),
        ("2026-08-31 23:59:59", 6, "2027-02-28 23:59:59"),
        # The day counts in China: there it is the first of March already.
        ("2026-03-01 00:30:00", 1, "2026-04-01 00:30:00"),
        ("2026-12-15 08:00:00", 36, "2029-12-15 08:00:00"),
        ("2026-05-31 08:00:00", 0, "2026-05-31 08:00:00"),
    ],
)
def test_months_are_those_of_the_calendar(start, months, end):
    assert china_time(months_on(china_seconds(start), months)) == end
