"""payload: what the message says is old, odd or incomplete."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, ClassVar

import orjson

from emulator.core import salt
from emulator.core.dice import Stream
from emulator.core.fault import Draft, Legality, Parcel, Stage
from emulator.core.fields import Fields
from emulator.core.manual import Manual
from emulator.domain.delivery import FaultNote, Treatment
from emulator.domain.event import INCLUDES_ELIDED
from emulator.domain.integration import IntegrationType

_IDENTITY = ("id", "type")
_PATH = re.compile(r"[^.\[\]]+(?:\.[^.\[\]]+|\[\d+\])*")
_STEP = re.compile(r"\[(\d+)\]|([^.\[\]]+)")
_STAMPS = (("meta", "timestamps"), ("meta",), ("attributes",), ())
_VALUES: tuple[Any, ...] = ("a text", 42, True, None, ["a", "list"], {"an": {"object": "within"}})


class PayloadMode(StrEnum):
    STALE = "stale"
    UNKNOWN_FIELD = "unknown_field"
    OMIT_FIELD = "omit_field"
    ELIDE_INCLUDED = "elide_included"
    TIE = "tie"


NEW_FIELD = "emulator_"
"""What the name of an unknown field begins with; eight hexadecimal digits follow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Payload:
    """The event is right, and what it says about the resource is not what you hope for.

    `unknown_field` is documented: the provider's compatibility promise lets fields appear at any time without notice.
    So is `elide_included`, for messages that would be too large for SQS (its guide). `omit_field` breaks the promise;
    `path` says which, else one of the resource's own is drawn. `stale` and `tie` look at the last event that says
    something else of the same resource: a change may raise several, all of which say the same.
    """

    kind: ClassVar[str] = "payload"
    legality: ClassVar[Legality] = Legality.PLAUSIBLE
    every_attempt: ClassVar[bool] = True
    short: ClassVar[str] = "mode"
    stage: ClassVar[Stage] = Stage.SAID
    manual: ClassVar[Manual] = Manual(
        source="compatibility promise: fields may appear at any time; SQS guide: too large, without `included`",
        fields={
            "mode": "see below",
            "path": "of `omit_field`: which field of a webhook's `payload` (for queues too), as in"
            " `data.customer.email`; without it, one is drawn",
        },
        modes={
            "stale": "the resource as it was before this change",
            "tie": "the resource as it is, with the `updated_at` that it had before",
            "unknown_field": "a field more, `emulator_` and a number",
            "elide_included": '`{"meta": {"includes_elided": true}}` for `included`',
            "omit_field": "a field less",
        },
        example={
            "id": "no-mail-address",
            "match": {"event": "customer.*"},
            "payload": {"mode": "omit_field", "path": "data.email"},
        },
    )

    mode: PayloadMode
    path: str | None = None

    @classmethod
    def parse(cls, fields: Fields) -> "Payload":
        mode = fields.choice("mode", PayloadMode)
        path = fields.text("path", None) if mode is PayloadMode.OMIT_FIELD else None
        if path is not None and not _PATH.fullmatch(path):
            raise fields.wrong(
                "path", f"'{path}' is not a path; write data.customer.email or included.items[0].quantity"
            )
        return cls(mode=mode, path=path)

    @property
    def mode_legality(self) -> Legality:
        """Of this mode, where the kind's is that of most."""
        return _LEGALITY.get(self.mode, self.legality)

    def refusal(self, transport: IntegrationType) -> str | None:
        return None

    def apply(self, rule: str, draft: Draft, stream: Stream) -> None:
        if draft.event.recorded is not None:
            return  # which goes out as it was recorded
        how, detail = self._treatment(draft, salt.drawn(stream))
        if how is not None:
            treatment = Treatment(fault=self.kind, how={"mode": self.mode.value, **how})
            # what is older comes first: the others change what it then says
            draft.treatments.insert(0 if self.mode is PayloadMode.STALE else len(draft.treatments), treatment)
            draft.notes.append(FaultNote(rule=rule, fault=self.kind, detail=detail))

    @classmethod
    def treat(cls, parcel: Parcel, how: Mapping[str, Any]) -> None:
        looks_back = how["mode"] in (PayloadMode.STALE, PayloadMode.TIE)
        parcel.payload = _changed(parcel.payload, how, parcel.before() if looks_back else None)

    def describe(self) -> Mapping[str, Any]:
        return {"mode": self.mode.value, **({} if self.path is None else {"path": self.path})}

    def _treatment(self, draft: Draft, number: int) -> tuple[Mapping[str, Any] | None, str]:
        """What is to be done and what is said of it; None where there is nothing to do it to."""
        event = draft.event
        match self.mode:
            case PayloadMode.UNKNOWN_FIELD:
                name = f"{NEW_FIELD}{number:08x}"
                return {"name": name, "value": _VALUES[salt.share(number, len(_VALUES))]}, f"with a new field, {name}"
            case PayloadMode.OMIT_FIELD:
                path = self.path or _drawn_path(event.payload, number)
                there = path is not None and _holder(orjson.loads(event.payload), path) is not None
                return ({"path": path} if there else None), f"without {path}"
            case PayloadMode.ELIDE_INCLUDED:
                return ({} if "included" in orjson.loads(event.payload) else None), "included is elided"
            case PayloadMode.STALE:
                return (None if event.deletion else {}), "the resource as it was before this change, unless it is new"
            case PayloadMode.TIE:
                return (
                    None if event.deletion else {}
                ), "updated_at as it was before this change, unless the resource is new"


