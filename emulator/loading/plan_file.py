"""Plan files: schedules as JSON, with the scenario they are of; refused where they would be misread."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self, TypeVar

import orjson

from emulator.core.fields import Fields
from emulator.core.scenario import LARGEST_SEED, Scenario
from emulator.core.schedule import Dropped, PlannedEvent, PlannedSend, Schedule, schedule_data
from emulator.core.schedule_check import check
from emulator.domain.delivery import FaultNote, Treatment
from emulator.domain.errors import InvalidInput, UserError
from emulator.domain.moment import BEGINNING_OF_TIME, END_OF_TIME, LONGEST
from emulator.loading.document import Document
from emulator.loading.scenarios import parse_scenario

FORMAT = 2
"""Of the file. A reader takes no other: a plan is never misread."""

_Read = TypeVar("_Read")
_Path = tuple[str | int, ...]
_SURROGATE = re.compile(r"\\u[dD][89a-fA-F][0-9a-fA-F]{2}")
_HALF = re.compile("[\ud800-\udfff]")
_PEOPLE_EDIT = 2_000_000  # characters; in a longer file the line of an error is not looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanFile:
    """A schedule, the text of the scenario that it is of and what that is called, and the versions it was made with."""

    schedule: Schedule
    scenario: str
    scenario_name: str
    made_with: dict[str, str] = field(default_factory=dict)

    @property
    def document(self) -> dict[str, Any]:
        """As plain values. It names no directory, so that the same plan is the same file everywhere."""
        source = {"name": Path(self.scenario_name).name, "text": self.scenario}
        return {
            "format": FORMAT,
            "made_with": self.made_with,
            **schedule_data(self.schedule),
            "source": source,
        }

    @property
    def text(self) -> str:
        """The file's."""
        return json.dumps(self.document, indent=1, ensure_ascii=False) + "\n"

    def played(self, environment: Mapping[str, str]) -> Scenario:
        """The scenario under the plan's seed. Raises InvalidInput, as for one that the environment lacks words for."""
        return replace(
            parse_scenario(self.scenario, self.scenario_name, environment),
            name=self.schedule.scenario,
            seed=self.schedule.seed,
        )

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises UserError for a file that cannot be read, InvalidInput for one that is no plan or another format's,
        or that was edited so that it cannot be kept to: with the line and the key."""
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise UserError(f"the plan {path} cannot be read: {error.strerror or error}") from None
        except UnicodeDecodeError:
            raise UserError(f"the plan {path} cannot be read: it is not UTF-8 text") from None
        try:
            document = json.loads(text)
        except ValueError as error:
            raise InvalidInput(f"{path}: this is not JSON: {error}") from None
        except RecursionError:
            raise InvalidInput(f"{path}: this is nested too deeply") from None
        if not isinstance(document, dict) or "format" not in document:
            raise InvalidInput(
                f"{path}: this is no plan; save one with: epcc-emulator plan SCENARIO --save {path.name}"
            )
        if document["format"] != FORMAT:
            raise InvalidInput(
                f"{path}: the plan has format {document['format']}, and this version reads {FORMAT}; plan it anew"
            )
        try:
            check_texts(document, text)
            return cls.of(Fields(document))
        except InvalidInput as error:
            raise placed(error, text, path) from None

    @classmethod
    def of(cls, fields: Fields) -> Self:
        """What such a document says, whose format is this one's. Raises InvalidInput."""
        fields.take("format")
        source = fields.under("source")
        file = cls(
            schedule=_schedule(fields),
            scenario=source.text("text"),
            scenario_name=source.text("name"),
            made_with=_versions(fields),
        )
        source.done()
        fields.done()
        try:
            check(file.schedule)
        except InvalidInput as error:
            raise error.under(*fields.path) from None
        return replace(file, schedule=replace(file.schedule, sends=_in_order(file.schedule.sends)))


def _versions(fields: Fields) -> dict[str, str]:
    given = fields.take("made_with", {})
    inner = Fields(given, *fields.path, "made_with")
    return {name: inner.text(name) for name in given}


def _schedule(fields: Fields) -> Schedule:
    start = fields.integer("start", minimum=BEGINNING_OF_TIME, maximum=END_OF_TIME)
    return Schedule(
        scenario=fields.text("scenario"),
        seed=fields.integer("seed", maximum=LARGEST_SEED),
        start=start,
        integrations=tuple(str(key) for key in _listed(fields, "integrations")),
        events=tuple(_event(one, start) for one in _entries(fields, "events")),
        sends=tuple(_send(one, start) for one in _entries(fields, "sends")),
        dropped=tuple(
            _whole(one, Dropped(one.text("event"), one.text("integration"), _notes(one)))
            for one in _entries(fields, "dropped")
        ),
    )


