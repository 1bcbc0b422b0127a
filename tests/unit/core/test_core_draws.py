"""Dice, distributions and the waits between attempts: what is drawn, and how it is spread."""

from math import exp, nextafter, sqrt
from statistics import fmean, pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.dice import Dice, spelt
from emulator.core.distribution import Distribution
from emulator.core.retry import DOCUMENTED_WAITS, RetryPolicy
from emulator.domain.errors import InvalidInput
from emulator.domain.moment import DAY, LONGEST, MINUTE, SECOND

DRAWS = 100_000
PINNED = [609, 717, 679, 65, 546, 374, 593, 389, 958, 975, 796, 800]


def test_the_same_name_gives_the_same_draws_and_another_name_others() -> None:
    words = [Dice(42).stream("rule", "late", "order:1/order.paid:1").word() for _ in range(2)]
    others = {Dice(42).stream("rule", "late", name).word() for name in ("a", "b", "ab")}
    assert words[0] == words[1]
    assert len(others | {Dice(43).stream("rule", "late", "a").word()}) == 4


def test_names_do_not_run_into_each_other() -> None:
    assert Dice(1).stream("rule", "a", "bc").word() != Dice(1).stream("rule", "ab", "c").word()


def test_draws_are_pinned_so_that_a_seed_means_the_same_in_every_release() -> None:
    stream = Dice(42).stream("rule", "late", "order:1/order.paid:1", "shop", 1, 1)
    assert [stream.below(1000) for _ in range(12)] == PINNED


@given(st.integers(0, 2**63), st.lists(st.text() | st.integers(), min_size=1, max_size=5), st.floats(0.0, 1.0))
def test_a_decision_whose_beginning_is_hashed_already_draws_the_same(
    seed: int, about: list[str | int], probability: float
) -> None:
    stream = Dice(seed).stream("rule", "late", *about)
    hit = stream.chance(probability)
    found = Dice(seed).decisions("rule", "late", probability=probability).hit(spelt(*about))
    assert (found is not None) is hit
    if found is not None:
        assert [found.word() for _ in range(20)] == [stream.word() for _ in range(20)]  # beyond the first block


@given(st.integers(0, 2**63))
def test_a_decision_hits_to_the_last_bit_as_a_chance_does(seed: int) -> None:
    drawn = Dice(seed).stream("rule", "late", "x").uniform()
    for probability, hit in ((drawn, False), (nextafter(drawn, 1.0), True)):
        found = Dice(seed).decisions("rule", "late", probability=probability).hit(spelt("x"))
        assert (found is not None) is hit is Dice(seed).stream("rule", "late", "x").chance(probability)


def test_a_chance_of_nothing_is_never_and_of_one_always() -> None:
    stream = Dice(1).stream("rule", "x")
    assert not any(stream.chance(0.0) for _ in range(DRAWS))
    assert all(stream.chance(1.0) for _ in range(DRAWS))


@pytest.mark.parametrize("probability", [0.01, 0.5, 0.9])
def test_a_chance_comes_as_often_as_it_says(probability: float) -> None:
    stream = Dice(7).stream("rule", "x")
    hits = sum(stream.chance(probability) for _ in range(DRAWS))
    tolerance = 5 * sqrt(DRAWS * probability * (1 - probability))
    assert abs(hits - DRAWS * probability) < tolerance


@given(st.integers(1, 2**64), st.integers())
def test_a_draw_below_stays_below(bound: int, seed: int) -> None:
    assert 0 <= Dice(seed).stream("rule", "x").below(bound) < bound


def test_below_reaches_every_value_about_equally() -> None:
    stream = Dice(3).stream("rule", "x")
    counts = [0] * 7
    for _ in range(DRAWS):
        counts[stream.below(7)] += 1
    assert all(abs(count - DRAWS / 7) < 5 * sqrt(DRAWS / 7) for count in counts)


@pytest.mark.parametrize(
    ("written", "mean", "lowest", "highest"),
    [
        ({"distribution": "fixed", "value": "3s"}, 3 * SECOND, 3 * SECOND, 3 * SECOND),
        ({"distribution": "uniform", "lower": "2s", "upper": "6s"}, 4 * SECOND, 2 * SECOND, 6 * SECOND),
        ({"distribution": "normal", "mean": "60s", "stddev": "2s"}, 60 * SECOND, 45 * SECOND, 75 * SECOND),
        ({"distribution": "exponential", "mean": "5s"}, 5 * SECOND, 0, 120 * SECOND),
        (
            {"distribution": "lognormal", "median": "4s", "sigma": 0.5},
            round(4 * SECOND * exp(0.125)),
            0,
            120 * SECOND,
        ),
    ],
)
def test_a_distribution_has_its_mean_and_its_bounds(
    written: dict[str, object], mean: int, lowest: int, highest: int
) -> None:
    stream = Dice(5).stream("rule", "x")
    distribution = Distribution.parse(written)
    drawn = [distribution.draw(stream) for _ in range(DRAWS)]
    assert lowest <= min(drawn)
    assert max(drawn) <= highest
    assert abs(fmean(drawn) - mean) <= 5 * pstdev(drawn) / sqrt(DRAWS)


