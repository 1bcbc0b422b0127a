"""STOMP transport: delivers messages to a broker's destination. Every failure is an outcome with a sentence."""

import asyncio
from dataclasses import dataclass

from emulator.domain.errors import InvalidInput
from emulator.domain.integration import StompConfiguration
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Barrier, BrokerHost, Message
from emulator.transports.dialer import Dialer, Lookup, system_lookup
from emulator.transports.leaving import Leaving
from emulator.transports.reach import Reach
from emulator.transports.stomp import words
from emulator.transports.stomp.connection import Connection
from emulator.transports.stomp.limits import Limits
from emulator.transports.stomp.window import Sending


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lane:
    """One integration's way out, as long as its configuration stays the same."""

    configuration: StompConfiguration
    connection: Connection


class StompTransport:
    """SENDs each message to its integration's destination; the broker's RECEIPT is what delivers it.

    Each integration has a connection of its own, so that one whose destination is refused disturbs nobody else.
    `broker` is told before connecting, so that an embedded one can be started.
    """

    def __init__(
        self,
        *,
        reach: Reach,
        broker: BrokerHost | None = None,
        limits: Limits | None = None,
        lookup: Lookup = system_lookup,
    ) -> None:
        self._limits = limits or Limits()
        self._dialer = Dialer(reach=reach, timeout=self._limits.connect, lookup=lookup, alpn=())
        self._broker = broker
        self._lanes: dict[str, _Lane] = {}
        self._retired: list[Connection] = []
        self._leaving = Leaving()
        self._closed = False

    async def send(self, message: Message) -> Outcome:
        """Never raises but for asyncio.CancelledError, on which the wait ends at once."""
        configuration = message.integration.configuration
        lane = self._lanes.get(message.integration.id)
        if lane is None or (lane.configuration is not configuration and lane.configuration != configuration):
            if self._closed:
                return self._refused(message, words.STOPPED)
            try:
                lane = self._lane(message)
            except InvalidInput as error:
                return self._refused(message, error.sentence)
        loop = asyncio.get_running_loop()
        sending = Sending(message.body, loop.create_future())
        try:
            if message.barrier is None:
                lane.connection.submit(sending)
            else:
                await self._send_together(lane.connection, sending, message.barrier)
            return await sending.future
        except asyncio.CancelledError:
            lane.connection.withdraw(sending)
            raise

    async def aclose(self) -> None:
        """Take leave of every broker. What is still open fails."""
        self._closed = True
        connections = [*self._retired, *(lane.connection for lane in self._lanes.values())]
        self._lanes.clear()
        self._retired.clear()
        await asyncio.gather(*(connection.aclose() for connection in connections))
        await self._leaving.aclose()

    def _lane(self, message: Message) -> _Lane:
        key, configuration = message.integration.id, message.integration.configuration
        if not isinstance(configuration, StompConfiguration):
            raise InvalidInput("This integration is not of type stomp, so it has no broker to send to")
        connection = Connection(configuration, dialer=self._dialer, broker=self._broker, limits=self._limits)
        before = self._lanes.pop(key, None)
        if before is not None:
            before.connection.retire()
            self._retired.append(before.connection)
        self._sweep()
        lane = self._lanes[key] = _Lane(configuration=configuration, connection=connection)
        return lane

    def _sweep(self) -> None:
        """Forget integrations that were not sent to for a while. Done when a new one comes, which is rare."""
        self._retired = [connection for connection in self._retired if not connection.unused]
        self._lanes = {key: lane for key, lane in self._lanes.items() if not lane.connection.unused}

    # Barriers.

    async def _send_together(self, connection: Connection, sending: Sending, barrier: Barrier) -> None:
        """Write, and wait until all others have written too. Whoever could not write does not wait."""
        sending.written = asyncio.get_running_loop().create_future()
        arrived = False
        try:
            connection.submit(sending)
            if await sending.written:
                arrived = True
                await barrier.written()
        finally:
            if not arrived:
                self._leaving.leave(barrier)

    def _refused(self, message: Message, sentence: str) -> Outcome:
        self._leaving.leave(message.barrier)
        return Outcome(succeeded=False, error=sentence)
