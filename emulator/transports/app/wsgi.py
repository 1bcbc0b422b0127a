"""WSGI: an application called in a thread, once all that comes of its request has come."""

import asyncio
import io
import sys
from collections.abc import Callable, Iterable
from typing import Any

from emulator.transports.app.answer import AppAnswer
from emulator.transports.app.request import Head

WsgiApplication = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]

_BARE = {b"content-type": "CONTENT_TYPE", b"content-length": "CONTENT_LENGTH"}


class WsgiCall:
    """One request to an application, which hears of it when the body has ended or broken off."""

    def __init__(self, app: WsgiApplication, answer: AppAnswer) -> None:
        self._app = app
        self._answer = answer
        self._body = io.BytesIO()
        self._ready = asyncio.Event()

    def begin(self, head: Head) -> asyncio.Task[None]:
        """The task that waits for the application; it never raises but for its own cancellation."""
        return asyncio.get_running_loop().create_task(self._run(head))

    def body(self, data: bytes, *, more: bool) -> None:
        self._body.write(data)
        if not more:
            self._ready.set()

    def disconnect(self) -> None:
        """The provider is not there any more: what has come is all that comes."""
        self._ready.set()

    async def _run(self, head: Head) -> None:
        await self._ready.wait()
        try:
            status, body = await asyncio.to_thread(self._called, self._environ(head))
        except asyncio.CancelledError:
            raise
        except Exception as error:  # whatever an application raises is its answer
            self._answer.fail(error)
            return
        self._answer.begin(status)
        self._answer.add(body)
        self._answer.finish()

    def _called(self, environ: dict[str, Any]) -> tuple[int, bytes]:
        begun: list[str] = []
        written: list[bytes] = []

        def start_response(status: str, _headers: object, _failed: object = None) -> Callable[[bytes], None]:
            begun[:] = [status]
            return written.append

        answered = self._app(environ, start_response)
        try:
            written += answered
        finally:
            if (close := getattr(answered, "close", None)) is not None:
                close()
        if not begun:
            raise RuntimeError("it never called start_response")
        return int(begun[0].split()[0]), b"".join(written)

    def _environ(self, head: Head) -> dict[str, Any]:
        self._body.seek(0)
        environ: dict[str, Any] = {
            "REQUEST_METHOD": head.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": head.path.encode().decode("latin-1"),
            "QUERY_STRING": head.query.decode("latin-1"),
            "SERVER_NAME": head.origin.host,
            "SERVER_PORT": str(head.origin.port),
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": head.scheme,
            "wsgi.input": self._body,
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        for name, value in head.headers:
            key = _BARE.get(name) or "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
            environ[key] = f"{environ[key]},{value.decode('latin-1')}" if key in environ else value.decode("latin-1")
        return environ
