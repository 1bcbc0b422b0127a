"""Brief: a record with what a row of a list needs, and nothing that grows with what rules do."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emulator.api.documents import record_document
from emulator.domain.record import Record, RecordKind

LONGEST = 160
"""Characters of a sentence that are kept."""
_HOLD = ("kind", "rule", "until")
_USUAL: Mapping[str, Any] = {"integration": None, "attempt": 0, "copy": 0, "state": None, "due": None, "data": {}}


def brief_document(record: Record) -> dict[str, Any]:
    """The record as in the feed, but for: how messages are treated, what held sends wait for, faults that are said
    with the delivery already, the ends of long sentences, and values that a reader assumes where none stand."""
    document = record_document(record)
    data: dict[str, Any] = document["data"]
    match record.kind:
        case RecordKind.PLANNED | RecordKind.ADDED:
            known = data.get("faults", ())
            data["sends"] = [_send(send, known) for send in data["sends"]]
        case RecordKind.SENT:
            data.clear()
        case RecordKind.ATTEMPTED:
            data["processing_time"] = round(data["processing_time"], 6)
    for name in ("error", "why", "text"):
        if isinstance(data.get(name), str):
            data[name] = _cut(data[name])
    if data.get("faults"):
        data["faults"] = _faults(data["faults"])
    return {name: value for name, value in document.items() if name not in _USUAL or value != _USUAL[name]}


def _send(send: Mapping[str, Any], known: Sequence[Mapping[str, str]]) -> dict[str, Any]:
    shown = {"attempt": send["attempt"], "copy": send["copy"], "due": send["due"]}
    if hold := send.get("hold"):
        shown["hold"] = {name: hold[name] for name in _HOLD if name in hold}
    if faults := [note for note in send.get("faults", ()) if note not in known]:
        shown["faults"] = _faults(faults)
    return shown


def _faults(notes: Iterable[Mapping[str, str]]) -> list[dict[str, str]]:
    return [{**note, "detail": _cut(note["detail"])} for note in notes]


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
