"""Rules about the API: how they are written, which calls they hit, and that the dice of one call are its own."""

from collections import Counter
from typing import Any

import pytest

from emulator.core.call_match import CallMatch
from emulator.core.dice import Dice
from emulator.core.faults.api import Api
from emulator.core.misbehaviour import Misbehaviour, Verdict
from emulator.core.plan import Planner
from emulator.core.rate_limit import RateLimit, parse_rate
from emulator.core.rule import Rule
from emulator.domain.errors import InvalidInput
from emulator.domain.moment import MINUTE, SECOND
from emulator.loading.rules import parse_rules

ORDERS = "/v2/orders"


def planner(*rules: dict[str, Any], seed: int = 7) -> Planner:
    return Planner(dice=Dice(seed), rules=[Rule.parse(rule) for rule in rules])


def verdicts(plan: Planner, calls: list[tuple[str, str]], *, limit: RateLimit | None = None) -> list[Verdict]:
    misbehaviour = Misbehaviour(limit)
    return [misbehaviour.judge(plan, method, path, now=0) for method, path in calls]


@pytest.mark.parametrize(
    ("on", "hit", "spared"),
    [
        ("GET /v2/orders*", [("GET", ORDERS), ("GET", f"{ORDERS}/1")], [("PUT", f"{ORDERS}/1"), ("GET", "/v2/carts")]),
        ("/v2/orders/*", [("PUT", f"{ORDERS}/1"), ("GET", f"{ORDERS}/1")], [("GET", ORDERS)]),
        ("*", [("GET", "/pcm/products"), ("POST", "/v2/carts")], [("POST", "/oauth/access_token")]),
        ("POST /oauth/*", [("POST", "/oauth/access_token")], [("POST", "/v2/carts")]),
    ],
)  # fmt: skip
def test_a_glob_says_which_calls_are_meant(on: str, hit: list[tuple[str, str]], spared: list[tuple[str, str]]) -> None:
    match = CallMatch.parse(on)
    assert [call for call in (*hit, *spared) if match.covers(*call)] == hit
    assert CallMatch.parse(str(match)) == match


