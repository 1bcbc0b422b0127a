"""What is committed is what is read, in this process and the next."""

import asyncio
import math
from pathlib import Path
from types import MappingProxyType

import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.event import Event
from emulator.domain.integration import (
    IntegrationType,
    Scope,
    SqsConfiguration,
    StompConfiguration,
    WebhookConfiguration,
)
from emulator.domain.record import Record, RecordKind, Transaction
from emulator.domain.resource import Resource
from emulator.runtime.journal import Journal


def test_everything_survives_a_restart(with_journal, story):
    event = Event(
        identity="order:1/order.paid:1",
        key="order.paid",
        resource="order:1",
        resource_type="order",
        resource_id="id-of-order:1",
        at=42,
        payload='{"data":{"name":"Zoë"}}',
        scopes=frozenset({Scope.STORE, Scope.ORGANIZATION}),
    )
    order = Resource(
        key="order:1",
        type="order",
        id="id-of-order:1",
        document={"total": {"amount": 1.5}},
        custom={"note": "x"},
        hidden={"step": 3},
        parent="customer:1",
        occurrences={"order.paid": 1},
        created_at=1,
        touched_at=2,
    )
    webhook = story.integration(
        observes=("order.*",), managed=True, enabled=True, configuration=WebhookConfiguration(url="u", secret_key="s")
    )
    queue = story.integration(
        "queue",
        scope=Scope.ORGANIZATION,
        integration_type=IntegrationType.AWS_SQS,
        configuration=SqsConfiguration(url="u", aws_access_key_id="a", aws_secret_access_key="b", region="r"),
    )
    broker = story.integration(
        "broker",
        integration_type=IntegrationType.STOMP,
        configuration=StompConfiguration(addresses=("stomp://a:1", "stomp://b:2"), destination="/queue/q"),
    )
    records = (story.record(RecordKind.EVENT, data={"identity": event.identity}), story.planned(event))
    tx = Transaction(
        records=records,
        events=(event,),
        resources=(order,),
        integrations=(webhook, queue, broker),
        meta={"seed": 7, "chaos": {"profile": "off"}, "unused": None},
    )

    async def write(journal: Journal) -> None:
        assert (journal.next_seq, journal.next_delivery, journal.last_at) == (1, 1, 0)
        await journal.commit(tx)

    async def read(journal: Journal) -> None:
        assert (journal.next_seq, journal.next_delivery, journal.last_at) == (3, 2, records[-1].at)
        assert journal.records(after=0, limit=10) == list(records)
        assert journal.records(after=1, limit=10) == [records[1]]
        assert journal.event(event.identity) == event
        assert journal.event("order:1/order.paid:2") is None
        assert journal.shelves.get("order", order.id) == order
        assert journal.shelves.by_key("order:1") == order
        assert journal.integrations() == [webhook, queue, broker]
        assert journal.meta("seed") == 7
        assert journal.meta("chaos") == {"profile": "off"}
        assert journal.meta("unused", "absent") == "absent"

    with_journal(write)
    with_journal(read)


def test_meta_and_integrations_change_and_go(with_journal, story):
    async def use(journal: Journal) -> None:
        await journal.commit(
            Transaction(integrations=(story.integration("a"), story.integration("b")), meta={"x": 1, "y": 2})
        )
        renamed = story.integration("a", description="renamed")
        await journal.commit(
            Transaction(integrations=(renamed,), removed_integrations=("b",), meta={"x": None, "y": 3})
        )
        assert journal.integrations() == [renamed]
        assert journal.integration_keys() == {"a", "b"}
        assert journal.integration_ids()["b"] == "id-of-b"
        assert journal.meta("x") is None
        assert journal.meta("y") == 3

    with_journal(use)


def test_the_secrets_of_a_removed_integration_are_gone(with_journal, story, tmp_path):
    async def use(journal: Journal) -> None:
        secret = WebhookConfiguration(url="u", secret_key="find-me-if-you-can")
        await journal.commit(Transaction(integrations=(story.integration("a", configuration=secret),)))
        await journal.commit(Transaction(removed_integrations=("a",)))
        assert journal.integrations() == []
        await journal.erase()

    with_journal(use)
    assert b"find-me-if-you-can" not in (tmp_path / "data" / "journal.sqlite3").read_bytes()


@pytest.mark.parametrize(
    ("value", "read"),
    [
        ("lone \ud800 surrogate", "lone \ud800 surrogate"),
        (2**80, 2**80),
        (MappingProxyType({"a": (1, 2)}), {"a": [1, 2]}),
        (frozenset({"b", "a"}), ["a", "b"]),
        ({"é\u2028": [None, True, 1.5]}, {"é\u2028": [None, True, 1.5]}),
    ],
)
def test_data_that_receivers_can_send_us_is_stored(with_journal, story, value, read):
    async def use(journal: Journal) -> None:
        await journal.commit(story.one(RecordKind.CONTROL, 0, data={"value": value}))
        assert journal.records(after=0, limit=1)[0].data == {"value": read}

    with_journal(use)


def test_a_big_integer_beside_a_surrogate_stays_exact(with_journal, story):
    async def use(journal: Journal) -> None:
        await journal.commit(story.one(RecordKind.CONTROL, 0, data={"n": 2**64 - 1, "f": math.pi}))
        assert journal.records(after=0, limit=1)[0].data == {"n": 2**64 - 1, "f": math.pi}

    with_journal(use)


def test_every_kind_and_state_comes_back(with_journal, story):
    records = [story.record(kind) for kind in RecordKind]
    records += [story.record(RecordKind.CONTROL, state=state, due=1, attempt=2, copy=3) for state in DeliveryState]

    async def use(journal: Journal) -> list[Record]:
        await journal.commit(Transaction(records=tuple(records)))
        return journal.records(after=0, limit=100)

    assert with_journal(use) == records


