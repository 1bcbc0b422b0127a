"""corrupt: the message arrives damaged."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

from emulator.core import salt
from emulator.core.dice import Stream
from emulator.core.fault import Draft, Legality, Parcel, Stage
from emulator.core.fields import Fields
from emulator.core.manual import Manual
from emulator.domain.delivery import FaultNote, Treatment
from emulator.domain.integration import IntegrationType
from emulator.domain.ports import CONTENT_TYPE, TRIGGER_HEADER


class CorruptMode(StrEnum):
    TRUNCATE = "truncate"
    MALFORMED_JSON = "malformed_json"
    BITFLIP = "bitflip"
    CHARSET = "charset"
    HEADERS = "headers"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrupt:
    """The message arrives damaged.

    TCP and the provider's serializer keep this from happening. Where it does, it is somebody between.

    A cut or damaged body is sent under its own length, so that HTTP carries it through.
    """

    kind: ClassVar[str] = "corrupt"
    legality: ClassVar[Legality] = Legality.HOSTILE
    every_attempt: ClassVar[bool] = True
    short: ClassVar[str] = "mode"
    stage: ClassVar[Stage] = Stage.DAMAGED
    manual: ClassVar[Manual] = Manual(
        fields={
            "mode": "see below",
        },
        modes={
            "truncate": "the body's beginning, under its own length",
            "malformed_json": "a comma too many, a brace too few, or a key without its quotes",
            "bitflip": "one bit of one character is wrong",
            "charset": "Latin-1 instead of UTF-8",
            "headers": "`Content-Type` or `X-MOLTIN-INTEGRATION-TRIGGER` is missing or says nonsense",
        },
        example={"id": "somebody-between", "times": 3, "corrupt": {"mode": "truncate"}},
    )

    mode: CorruptMode

    @classmethod
    def parse(cls, fields: Fields) -> "Corrupt":
        return cls(mode=fields.choice("mode", CorruptMode))

    def refusal(self, transport: IntegrationType) -> str | None:
        if self.mode is CorruptMode.HEADERS and transport is not IntegrationType.WEBHOOK:
            return "corrupt: headers is about the headers of a webhook; a queue's messages have none that say anything"
        if self.mode is CorruptMode.CHARSET and transport is IntegrationType.AWS_SQS:
            return "corrupt: charset cannot reach a queue of SQS, which takes nothing but text"
        return None

    def apply(self, rule: str, draft: Draft, stream: Stream) -> None:
        number = salt.drawn(stream)
        draft.treatments.append(Treatment(fault=self.kind, how={"mode": self.mode.value, "salt": number}))
        detail = (
            _HEADERS[salt.share(number, len(_HEADERS))][0] if self.mode is CorruptMode.HEADERS else _SAID[self.mode]
        )
        draft.notes.append(FaultNote(rule=rule, fault=self.kind, detail=detail))

    @classmethod
    def treat(cls, parcel: Parcel, how: Mapping[str, Any]) -> None:
        parcel.body = _damaged(parcel.body, how)
        parcel.headers |= _damaged_headers(how)

    def describe(self) -> Mapping[str, Any]:
        return {"mode": self.mode.value}


def _damaged(body: bytes, how: Mapping[str, Any]) -> bytes:
    """The body of a message with this treatment. What is hardly there, as after another one, stays as it is."""
    damage = _DAMAGE.get(CorruptMode(how["mode"]))
    return body if damage is None or len(body) < 2 else damage(body, how["salt"])


def _damaged_headers(how: Mapping[str, Any]) -> Mapping[str, bytes | None]:
    """The headers that say something else with this treatment; None is left out."""
    if how["mode"] != CorruptMode.HEADERS:
        return {}
    _, name, value = _HEADERS[salt.share(how["salt"], len(_HEADERS))]
    return {name: value}


_SAID: Mapping[CorruptMode, str] = {
    CorruptMode.TRUNCATE: "the body ends in the middle",
    CorruptMode.MALFORMED_JSON: "the body is not JSON",
    CorruptMode.BITFLIP: "one bit of the body is wrong",
    CorruptMode.CHARSET: "the body is in Latin-1, not UTF-8",
}
_HEADERS: tuple[tuple[str, str, bytes | None], ...] = (
    (f"no {CONTENT_TYPE}", CONTENT_TYPE, None),
    (f"{CONTENT_TYPE} is text/plain", CONTENT_TYPE, b"text/plain"),
    (f"no {TRIGGER_HEADER}", TRIGGER_HEADER, None),
    (f"{TRIGGER_HEADER} is in bytes that are no text", TRIGGER_HEADER, b"\xff\xfe\xfd"),
)
_FIRST_KEY = re.compile(rb'^\{"(\w+)"')
_TEXT = re.compile(rb'(?:(?<=:")|(?<=:\\"))[A-Za-z]')
"""The first letter of a text, also within the JSON that another text holds."""


def _truncated(body: bytes, number: int) -> bytes:
    end = 1 + salt.share(number, len(body) - 1)
    while body[end] & 0xC0 == 0x80:  # never within a character, which a queue would make another one of
        end -= 1
    return body[:end]


def _malformed(body: bytes, number: int) -> bytes:
    """A comma too many, a brace too few, or a key without quotes."""
    variants = (body[:-1] + b",}", body[:-1], _FIRST_KEY.sub(rb"{\1", body))
    return variants[salt.share(number, len(variants))]


def _flipped(body: bytes, number: int) -> bytes:
    """A bit whose change leaves a character that every transport carries."""
    start, bit = salt.share(number, len(body)), number % 5
    for step in range(len(body)):
        place = (start + step) % len(body)
        other = body[place] ^ (1 << bit)
        if 0x20 <= body[place] <= 0x7E and 0x20 <= other <= 0x7E:
            return body[:place] + bytes((other,)) + body[place + 1 :]
    return body


def _in_latin_1(body: bytes, number: int) -> bytes:
    """With an é in place of a letter, so that it is never UTF-8. What is none already stays as it is."""
    try:
        body.decode()
    except UnicodeDecodeError:
        return body
    places = [found.start() for found in _TEXT.finditer(body)]
    place = places[salt.share(number, len(places))] if places else 0
    text = f"{body[:place].decode()}é{body[place + 1 :].decode()}"
    return text.encode("latin-1", errors="replace")


_DAMAGE: Mapping[CorruptMode, Callable[[bytes, int], bytes]] = {
    CorruptMode.TRUNCATE: _truncated,
    CorruptMode.MALFORMED_JSON: _malformed,
    CorruptMode.BITFLIP: _flipped,
    CorruptMode.CHARSET: _in_latin_1,
}
