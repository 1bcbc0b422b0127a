"""Recovery: whatever was journalled when the process ended is enough to go on from."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from emulator.core.projection import DeliveryView, fold
from emulator.core.scribe import Scribe
from emulator.domain.delivery import DeliveryState, HoldKind
from emulator.domain.event import Event
from emulator.domain.moment import MINUTE, SECOND
from emulator.domain.outcome import Outcome
from emulator.domain.record import Record, RecordKind

GOOD = Outcome(succeeded=True, status=200)
RULES = [
    {"id": "late", "probability": 0.4, "delay": {"distribution": "uniform", "lower": "0s", "upper": "30s"}},
    {"id": "mixed", "probability": 0.4, "reorder": {"window": 4}},
    {"id": "together", "probability": 0.3, "overlap": {"count": 2}},
    {"id": "by-hand", "probability": 0.2, "hold": {}},
    {"id": "twice", "probability": 0.3, "duplicate": {"copies": 2, "spacing": "1s"}},
    {"id": "anew", "probability": 0.2, "duplicate": {"copies": 1, "identity": "new_job"}},
    {"id": "unheard", "probability": 0.4, "ack_loss": {"times": 2}},
    {"id": "damaged", "probability": 0.3, "corrupt": "bitflip"},
    {"id": "cut", "probability": 0.3, "connection": "close_early"},
    {"id": "lost", "probability": 0.1, "drop": {}},
]


@dataclass
class Life:
    """A dispatcher at work: `steps` are what the journal takes together or not at all."""

    dispatcher: Any
    integration: Any
    answer: Any
    steps: list[list[Record]] = field(default_factory=list)

    def accept(self, event: Event) -> None:
        drafted = self.dispatcher.draft(event, [self.integration], event.at)
        self.note(drafted.records)
        self.note(self.dispatcher.admit(drafted))

    def run_until(self, limit: int | None) -> None:
        while (due := self.dispatcher.next_due) is not None and (limit is None or due < limit):
            sends, records = self.dispatcher.take_due(due, 1)
            self.note(records)
            for send in sends:
                self.note(self.dispatcher.resolve(send, self.answer(send), self.integration, started_at=due, now=due))

    def finish(self, now: int) -> None:
        """Nothing more is coming, and nobody holds anything any longer."""
        self.note(self.dispatcher.end_holds(now))
        self.run_until(None)
        while len(self.dispatcher.holdings):
            now += 60 * MINUTE
            self.note(self.dispatcher.release(None, now)[1])
            self.run_until(None)

    def note(self, records: Iterable[Record]) -> None:
        if records := list(records):
            self.steps.append(records)

    def views(self, upto: int | None = None) -> list[DeliveryView]:
        of: dict[int, list[Record]] = defaultdict(list)
        for records in self.steps[:upto]:
            for record in records:
                of[record.delivery].append(record)
        return [view for number in sorted(of) if (view := fold(of[number])) is not None]


def is_open(view: DeliveryView) -> bool:
    return not view.state.final or bool(view.pending)


@settings(max_examples=120, deadline=None)
@given(
    seed=st.integers(),
    count=st.integers(1, 15),
    failing=st.sampled_from([0.0, 0.4, 1.0]),
    rules=st.lists(st.sampled_from(RULES), unique_by=lambda rule: rule["id"]),
    cut=st.floats(0, 1),
)
def test_from_any_cut_everything_settles_and_nothing_is_lost(
    stage: Any, seed: int, count: int, failing: float, rules: list[dict[str, Any]], cut: float
) -> None:
    events = stage.life(count, resources=3, apart=SECOND // 3)
    shop, answer = stage.integration(), stage.answers(seed, failing)
    before = Life(stage.dispatcher(*rules, seed=seed), shop, answer)
    for event in events:
        before.run_until(event.at)
        before.accept(event)
    before.finish(events[-1].at)

    place = round(cut * len(before.steps))
    kept = [record for records in before.steps[:place] for record in records]
    views = before.views(place)
    known = {event.identity: event for event in events}
    now = kept[-1].at if kept else 0
    scribe = Scribe(next_seq=len(kept) + 1, last_at=now)
    after = Life(stage.dispatcher(*rules, seed=seed, scribe=scribe, next_number=len(views) + 1), shop, answer)
    after.steps = [list(records) for records in before.steps[:place]]
    for view in views:
        if is_open(view):
            after.note(after.dispatcher.restore(view.job(known[view.key.event]), view.pending, now))
            restored = after.dispatcher.job(view.key)
            assert (restored.number, restored.attempt, restored.lost) == (view.number, view.attempt, view.lost)
            assert set(restored.planned) == {(send.attempt, send.copy) for send in view.pending}
    held = [one.send.hold.kind for one in after.dispatcher.holdings]
    assert set(held) <= {HoldKind.BY_HAND}
    after.finish(now)

    assert after.dispatcher.pending == 0
    ended = after.views()
    assert len(ended) == len(views)
    for view in ended:
        assert view.state in (DeliveryState.SUCCEEDED, DeliveryState.EXHAUSTED, DeliveryState.DROPPED)
        assert not view.pending
        attempts = [(attempt.attempt, attempt.copy) for attempt in view.attempts]
        assert len(attempts) == len(set(attempts)), "an attempt has two outcomes"
        originals = [attempt for attempt, copy in attempts if copy == 0]
        assert originals == list(range(1, len(originals) + 1))
    records = [record for step in after.steps for record in step]
    assert [record.seq for record in records] == list(range(1, len(records) + 1))
    assert all(earlier.at <= later.at for earlier, later in pairwise(records))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(), count=st.integers(1, 12), failing=st.sampled_from([0.0, 0.4]), cut=st.floats(0, 1))
def test_who_goes_on_after_a_cut_ends_where_an_undisturbed_run_ends(
    stage: Any, seed: int, count: int, failing: float, cut: float
) -> None:
    """Without holds nothing depends on the lost process: the same attempts with the same outcomes."""
    rules = [rule for rule in RULES if rule["id"] in ("late", "twice", "anew", "unheard", "lost")]
    events = stage.life(count, resources=3)
    shop, answer = stage.integration(), stage.answers(seed, failing)
    life = Life(stage.dispatcher(*rules, seed=seed), shop, answer)
    for event in events:
        life.accept(event)
    planned = len(life.steps)
    life.finish(events[-1].at)

    place = planned + round(cut * (len(life.steps) - planned))
    now = life.steps[place - 1][-1].at
    again = Life(stage.dispatcher(*rules, seed=seed, scribe=Scribe(last_at=now)), shop, answer)
    again.steps = [list(records) for records in life.steps[:place]]
    for view in life.views(place):
        if is_open(view):
            event = next(event for event in events if event.identity == view.key.event)
            again.dispatcher.restore(view.job(event), view.pending, now)
    again.finish(now)
    outcomes = [
        [[(a.attempt, a.copy, a.outcome.succeeded) for a in sorted(view.attempts, key=lambda a: (a.attempt, a.copy))]
         for view in each.views()]
        for each in (life, again)
    ]  # fmt: skip
    assert outcomes[0] == outcomes[1]


def test_what_is_held_by_hand_is_still_held_and_its_copies_wait_for_it(stage: Any) -> None:
    rules = [
        {"id": "h", "hold": {}},
        {"id": "d", "duplicate": {"copies": 1, "spacing": "1s"}},
        {"id": "n", "duplicate": {"copies": 1, "spacing": "2s", "identity": "new_job"}},
    ]
    event, shop = stage.event(1), stage.integration()
    life = Life(stage.dispatcher(*rules), shop, lambda send: GOOD)
    life.accept(event)
    again = Life(stage.dispatcher(*rules), shop, lambda send: GOOD)
    for view in life.views():
        again.dispatcher.restore(view.job(event), view.pending, event.at)
    assert again.dispatcher.next_due is None
    assert again.dispatcher.settled
    again.dispatcher.release(None, event.at + MINUTE)
    sends, _ = again.dispatcher.take_due(event.at + 2 * MINUTE, 10)
    gone = [(send.delivery.job, send.copy, send.due - event.at) for send in sends]
    assert gone == [(1, 0, MINUTE), (1, 1, MINUTE + SECOND), (2, 0, MINUTE + 2 * SECOND)]


def test_what_was_reordered_is_released_by_the_restart_and_says_so(stage: Any) -> None:
    seed = next(
        seed for seed in range(50) if stage.plan({"id": "x", "reorder": {"window": 9}}, seed=seed).jobs[0].sends[0].hold
    )
    rules = [{"id": "x", "reorder": {"window": 9}}, {"id": "d", "duplicate": {"copies": 1, "spacing": "1s"}}]
    event, shop = stage.event(1), stage.integration()
    life = Life(stage.dispatcher(*rules, seed=seed), shop, lambda send: GOOD)
    life.accept(event)
    [view] = life.views()
    assert view.state is DeliveryState.HELD
    again = stage.dispatcher(*rules, seed=seed)
    released, followed = again.restore(view.job(event), view.pending, event.at)
    assert (released.kind, released.data["why"]) == (RecordKind.RELEASED, "the emulator was restarted")
    assert (released.due, released.state) == (event.at + 2 * SECOND, DeliveryState.PLANNED)
    assert (followed.copy, followed.due) == (1, event.at + 3 * SECOND)


def test_a_copy_that_is_a_job_of_its_own_goes_as_long_after_what_was_reordered_as_it_was_to(stage: Any) -> None:
    rules = [
        {"id": "x", "reorder": {"mode": "reverse", "window": 3}},
        {"id": "n", "duplicate": {"copies": 1, "spacing": "1s", "identity": "new_job"}},
    ]
    event, shop = stage.event(1), stage.integration()
    life = Life(stage.dispatcher(*rules), shop, lambda send: GOOD)
    life.accept(event)
    again = stage.dispatcher(*rules)
    for view in life.views():
        again.restore(view.job(event), view.pending, event.at)
    sends, _ = again.take_due(event.at + MINUTE, 10)
    assert [(send.delivery.job, send.due - event.at) for send in sends] == [(1, 2 * SECOND), (2, 3 * SECOND)]
