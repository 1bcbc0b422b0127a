"""Shrink: what is left of a failing run, with receivers whose mistakes are known."""

from dataclasses import replace
from typing import Any

import pytest

from emulator.core.verdict import Verdict
from emulator.harness.shrinking.frequency import Frequency
from emulator.harness.shrinking.oracle import BrokenOff, Oracle
from emulator.harness.shrinking.shrink import again, shrink
from emulator.loading.scenario_text import scenario_yaml

COUNTED = """\
integrations: [{name: shop, observes: [order.created, order.paid]}]
steps:
  - {trigger: order.created, as: o1}
  - {trigger: order.paid, of: o1}
  - {trigger: order.created, as: o2}
  - {trigger: order.paid, of: o2}
chaos: [{id: twice, match: {event: order.paid}, duplicate: {copies: 1}}]
expect:
  - exactly: {event: order.paid, delivered: true, count: 2}
"""


SEEDS: dict[Any, int] = {}
"""By the mistake that they show; each takes some seconds to find."""


def seed_that_fails(world: Any, receiver: Any) -> int:
    if receiver.mistake not in SEEDS:
        runs = ((seed, receiver.run(world.scenario(seed=seed))) for seed in range(1, 40))
        SEEDS[receiver.mistake] = next(seed for seed, run in runs if run.judgement.verdict is Verdict.FAIL)
    return SEEDS[receiver.mistake]


@pytest.mark.parametrize(
    ("mistake", "keys", "faults"),
    [
        ("last_write_wins", 2, {"delay", "duplicate", "ack_loss"}),
        ("counts_twice", 1, {"duplicate", "ack_loss"}),
        ("races", 2, {"overlap"}),
        ("chokes", 1, {"payload"}),
    ],
)
def test_a_mistake_is_brought_to_the_fewest_events_and_one_fault(
    world: Any, mistake: str, keys: int, faults: set[str]
) -> None:
    receiver = world.receiver(mistake)
    seed = seed_that_fails(world, receiver)
    receiver.played.clear()
    shrunk = world.shrunk(receiver, seed=seed)
    [pin] = shrunk.draft.pins
    assert pin.fault in faults
    assert len(shrunk.draft.observed) <= keys
    assert len(shrunk.draft.commands) <= 2
    assert shrunk.draft.events <= 3
    assert shrunk.sure
    assert shrunk.draft.spaced
    assert (shrunk.frequency.failed, shrunk.frequency.runs) == (1, 1)
    assert shrunk.runs < 80
    document = shrunk.drafting.document(shrunk.draft)
    assert document["expect"] == [{"converges": {"probe": "http://127.0.0.1:1/state"}}], "it is what failed"
    assert document["integrations"][0]["secret_key"] == "mine", "what is the scenario's own stays"
    left = receiver.run(world.scenario(scenario_yaml(document), seed=seed))
    assert left.judgement.verdict is Verdict.FAIL
    for place in range(len(shrunk.draft.pins)):
        less = replace(shrunk.draft, pins=shrunk.draft.pins[:place] + shrunk.draft.pins[place + 1 :])
        assert not fails(world, receiver, shrunk, less, seed)


def fails(world: Any, receiver: Any, shrunk: Any, draft: Any, seed: int) -> bool:
    text = scenario_yaml(shrunk.drafting.document(draft))
    return bool(receiver.run(world.scenario(text, seed=seed)).judgement.verdict is Verdict.FAIL)


def test_no_candidate_is_played_twice_and_the_same_case_gives_the_same(world: Any) -> None:
    seed = seed_that_fails(world, world.receiver("last_write_wins"))
    runs = []
    for _ in range(2):
        receiver = world.receiver("last_write_wins")
        case, scenario = world.case(receiver, seed=seed)
        receiver.played.clear()
        found = shrink(receiver, case, scenario, world.fixtures, Frequency(failed=1, runs=1), environment={}, repeat=0)
        assert found is not None
        runs.append((found.draft, [(one.rules, one.steps, one.integrations) for one in receiver.played]))
    assert runs[0] == runs[1]
    for place, one in enumerate(runs[0][1]):
        assert one not in runs[0][1][:place]


def test_one_that_fails_now_and_then_is_asked_until_it_does(world: Any) -> None:
    """It makes its mistake in every other run only."""
    seed = seed_that_fails(world, world.receiver("last_write_wins"))
    receiver = world.receiver("last_write_wins", falters=lambda run: run % 2 == 1)
    case, scenario = world.case(receiver, seed=seed)
    often = again(receiver, case, scenario, 4)
    assert (often.verdict, often.frequency.failed, often.frequency.flaky) == (Verdict.FAIL, 2, True)
    shrunk = shrink(receiver, case, scenario, world.fixtures, often.frequency, environment={}, repeat=4)
    assert shrunk is not None
    assert len(shrunk.draft.pins) == 1
    assert str(shrunk.frequency) == "2 of 4 times"


