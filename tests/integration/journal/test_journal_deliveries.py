"""Where deliveries stand: derived from their records, however these were batched."""

from collections.abc import Iterable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.core.projection import fold
from emulator.domain.delivery import DeliveryState as State
from emulator.domain.integration import Scope
from emulator.domain.record import RecordKind, Transaction
from emulator.runtime.journal import Journal


async def _write(journal: Journal, transactions: Iterable[Transaction], *, apart: bool) -> None:
    for tx in transactions:
        journal.append(tx)
        if apart:
            await journal.flush()
    await journal.flush()


def _life(story, name: str) -> list[Transaction]:
    event = story.event(1)
    planned = story.accepted(event, "shop", sends=2 if name.startswith("copies") else 1)
    steps = {
        "planned": [],
        "sending": [story.sent(1)],
        "succeeded": [story.sent(1), story.attempted(1)],
        "waiting": [story.sent(1), story.attempted(1, State.WAITING), story.added(1, 2)],
        "exhausted": [
            story.attempted(1, State.WAITING),
            story.added(1, 2),
            story.sent(1, 2),
            story.attempted(1, State.EXHAUSTED, 2),
        ],
        "cancelled": [story.settled(1)],
        "cancelled while it was sent": [story.sent(1), story.settled(1), story.attempted(1, State.CANCELLED)],
        "copies, one to come": [story.sent(1), story.attempted(1)],
        "copies, both ended": [story.attempted(1), story.attempted(1, copy=1)],
        "retried by hand": [story.attempted(1), story.added(1, 2)],
    }
    return [planned, *steps[name]]


@pytest.mark.parametrize("apart", [True, False])
@pytest.mark.parametrize(
    ("name", "state", "attempts", "pending", "due", "is_open"),
    [
        ("planned", State.PLANNED, 0, 1, 5, True),
        ("sending", State.SENDING, 1, 1, None, True),
        ("succeeded", State.SUCCEEDED, 1, 0, None, False),
        ("waiting", State.WAITING, 1, 1, 77, True),
        ("exhausted", State.EXHAUSTED, 2, 0, None, False),
        ("cancelled", State.CANCELLED, 0, 0, None, False),
        ("cancelled while it was sent", State.CANCELLED, 1, 0, None, False),
        ("copies, one to come", State.SUCCEEDED, 1, 1, None, True),
        ("copies, both ended", State.SUCCEEDED, 1, 0, None, False),
        ("retried by hand", State.WAITING, 1, 1, 77, True),
    ],
)
def test_a_life(with_journal, story, apart, name, state, attempts, pending, due, is_open):
    async def use(journal: Journal) -> None:
        steps = _life(story, name)
        await _write(journal, steps, apart=apart)
        row = journal.delivery(1)
        assert (row.state, row.attempts, row.pending, row.due) == (state, attempts, pending, due)
        assert row.open is is_open
        assert row.key == ("order:1/order.paid:1", "shop", 1)
        assert (row.event_key, row.resource, row.resource_type) == ("order.paid", "order:1", "order")
        assert (row.resource_id, row.job_id) == ("id-of-order:1", "job-1")
        records = [record for tx in steps for record in tx.records if record.delivery == 1]
        assert (row.created_at, row.last_at) == (records[0].at, records[-1].at)
        assert journal.records_of(1) == records
        assert list(journal.open_deliveries()) == ([(row, records)] if is_open else [])

    with_journal(use)


def test_the_end_of_a_copy_leaves_the_next_attempt_due(with_journal, story):
    async def use(journal: Journal) -> None:
        for tx in (
            story.accepted(story.event(1), "shop", sends=2),
            story.attempted(1, State.WAITING),
            story.added(1, 2),
            story.attempted(1, State.WAITING, copy=1),
        ):
            await journal.commit(tx)
        assert journal.delivery(1).due == 77
        assert journal.delivery(1).pending == 1

    with_journal(use)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_the_row_agrees_with_the_fold_of_the_records(data, story, with_journal):
    """Any legal course of several deliveries, cut into batches anywhere."""

    async def use(journal: Journal) -> None:
        story.seq, story.number = journal.next_seq, journal.next_delivery
        first = story.number
        sends = data.draw(st.lists(st.integers(1, 3), min_size=1, max_size=4))
        steps = [story.accepted(story.event(first + i), "shop", sends=n) for i, n in enumerate(sends)]
        waiting = {first + i: {(1, copy) for copy in range(n)} for i, n in enumerate(sends)}
        state = dict.fromkeys(waiting, State.PLANNED)
        for _ in range(data.draw(st.integers(0, 12))):
            number = data.draw(st.sampled_from(sorted(waiting)))
            attempt, copy = data.draw(st.sampled_from(sorted(waiting[number]) or [(0, 0)]))
            what = data.draw(st.sampled_from(["attempt", "settle", "again"]))
            if what == "settle":
                waiting[number].clear()
                state[number] = state[number] if state[number].final else State.CANCELLED
                steps.append(story.settled(number, state[number]))
            elif what == "attempt" and attempt:
                waiting[number].discard((attempt, copy))
                if copy == 0 and not state[number].final:
                    state[number] = data.draw(st.sampled_from([State.SUCCEEDED, State.EXHAUSTED]))
                steps.append(story.attempted(number, state[number], attempt, copy))
            elif what == "again" and not waiting[number] and state[number].final:
                waiting[number].add((2, 0))
                state[number] = State.WAITING
                steps.append(story.added(number, 2))
        for tx in steps:
            journal.append(tx)
            if data.draw(st.booleans()):
                await journal.flush()
        await journal.flush()
        still_open = {row.number for row, _ in journal.open_deliveries()}
        for number in waiting:
            row, view = journal.delivery(number), fold(journal.records_of(number))
            assert row.state is view.state
            assert row.pending == len(view.pending) == len(waiting[number])
            assert (number in still_open) == (bool(view.pending) or not view.state.final)

    with_journal(use)


