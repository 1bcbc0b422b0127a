"""`/_emulator/deliveries`, `attempts` and `retry`: what was, is being or will be delivered, and how it went."""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any

import orjson
from starlette.responses import Response

from emulator.api.answer import answer
from emulator.api.as_of import UNTIL, attempts_then, row_then, until_of
from emulator.api.documents import (
    ATTEMPT,
    DELIVERY,
    FAULT,
    attempt_document,
    delivery_document,
    event_document,
    fault_documents,
    instant,
)
from emulator.api.integration_schema import listed
from emulator.api.operation import Call, Operation, Surface
from emulator.api.page import MAX_LIMIT, page_of
from emulator.api.refusal import Refusal, hint, invalid, quoted, refuse
from emulator.api.request_document import request_document
from emulator.api.schema import array, integer, shape, text
from emulator.core.hearing import Finding, Hearing
from emulator.core.projection import DeliveryView, fold
from emulator.domain.delivery import DeliveryState
from emulator.domain.errors import NotFound
from emulator.runtime.journal import DeliveryRow, Journal

_STATES = [str(state) for state in DeliveryState]


async def list_deliveries(call: Call) -> Response:
    """Deliveries, newest first, by integration, event glob, state, resource or job."""
    page = page_of(call.request.query_params)
    journal = await call.history()
    rows, total = journal.deliveries(
        integration=_key(call, call.query("integration")),
        event_glob=call.event_glob("event"),
        state=_state(call.query("state")),
        resource=call.query("resource"),
        job_id=call.query("job"),
        offset=page.offset,
        limit=page.limit,
    )
    return answer({"data": [delivery_document(row) for row in rows], **page.meta(total)})


async def read_delivery(call: Call) -> Response:
    """One delivery: its event, its newest attempts, what is still to be sent, faults, and the request as it is sent.

    With `until`, as it was when that record was the newest; the event and the integration are as they are.
    """
    until = until_of(call)
    journal = await call.history()
    row = _found(journal, call.word("delivery"))
    event = journal.event(row.event)
    records = journal.records_of(row.number, until=until)
    view = fold(records)
    attempts, total = journal.attempts(delivery=row.number, limit=MAX_LIMIT)
    if until is not None:
        if view is None:
            raise refuse(HTTPStatus.NOT_FOUND, f"There was no delivery {row.number} yet at record {until}")
        row, attempts, total = row_then(row, records, view), attempts_then(attempts, view), len(view.attempts)
    told = _Told(call, row, drawn=event is not None and event.recorded is None)
    shown: dict[str, Any] = {
        **delivery_document(row),
        "payload": None,
        "request": None,
        "attempts_made": [{**(made := attempt_document(attempt)), "faults": told.of(made)} for attempt in attempts],
        "attempts_total": total,
        "faults": [] if view is None else told.faults(fault_documents(view.faults), 1),
        "treatments": {} if view is None else _treatments(view),
        "sends": [],
    }
    if view is not None:
        shown["sends"] = [
            {
                "attempt": send.attempt,
                "copy": send.copy,
                "due": instant(send.due),
                "held": None if send.hold is None else str(send.hold.kind),
                "faults": told.faults(fault_documents(send.faults), send.attempt),
            }
            for send in view.pending
        ]
    if event is not None:
        shown["event_at"] = event_document(event)["at"]
        shown["payload"] = orjson.loads(event.payload)
        shown["request"] = request_document(call.emulator, row, event, {} if view is None else view.treatments)
    return answer({"data": shown})


class _Told:
    """The faults of one delivery, with what can be said of them afterwards."""

    def __init__(self, call: Call, row: DeliveryRow, *, drawn: bool) -> None:
        settings = call.emulator.settings
        rules = [active.rule for active in call.emulator.rules()]
        self._row = row
        self._hearing = Hearing(settings.seed, rules, drawn=drawn and settings.plan is None)

    def of(self, attempt: dict[str, Any]) -> list[dict[str, Any]]:
        return self.faults(attempt["faults"], attempt["attempt"])

    def faults(self, notes: list[dict[str, str]], attempt: int) -> list[dict[str, Any]]:
        return [{**note, **asdict(self._finding(note, attempt))} for note in notes]

    def _finding(self, note: dict[str, str], attempt: int) -> Finding:
        return self._hearing.finding(note, self._row.key, self._row.resource, attempt)


async def list_attempts(call: Call) -> Response:
    """Sends that have ended, newest first, of one integration, one delivery or all."""
    page = page_of(call.request.query_params)
    wanted = call.query("delivery")
    journal = await call.history()
    rows, total = journal.attempts(
        integration=_key(call, call.query("integration")),
        delivery=None if wanted is None else _found(journal, wanted).number,
        offset=page.offset,
        limit=page.limit,
    )
    return answer({"data": [attempt_document(row) for row in rows], **page.meta(total)})


