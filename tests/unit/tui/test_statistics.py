"""Figures held against the plain way of counting, and a bound on what they take."""

import sys
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.domain.delivery import DeliveryState
from emulator.domain.record import Record, RecordKind
from tui.model.buckets import Buckets
from tui.model.histogram import Histogram, RollingHistogram
from tui.model.row import Row, planned_row, stepped
from tui.model.sparkline import sparkline
from tui.model.statistics import MOST_INTEGRATIONS, Clocks, Rate, Statistics
from tui.model.window import Window

SECOND = 1_000_000
MINUTE = 60 * SECOND


@given(st.lists(st.integers(0, 2**50), min_size=1, max_size=200))
def test_quantiles_are_those_of_sorting_and_at_most_3_percent_too_large(values: list[int]) -> None:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    found = histogram.quantiles()
    assert found is not None
    ordered = sorted(values)
    for share, quantile in ((0.5, found.p50), (0.9, found.p90), (0.99, found.p99)):
        exact = ordered[ceil(len(ordered) * round(share * 100) / 100) - 1]
        assert exact <= quantile <= exact * 1.032
    assert found.most == ordered[-1]


@given(st.lists(st.integers(0, 63), min_size=1))
def test_small_values_are_exact(values: list[int]) -> None:
    histogram = Histogram()
    for value in values:
        histogram.add(value)
    found = histogram.quantiles()
    assert found is not None
    assert found.p50 == sorted(values)[ceil(len(values) / 2) - 1]


def test_a_histogram_takes_what_is_out_of_bounds_at_its_ends() -> None:
    histogram = Histogram()
    histogram.add(-5)
    histogram.add(10**30)
    found = histogram.quantiles()
    assert found is not None
    assert (found.p50, found.most) == (0, 2**53 - 1)
    assert Histogram().quantiles() is None


def test_a_rolling_histogram_forgets_what_is_two_windows_old() -> None:
    rolling = RollingHistogram(10)
    rolling.add(1, 0)
    rolling.add(2, 9)
    rolling.add(3, 10)
    assert [quantiles.most for at in (9, 19) if (quantiles := rolling.quantiles(at))] == [3, 3]
    found = rolling.quantiles(20)
    assert found is not None
    assert found.p50 == 3  # those of the first window are gone
    assert rolling.quantiles(40) is None


moments = st.lists(st.integers(0, 100), max_size=60)


@given(moments, st.integers(0, 120), st.integers(1, 20))
def test_buckets_count_as_a_list_would(times: list[int], past: int, stretches: int) -> None:
    times.sort()
    buckets = Buckets(width=SECOND, size=60)
    for second in times:
        buckets.add(second * SECOND + 5)
    now = max(times, default=0) + past
    assert buckets.series(now * SECOND) == [times.count(second) for second in range(now - 59, now + 1)]
    length = min(stretches, now - min(times, default=now))
    expected = sum(now - length <= second < now for second in times) / length if length else 0
    assert buckets.rate(now * SECOND, stretches) == pytest.approx(expected)


def test_what_comes_late_still_counts_where_it_belongs_and_what_is_too_old_does_not() -> None:
    buckets = Buckets(width=1, size=3)
    for at in (5, 4, 2, 5):
        buckets.add(at)
    assert buckets.series(5) == [0, 1, 2]


# Told of records


