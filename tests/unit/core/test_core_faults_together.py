"""Several faults of one message: each does what its note says, whatever the order of the rules."""

from dataclasses import replace
from itertools import permutations
from typing import Any

import orjson
import pytest

from emulator.core.fault import Parcel
from emulator.core.faults.payload import Payload
from emulator.domain.moment import LONGEST

NOW = '{"data":{"id":"1","type":"order","status":"paid","email":"a@example.com"}}'
BEFORE = '{"data":{"id":"1","type":"order","status":"new","email":"a@example.com"}}'
RULES: list[dict[str, Any]] = [
    {"id": "old", "payload": "stale"},
    {"id": "less", "payload": {"mode": "omit_field", "path": "data.email"}},
    {"id": "more", "payload": "unknown_field"},
]


@pytest.mark.parametrize("rules", list(permutations(RULES)))
def test_what_is_stale_can_lack_a_field_and_have_another(rules: tuple[dict[str, Any], ...], stage: Any) -> None:
    plan = stage.plan(*rules, event=replace(stage.event(1), payload=NOW))
    (send,) = plan.jobs[0].sends
    parcel = Parcel(payload=NOW, before=lambda: BEFORE)
    for treatment in send.treatments:
        Payload.treat(parcel, treatment.how)
    said = orjson.loads(parcel.payload)["data"]
    (new,) = (name for name in said if name.startswith("emulator_"))
    assert said == {"id": "1", "type": "order", "status": "new", new: said[new]}
    assert {note.rule for note in send.faults} == {"old", "less", "more"}


def test_no_copy_leaves_the_calendar(stage: Any) -> None:
    (job,) = stage.plan({"id": "x", "duplicate": {"copies": 1000, "spacing": "2000d"}}).jobs
    first, second, *_, last = job.sends
    assert (len(job.sends), last.due - first.due) == (1001, LONGEST)
    assert second.due - first.due == LONGEST // 3650 * 2000
