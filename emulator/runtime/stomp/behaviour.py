"""Behaviour: which broker is imitated where brokers differ."""

from collections.abc import Mapping
from enum import StrEnum

from emulator.runtime.stomp.refusal import Refusal


class BrokerBehaviour(StrEnum):
    """`activemq` is what Amazon MQ runs; `rabbitmq` is RabbitMQ with its STOMP plugin."""

    ACTIVEMQ = "activemq"
    RABBITMQ = "rabbitmq"

    @property
    def prefetch_header(self) -> str:
        """The header of SUBSCRIBE that says how many unacknowledged messages a subscriber takes."""
        return "activemq.prefetchSize" if self is BrokerBehaviour.ACTIVEMQ else "prefetch-count"

    @property
    def prefetch(self) -> int:
        """How many it takes when it does not say; 0 is any number. ActiveMQ's queues and RabbitMQ's own defaults."""
        return 1_000 if self is BrokerBehaviour.ACTIVEMQ else 0

    @property
    def least_prefetch(self) -> int:
        """The smallest number it may say: RabbitMQ's 0 is any number, ActiveMQ's 0 would never deliver anything."""
        return 1 if self is BrokerBehaviour.ACTIVEMQ else 0

    @property
    def nack_is_cumulative(self) -> bool:
        """Whether NACK of a subscription in mode client is also for what was sent before, as ACK is.

        STOMP says so and RabbitMQ 3.10 does so; ActiveMQ 5.17 rejects the one message.
        """
        return self is BrokerBehaviour.RABBITMQ

    @property
    def nack_in_transaction(self) -> bool:
        """Whether NACK may wait for COMMIT; ActiveMQ 5.17 answers that with an ERROR."""
        return self is BrokerBehaviour.RABBITMQ

    @property
    def dead_letters(self) -> str | None:
        """The queue that NACK moves a message to; without one, the message is queued again at once.

        ActiveMQ 5.17 keeps only what was sent with `persistent:true` there, and throws away the rest.
        """
        return "/queue/ActiveMQ.DLQ" if self is BrokerBehaviour.ACTIVEMQ else None

    def canonical(self, destination: str) -> str:
        """A destination's one name. Raises Refusal for those that this broker does not know or does not have."""
        for prefix in ("/temp-queue/", "/temp-topic/"):
            if destination.startswith(prefix):
                raise Refusal("Unsupported destination", f"'{destination}': this broker has no temporary destinations")
        if self is BrokerBehaviour.ACTIVEMQ:
            return _activemq(destination)
        return _rabbitmq(destination)

    def refuse_unsupported(self, destination: str, headers: Mapping[str, str]) -> None:
        """Raises Refusal for a SUBSCRIBE whose answer would silently be another one than the real broker's."""
        for name, what in _UNSUPPORTED[self].items():
            if name in headers and headers[name] != "false":
                raise Refusal("Unsupported header", f"'{name}' on SUBSCRIBE: this broker has no {what}")
        if is_topic(destination) and self is BrokerBehaviour.RABBITMQ and headers.get("durable", "false") != "false":
            raise Refusal(
                "Unsupported header", "'durable' on SUBSCRIBE: this broker has no durable topic subscriptions"
            )
        parts = destination.replace("/", ".").split(".")
        wild = {"*", ">"} if self is BrokerBehaviour.ACTIVEMQ else {"*", "#"} if is_topic(destination) else set()
        if wild.intersection(parts):
            raise Refusal("Unsupported destination", f"'{destination}': this broker has no wildcards")


_UNSUPPORTED: Mapping[BrokerBehaviour, Mapping[str, str]] = {
    BrokerBehaviour.ACTIVEMQ: {
        "selector": "selectors",
        "browser": "queue browsers; `queues peek` looks into a queue without consuming",
        "activemq.subscriptionName": "durable topic subscriptions",
    },
    BrokerBehaviour.RABBITMQ: {},
}
_NOT_HERE = ("/exchange/", "/amq/queue/", "/reply-queue/")


def is_topic(destination: str) -> bool:
    """Whether a canonical destination fans out and keeps nothing."""
    return destination.startswith("/topic/")


def _activemq(destination: str) -> str:
    """ActiveMQ takes any name: what has no prefix is a queue."""
    if "," in destination:
        raise Refusal("Unsupported destination", f"'{destination}': this broker has no composite destinations")
    if destination in ("", "/queue/", "/topic/"):
        raise Refusal("Illegal destination name", f"'{destination}' names no queue and no topic")
    if destination.startswith(("/queue/", "/topic/")):
        return destination
    return f"/queue/{destination}"


def _rabbitmq(destination: str) -> str:
    if destination.startswith(_NOT_HERE):
        raise Refusal("Unsupported destination", f"'{destination}': this broker has /queue/… and /topic/… only")
    for prefix in ("/queue/", "/topic/"):
        if destination.startswith(prefix):
            name = destination.removeprefix(prefix)
            if not name or "/" in name:
                raise Refusal(
                    "Invalid destination", f"'{destination}' is not a valid {prefix.strip('/')} destination; write %2F"
                    " for a slash in a name"
                )  # fmt: skip
            return destination
    raise Refusal(
        "Unknown destination", f"'{destination}' is not a known destination; those begin with /queue/ or /topic/"
    )
