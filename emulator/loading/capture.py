"""Captures: messages of the real service from the files in which people keep them."""

import base64
import binascii
import codecs
import json
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from itertools import chain
from typing import NoReturn

from emulator.core.credentials import holds_json
from emulator.core.json_text import elements, members
from emulator.core.recording import form_of, read_recording
from emulator.domain.errors import InvalidInput
from emulator.domain.moment import parse_instant
from emulator.domain.recording import Recording

_AROUND = ("Records", "Messages", "messages", "log", "entries", "request", "postData", "event", "detail")
_BODIES = ("body", "Body", "content", "text", "payload", "Message", "rawBody", "raw_body")
_TIMES = (
    *("at", "time", "timestamp", "Timestamp", "receivedAt", "received_at", "created_at", "createdAt"),
    *("startedDateTime", "SentTimestamp"),
)
_DEEPEST = 8
_MILLIS_FROM = 100_000_000_000  # so many seconds are 3,000 years: a larger number counts milliseconds
_BETWEEN = re.compile(r"[\s,\x1e\ufeff]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Captured:
    """A message and the line on which it begins, from 1."""

    line: int
    recording: Recording


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped:
    """Something in the file that is no message, on this line, and why."""

    line: int
    why: str


def capture_text(raw: bytes, source: str) -> str:
    """The file's text: UTF-8 with or without a byte order mark, or UTF-16 with one. Raises InvalidInput."""
    if raw.startswith(b"\x1f\x8b"):
        raise InvalidInput(f"{source} is compressed; unpack it first: gunzip -c {source} | epcc-emulator import -")
    encoding = "utf-16" if raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) else "utf-8-sig"
    try:
        return raw.decode(encoding)
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise InvalidInput(f"{source}:{line}: this is not UTF-8 text; save the capture as JSON") from None


def read_capture(text: str) -> Iterator[Captured | Skipped]:
    """Every message in this text, in order, and what is none.

    The text is one JSON value or several: an object, a list of them, a line each. A message may lie in what a queue's
    command line, a function or a recorder of requests has wrapped around it: `{"Body": "…"}`, `{"headers", "body"}`.
    """
    return _Reader(text).read()


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._decoder = json.JSONDecoder(parse_constant=_refuse)
        self._line = 1
        self._counted = 0

    def read(self) -> Iterator[Captured | Skipped]:
        position = self._past_gap(0)
        while position < len(self._text):
            step = self._list if self._text[position] == "[" else self._value
            position = self._past_gap((yield from step(position)))

    def _list(self, position: int) -> Generator[Captured | Skipped, None, int]:
        """The elements of a list at the top, one after the other, so that those before a mistake are not lost."""
        line = self._line_of(position)
        position = self._past_gap(position + 1)
        while position < len(self._text):
            if self._text[position] == "]":
                return position + 1
            position = self._past_gap((yield from self._value(position)))
        yield Skipped(line=line, why="the list that begins here never ends; was the capture cut off?")
        return position

    def _value(self, position: int) -> Generator[Captured | Skipped, None, int]:
        line = self._line_of(position)
        try:
            _, end = self._decoder.raw_decode(self._text, position)
        except json.JSONDecodeError as error:
            yield Skipped(line=line, why=f"this is not JSON: {error.msg} (line {error.lineno}, column {error.colno})")
            return self._after(position)
        except (ValueError, RecursionError) as error:
            deep = isinstance(error, RecursionError)
            yield Skipped(line=line, why="this is nested too deeply" if deep else f"this is not JSON: {error}")
            return self._after(position)
        yield from _messages(self._text[position:end], line)
        return end

    def _after(self, position: int) -> int:
        """Where to go on behind what cannot be read: the next line, or the next that opens as this one did."""
        opening = self._text[position] if self._text[position] in "{[" else ""
        found = self._text.find(f"\n{opening}", position)
        return len(self._text) if found < 0 else found + 1

    def _past_gap(self, position: int) -> int:
        found = _BETWEEN.match(self._text, position)
        return position if found is None else found.end()

    def _line_of(self, position: int) -> int:
        self._line += self._text.count("\n", self._counted, position)
        self._counted = position
        return self._line


def _messages(text: str, line: int) -> Iterator[Captured | Skipped]:
    """The messages in one value of the file."""
    found = False
    for body, at in _unwrapped(text, None, _DEEPEST):
        found = True
        try:
            yield Captured(line=line, recording=read_recording(body, at))
        except InvalidInput as error:
            yield Skipped(line=line, why=str(error))
    if not found:
        why = "there is no message here: neither a webhook body nor a CloudEvent, nor one inside a Body or body"
        yield Skipped(line=line, why=why)


def _unwrapped(text: str, at: int | None, depth: int) -> Iterator[tuple[str, int | None]]:
    """The message that this JSON text is, or those inside, with the time of what is around them."""
    if depth == 0:
        return
    if text.startswith('"'):
        inner: str = json.loads(text)
        if holds_json(inner):
            yield from _unwrapped(inner, at, depth - 1)
    elif text.startswith("["):
        for element in elements(text):
            yield from _unwrapped(element, at, depth - 1)
    elif text.startswith("{"):
        parts = dict(members(text))
        if form_of(parts) is not None:
            yield text, at
            return
        at = _time_of(parts) or at
        if parts.get("isBase64Encoded") == "true":
            parts = {**parts, "body": _decoded(parts.get("body", '""'))}
        for name in chain(_AROUND, _BODIES):
            if name in parts:
                yield from _unwrapped(parts[name], at, depth - 1)


def _decoded(text: str) -> str:
    """What a function was called with, where that was wrapped once more."""
    try:
        return base64.b64decode(json.loads(text), validate=True).decode()
    except (binascii.Error, TypeError, ValueError):
        return text


def _time_of(parts: Mapping[str, str]) -> int | None:
    """When the message inside was received, in microseconds since the epoch; None where nothing here says so."""
    for name in ("Attributes", "attributes", "requestContext"):
        if parts.get(name, "").startswith("{"):
            parts = {**dict(members(parts[name])), **parts}
    for name in _TIMES:
        if name in parts and (moment := _moment(parts[name].strip('"'))) is not None:
            return moment
    return None


def _moment(word: str) -> int | None:
    """An instant as recorders write it: ISO 8601, or a number of seconds or milliseconds since the epoch."""
    try:
        number = float(word)
    except ValueError:
        try:
            return parse_instant(word)
        except InvalidInput:
            return None
    if not 0 < number < _MILLIS_FROM * 1000:
        return None
    return round(number * (1_000 if number > _MILLIS_FROM else 1_000_000))


def _refuse(word: str) -> NoReturn:
    raise ValueError(f"{word} is no number of JSON")
