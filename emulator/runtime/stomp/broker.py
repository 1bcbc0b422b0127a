"""Broker: a STOMP broker that listens."""

import asyncio
import secrets
import ssl
import time
from collections.abc import Callable

from emulator.domain.errors import InvalidInput, UnknownWord
from emulator.domain.integration import IntegrationType
from emulator.domain.queue import QueuedMessage, QueueView
from emulator.runtime.port import bind
from emulator.runtime.stomp.access import Access
from emulator.runtime.stomp.behaviour import BrokerBehaviour, is_topic
from emulator.runtime.stomp.connection import Connection
from emulator.runtime.stomp.destinations import Destinations
from emulator.runtime.stomp.limits import Limits
from emulator.runtime.stomp.queue import Queue
from emulator.runtime.stomp.refusal import Refusal
from emulator.runtime.stomp.session import Session
from emulator.runtime.stomp.subscription import Outlet

_BACKLOG = 128
_HANDSHAKE_SECONDS = 10.0
_GOODBYE_SECONDS = 1.0


class Broker:
    """Queues and topics in memory, for clients of STOMP 1.0 to 1.2; everything happens on the running event loop.

    `login` and `passcode` are asked of clients when they are given. `on_notice` is told, as a sentence, what the
    user should know. Messages outlive `stop` and are there again after the next `start`.
    """

    def __init__(
        self,
        *,
        behaviour: BrokerBehaviour = BrokerBehaviour.ACTIVEMQ,
        login: str | None = None,
        passcode: str | None = None,
        limits: Limits | None = None,
        on_notice: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self._limits = limits or Limits()
        self._access = Access(login=login, passcode=passcode)
        self._destinations = Destinations(
            behaviour=behaviour,
            limits=self._limits,
            # Ids are not to come again after a restart: receivers recognise duplicates by them.
            prefix=f"epcc-{secrets.token_hex(4)}",
            now=lambda: time.time_ns() // 1000,
            on_notice=on_notice,
        )
        self._servers: list[asyncio.Server] = []
        self._address = ""
        self._connections: set[Connection] = set()
        self._sessions = 0
        self._all_lost: asyncio.Event | None = None

    async def start(self, host: str, port: int, *, ssl_context: ssl.SSLContext | None = None) -> int:
        """Listens, also on a second port for TLS; port 0 is any free one. Says which. Raises EnvironmentFault."""
        listening = bind(host, port)
        port = listening.getsockname()[1]
        loop = asyncio.get_running_loop()
        server = await loop.create_server(
            self._make_connection,
            sock=listening,
            backlog=_BACKLOG,
            ssl=ssl_context,
            ssl_handshake_timeout=None if ssl_context is None else _HANDSHAKE_SECONDS,
        )
        self._servers.append(server)
        if not self._address:
            scheme = "stomp" if ssl_context is None else "stomp+ssl"
            self._address = f"{scheme}://{f'[{host}]' if ':' in host else host}:{port}"
        return port

    async def stop(self) -> None:
        """Listens no longer and closes every connection; what was not acknowledged waits for the next start."""
        servers, self._servers, self._address = self._servers, [], ""
        for server in servers:
            server.close()
        if self._connections:
            self._all_lost = asyncio.Event()
            for connection in tuple(self._connections):
                connection.close()
            try:
                await asyncio.wait_for(self._all_lost.wait(), _GOODBYE_SECONDS)
            except TimeoutError:
                for connection in tuple(self._connections):
                    connection.abort()
                await self._all_lost.wait()
            self._all_lost = None
        for server in servers:
            await server.wait_closed()

    def queues(self) -> list[QueueView]:
        """Every queue that has been used, by name."""
        return [
            QueueView(
                integration_type=IntegrationType.STOMP,
                name=queue.name,
                address=self._address,
                waiting=queue.waiting,
                in_flight=queue.in_flight,
            )
            for queue in sorted(self._destinations.queues, key=lambda queue: queue.name)
        ]

    def in_hand(self) -> dict[str, int]:
        """The destinations whose consumers have something left to do, and how many messages that is."""
        return self._destinations.in_hand()

    def peek(self, destination: str, limit: int) -> list[QueuedMessage]:
        """The oldest messages of a queue, which stay where they are. Raises InvalidInput and UnknownWord."""
        return self._known(destination).peek(limit)

    def purge(self, destination: str) -> int:
        """Empties a queue of what is not being worked on. Says how many messages it was. Raises as `peek` does."""
        return self._known(destination).purge()

    def ensure(self, destination: str) -> None:
        """Makes a queue that is there before it is used. Topics need none. Raises InvalidInput for what is refused."""
        try:
            if not is_topic(self._destinations.behaviour.canonical(destination)):
                self._destinations.queue(destination).ensured = True
        except Refusal as refusal:
            raise InvalidInput(refusal.detail) from None

    @property
    def connections(self) -> int:
        """How many clients are connected, those included that are being sent away."""
        return len(self._connections)

    def opened(self, connection: Connection) -> None:
        """A client has connected. Raises Refusal when it is one too many."""
        self._connections.add(connection)
        if len(self._connections) > self._limits.connections:
            raise Refusal("Too many connections", f"the broker takes {self._limits.connections} connections at a time")

    def lost(self, connection: Connection) -> None:
        """A client has gone."""
        self._connections.discard(connection)
        if not self._connections and self._all_lost is not None:
            self._all_lost.set()

    def _make_connection(self) -> Connection:
        return Connection(
            register=self, limits=self._limits, budget=self._destinations.budget, make_session=self._make_session
        )

    def _make_session(self, outlet: Outlet) -> Session:
        self._sessions += 1
        return Session(
            id=f"session-{self._sessions}",
            server="epcc-emulator",
            access=self._access,
            destinations=self._destinations,
            limits=self._limits,
            outlet=outlet,
        )

    def _known(self, destination: str) -> Queue:
        try:
            queue = self._destinations.find(destination)
        except Refusal as refusal:
            raise InvalidInput(refusal.detail) from None
        if queue is None:
            raise UnknownWord("queue", destination, (queue.name for queue in self._destinations.queues))
        return queue
