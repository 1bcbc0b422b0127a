"""App transport: hands webhooks to applications in this process, and all others to the one that has sockets."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from emulator.domain.errors import InvalidInput
from emulator.domain.integration import WebhookConfiguration
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Message, Transport
from emulator.domain.wire_fault import WireFault
from emulator.transports.app.mount import Interface, Mount, interface_of
from emulator.transports.leaving import Leaving
from emulator.transports.target import Origin, target_of, with_headers

_HOST = "app-{number}.epcc-emulator.test"
"""A name that no resolver knows: what does not come this way goes nowhere."""


class AppTransport:
    """An application gets the bytes that it would get over a socket, and so the same faults.

    What it raises is a failed attempt, with status 500 if it had not answered. `timeout` is seconds, as for webhooks.
    """

    def __init__(self, otherwise: Transport, *, timeout: float) -> None:
        self._otherwise = otherwise
        self._timeout = timeout
        self._mounts: dict[str, Mount] = {}
        self._numbered = 0
        self._leaving = Leaving()

    def mount(self, app: Any, *, loop: asyncio.AbstractEventLoop, interface: Interface | None = None) -> str:
        """The URL at which an ASGI or WSGI application is from now on. It runs on `loop`, not on the emulator's.

        Raises InvalidInput for what is neither.
        """
        self._numbered += 1
        host = _HOST.format(number=self._numbered)
        self._mounts[host] = Mount(app, interface or interface_of(app), loop)
        return f"http://{host}"

    def runs_on(self, loop: asyncio.AbstractEventLoop) -> bool:
        """Whether some application needs this loop to go on."""
        return any(mount.loop is loop for mount in self._mounts.values())

    async def dismount(self, awaited: asyncio.AbstractEventLoop | None = None) -> None:
        """Ends all applications, and begins to number them anew. Those on `awaited` have ended when it returns."""
        mounts, self._mounts = list(self._mounts.values()), {}
        self._numbered = 0
        for mount in mounts:
            if mount.loop is awaited:
                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(mount.aclose(), mount.loop))
            else:
                mount.leave()

    async def send(self, message: Message) -> Outcome:
        """Never raises but for asyncio.CancelledError."""
        configuration = message.integration.configuration
        mount = self._at(configuration.url) if isinstance(configuration, WebhookConfiguration) else None
        if mount is None:
            return await self._otherwise.send(message)
        assert isinstance(configuration, WebhookConfiguration)
        try:
            target = target_of(configuration)
            request = target.request(message.event_key, message.body)
        except InvalidInput as error:
            self._leaving.leave(message.barrier)
            return Outcome(succeeded=False, error=error.sentence)
        if message.headers:
            request = with_headers(request, message.headers)
        visit = self._visit(mount, target.origin, request, message.wire)
        if message.barrier is None:
            return await visit
        outcome, _ = await asyncio.gather(visit, message.barrier.written())
        return outcome

    async def aclose(self) -> None:
        await self.dismount()
        await self._leaving.aclose()
        await self._otherwise.aclose()

    def _at(self, url: str) -> Mount | None:
        if not self._mounts:
            return None
        try:
            return self._mounts.get(urlsplit(url).hostname or "")
        except ValueError:
            return None  # no URL at all, which the other transport says better

    async def _visit(self, mount: Mount, origin: Origin, request: bytes, fault: WireFault | None) -> Outcome:
        delivery = mount.deliver(origin, request, fault, self._timeout)
        try:
            away = asyncio.run_coroutine_threadsafe(delivery, mount.loop)
        except RuntimeError:
            delivery.close()
            return Outcome(succeeded=False, error="The event loop that the application was mounted on has ended")
        return await asyncio.wrap_future(away)
