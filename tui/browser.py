"""Browser: the dashboard in a web page, by textual-serve, for this machine's own pages alone."""

import asyncio
import logging
import shlex
import signal
import socket
from collections.abc import Callable, Sequence
from pathlib import Path

from aiohttp import WSCloseCode, web
from aiohttp.typedefs import Handler, Middleware
from textual_serve.app_service import AppService
from textual_serve.server import Server, to_int

from emulator.core.locality import Locality
from emulator.domain.errors import EnvironmentFault

_HEARTBEAT = 15.0
_FAREWELL = 1.0
"""Wall seconds that a page has to say that it closes, too."""
_SIZE = {"width": 80, "height": 24}
"""Of a page that does not say its own."""
_TEMPLATES = Path(__file__).parent / "pages"


class BrowserServer(Server):
    """Runs `command` anew for each page that is opened, and ends it with the page.

    A page of another origin could type into the dashboard through its web socket, so it is refused, as the control API
    refuses it. Raises EnvironmentFault for a port that is taken.
    """

    def __init__(self, command: Sequence[str], *, port: int) -> None:
        self._socket = _bound(port)
        port = self._socket.getsockname()[1]
        super().__init__(
            shlex.join(command),
            host="127.0.0.1",
            port=port,
            title="epcc-emulator",
            public_url=f"http://127.0.0.1:{port}",
            templates_path=_TEMPLATES,
        )
        self._locality = Locality()
        self._pages: set[web.WebSocketResponse] = set()

    def run(self, on_ready: Callable[[str], None]) -> None:
        """Serves until SIGINT or SIGTERM. `on_ready` is told the page's address."""
        logging.getLogger("textual-serve").setLevel(logging.CRITICAL)
        loop = asyncio.new_event_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, self.request_exit)
        on_ready(self.public_url)
        web.run_app(self._make_app(), sock=self._socket, handle_signals=False, loop=loop, print=None)

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guarded())
        return app

    def _guarded(self) -> Middleware:
        @web.middleware
        async def guarded(request: web.Request, handler: Handler) -> web.StreamResponse:
            complaint = self._locality.complaint(
                request.headers.get("Host"), request.headers.get("Origin"), surface="The dashboard"
            )
            return web.Response(status=403, text=f"{complaint}\n") if complaint else await handler(request)

        return guarded

    async def handle_websocket(self, request: web.Request) -> web.WebSocketResponse:
        """One page with its dashboard, whose process is gone when this is over."""
        page = web.WebSocketResponse(heartbeat=_HEARTBEAT, timeout=_FAREWELL)
        await page.prepare(request)

        async def close() -> None:
            await page.close()

        dashboard = AppService(
            self.command,
            write_bytes=page.send_bytes,
            write_str=page.send_str,
            close=close,
            download_manager=self.download_manager,
        )
        width, height = (to_int(request.query.get(name, ""), default) for name, default in _SIZE.items())
        self._pages.add(page)
        try:
            await dashboard.start(width, height)
            await self._process_messages(page, dashboard)
        except (AssertionError, AttributeError, LookupError, TypeError, ValueError):
            # What was said is nothing that textual-serve's own page says.
            await page.close(code=WSCloseCode.UNSUPPORTED_DATA)
        finally:
            self._pages.discard(page)
            await dashboard.stop()
            if dashboard._process is not None:
                await dashboard._process.wait()
        return page

    async def on_shutdown(self, app: web.Application) -> None:
        """Closes the pages that are open, which end their dashboards; they would be waited for otherwise."""
        await asyncio.gather(*(page.close(code=WSCloseCode.GOING_AWAY) for page in self._pages))

    async def on_startup(self, app: web.Application) -> None:
        """Says nothing: `on_ready` has been told."""


def _bound(port: int) -> socket.socket:
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind(("127.0.0.1", port))
        bound.listen()  # who is told of the address may come before it is served
    except OSError as error:
        bound.close()
        raise EnvironmentFault(f"port {port} cannot be had for the page: {error.strerror}; choose --web-port") from None
    return bound