async def retry(call: Call) -> Response:
    """One delivery again, as its next attempt, also one that has succeeded."""
    found = _found(await call.history(), call.body["job"])
    row = await call.emulator.retry(str(found.number))  # what was replayed twice has one job id
    return answer({"data": delivery_document(row)})


def _treatments(view: DeliveryView) -> dict[str, Any]:
    """What is done to its messages, by attempt."""
    return {
        str(attempt): [{"fault": one.fault, "how": dict(one.how)} for one in treatments]
        for attempt, treatments in view.treatments.items()
        if treatments
    }


def _found(journal: Journal, word: str) -> DeliveryRow:
    """The delivery of this number or job id. Raises a 404."""
    number = word.isascii() and word.isdecimal() and len(word) < 19
    row = journal.delivery(int(word) if number else word)
    if row is None:
        detail = f"There is no delivery {quoted(word)}; `epcc-emulator deliveries` lists them"
        raise refuse(HTTPStatus.NOT_FOUND, detail)
    return row


def _key(call: Call, word: str | None) -> str | None:
    """An integration's key by its key or id; also of one that is gone, whose deliveries stay."""
    if word is None:
        return None
    try:
        return call.emulator.integration(word).key
    except NotFound:
        return word


def _state(word: str | None) -> DeliveryState | None:
    if word is None:
        return None
    try:
        return DeliveryState(word)
    except ValueError:
        detail = f"state has no value {quoted(word)}{hint(word, _STATES)}"
        raise Refusal(invalid("state", detail)) from None


_HEARD = {
    **FAULT,
    "properties": {
        **FAULT["properties"],
        "legality": {"type": ["string", "null"], "description": "documented, plausible or hostile"},
        "draw": {"type": ["number", "null"], "description": "What the dice showed; it hit below the probability"},
        "probability": {"type": ["number", "null"], "description": "The rule's, where it is still the one that hit"},
    },
}
_SEND = shape(
    {
        "attempt": integer("From 1"),
        "copy": integer("0, or which further send of this attempt"),
        "due": {"type": ["string", "null"], "format": "date-time"},
        "held": {"type": ["string", "null"], "description": "What it waits for, where that is not time"},
        "faults": array(_HEARD, "What chaos rules do to it"),
    },
    closed=False,
)
_DETAIL = shape(
    {
        **DELIVERY["properties"],
        "payload": {"description": "The event's payload"},
        "request": {"type": ["object", "null"], "description": "The request as it is sent, secrets masked"},
        "attempts_made": array(
            {**ATTEMPT, "properties": {**ATTEMPT["properties"], "faults": array(_HEARD, "What chaos rules did to it")}},
            "Its newest attempts",
        ),
        "attempts_total": integer("How many attempts there were"),
        "faults": array(_HEARD, "What chaos rules did to the delivery as a whole"),
        "sends": array(_SEND, "What is still to be sent"),
    },
    required=(*DELIVERY["required"], "attempts_made", "sends", "request"),
    closed=False,
)

OPERATIONS = (
    Operation(
        method="GET",
        path="/_emulator/deliveries",
        name="listDeliveries",
        summary="Deliveries, newest first",
        surface=Surface.CONTROL,
        handler=list_deliveries,
        query={
            "integration": text("Only of this integration: its key or id"),
            "event": text("Only of events whose key matches this glob"),
            "state": text("Only those that stand here", enum=_STATES),
            "resource": text("Only of events of this resource: its id or key"),
            "job": text("Only the delivery with this job id"),
        },
        paged=True,
        answers={200: listed(DELIVERY)},
        refusals=(422,),
    ),
    Operation(
        method="GET",
        path="/_emulator/deliveries/{delivery}",
        name="getDelivery",
        summary="One delivery, by number or job id, with its attempts and the request",
        surface=Surface.CONTROL,
        handler=read_delivery,
        query=UNTIL,
        answers={200: shape({"data": _DETAIL}, required=("data",), closed=False)},
        refusals=(404, 422),
    ),
    Operation(
        method="GET",
        path="/_emulator/attempts",
        name="listAttempts",
        summary="Sends that have ended, newest first",
        surface=Surface.CONTROL,
        handler=list_attempts,
        query={
            "integration": text("Only of this integration: its key or id"),
            "delivery": text("Only of this delivery: its number or job id"),
        },
        paged=True,
        answers={200: listed(ATTEMPT)},
        refusals=(404, 422),
    ),
    Operation(
        method="POST",
        path="/_emulator/retry",
        name="retry",
        summary="Sends one delivery again, as its next attempt",
        surface=Surface.CONTROL,
        handler=retry,
        body=shape({"job": text("The job's id, or the delivery's number")}, required=("job",)),
        answers={200: shape({"data": DELIVERY}, required=("data",), closed=False)},
        refusals=(400, 404, 409, 413, 422, 503),
    ),
)
