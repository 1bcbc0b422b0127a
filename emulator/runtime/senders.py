"""Senders: a transport for each type of integration, as the settings want them."""

from collections.abc import Callable

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
        IntegrationType.WEBHOOK: WebhookTransport(reach=reach, timeout=settings.webhook_timeout),
        IntegrationType.AWS_SQS: SqsTransport(reach=reach, host=queues.sqs, run=run),
        IntegrationType.STOMP: StompTransport(reach=reach, broker=queues.stomp),
    }
