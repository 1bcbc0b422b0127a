"""Plan files: schedules as JSON, refused where another format would be misread."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from emulator.core.schedule import Dropped, PlannedEvent, PlannedSend, Schedule, schedule_data
from emulator.domain.delivery import FaultNote
from emulator.domain.errors import InvalidInput, UserError

FORMAT = 1
"""Of the file. A reader takes no other: a plan is never misread."""


def plan_text(schedule: Schedule) -> str:
    """The file's text: the format, then the schedule."""
    return json.dumps({"format": FORMAT, **schedule_data(schedule)}, indent=1, ensure_ascii=False) + "\n"


def read_plan(path: Path) -> Schedule:
    """Raises UserError for a file that cannot be read, InvalidInput for one that is no plan, or another format's."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UserError(f"the plan {path} cannot be read: {error}") from None
    try:
        document = json.loads(text)
    except ValueError as error:
        raise InvalidInput(f"{path}: this is not JSON: {error}") from None
    if not isinstance(document, dict) or "format" not in document:
        raise InvalidInput(f"{path}: this is no plan; save one with: epcc-emulator plan SCENARIO --save {path.name}")
    if document["format"] != FORMAT:
        raise InvalidInput(
            f"{path}: the plan has format {document['format']}, and this version reads {FORMAT}; plan it anew"
        )
    try:
        return _schedule(document)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise InvalidInput(f"{path}: the plan is damaged: {error!r}") from None


def _schedule(document: Mapping[str, Any]) -> Schedule:
    start = int(document["start"])
    return Schedule(
        scenario=str(document["scenario"]),
        seed=int(document["seed"]),
        start=start,
        events=tuple(
            PlannedEvent(
                each["identity"],
                each["key"],
                each["identity"].partition("/")[0],
                start + int(each["at"]),
                each["payload"],
            )
            for each in document["events"]
        ),
        sends=tuple(
            PlannedSend(
                start + int(each["at"]),
                each["event"],
                each["integration"],
                int(each["job"]),
                int(each["attempt"]),
                int(each["copy"]),
                _notes(each["faults"]),
            )
            for each in document["sends"]
        ),
        dropped=tuple(
            Dropped(each["event"], each["integration"], _notes(each["faults"])) for each in document["dropped"]
        ),
    )


def _notes(listed: Any) -> tuple[FaultNote, ...]:
    return tuple(FaultNote(rule=each["rule"], fault=each["fault"], detail=each["detail"]) for each in listed)
