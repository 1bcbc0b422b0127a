"""The feed: a snapshot and what follows it, whatever becomes of the server in between."""

import asyncio
import json
from collections.abc import Sequence

import httpx
import pytest

from emulator.domain.delivery import DeliveryState
from emulator.domain.record import Record, RecordKind
from tui.client import Client, Unreachable
from tui.feed import Feed
from tui.link import Link
from tui.model.statistics import Clocks
from tui.session import Session, wall_now


def document(record: Record) -> dict:
    return {
        "seq": record.seq,
        "at": record.at,
        "kind": str(record.kind),
        "delivery": record.delivery,
        "integration": record.integration,
        "attempt": record.attempt,
        "copy": record.copy,
        "state": record.state,
        "due": record.due,
        "data": record.data,
    }


def frame(record: Record) -> bytes:
    return f"id: {record.seq}\nevent: {record.kind}\ndata: {json.dumps(document(record))}\n\n".encode()


class Chunks(httpx.AsyncByteStream):
    """What a feed sends; then it stays open, ends, or breaks off."""

    def __init__(self, chunks: Sequence[bytes], end: str) -> None:
        self._chunks, self._end = chunks, end

    async def __aiter__(self):
        yield b": emulator feed\n\n"
        for chunk in self._chunks:
            yield chunk
        if self._end == "breaks":
            raise httpx.ReadError("reset by peer")
        if self._end == "open":
            await asyncio.Event().wait()


class FakeServer:
    """Answers from lists that a test fills; `feeds` are what one connection after the other gets."""

    def __init__(self) -> None:
        self.status = {"run": "first"}
        self.pages: dict[str, dict] = {}
        self.feeds: list[tuple[Sequence[bytes], str]] = []
        self.asked: list[str] = []
        self.down = False

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request.url.raw_path.decode())
        if self.down:
            raise httpx.ConnectError("refused")
        path = request.url.path
        if path.endswith("/status"):
            return httpx.Response(200, json=self.status)
        if path.endswith("/records"):
            return httpx.Response(200, json=self.pages[request.url.params.get("before", "")])
        chunks, end = self.feeds.pop(0) if self.feeds else ((), "open")
        return httpx.Response(200, stream=Chunks(chunks, end))

    def feeds_asked(self) -> list[str]:
        return [path for path in self.asked if "/feed" in path]


@pytest.fixture
def server() -> FakeServer:
    return FakeServer()


async def follow(server: FakeServer, session: Session, until) -> None:
    """Follows the server until the condition holds."""
    client = Client("http://emulator.test", transport=httpx.MockTransport(server))
    task = asyncio.create_task(Feed(client, session).run())
    try:
        async with asyncio.timeout(10):
            while not until():
                await asyncio.sleep(0)
                if task.done():
                    task.result()
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await client.aclose()


def page(records: Sequence[Record], seq: int, before: int | None = None) -> dict:
    return {"data": [document(record) for record in records], "seq": seq, "before": before}


def test_a_snapshot_and_what_follows_it(server, story):
    story.event("order:1/order.paid:1")
    story.event("order:2/order.paid:1")
    story.attempt(2)
    server.pages[""] = page(story.records[:4], seq=4)
    server.feeds = [([frame(story.records[4])], "open")]
    session = Session()
    asyncio.run(follow(server, session, lambda: len(session.window.rows) == 2 and session.window.seq == 5))
    assert session.link is Link.LIVE
    assert server.feeds_asked() == ["/_emulator/feed?after=4&brief=true"]


def test_older_deliveries_come_page_by_page(server, story):
    for n in range(1, 7):
        story.event(f"order:{n}/order.paid:1")
    server.pages = {
        "": page(story.records[8:], seq=12, before=5),
        "5": page(story.records[4:8], seq=12, before=3),
        "3": page(story.records[:4], seq=12),
    }
    session = Session()
    asyncio.run(follow(server, session, lambda: session.link is Link.LIVE))
    assert sorted(session.window.rows) == [1, 2, 3, 4, 5, 6]


