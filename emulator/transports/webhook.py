"""Webhook: delivers messages as HTTP requests. Every failure is an outcome with a sentence."""

import asyncio
from dataclasses import dataclass

from emulator.domain.errors import InvalidInput
from emulator.domain.integration import WebhookConfiguration
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Barrier, Message
from emulator.domain.wire_fault import WireFault
from emulator.transports.dialer import Dialer, DialError, Lookup, system_lookup
from emulator.transports.exchange import Exchange
from emulator.transports.faulty_connection import FaultyConnection
from emulator.transports.leaving import Leaving
from emulator.transports.pool import STOPPED, Pool, unreached
from emulator.transports.reach import Reach
from emulator.transports.target import Target, target_of, with_headers


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lane:
    """One integration's way out, as long as its configuration stays the same."""

    configuration: WebhookConfiguration
    target: Target
    pool: Pool


class WebhookTransport:
    """POSTs each message to its integration's URL. Only 2xx is a success; redirects are not followed.

    `timeout` (seconds, the provider's 30) runs from the written request to the end of the answer;
    `connect_timeout` covers looking up the name, connecting and the TLS handshake. `max_connections` counts
    per integration and origin, so that a hanging receiver holds up nobody else, not even a healthy one behind
    the same port; further messages queue.
    """

    def __init__(
        self,
        *,
        reach: Reach,
        timeout: float = 30.0,
        connect_timeout: float = 10.0,
        max_connections: int = 64,
        lookup: Lookup = system_lookup,
    ) -> None:
        self._dialer = Dialer(reach=reach, timeout=connect_timeout, lookup=lookup)
        self._timeout = timeout
        self._limit = max_connections
        self._lanes: dict[str, _Lane] = {}
        self._retired: list[Pool] = []
        self._leaving = Leaving()
        self._closed = False

    async def send(self, message: Message) -> Outcome:
        """Never raises but for asyncio.CancelledError, on which the request ends at once."""
        configuration = message.integration.configuration
        lane = self._lanes.get(message.integration.id)
        if lane is None or (lane.configuration is not configuration and lane.configuration != configuration):
            if self._closed:
                return self._refused(message, STOPPED)
            try:
                lane = self._lane(message)
            except InvalidInput as error:
                return self._refused(message, error.sentence)
        try:
            request = lane.target.request(message.event_key, message.body)
        except InvalidInput as error:
            return self._refused(message, error.sentence)
        if message.headers:
            request = with_headers(request, message.headers)
        exchange = Exchange(request, lane.pool.loop.create_future())
        try:
            if message.wire is not None:
                return await self._send_wrongly(lane.pool, exchange, message.wire, message.barrier)
            if message.barrier is None:
                lane.pool.submit(exchange)
            else:
                await self._send_together(lane.pool, exchange, message.barrier)
            return await exchange.future
        except asyncio.CancelledError:
            lane.pool.withdraw(exchange)
            raise

    async def aclose(self) -> None:
        """Close every connection. What is still open fails."""
        self._closed = True
        pools = [*self._retired, *(lane.pool for lane in self._lanes.values())]
        self._lanes.clear()
        self._retired.clear()
        for pool in pools:
            await pool.aclose()
        await self._leaving.aclose()

    def _lane(self, message: Message) -> _Lane:
        key, configuration = message.integration.id, message.integration.configuration
        if not isinstance(configuration, WebhookConfiguration):
            raise InvalidInput("This integration is not a webhook, so it has no URL to send to")
        before = self._lanes.get(key)
        target = target_of(configuration)
        if before is not None and before.target.origin == target.origin:
            pool = before.pool
        else:
            if before is not None:
                self._retired.append(before.pool)
            self._sweep()
            pool = Pool(target.origin, self._dialer, limit=self._limit, timeout=self._timeout)
        lane = self._lanes[key] = _Lane(configuration=configuration, target=target, pool=pool)
        return lane

    def _sweep(self) -> None:
        """Forget integrations that were not sent to for a while. Done when a new one comes, which is rare."""
        self._retired = [pool for pool in self._retired if not pool.unused]
        self._lanes = {key: lane for key, lane in self._lanes.items() if not lane.pool.unused}

    # Barriers.

    async def _send_together(self, pool: Pool, exchange: Exchange, barrier: Barrier) -> None:
        """Write, wait until all others have written too, and only then read."""
        arrived = False
        started_at = asyncio.get_running_loop().time()
        try:
            try:
                connection = await pool.open()
            except DialError as error:
                exchange.settle(unreached(error, asyncio.get_running_loop().time() - started_at))
                return
            await connection.begin_without_reading(exchange)
            arrived = True
            await barrier.written()
            connection.read_answer(exchange)
        finally:
            if not arrived:
                self._leaving.leave(barrier)

    # Faults on the wire.

    async def _send_wrongly(self, pool: Pool, exchange: Exchange, fault: WireFault, barrier: Barrier | None) -> Outcome:
        """On a connection of its own. A barrier hears when it is written, but its answer waits for nobody."""
        loop = asyncio.get_running_loop()
        started_at = loop.time()
        try:
            connection = await pool.open_as(
                lambda: FaultyConnection(pool, pool.origin, fault, timeout=self._timeout, loop=loop)
            )
            await connection.write(exchange)
        except DialError as error:
            return unreached(error, loop.time() - started_at)
        finally:
            self._leaving.leave(barrier)
        return connection.told(await exchange.future)

    def _refused(self, message: Message, sentence: str) -> Outcome:
        self._leaving.leave(message.barrier)
        return Outcome(succeeded=False, error=sentence)
