"""Queues: what lies in the servers that come with the emulator, seen and changed from outside."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from emulator.domain.errors import EmulatorError, NotFound
from emulator.domain.integration import (
    Configuration,
    Integration,
    IntegrationType,
    SqsConfiguration,
    StompConfiguration,
)
from emulator.domain.queue import QueuedMessage, QueueView
from emulator.runtime.kept_ports import KeptPorts
from emulator.runtime.settings import Settings
from emulator.runtime.sqs_host import DEFAULT_REGION, SqsHost
from emulator.runtime.stomp_host import LOGIN, StompHost

if TYPE_CHECKING:
    from emulator.runtime.sqs import SqsQueues
    from emulator.runtime.stomp.broker import Broker


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeQueue:
    """A queue that is there now, what an integration is configured with to fill it, and what its receiver needs."""

    view: QueueView
    configuration: Configuration
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Glance:
    """Messages that were looked at. `notice` says what that did to them, on a server that is not ours."""

    messages: Sequence[QueuedMessage]
    notice: str | None = None


class Queues:
    """Both servers. A name that begins with a slash is a STOMP destination, any other a queue of SQS."""

    def __init__(self, settings: Settings, ports: KeptPorts, notice: Callable[[str], None]) -> None:
        self.sqs = SqsHost(settings, ports, notice)
        self.stomp = StompHost(settings, ports, notice)
        self._settings = settings
        self._notice = notice
        self._preparing: set[asyncio.Task[None]] = set()

    async def start(self) -> None:
        """Those that were asked for, or none of them. Raises EnvironmentFault."""
        try:
            if self._settings.queues.sqs:
                await self.sqs.start()
            if self._settings.queues.stomp:
                await self.stomp.start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        for task in self._preparing:
            task.cancel()
        await asyncio.gather(*self._preparing, return_exceptions=True)
        await self.sqs.stop()
        await self.stomp.stop()

    async def prepare(self, integration: Integration) -> None:
        """Its queue is there before anything is sent to it, so that a receiver can already wait at it.

        What goes wrong is told as a notice: the attempts will fail with it, and are tried again.
        """
        configuration = integration.configuration
        if not integration.enabled:
            return
        try:
            if isinstance(configuration, SqsConfiguration):
                await self.sqs.stand_in(configuration)
            elif isinstance(configuration, StompConfiguration):
                await self.stomp.ready(configuration)
        except EmulatorError as error:
            self._notice(f"{integration.name}: {error.sentence}")

    def prepare_soon(self, integration: Integration) -> None:
        """The same, without waiting for it."""
        task = asyncio.create_task(self.prepare(integration))
        self._preparing.add(task)
        task.add_done_callback(self._preparing.discard)

    async def all(self) -> list[QueueView]:
        """Every queue of the servers that run."""
        found: list[QueueView] = []
        if self.sqs.running:
            found += await (await self.sqs.start()).queues()
        if self.stomp.broker is not None:
            found += self.stomp.broker.queues()
        return found

    async def in_hand(self) -> dict[str, int]:
        """The queues that run here whose consumers have something left to do, and how many messages that is."""
        found = dict(await (await self.sqs.start()).in_hand()) if self.sqs.running else {}
        return found if self.stomp.broker is None else found | self.stomp.broker.in_hand()

    async def make(self, name: str, *, region: str | None = None) -> MadeQueue:
        """The queue of this name, made when it is missing, its server started.

        Raises InvalidInput for a name that its server refuses, EnvironmentFault when that cannot run.
        """
        configuration: Configuration
        if is_destination(name):
            broker = await self.stomp.start()
            broker.ensure(name)
            configuration = StompConfiguration(
                addresses=(self.stomp.addresses["stomp"],),
                destination=name,
                username=LOGIN,
                password=self.stomp.passcode(),
            )
            environment = self.stomp.environment()
        else:
            region = region or DEFAULT_REGION
            server = await self.sqs.start()
            url = await server.create_queue(name, region=region)
            configuration = SqsConfiguration(url=url, region=region, **self.sqs.credentials())
            environment = {**self.sqs.environment(), "AWS_REGION": region, "AWS_DEFAULT_REGION": region}
        view = next((one for one in await self.all() if one.name == name and one.region in ("", region)), None)
        if view is None:  # a topic keeps nothing, so it is none of the queues
            view = QueueView(
                integration_type=IntegrationType.STOMP, name=name, address=self.stomp.addresses["stomp"], waiting=0
            )
        return MadeQueue(view=view, configuration=configuration, environment=environment)

    async def peek(self, name: str, *, region: str | None = None, limit: int = 10) -> Glance:
        """The oldest messages, which stay where they are. Raises UserError for a queue that is not there."""
        if is_destination(name):
            return Glance(messages=self._broker(name).peek(name, limit))
        server = await self._server(name)
        return Glance(messages=await server.peek(name, region=region, limit=limit), notice=server.peek_notice)

    async def purge(self, name: str, *, region: str | None = None) -> int:
        """Throws away what is in it; how many messages that were. Raises UserError for a queue that is not there."""
        if is_destination(name):
            return self._broker(name).purge(name)
        return await (await self._server(name)).purge(name, region=region)

    async def purge_all(self) -> int:
        """Empties every queue of the servers that come with the emulator; how many messages were in them."""
        also_sqs = self._settings.queues.sqs_endpoint is None
        ours = [one for one in await self.all() if also_sqs or is_destination(one.name)]
        return sum([await self.purge(one.name, region=one.region or None) for one in ours])

    def environment(self) -> dict[str, str]:
        """What receivers need to know of the servers that run."""
        return {**self.sqs.environment(), **self.stomp.environment()}

    def _broker(self, name: str) -> "Broker":
        if self.stomp.broker is None:
            raise NotFound(f"there is no {name}: no STOMP broker runs here; start one: queues create {name}")
        return self.stomp.broker

    async def _server(self, name: str) -> "SqsQueues":
        if not self.sqs.running:
            raise NotFound(f"there is no queue {name}: no SQS server runs here; start one: queues create {name}")
        return await self.sqs.start()


def is_destination(name: str) -> bool:
    """Whether a queue's name is one of a STOMP broker."""
    return name.startswith("/")
