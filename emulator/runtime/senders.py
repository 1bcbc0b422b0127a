"""Senders: a transport for each type of integration, as the settings want them."""

from collections.abc import Callable, Container

from emulator.domain.integration import IntegrationType
from emulator.domain.ports import Transport
from emulator.runtime.queues import Queues
from emulator.runtime.settings import Settings
from emulator.transports.reach import Reach
from emulator.transports.sqs.transport import SqsTransport
from emulator.transports.stomp.transport import StompTransport
from emulator.transports.webhook import WebhookTransport


def senders(settings: Settings, queues: Queues, run: Callable[[], str]) -> dict[IntegrationType, Transport]:
    """`run` is a word that no other beginning of the emulator has."""
    reach = Reach(settings.allow_remote)
    return {
        **renewed(settings),
        IntegrationType.AWS_SQS: SqsTransport(reach=reach, host=queues.sqs, run=run),
        IntegrationType.STOMP: StompTransport(reach=reach, broker=queues.stomp),
    }


def renewed(settings: Settings, *, kept: Container[IntegrationType] = ()) -> dict[IntegrationType, Transport]:
    """Those that have to be made anew where settings change, but for those that are `kept`."""
    if IntegrationType.WEBHOOK in kept:
        return {}
    reach = Reach(settings.allow_remote)
    return {IntegrationType.WEBHOOK: WebhookTransport(reach=reach, timeout=settings.webhook_timeout)}
