"""SqsServer: the embedded SQS server, started when it is first needed and started again when it dies."""

import asyncio
import re
import socket
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from emulator.domain.errors import EnvironmentFault, InvalidInput
from emulator.domain.integration import IntegrationType
from emulator.domain.queue import QueuedMessage, QueueView
from emulator.runtime.port import bind, free_port, holder
from emulator.runtime.sqs.child import Child, ChildGone
from emulator.runtime.sqs.naming import ACCOUNT, check_queue_name, find_queue, queue_attributes

_HOST = "127.0.0.1"
_PORT_OPTION = "--sqs-port"
_BACKLOG = 256
_REGION = re.compile(r"[A-Za-z0-9-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """After `deaths` within `window` seconds it stays down; `wait` seconds pass after the second, then twice that."""

    deaths: int = 5
    window: float = 60.0
    wait: float = 0.1


class SqsServer:
    """moto's SQS in a process of its own, on loopback. Implements `SqsQueues`.

    Messages live in that process's memory only. The port is bound here and stays taken while a new process takes the
    place of one that died, so clients wait for it instead of being refused. `on_notice` gets sentences for the user.
    """

    peek_notice: str | None = None

    def __init__(
        self,
        *,
        port: int,
        fallback: bool = True,
        allowed_hosts: Sequence[str] = (),
        on_notice: Callable[[str], None],
        patience: Patience | None = None,
    ) -> None:
        self._port = port
        self._fallback = fallback
        self._allowed_hosts = tuple(allowed_hosts)
        self._on_notice = on_notice
        self._patience = patience or Patience()
        self._blueprints: list[dict[str, Any]] = []
        self._child: Child | None = None
        self._listening: socket.socket | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._ready: asyncio.Future[None]

    @property
    def running(self) -> bool:
        return self._child is not None

    @property
    def port(self) -> int:
        """The one it listens on, or will try first when it is not running."""
        return self._port

    @property
    def endpoint(self) -> str:
        return f"http://{_HOST}:{self._port}"

    @property
    def pid(self) -> int | None:
        """Of its process."""
        return self._child.pid if self._child else None

    async def start(self) -> None:
        """Returns when it answers; callers share one start. Raises EnvironmentFault when it cannot run."""
        if self._keeper is None or self._keeper.done():
            self._listening = self._listen()
            self._ready = asyncio.get_running_loop().create_future()
            self._keeper = asyncio.create_task(self._keep(self._listening), name="embedded SQS server")
        await asyncio.shield(self._ready)

    async def stop(self) -> None:
        """Ends it, and with it all messages. Its queues are made again when it is started again."""
        keeper, self._keeper = self._keeper, None
        if keeper:
            keeper.cancel()
            await asyncio.wait([keeper])
            # One that was cancelled before its first step has left everything as it was.
            self._end(EnvironmentFault("the embedded SQS server was stopped"))

    async def create_queue(self, name: str, *, region: str, attributes: Mapping[str, str] | None = None) -> str:
        """The URL of the queue of this name, made when it is missing; FIFO when the name ends in `.fifo`.

        Raises InvalidInput for a name, a region or attributes that SQS refuses.
        """
        check_queue_name(name)
        wanted = queue_attributes(name, attributes or {})
        if not _REGION.fullmatch(region):
            raise InvalidInput(f"'{region}' is no AWS region; eu-west-1 is one")
        await self._ask("create", name=name, region=region, attributes=wanted)
        return self._url(ACCOUNT, name)

    async def queues(self) -> list[QueueView]:
        """All of them, also those that its clients made, by region and name."""
        return [view for view, _ in await self._look()]

    async def in_hand(self) -> dict[str, int]:
        found: dict[str, int] = await self._ask("in_hand")
        return found

    async def peek(self, name: str, *, region: str | None = None, limit: int) -> list[QueuedMessage]:
        """The first messages as they lie there, without receiving them. Raises as `SqsQueues` says."""
        where = await self._find(name, region)
        return [QueuedMessage(**message) for message in await self._ask("peek", **where, limit=limit)]

    async def purge(self, name: str, *, region: str | None = None) -> int:
        """Removes all messages, in flight or not, and says how many. May be repeated at once, unlike SQS's own."""
        where = await self._find(name, region)
        return int(await self._ask("purge", **where))

    def _listen(self) -> socket.socket:
        # Once it had a port it keeps it, for queues are known by their URLs.
        wished = self._port
        try:
            bound = bind(_HOST, wished, option=_PORT_OPTION)
        except EnvironmentFault as fault:
            if not self._fallback:
                raise EnvironmentFault(f"the embedded SQS server cannot listen: {fault}") from None
            who = holder(wished)
            bound = bind(_HOST, free_port(_HOST, wished) or 0, option=_PORT_OPTION)
            self._on_notice(
                f"Port {wished} is taken{f' by {who}' if who else ''}; "
                f"the embedded SQS server listens on {bound.getsockname()[1]} instead"
            )
        bound.listen(_BACKLOG)
        self._port = bound.getsockname()[1]
        return bound

    async def _keep(self, listening: socket.socket) -> None:
        """Has a process serve the socket until this is cancelled, or too many have died."""
        deaths: list[float] = []
        restarted = False
        try:
            while True:
                child = await self._begin(listening)
                self._introduce(child, restarted=restarted)
                await child.ended()
                deaths = await self._pause(deaths, child)
                restarted = True
        except EnvironmentFault as fault:
            if restarted:
                self._on_notice(f"The embedded SQS server stays down until it is needed again: {fault}")
            self._end(fault)
        finally:
            if self._child:
                await self._child.stop()

    async def _begin(self, listening: socket.socket) -> Child:
        return await Child.spawn(
            listening,
            allowed_hosts=self._allowed_hosts,
            blueprints=self._blueprints,
            on_blueprints=self._learn,
            on_gone=self._gone,
        )

    def _introduce(self, child: Child, *, restarted: bool) -> None:
        self._child = child
        self._ready.set_result(None)
        if restarted:
            names = sorted(f"{plan['name']} ({plan['region']})" for plan in self._blueprints)
            lost = f"{_count(names)} made again, the messages that were in them are lost: {', '.join(names)}"
            self._on_notice(f"The embedded SQS server died and was restarted; {lost if names else 'it had no queues'}")
        elif child.unpatched:
            self._on_notice(
                f"Sending to the embedded SQS server gets slower as its queues fill up, and clients of it can get in "
                f"each other's way: {child.unpatched}"
            )

    async def _pause(self, deaths: list[float], child: Child) -> list[float]:
        """The deaths that still count. Returns when it is time to try again. Raises EnvironmentFault after too many."""
        now = asyncio.get_running_loop().time()
        recent = [*(at for at in deaths if now - at < self._patience.window), now]
        if len(recent) >= self._patience.deaths:
            raise EnvironmentFault(f"it died {len(recent)} times in a row, at last with: {child.last_words}")
        if len(recent) > 1:
            await asyncio.sleep(self._patience.wait * 2 ** (len(recent) - 2))
        return recent

    def _gone(self) -> None:
        """Whoever asks from now on waits for the next process."""
        if self._child:
            self._child = None
            self._ready = asyncio.get_running_loop().create_future()

    def _learn(self, blueprints: list[dict[str, Any]]) -> None:
        self._blueprints = blueprints

    def _end(self, fault: EnvironmentFault) -> None:
        """Gives up the port, and tells those who wait for it why."""
        if self._listening:
            self._listening.close()
        if not self._ready.done():
            self._ready.set_exception(fault)
            self._ready.exception()  # nobody may be waiting for it

    async def _ask(self, do: str, **arguments: object) -> Any:
        for _ in range(self._patience.deaths):
            await self.start()
            if self._child:
                with suppress(ChildGone):
                    return await self._child.ask(do, **arguments)
        raise EnvironmentFault("the embedded SQS server died whenever it was asked")

    async def _look(self) -> list[tuple[QueueView, dict[str, str]]]:
        """Each queue as it is seen from outside, and where moto has it."""
        return [
            (
                QueueView(
                    integration_type=IntegrationType.AWS_SQS,
                    name=seen["name"],
                    address=self._url(seen["account"], seen["name"]),
                    waiting=seen["waiting"],
                    in_flight=seen["in_flight"],
                    region=seen["region"],
                ),
                {"account": seen["account"], "region": seen["region"], "name": seen["name"]},
            )
            for seen in await self._ask("views")
        ]

    async def _find(self, name: str, region: str | None) -> dict[str, str]:
        places = dict(await self._look())
        return places[find_queue(places, name, region)]

    def _url(self, account: str, name: str) -> str:
        return f"{self.endpoint}/{account}/{name}"


def _count(names: Sequence[str]) -> str:
    return "1 queue was" if len(names) == 1 else f"{len(names)} queues were"
