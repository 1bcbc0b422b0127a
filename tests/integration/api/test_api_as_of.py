"""A delivery, and why it got where it is, as they were when an earlier record was the newest."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

Scenario = Callable[..., None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def test_a_delivery_and_its_reasons_at_each_of_its_steps(with_api: Scenario, raw_receiver: Any) -> None:
    async def scenario(api: Any) -> None:
        async def answer(visit: Any) -> None:
            await visit.request()
            await visit.send(OK)

        async with raw_receiver(answer) as receiver:
            await api.register(configuration={"url": receiver.url})
            told = await api.ok("POST", "/_emulator/trigger", {"key": "order.created"})
            identity = told["events"][-1]["identity"]
            await api.ok("POST", "/_emulator/settle", {})
        page = await api.ok("GET", "/_emulator/records")
        steps = {record["kind"]: record["seq"] for record in page["data"] if record["delivery"] == 1}
        assert list(steps) == ["planned", "sent", "attempted"]
        known: list[tuple[Any, ...]] = []
        verdicts: list[str] = []
        for until in steps.values():
            now = (await api.ok("GET", "/_emulator/deliveries/1", params={"until": until}))["data"]
            known.append(
                (now["state"], now["attempts"], len(now["sends"]), len(now["attempts_made"]), now["attempts_total"])
            )
            why = await api.ok("GET", f"/_emulator/events/{quote(identity)}/why", params={"until": until})
            verdicts += [reason["verdict"] for reason in why["data"]]
        assert known == [("planned", 0, 1, 0, 0), ("sending", 1, 1, 0, 0), ("succeeded", 1, 0, 1, 1)]
        assert verdicts == ["planned", "sending", "delivered"]
        at_the_end = (await api.ok("GET", "/_emulator/deliveries/1"))["data"]
        assert at_the_end == now, "nothing came after its last step"

        before = {"until": steps["planned"] - 1}
        (error,) = await api.errors(404, "GET", "/_emulator/deliveries/1", params=before)
        assert error["detail"] == f"There was no delivery 1 yet at record {steps['planned'] - 1}"
        why = await api.ok("GET", f"/_emulator/events/{quote(identity)}/why", params=before)
        assert why["data"] == [], "what is planned later is not there yet"
        await api.errors(422, "GET", "/_emulator/deliveries/1", params={"until": "yesterday"})

    with_api(scenario)
