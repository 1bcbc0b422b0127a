"""Both surfaces under generated requests: whatever is sent, the answer is one that the documents announce."""

import asyncio
import os
import threading
from collections.abc import Callable, Coroutine, Iterator
from typing import Any

import httpx
import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_schema_conformance,
    status_code_conformance,
)

from emulator.api.app import OPERATIONS, create_app
from emulator.api.openapi import document
from emulator.api.operation import Operation, Surface
from emulator.runtime.emulator import Emulator
from emulator.runtime.settings import ClockMode, ClockSettings, Settings

URL = "http://127.0.0.1:3722"
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
DOCUMENTS = {surface: schemathesis.openapi.from_dict(document(OPERATIONS, surface, URL)) for surface in Surface}
HOOK = {"name": "hook", "observes": ["order.*", "customer.*"], "configuration": {"url": "http://127.0.0.1:9"}}
EXAMPLES = int(os.environ.get("EPCC_EMULATOR_TEST_EXAMPLES", "10"))
SLOW = {"id": "slow", "delay": {"distribution": "fixed", "value": "5s"}}

Send = Callable[[requests.PreparedRequest], httpx.Response]


class Hosted:
    """One emulator on a loop of its own, and the ids of what is in it."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self._emulator, self._client = self._run(self._start())
        self.words = self._run(self._furnish())

    def send(self, request: requests.PreparedRequest) -> httpx.Response:
        headers = {name: value for name, value in request.headers.items() if name != "Content-Length"}
        answer: httpx.Response = self._run(
            self._client.request(str(request.method), str(request.url), headers=headers, content=request.body)
        )
        return answer

    def stop(self) -> None:
        self._run(self._client.aclose())
        self._run(self._emulator.stop())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    async def _start(self) -> tuple[Emulator, httpx.AsyncClient]:
        clock = ClockSettings(mode=ClockMode.VIRTUAL)
        emulator = await Emulator.start(Settings(seed=1, data_dir=None, clock=clock, retry_waits=(1_000_000,)))
        transport = httpx.ASGITransport(app=create_app(emulator))
        return emulator, httpx.AsyncClient(transport=transport, base_url=URL, trust_env=False)

    async def _furnish(self) -> list[str]:
        """Something of everything, so that not every answer is a 404."""
        client = self._client
        hook = (await client.put("/_emulator/integrations", json=HOOK)).json()["data"]
        await client.post("/_emulator/chaos", json=SLOW)
        words = [hook["id"], hook["key"], "slow", "order:1", "last", "order.paid", "1"]
        for key in ("order.paid", "customer.created", "address.created", "product.created", "cart.updated"):
            report = (await client.post("/_emulator/trigger", json={"key": key})).json()
            words += [event["resource_id"] for event in report["events"]]
            words += [event["identity"] for event in report["events"][-1:]]
            words += [delivery["job_id"] for delivery in report["deliveries"][-1:]]
        return words

    def _run(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(timeout=60)


class House:
    """Hosts until something is taken away or misbehaves: starting one takes as long as asking it twenty times."""

    def __init__(self) -> None:
        self._hosted: Hosted | None = None

    def open(self) -> Hosted:
        if self._hosted is None:
            self._hosted = Hosted()
        return self._hosted

    def close(self) -> None:
        if self._hosted is not None:
            self._hosted.stop()
            self._hosted = None


@pytest.fixture(scope="module")
def house() -> Iterator[House]:
    house = House()
    yield house
    house.close()


@pytest.fixture
def hosted(house: House, operation: Operation) -> Iterator[Hosted]:
    yield house.open()
    if operation.method == "DELETE" or (operation.surface is Surface.CONTROL and operation.method != "GET"):
        house.close()


def _described(operation: Operation) -> Any:
    return DOCUMENTS[operation.surface][operation.path.replace(":path}", "}")][operation.method]


def _tempered(case: Any, words: list[str], draw: Callable[[Any], Any]) -> None:
    """Ids and keys that mean something, some of the time; and nothing that takes long."""
    for name in case.path_parameters or {}:
        if draw(st.booleans()):
            case.path_parameters[name] = draw(st.sampled_from(words))
    if not isinstance(case.body, dict):
        return
    for name in ("key", "of", "job", "event", "integration"):
        if isinstance(case.body.get(name), str) and draw(st.booleans()):
            case.body[name] = draw(st.sampled_from(words))
    for name, most in (("time_limit", 0.01), ("count", 3)):
        if isinstance(value := case.body.get(name), int | float) and not isinstance(value, bool):
            case.body[name] = min(value, most)


def _modes(operation: Operation) -> Iterator[GenerationMode]:
    """The provider's surface takes what it does not know; ours must refuse it."""
    yield GenerationMode.POSITIVE
    if operation.surface is Surface.CONTROL and operation.body is not None:
        yield GenerationMode.NEGATIVE


@pytest.mark.parametrize(
    ("operation", "mode"),
    [
        pytest.param(operation, mode, id=f"{operation.name}-{mode.value}")
        for operation in OPERATIONS
        for mode in _modes(operation)
        if operation.name != "readFeed"  # an endless answer
    ],
)
def test_every_answer_is_an_announced_one(hosted: Hosted, operation: Operation, mode: GenerationMode) -> None:
    positive = mode is GenerationMode.POSITIVE
    checks = CHECKS if positive else [*CHECKS, negative_data_rejection]

    @settings(
        max_examples=EXAMPLES,
        derandomize=True,
        database=None,
        deadline=None,
        phases=(Phase.generate,),
        suppress_health_check=list(HealthCheck),
    )
    @given(case=_described(operation).as_strategy(generation_mode=mode), data=st.data())
    def check(case: Any, data: st.DataObject) -> None:
        if positive:
            _tempered(case, hosted.words, data.draw)
        if operation.name == "wait" and isinstance(case.body, dict):
            case.body.setdefault("time_limit", 0.01)
        case.headers["Authorization"] = "Bearer anything"
        answer = hosted.send(requests.Request(**case.as_transport_kwargs(base_url=URL)).prepare())
        case.validate_response(answer, checks=checks)

    check()