_LEGALITY: Mapping[PayloadMode, Legality] = {
    PayloadMode.UNKNOWN_FIELD: Legality.DOCUMENTED,
    PayloadMode.ELIDE_INCLUDED: Legality.DOCUMENTED,
    PayloadMode.OMIT_FIELD: Legality.HOSTILE,
}


def _changed(payload: str, how: Mapping[str, Any], before: str | None) -> str:
    """The payload with this treatment. `before` is what was said of the resource before, if anything was and the
    treatment looks back."""
    mode = PayloadMode(how["mode"])
    if mode is PayloadMode.STALE:
        return payload if before is None else before
    document = orjson.loads(payload)
    if mode is PayloadMode.UNKNOWN_FIELD:
        _resource(document)[how["name"]] = how["value"]
    elif mode is PayloadMode.OMIT_FIELD:
        if (found := _holder(document, how["path"])) is not None:
            holder, step = found
            del holder[step]
    elif mode is PayloadMode.ELIDE_INCLUDED:
        if "included" in document:
            document["included"] = INCLUDES_ELIDED
    elif before is not None:
        _tie(_resource(document), _resource(orjson.loads(before)))
    return orjson.dumps(document).decode()


def _resource(document: dict[str, Any]) -> dict[str, Any]:
    """Some payloads are flat already."""
    inner = document.get("data")
    return inner if isinstance(inner, dict) else document


def _drawn_path(payload: str, number: int) -> str | None:
    """One of the resource's own fields, but for those that say which it is."""
    document = orjson.loads(payload)
    resource = _resource(document)
    names = [name for name in resource if name not in _IDENTITY and _PATH.fullmatch(name)]
    if not names:
        return None
    name = names[salt.share(number, len(names))]
    return name if resource is document else f"data.{name}"


def _holder(document: Any, path: str) -> tuple[Any, str | int] | None:
    """What holds the value at the path, and under which key; None where nothing is there."""
    steps: list[str | int] = [int(index) if index else key for index, key in _STEP.findall(path)]
    for step in steps[:-1]:
        if not _has(document, step):
            return None
        document = document[step]
    return (document, steps[-1]) if _has(document, steps[-1]) else None


def _has(node: Any, step: str | int) -> bool:
    if isinstance(step, int):
        return isinstance(node, list) and step < len(node)
    return isinstance(node, dict) and step in node


def _tie(resource: dict[str, Any], before: dict[str, Any]) -> None:
    """When it was last changed, wherever both say so."""
    for path in _STAMPS:
        ours: Any = resource
        theirs: Any = before
        for step in path:
            ours = ours.get(step) if isinstance(ours, dict) else None
            theirs = theirs.get(step) if isinstance(theirs, dict) else None
        if _has(ours, "updated_at") and _has(theirs, "updated_at"):
            ours["updated_at"] = theirs["updated_at"]
