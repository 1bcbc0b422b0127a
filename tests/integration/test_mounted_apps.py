"""`epcc.mount`: receivers in this process get what they would get over a socket, faults included."""

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from emulator.domain.errors import InvalidInput, UserError
from emulator.harness.bench_server import BenchServer

Handler = Callable[[Request], Any]


def app_of(handler: Handler, **more: Any) -> Starlette:
    return Starlette(routes=[Route("/{path:path}", handler, methods=["POST"])], **more)


def comparable(headers: dict[str, str]) -> dict[str, str]:
    """Without the address, which the body names too."""
    return {name: value for name, value in headers.items() if name not in ("host", "content-length")}


def test_an_app_gets_the_same_request_as_over_a_socket(epcc_server: BenchServer) -> None:
    heard: list[tuple[Any, ...]] = []

    async def hook(request: Request) -> Response:
        heard.append(
            (
                request.method,
                request.url.path,
                request.url.query,
                comparable(dict(request.headers)),
                await request.body(),
            )
        )
        return Response(status_code=204)

    app = app_of(hook)
    for way in ("serve", "mount"):
        with epcc_server.fresh() as epcc:
            epcc.integration(getattr(epcc, way)(app) + "/hooks/caf%C3%A9?shop=1", observes=["order.*"], secret="s3cret")
            epcc.chaos(match="order.paid", secret={"value": "wrong"})
            epcc.create("order").trigger("paid")
            epcc.settle()
    served, mounted = heard[: len(heard) // 2], heard[len(heard) // 2 :]
    assert len(served) == 3
    for over_socket, in_process in zip(served, mounted, strict=True):
        *head, body = over_socket
        *own_head, own_body = in_process
        assert own_head == head
        assert with_url(own_body) == with_url(body)
    assert mounted[0][1:3] == ("/hooks/café", "shop=1")
    assert mounted[0][3]["x-moltin-secret-key"] == "s3cret"
    assert mounted[1][3]["x-moltin-secret-key"].startswith("wrong-")


def with_url(body: bytes) -> Any:
    """The message, without the address that it was sent to."""
    message = json.loads(body)
    message["configuration"].pop("url", None)
    return message


def test_a_wsgi_app_gets_it_too(epcc: Any) -> None:
    heard: list[tuple[str, str, str, int]] = []

    def app(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        heard.append(
            (
                environ["REQUEST_METHOD"],
                environ["PATH_INFO"],
                environ["HTTP_X_MOLTIN_INTEGRATION_TRIGGER"],
                json.loads(body)["attempt"],
            )
        )
        start_response("503 Busy" if len(heard) == 1 else "200 OK", [("Content-Type", "text/plain")])
        return [b"later" if len(heard) == 1 else b"taken"]

    epcc.integration(epcc.mount(app) + "/hook", observes=["order.created"])
    epcc.create("order")
    epcc.settle()
    assert heard == [("POST", "/hook", "order.created", 1), ("POST", "/hook", "order.created", 2)]
    first, second = epcc.attempts()
    assert (first["status"], first["body"], first["succeeded"]) == (503, "later", False)
    assert (second["status"], second["body"], second["succeeded"]) == (200, "taken", True)


@pytest.mark.parametrize("interface", ["asgi", "wsgi"])
def test_what_an_app_raises_is_a_failed_attempt(epcc: Any, caplog: pytest.LogCaptureFixture, interface: str) -> None:
    calls: list[str] = []

    async def asgi(scope: Any, _receive: Any, send: Any) -> None:
        if scope["type"] == "lifespan":
            raise RuntimeError("no lifespan here")
        calls.append("called")
        if len(calls) == 1:
            raise KeyError("resources")
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    def wsgi(_environ: Any, start_response: Any) -> list[bytes]:
        calls.append("called")
        if len(calls) == 1:
            raise KeyError("resources")
        start_response("200 OK", [])
        return []

    epcc.integration(epcc.mount(asgi if interface == "asgi" else wsgi), observes=["order.created"])
    epcc.create("order")
    epcc.settle()
    failed, succeeded = epcc.attempts()
    assert failed["status"] == 500
    assert failed["error"] == "The application raised KeyError: 'resources'"
    assert succeeded["succeeded"]
    assert "KeyError: 'resources'" in caplog.text, "where it was raised stands in the log"
    caplog.clear()


def test_an_app_that_answers_and_then_raises_is_judged_by_its_answer(epcc: Any, caplog: Any) -> None:
    async def hook(_request: Request) -> Response:
        def fail() -> None:
            raise OSError("the mail server is away")

        return Response(status_code=202, background=BackgroundTask(fail))

    epcc.integration(epcc.mount(app_of(hook)), observes=["order.created"])
    epcc.create("order")
    epcc.settle()
    (attempt,) = epcc.attempts()
    assert (attempt["succeeded"], attempt["status"]) == (True, 202)
    assert "the mail server is away" in caplog.text


def test_what_goes_on_after_the_answer_is_over_when_it_is_settled(epcc: Any) -> None:
    done: list[str] = []

    async def hook(request: Request) -> Response:
        key = (await request.json())["triggered_by"]

        async def later() -> None:
            await asyncio.sleep(0)
            done.append(key)

        return Response(status_code=202, background=BackgroundTask(later))

    epcc.integration(epcc.mount(app_of(hook)), observes=["order.created"])
    epcc.create("order")
    epcc.settle()
    assert done == ["order.created"]


def test_an_app_without_an_answer_fails(epcc: Any) -> None:
    async def silent(_scope: Any, _receive: Any, _send: Any) -> None:
        return None

    epcc.integration(epcc.mount(silent), observes=["order.created"])
    epcc.create("order")
    epcc.settle()
    errors = {attempt["error"] for attempt in epcc.attempts()}
    assert errors == {"The application returned without an answer"}
    assert {delivery["state"] for delivery in epcc.deliveries()} == {"exhausted"}


def test_a_slow_app_is_too_late_and_goes_on(tmp_path: Any) -> None:
    scenario = tmp_path / "impatient.yaml"
    scenario.write_text("webhook_timeout: 50ms\nsteps: [{trigger: order.created}]\n")
    go_on = threading.Event()
    finished: list[int] = []

    async def hook(request: Request) -> Response:
        attempt = (await request.json())["attempt"]
        if attempt == 1:
            await asyncio.to_thread(go_on.wait, 10)
        finished.append(attempt)
        go_on.set()
        return Response(status_code=204)

    with BenchServer() as server, server.fresh(scenario=str(scenario)) as epcc:
        epcc.integration(epcc.mount(app_of(hook)), observes=["order.created"])
        epcc.create("order")
        epcc.settle()
        late, taken = epcc.attempts()
        assert late["error"].endswith("did not answer within 0.05 s")
        assert late["status"] is None
        assert taken["succeeded"]
    assert finished[0] == 2, "the provider has tried again while the first attempt was still being worked on"


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"connection": "close_early"}, "was closed after"),
        ({"connection": "reset"}, "was reset after"),
        ({"connection": {"mode": "limit", "bytes": 400}}, "was closed after 400 of the request's"),
        ({"connection": {"mode": "timeout", "delay": "1ms"}}, "Nothing was sent to app-1.epcc-emulator.test:80"),
    ],
)
def test_a_fault_of_the_line_cuts_the_request_short(epcc: Any, fault: dict[str, Any], told: str) -> None:
    heard: list[str] = []

    async def hook(request: Request) -> Response:
        try:
            heard.append((await request.json())["triggered_by"])
        except ClientDisconnect:
            heard.append("gone")
            raise
        return Response(status_code=204)

    epcc.integration(epcc.mount(app_of(hook)), observes=["order.created"])
    epcc.chaos(match={"event": "order.created", "attempt": 1}, **fault)
    epcc.create("order")
    epcc.settle()
    first, second = epcc.attempts()
    assert told in first["error"]
    assert (first["status"], second["succeeded"]) == (None, True)
    assert heard[-1] == "order.created"
    assert set(heard[:-1]) <= {"gone"}