def test_what_happens_to_older_ones_before_they_are_there_is_not_lost(server, story):
    for n in range(1, 5):
        story.event(f"order:{n}/order.paid:1")
    server.pages = {"": page(story.records[4:], seq=8, before=3), "3": page(story.records[:4], seq=8)}
    story.attempt(1)
    story.event("order:5/order.paid:1")
    server.feeds = [([frame(record) for record in story.records[8:]], "open")]
    session = Session()

    async def answer(request: httpx.Request) -> httpx.Response:
        async with asyncio.timeout(10):
            while request.url.params.get("before") and session.window.seq < story.seq:  # noqa: ASYNC110
                await asyncio.sleep(0)
        return server(request)

    asyncio.run(follow(answer, session, lambda: session.link is Link.LIVE))
    assert sorted(session.window.rows) == [1, 2, 3, 4, 5]
    assert session.window.rows[1].state is DeliveryState.SUCCEEDED


def test_a_page_of_older_ones_with_garbage_in_it_shows_the_rest(server, story):
    for n in range(1, 4):
        story.event(f"order:{n}/order.paid:1")
    for kind, state in ((RecordKind.SENT, DeliveryState.SENDING), (RecordKind.RELEASED, DeliveryState.PLANNED)) * 2:
        story.step(kind, 1, state=state)
    story.step(RecordKind.SENT, 1, state=DeliveryState.SENDING)
    older = page([*story.records[:2], *story.records[6:]], seq=11)
    older["data"] += ["nonsense", None, {"delivery": []}, {"delivery": 9, "seq": 0}]
    server.pages = {"": page(story.records[2:6], seq=11, before=2), "2": older}
    session = Session()
    asyncio.run(follow(server, session, lambda: session.link is Link.LIVE))
    assert sorted(session.window.rows) == [1, 2, 3]
    assert session.window.rows[1].state is DeliveryState.SENDING, "the newest step counts, also where it is a departure"
    assert session.garbage == 4


def test_older_ones_are_not_asked_for_when_there_is_no_room(server, story):
    for n in range(1, 4):
        story.event(f"order:{n}/order.paid:1")
    server.pages = {"": page(story.records, seq=6, before=1)}
    session = Session()
    session.window.capacity = 3
    asyncio.run(follow(server, session, lambda: session.link is Link.LIVE))
    assert not [path for path in server.asked if "before" in path]


def test_a_broken_connection_goes_on_where_it_broke_off(server, story):
    story.event("order:1/order.paid:1")
    story.attempt(1)
    server.pages[""] = page(story.records[:2], seq=3)
    server.pages[""]["seq"] = 2
    server.feeds = [([], "breaks"), ([frame(story.records[2])], "open")]
    session = Session()
    asyncio.run(follow(server, session, lambda: session.window.seq == 3))
    assert server.feeds_asked() == ["/_emulator/feed?after=2&brief=true"] * 2
    assert session.begun == 1, "what is known is kept"
    assert [notice.text for notice in session.notices] == [
        "the connection to http://emulator.test broke off (reset by peer)",
        "The emulator answers again",
    ]


def test_another_server_at_the_same_address_begins_anew(server, story):
    story.event("order:1/order.paid:1")
    server.pages[""] = page(story.records, seq=2)
    server.feeds = [([], "ends")]
    session = Session()

    def restarted() -> bool:
        if len(server.feeds_asked()) == 1 and server.status["run"] == "first":
            server.status = {"run": "second"}
            server.pages[""] = page([], seq=0)
        return session.begun == 2 and session.link is Link.LIVE

    asyncio.run(follow(server, session, restarted))
    assert session.window.rows == {}


def test_a_reader_that_was_too_slow_takes_a_snapshot_again(server, story):
    story.event("order:1/order.paid:1")
    server.pages[""] = page(story.records, seq=2)
    server.feeds = [([b'event: lagged\ndata: {"missed_from": 3}\n\n'], "open")]
    session = Session()
    asyncio.run(follow(server, session, lambda: session.begun == 2 and session.link is Link.LIVE))
    assert session.missed == 1
    assert len([path for path in server.asked if "/records" in path]) == 2


