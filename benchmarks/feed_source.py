"""Feed source: a server that says nothing but what the dashboard asks for, and knows it all beforehand.

`python -m benchmarks.feed_source DELIVERIES RATE`: that many deliveries are there, and so many come a second, once the
feed is read. It prints its port. What it costs is not the engine's, so that the dashboard alone is measured.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from time import perf_counter

import orjson
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from emulator.domain.moment import SECOND, to_micros

_STEP = 0.02  # wall seconds between two portions
_RECORDS = 4  # a delivery: its event, its plan, its departure and its end
_KEYS = ("order.created", "order.paid", "order.fulfilled", "cart.updated", "transaction.created")
_START = 1_767_225_600 * SECOND


class Source:
    """Records by arithmetic: the n-th delivery's are the same whenever they are asked for."""

    def __init__(self, deliveries: int, rate: int) -> None:
        self.deliveries = deliveries
        self.rate = rate

    def documents(self, number: int) -> list[dict[str, object]]:
        """What a brief feed says of one delivery."""
        key = _KEYS[number % len(_KEYS)]
        resource = f"{key.partition('.')[0]}:{number // 5}"
        identity = f"{resource}/{key}:1"
        integration = ("shop", "warehouse", "ledger")[number % 3]
        at = _START + number * SECOND // max(1, self.rate)
        seq = (number - 1) * _RECORDS + 1
        late = number % 7 == 0
        failed = number % 11 == 0
        faults = [{"rule": "late", "fault": "delay", "detail": "1.7s late"}] if late else []
        step = {"delivery": number, "integration": integration, "attempt": 1}
        plan = {
            "event": identity,
            "event_key": key,
            "resource": resource,
            "integration": integration,
            "job": 1,
            "job_id": f"5f3a77d0-0000-4000-8000-{number:012d}",
            "sends": [{"attempt": 1, "copy": 0, "due": at}],
            "faults": faults,
        }
        outcome = {
            "succeeded": not failed,
            "status": 500 if failed else 200,
            "error": "Received a status code outside of 2xx range" if failed else None,
            "processing_time": 0.012,
            "started_at": at,
            "faults": [],
        }
        event = {"identity": identity, "key": key, "resource": resource, "resource_id": f"{number:012d}"}
        ended = {"state": "waiting" if failed else "succeeded", "due": at + 5 * SECOND if failed else None}
        return [
            {"seq": seq, "at": at, "kind": "event", "delivery": 0, "data": event},
            {"seq": seq + 1, "at": at, "kind": "planned", **step, "state": "planned", "due": at, "data": plan},
            {"seq": seq + 2, "at": at, "kind": "sent", **step, "state": "sending"},
            {"seq": seq + 3, "at": at + 12_000, "kind": "attempted", **step, **ended, "data": outcome},
        ]

    async def status(self, _: Request) -> Response:
        now = to_micros(_START + self.deliveries * SECOND // max(1, self.rate))
        known = {"run": "bench", "seed": 1, "profile": "documented", "clock": "real", "speed": 1.0, "now": now}
        return JSONResponse({**known, "pending": 0, "held": 0, "paused": []})

    async def integrations(self, _: Request) -> Response:
        names = ("shop", "warehouse", "ledger")
        return JSONResponse(
            {"data": [{"key": name, "name": name, "integration_type": "webhook", "enabled": True} for name in names]}
        )

    async def chaos(self, _: Request) -> Response:
        return JSONResponse({"profile": "documented", "profiles": ["documented"], "rules": []})

    async def records(self, request: Request) -> Response:
        before = int(request.query_params.get("before", self.deliveries + 1))
        first = max(1, before - int(request.query_params["limit"]))
        found = [document for number in range(first, before) for document in self.documents(number)]
        page = {"seq": self.deliveries * _RECORDS, "data": found, "before": first if first > 1 else None}
        return Response(orjson.dumps(page), media_type="application/json")

    async def feed(self, _: Request) -> Response:
        return StreamingResponse(self._live(), media_type="text/event-stream")

    async def _live(self) -> AsyncIterator[bytes]:
        yield b": emulator feed\n\n"
        begun = perf_counter()
        first = self.deliveries
        while True:
            await asyncio.sleep(_STEP)
            wanted = first + int((perf_counter() - begun) * self.rate)
            numbers = range(self.deliveries + 1, wanted + 1)
            self.deliveries = max(self.deliveries, wanted)
            yield b"".join(
                b"id: %d\ndata: %s\n\n" % (document["seq"], orjson.dumps(document))
                for number in numbers
                for document in self.documents(number)
            )


async def _serve(source: Source) -> None:
    paths = {"status": source.status, "records": source.records, "feed": source.feed, "chaos": source.chaos}
    routes = [Route(f"/_emulator/{name}", handler) for name, handler in paths.items()]
    app = Starlette(routes=[*routes, Route("/_emulator/integrations", source.integrations)])
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="critical", lifespan="off", access_log=False))
    task = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await task


if __name__ == "__main__":
    asyncio.run(_serve(Source(int(sys.argv[1]), int(sys.argv[2]))))