def test_a_dribbled_body_comes_in_pieces(epcc: Any) -> None:
    pieces: list[bytes] = []

    async def hook(request: Request) -> Response:
        pieces.extend([piece async for piece in request.stream()])
        return Response(status_code=204)

    epcc.integration(epcc.mount(app_of(hook)), observes=["order.created"])
    epcc.chaos(match="order.created", connection={"mode": "dribble", "chunk": 500, "delay": "1ms"})
    epcc.create("order")
    epcc.settle()
    assert len(pieces) > 2
    assert json.loads(b"".join(pieces))["triggered_by"] == "order.created"
    assert epcc.attempts()[0]["succeeded"]


def test_events_that_overlap_are_in_the_app_at_the_same_time(epcc: Any) -> None:
    inside: list[int] = []
    most: list[int] = []
    both = asyncio.Event()

    async def hook(_request: Request) -> Response:
        inside.append(1)
        most.append(len(inside))
        if len(inside) == 2:
            both.set()
        await asyncio.wait_for(both.wait(), 10)
        inside.pop()
        return Response(status_code=204)

    epcc.integration(epcc.mount(app_of(hook)), observes=["order.created"])
    epcc.chaos(match="order.created", overlap={"count": 2})
    epcc.trigger("order.created", count=2)
    epcc.settle()
    assert max(most) == 2
    epcc.assert_delivered("order.created", times=2, attempts=1)


