"""Brief: a record with what a row of a list needs, and nothing that grows with what rules do."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from emulator.domain.record import Record, RecordKind

LONGEST = 160
"""Characters of a sentence that are kept."""
_HOLD = ("kind", "rule", "until")
_SENTENCES = ("error", "why", "text")


def brief_document(record: Record) -> dict[str, Any]:
    """The record as in the feed, but for: how messages are treated, what held sends wait for, sends and faults that say
    nothing new, the ends of long sentences, and values that a reader assumes where none stand.

    Written out, because thousands of records pass here in a second, on the loop that sends.
    """
    document: dict[str, Any] = {
        "seq": record.seq,
        "at": record.at,
        "kind": record.kind._value_,
        "delivery": record.delivery,
    }
    if record.integration is not None:
        document["integration"] = record.integration
    if record.attempt:
        document["attempt"] = record.attempt
    if record.copy:
        document["copy"] = record.copy
    if record.state is not None:
        document["state"] = record.state._value_
    if record.due is not None:
        document["due"] = record.due
    if data := _data(record):
        document["data"] = data
    return document


def _data(record: Record) -> Mapping[str, Any]:
    kind, data = record.kind, record.data
    if kind is RecordKind.EVENT:
        return data
    if kind is RecordKind.SENT:
        return {}
    shown = dict(data)
    if kind is RecordKind.ATTEMPTED:
        shown.pop("body", None)
        shown["processing_time"] = round(shown["processing_time"], 6)
    elif kind is RecordKind.PLANNED or kind is RecordKind.ADDED:
        known = data.get("faults", ())
        shown["sends"] = [_send(send, known) for send in data["sends"]]
        if shown["sends"] == [{"attempt": record.attempt, "copy": 0, "due": record.due}]:
            del shown["sends"]
    if "faults" in shown:
        if shown["faults"]:
            shown["faults"] = _faults(shown["faults"])
        else:
            del shown["faults"]
    for name in _SENTENCES:
        if shown.get(name) and len(shown[name]) > LONGEST:
            shown[name] = _cut(shown[name])
    return shown


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
