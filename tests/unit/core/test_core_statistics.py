"""What a hundred thousand decisions come to, drawn as the planner draws them: each from a stream of its own.

The seed is fixed, so nothing here is left to chance; with another seed, each assertion would fail in fewer than one of
a million runs.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from functools import cache
from math import erf, exp, log, sqrt
from typing import Any

import pytest

from emulator.core.dice import Dice, Stream
from emulator.core.fault import Draft
from emulator.core.misbehaviour import Misbehaviour
from emulator.core.plan import Planner
from emulator.core.rule import Rule
from emulator.domain.moment import SECOND
from emulator.store.mix import Mix

DRAWS = 100_000
FIVE_SIGMA = 5.0  # of a normal distribution: beyond it once in 1.7 million
CHERNOFF = 17.0  # of a count's divergence: beyond it at most once in 12 million, however rare what is counted
KOLMOGOROV = 2.8  # of the largest distance times the root of the number: beyond it once in 3.2 million

Normal = Callable[[float], float]


def _phi(deviations: float) -> float:
    return (1.0 + erf(deviations / sqrt(2.0))) / 2.0


@cache
def _hits(
    probability: float, rule: str = "rule", integration: str = "shop", attempt: int = 1, seed: int = 11
) -> tuple[bool, ...]:
    """Whether the rule hits this attempt of each of so many events."""
    planner = Planner(dice=Dice(seed))
    parsed = Rule.parse({"id": rule, "probability": probability, "drop": {}})
    return tuple(
        planner.hit(parsed, f"order:{n}/order.paid:1", integration, 1, attempt) is not None for n in range(DRAWS)
    )


def _drawn(draw: Callable[[Stream], int]) -> list[int]:
    """What a rule draws for each of so many events, after its chance to hit."""
    planner = Planner(dice=Dice(12))
    rule = Rule.parse({"id": "late", "drop": {}})
    streams = (planner.hit(rule, f"order:{n}/order.paid:1", "shop", 1, 1) for n in range(DRAWS))
    return [draw(stream) for stream in streams if stream is not None]


def _distance(drawn: Sequence[int], share_below: Callable[[float], float]) -> float:
    """Kolmogorov's, between what was drawn and what the distribution says."""
    ordered = sorted(drawn)
    count = len(ordered)
    return max(
        max((place + 1) / count - share_below(value), share_below(value) - place / count)
        for place, value in enumerate(ordered)
    )


def _correlation(one: Sequence[float], other: Sequence[float]) -> float:
    count = len(one)
    mean, mean_of_other = sum(one) / count, sum(other) / count
    along = sum((a - mean) * (b - mean_of_other) for a, b in zip(one, other, strict=True))
    spread = sum((a - mean) ** 2 for a in one) * sum((b - mean_of_other) ** 2 for b in other)
    return along / sqrt(spread)


def _divergence(count: int, total: int, share: float) -> float:
    """Kullback and Leibler's, for the whole sample, of what was counted from what was to be expected."""
    parts = ((count, total * share), (total - count, total * (1.0 - share)))
    return sum(seen * log(seen / expected) for seen, expected in parts if seen)


def _assert_even(counts: Sequence[int], shares: Sequence[float]) -> None:
    """Each as often as its share says; what is counted must not overlap."""
    total = sum(counts)
    for count, share in zip(counts, shares, strict=True):
        assert _divergence(count, total, share) < CHERNOFF


@pytest.mark.parametrize("probability", [0.0001, 0.01, 0.3, 0.5, 0.9, 0.9999])
def test_a_rule_hits_as_often_as_it_says(probability: float) -> None:
    hits = sum(_hits(probability))
    _assert_even([hits, DRAWS - hits], [probability, 1.0 - probability])


def test_a_rule_hits_never_and_always() -> None:
    assert not any(_hits(0.0))
    assert all(_hits(1.0))


def test_a_rule_that_hits_more_often_hits_all_that_it_hit_before() -> None:
    assert all(more for less, more in zip(_hits(0.3), _hits(0.5), strict=True) if less)


@pytest.mark.parametrize(
    ("what", "other"),
    [
        ("another event", _hits(0.5)[1:]),
        ("another rule", _hits(0.5, rule="rule-2")[:-1]),
        ("another integration", _hits(0.5, integration="erp")[:-1]),
        ("another attempt", _hits(0.5, attempt=2)[:-1]),
        ("another seed", _hits(0.5, seed=12)[:-1]),
    ],
)
def test_one_decision_says_nothing_of_another(what: str, other: Sequence[bool]) -> None:
    assert abs(_correlation(_hits(0.5)[:-1], other)) < FIVE_SIGMA / sqrt(DRAWS), what


