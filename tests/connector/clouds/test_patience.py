import pytest

from connector.clouds.tencent.pace import Pace
from connector.clouds.tencent.patience import Patience, PatientSession
from connector.errors import CloudError


class Failing:
    """Fails with each code in turn, then succeeds."""

    def __init__(self, *codes):
        self.codes = list(codes)
        self.calls = 0

    def call(self, service, version, action, params, region):
        self.calls += 1
        if self.codes:
            raise CloudError(self.codes.pop(0), "no", f"req-{self.calls}")
        return {"RequestId": "ok"}


def patient(inner, clock, seen=None, **patience):
    return PatientSession(
        inner,
        account="one",
        pace=Pace(clock),
        clock=clock,
        patience=Patience(**patience),
        on_retry=(seen if seen is not None else []).append,
        draw=lambda: 1.0,
    )


def call(session, action="DescribeInstances"):
    return session.call("cvm", "2017-03-12", action, {}, "ap-guangzhou")


@pytest.mark.parametrize(
    "code", ["RequestLimitExceeded.UinLimitExceeded", "InternalError", "ClientNetworkError"]
)
def test_a_passing_failure_is_tried_again(clock, code):
    inner = Failing(code, code, code)
    assert call(patient(inner, clock)) == {"RequestId": "ok"}
    assert inner.calls == 4


def test_it_gives_up_with_the_last_error(clock):
    inner = Failing(*["InternalError"] * 9)
    with pytest.raises(CloudError, match="req-5"):
        call(patient(inner, clock))
    assert inner.calls == 5


@pytest.mark.parametrize(
    "code",
    [
        "UnauthorizedOperation",
        "AuthFailure.SignatureFailure",
        "AuthFailure.SignatureExpire",
        "InvalidParameter",
    ],
)
def test_what_will_not_pass_is_not_tried_again(clock, code):
    inner = Failing(code)
    with pytest.raises(CloudError, match=code):
        call(patient(inner, clock))
    assert inner.calls == 1


def test_an_unknown_code_is_tried_once_more(clock):
    inner = Failing("Odd", "Odd", "Odd")
    with pytest.raises(CloudError, match="Odd"):
        call(patient(inner, clock))
    assert inner.calls == 2


def test_a_mutation_is_never_tried_again(clock):
    inner = Failing("InternalError")
    with pytest.raises(CloudError):
        call(patient(inner, clock), action="RunInstances")
    assert inner.calls == 1


def test_every_retry_is_told(clock):
    seen = []
    call(patient(Failing("InternalError", "RequestLimitExceeded"), clock, seen))
    assert [(one.action, one.code, one.request_id, one.retry) for one in seen] == [
        ("cvm:DescribeInstances", "InternalError", "req-1", 1),
        ("cvm:DescribeInstances", "RequestLimitExceeded", "req-2", 2),
    ]


def test_waits_double_and_are_bounded():
    patience = Patience(base_seconds=1, cap_seconds=5)
    assert [patience.wait_seconds(retry, lambda: 1.0) for retry in (1, 2, 3, 4)] == [2, 4, 5, 5]
    assert patience.wait_seconds(9, lambda: 0.0) == 0


def starts(pace, clock, number, action="a"):
    found = []
    for _ in range(number):
        pace.wait("one", action)
        found.append(clock.monotonic())
    return found


def test_no_second_sees_more_calls_than_the_ceiling(clock):
    found = starts(Pace(clock, 10), clock, 50)
    assert max(sum(begin <= at < begin + 0.999 for at in found) for begin in found) <= 10


def test_lanes_do_not_hold_each_other_up(clock):
    pace = Pace(clock, 1)
    starts(pace, clock, 1, "a")
    assert pace.wait("one", "b") == 0
    assert pace.wait("two", "a") == 0
    assert pace.wait("one", "a") == pytest.approx(1)


def test_a_throttled_lane_halves_once_for_calls_that_fail_together(clock):
    pace = Pace(clock, 20)
    for _ in range(5):
        pace.throttled("one", "a")
    assert pace.rate_per_second("one", "a") == 10


def test_a_quiet_lane_recovers_up_to_its_ceiling(clock):
    pace = Pace(clock, 20)
    pace.throttled("one", "a")
    clock.sleep(30)
    pace.wait("one", "a")
    assert pace.rate_per_second("one", "a") == 13
    clock.sleep(10_000)
    pace.wait("one", "a")
    assert pace.rate_per_second("one", "a") == 20


def test_a_lane_never_stops_altogether(clock):
    pace = Pace(clock, 20)
    for _ in range(50):
        pace.throttled("one", "a")
        clock.sleep(2)
    assert pace.rate_per_second("one", "a") > 0
