"""Rendering: what a delivery's message says, in the form that its integration's type asks for."""

from emulator.core.job import Job
from emulator.core.recording import recorded_body
from emulator.domain.event import Event
from emulator.domain.integration import Integration, IntegrationType
from emulator.store.cloud_event import cloud_event_body
from emulator.store.envelope import webhook_body
from emulator.store.shop import Shop


class Rendering:
    """Bodies are made when they are due, so that they show the integration as it is then."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop

    def __call__(self, job: Job, integration: Integration, attempt: int) -> bytes:
        return self.body(job.event, integration, job_id=job.job_id, attempt=attempt)

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
