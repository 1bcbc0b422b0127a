"""`/_emulator/retry`: the delivery that is meant."""

from collections.abc import Callable
from typing import Any

from emulator.runtime.settings import ClockMode, ClockSettings


def test_a_delivery_that_is_named_by_its_number_is_the_one(with_api: Callable[..., None]) -> None:
    """What was replayed is a delivery for each message, also where several are attempts of one job."""

    def message(attempt: int) -> dict[str, Any]:
        body = {
            "id": "9c1b0d52-6f0e-4b1a-8f6d-0c9a1d2e3f40",
            "triggered_by": "order.paid",
            "attempt": attempt,
            "integration": {"id": "i", "integration_type": "webhook", "name": "ERP", "description": ""},
            "payload": {"data": {"type": "order", "id": "7d1e6f1a-9f0e-4b1a-8f6d-0c9a1d2e3f40"}},
        }
        return {"body": body}

    async def scenario(api: Any) -> None:
        hook = {"url": "http://127.0.0.1:9/hook"}
        await api.ok("PUT", "/_emulator/integrations", {"name": "erp", "observes": ["*"], "configuration": hook})
        sent = {"integration": "erp", "messages": [message(1), message(2)]}
        first, second = (await api.ok("POST", "/_emulator/replay", sent))["data"]
        assert first["job_id"] == second["job_id"]
        await api.ok("POST", "/_emulator/pause", {})
        again = await api.ok("POST", "/_emulator/retry", {"job": str(first["number"])})
        assert again["data"]["number"] == first["number"]
        newest = await api.ok("POST", "/_emulator/retry", {"job": first["job_id"]})
        assert newest["data"]["number"] == second["number"]

    with_api(scenario, clock=ClockSettings(mode=ClockMode.REAL))
