"""Rendering: what a delivery's message says, in the form that its integration's type asks for."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from emulator.core.faults.connection import Connection, wire_fault
from emulator.core.faults.corrupt import Corrupt, damaged, damaged_headers
from emulator.core.faults.payload import Payload, changed_payload, looks_back
from emulator.core.faults.secret import Secret, secret_header, with_secret
from emulator.core.job import Job
from emulator.core.recording import recorded_body
from emulator.domain.delivery import Send, Treatment
from emulator.domain.event import Event
from emulator.domain.integration import Integration, IntegrationType
from emulator.domain.ports import Barrier, Message
from emulator.domain.wire_fault import WireFault
from emulator.store.cloud_event import cloud_event_body
from emulator.store.envelope import webhook_body
from emulator.store.shop import Shop

Before = Callable[[Event], str | None]
"""What was said of an event's resource before it changed to what the event says."""


class Rendering:
    """Bodies are made when they are due, so that they show the integration as it is then."""

    def __init__(self, shop: Shop, before: Before = lambda _: None) -> None:
        self._shop = shop
        self._before = before

    def __call__(self, job: Job, integration: Integration, send: Send, barrier: Barrier | None = None) -> Message:
        """The message of this send, under its treatments: what is said first, then the secret, then the damage."""
        treatments = send.treatments
        event = self._changed(job.event, treatments) if treatments else job.event
        message = Message(
            integration=integration,
            event_key=job.event.key,
            job_id=job.job_id,
            resource=send.resource,
            attempt=send.attempt,
            copy=send.copy,
            body=self.body(event, integration, job_id=job.job_id, attempt=send.attempt),
            barrier=barrier,
        )
        return _treated(message, treatments) if treatments else message

    def body(self, event: Event, integration: Integration, *, job_id: str, attempt: int) -> bytes:
        """What one attempt carries. A queue's message says nothing of attempts: all of them are the same CloudEvent.

        What is replayed goes out as it was recorded, where the integration is of the type that gets such messages.
        """
        shop = self._shop
        if event.recorded is not None:
            recorded = recorded_body(event.recorded, integration, job_id=job_id, attempt=attempt)
            if recorded is not None:
                return recorded
        if integration.integration_type is IntegrationType.WEBHOOK:
            return webhook_body(
                event, integration, job_id=job_id, attempt=attempt, store_id=shop.store_id, org_id=shop.org_id
            )
        return cloud_event_body(
            event, integration, job_id=job_id, store_id=shop.store_id, org_id=shop.org_id, source=shop.base_url
        )

    def _changed(self, event: Event, treatments: Sequence[Treatment]) -> Event:
        payload = event.payload
        for treatment in treatments:
            if treatment.fault == Payload.kind:
                before = self._before(event) if looks_back(treatment.how) else None
                payload = changed_payload(payload, treatment.how, before)
        return replace(event, payload=payload)


def _treated(message: Message, treatments: Sequence[Treatment]) -> Message:
    """Whatever else was done to it, damage comes last: what was cut off cannot be read any more."""
    body = message.body
    headers: dict[str, bytes | None] = {}
    wire: WireFault | None = None
    for treatment in treatments:
        if treatment.fault == Secret.kind:
            body = with_secret(body, treatment.how)
            headers |= secret_header(treatment.how)
    for treatment in treatments:
        if treatment.fault == Corrupt.kind:
            body = damaged(body, treatment.how)
            headers |= damaged_headers(treatment.how)
        elif treatment.fault == Connection.kind:
            wire = wire_fault(treatment.how)
    return replace(message, body=body, headers=headers or None, wire=wire)
