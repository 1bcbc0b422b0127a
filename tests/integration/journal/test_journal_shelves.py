"""The shop's shelves: a bounded cache that never says anything else than the file."""

import asyncio
from dataclasses import replace

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from emulator.domain.record import Transaction
from emulator.domain.resource import Resource
from emulator.runtime.journal import Journal
from emulator.runtime.journal.shelves import JournalShelves


def test_a_page_is_in_the_order_of_making_and_leaves_out_the_deleted(with_journal, story):
    async def use(journal: Journal) -> None:
        orders = [story.order(n) for n in (3, 1, 2)]
        for order in orders:
            await journal.commit(Transaction(resources=(order,)))
        changed = replace(orders[0], document={"total": 9})
        await journal.commit(Transaction(resources=(changed, replace(orders[1], deleted=True))))
        shelves = journal.shelves
        assert shelves.page("order") == ([changed, orders[2]], 2)
        assert shelves.page("order", newest_first=True, limit=1) == ([orders[2]], 2)
        assert shelves.page("order", offset=1) == ([orders[2]], 2)
        assert shelves.page("cart") == ([], 0)
        assert shelves.get("order", orders[1].id).deleted
        assert shelves.get("cart", orders[0].id) is None
        assert shelves.by_key("order:3") == changed
        assert shelves.made("order") == 3
        assert shelves.made("cart") == 0

    with_journal(use)


def test_a_page_of_what_belongs_to_something(with_journal, story):
    async def use(journal: Journal) -> None:
        orders = [story.order(n, parent=f"customer:{n % 2}") for n in range(6)]
        await journal.commit(Transaction(resources=tuple(orders)))
        assert journal.shelves.page("order", parent="customer:1", limit=2) == ([orders[1], orders[3]], 3)
        assert journal.shelves.page("order", parent="customer:2") == ([], 0)

    with_journal(use)


def test_made_and_deleted_in_one_transaction_and_made_again(with_journal, story):
    async def use(journal: Journal) -> None:
        order = story.order(1)
        await journal.commit(Transaction(resources=(order, replace(order, deleted=True))))
        assert (journal.shelves.made("order"), journal.shelves.page("order")[1]) == (1, 0)
        await journal.commit(Transaction(resources=(order,)))
        assert (journal.shelves.made("order"), journal.shelves.page("order")[1]) == (1, 1)

    with_journal(use)


def test_how_many_were_made_is_right_while_something_is_under_way(with_journal, story):
    async def use(journal: Journal) -> None:
        shelves = journal.shelves
        for number in range(1, 40):
            order = story.order(number)
            writing = asyncio.create_task(journal.commit(Transaction(resources=(order,), new=frozenset({order.key}))))
            while not writing.done():  # durable, but not known to be, is one of the moments between
                assert shelves.made("order") in (number - 1, number)
                await asyncio.sleep(0)
            assert shelves.made("order") == number

    with_journal(use)


def test_what_is_known_to_be_new_is_not_looked_for_in_the_file(with_journal, story):
    async def use(journal: Journal) -> None:
        shelves = journal.shelves
        shelves.made("order")
        asked: list[str] = []
        journal._db._db.set_trace_callback(asked.append)
        for number in range(1, 4):
            order = story.order(number)
            await journal.commit(Transaction(resources=(order,), new=frozenset({order.key})))
            assert (shelves.made("order"), shelves.by_key(order.key)) == (number, order)
        assert asked == []

    with_journal(use)


def test_what_was_not_there_is_found_once_it_is(with_journal, story):
    async def use(journal: Journal) -> None:
        shelves, order = journal.shelves, story.order(1)
        assert [shelves.by_key(order.key), shelves.by_key(order.key), shelves.get("order", order.id)] == [None] * 3
        await journal.commit(Transaction(resources=(order,)))
        assert [shelves.by_key(order.key), shelves.get("order", order.id)] == [order] * 2

    with_journal(use)


def test_the_cache_is_bounded(with_journal, story):
    async def use(journal: Journal) -> None:
        orders = [story.order(n) for n in range(50)]
        await journal.commit(Transaction(resources=tuple(orders)))
        small = JournalShelves(journal._db, capacity=10)
        for _ in range(2):
            assert [small.get("order", order.id) for order in orders] == orders
            assert [small.by_key(order.key) for order in orders] == orders
        assert len(small._by_key) == len(small._keys) == 10

    with_journal(use)


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(
        st.tuples(st.integers(0, 5), st.sampled_from(["write", "write as new", "delete", "get", "by_key", "made"])),
        min_size=1,
        max_size=30,
    )
)
def test_the_cache_and_the_file_never_differ(with_journal, story, steps):
    async def use(journal: Journal) -> None:
        shelves = JournalShelves(journal._db, capacity=3)
        journal._outbox._shelves = shelves
        await journal.erase()
        truth: dict[str, Resource] = {}
        for turn, (n, what) in enumerate(steps):
            order = replace(story.order(n), document={"turn": turn}, deleted=what == "delete")
            if what == "get":
                assert shelves.get("order", order.id) == truth.get(order.key)
            elif what == "by_key":
                assert shelves.by_key(order.key) == truth.get(order.key)
            elif what == "made":
                assert shelves.made("order") == len(truth)
            else:
                new = frozenset({order.key} - truth.keys()) if what == "write as new" else frozenset()
                truth[order.key] = order
                await journal.commit(Transaction(resources=(order,), new=new))
        live = [resource for resource in truth.values() if not resource.deleted]
        assert shelves.page("order") == (live, len(live))
        assert shelves.made("order") == len(truth)

    with_journal(use)