@pytest.mark.parametrize(("failed", "runs", "patience"), [(1, 1, 1), (10, 10, 1), (0, 5, 1), (5, 10, 6), (1, 50, 25)])
def test_patience_grows_with_rarity(failed: int, runs: int, patience: int) -> None:
    assert Frequency(failed=failed, runs=runs).patience == patience


def test_when_the_time_is_up_the_smallest_so_far_is_what_there_is(world: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    seed = seed_that_fails(world, world.receiver("last_write_wins"))
    now = 0.0
    monkeypatch.setattr("time.monotonic", lambda: now)

    def tick(_run: int) -> bool:
        nonlocal now
        now += 1
        return True

    receiver = world.receiver("last_write_wins", falters=tick)
    case, scenario = world.case(receiver, seed=seed)
    often = Frequency(failed=1, runs=1)
    found = shrink(receiver, case, scenario, world.fixtures, often, environment={}, time_limit=3)
    assert found is not None
    assert not found.sure
    assert len(found.draft.pins) > 1
    assert found.draft.events < found.whole.events
    assert found.frequency.failed == 1
    assert shrink(receiver, case, scenario, world.fixtures, often, environment={}, time_limit=-1) is None


def test_what_fails_for_want_of_events_is_no_smaller_case(world: Any) -> None:
    """Two payments are expected. With one of them gone there is one, and that is nobody's mistake."""

    class Counting:
        played: list[Any] = []  # noqa: RUF012

        def run(self, scenario: Any, *, plan: Any = None) -> Any:
            schedule = plan or world.planned(scenario)
            paid = [send for send in schedule.sends if schedule.event(send.event).key == "order.paid"]
            return world.tried_with(scenario, lambda _: len(paid) != 2)

    receiver = Counting()
    scenario = world.scenario(COUNTED)
    case, _ = world.case(receiver, text=COUNTED)
    found = shrink(receiver, case, scenario, world.fixtures, Frequency(failed=1, runs=1), environment={})  # type: ignore[arg-type]
    assert found is not None
    assert len(found.draft.pins) == 1
    assert [command.act.key for command in found.draft.commands if command.act.key == "order.paid"] == [
        "order.paid"
    ] * 2


def test_a_receiver_that_is_wrong_without_faults_keeps_its_story(world: Any) -> None:
    class Wrong:
        def run(self, scenario: Any, *, plan: Any = None) -> Any:
            return world.tried_with(scenario, lambda _: True)

    scenario = world.scenario(COUNTED)
    case, _ = world.case(Wrong(), text=COUNTED)
    found = shrink(Wrong(), case, scenario, world.fixtures, Frequency(failed=1, runs=1), environment={})  # type: ignore[arg-type]
    assert found is not None
    assert found.draft.pins == ()
    assert len(found.draft.commands) == 4


def test_of_two_things_that_are_wrong_the_first_is_kept(world: Any) -> None:
    """The other one would do with as little, and is another mistake."""
    both = COUNTED.replace("chaos: [", "chaos: [{id: late, match: {event: order.created}, delay: 10s}, ")
    both += '  - converges: {probe: "http://127.0.0.1:1/state"}\n'
    twice, last = world.receiver("counts_twice"), world.receiver("last_write_wins")

    class Both:
        def run(self, scenario: Any, *, plan: Any = None) -> Any:
            wrong = [one.run(scenario, plan=plan).judgement.verdict is Verdict.FAIL for one in (twice, last)]
            return world.tried_with(scenario, wrong.__getitem__)

    case, scenario = world.case(Both(), text=both)
    found = shrink(Both(), case, scenario, world.fixtures, Frequency(failed=1, runs=1), environment={})  # type: ignore[arg-type]
    assert found is not None
    assert [pin.fault for pin in found.draft.pins] == ["duplicate"]


def test_a_case_that_is_fixed_or_fails_otherwise_is_told_apart(world: Any) -> None:
    seed = seed_that_fails(world, world.receiver("last_write_wins"))
    case, scenario = world.case(world.receiver("last_write_wins"), seed=seed)
    fixed = again(world.receiver("last_write_wins", falters=lambda _: False), case, scenario, 3)
    assert (fixed.verdict, fixed.frequency.failed, fixed.frequency.runs) == (Verdict.PASS, 0, 3)

    class Otherwise:
        def run(self, scenario: Any, *, plan: Any = None) -> Any:
            assert plan == case.plan, "it is run by its plan"
            return world.tried_with(scenario, lambda place: place == 0)

    other = again(Otherwise(), case, scenario)  # type: ignore[arg-type]
    assert (other.verdict, other.frequency.failed) == (Verdict.FAIL, 0)


def test_the_oracle_says_when_it_is_enough(world: Any) -> None:
    shrunk = world.shrunk(receiver := world.receiver("counts_twice"), seed=seed_that_fails(world, receiver))
    oracle = Oracle(runner=receiver, drafting=shrunk.drafting, environment={}, whole=shrunk.whole, enough=lambda: True)
    with pytest.raises(BrokenOff):
        oracle.fails(shrunk.draft)
    assert not oracle.fails(replace(shrunk.draft, commands=())), "what cannot be played takes no time"
