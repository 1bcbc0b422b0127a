"""Client: the dashboard's calls to one server, and the sentences of what goes wrong."""

import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

import httpx
import orjson

from emulator.domain.errors import EnvironmentFault, UserError

CONTROL = "/_emulator"
_QUIET = 60.0  # wall seconds without a sign of life; the server gives one every 15
_PATIENCE = httpx.Timeout(10.0, connect=3.0)


class Complaint(NamedTuple):
    """What is wrong with one field of a request: `configuration.url`, `match.event`; empty for none in particular."""

    source: str
    sentence: str


class Refused(UserError):
    """The server did not do what it was asked to; the sentence is the server's, and so are the complaints by field."""

    def __init__(self, sentence: str, status: int, complaints: Sequence[Complaint] = ()) -> None:
        super().__init__(sentence)
        self.code = status
        self.complaints = tuple(complaints) or (Complaint("", sentence),)


class Unreachable(EnvironmentFault):
    """Nobody answers."""


class Client:
    """Raises Refused with the server's sentence, Unreachable when nobody answers or the answer breaks off."""

    def __init__(
        self, url: str, *, ca_file: Path | None = None, transport: httpx.AsyncBaseTransport | None = None
    ) -> None:
        self.url = url.rstrip("/")
        self.ca_file = ca_file
        trust: ssl.SSLContext | bool = ssl.create_default_context(cafile=str(ca_file)) if ca_file else False
        # Proxy variables must not come between us and loopback.
        self._http = httpx.AsyncClient(
            base_url=self.url, trust_env=False, timeout=_PATIENCE, verify=trust, transport=transport
        )

    async def aclose(self) -> None:
        await self._http.aclose()

    async def status(self) -> Mapping[str, Any]:
        """What the emulator is and does; of what is none, nothing else need be asked."""
        status = await self.get("status")
        if not isinstance(status, Mapping) or "run" not in status:
            raise Unreachable(f"what answers at {self.url} is no emulator: it does not say what it is running")
        return status

    async def get(self, path: str, **query: Any) -> Any:
        """What a route of the control API answers; `path` is below `/_emulator/`. None in a query is left out."""
        asked = {name: str(value) for name, value in query.items() if value is not None}
        return await self.call("GET", f"{CONTROL}/{path}", params=asked)

    async def post(self, path: str, body: Mapping[str, Any] | None = None, *, patient: bool = False) -> Any:
        """Asks for something to be done. `patient` waits for as long as it takes."""
        return await self.call("POST", f"{CONTROL}/{path}", json=dict(body or {}), patient=patient)

    async def put(self, path: str, body: Mapping[str, Any]) -> Any:
        return await self.call("PUT", f"{CONTROL}/{path}", json=dict(body))

    async def delete(self, path: str) -> Any:
        return await self.call("DELETE", f"{CONTROL}/{path}")

    async def call(self, method: str, path: str, *, patient: bool = False, **rest: Any) -> Any:
        """One call of any path, decoded. The provider's own surface is below `/v2`."""
        rest["timeout"] = None if patient else _PATIENCE
        if self._http.is_closed:
            raise Unreachable("the dashboard has been closed")
        try:
            answer = await self._http.request(method, path, **rest)
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise Unreachable(f"no emulator answers at {self.url} ({_reason(error)})") from None
        try:
            document = orjson.loads(answer.content) if answer.content else None
        except ValueError:
            raise Unreachable(f"what answers at {self.url} is no emulator: it does not speak JSON") from None
        if answer.is_error:
            complaints = _complaints(document)
            sentence = "; ".join(one.sentence for one in complaints) or f"the emulator answered {answer.status_code}"
            raise Refused(sentence, answer.status_code, complaints)
        return document

    @asynccontextmanager
    async def feed(self, after: int) -> AsyncIterator[AsyncIterator[bytes]]:
        """The bytes of the feed behind this record, for as long as the server lives."""
        request = self._http.build_request(
            "GET",
            f"{CONTROL}/feed",
            params={"after": str(after), "brief": "true"},
            headers={"Accept": "text/event-stream"},
            timeout=httpx.Timeout(10.0, connect=3.0, read=_QUIET),
        )
        try:
            answer = await self._http.send(request, stream=True)
        except httpx.TransportError as error:
            raise Unreachable(f"no emulator answers at {self.url} ({_reason(error)})") from None
        try:
            if answer.is_error:
                raise Refused(f"the feed of {self.url} answered {answer.status_code}", answer.status_code)
            yield _bytes_of(answer, self.url)
        finally:
            await answer.aclose()


def named(word: str) -> str:
    """A word as a part of a path."""
    return quote(word, safe="")


async def _bytes_of(answer: httpx.Response, url: str) -> AsyncIterator[bytes]:
    try:
        async for chunk in answer.aiter_raw():
            yield chunk
    except httpx.TransportError as error:
        raise Unreachable(f"the connection to {url} broke off ({_reason(error)})") from None


def _complaints(document: object) -> Sequence[Complaint]:
    """What the errors of an answer say, and of which fields."""
    errors = document.get("errors") if isinstance(document, Mapping) else None
    return [
        Complaint(_source(error.get("source")), str(error.get("detail") or error.get("title")))
        for error in (errors if isinstance(errors, list) else [])
        if isinstance(error, Mapping)
    ]


def _source(said: object) -> str:
    return said if isinstance(said, str) else ""


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