def test_garbage_is_passed_over_and_said_once(server, story):
    story.event("order:1/order.paid:1")
    story.attempt(1)
    server.pages[""] = page(story.records[:2], seq=2)
    garbage = [
        b"\x00\xff\xfe\n\n",
        b"data: {nonsense\n\n",
        b'data: {"seq": "x"}\n\n',
        b'data: {"seq": 9, "at": 1, "kind": "planned", "delivery": 7}\n\n',
    ]
    server.feeds = [([*garbage, frame(story.records[2])], "open")]
    session = Session()
    asyncio.run(follow(server, session, lambda: session.window.rows and session.window.rows[1].arrivals))
    assert session.garbage == 3
    assert len(session.notices) == 1
    assert "passed over" in session.notices[0].text


def test_a_server_that_is_not_there_yet_is_waited_for(server, story):
    server.down = True
    server.pages[""] = page([], seq=0)
    session = Session()

    def comes_up() -> bool:
        if session.link is Link.DOWN:
            server.down = False
        return session.link is Link.LIVE

    asyncio.run(follow(server, session, comes_up))
    assert "no emulator answers at http://emulator.test" in session.notices[0].text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("<html>", "it does not speak JSON"),
        ('{"a": [1]}', "it does not say what it is running"),
        ("[1]", "it does not say what it is running"),
    ],
)
def test_what_is_no_emulator_is_said_in_a_sentence(text, why):
    session = Session()
    asyncio.run(follow(lambda _: httpx.Response(200, text=text), session, lambda: session.link is Link.DOWN))
    assert session.link_text == f"what answers at http://emulator.test is no emulator: {why}"


def test_a_dashboard_that_has_been_closed_asks_nothing_more():
    async def late() -> None:
        client = Client("http://emulator.test")
        await client.aclose()
        await client.get("status")

    with pytest.raises(Unreachable, match="has been closed"):
        asyncio.run(late())


def test_a_reset_empties_the_window(server, story):
    story.event("order:1/order.paid:1")
    server.pages[""] = page(story.records, seq=2)
    reset = {"seq": 3, "at": 9, "kind": "control", "delivery": 0, "data": {"what": "reset"}}
    server.feeds = [([f"data: {json.dumps(reset)}\n\n".encode()], "open")]
    session = Session()
    asyncio.run(follow(server, session, lambda: session.begun == 2))
    assert session.window.rows == {}
    assert session.view.numbers == []


def test_a_saved_journal_is_told_from_its_first_record_on_and_can_be_gone_through(server, story):
    server.status = {"run": "first", "saved": True}
    for n in range(1, 4):
        story.event(f"order:{n}/order.paid:1")
    server.pages[""] = page((), seq=6)
    server.feeds = [
        ([frame(record) for record in story.records[:2]], "breaks"),
        (map(frame, story.records[2:]), "open"),
    ]
    session = Session()
    asyncio.run(follow(server, session, lambda: session.link is Link.SAVED))
    assert server.feeds_asked() == ["/_emulator/feed?after=0&brief=true", "/_emulator/feed?after=2&brief=true"]
    assert session.reel is not None
    assert len(session.reel) == 6
    session.reel.to(2)
    assert list(session.window.rows) == [1]
    session.told(story.records[5:])  # somebody writes it still
    assert session.reel.at_end


def test_what_a_snapshot_tells_is_not_happening_now(server, story):
    story.event("order:1/order.paid:1")
    story.attempt(1)
    story.event("order:2/order.paid:1")
    server.pages[""] = page(story.records[:3], seq=3)
    server.feeds = [([frame(record) for record in story.records[3:]], "open")]
    session = Session()
    asyncio.run(follow(server, session, lambda: session.window.seq == 5))
    wall = wall_now()
    now = Clocks(emulated=story.at, wall=wall)
    assert sum(session.statistics.series(now).events) == 1
    assert sum(session.statistics.series(now, wall=False).events) == 2
    latency = session.statistics.figures(now).latency
    assert latency is not None
    assert latency.most == 12_000
