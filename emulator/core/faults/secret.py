"""secret: the receiver's secret is missing, wrong or empty."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

import orjson

from emulator.core import salt
from emulator.core.dice import Stream
from emulator.core.fault import Draft, Legality, Parcel, Stage
from emulator.core.fields import Fields
from emulator.core.json_text import members, with_members
from emulator.core.manual import Manual
from emulator.domain.delivery import FaultNote, Treatment
from emulator.domain.integration import IntegrationType
from emulator.domain.ports import SECRET_HEADER

_CONFIGURATION, _SECRET = "configuration", "secret_key"


class SecretValue(StrEnum):
    MISSING = "missing"
    WRONG = "wrong"
    EMPTY = "empty"


class Place(StrEnum):
    """Where the provider puts it: in the header (its guide), and in the body's `configuration` (its document)."""

    HEADER = "header"
    BODY = "body"
    BOTH = "both"


@dataclass(frozen=True, slots=True, kw_only=True)
class Secret:
    """The receiver's secret is missing, wrong or empty.

    Anybody can post to a public URL, and secrets are changed on one side only. It is to be refused.
    """

    kind: ClassVar[str] = "secret"
    legality: ClassVar[Legality] = Legality.PLAUSIBLE
    every_attempt: ClassVar[bool] = True
    short: ClassVar[str] = "value"
    stage: ClassVar[Stage] = Stage.SIGNED
    manual: ClassVar[Manual] = Manual(
        fields={
            "value": "see below",
            "in": "`header` (`X-MOLTIN-SECRET-KEY`), `body` (`configuration.secret_key`) or `both` (default)",
        },
        modes={
            "missing": "it is not there",
            "wrong": "`wrong-` and a number",
            "empty": "it is an empty text",
        },
        example={"id": "somebody-else", "probability": 0.2, "secret": {"value": "wrong", "in": "header"}},
    )

    value: SecretValue
    place: Place = Place.BOTH

    @classmethod
    def parse(cls, fields: Fields) -> "Secret":
        return cls(value=fields.choice("value", SecretValue), place=fields.choice("in", Place, Place.BOTH))

    def refusal(self, transport: IntegrationType) -> str | None:
        return (
            None if transport is IntegrationType.WEBHOOK else "secret is about webhooks; a queue's messages have none"
        )

    def apply(self, rule: str, draft: Draft, stream: Stream) -> None:
        how = {"value": self.value.value, "in": self.place.value, "salt": salt.drawn(stream)}
        draft.treatments.append(Treatment(fault=self.kind, how=how))
        where = "header and body" if self.place is Place.BOTH else self.place.value
        draft.notes.append(FaultNote(rule=rule, fault=self.kind, detail=f"{self.value.value} in the {where}"))

    @classmethod
    def treat(cls, parcel: Parcel, how: Mapping[str, Any]) -> None:
        Place(how["in"])  # raises ValueError for another word: a plan may have been edited by hand
        parcel.body = _with_secret(parcel.body, how)
        parcel.headers |= _secret_header(how)

    def describe(self) -> Mapping[str, Any]:
        return {"value": self.value.value, "in": self.place.value}


def _with_secret(body: bytes, how: Mapping[str, Any]) -> bytes:
    """A webhook's body with this treatment; one that was recorded without a configuration stays as it is."""
    if how["in"] == Place.HEADER:
        return body
    text = body.decode()
    configuration = dict(members(text)).get(_CONFIGURATION, "")
    if not configuration.startswith("{"):
        return body
    value = _value(how)
    own = [(key, written) for key, written in members(configuration) if key != _SECRET]
    if value is not None:
        own.append((_SECRET, orjson.dumps(value).decode()))
    changed = ",".join(f"{orjson.dumps(key).decode()}:{written}" for key, written in own)
    return with_members(text, {_CONFIGURATION: f"{{{changed}}}"}).encode()


def _secret_header(how: Mapping[str, Any]) -> Mapping[str, bytes | None]:
    """What the header says with this treatment; None is left out."""
    if how["in"] == Place.BODY:
        return {}
    value = _value(how)
    return {SECRET_HEADER: None if value is None else value.encode()}


def _value(how: Mapping[str, Any]) -> str | None:
    match SecretValue(how["value"]):
        case SecretValue.MISSING:
            return None
        case SecretValue.EMPTY:
            return ""
        case SecretValue.WRONG:
            return f"wrong-{how['salt']:08x}"
