"""Why nothing was delivered: one case for each verdict, through the real API."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest

from emulator.domain.integration import Scope

Scenario = Callable[..., None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


async def _why(api: Any, identity: str) -> dict[str, dict[str, Any]]:
    told = await api.ok("GET", f"/_emulator/events/{quote(identity)}/why")
    assert told["event"]["identity"] == identity
    return {reason["integration"]: reason for reason in told["data"]}


async def _raise(api: Any, key: str = "order.created") -> str:
    told = await api.ok("POST", "/_emulator/trigger", {"key": key})
    identity: str = next(event["identity"] for event in told["events"] if event["key"] == key)
    return identity


async def _only(api: Any, identity: str) -> tuple[str, str]:
    (reason,) = (await _why(api, identity)).values()
    return reason["verdict"], reason["text"]


def test_what_arrived_says_when_and_with_which_answer(with_api: Scenario, raw_receiver: Any) -> None:
    async def scenario(api: Any) -> None:
        async def answer(visit: Any) -> None:
            await visit.request()
            await visit.send(OK)

        async with raw_receiver(answer) as receiver:
            await api.register(configuration={"url": receiver.url})
            identity = await _raise(api)
            await api.ok("POST", "/_emulator/settle", {})
        reason = (await _why(api, identity))["Orders"]
        assert (reason["verdict"], reason["delivery"], reason["due"]) == ("delivered", 1, None)
        assert reason["text"].startswith("delivered with attempt 1 at 2026-01-01T00:00:00.")
        assert reason["text"].endswith("; the receiver answered 200")

    with_api(scenario)


def test_what_is_to_come_says_when(with_api: Scenario) -> None:
    async def scenario(api: Any) -> None:
        await api.register()
        await api.ok("POST", "/_emulator/chaos", {"id": "late", "delay": {"value": "5s"}})
        identity = await _raise(api)
        reason = (await _why(api, identity))["Orders"]
        assert (reason["verdict"], reason["due"][:19]) == ("planned", "2026-01-01T00:00:05")
        assert "Z (5s late by rule late); virtual time stands still" in reason["text"]
        await api.ok("POST", "/_emulator/pause", {})
        verdict, text = await _only(api, identity)
        assert verdict == "paused"
        assert text.endswith("but sending is paused; `epcc-emulator resume` lets it go")
        await api.ok("POST", "/_emulator/resume", {})
        await api.ok("POST", "/_emulator/clock/advance", {"by": "6s"})
        reason = (await _why(api, identity))["Orders"]
        assert reason["verdict"] == "waiting"
        assert reason["text"].startswith("attempt 1 failed: ")
        assert "; attempt 2 leaves at 2026-01-01T00:00:" in reason["text"]
        assert reason["due"] > "2026-01-01T00:00:06"
        await api.ok("POST", "/_emulator/settle", {"time_limit": 60})
        verdict, text = await _only(api, identity)
        assert verdict == "exhausted"
        assert text.startswith("all 6 attempts failed, the last one: ")
        assert text.endswith("; `epcc-emulator retry 1` tries once more")

    with_api(scenario)


@pytest.mark.parametrize(
    ("rule", "verdict", "words"),
    [
        ({"drop": None}, "dropped", "dropped by rule r, so it is never sent; `epcc-emulator retry 1` sends it all"),
        ({"hold": None}, "held", "held by rule r until somebody releases it; `epcc-emulator release 1` lets it go"),
        ({"overlap": {"count": 3}}, "held", "rule r gathers 3 events that leave at the same moment, until 2026-"),
        (
            {"reorder": {"mode": "reverse", "window": 2}},
            "held",
            "rule r gathers 2 events to send them in another order",
        ),
    ],
)
def test_what_rules_hold_or_drop_names_the_rule(
    with_api: Scenario, rule: dict[str, Any], verdict: str, words: str
) -> None:
    async def scenario(api: Any) -> None:
        await api.register()
        await api.ok("POST", "/_emulator/chaos", {"id": "r", **rule})
        found, text = await _only(api, await _raise(api))
        assert found == verdict
        assert words in text

    with_api(scenario)


def test_what_lets_others_pass_says_how_many(with_api: Scenario) -> None:
    async def scenario(api: Any) -> None:
        await api.register()
        await api.ok("POST", "/_emulator/chaos", {"id": "r", "reorder": {"window": 100}})
        reason = (await _why(api, await _raise(api)))["Orders"]
        assert reason["verdict"] == "held"
        assert reason["text"].startswith("rule r lets ")
        assert "later events pass it first, until 2026-01-01T00:00:02.00000" in reason["text"]
        assert reason["due"].startswith("2026-01-01T00:00:02.00000")

    with_api(scenario)


def test_a_remote_destination_names_the_host_and_the_option(with_api: Scenario) -> None:
    async def scenario(api: Any) -> None:
        await api.register(configuration={"url": "http://203.0.113.7/hook"})
        identity = await _raise(api)
        await api.ok("POST", "/_emulator/clock/advance", {"by": "1s"})
        verdict, text = await _only(api, identity)
        assert verdict == "remote_blocked"
        assert "203.0.113.7" in text
        assert "--allow-remote '203.0.113.7'" in text
        assert "attempt 2 leaves at" in text
        await api.ok("POST", "/_emulator/settle", {"time_limit": 60})
        verdict, text = await _only(api, identity)
        assert verdict == "remote_blocked"
        assert "all 6 attempts failed" in text

    with_api(scenario)


def test_who_did_not_hear_of_it_and_why(with_api: Scenario) -> None:
    async def scenario(api: Any) -> None:
        await api.register(name="deaf", observes=["customer.created", "order.paid", "order.refunded"])
        await api.register(name="off", enabled=False)
        turned_on = await api.register(name="turned on", enabled=False)
        taught = await api.register(name="taught", observes=["customer.created"])
        await api.emulator.create_integration(
            name="organization",
            managed=True,
            enabled=True,
            scope=Scope.ORGANIZATION,
            observes=("integration.created",),
            configuration=api.emulator.integrations()[0].configuration,
            integration_type=api.emulator.integrations()[0].integration_type,
        )
        identity = await _raise(api)
        for made, change in ((turned_on, {"enabled": True}), (taught, {"observes": ["order.created"]})):
            changed = {name: made[name] for name in ("type", "name", "integration_type", "observes", "enabled")}
            changed["configuration"] = {"url": "http://127.0.0.1:9/hook"}
            await api.ok("PUT", f"/v2/integrations/{made['id']}", {"data": changed | change})
        await api.register(name="late")
        why = await _why(api, identity)
        assert {key: reason["verdict"] for key, reason in why.items()} == {
            "deaf": "not_observed",
            "off": "disabled",
            "turned on": "disabled",
            "taught": "not_observed",
            "organization": "limited",
            "late": "absent",
        }
        assert {reason["delivery"] for reason in why.values()} == {None}
        assert "the nearest that it observes: order.paid, order.refunded" in why["deaf"]["text"]
        assert "`epcc-emulator integrations enable off`" in why["off"]["text"]
        assert "is enabled now, but was disabled when it happened" in why["turned on"]["text"]
        assert "observes order.created now, but did not when it happened" in why["taught"]["text"]
        assert why["organization"]["text"] == (
            "hears of the organization's events only, and order.created is a store's"
        )
        assert "was registered at 2026-" in why["late"]["text"]
        assert f"`epcc-emulator resend {identity} --integration late` sends it there" in why["late"]["text"]

    with_api(scenario)


def test_what_was_cancelled_says_so_also_when_its_integration_is_gone(with_api: Scenario) -> None:
    async def scenario(api: Any) -> None:
        made = await api.register()
        identity = await _raise(api)
        changed = {name: made[name] for name in ("type", "name", "integration_type", "observes")}
        changed |= {"configuration": {"url": "http://127.0.0.1:9/hook"}, "enabled": False}
        await api.ok("PUT", f"/v2/integrations/{made['id']}", {"data": changed})
        verdict, text = await _only(api, identity)
        assert verdict == "cancelled"
        assert text.startswith("cancelled: the integration was disabled")
        await api("DELETE", f"/v2/integrations/{made['id']}")
        verdict, text = await _only(api, identity)
        assert verdict == "cancelled"
        assert text.endswith("(the integration is gone)")

    with_api(scenario)


def test_an_edited_resend_passes_the_others_over(with_api: Scenario) -> None:
    async def scenario(api: Any) -> None:
        await api.register()
        await api.register(name="other")
        identity = await _raise(api)
        event = await api.ok("GET", f"/_emulator/events/{quote(identity)}")
        again = {"event": identity, "payload": event["data"]["payload"], "integration": "Orders"}
        await api.ok("POST", "/_emulator/resend", again)
        why = await _why(api, f"{identity}~1")
        assert (why["Orders"]["verdict"], why["other"]["verdict"]) == ("planned", "passed_over")

    with_api(scenario)


def test_a_delivery_that_arrived_counts_more_than_a_later_one(with_api: Scenario, raw_receiver: Any) -> None:
    async def scenario(api: Any) -> None:
        async def answer(visit: Any) -> None:
            await visit.request()
            await visit.send(OK)

        async with raw_receiver(answer) as receiver:
            await api.register(configuration={"url": receiver.url})
            identity = await _raise(api)
            await api.ok("POST", "/_emulator/settle", {})
            await api.ok("POST", "/_emulator/resend", {"event": identity, "new_job": True})
        reason = (await _why(api, identity))["Orders"]
        assert (reason["verdict"], reason["delivery"]) == ("delivered", 1)

    with_api(scenario)


def test_without_integrations_it_says_what_to_do(with_api: Scenario) -> None:
    async def scenario(api: Any) -> None:
        told = await api.ok("GET", f"/_emulator/events/{await _raise(api)}/why")
        assert told["data"] == []
        assert "register one, or run epcc-emulator listen" in told["text"]
        (error,) = await api.errors(404, "GET", "/_emulator/events/order:99/order.paid:1/why")
        assert "there is no event 'order:99/order.paid:1'" in error["detail"]

    with_api(scenario)