def _event(fields: Fields, start: int) -> PlannedEvent:
    identity = fields.text("identity")
    resource = identity.partition("/")[0]
    event = PlannedEvent(identity, fields.text("key"), resource, _moment(fields, start), fields.text("payload"))
    try:
        orjson.loads(event.payload)
    except ValueError as error:
        raise fields.wrong("payload", f"this is not JSON: {error}") from None
    return _whole(fields, event)


def _send(fields: Fields, start: int) -> PlannedSend:
    send = PlannedSend(
        _moment(fields, start),
        fields.text("event"),
        fields.text("integration"),
        fields.integer("job", 1, minimum=1),
        fields.integer("attempt", 1, minimum=1),
        fields.integer("copy", 0),
        _notes(fields),
        tuple(
            _whole(one, Treatment(fault=one.text("fault"), how=_mapping(one, "how")))
            for one in _entries(fields, "treatments")
        ),
        fields.text_or_null("together"),
    )
    return _whole(fields, send)


def _notes(fields: Fields) -> tuple[FaultNote, ...]:
    return tuple(
        _whole(one, FaultNote(rule=one.text("rule"), fault=one.text("fault"), detail=one.text("detail", "")))
        for one in _entries(fields, "faults")
    )


def _moment(fields: Fields, start: int) -> int:
    """`at`: microseconds from the beginning, or a duration as people write them."""
    value = fields.take("at")
    one = Fields({"at": value}, *fields.path)
    after: int = one.duration("at") if isinstance(value, str) else one.integer("at", maximum=LONGEST)
    return start + after


def _entries(fields: Fields, name: str) -> list[Fields]:
    return [Fields(one, *fields.path, name, number) for number, one in enumerate(_listed(fields, name))]


def _listed(fields: Fields, name: str) -> list[Any]:
    value = fields.take(name, [])
    if not isinstance(value, list):
        raise fields.wrong(name, "expected a list")
    return value


def _mapping(fields: Fields, name: str) -> dict[str, Any]:
    value = fields.take(name)
    if not isinstance(value, dict):
        raise fields.wrong(name, "expected keys and values")
    return value


def _whole(fields: Fields, read: _Read) -> _Read:
    """What was read, if that is all there is."""
    fields.done()
    return read


def check_texts(document: Any, text: str) -> None:
    """Raises InvalidInput with the place of what cannot be sent or shown, half of a character, in this document."""
    left: list[tuple[_Path, Any]] = [((), document)] if _SURROGATE.search(text) else []
    while left:
        path, node = left.pop()
        if isinstance(node, str) and _HALF.search(node):
            raise InvalidInput("this holds half of a character, a lone surrogate; write the whole one", path=path)
        if isinstance(node, dict):
            left += [((*path, key), value) for key, value in node.items()] + [(path, key) for key in node]
        elif isinstance(node, list):
            left += [((*path, place), value) for place, value in enumerate(node)]


def _in_order(sends: Sequence[PlannedSend]) -> tuple[PlannedSend, ...]:
    """By time, and where it is the same as they stand; what goes together stands together."""
    first: dict[str, int] = {}
    for place, send in enumerate(sends):
        if send.together is not None:
            first.setdefault(send.together, place)
    places = sorted(
        range(len(sends)),
        key=lambda place: (sends[place].at, first.get(sends[place].together or "", place), place),
    )
    return tuple(sends[place] for place in places)


@contextmanager
def at_its_line(path: Path | None, *inside: str) -> Iterator[None]:
    """What is refused of a plan while within is told where it stands in its file, or `inside` a file that holds it."""
    try:
        yield
    except InvalidInput as error:
        if path is None or not error.path:
            raise
        raise placed(error.under(*inside), path.read_text(encoding="utf-8"), path) from None


def placed(error: InvalidInput, text: str, path: Path) -> InvalidInput:
    """The error of what stands in this file, with its line: JSON is YAML, whose reader remembers where things stand."""
    if error.path and len(text) <= _PEOPLE_EDIT:
        with suppress(InvalidInput):  # JSON that is no YAML after all
            return Document.parse(_SURROGATE.sub(r"\\ufffd", text), str(path)).placed(error)
    return InvalidInput(f"{path}: {error.sentence}")
