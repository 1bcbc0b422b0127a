"""The snapshot that a view begins with, and the feed that goes on where it ends."""

import asyncio
from collections.abc import Callable
from typing import Any

import orjson
import pytest

from emulator.api.brief import LONGEST, brief_document
from emulator.api.documents import record_document
from emulator.api.feed import frames
from emulator.core.event_stream import EventStream, record_of
from emulator.domain.record import Record, RecordKind
from emulator.runtime.collector import not_looking
from tui.model.row import Row, planned_row, stepped

Scenario = Callable[..., None]
HOOK = {"url": "http://127.0.0.1:9/hook"}


async def _all_pages(api: Any, limit: int, **more: Any) -> tuple[list[dict[str, Any]], list[list[dict[str, Any]]]]:
    pages: list[dict[str, Any]] = []
    asked: dict[str, Any] = {"limit": limit, **more}
    while True:
        page = await api.ok("GET", "/_emulator/records", params=asked)
        pages.append(page)
        if page["before"] is None:
            return pages, [page["data"] for page in pages]
        asked["before"] = page["before"]


def _rows(documents: list[dict[str, Any]]) -> dict[int, Row]:
    """As the dashboard makes them; how long an answer took, to the microsecond."""
    rows: dict[int, Row] = {}
    for document in documents:
        data = document.get("data", {})
        if "processing_time" in data:
            data["processing_time"] = round(data["processing_time"], 6)
        record = record_of(orjson.dumps(document).decode())
        if record.kind is RecordKind.PLANNED:
            rows[record.delivery] = planned_row(record)
        elif record.delivery:
            rows[record.delivery] = stepped(rows[record.delivery], record)
    return rows


def _numbers(page: list[dict[str, Any]]) -> list[int]:
    return sorted({record["delivery"] for record in page} - {0})


def test_pages_hold_every_record_of_their_deliveries_and_the_events(with_api: Scenario) -> None:
    async def scenario(api: Any) -> None:
        await api.register()
        for _ in range(4):
            await api.ok("POST", "/_emulator/trigger", {"key": "order.paid"})
        await api.ok("POST", "/_emulator/settle", {})
        everything = [record_document(record) for record in api.emulator.journal.records(after=0, limit=10_000)]
        pages, records = await _all_pages(api, 3)
        assert [_numbers(page) for page in records] == [[6, 7, 8], [3, 4, 5], [1, 2]]
        assert {page["seq"] for page in pages} == {everything[-1]["seq"]}
        assert {page["history_begins"] for page in pages} == {1}
        for page in records:
            assert [record["seq"] for record in page] == sorted({record["seq"] for record in page})
            assert {record["kind"] for record in page} - {"event"} == {"planned", "sent", "attempted", "added"}
            known = {record["data"]["identity"] for record in page if record["kind"] == "event"}
            assert {record["data"]["event"] for record in page if record["kind"] == "planned"} <= known
        shown = {record["seq"]: record for page in records for record in page}
        wanted = {record["seq"]: record for record in everything if record["delivery"] or record["kind"] == "event"}
        assert shown == wanted, "with all pages, everything about deliveries and events is there, as in the feed"

    with_api(scenario)


def test_the_feed_goes_on_where_the_snapshot_ends(with_api: Scenario) -> None:
    async def scenario(api: Any) -> None:
        await api.register()
        await api.ok("POST", "/_emulator/trigger", {"key": "order.created"})
        page = await api.ok("GET", "/_emulator/records")
        stream = frames(api.emulator.journal, api.emulator.bus, page["seq"])
        await anext(stream)
        await api.ok("POST", "/_emulator/settle", {})
        following = EventStream().feed(await anext(stream))
        assert record_of(following[0].data).seq == page["seq"] + 1
        await stream.aclose()

    with_api(scenario)


def test_without_deliveries_the_events_are_there(with_api: Scenario) -> None:
    async def scenario(api: Any) -> None:
        nothing = await api.ok("GET", "/_emulator/records")
        assert nothing == {"seq": 0, "data": [], "before": None, "history_begins": 0}
        await api.ok("POST", "/_emulator/trigger", {"key": "order.created", "count": 50})
        page = await api.ok("GET", "/_emulator/records")
        assert len(page["data"]) > 50
        assert {record["kind"] for record in page["data"]} == {"event"}
        few = await api.ok("GET", "/_emulator/records", params={"limit": 1})
        assert few["data"] == page["data"][-4:], "the newest, so that they do not grow without bounds"

    with_api(scenario)


