"""Subscriptions: those of one connection, and which messages an ACK or NACK speaks of."""

from collections.abc import Mapping
from itertools import count

from emulator.runtime.stomp.destinations import Destinations
from emulator.runtime.stomp.headers import required
from emulator.runtime.stomp.limits import Limits
from emulator.runtime.stomp.message import Message
from emulator.runtime.stomp.refusal import Refusal
from emulator.runtime.stomp.subscription import AckMode, Outlet, Subscription
from emulator.runtime.stomp.version import Version


class Subscriptions:
    """By the client's id; where version 1.0 gives none, by destination."""

    def __init__(self, *, destinations: Destinations, limits: Limits, version: Version, outlet: Outlet) -> None:
        self._destinations = destinations
        self._limits = limits
        self._version = version
        self._outlet = outlet
        self._serials = count(1)
        self._open: dict[tuple[str, str], Subscription] = {}
        self._by_serial: dict[str, Subscription] = {}

    def open(self, headers: Mapping[str, str]) -> None:
        """What SUBSCRIBE asks for. Raises Refusal."""
        key = self._key(headers, "SUBSCRIBE")
        destination = required(headers, "destination", "SUBSCRIBE")
        if key in self._open:
            raise Refusal("Subscription exists", f"this connection has a subscription with the {key[0]} '{key[1]}'")
        if len(self._open) >= self._limits.subscriptions:
            raise Refusal("Too many subscriptions", f"a connection may have {self._limits.subscriptions} subscriptions")
        ack = _ack_mode(headers.get("ack", AckMode.AUTO))
        prefetch = self._prefetch(headers)
        behaviour = self._destinations.behaviour
        behaviour.refuse_unsupported(behaviour.canonical(destination), headers)
        queue = self._destinations.source(destination)
        subscription = Subscription(
            id=headers.get("id"),
            serial=next(self._serials),
            destination=queue.name,
            ack=ack,
            prefetch=prefetch,
            version=self._version,
            outlet=self._outlet,
            queue=queue,
        )
        self._open[key] = self._by_serial[subscription.serial] = subscription
        self._destinations.join(subscription)

    def close(self, headers: Mapping[str, str]) -> None:
        """What UNSUBSCRIBE asks for. Raises Refusal."""
        key = self._key(headers, "UNSUBSCRIBE")
        subscription = self._open.pop(key, None)
        if subscription is None:
            raise Refusal("Unknown subscription", f"this connection has no subscription with the {key[0]} '{key[1]}'")
        del self._by_serial[subscription.serial]
        self._destinations.leave(subscription)
        subscription.queue.dispatch()

    def taken(self, headers: Mapping[str, str], command: str) -> tuple[Subscription, list[Message]]:
        """Messages that an ACK or NACK answers, which are no longer unacknowledged. Raises Refusal."""
        subscription, message_id = self._meant(headers, command)
        if subscription.automatic:
            raise Refusal(
                f"Unexpected {command}",
                f"the subscription of '{subscription.destination}' has ack:auto, so there is nothing to answer; "
                "subscribe with ack:client or ack:client-individual",
            )
        if not subscription.holds(message_id):
            raise Refusal(
                f"Unexpected {command}",
                f"the message '{message_id}' is not waiting for an answer on this subscription: it was answered "
                "before, or never sent to it",
            )
        together = subscription.ack is AckMode.CLIENT and (
            command == "ACK" or self._destinations.behaviour.nack_is_cumulative
        )
        return subscription, subscription.take(message_id, cumulative=together)

    def pump(self) -> None:
        """Goes on with what had to wait for this connection."""
        for subscription in tuple(self._open.values()):
            subscription.queue.dispatch()

    def end(self) -> None:
        """Closes all. Only then is anything delivered to others, so that they get it in order."""
        subscriptions = list(self._open.values())
        self._open.clear()
        self._by_serial.clear()
        for subscription in subscriptions:
            self._destinations.leave(subscription)
        for subscription in subscriptions:
            subscription.queue.dispatch()

    def _key(self, headers: Mapping[str, str], command: str) -> tuple[str, str]:
        if "id" in headers or self._version is not Version.V1_0:
            return "id", required(headers, "id", command)
        return "destination", required(headers, "destination", command)

    def _prefetch(self, headers: Mapping[str, str]) -> int:
        behaviour = self._destinations.behaviour
        text = headers.get(behaviour.prefetch_header)
        if text is None:
            return behaviour.prefetch
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= behaviour.least_prefetch):
            raise Refusal(
                f"Malformed {behaviour.prefetch_header}",
                f"{behaviour.prefetch_header} is '{text[:40]}', and has to be a number from {behaviour.least_prefetch}",
            )
        return int(text)

    def _meant(self, headers: Mapping[str, str], command: str) -> tuple[Subscription, str]:
        """Version 1.2 names one delivery; 1.1 a subscription and a message; 1.0 perhaps only a message."""
        if self._version is Version.V1_2:
            answered = required(headers, "id", command)
            serial, _, message_id = answered.partition("@")
            found = self._by_serial.get(serial)
            if found is None:
                raise _unknown(command, answered)
            return found, message_id
        message_id = required(headers, "message-id", command)
        if self._version is Version.V1_1 or "subscription" in headers:
            name = required(headers, "subscription", command)
            found = self._open.get(("id", name))
            if found is None:
                raise Refusal(f"Unexpected {command}", f"this connection has no subscription with the id '{name}'")
            return found, message_id
        for subscription in self._open.values():
            if subscription.holds(message_id):
                return subscription, message_id
        raise _unknown(command, message_id)


def _ack_mode(text: str) -> AckMode:
    try:
        return AckMode(text)
    except ValueError:
        raise Refusal("Unknown ack mode", f"ack is '{text[:40]}', and has to be one of {', '.join(AckMode)}") from None


def _unknown(command: str, answered: str) -> Refusal:
    return Refusal(
        f"Unexpected {command}",
        f"'{answered[:80]}' is no message that waits for an answer on this connection: it was answered before, its "
        "subscription has ended, or it was received on another connection",
    )