class Told:
    """Statistics that are told of deliveries step by step, as the window would."""

    def __init__(self) -> None:
        self.statistics = Statistics()
        self.rows: dict[int, Row] = {}
        self.records: list[Record] = []
        self.seq = 0

    def event(self, at: int, wall: int | None = None) -> None:
        self._tell(Record(self._next(), at, RecordKind.EVENT), wall)

    def planned(self, number: int, at: int, integration: str = "shop") -> None:
        data = {
            "event": f"order:{number}/order.paid:1",
            "event_key": "order.paid",
            "resource": f"order:{number}",
            "integration": integration,
            "job": 1,
            "job_id": "j",
            "sends": [],
            "faults": [],
        }
        record = Record(
            self._next(), at, RecordKind.PLANNED, number, integration, 1, 0, DeliveryState.PLANNED, at, data
        )
        self._tell(record, None)

    def attempted(self, number: int, at: int, *, took: float = 0.01, wall: int | None = None, **known: Any) -> None:
        data = {
            "succeeded": True,
            "status": 200,
            "error": None,
            "body": "",
            "processing_time": took,
            "started_at": at,
            "faults": [],
            **known,
        }
        integration = self.rows[number].integration
        state = DeliveryState.SUCCEEDED if data["succeeded"] else DeliveryState.WAITING
        record = Record(self._next(), at, RecordKind.ATTEMPTED, number, integration, 1, 0, state, None, data)
        self._tell(record, wall)

    def _tell(self, record: Record, wall: int | None) -> None:
        self.records.append(record)
        before = self.rows.get(record.delivery)
        if record.delivery:
            self.rows[record.delivery] = planned_row(record) if before is None else stepped(before, record)
        after = self.rows.get(record.delivery)
        self.statistics.tell(record, before, after, record.at if wall is None else wall)

    def _next(self) -> int:
        self.seq += 1
        return self.seq


def both(at: int) -> Clocks:
    return Clocks(emulated=at, wall=at)


def test_nothing_yet() -> None:
    figures = Statistics().figures(both(0))
    assert (figures.events, figures.success, figures.latency, figures.lateness) == (Rate(), None, None, None)
    assert Statistics().figures(both(0), "shop") == figures
    assert set(Statistics().series(both(0)).requests) == {0}


