"""Each expectation on deliveries, with a receiver that meets it and one that does not."""

from collections.abc import Callable
from typing import Any

import pytest

REFUSING = {"order.paid": 99}
ONCE = {"order.created": 1, "order.paid": 1}
BACKWARDS = "{id: backwards, match: {event: 'order.*'}, reorder: {mode: reverse, window: 3}}"


@pytest.mark.parametrize(
    ("expectation", "wrong", "words"),
    [
        (
            "eventually: {event: order.paid, delivered: true, within: 30m}",
            {"refuses": REFUSING},
            "the delivery of order.paid was not delivered",
        ),
        (
            "eventually: {event: order.paid, within: 1s, resource: o1, integration: shop}",
            {"refuses": ONCE},
            "the delivery of order.paid about o1 to shop came later than 1s",
        ),
        (
            "never: {event: 'order.*', delivered: false}",
            {"refuses": REFUSING},
            "1 delivery of order.* that was not delivered where none was to be",
        ),
        ("exactly: {event: order.paid, attempts: 1, count: 1}", {"refuses": ONCE}, "0 deliveries of order.paid with 1"),
        ("at_least: {event: 'order.paid', delivered: true}", {"refuses": REFUSING}, "expected at least 1"),
    ],
)
def test_a_receiver_that_answers_well_and_one_that_does_not(
    department: Callable[..., Any],
    story: Callable[..., str],
    command: Callable[..., Any],
    expectation: str,
    wrong: dict[str, Any],
    words: str,
) -> None:
    there = department()
    well = command("run", story(there, expectation, chaos=""), "--json")
    assert (well.code, well.judgement["verdict"]) == (0, "pass")
    there.refuses.update(wrong["refuses"])
    badly = command("run", story(there, expectation, chaos=""))
    assert badly.code == 4
    assert f"FAIL  {expectation.split(':')[0]}" in badly.out
    assert words in badly.out
    assert "order.paid:1 to shop" in badly.out, "the delivery that matters"
    assert "story.yaml:10:5: expect[0]" in badly.out
    assert "Verdict: fail" in badly.out
    assert "Reproduce with: epcc-emulator run story.yaml --seed 7\n" in badly.err


def test_the_order_of_arrival(
    department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any]
) -> None:
    there = department()
    expectation = "ordered: {events: [order.created, order.paid, order.fulfilled]}"
    assert command("run", story(there, expectation, chaos="")).code == 0
    backwards = command("run", story(there, expectation, chaos=BACKWARDS))
    assert backwards.code == 4
    assert "o1/order.paid:1 reached shop just before o1/order.created:1; expected order.created" in backwards.out


@pytest.mark.parametrize("after", ["order.fulfilled", "3s"])
def test_nothing_comes_afterwards(
    department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any], after: str
) -> None:
    there = department()
    expectation = f"no_more: {{event: order.paid, resource: o1, after: {after}}}"
    assert command("run", story(there, expectation, chaos="")).code == 0
    there.refuses["order.paid"] = 1
    again = command("run", story(there, expectation, chaos=""))
    assert again.code == 4
    assert "1 delivery of order.paid about o1 reached the receiver after" in again.out
    assert "attempt 2 at" in again.out


def test_what_is_not_settled_is_inconclusive(
    department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any]
) -> None:
    """The clock is the real one, and the receiver refuses what would be sent again after its time."""
    there = department(refuses=REFUSING)
    probe = f"exactly: {{probe: '{there.url}/', equals: 1}}"
    name = story(
        there,
        "eventually: {event: order.paid}",
        "at_least: {event: order.created}",
        probe,
        chaos="",
        head="clock: real\nstagger: 10ms\ntime_limit: 1s\n",
    )
    result = command("run", name, "--json")
    assert result.code == 5
    assert [one["verdict"] for one in result.judgement["findings"]] == ["inconclusive", "pass", "inconclusive"]
    assert "the time limit passed before everything was settled" in result.judgement["findings"][0]["sentence"]


def test_only_the_first_failure_is_told_where_that_is_asked_for(
    department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any]
) -> None:
    there = department()
    name = story(
        there,
        "exactly: {event: order.paid, count: 1}",
        "exactly: {event: order.paid, count: 2}",
        "exactly: {event: order.paid, count: 3}",
        chaos="",
    )
    everything = command("run", name, "--json").judgement["findings"]
    assert [one["verdict"] for one in everything] == ["pass", "fail", "fail"]
    first = command("run", name, "--json", "--exit-first")
    assert (first.code, [one["verdict"] for one in first.judgement["findings"]]) == (4, ["pass", "fail"])


def test_convergence_is_not_said_of_a_receiver_that_cannot_forget(
    department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any]
) -> None:
    there = department()
    result = command("run", story(there, f"converges: {{probe: '{there.url}/', path: $.shipments}}"), "--json")
    (finding,) = result.judgement["findings"]
    assert (result.code, finding["verdict"]) == (5, "inconclusive")
    assert "say how in the scenario: receiver: {reset: COMMAND}" in finding["sentence"]
