"""`/_emulator` over a real emulator: drive it, look at it, make it misbehave."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from emulator.domain.moment import parse_instant
from emulator.runtime.settings import ClockMode, ClockSettings

WithApi = Callable[..., None]
HOOK = {"url": "http://127.0.0.1:9/hook", "secret_key": "squirrel-0001"}


async def _managed(api: Any, **changes: Any) -> dict[str, Any]:
    body = {"name": "listen", "observes": ["order.*"], "configuration": HOOK} | changes
    answer: dict[str, Any] = await api.ok("PUT", "/_emulator/integrations", body)
    return answer


def test_it_is_healthy_when_it_delivers(with_api: WithApi, monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(api: Any) -> None:
        assert await api.ok("GET", "/_emulator/health") == {"ready": True}
        monkeypatch.setattr(type(api.emulator), "healthy", False)
        sick = await api("GET", "/_emulator/health")
        assert (sick.status_code, sick.json()) == (503, {"ready": False})
        assert (await api.ok("GET", "/_emulator/deliveries"))["data"] == [], "reading goes on"

    with_api(scenario)


def test_it_needs_no_token_but_the_right_host(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        await api.ok("GET", "/_emulator/status", headers={"Authorization": ""})
        await api.errors(403, "GET", "/_emulator/status", headers={"Host": "evil.test"})
        await api.errors(403, "POST", "/_emulator/reset", headers={"Origin": "https://evil.test"})
        await api.ok("GET", "/_emulator/status", headers={"Host": "emulator.ci:3722"})

    with_api(scenario, allowed_hosts=("emulator.ci",))


def test_managed_integrations_have_globs_no_quotas_and_a_stable_name(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        await api.register(observes=["order.paid"])
        first = await _managed(api)
        assert first["data"]["enabled"] is True
        assert first["data"]["managed"] is True
        assert first["data"]["key"] == "listen"
        production = first["production"]
        assert "order.paid" in production["observes"]
        assert production["integrations"] == 2
        assert any("no globs" in note for note in production["notes"])
        assert any("5 events" in note for note in production["notes"])
        again = await _managed(api, observes=["order.paid"])
        assert again["data"]["id"] == first["data"]["id"]
        assert again["production"] == {"observes": ["order.paid"], "integrations": 1, "notes": []}
        keys = [one["key"] for one in (await api.ok("GET", "/_emulator/integrations"))["data"]]
        assert keys == ["Orders", "listen"]
        written_back = {**again["data"], "observes": ["order.*"]}
        await api.ok("PUT", f"/v2/integrations/{first['data']['id']}", {"data": written_back})
        gone = await api.ok("DELETE", "/_emulator/integrations/listen")
        assert gone["data"]["id"] == first["data"]["id"]
        await api.errors(404, "DELETE", "/_emulator/integrations/listen")

    with_api(scenario, integration_limit=1)


@pytest.mark.parametrize(
    ("method", "path", "body", "source", "words"),
    [
        ("POST", "trigger", {"kye": "order.paid"}, "key", "required"),
        ("POST", "trigger", {"key": "order.paid", "cuont": 2}, "cuont", "did you mean 'count'"),
        ("POST", "trigger", {"key": "order.paid", "count": 0}, "count", "at least 1"),
        ("POST", "trigger", {"key": "order.paid", "count": "2"}, "count", "whole number"),
        ("POST", "trigger", {"key": 5}, "key", "text"),
        ("POST", "trigger", [], None, "must be an object"),
        ("PUT", "integrations", {"name": "x", "observes": ["ordr.*"], "configuration": HOOK}, "observes", "matches no"),
        ("PUT", "integrations", {"name": "x", "observes": [], "configuration": {}}, "configuration.url", "required"),
        ("PUT", "integrations", {"name": "x", "observes": [], "configuration": HOOK, "scop": 1}, "scop", "'scope'"),
        ("POST", "clock/advance", {"by": "soon"}, "by", "not a duration"),
        ("POST", "clock/advance", {"by": "5000d"}, "by", "3650d"),
        ("POST", "settle", {"time_limit": -1}, "time_limit", "at least 0"),
        ("POST", "holds", {"mach": {}}, "mach", "did you mean 'match'"),
        ("GET", "deliveries?stat=held", None, "stat", "did you mean 'state'"),
        ("GET", "deliveries?state=hold", None, "state", "did you mean 'held'"),
        ("GET", "events?page[limit]=0", None, "page[limit]", "from 1 to 100"),
        ("GET", "feed?after=x", None, "after", "number of a record"),
    ],
)
def test_mistakes_are_refused_with_the_nearest_word(
    with_api: WithApi, method: str, path: str, body: Any, source: str | None, words: str
) -> None:
    async def scenario(api: Any) -> None:
        entries = await api.errors(422, method, f"/_emulator/{path}", body)
        assert (source, True) in [(entry.get("source"), words in entry["detail"]) for entry in entries]

    with_api(scenario)


@pytest.mark.parametrize("key", ["order.payed", "integration.paid", ""])
def test_what_cannot_be_triggered_says_so(with_api: WithApi, key: str) -> None:
    async def scenario(api: Any) -> None:
        answer = await api("POST", "/_emulator/trigger", {"key": key})
        assert answer.status_code in (404, 422)
        assert answer.json()["errors"][0]["detail"]

    with_api(scenario)


def test_a_trigger_tells_what_was_raised_and_planned(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        nobody = await api.ok("POST", "/_emulator/trigger", {"key": "order.created"})
        assert nobody["deliveries"] == []
        assert any("no integrations" in reason for reason in nobody["reasons"])
        await _managed(api, observes=["order.paid"])
        report = await api.ok(
            "POST",
            "/_emulator/trigger",
            {"key": "order.paid", "count": 2, "override": {"data.customer.name": "Ron"}, "only": True, "of": None},
        )
        assert [event["key"] for event in report["events"]] == ["order.paid"] * 2
        assert [(one["event_key"], one["integration"]) for one in report["deliveries"]] == [
            ("order.paid", "listen")
        ] * 2
        event = await api.ok("GET", f"/_emulator/events/{report['events'][0]['identity']}")
        assert event["data"]["payload"]["data"]["customer"]["name"] == "Ron"
        found = await api.ok("GET", "/_emulator/events?key=order.p*")
        assert found["results"]["total"] == 2
        of = report["events"][0]["resource_id"]
        assert (await api.ok("GET", f"/_emulator/events?resource={of}"))["data"]
        await api.errors(404, "GET", "/_emulator/events/order:9/order.paid:1")

    with_api(scenario)


def test_repetitions_at_a_rate_let_virtual_time_pass(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        body = {"key": "customer.created", "count": 3, "rate": 2}
        report = await api.ok("POST", "/_emulator/trigger", body)
        assert [event["at"][17:21] for event in report["events"]] == ["00.0", "00.5", "01.0"]

    with_api(scenario)


def test_the_request_is_shown_as_its_faults_have_made_it(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        await _managed(api, observes=["order.created"], configuration={**HOOK, "url": "http://127.0.0.1:9/h"})
        await api.ok("POST", "/_emulator/chaos", {"corrupt": "truncate", "match": {"attempt": 1}})
        await api.ok("POST", "/_emulator/chaos", {"secret": "wrong", "match": {"attempt": 6}})
        added = await api.ok("POST", "/_emulator/chaos", {"payload": "unknown_field", "probability": 0})
        assert (added["data"]["payload"], added["data"]["legality"]) == ({"mode": "unknown_field"}, "documented")
        planned = (await api.ok("POST", "/_emulator/trigger", {"key": "order.created"}))["deliveries"][0]
        path = f"/_emulator/deliveries/{planned['number']}"
        request = (await api.ok("GET", path))["data"]["request"]
        assert request["body"].startswith(f'{{"id":"{planned["job_id"]}"')
        assert len(request["body"]) == int(request["headers"]["Content-Length"])
        await api.ok("POST", "/_emulator/settle")
        request = (await api.ok("GET", path))["data"]["request"]
        assert request["headers"]["X-MOLTIN-SECRET-KEY"].startswith("wrong-")
        assert request["body"]["configuration"]["secret_key"] == request["headers"]["X-MOLTIN-SECRET-KEY"]

    with_api(scenario)


def test_a_delivery_is_shown_with_its_attempts_and_the_request_without_its_secret(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        await _managed(
            api, observes=["order.created"], configuration={**HOOK, "url": "http://me:pw@127.0.0.1:9/h?token=pw"}
        )
        planned = (await api.ok("POST", "/_emulator/trigger", {"key": "order.created"}))["deliveries"][0]
        await api.ok("POST", "/_emulator/settle")
        for word in (planned["job_id"], str(planned["number"])):
            answer = await api("GET", f"/_emulator/deliveries/{word}")
            shown = answer.json()["data"]
            assert shown["state"] == "exhausted"
            assert [one["attempt"] for one in shown["attempts_made"]] == [2, 1]
            assert shown["sends"] == []
            request = shown["request"]
            assert request["headers"]["X-MOLTIN-SECRET-KEY"] == "*********0001"
            assert request["headers"]["X-MOLTIN-INTEGRATION-TRIGGER"] == "order.created"
            assert request["body"]["configuration"]["secret_key"] == "*********0001"
            assert request["body"]["attempt"] == 2
            assert request["url"] == "http://127.0.0.1:9/h?token=****"
            assert "squirrel" not in answer.text
            assert "pw" not in request["headers"].get("Authorization", "")
        for query, total in (
            ("integration=listen", 1),
            ("integration=nobody", 0),
            ("event=order.*", 1),
            ("event=cart.*", 0),
            ("state=exhausted", 1),
            ("state=held", 0),
            (f"job={planned['job_id']}", 1),
            (f"resource={shown['resource_id']}", 1),
        ):
            assert (await api.ok("GET", f"/_emulator/deliveries?{query}"))["results"]["total"] == total
        attempts = await api.ok("GET", f"/_emulator/attempts?delivery={planned['number']}&page[limit]=1")
        assert (attempts["results"]["total"], attempts["data"][0]["attempt"]) == (2, 2)
        for path in ("deliveries/99", "deliveries/nothing", f"deliveries/{'9' * 40}", "attempts?delivery=99"):
            await api.errors(404, "GET", f"/_emulator/{path}")

    with_api(scenario, retry_waits=(1_000_000,))


def test_retry_and_resend(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        await _managed(api, observes=["order.created"])
        planned = (await api.ok("POST", "/_emulator/trigger", {"key": "order.created"}))["deliveries"][0]
        await api.ok("POST", "/_emulator/settle")
        await api.ok("POST", "/_emulator/retry", {"job": planned["job_id"]})
        await api.ok("POST", "/_emulator/settle")
        attempts = (await api.ok("GET", "/_emulator/attempts"))["data"]
        assert [one["attempt"] for one in attempts] == [2, 1]
        (same,) = (await api.ok("POST", "/_emulator/resend", {"event": planned["event"]}))["data"]
        assert same["job_id"] == planned["job_id"]
        (new,) = (await api.ok("POST", "/_emulator/resend", {"event": planned["event"], "new_job": True}))["data"]
        assert new["job_id"] != planned["job_id"]
        await api.errors(404, "POST", "/_emulator/resend", {"event": "order:9/order.paid:1"})
        for job in ("nothing", "99", "9" * 5000):
            await api.errors(404, "POST", "/_emulator/retry", {"job": job})

    with_api(scenario, retry_waits=())


def test_chaos_changes_while_it_runs(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        assert (await api.ok("GET", "/_emulator/chaos"))["rules"] == []
        documented = await api.ok("PUT", "/_emulator/profile", {"profile": "documented"})
        assert documented["profile"] == "documented"
        assert {rule["source"] for rule in documented["rules"]} == {"profile"}
        rule = {"id": "slow", "match": {"event": "order.*"}, "delay": {"distribution": "fixed", "value": "30s"}}
        answer = await api("POST", "/_emulator/chaos", rule)
        assert (answer.status_code, answer.json()["data"]["id"]) == (201, "slow")
        ids = [one["id"] for one in (await api.ok("GET", "/_emulator/chaos"))["rules"]]
        assert "slow" in ids
        off = await api.ok("PUT", "/_emulator/chaos/slow", {"enabled": False})
        assert {one["id"]: one["enabled"] for one in off["rules"]}["slow"] is False
        status = await api.ok("GET", "/_emulator/status")
        assert status["rules"] == sum(one["enabled"] for one in off["rules"])
        assert api.emulator.journal.records(after=0, limit=1000)[-1].data["what"] == "disable"
        on = await api.ok("PUT", "/_emulator/chaos/slow", {"enabled": True})
        assert all(one["enabled"] for one in on["rules"])
        await api.errors(404, "PUT", "/_emulator/chaos/slwo", {"enabled": True})
        await api.errors(422, "PUT", "/_emulator/chaos/slow", {"enabled": "no"})
        await api.ok("DELETE", "/_emulator/chaos/slow")
        await api.errors(404, "DELETE", "/_emulator/chaos/slow")
        (entry,) = await api.errors(404, "PUT", "/_emulator/profile", {"profile": "documentd"})
        assert "documented" in entry["detail"]
        (entry,) = await api.errors(422, "POST", "/_emulator/chaos", {"match": {"event": "order.*"}, "dealy": {}})
        assert "delay" in entry["detail"]

    with_api(scenario)


def test_virtual_time_moves_only_when_it_is_asked_to(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        await api.ok("POST", "/_emulator/chaos", {"delay": {"distribution": "fixed", "value": "30s"}})
        await _managed(api, observes=["order.created"])
        planned = (await api.ok("POST", "/_emulator/trigger", {"key": "order.created"}))["deliveries"][0]
        before = await api.ok("GET", "/_emulator/clock")
        assert (before["mode"], before["pending"], before["next_due"]) == ("virtual", 1, planned["due"])
        assert (await api.ok("GET", "/_emulator/attempts"))["data"] == []
        after = await api.ok("POST", "/_emulator/clock/advance", {"by": "31s"})
        assert after["now"] > planned["due"]
        assert len((await api.ok("GET", "/_emulator/attempts"))["data"]) == 1
        await api.errors(409, "PUT", "/_emulator/clock/speed", {"speed": 60})

    with_api(scenario)


def test_virtual_time_ends_before_the_calendar_does(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        (entry,) = await api.errors(422, "POST", "/_emulator/clock/advance", {"by": "400d"})
        assert (entry["source"], "9997" in entry["detail"]) == ("by", True)

    with_api(scenario, clock=ClockSettings(mode=ClockMode.VIRTUAL, start=parse_instant("9997-01-01T00:00:00Z")))


def test_a_scaled_clock_has_a_speed(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        assert (await api.ok("PUT", "/_emulator/clock/speed", {"speed": 120}))["speed"] == 120
        await api.errors(409, "POST", "/_emulator/clock/advance", {"by": "1s"})

    with_api(scenario, clock=ClockSettings(mode=ClockMode.SCALED, speed=60))


def test_hold_and_release_pause_and_resume(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        await _managed(api, observes=["order.*"])
        held = await api.ok("POST", "/_emulator/holds", {"match": {"event": "order.paid"}, "id": "mine"})
        assert held == {"id": "mine"}
        assert [hold["id"] for hold in (await api.ok("GET", "/_emulator/holds"))["data"]] == ["mine"]
        await api.ok("POST", "/_emulator/trigger", {"key": "order.paid"})
        await api.ok("POST", "/_emulator/settle")
        (waiting,) = (await api.ok("GET", "/_emulator/held"))["data"]
        assert "mine" in waiting["why"]
        assert (await api.ok("DELETE", "/_emulator/holds/mine"))["data"] == []
        await api.errors(404, "POST", "/_emulator/release", {"number": 99})
        assert await api.ok("POST", "/_emulator/release", {"number": waiting["number"]}) == {"released": 1}
        assert await api.ok("POST", "/_emulator/release") == {"released": 0}
        assert await api.ok("POST", "/_emulator/pause", {"integration": "listen"}) == {"paused": ["listen"]}
        assert await api.ok("POST", "/_emulator/pause") == {"paused": ["*", "listen"]}
        assert await api.ok("POST", "/_emulator/resume", {"but": ["listen", "gone"]}) == {"paused": ["listen"]}
        assert await api.ok("POST", "/_emulator/resume") == {"paused": []}
        await api.errors(404, "POST", "/_emulator/pause", {"integration": "nobody"})

    with_api(scenario, retry_waits=())


def test_waiting_ends_with_the_event_or_the_limit(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        none = await api.ok("POST", "/_emulator/wait", {"event": "order.paid", "time_limit": 0.01})
        assert none == {"event": None}
        waiting = asyncio.create_task(api.ok("POST", "/_emulator/wait", {"event": "order.p*"}))
        await api.ok("POST", "/_emulator/trigger", {"key": "order.paid"})
        assert (await waiting)["event"]["key"] == "order.paid"

    with_api(scenario)


def test_reset_says_what_it_erased(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        await _managed(api)
        await api.ok("POST", "/_emulator/trigger", {"key": "order.paid"})
        erased = (await api.ok("POST", "/_emulator/reset", {"keep_integrations": True}))["erased"]
        assert erased["events"] > 0
        assert len((await api.ok("GET", "/_emulator/integrations"))["data"]) == 1
        await api.ok("POST", "/_emulator/reset")
        assert (await api.ok("GET", "/_emulator/integrations"))["data"] == []
        assert (await api.ok("GET", "/_emulator/events"))["data"] == []

    with_api(scenario)


def test_the_environment_is_ready_to_paste(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        env = await api.ok("GET", "/_emulator/env", headers={"Host": "host.docker.internal:3722"})
        assert env["EPCC_API_BASE_URL"] == "http://host.docker.internal:3722"
        assert env["EPCC_CLIENT_ID"] == "epcc-emulator"
        assert env["EPCC_CLIENT_SECRET"] == api.emulator.settings.store_secret

    with_api(scenario)


def test_a_deliverys_faults_say_how_legal_they_are_and_which_draw_decided(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        await api.register()
        for rule in (
            {"id": "late", "probability": 0.99, "delay": {"value": "5s"}},
            {"id": "cut", "match": {"attempt": 2}, "corrupt": {"mode": "truncate"}},
            {"id": "away", "match": {"attempt": 1}, "outage": None},
        ):
            await api.ok("POST", "/_emulator/chaos", rule)
        await api.ok("POST", "/_emulator/trigger", {"key": "order.created"})
        planned = (await api.ok("GET", "/_emulator/deliveries/1"))["data"]
        (late,) = planned["faults"]
        assert (late["rule"], late["legality"], late["probability"]) == ("late", "documented", 0.99)
        assert 0 <= late["draw"] < 0.99
        assert planned["sends"][0]["faults"] == [late]
        await api.ok("POST", "/_emulator/clock/advance", {"by": "20s"})
        await api.ok("DELETE", "/_emulator/chaos/late")
        done = (await api.ok("GET", "/_emulator/deliveries/1"))["data"]
        second, first = done["attempts_made"][-2:]
        assert {note["rule"]: note["legality"] for note in first["faults"]} == {
            "late": "documented",
            "away": "plausible",
        }
        assert first["faults"][0]["draw"] == late["draw"], "the rule is gone, the draw is not"
        assert first["faults"][0]["probability"] is None
        assert [(note["rule"], note["legality"]) for note in second["faults"]] == [("cut", "hostile")]
        assert second["faults"][0]["draw"] < second["faults"][0]["probability"] == 1

    with_api(scenario)