def test_half_of_lognormal_draws_are_below_their_median() -> None:
    stream = Dice(5).stream("rule", "x")
    distribution = Distribution.parse({"distribution": "lognormal", "median": "4s", "sigma": 1.5})
    below = sum(distribution.draw(stream) < 4 * SECOND for _ in range(DRAWS))
    assert abs(below - DRAWS / 2) < 5 * sqrt(DRAWS) / 2


def test_a_maximum_caps_what_is_drawn() -> None:
    stream = Dice(5).stream("rule", "x")
    distribution = Distribution.parse({"distribution": "exponential", "mean": "1h", "max": "90m"})
    drawn = [distribution.draw(stream) for _ in range(1000)]
    assert max(drawn) == 90 * MINUTE


def test_no_draw_leaves_the_calendar() -> None:
    stream = Dice(5).stream("rule", "x")
    distribution = Distribution.parse({"distribution": "lognormal", "median": "3650d", "sigma": 10})
    assert all(0 <= distribution.draw(stream) <= LONGEST for _ in range(1000))


def test_no_draw_is_before_its_cause() -> None:
    stream = Dice(5).stream("rule", "x")
    distribution = Distribution.parse({"distribution": "normal", "mean": "1s", "stddev": "10s"})
    assert min(distribution.draw(stream) for _ in range(1000)) == 0


@given(
    st.one_of(
        st.builds(lambda value: {"distribution": "fixed", "value": f"{value}us"}, st.integers(0, DAY)),
        st.builds(
            lambda low, more: {"distribution": "uniform", "lower": f"{low}us", "upper": f"{low + more}us"},
            st.integers(0, DAY),
            st.integers(0, DAY),
        ),
        st.builds(
            lambda median, sigma, most: {
                "distribution": "lognormal",
                "median": f"{median}us",
                "sigma": sigma,
                "max": f"{most}us",
            },
            st.integers(0, DAY),
            st.floats(0, 10),
            st.integers(0, DAY),
        ),
    )
)
def test_a_distribution_is_written_back_as_the_very_same(written: dict[str, object]) -> None:
    distribution = Distribution.parse(written)
    assert Distribution.parse(distribution.describe()) == distribution


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({"by": "3s"}, "unknown key 'by'; there is distribution, max, value"),
        ({"valeu": "3s"}, "unknown key 'valeu'; did you mean 'value'?"),
        ({"distribution": "uniform", "value": "3s"}, "unknown key 'value'; there is distribution, lower, max, upper"),
        ({"distribution": "lognormal", "median": "3s", "sgima": 2}, "unknown key 'sgima'; did you mean 'sigma'?"),
        ({"max": "3s"}, "'value' is missing"),
    ],
)
def test_a_key_that_is_none_of_the_distribution_s_is_named_before_one_is_missed(
    written: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidInput) as caught:
        Distribution.parse(written)
    assert caught.value.sentence.endswith(words)


def test_the_waits_between_attempts_are_pinned() -> None:
    assert tuple(wait // SECOND for wait in DOCUMENTED_WAITS) == (5, 30, 120, 300, 600)


@pytest.mark.parametrize(("failures", "wait"), [(1, 5), (2, 30), (3, 120), (4, 300), (5, 600)])
def test_a_wait_is_within_a_fifth_of_itself_and_reaches_both_ends(failures: int, wait: int) -> None:
    drawn = [RetryPolicy().after(failures, Dice(seed).stream("retry", "x")) for seed in range(2000)]
    waits = [each / SECOND for each in drawn if each is not None]
    assert len(waits) == 2000
    assert wait * 0.8 <= min(waits) < wait * 0.81
    assert wait * 1.19 < max(waits) <= wait * 1.2


def test_after_the_last_wait_there_is_no_further_attempt() -> None:
    stream = Dice(1).stream("retry", "x")
    assert RetryPolicy().after(6, stream) is None
    assert RetryPolicy(waits=()).after(1, stream) is None


def test_a_lost_acknowledgement_comes_again_also_where_nothing_is_retried() -> None:
    again = RetryPolicy(waits=()).after(0, Dice(1).stream("retry", "x"))
    assert again is not None
    assert 4 * SECOND <= again <= 6 * SECOND
