"""Rendering: what a delivery's message says, in the form that its integration's type asks for."""

from collections.abc import Callable
from dataclasses import replace
from typing import cast

from emulator.core.fault import MessageFault, Parcel, Stage
from emulator.core.fault_words import fault_kind
from emulator.core.guarded import GuardedKind
from emulator.core.job import Job
from emulator.core.recording import recorded_body
from emulator.domain.delivery import Send
from emulator.domain.errors import UserError
from emulator.domain.event import Event
from emulator.domain.integration import Integration, IntegrationType
from emulator.domain.ports import Barrier, Message
from emulator.store.cloud_event import cloud_event_body
from emulator.store.envelope import webhook_body
from emulator.store.shop import Shop

_WEBHOOK = IntegrationType.WEBHOOK
Before = Callable[[Event], str | None]
"""What was said of an event's resource before it changed to what the event says."""


class Rendering:
    """Bodies are made when they are due, so that they show the integration as it is then."""

    def __init__(self, shop: Shop, before: Before = lambda _: None) -> None:
        self._shop = shop
        self._before = before

    def __call__(self, job: Job, integration: Integration, send: Send, barrier: Barrier | None = None) -> Message:
        """The message of this send, under its treatments, each at its stage.

        Raises UserError where a fault that somebody else has written fails, or is there no more.
        """
        treated = self._treated(job, integration, send) if send.treatments else None
        return Message(
            integration=integration,
            event_key=job.event.key,
            job_id=job.job_id,
            resource=send.resource,
            attempt=send.attempt,
            copy=send.copy,
            body=treated.body
            if treated is not None
            else self.body(job.event, integration, job_id=job.job_id, attempt=send.attempt),
            barrier=barrier,
            replay=0 if job.event.recorded is None else job.event.at,
            headers=None if treated is None else treated.headers or None,
            wire=None if treated is None else treated.wire,
        )

    def body(self, event: Event, integration: Integration, *, job_id: str, attempt: int) -> bytes:
        """What one attempt carries. A queue's message says nothing of attempts: all of them are the same CloudEvent.

        What is replayed goes out as it was recorded, where the integration is of the type that gets such messages.
        """
        shop = self._shop
        if event.recorded is not None:
            recorded = recorded_body(event.recorded, integration, job_id=job_id, attempt=attempt)
            if recorded is not None:
                return recorded
        if integration.integration_type is _WEBHOOK:
            return webhook_body(
                event, integration, job_id=job_id, attempt=attempt, store_id=shop.store_id, org_id=shop.org_id
            )
        return cloud_event_body(
            event, integration, job_id=job_id, store_id=shop.store_id, org_id=shop.org_id, source=shop.base_url
        )

    def _treated(self, job: Job, integration: Integration, send: Send) -> Parcel:
        event = job.event
        parcel = Parcel(payload=event.payload, before=lambda: self._before(event))
        treatments = [(_kind(treatment.fault), treatment.how) for treatment in send.treatments]
        for kind, how in treatments:
            if kind.stage is Stage.SAID:
                kind.treat(parcel, how)
        if parcel.payload is not event.payload:
            event = replace(event, payload=parcel.payload)
        parcel.body = self.body(event, integration, job_id=job.job_id, attempt=send.attempt)
        for kind, how in sorted(treatments, key=lambda treatment: treatment[0].stage):
            if kind.stage is not Stage.SAID:
                kind.treat(parcel, how)
        return parcel


def _kind(word: str) -> type[MessageFault] | GuardedKind:
    found = fault_kind(word)
    if found is None:
        raise UserError(f"the fault '{word}' is not installed any more, so the message cannot be made")
    assert hasattr(found, "treat"), "only message faults make treatments"
    return cast(type[MessageFault] | GuardedKind, found)
