"""SQS: delivers messages to queues, by a courier for each endpoint."""

import asyncio
from collections.abc import Callable

from emulator.domain.errors import EnvironmentFault, InvalidInput
from emulator.domain.integration import SqsConfiguration
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Message, QueueHost
from emulator.transports.leaving import Leaving
from emulator.transports.pool import STOPPED
from emulator.transports.reach import Reach
from emulator.transports.sqs.admission import Admission, Lookup, system_lookup
from emulator.transports.sqs.courier import Courier
from emulator.transports.sqs.endpoint import Endpoint, Patience, endpoint_of
from emulator.transports.sqs.entry import Entry, entry_of


class SqsTransport:
    """Puts each message into its integration's queue; delivered is what SQS has acknowledged.

    `host` is asked for a queue that stands in for the configured one; what is served where its URL says must be within
    `reach`. `timeout` (seconds) is how long a server may be silent, `connect_timeout` how long a connection may take.
    `run` names what a FIFO queue is to tell from earlier runs of the same seed.
    """

    def __init__(
        self,
        *,
        reach: Reach,
        host: QueueHost | None = None,
        timeout: float = 30.0,
        connect_timeout: float = 10.0,
        lookup: Lookup = system_lookup,
        run: Callable[[], str] = str,
    ) -> None:
        self._reach = reach
        self._host = host
        self._patience = Patience(connect=connect_timeout, answer=timeout)
        self._lookup = lookup
        self._run = run
        self._routes: dict[tuple[str, SqsConfiguration], Courier] = {}
        self._couriers: dict[Endpoint, Courier] = {}
        self._open: set[Entry] = set()
        self._leaving = Leaving()
        self._closed = False

    async def send(self, message: Message) -> Outcome:
        """Never raises but for asyncio.CancelledError, on which nobody waits any more for what SQS answers."""
        try:
            outcome = await self._deliver(message)
        except BaseException:
            self._leaving.leave(message.barrier)
            raise
        if message.barrier is not None:
            # A call is written and answered at once; the answer is kept back until every member has had its call.
            await message.barrier.written()
        return outcome

    async def aclose(self) -> None:
        """Ends every thread. What is still open fails."""
        self._closed = True
        for entry in self._open:
            entry.settle(Outcome(succeeded=False, error=STOPPED))
        await asyncio.gather(*(courier.aclose() for courier in self._couriers.values()))
        self._couriers.clear()
        self._routes.clear()
        await self._leaving.aclose()

    async def _deliver(self, message: Message) -> Outcome:
        configuration = message.integration.configuration
        if not isinstance(configuration, SqsConfiguration):
            return Outcome(succeeded=False, error="This integration is not aws_sqs, so it has no queue to send to")
        try:
            url = await self._queue_url(configuration)
            future = asyncio.get_running_loop().create_future()
            entry = entry_of(
                message, url, fifo=configuration.fifo, run=self._run() if configuration.fifo else "", future=future
            )
            courier = self._courier(url, configuration)
        except (InvalidInput, EnvironmentFault) as error:
            return Outcome(succeeded=False, error=error.sentence)
        if self._closed:
            return Outcome(succeeded=False, error=STOPPED)
        self._open.add(entry)
        try:
            courier.submit(entry)
            return await entry.future
        finally:
            self._open.discard(entry)

    async def _queue_url(self, configuration: SqsConfiguration) -> str:
        stand_in = None if self._host is None else await self._host.stand_in(configuration)
        return configuration.url if stand_in is None else stand_in

    def _courier(self, url: str, configuration: SqsConfiguration) -> Courier:
        """Raises InvalidInput."""
        courier = self._routes.get((url, configuration))
        if courier is None:
            endpoint = endpoint_of(url, configuration)
            courier = self._couriers.get(endpoint)
            if courier is None:
                self._sweep()
                admission = Admission(endpoint.origin, reach=self._reach, lookup=self._lookup)
                courier = self._couriers[endpoint] = Courier(endpoint, admission, self._patience)
            self._routes[url, configuration] = courier
        return courier

    def _sweep(self) -> None:
        """Forget endpoints that were not sent to for a while. Done when a new one comes, which is rare."""
        self._couriers = {endpoint: courier for endpoint, courier in self._couriers.items() if not courier.unused}
        self._routes = {route: courier for route, courier in self._routes.items() if not courier.unused}