def test_its_lifespan_begins_before_the_first_request_and_ends_with_the_test(epcc_server: BenchServer) -> None:
    lived: list[str] = []

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[dict[str, str]]:
        lived.append("began")
        yield {"database": "open"}
        lived.append("ended")

    async def hook(request: Request) -> Response:
        lived.append(request.state.database)
        return Response(status_code=204)

    with epcc_server.fresh() as epcc:
        epcc.integration(epcc.mount(app_of(hook, lifespan=lifespan)), observes=["order.created"])
        epcc.trigger("order.created", count=2)
        epcc.settle()
        assert lived == ["began", "open", "open"]
    assert lived == ["began", "open", "open", "ended"]


def test_an_app_that_does_not_start_fails_its_deliveries(epcc: Any) -> None:
    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        raise RuntimeError("no database")
        yield

    async def hook(_request: Request) -> Response:
        return Response()

    epcc.integration(epcc.mount(app_of(hook, lifespan=lifespan)), observes=["order.created"])
    epcc.create("order")
    epcc.settle()
    errors = {attempt["error"] for attempt in epcc.attempts()}
    assert len(errors) == 1
    assert "did not start" in errors.pop()


def test_an_app_may_block_its_loop_while_it_calls_the_emulator(epcc: Any) -> None:
    read: list[int] = []

    def read_order(order: str) -> None:
        read.append(httpx.get(f"{epcc.url}/v2/orders/{order}", headers={"Authorization": "Bearer x"}).status_code)

    async def hook(request: Request) -> Response:
        read_order(json.loads((await request.json())["resources"])["data"]["id"])  # blocking, as many receivers do
        return Response(status_code=204)

    epcc.integration(epcc.mount(app_of(hook)), observes=["order.created"])
    epcc.create("order")
    epcc.settle()
    assert read == [200]


def test_in_an_async_test_the_app_runs_on_the_loop_of_the_test(epcc: Any) -> None:
    async def the_test() -> None:
        loops: list[asyncio.AbstractEventLoop] = []
        heard: asyncio.Queue[str] = asyncio.Queue()

        async def hook(request: Request) -> Response:
            loops.append(asyncio.get_running_loop())
            heard.put_nowait((await request.json())["triggered_by"])
            return Response(status_code=204)

        epcc.integration(epcc.mount(app_of(hook)), observes=["order.*"])
        epcc.create("order").trigger("paid")
        with pytest.raises(UserError, match=r"settle would block .* write: await epcc.asettle"):
            epcc.settle()
        with pytest.raises(UserError, match=r"await epcc.aadvance"):
            epcc.advance("1m")
        await epcc.asettle()
        assert [heard.get_nowait() for _ in range(3)] == ["order.created", "order.paid", "order.updated"]
        assert set(loops) == {asyncio.get_running_loop()}
        await epcc.aplay([{"trigger": "order.created"}])
        assert heard.get_nowait() == "order.created"
        epcc.assert_delivered("order.created", times=2)

    asyncio.run(the_test())


def test_a_loop_that_has_ended_is_a_failed_attempt(epcc: Any) -> None:
    async def hook(_request: Request) -> Response:
        return PlainTextResponse("never")

    async def mounted() -> str:
        return str(epcc.mount(app_of(hook)))

    epcc.integration(asyncio.run(mounted()), observes=["order.created"])
    epcc.create("order")
    epcc.settle()
    assert {one["error"] for one in epcc.attempts()} == {"The event loop that the application was mounted on has ended"}


@pytest.mark.parametrize("thing", [object(), "http://localhost", lambda: None, lambda one: None])
def test_what_is_no_application_is_refused(epcc: Any, thing: Any) -> None:
    with pytest.raises(InvalidInput, match="neither an ASGI nor a WSGI application"):
        epcc.mount(thing)
