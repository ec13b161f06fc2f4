from hypothesis import given
from hypothesis import strategies as st

from emulator.faults.denials import Denial
from emulator.faults.match import Match
from emulator.faults.tally import Dice, Tally

CLOCK = st.lists(st.integers(0, 8).map(lambda half: half / 2), max_size=25)
WHEN = st.builds(
    Match,
    after=st.integers(0, 4),
    times=st.none() | st.integers(1, 4),
    sequence=st.just(()) | st.lists(st.sampled_from(("pass", "hit")), min_size=1, max_size=6).map(tuple),
    rate=st.none() | st.integers(1, 3),
    window_seconds=st.sampled_from((1.0, 1.5)),
    probability=st.sampled_from((1.0, 0.5)),
    seed=st.integers(0, 3),
)


def run(match, clock, flavour="denial"):
    tally, dice = Tally(), Dice(match, flavour)
    return [tally.count(match, dice, now) for now in clock]


def retell(match, clock):
    """The same, told from the whole story instead of counted along."""
    dice = Dice(match, "denial")
    struck = []
    for number, now in enumerate(clock, start=1):
        turn = number - match.after
        window = now // match.window_seconds
        reached = [at for at, then in enumerate(clock[:number], start=1) if _is_on(match, at - match.after)]
        # The run of calls that reached the rate limit and, up to this one, stayed in its window.
        run_length = 0
        for at in reversed(reached):
            if clock[at - 1] // match.window_seconds != window:
                break
            run_length += 1
        struck.append(
            turn > 0
            and _is_on(match, turn)
            and (match.rate is None or run_length > match.rate)
            and (match.probability == 1 or dice.draw(number) < match.probability)
            and (match.times is None or sum(struck) < match.times)
        )
    return struck


def _is_on(match, turn):
    if turn <= 0:
        return False
    return not match.sequence or match.sequence[turn - 1 : turn] == ("hit",)


@given(WHEN, CLOCK)
def test_counting_along_agrees_with_the_whole_story(match, clock):
    assert run(match, clock) == retell(match, clock)


@given(st.integers(0, 5), st.integers(1, 5), st.integers(0, 12))
def test_after_calls_pass_then_times_are_struck_then_all_pass(after, times, count):
    struck = run(Match(after=after, times=times), [0.0] * count)
    assert struck == [after <= at < after + times for at in range(count)]


def test_a_sequence_is_followed_once():
    match = Match(sequence=("pass", "hit", "hit", "pass"))
    assert run(match, [0.0] * 6) == [False, True, True, False, False, False]


def test_every_window_lets_its_rate_pass():
    assert run(Match(rate=2), [0.0, 0.5, 0.9, 1.0, 1.1, 1.2, 1.3]) == [
        False,
        False,
        True,
        False,
        False,
        True,
        True,
    ]


@given(WHEN, CLOCK)
def test_a_spent_rule_never_strikes_again(match, clock):
    tally, dice = Tally(), Dice(match, "denial")
    for now in clock:
        is_spent = tally.is_spent(match)
        assert not (tally.count(match, dice, now) and is_spent)


@given(st.integers(0, 50), st.integers(0, 50))
def test_a_higher_probability_strikes_all_that_a_lower_one_does(seed, count):
    low = run(Match(probability=0.3, seed=seed), [0.0] * count)
    high = run(Match(probability=0.6, seed=seed), [0.0] * count)
    assert all(there for here, there in zip(low, high, strict=True) if here)


def test_chance_is_about_as_likely_as_it_says():
    struck = sum(run(Match(probability=0.25, seed=1), [0.0] * 4000))
    assert 900 < struck < 1100


def test_chance_depends_on_the_seed_the_matchers_and_the_effect_and_on_nothing_else():
    def story(flavour="denial", **spec):
        return run(Denial.parse({"probability": 0.5, **spec}).match, [0.0] * 64, flavour)

    assert story(seed=1) == story(seed=1)
    assert story(seed=1) != story(seed=2)
    assert story(seed=1, action="cvm:*") != story(seed=1, action="cbs:*")
    assert story(seed=1, flavour="drop") != story(seed=1, flavour="delay")
    assert story(seed=1, times=64) == story(seed=1)
