"""The feed's bytes as events: cut anywhere, with whatever somebody put between them."""

import time
from collections.abc import Sequence
from itertools import pairwise

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.api.documents import record_document
from emulator.core.event_stream import OVERSIZED, EventStream, ServerSent, parse_stream, record_of
from emulator.domain.delivery import DeliveryState
from emulator.domain.errors import InvalidInput
from emulator.domain.record import Record, RecordKind

RECORD = Record(
    seq=7,
    at=1_767_225_600_000_000,
    kind=RecordKind.ATTEMPTED,
    delivery=3,
    integration="shop",
    attempt=2,
    copy=1,
    state=DeliveryState.WAITING,
    due=1_767_225_605_000_000,
    data={"succeeded": False, "status": None, "error": "no 🦊", "processing_time": 0.25, "started_at": 5},
)
LINES = ("data: x", "data:y", "data", "event: sent", ": a remark", "id: 4", "nonsense", "nonsense: x", "", "", "å: ø")


def told(chunks: Sequence[bytes], **limits: int) -> list[tuple[str, str, bool]]:
    stream = EventStream(**limits)
    return [(event.name, event.data, event.comment) for chunk in chunks for event in stream.feed(chunk)]


def cut(data: bytes, places: Sequence[int]) -> list[bytes]:
    edges = sorted({0, len(data), *(place % (len(data) + 1) for place in places)})
    return [data[start:end] for start, end in pairwise(edges)]


def test_events_end_at_blank_lines() -> None:
    stream = b': hello\n\nid: 4\nevent: sent\ndata: {"a":\ndata: 1}\n\ndata: x\n\nevent: empty\n\ndata: unfinished\n'
    assert told([stream]) == [("message", "hello", True), ("sent", '{"a":\n1}', False), ("message", "x", False)]
    assert next(parse_stream([stream[:9], stream[9:]])) == ServerSent(data="hello", comment=True)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_as_they_like(end: str) -> None:
    stream = "\ufeffevent: sent\ndata: å\n\n: alive\n\ndata: 2\n\n".replace("\n", end).encode()
    expected = [("sent", "å", False), ("message", "alive", True), ("message", "2", False)]
    assert told([stream]) == expected
    assert told([stream[place : place + 1] for place in range(len(stream))]) == expected


@given(
    lines=st.lists(st.sampled_from(LINES), max_size=40),
    ends=st.lists(st.sampled_from(["\n", "\r\n", "\r"]), min_size=1, max_size=5),
    places=st.lists(st.integers(0, 10_000), max_size=12),
)
def test_it_does_not_matter_where_the_stream_is_cut(lines: list[str], ends: list[str], places: list[int]) -> None:
    text = "".join(line + ends[place % len(ends)] for place, line in enumerate(lines))
    data = text.encode()
    whole = told([data])
    assert told(cut(data, places)) == whole
    assert told([data[place : place + 1] for place in range(len(data))]) == whole
    if len(set(ends)) == 1:  # a mixture may bring a return and a feed together, which are one end then
        assert whole == told(["".join(f"{line}\n" for line in lines).encode()])


@given(
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=8),
    gaps=st.lists(st.integers(2, 4), min_size=1, max_size=3),
    places=st.lists(st.integers(0, 500), max_size=12),
)
def test_of_an_event_that_is_too_long_nothing_is_kept(sizes: list[int], gaps: list[int], places: list[int]) -> None:
    stream = b""
    for place, size in enumerate(sizes):
        stream += b"data:" + b"x" * size + b"\n" * gaps[place % len(gaps)]
    expected = [
        (OVERSIZED, "an event of more than 25 bytes was left out", False)
        if size > 20
        else ("message", "x" * size, False)
        for size in sizes
    ]
    assert told(cut(stream, places), most=25) == expected
    assert told([stream[place : place + 1] for place in range(len(stream))], most=25) == expected


def test_what_is_too_long_is_not_held_in_memory() -> None:
    stream = EventStream(most=1000)
    found = [event.name for _ in range(100) for event in stream.feed(b"x" * 500)]
    assert found == [OVERSIZED]
    assert len(stream._open) < 1000
    assert stream.feed(b"\n\ndata: on we go\n\n") == [ServerSent(data="on we go")]


def test_bytes_that_are_no_text_become_marks() -> None:
    assert told([b"data: \xff\xfe!\n\n"]) == [("message", "\ufffd\ufffd!", False)]


def test_a_record_comes_back_from_the_feeds_json() -> None:
    assert record_of(orjson.dumps(record_document(RECORD)).decode()) == RECORD


@pytest.mark.parametrize("text", ["", "{", "[]", "null", "3", '"seq"', "{} {}", "\x00"])
def test_what_is_no_record_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"^(the feed sent something that is no record|a record of the feed lacks)"):
        record_of(text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("seq", "7"),
        ("seq", None),
        ("at", 1.5),
        ("kind", "unheard of"),
        ("kind", []),
        ("delivery", None),
        ("integration", 3),
        ("attempt", "2"),
        ("copy", {}),
        ("state", "gone"),
        ("due", "soon"),
        ("data", []),
        ("data", None),
    ],
)
def test_a_record_with_a_value_of_another_kind_is_refused(name: str, value: object) -> None:
    document = record_document(RECORD)
    with pytest.raises(InvalidInput) as refused:
        record_of(orjson.dumps({**document, name: value}).decode())
    assert len(refused.value.sentence) < 140


@pytest.mark.parametrize(
    ("name", "value"),
    [("succeeded", 1), ("status", "200"), ("error", 5), ("processing_time", None), ("started_at", "")],
)
def test_a_record_that_does_not_say_what_its_kind_says_is_refused(name: str, value: object) -> None:
    document = record_document(RECORD)
    for data in (
        {**document["data"], name: value},
        {key: document["data"][key] for key in document["data"]} | {name: []},
    ):
        with pytest.raises(InvalidInput, match="values of other types"):
            record_of(orjson.dumps({**document, "data": data}).decode())
    for kind in ("planned", "event"):
        with pytest.raises(InvalidInput, match="values of other types"):
            record_of(orjson.dumps({**document, "kind": kind}).decode())


@pytest.mark.parametrize("name", ["seq", "at", "kind", "delivery"])
def test_a_record_without_what_every_record_has_is_refused(name: str) -> None:
    document = record_document(RECORD)
    del document[name]
    with pytest.raises(InvalidInput, match=f"lacks '{name}'"):
        record_of(orjson.dumps(document).decode())


def test_a_brief_record_leaves_out_what_is_as_usual() -> None:
    assert record_of('{"seq":1,"at":2,"kind":"notice","delivery":0}') == Record(1, 2, RecordKind.NOTICE, data={})


def test_a_busy_second_of_records_costs_a_fraction_of_a_core() -> None:
    document = orjson.dumps(record_document(RECORD))
    stream = b"".join(b"id: %d\nevent: attempted\ndata: %s\n\n" % (seq, document) for seq in range(8_000))
    chunks = [stream[place : place + 65_536] for place in range(0, len(stream), 65_536)]
    spent = []
    for _ in range(3):
        begun = time.process_time()
        records = [record_of(event.data) for event in parse_stream(chunks)]
        spent.append(time.process_time() - begun)
    assert len(records) == 8_000
    assert min(spent) < 0.25, f"{min(spent):.3f} s of processor time for 8,000 records"
    print(f"{min(spent) * 1000:.0f} ms")
