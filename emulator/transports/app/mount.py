"""Mount: an application in this process, how it is called, and on which loop it runs."""

import asyncio
import inspect
from collections.abc import Iterator
from typing import Any, Literal

from httptools import HttpParserError

from emulator.domain.errors import EnvironmentFault, InvalidInput
from emulator.domain.moment import SECOND
from emulator.domain.outcome import Outcome
from emulator.domain.wire_fault import ConnectionMode, WireFault
from emulator.transports.app.answer import AppAnswer
from emulator.transports.app.asgi import AsgiCall
from emulator.transports.app.lifespan import Lifespan
from emulator.transports.app.request import Reader
from emulator.transports.app.wsgi import WsgiCall
from emulator.transports.faulty_connection import cut, cut_sentence, strokes
from emulator.transports.target import Origin

Interface = Literal["asgi", "wsgi"]


class Mount:
    """`loop` is where the application runs, which is not where it is called from: what blocks it blocks nobody else."""

    def __init__(self, app: Any, interface: Interface, loop: asyncio.AbstractEventLoop) -> None:
        self._app = app
        self._lifespan = Lifespan(app) if interface == "asgi" else None
        self._running: set[asyncio.Task[None]] = set()
        self.loop = loop

    async def deliver(self, origin: Origin, request: bytes, fault: WireFault | None, patience: float) -> Outcome:
        """What this request comes to, written as `fault` says. Runs on the application's loop.

        Returns when the application has done what it goes on to do after its answer, or after `patience` seconds: it is
        not stopped then, as a receiver would not be.
        """
        if self._lifespan is not None:
            try:
                await self._lifespan.begin()
            except EnvironmentFault as error:
                return Outcome(succeeded=False, error=error.sentence)
        answer = AppAnswer(origin)
        call = self._call(answer)
        task: asyncio.Task[None] | None = None
        try:
            task = await self._write(call, answer, Reader(origin), _pieces(request, fault))
            end = None if fault is None else cut(request, fault)
            if fault is not None and fault.mode is ConnectionMode.TIMEOUT:
                await asyncio.sleep(patience if fault.delay is None else fault.delay / SECOND)
            if end is not None and fault is not None and not answer.ended.is_set():
                call.disconnect()
                await _settled(task, patience)
                return Outcome(succeeded=False, error=cut_sentence(origin, fault, end, len(request)))
            try:
                async with asyncio.timeout(patience):
                    await answer.ended.wait()
            except TimeoutError:
                call.disconnect()
                return answer.late(patience)
            await _settled(task, patience)
            return answer.outcome()
        except asyncio.CancelledError:
            if task is not None:
                task.cancel()
            raise

    def leave(self) -> None:
        """Ends what still runs, if its loop does; without waiting for it."""
        if self.loop.is_running():
            asyncio.run_coroutine_threadsafe(self.aclose(), self.loop)

    async def aclose(self) -> None:
        """Ends what still runs, and the application. To be called on its loop."""
        running = list(self._running)
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        if self._lifespan is not None:
            await self._lifespan.end()

    def _call(self, answer: AppAnswer) -> AsgiCall | WsgiCall:
        if self._lifespan is not None:
            return AsgiCall(self._app, answer, self._lifespan.state)
        return WsgiCall(self._app, answer)

    async def _write(
        self, call: AsgiCall | WsgiCall, answer: AppAnswer, reader: Reader, pieces: Iterator[tuple[float, bytes]]
    ) -> asyncio.Task[None] | None:
        """The task of the application, if the request got as far as being one."""
        task: asyncio.Task[None] | None = None
        for pause, piece in pieces:
            if pause:
                await asyncio.sleep(pause)
            if answer.ended.is_set():
                break
            try:
                reader.feed(piece)
            except HttpParserError:  # no server would let its application see this
                answer.begin(400)
                answer.finish()
                break
            if task is None and reader.head is not None:
                task = call.begin(reader.head)
                self._running.add(task)
                task.add_done_callback(self._running.discard)
            body = reader.take_body()
            if task is not None and (body or reader.complete):
                call.body(body, more=not reader.complete)
        return task


def interface_of(app: Any) -> Interface:
    """How an application wants to be called. Raises InvalidInput for what is none."""
    call = app if inspect.isroutine(app) else getattr(app, "__call__", None)  # noqa: B004  (it is looked into)
    if inspect.iscoroutinefunction(call):
        return "asgi"
    try:
        required = [
            one
            for one in inspect.signature(app).parameters.values()
            if one.default is one.empty and one.kind in (one.POSITIONAL_ONLY, one.POSITIONAL_OR_KEYWORD)
        ]
    except (TypeError, ValueError):
        required = []
    if len(required) == 3:
        return "asgi"
    if len(required) == 2:
        return "wsgi"
    raise InvalidInput(f"{app!r} is neither an ASGI nor a WSGI application")


def _pieces(request: bytes, fault: WireFault | None) -> Iterator[tuple[float, bytes]]:
    return iter([(0.0, request)]) if fault is None else strokes(request, fault)


async def _settled(task: asyncio.Task[None] | None, patience: float) -> None:
    if task is not None:
        await asyncio.wait({task}, timeout=patience)