def test_rates_are_those_of_each_clock() -> None:
    told = Told()
    for second in range(60):  # at sixty times the speed: a minute of the shop is a second on the wall
        told.event(second * SECOND, wall=second * SECOND // 60)
        told.event(second * SECOND, wall=second * SECOND // 60)
    figures = told.statistics.figures(Clocks(emulated=60 * SECOND, wall=1 * SECOND), seconds=10)
    assert figures.events == Rate(emulated=2.0, wall=120.0)


def test_success_is_the_share_of_requests_and_a_lost_acknowledgement_is_none() -> None:
    told = Told()
    for number in range(1, 5):
        told.planned(number, 0)
    told.attempted(1, SECOND)
    told.attempted(2, SECOND)
    told.attempted(3, SECOND, succeeded=False, status=500)
    told.attempted(4, SECOND, succeeded=False, lost=True, status=None)
    assert told.statistics.figures(both(2 * SECOND)).success == 0.5
    assert told.statistics.figures(both(10 * MINUTE)).success is None


def test_lateness_counts_the_first_arrival_and_latency_every_request() -> None:
    told = Told()
    told.planned(1, 0)
    told.attempted(1, 1 * SECOND, took=0.5, succeeded=False, status=503)
    told.attempted(1, 6 * SECOND, took=0.25, succeeded=False, lost=True, status=None)
    told.attempted(1, 36 * SECOND, took=0.125)
    figures = told.statistics.figures(both(40 * SECOND))
    assert figures.latency is not None
    assert figures.lateness is not None
    assert figures.latency.p50 == pytest.approx(250_000, rel=0.04)
    assert figures.latency.most == 500_000
    assert figures.lateness == (6 * SECOND,) * 4
    assert sum(told.statistics.series(both(40 * SECOND)).arrived) == 1
    assert sum(told.statistics.series(both(40 * SECOND)).requests) == 3
    assert sum(told.statistics.series(both(40 * SECOND)).failed) == 2


def test_each_integration_has_its_own_figures() -> None:
    told = Told()
    told.planned(1, 0, "shop")
    told.planned(2, 0, "erp")
    told.attempted(1, SECOND, took=0.1)
    told.attempted(2, SECOND, took=0.3, succeeded=False, status=500)
    now = both(2 * SECOND)
    statistics = told.statistics
    assert statistics.integrations == ["erp", "shop"]
    assert [statistics.figures(now, name).success for name in ("erp", "shop", "gone")] == [0, 1, None]
    assert statistics.figures(now).success == 0.5
    assert statistics.series(now, "erp").events[-3:] == [1, 0, 0]
    assert statistics.series(now, "erp", wall=False).requests[-3:] == [0, 1, 0]


def test_what_it_takes_is_bounded_however_much_it_is_told() -> None:
    told = Told()
    for number in range(1, 2 * MOST_INTEGRATIONS):
        told.planned(number, number * SECOND, f"integration {number}")
        told.attempted(number, number * SECOND)
    assert len(told.statistics.integrations) == MOST_INTEGRATIONS
    histogram = Histogram()
    size = sys.getsizeof(histogram._counts)
    for value in range(100_000):
        histogram.add(value * 7919)
    assert sys.getsizeof(histogram._counts) == size < 20_000


# Sparklines


@pytest.mark.parametrize(
    ("values", "width", "blocks", "plain"),
    [
        ([0, 1, 2, 4, 8], 5, " ▁▂▄█", " .:=@"),
        ([0, 0], 4, "    ", "    "),
        ([], 3, "   ", "   "),
        ([5], 3, "  █", "  @"),
        ([1000, 1], 2, "█▁", "@."),  # little is not nothing
        ([1, 9, 2, 0], 2, "█▂", "@:"),
        ([3, 4], 0, "", ""),
    ],
)
def test_a_sparkline(values: list[float], width: int, blocks: str, plain: str) -> None:
    assert sparkline(values, width) == blocks
    assert sparkline(values, width, ascii_only=True) == plain


@given(st.lists(st.floats(0, 1e9), max_size=100), st.integers(0, 80))
def test_a_sparkline_is_as_wide_as_its_place_and_shows_the_peak(values: list[float], width: int) -> None:
    line = sparkline(values, width)
    assert len(line) == width
    assert ("█" in line) == (width > 0 and any(values))
    assert sparkline(values, width, ascii_only=True).isascii()


# What is not now


def test_what_is_told_of_the_past_is_in_latency_and_lateness_but_not_in_rates_by_the_wall() -> None:
    statistics = Statistics()
    told = Told()
    told.planned(1, 0)
    before = told.rows[1]
    told.attempted(1, 3 * SECOND, took=0.2)
    record = told.records[-1]
    statistics.tell(record, before, told.rows[1], 3 * SECOND, past=True)
    statistics.tell(Record(9, 2 * SECOND, RecordKind.EVENT), None, None, 3 * SECOND, past=True)
    figures = statistics.figures(both(4 * SECOND))
    assert figures.latency is not None
    assert figures.lateness is not None
    assert (figures.latency.most, figures.lateness.most) == (200_000, 3 * SECOND)
    assert (figures.requests.wall, figures.events.wall, figures.recent) == (0, 0, 0)
    assert (figures.requests.emulated, figures.events.emulated) == (1.0, 0.5)
    statistics.tell(record, before, told.rows[1], 4 * SECOND)
    assert statistics.figures(both(5 * SECOND)).requests.wall == 1.0


def test_a_saved_journal_s_changes_say_the_same_as_its_records() -> None:
    told = Told()
    window, again = Window(), Statistics()
    for second in range(1, 20):
        told.event(second * SECOND)
        told.planned(second, second * SECOND, "shop" if second % 2 else "erp")
        told.attempted(second, (second + 2) * SECOND, took=second / 10, succeeded=second % 3 > 0)
    for record in told.records:
        if record.kind is RecordKind.EVENT:
            data = {"identity": f"order:{record.seq}", "key": "order.paid", "resource": "order:1", "resource_id": "1"}
            record = record._replace(data=data)
        again.tell_change(window.tell(record))
    now = both(25 * SECOND)
    for name in (None, "shop", "erp"):
        assert again.figures(now, name) == told.statistics.figures(now, name)
        assert again.series(now, name) == told.statistics.series(now, name)
