"""Recording: one message of the real service, as somebody received it."""

from dataclasses import dataclass
from enum import StrEnum

from emulator.domain.delivery import Treatment


class RecordedForm(StrEnum):
    """What the provider sends to webhooks, and what to queues (its document of integrations)."""

    WEBHOOK = "webhook"
    CLOUD_EVENT = "CloudEvent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recording:
    """A message as it was delivered.

    `body` is its JSON text as it was, but for the secrets in it. `payload` is what the shop would raise the event with:
    `{"data": …, "included": …}`, or for a deletion `{"id", "type"}`, as JSON text. `resource_id` is empty where the
    payload has none (a one-time password's request). `at` is when it was received, or else when its event happened, or
    else when its resource says that it changed, in microseconds since the epoch; None where nothing tells. A CloudEvent
    does not say which attempt it is. `treatments` are what was done to it on its way, behind what it says; only our own
    journals tell of them.
    """

    form: RecordedForm
    key: str
    job_id: str
    attempt: int
    resource_type: str
    resource_id: str
    deletion: bool
    body: str
    payload: str
    at: int | None = None
    treatments: tuple[Treatment, ...] = ()