def test_an_event_that_was_delivered_later_comes_with_its_delivery(with_api: Scenario) -> None:
    async def scenario(api: Any) -> None:
        told = await api.ok("POST", "/_emulator/trigger", {"key": "order.created"})
        identity = told["events"][0]["identity"]
        await api.register(observes=["customer.created"])
        await api.ok("POST", "/_emulator/trigger", {"key": "customer.created", "count": 20})
        await api.ok("POST", "/_emulator/resend", {"event": identity, "integration": "Orders"})
        await api.ok("POST", "/_emulator/resend", {"event": identity, "integration": "Orders", "new_job": True})
        page = await api.ok("GET", "/_emulator/records", params={"limit": 2})
        assert _numbers(page["data"]) == [21, 22]
        assert page["data"][0]["data"]["identity"] == identity

    with_api(scenario)


@pytest.mark.parametrize("seen", [("before", "0"), ("before", "x"), ("limit", "0"), ("limit", "1001"), ("brief", "1")])
def test_what_cannot_be_asked_is_refused(with_api: Scenario, seen: tuple[str, str]) -> None:
    async def scenario(api: Any) -> None:
        (error,) = await api.errors(422, "GET", "/_emulator/records", params=dict([seen]))
        assert error["source"] == seen[0]
        assert "must be" in error["detail"]

    with_api(scenario)


def test_a_brief_record_is_a_record_without_what_rows_do_not_need(with_api: Scenario) -> None:
    async def scenario(api: Any) -> None:
        await api.register()
        for rule in (
            {"id": "cut", "corrupt": {"mode": "truncate"}},
            {"id": "mixed", "reorder": {"window": 3}},
            {"id": "twice", "duplicate": {"copies": 2}},
        ):
            await api.ok("POST", "/_emulator/chaos", rule)
        await api.ok("POST", "/_emulator/trigger", {"key": "order.paid", "count": 5})
        await api.ok("POST", "/_emulator/settle", {})
        long = await api.ok("GET", "/_emulator/records")
        short = await api.ok("GET", "/_emulator/records", params={"brief": "true"})
        assert [record["seq"] for record in short["data"]] == [record["seq"] for record in long["data"]]
        text = orjson.dumps(short).decode()
        assert "treatments" not in text
        assert '"group"' not in text
        sizes = [len(orjson.dumps(page["data"])) / len(page["data"]) for page in (long, short)]
        print(f"{sizes[0]:.0f} bytes a record, {sizes[1]:.0f} in brief")
        assert sizes[1] < 0.8 * sizes[0]
        rows = [_rows(page["data"]) for page in (long, short)]
        assert rows[0] == rows[1], "rows are the same"
        assert any(row.faults for row in rows[0].values())

    with_api(scenario)


def test_long_sentences_are_cut_in_brief() -> None:
    note = {"rule": "r", "fault": "delay", "detail": "å" * 500}
    record = Record(
        seq=1,
        at=1,
        kind=RecordKind.ATTEMPTED,
        data={"error": "x" * 500, "faults": [note], "body": "y", "processing_time": 0.5},
    )
    data = brief_document(record)["data"]
    assert data["error"] == "x" * (LONGEST - 1) + "…"
    assert len(data["faults"][0]["detail"]) == LONGEST
    assert "body" not in data
    assert record.data["error"] == "x" * 500, "the record itself stays as it is"
    assert note["detail"] == "å" * 500


def test_the_feed_can_be_brief(with_api: Scenario) -> None:
    async def scenario(api: Any) -> None:
        await api.register()
        await api.ok("POST", "/_emulator/chaos", {"id": "cut", "corrupt": {"mode": "truncate"}})
        await api.ok("POST", "/_emulator/trigger", {"key": "order.created"})
        stream = frames(api.emulator.journal, api.emulator.bus, 0, document=brief_document)
        await anext(stream)
        told = EventStream().feed(await anext(stream))
        assert [record_of(event.data) for event in told]
        assert not any("treatments" in event.data for event in told)
        await stream.aclose()
        (error,) = await api.errors(422, "GET", "/_emulator/feed", params={"brief": "yes"})
        assert error["source"] == "brief"

    with_api(scenario)


def test_a_page_does_not_hold_up_the_loop(with_api: Scenario) -> None:
    async def scenario(api: Any) -> None:
        await api.register()
        await api.ok("POST", "/_emulator/trigger", {"key": "order.paid", "count": 1_000})
        await api.ok("POST", "/_emulator/settle", {"time_limit": 60})
        loop = asyncio.get_running_loop()
        late: list[float] = []
        done = asyncio.Event()

        async def beat() -> None:
            while not done.is_set():
                due = loop.time() + 0.001
                await asyncio.sleep(0.001)
                late.append(loop.time() - due)

        beating = asyncio.create_task(beat())
        with not_looking():  # nor does the server's process, or hardly
            for _ in range(20):
                answer = await api("GET", "/_emulator/records", params={"limit": 500, "brief": "true"})
        done.set()
        await beating
        assert len(answer.json()["data"]) > 2_000
        late.sort()
        print(f"late {late[len(late) // 2] * 1000:.1f} ms, at most {late[-1] * 1000:.1f} ms")
        assert late[len(late) * 9 // 10] < 0.015

    with_api(scenario, retry_waits=())
