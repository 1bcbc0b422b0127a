"""What the `data` of a record holds, written and read in one place."""

from collections.abc import Iterable, Mapping
from typing import Any

from emulator.core.job import Job
from emulator.domain.delivery import DeliveryKey, FaultNote, Hold, HoldKind, Send, Treatment
from emulator.domain.event import Event
from emulator.domain.outcome import Outcome


def event_data(event: Event) -> dict[str, Any]:
    return {
        "identity": event.identity,
        "key": event.key,
        "resource": event.resource,
        "resource_id": event.resource_id,
    }


def planned_data(job: Job, sends: Iterable[Send], faults: tuple[FaultNote, ...]) -> dict[str, Any]:
    data: dict[str, Any] = {
        "event": job.key.event,
        "event_key": job.event.key,
        "resource": job.event.resource,
        "integration": job.key.integration,
        "job": job.key.job,
        "job_id": job.job_id,
        "sends": [send_data(send) for send in sends],
        "faults": fault_data(faults),
    }
    if job.follows is not None:
        data["follows"] = job.follows
    return data


def send_data(send: Send) -> dict[str, Any]:
    data: dict[str, Any] = {"attempt": send.attempt, "copy": send.copy, "due": send.due}
    if send.hold is not None:
        hold = send.hold
        data["hold"] = {
            "kind": hold.kind._value_,
            "rule": hold.rule,
            "group": hold.group,
            "count": hold.count,
            "until": hold.until,
            **({"order": hold.order} if hold.order else {}),
        }
    if send.faults:
        data["faults"] = fault_data(send.faults)
    if send.treatments:
        data["treatments"] = [{"fault": each.fault, "how": dict(each.how)} for each in send.treatments]
    return data


def read_send(data: Mapping[str, Any], key: DeliveryKey, resource: str) -> Send:
    """A planned send again."""
    hold = data.get("hold")
    return Send(
        delivery=key,
        resource=resource,
        attempt=data["attempt"],
        copy=data["copy"],
        due=data["due"],
        hold=None if hold is None else Hold(**{**hold, "kind": HoldKind(hold["kind"])}),
        faults=read_faults(data.get("faults", ())),
        treatments=tuple(Treatment(fault=each["fault"], how=each["how"]) for each in data.get("treatments", ())),
    )


def fault_data(faults: Iterable[FaultNote]) -> list[dict[str, str]]:
    return [{"rule": note.rule, "fault": note.fault, "detail": note.detail} for note in faults]


def read_faults(data: Iterable[Mapping[str, str]]) -> tuple[FaultNote, ...]:
    return tuple(FaultNote(rule=note["rule"], fault=note["fault"], detail=note["detail"]) for note in data)


def sent_data(send: Send) -> dict[str, Any]:
    return {"faults": fault_data(send.faults)} if send.faults else {}


def attempted_data(outcome: Outcome, started_at: int, faults: Iterable[FaultNote], *, lost: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "succeeded": outcome.succeeded,
        "status": outcome.status,
        "body": outcome.body,
        "error": outcome.error,
        "processing_time": outcome.processing_time,
        "started_at": started_at,
        "faults": fault_data(faults),
    }
    if lost:
        data["lost"] = True
    return data