@pytest.mark.parametrize(
    ("written", "place", "sentence"),
    [
        ({"eror": 503}, "api.eror", "did you mean 'error'?"),
        ({"error": {"state": 503}}, "api.error", "'status' is missing"),
        ({"error": 200}, "api.error.status", "expected 400 to 599, found 200"),
        ({"error": 503, "calls": "GETT /v2/orders"}, "api.calls", "did you mean 'GET'?"),
        ({"error": 503, "calls": "v2/orders"}, "api.calls", "such as GET /v2/orders*"),
        ({"error": 503, "calls": "/_emulator/status"}, "api.calls", "the control API is never hit"),
        ({"latency": "soon"}, "api.latency", "'soon' is not a duration"),
        ({"latency": 300}, "api.latency", "'300' is not a duration; write 250ms"),
        ({"rate_limit": 100}, "api.rate_limit", "'100' is not a rate; write 100/s"),
        ({"rate_limit": {"limit": 3, "windw": "1s"}}, "api.rate_limit.windw", "did you mean 'window'?"),
        ({"rate_limit": {"limit": 3, "window": "0s"}}, "api.rate_limit.window", "takes some time"),
        ({"rate_limit": "many"}, "api.rate_limit", "'many' is not a rate"),
        ({}, "api", "at least one of error, latency and rate_limit"),
    ],
)
def test_what_cannot_be_meant_is_refused_where_it_stands(written: dict[str, Any], place: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        Rule.parse({"api": written})
    assert refused.value.sentence.startswith(f"{place}: ")
    assert sentence in str(refused.value)


def test_a_file_of_rules_is_refused_with_its_line() -> None:
    with pytest.raises(InvalidInput, match=r"mine\.yaml:4: chaos\[0\]\.api\.latncy: .*did you mean 'latency'\?"):
        parse_rules("chaos:\n  - id: slow\n    api:\n      latncy: 2s\n", "mine.yaml")


def test_a_match_of_events_is_refused() -> None:
    with pytest.raises(InvalidInput, match="about calls, not events"):
        Rule.parse({"match": "order.*", "api": {"error": 503}})


@pytest.mark.parametrize(
    "written",
    [
        {"calls": "GET /v2/orders*", "error": {"status": 503}},
        {"latency": {"distribution": "uniform", "lower": "1s", "upper": "2s"}},
        {"rate_limit": {"limit": 3, "window": "10s", "retry_after": "4s"}, "latency": "250ms"},
        {"error": 503, "rate_limit": "20/10s"},
    ],
)
def test_a_rule_reads_back_as_it_is_described(written: dict[str, Any]) -> None:
    rule = Rule.parse({"id": "mine", "probability": 0.5, "times": 4, "api": written})
    assert isinstance(rule.fault, Api)
    assert Rule.parse(rule.describe()) == rule


@pytest.mark.parametrize(("text", "limit", "window"), [("100/s", 100, SECOND), ("20/10s", 20, 10 * SECOND), ("1000/m", 1000, MINUTE)])  # fmt: skip  # noqa: E501
def test_rates(text: str, limit: int, window: int) -> None:
    assert parse_rate(text) == RateLimit(limit=limit, window=window)


@pytest.mark.parametrize("text", ["100", "/s", "100/", "100/parsec", "-1/s", "5/0s", "1.5/s", "9" * 5000 + "/s"])
def test_what_is_no_rate(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"is not a rate|leaves no time"):
        parse_rate(text)


def test_one_call_more_and_one_rule_more_change_no_other_draw() -> None:
    flaky = {"id": "flaky", "probability": 0.4, "api": {"error": 503}}
    calls = [("GET", f"{ORDERS}/{number % 7}") for number in range(70)]
    alone = [verdict.status for verdict in verdicts(planner(flaky), calls)]
    assert 503 in alone
    assert None in alone
    more = [call for number, call in enumerate(calls) for call in (("PUT", f"{ORDERS}/{number}"), call)]
    slow = {"id": "slow", "probability": 0.5, "api": {"latency": "1s"}}
    among = verdicts(planner(slow, flaky), more)
    assert [verdict.status for verdict in among[1::2]] == alone
    assert [verdict.status for verdict in verdicts(planner(flaky, seed=8), calls)] != alone


def test_a_rule_stops_after_so_many_times_and_counts_what_it_hit() -> None:
    plan = planner({"id": "three", "times": 3, "api": {"error": 500}})
    statuses = [verdict.status for verdict in verdicts(plan, [("GET", ORDERS)] * 5)]
    assert statuses == [500, 500, 500, None, None]
    assert plan.hits == {"three": 3}


def test_latencies_add_up_and_the_first_refusal_decides() -> None:
    plan = planner(
        {"id": "a", "api": {"latency": "1s"}},
        {"id": "b", "api": {"latency": "2s", "error": 503}},
        {"id": "c", "api": {"latency": "4s", "error": 500}},
    )
    (verdict,) = verdicts(plan, [("GET", ORDERS)])
    assert (verdict.late, verdict.status, verdict.retry_after) == (3 * SECOND, 503, None)
    assert Counter(note.rule for note in verdict.faults) == {"a": 1, "b": 2}
    assert plan.hits == {"a": 1, "b": 1}


def test_a_limit_counts_in_windows_and_says_how_long_to_wait() -> None:
    plan = planner({"id": "few", "api": {"calls": "GET /v2/*", "rate_limit": {"limit": 2, "window": "10s"}}})
    misbehaviour = Misbehaviour()

    def call(at: int, method: str = "GET") -> int | None:
        return misbehaviour.judge(plan, method, ORDERS, at).retry_after

    assert [call(5 * SECOND), call(6 * SECOND), call(6 * SECOND, "PUT"), call(8 * SECOND)] == [
        None,
        None,
        None,
        7 * SECOND,
    ]
    assert call(14 * SECOND) == SECOND
    assert [call(15 * SECOND), call(15 * SECOND), call(15 * SECOND)] == [None, None, 10 * SECOND]
    assert plan.hits == {"few": 3}
    assert RateLimit.parse({"limit": 0, "retry_after": "4s"}).retry_after == 4 * SECOND


def test_a_rule_under_an_old_id_begins_a_window_of_its_own() -> None:
    misbehaviour = Misbehaviour()
    for number in range(50):
        plan = planner({"id": "few", "api": {"rate_limit": {"limit": 1, "window": f"{number + 1}h"}}})
        assert [misbehaviour.judge(plan, "GET", ORDERS, 0).status for _ in range(2)] == [None, 429]
    assert len(misbehaviour._windows) == 1


def test_a_rule_that_is_added_again_begins_a_window_of_its_own() -> None:
    misbehaviour, written = Misbehaviour(), {"id": "few", "api": {"rate_limit": {"limit": 1, "window": "1h"}}}
    for _ in range(2):
        plan = planner(written)
        assert [misbehaviour.judge(plan, "GET", ORDERS, 0).status for _ in range(2)] == [None, 429]
    assert misbehaviour.judge(plan.with_rules(plan.rules), "GET", ORDERS, 0).status == 429


def test_calls_before_a_limit_is_in_force_do_not_count() -> None:
    plan = planner({"id": "few", "after": "10s", "for": "20s", "api": {"rate_limit": {"limit": 1, "window": "1h"}}})
    misbehaviour = Misbehaviour()
    found = [misbehaviour.judge(plan, "GET", ORDERS, at, at=at).status for at in (0, 1, 10 * SECOND, 11 * SECOND)]
    assert found == [None, None, None, 429]
    assert misbehaviour.judge(plan, "GET", ORDERS, 30 * SECOND, at=30 * SECOND).status is None


def test_the_limit_of_the_whole_surface_comes_before_the_rules_and_spares_tokens() -> None:
    plan = planner({"id": "flaky", "api": {"error": 503}})
    calls = [("POST", "/oauth/access_token"), ("GET", ORDERS), ("PUT", ORDERS), ("GET", "/pcm/products")]
    found = verdicts(plan, calls, limit=RateLimit(limit=2))
    assert [verdict.status for verdict in found] == [None, 503, 503, 429]
    assert found[-1].faults[0].rule == "--rate-limit"
    assert plan.hits == {"flaky": 2}


def test_calls_that_never_come_again_cost_no_memory() -> None:
    misbehaviour, plan = Misbehaviour(), planner({"id": "flaky", "probability": 0, "api": {"error": 503}})
    for number in range(10_100):
        misbehaviour.judge(plan, "GET", f"{ORDERS}/{number}", 0)
    assert len(misbehaviour._turns) == 10_000


def test_rules_about_calls_plan_no_deliveries() -> None:
    plan = planner({"id": "flaky", "api": {"error": 503}})
    assert [rule.id for rule in plan.about_calls] == ["flaky"]
    assert plan.with_rules([]).about_calls == ()
