"""Pace: events are due at their rate, and what is too late is let go."""

from hypothesis import given
from hypothesis import strategies as st

from emulator.core.rate_limit import parse_rate
from emulator.domain.moment import MINUTE, SECOND
from emulator.runtime.pace import Pace


def test_events_are_due_evenly_and_as_many_as_were_asked_for() -> None:
    pace = Pace(parse_rate("3/s"), start=10 * SECOND)
    assert [pace.due_after(more) - 10 * SECOND for more in range(4)] == [0, 333_333, 666_666, SECOND]
    pace.spend(3 * 60)
    assert pace.due == 10 * SECOND + MINUTE


def test_nothing_is_missed_within_what_is_made_up_for() -> None:
    pace = Pace(parse_rate("100/s"), start=0)
    pace.behind(SECOND // 2, SECOND)
    assert (pace.due, pace.latest, pace.missed) == (0, SECOND // 2, 0)
    pace.behind(-SECOND, SECOND)
    assert (pace.due, pace.latest, pace.missed) == (0, SECOND // 2, 0)


def test_what_is_beyond_is_let_go() -> None:
    pace = Pace(parse_rate("100/s"), start=0)
    pace.behind(11 * SECOND, SECOND)
    assert (pace.due, pace.latest, pace.missed) == (10 * SECOND, 11 * SECOND, 1_000)


@given(
    limit=st.integers(1, 1_000_000),
    window=st.integers(1, 3_600 * SECOND),
    late=st.integers(0, 3_600 * SECOND),
    most=st.integers(0, SECOND),
)
def test_after_a_delay_the_next_is_due_no_earlier_than_what_is_made_up_for(
    limit: int, window: int, late: int, most: int
) -> None:
    rate = parse_rate(f"{limit}/{window}us")
    pace = Pace(rate, start=0)
    pace.behind(late, most)
    assert 0 <= pace.due <= max(0, late - most)
    interval = window // limit + 1
    assert late - pace.due <= most + 2 * interval or not pace.missed