def test_more_rows_than_one_statement_takes(with_journal, story):
    async def use(journal: Journal) -> None:
        events = tuple(story.event(n) for n in range(777))
        records = tuple(story.planned(event) for event in events)
        orders = tuple(story.order(n) for n in range(777))
        await journal.commit(Transaction(records=records, events=events, resources=orders))
        assert journal.records(after=0, limit=1_000) == list(records)
        assert journal.events(limit=1)[1] == 777
        assert journal.deliveries(limit=1_000)[1] == 777
        assert journal.shelves.made("order") == 777

    with_journal(use)


def test_events_are_found_by_key_and_resource(with_journal, story):
    async def use(journal: Journal) -> None:
        events = [story.event(n, key) for n in (1, 2, 3) for key in ("order.created", "order.paid")]
        cart = Event(
            identity="cart:1/cart.updated:1",
            key="cart.updated",
            resource="cart:1",
            resource_type="cart",
            resource_id="id-of-cart:1",
            at=1,
            payload="{}",
        )
        await journal.commit(Transaction(events=(*events, cart), resources=(story.order(2),)))
        assert journal.events(limit=2) == ([cart, events[-1]], 7)
        assert journal.events(offset=1, limit=2, newest_first=False) == (events[1:3], 7)
        assert journal.events(key_glob="order.*", limit=1) == ([events[-1]], 6)
        assert journal.events(key_glob="*.created", newest_first=False) == (events[0::2], 3)
        assert journal.events(key_glob="product.*") == ([], 0)
        assert journal.events(resource="order:2", newest_first=False) == (events[2:4], 2)
        assert journal.events(resource="id-of-order:2", key_glob="*.paid") == ([events[3]], 1)

    with_journal(use)


def test_a_saved_journal_is_looked_at_without_being_touched(with_journal, story, tmp_path: Path):
    async def write(journal: Journal) -> None:
        for tx in story.delivered(1):
            await journal.commit(tx)

    with_journal(write)
    file = tmp_path / "data" / "journal.sqlite3"
    before = file.read_bytes()

    async def look() -> None:
        for path in (file, file.parent):
            saved = Journal.read_only(path)
            assert saved.delivery(1).state is DeliveryState.SUCCEEDED
            assert len(saved.records(after=0, limit=10)) == 4
            with pytest.raises(Exception, match="opened for reading only"):
                await saved.commit(Transaction())
            await saved.close()

    asyncio.run(look())
    assert file.read_bytes() == before


def test_a_saved_copy_is_looked_at_without_anything_beside_it(with_journal, story, tmp_path: Path):
    async def write(journal: Journal) -> None:
        await journal.commit(story.delivered(1)[0])

    async def look(path: Path) -> None:
        saved = Journal.read_only(path)
        assert saved.delivery(1).job_id == "job-1"
        await saved.close()

    with_journal(write)
    copy = tmp_path / "saved" / "monday.journal"
    copy.parent.mkdir()
    copy.write_bytes((tmp_path / "data" / "journal.sqlite3").read_bytes())
    asyncio.run(look(copy))
    assert list(copy.parent.iterdir()) == [copy]


def test_a_running_journal_can_be_looked_at(with_journal, story, tmp_path):
    async def use(journal: Journal) -> None:
        await journal.commit(story.delivered(1)[0])
        looking = Journal.read_only(tmp_path / "data")
        assert looking.delivery(1).state is DeliveryState.PLANNED
        await journal.commit(story.settled(1))
        assert looking.delivery(1).state is DeliveryState.CANCELLED
        await looking.close()

    with_journal(use)


def test_erasing_counts_keeps_what_is_asked_and_goes_on_counting(with_journal, story):
    async def use(journal: Journal) -> None:
        order = story.order(1)
        for tx in story.delivered(1):
            await journal.commit(tx)
        gone = story.integration("gone")
        await journal.commit(
            Transaction(resources=(order,), integrations=(story.integration(), gone), meta={"seed": 1, "other": 2})
        )
        await journal.commit(Transaction(removed_integrations=("gone",)))
        assert journal.shelves.by_key("order:1") == order

        erased = await journal.erase(("seed",))

        counts = (erased.records, erased.events, erased.deliveries, erased.attempts)
        assert counts == (4, 1, 1, 1)
        assert (erased.resources, erased.integrations) == (1, 1)
        assert journal.meta("seed") == 1
        assert journal.meta("other") is None
        assert journal.shelves.by_key("order:1") is None
        assert journal.shelves.made("order") == 0
        assert journal.integration_keys() == set()
        assert journal.records(after=0, limit=10) == []
        assert journal.deliveries() == ([], 0)
        assert journal.events() == ([], 0)
        assert journal.attempts() == ([], 0)

        kept = story.integration("kept")
        note = story.record(RecordKind.CONTROL, data={"what": "reset"})
        await journal.erase((), then=Transaction(records=(note,), integrations=(kept,), resources=(order,)))
        assert journal.meta("seed") is None
        assert journal.integrations() == [kept]
        assert journal.records(after=0, limit=10) == [note]
        assert journal.shelves.by_key("order:1") == order
        assert journal.shelves.made("order") == 1
        # The same event may happen again.
        await journal.commit(story.delivered(1)[0])

    async def later(journal: Journal) -> None:
        assert journal.next_seq == story.seq - 2
        assert journal.next_delivery == story.number
        await journal.erase()

    async def last(journal: Journal) -> None:
        assert journal.next_seq == story.seq - 2
        assert journal.next_delivery == story.number
        assert journal.last_at == (story.seq - 3) * 1_000

    with_journal(use)
    with_journal(later)
    with_journal(last)