def test_many_open_deliveries_come_in_order(with_journal, story):
    async def use(journal: Journal) -> None:
        for n in range(450):
            journal.append(story.accepted(story.event(n), "shop"))
        for number in range(1, 450, 7):
            journal.append(story.attempted(number))
        await journal.flush()
        rows = [(row.number, [record.kind for record in records]) for row, records in journal.open_deliveries()]
        assert rows == [(n, [RecordKind.PLANNED]) for n in range(1, 451) if n % 7 != 1]

    with_journal(use)


def test_pages_and_totals_by_every_filter(with_journal, story):
    async def use(journal: Journal) -> None:
        for n in range(1, 7):
            journal.append(Transaction(resources=(story.order(n),), records=(story.record(RecordKind.CONTROL),)))
            event = story.event(n, "order.paid" if n % 2 else "order.created")
            journal.append(story.accepted(event, "a", "b"))
        for number in (1, 2, 3):
            journal.append(story.attempted(number, integration="a" if number % 2 else "b"))
        journal.append(story.settled(4))
        await journal.flush()

        def numbers(**filters):
            rows, total = journal.deliveries(**filters)
            return [row.number for row in rows], total

        assert numbers(limit=2) == ([12, 11], 12)
        assert numbers(offset=10) == ([2, 1], 12)
        assert numbers(newest_first=False, limit=3) == ([1, 2, 3], 12)
        assert numbers(integration="a", limit=2) == ([11, 9], 6)
        assert numbers(event_glob="*.paid", limit=2) == ([10, 9], 6)
        assert numbers(event_glob="*.paid", integration="a") == ([9, 5, 1], 3)
        assert numbers(event_glob="cart.*") == ([], 0)
        assert numbers(state=State.SUCCEEDED) == ([3, 2, 1], 3)
        assert numbers(state=State.CANCELLED) == ([4], 1)
        assert numbers(state=State.PLANNED, limit=1) == ([12], 8)
        assert numbers(resource="order:3") == ([6, 5], 2)
        assert numbers(resource="id-of-order:3", integration="a") == ([5], 1)
        assert numbers(event="order:2/order.created:1") == ([4, 3], 2)
        assert numbers(job_id="job-7") == ([7], 1)
        assert journal.delivery("job-7").number == 7
        assert journal.delivery("job-70") is None
        assert journal.delivery(70) is None

    with_journal(use)


def test_attempts_newest_first_with_their_deliveries(with_journal, story):
    async def use(journal: Journal) -> None:
        for n, name in enumerate(("a", "b", "a"), 1):
            journal.append(story.accepted(story.event(n), name))
        journal.append(story.attempted(1, State.WAITING, integration="a"))
        journal.append(story.attempted(2, integration="b"))
        journal.append(story.attempted(3, integration="a"))
        journal.append(story.attempted(1, State.SUCCEEDED, 2, integration="a"))
        await journal.flush()

        def attempts(**filters):
            rows, total = journal.attempts(**filters)
            return [(row.delivery.job_id, row.record.attempt) for row in rows], total

        assert attempts() == ([("job-1", 2), ("job-3", 1), ("job-2", 1), ("job-1", 1)], 4)
        assert attempts(offset=1, limit=2) == ([("job-3", 1), ("job-2", 1)], 4)
        assert attempts(integration="a", limit=2) == ([("job-1", 2), ("job-3", 1)], 3)
        assert attempts(integration="nobody") == ([], 0)
        assert attempts(delivery=1) == ([("job-1", 2), ("job-1", 1)], 2)
        assert attempts(scope=Scope.STORE) == ([], 0), "whose they are is known of registered integrations only"
        ours = story.integration("b", scope=Scope.ORGANIZATION)
        journal.append(Transaction(integrations=(story.integration("a"), ours)))
        await journal.flush()
        assert attempts(scope=Scope.STORE) == ([("job-1", 2), ("job-3", 1), ("job-1", 1)], 3)
        assert attempts(scope=Scope.STORE, offset=1, limit=1) == ([("job-3", 1)], 3)
        assert attempts(scope=Scope.ORGANIZATION) == ([("job-2", 1)], 1)
        await journal.commit(Transaction(removed_integrations=("b",)))
        assert attempts(scope=Scope.ORGANIZATION) == ([("job-2", 1)], 1)
        row = journal.attempts()[0][0]
        assert row.delivery == journal.delivery(1)
        assert row.record.data["status"] == 200

    with_journal(use)


def test_a_delivery_of_an_event_from_long_ago(with_journal, story):
    async def use(journal: Journal) -> None:
        event = story.event(1)
        await journal.commit(story.accepted(event, "shop"))
        await journal.commit(Transaction(records=(story.planned(event, job=2),)))
        assert journal.delivery(2).key == (event.identity, "shop", 2)
        assert journal.event(event.identity) == event

    with_journal(use)
