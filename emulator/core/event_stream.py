"""Event stream: the bytes of the server's feed as events, and an event's text as the record that it tells of."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import NoneType
from typing import Any

import orjson

from emulator.domain.delivery import DeliveryState
from emulator.domain.errors import InvalidInput
from emulator.domain.record import Record, RecordKind

MOST = 16 * 1024 * 1024
"""The bytes that one event may have."""
OVERSIZED = "oversized"
"""The name of the event that stands for one that was longer."""
_TEXT, _NUMBER = (str,), (int,)
_KINDS: Mapping[str, RecordKind] = {str(kind): kind for kind in RecordKind}
_STATES: Mapping[str, DeliveryState] = {state.value: state for state in DeliveryState}
_SAID: Mapping[RecordKind, tuple[tuple[str, tuple[type, ...]], ...]] = {
    RecordKind.EVENT: tuple((name, _TEXT) for name in ("identity", "key", "resource", "resource_id")),
    RecordKind.PLANNED: (
        *((name, _TEXT) for name in ("event", "event_key", "resource", "integration", "job_id")),
        ("job", _NUMBER),
    ),
    RecordKind.ATTEMPTED: (
        ("succeeded", (bool,)),
        ("status", (int, NoneType)),
        ("error", (str, NoneType)),
        ("processing_time", (float, int)),
        ("started_at", _NUMBER),
    ),
}
"""What a record of this kind says in any case, which readers count on."""
_BOM = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSent:
    """One server-sent event; `comment` is one of the lines that keep the connection alive."""

    name: str = "message"
    data: str = ""
    comment: bool = False


class EventStream:
    """Takes the stream in chunks, cut anywhere, and answers with the events that each of them completes.

    What the format does not know is passed over, as the format asks for. Of an event above `most` bytes nothing is
    kept: an OVERSIZED one stands for it, whose data is a sentence.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._open = bytearray()  # the beginning of an event
        self._skipping = False
        self._returned = False  # whether the last line ended in a carriage return, which a line feed may belong to
        self._begun = False

    def feed(self, chunk: bytes) -> list[ServerSent]:
        """The events that end in this chunk, in order."""
        if not chunk:
            return []
        whole = self._open
        searched = max(0, len(whole) - 1)
        whole += self._with_line_feeds(chunk)
        if not self._begun and len(whole) >= len(_BOM):
            self._begun = True
            if whole.startswith(_BOM):
                del whole[: len(_BOM)]
        if not self._skipping and whole.startswith(b"\n"):
            del whole[: len(whole) - len(whole.lstrip(b"\n"))]
            searched = 0
        end = whole.rfind(b"\n\n", searched)
        found: list[ServerSent] = []
        if end >= 0:
            frames = bytes(whole[:end]).split(b"\n\n")
            del whole[: end + 2]
            if self._skipping:
                frames[0] = b""
                self._skipping = False
            for frame in frames:
                if len(frame.strip(b"\n")) > self._most:
                    found.append(self._oversized())
                else:
                    _read(frame, found)
        if self._skipping:
            del whole[:-1]  # its last byte may be the first half of the blank line
        elif len(whole) > self._most + 1:
            found.append(self._oversized())
            self._skipping = True
            del whole[:-1]
        return found

    def _with_line_feeds(self, chunk: bytes) -> bytes:
        if self._returned and chunk.startswith(b"\n"):
            self._returned = False
            chunk = chunk[1:]
        if chunk:
            self._returned = chunk.endswith(b"\r")
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n") if b"\r" in chunk else chunk

    def _oversized(self) -> ServerSent:
        return ServerSent(name=OVERSIZED, data=f"an event of more than {self._most} bytes was left out")


def parse_stream(chunks: Iterable[bytes]) -> Iterator[ServerSent]:
    """The events of a stream, each as soon as it is complete."""
    stream = EventStream()
    for chunk in chunks:
        yield from stream.feed(chunk)


def _read(frame: bytes, found: list[ServerSent]) -> None:
    """One event, and the comments within it, which come first."""
    name = "message"
    data: list[str] = []
    for line in frame.decode(errors="replace").split("\n"):
        field, _, value = line.partition(":")
        if field == "data":
            data.append(value.removeprefix(" "))
        elif field == "event":
            name = value.removeprefix(" ") or "message"
        elif field == "" and line:
            found.append(ServerSent(data=value.strip(), comment=True))
    if data:
        found.append(ServerSent(name=name, data="\n".join(data)))


def record_of(text: str) -> Record:
    """The record that a feed's JSON describes. Raises InvalidInput for anything else."""
    try:
        document = orjson.loads(text)
    except ValueError:
        raise InvalidInput(f"the feed sent something that is no record: {_short(text)}") from None
    return recorded(document)


def recorded(document: Any) -> Record:
    """The record that a document describes; a brief one leaves out what is as it usually is.

    Raises InvalidInput for anything else.
    """
    try:
        asked = document.get
        state = asked("state")
        record = Record(
            document["seq"],
            document["at"],
            _KINDS[document["kind"]],
            document["delivery"],
            asked("integration"),
            asked("attempt", 0),
            asked("copy", 0),
            None if state is None else _STATES[state],
            asked("due"),
            asked("data", {}),
        )
    except KeyError as error:
        lacking = error.args[0] in ("seq", "at", "kind", "delivery")
        what = f"a record of the feed lacks {error}" if lacking else f"the feed sent an unknown word {error}"
        raise InvalidInput(what) from None
    except (TypeError, AttributeError):
        raise InvalidInput(f"the feed sent something that is no record: {_short(str(document))}") from None
    if not _plausible(record):
        raise InvalidInput(f"the feed sent a record with values of other types: {_short(str(document))}")
    return record


def _plausible(record: Record) -> bool:
    """Whether its values have the types that a reader counts on."""
    return (
        type(record.seq) is int
        and type(record.at) is int
        and type(record.delivery) is int
        and type(record.attempt) is int
        and type(record.copy) is int
        and (record.integration is None or type(record.integration) is str)
        and (record.due is None or type(record.due) is int)
        and type(record.data) is dict
        and _says_enough(record.data, _SAID.get(record.kind, ()))
    )


def _says_enough(data: Mapping[str, Any], wanted: Iterable[tuple[str, tuple[type, ...]]]) -> bool:
    for name, kinds in wanted:  # noqa: SIM110 - a generator takes twice the time, for every record
        if type(data.get(name)) not in kinds:
            return False
    return True


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}…")
