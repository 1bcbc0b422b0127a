"""App loop: an event loop in a thread of its own, on which applications under test run."""

import asyncio
import threading
from concurrent.futures import Future


class AppLoop:
    """Started when it is first asked for. Apart from the emulator's loop, so that an application may block its own."""

    def __init__(self) -> None:
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stop: asyncio.Event | None = None
        self._thread: threading.Thread | None = None

    @property
    def running(self) -> asyncio.AbstractEventLoop | None:
        """The loop, if somebody has asked for it."""
        return self._loop

    def get(self) -> asyncio.AbstractEventLoop:
        if self._loop is None:
            ready: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()
            self._thread = threading.Thread(
                target=lambda: asyncio.run(_until_stopped(ready)), name="apps under test", daemon=True
            )
            self._thread.start()
            self._loop, self._stop = ready.result()
        return self._loop

    def close(self) -> None:
        """Ends it, and what still runs on it."""
        if self._loop is not None and self._stop is not None and self._thread is not None:
            self._loop.call_soon_threadsafe(self._stop.set)
            self._thread.join()
            self._loop = None


async def _until_stopped(ready: "Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]]") -> None:
    stop = asyncio.Event()
    ready.set_result((asyncio.get_running_loop(), stop))
    await stop.wait()
