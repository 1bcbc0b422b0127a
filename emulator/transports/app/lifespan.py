"""Lifespan: an ASGI application's own beginning and end, run around the requests that it gets."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from emulator.domain.errors import EnvironmentFault
from emulator.transports.app.answer import RAISED
from emulator.transports.app.asgi import AsgiApplication


class Lifespan:
    """Begun before the first request, on the loop that the application runs on. `state` is what it leaves to them."""

    def __init__(self, app: AsgiApplication) -> None:
        self._app = app
        self._task: asyncio.Task[None] | None = None
        self._started: asyncio.Future[str | None] | None = None
        self._leave: asyncio.Event | None = None
        self.state: MutableMapping[str, Any] = {}

    async def begin(self) -> None:
        """Returns when it has started, or does without. Raises EnvironmentFault where it refuses to start."""
        if self._started is None:
            loop = asyncio.get_running_loop()
            self._started, self._leave = loop.create_future(), asyncio.Event()
            self._task = loop.create_task(self._run(self._started, self._leave))
        refusal = await asyncio.shield(self._started)
        if refusal is not None:
            raise EnvironmentFault(f"The application under test did not start: {refusal}")

    async def end(self) -> None:
        """Returns when it has ended; to be called on the loop that it began on."""
        if self._task is not None and self._leave is not None:
            self._leave.set()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self, started: "asyncio.Future[str | None]", leave: asyncio.Event) -> None:
        asked = False

        async def receive() -> dict[str, Any]:
            nonlocal asked
            if not asked:
                asked = True
                return {"type": "lifespan.startup"}
            await leave.wait()
            return {"type": "lifespan.shutdown"}

        async def send(message: MutableMapping[str, Any]) -> None:
            if not started.done() and message["type"].startswith("lifespan.startup."):
                failed = message["type"] == "lifespan.startup.failed"
                started.set_result((message.get("message") or "it does not say why") if failed else None)

        scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}, "state": self.state}
        try:
            await self._app(scope, receive, send)
        except Exception as error:  # an application that knows no lifespan raises, by the ASGI specification
            if started.done():
                RAISED.error("the application under test raised while it ended", exc_info=error)
        finally:
            if not started.done():
                started.set_result(None)