def test_neither_do_two_or_three_in_a_row() -> None:
    """Every pattern of three comes as often as every other."""
    patterns = Counter(zip(_hits(0.5)[::3], _hits(0.5)[1::3], _hits(0.5)[2::3], strict=False))
    _assert_even(list(patterns.values()), [1 / 8] * 8)


@pytest.mark.parametrize(
    ("written", "share_below"),
    [
        (
            {"distribution": "uniform", "lower": "2s", "upper": "6s"},
            lambda at: min(max((at - 2 * SECOND) / (4 * SECOND), 0.0), 1.0),
        ),
        (
            {"distribution": "normal", "mean": "60s", "stddev": "9s"},
            lambda at: _phi((at - 60 * SECOND) / (9 * SECOND)),
        ),
        (
            {"distribution": "lognormal", "median": "4s", "sigma": 1.5},
            lambda at: _phi(log(at / (4 * SECOND)) / 1.5) if at else 0.0,
        ),
        ({"distribution": "exponential", "mean": "5s"}, lambda at: 1.0 - exp(-at / (5 * SECOND))),
    ],
)
def test_a_delay_is_distributed_as_it_says(written: dict[str, Any], share_below: Callable[[float], float]) -> None:
    fault: Any = Rule.parse({"id": "late", "delay": written}).fault
    drawn = _drawn(fault.distribution.draw)
    assert len(drawn) == DRAWS
    assert _distance(drawn, share_below) * sqrt(DRAWS) < KOLMOGOROV
    assert abs(_correlation(drawn[:-1], drawn[1:])) < FIVE_SIGMA / sqrt(DRAWS)


def test_a_fixed_delay_is_fixed() -> None:
    fault: Any = Rule.parse({"id": "late", "delay": "3s"}).fault
    assert set(_drawn(fault.distribution.draw)) == {3 * SECOND}


def test_a_limit_moves_only_what_is_beyond_it() -> None:
    free: Any = Rule.parse({"id": "late", "delay": {"distribution": "exponential", "mean": "5s"}}).fault
    capped: Any = Rule.parse({"id": "late", "delay": {"distribution": "exponential", "mean": "5s", "max": "8s"}}).fault
    assert _drawn(capped.distribution.draw) == [min(one, 8 * SECOND) for one in _drawn(free.distribution.draw)]


def _reordered(stage: Any, **how: Any) -> list[Draft]:
    """What `reorder` makes of each of so many events."""
    fault: Any = Rule.parse({"id": "late", "reorder": how}).fault
    event, drafts = stage.event(1), []

    def draw(stream: Stream) -> int:
        drafts.append(Draft(event=event, integration="shop", at=0, max_hold=SECOND))
        fault.apply("late", drafts[-1], stream)
        return 0

    _drawn(draw)
    return drafts


@pytest.mark.parametrize("window", [2, 3, 7])
def test_a_shuffle_lets_each_number_of_events_pass_as_often(stage: Any, window: int) -> None:
    counts = Counter(draft.hold.count if draft.hold else 0 for draft in _reordered(stage, window=window))
    assert set(counts) == set(range(window))
    _assert_even([counts[passing] for passing in range(window)], [1 / window] * window)


def test_a_shift_within_a_time_is_even(stage: Any) -> None:
    shifts = [draft.delay for draft in _reordered(stage, within="30s")]
    assert _distance(shifts, lambda at: at / (30 * SECOND)) * sqrt(DRAWS) < KOLMOGOROV
    assert abs(_correlation(shifts[:-1], shifts[1:])) < FIVE_SIGMA / sqrt(DRAWS)


def test_calls_fail_as_often_as_a_rule_about_them_says() -> None:
    rule = Rule.parse({"id": "flaky", "probability": 0.2, "api": {"error": 503}})
    planner, misbehaviour = Planner(dice=Dice(5), rules=[rule]), Misbehaviour()
    failed = [misbehaviour.judge(planner, "GET", "/v2/orders", now).status == 503 for now in range(DRAWS)]
    _assert_even([sum(failed), DRAWS - sum(failed)], [0.2, 0.8])
    runs = Counter(zip(failed[::2], failed[1::2], strict=True))
    _assert_even([runs[True, True], sum(runs.values()) - runs[True, True]], [0.04, 0.96])


def test_stories_begin_as_often_as_they_weigh() -> None:
    mix = Mix()
    total = sum(mix.weights.values())
    dice = Dice(9)
    counts = Counter(mix.draw(dice, nth).name for nth in range(DRAWS))
    _assert_even([counts[name] for name in mix.weights], [weight / total for weight in mix.weights.values()])
