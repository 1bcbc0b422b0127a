"""`/v2/integrations` over a real emulator."""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from emulator.domain.errors import JournalUnwritable
from emulator.runtime.settings import AuthMode

WithApi = Callable[..., None]
NOBODY = "/v2/integrations/00000000-0000-4000-8000-000000000000"
SQS = {
    "url": "http://127.0.0.1:9/1/epcc-q",
    "aws_access_key_id": "AKIA0000PSYQ",
    "aws_secret_access_key": "wJalrXUtnFEMIHK4o",
    "region": "eu-west-1",
}


async def _token(api: Any, client_id: str, secret: str | None, grant: str = "client_credentials") -> dict[str, str]:
    form = {"grant_type": grant, "client_id": client_id} | ({} if secret is None else {"client_secret": secret})
    answer = await api.ok("POST", "/oauth/access_token", data=form)
    assert {"token_type": "Bearer", "expires_in": 3600, "identifier": grant}.items() <= answer.items()
    assert isinstance(answer["expires"], int)
    return {"Authorization": f"Bearer {answer['access_token']}"}


def test_an_integration_lives(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        made = await api.register()
        path = f"/v2/integrations/{made['id']}"
        assert made["links"]["self"] == f"https://api.emulator.test{path}"
        assert made["configuration"] == {"url": "http://127.0.0.1:9/hook", "secret_key": "squirrel"}
        assert await api.ok("GET", path) == {"data": made}
        changed = (await api.ok("PUT", path, {"data": {"type": "integration", "name": "Renamed"}}))["data"]
        moved = changed["meta"]["timestamps"].pop("updated_at") > made["meta"]["timestamps"].pop("updated_at")
        assert moved
        assert changed == made | {"name": "Renamed"}
        listed = await api.ok("GET", "/v2/integrations")
        assert [one["id"] for one in listed["data"]] == [made["id"]]
        assert listed["results"] == {"total": 1}
        assert await api.ok("DELETE", path) == {"data": {"type": "integration", "id": made["id"]}}
        for method in ("GET", "PUT", "DELETE"):
            (entry,) = await api.errors(404, method, path, {"data": {}} if method == "PUT" else None)
            assert entry == {"status": 404, "title": "Not Found", "detail": "The resource could not be found"}

    with_api(scenario)


def test_a_creation_answers_201_and_is_disabled_unless_asked(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        data = {
            "type": "integration",
            "name": "Q",
            "integration_type": "aws_sqs",
            "observes": ["cart.updated"],
            "configuration": SQS,
        }
        answer = await api("POST", "/v2/integrations", {"data": data})
        assert answer.status_code == 201
        made = answer.json()["data"]
        assert made["enabled"] is False
        assert made["configuration"]["aws_access_key_id"] == "********PSYQ"
        assert "wJalr" not in answer.text
        for stamp in made["meta"]["timestamps"].values():
            datetime.strptime(stamp, "%Y-%m-%dT%H:%M:%S.%fZ")  # noqa: DTZ007
            assert len(stamp) == len("2026-01-01T00:00:00.000Z")

    with_api(scenario)


def test_what_is_read_can_be_written_back_and_the_secrets_stay(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        made = await api.register(integration_type="aws_sqs", configuration=SQS)
        path = f"/v2/integrations/{made['id']}"
        assert (await api.ok("PUT", path, {"data": made}))["data"] == made
        assert api.emulator.integration(made["id"]).configuration.aws_secret_access_key == SQS["aws_secret_access_key"]
        assert (await api.ok("PUT", path, {"data": {"configuration": {"aws_access_key_id": "AKIAnewnewnew"}}}))["data"][
            "configuration"
        ]["aws_access_key_id"] == "*********wnew"
        stored = api.emulator.integration(made["id"]).configuration
        assert (stored.aws_access_key_id, stored.aws_secret_access_key) == (
            "AKIAnewnewnew",
            SQS["aws_secret_access_key"],
        )

    with_api(scenario)


def test_its_life_raises_events_with_the_masked_object(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        made = await api.register(integration_type="aws_sqs", configuration=SQS)
        path = f"/v2/integrations/{made['id']}"
        await api.ok("PUT", path, {"data": {"enabled": False}})
        await api.ok("PUT", path, {"data": {}})
        await api.ok("DELETE", path)
        events = (await api.ok("GET", "/_emulator/events"))["data"]
        assert [event["key"] for event in events] == [
            "integration.deleted",
            "integration.updated",
            "integration.created",
        ]
        created = (await api.ok("GET", f"/_emulator/events/{events[2]['identity']}"))["data"]
        assert created["payload"] == {"data": made}
        deleted = (await api.ok("GET", f"/_emulator/events/{events[0]['identity']}"))["data"]
        assert deleted["payload"] == {"type": "integration", "id": made["id"]}

    with_api(scenario)


def test_quotas_have_the_providers_numbers(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        first = await api.register()
        await api.register()
        body = {"data": {**first, "observes": ["order.paid", "order.created", "order.updated"]}}
        (entry,) = await api.errors(422, "PUT", f"/v2/integrations/{first['id']}", body)
        assert entry["detail"] == "You have reached the integration event limit of 2"
        (entry,) = await api.errors(422, "POST", "/v2/integrations", {"data": first})
        assert entry["detail"] == "You have reached the integration limit of 2"
        assert entry["title"] == "Validation Error"
        await api.ok("DELETE", f"/v2/integrations/{first['id']}")
        answers = await asyncio.gather(*(api("POST", "/v2/integrations", {"data": first}) for _ in range(5)))
        assert sorted(answer.status_code for answer in answers) == [201, 422, 422, 422, 422]

    with_api(scenario, event_limit=2, integration_limit=2)


def test_the_list_is_filtered_sorted_and_paged(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        for name in ("b", "a", "c"):
            await api.register(name=name)

        async def names(query: str) -> list[str]:
            return [one["name"] for one in (await api.ok("GET", f"/v2/integrations?{query}"))["data"]]

        assert await names("") == ["b", "a", "c"]
        assert await names("filter=eq(name,a)") == ["a"]
        assert await names("sort=-name") == ["c", "b", "a"]
        assert await names("sort=%2Bname") == await names("sort=+name") == ["a", "b", "c"]
        assert await names("sort=-created_at") == ["c", "a", "b"]
        assert await names("sort=name&page[limit]=1&page[offset]=1") == ["b"]
        (entry,) = await api.errors(422, "GET", "/v2/integrations?sort=nmae")
        assert entry["source"] == "sort"

    with_api(scenario)


def test_a_disabled_or_deleted_integration_gets_nothing_more(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        made = await api.register()
        await api.ok("POST", "/_emulator/holds", {})
        await api.ok("POST", "/_emulator/trigger", {"key": "order.paid"})
        assert len((await api.ok("GET", "/_emulator/held"))["data"]) == 2
        await api.ok("PUT", f"/v2/integrations/{made['id']}", {"data": {"enabled": False}})
        states = {row["state"] for row in (await api.ok("GET", "/_emulator/deliveries"))["data"]}
        assert states == {"cancelled"}

    with_api(scenario)


def test_jobs_and_logs_show_every_attempt(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        made = await api.register()
        other = await api.register(name="Other", observes=["order.paid"])
        await api.ok("POST", "/_emulator/trigger", {"key": "order.paid"})
        assert await api.ok("POST", "/_emulator/settle") == {"settled": True}
        base = f"/v2/integrations/{made['id']}"
        jobs = await api.ok("GET", f"{base}/jobs")
        assert jobs["results"] == {"total": 2}
        assert [job["type"] for job in jobs["data"]] == ["integration-job"] * 2
        logs = await api.ok("GET", f"{base}/jobs/{jobs['data'][0]['id']}/logs?page[limit]=2&page[offset]=1")
        assert logs["meta"] == {"limit": 2, "offset": 1, "current": 1, "total": 2}
        assert [log["attempt"] for log in logs["data"]] == [2, 1]
        newest = logs["data"][0]
        assert newest["type"] == "integration-log"
        assert newest["succeeded"] is False
        assert newest["status_code"] == 0
        assert "refused" in newest["error_detail"]
        assert isinstance(newest["processing_time"], float)
        assert newest["relationships"] == {
            "integration": {"data": {"type": "integration", "id": made["id"]}},
            "job": {"data": {"type": "integration-job", "id": jobs["data"][0]["id"]}},
        }
        assert newest["meta"]["timestamps"]["created_at"].endswith("000Z")
        everything = await api.ok("GET", "/v2/integrations/logs?page[limit]=100")
        assert everything["results"]["total"] == 9
        assert len({log["id"] for log in everything["data"]}) == 9
        assert (await api.ok("GET", f"{base}/logs"))["results"]["total"] == 6
        await api.errors(404, "GET", f"/v2/integrations/{other['id']}/jobs/{jobs['data'][0]['id']}/logs")
        await api.errors(404, "GET", f"{base}/jobs/nothing/logs")
        await api.ok("DELETE", base)
        assert await api.ok("GET", "/v2/integrations/logs?page[limit]=100") == everything, "logs outlive integrations"

    with_api(scenario, retry_waits=(1_000_000, 1_000_000))


@pytest.mark.parametrize("path", ["/v2/integrations/logs", "/v2/integrations"])
def test_pages_out_of_range_are_422(with_api: WithApi, path: str) -> None:
    async def scenario(api: Any) -> None:
        for value in ("0", "-1", "x", "101000"):
            (entry,) = await api.errors(422, "GET", f"{path}?page[limit]={value}")
            assert entry["source"] == "page[limit]"

    with_api(scenario)


def test_strict_authentication_takes_only_its_own_clients(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        settings = api.emulator.settings
        await api.errors(401, "GET", "/v2/integrations")
        bad = {"grant_type": "client_credentials", "client_id": settings.client_id, "client_secret": "wrong"}
        (entry,) = await api.errors(401, "POST", "/oauth/access_token", data=bad)
        assert entry["status"] == "401"
        await api.errors(401, "POST", "/oauth/access_token", data=bad | {"client_id": "somebody"})
        token = await _token(api, settings.client_id, settings.store_secret)
        await api.ok("GET", "/v2/integrations", headers=token)
        implicit = await _token(api, settings.client_id, None, "implicit")
        for method, path in (("GET", "/v2/integrations"), ("GET", "/v2/integrations/logs"), ("DELETE", NOBODY)):
            (entry,) = await api.errors(403, method, path, headers=implicit)
            assert entry == {"status": 403, "title": "Forbidden"}

    with_api(scenario, auth=AuthMode.STRICT)


def test_lenient_and_off(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        asked = {"grant_type": "client_credentials", "client_id": "mine", "client_secret": "own"}
        await api.ok("POST", "/oauth/access_token", data=asked)
        answer = await api("GET", "/v2/integrations", headers={"Authorization": ""})
        wanted = 401 if api.emulator.settings.auth is AuthMode.LENIENT else 200
        assert answer.status_code == wanted

    with_api(scenario, auth=AuthMode.LENIENT)
    with_api(scenario, auth=AuthMode.OFF)


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"grant_type": "password", "client_id": "x"},
        {"grant_type": "client_credentials"},
        {"grant_type": "client_credentials", "client_id": "x"},
    ],
)
def test_malformed_token_requests_are_400_with_the_status_as_text(with_api: WithApi, form: dict[str, str]) -> None:
    async def scenario(api: Any) -> None:
        (entry,) = await api.errors(400, "POST", "/oauth/access_token", data=form)
        assert entry["status"] == "400"

    with_api(scenario)


def test_an_organization_sees_and_observes_its_own(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        settings = api.emulator.settings
        own = await _token(api, settings.org_client_id, settings.organization_secret)
        store = await api.register()
        data = {**store, "observes": ["order.paid"]}
        (entry,) = await api.errors(422, "POST", "/v2/integrations", {"data": data}, headers=own)
        assert entry["source"] == "observes"
        data["observes"] = ["catalog-release.created"]
        made = (await api.ok("POST", "/v2/integrations", {"data": data}, headers=own))["data"]
        assert [one["id"] for one in (await api.ok("GET", "/v2/integrations", headers=own))["data"]] == [made["id"]]
        assert [one["id"] for one in (await api.ok("GET", "/v2/integrations"))["data"]] == [store["id"]]
        await api.errors(404, "GET", f"/v2/integrations/{made['id']}")
        await api.errors(404, "DELETE", f"/v2/integrations/{store['id']}", headers=own)

    with_api(scenario)


def test_an_organization_reads_the_logs_of_its_own_and_a_store_those_of_its_own(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        settings = api.emulator.settings
        organization = await _token(api, settings.org_client_id, settings.organization_secret)
        observer = await api.register(observes=["integration.created"])
        data = {"data": {**observer, "name": "Ours", "enabled": True}}
        ours = (await api.ok("POST", "/v2/integrations", data, headers=organization))["data"]
        theirs = (await api.ok("POST", "/v2/integrations", data, headers=organization))["data"]
        await api.register(name="Other", observes=["order.paid"])
        assert await api.ok("POST", "/_emulator/settle") == {"settled": True}
        logs = "/v2/integrations/logs?page[limit]=100"

        async def whose(headers: Any = None) -> dict[str, int]:
            answer = await api.ok("GET", logs, headers=headers)
            of = Counter(log["relationships"]["integration"]["data"]["id"] for log in answer["data"])
            assert answer["results"]["total"] == of.total()
            return dict(of)

        assert await whose() == {observer["id"]: 2}
        assert await whose(organization) == {ours["id"]: 3, theirs["id"]: 2}
        await api.ok("DELETE", f"/v2/integrations/{ours['id']}", headers=organization)
        assert await whose(organization) == {ours["id"]: 3, theirs["id"]: 2}, "logs outlive integrations"
        assert (await api.ok("GET", "/_emulator/attempts"))["results"]["total"] == 7

    with_api(scenario, retry_waits=())


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b'{"data": []}', 400),
        (b'{"data": {}}', 422),
        (b'{"data": {"name": "\xff"}}', 400),
        (b'{"data":' * 5000, 400),
        (b'{"data": {"name": "' + b"x" * 5000 + b'"}}', 413),
    ],
)
def test_bad_bodies(with_api: WithApi, content: bytes, status: int) -> None:
    async def scenario(api: Any) -> None:
        await api.errors(status, "POST", "/v2/integrations", content=content)

    with_api(scenario, body_limit=50_000 if status != 413 else 4_000)


def test_a_chunked_body_is_read_no_further_than_the_limit(with_api: WithApi) -> None:
    taken: list[int] = []

    async def endless() -> Any:
        for turn in range(1000):
            taken.append(turn)
            yield b"x" * 100

    async def scenario(api: Any) -> None:
        await api.errors(413, "POST", "/v2/integrations", content=endless())
        assert len(taken) < 50

    with_api(scenario, body_limit=1000)


@pytest.mark.parametrize(
    ("method", "path", "status", "allow"),
    [
        ("PATCH", "/v2/integrations", 405, "GET, HEAD, POST"),
        ("POST", NOBODY, 405, "DELETE, GET, HEAD, PUT"),
        ("OPTIONS", "/v2/integrations", 405, "GET, HEAD, POST"),
        ("DELETE", "/v2/integrations/logs", 405, "GET, HEAD"),
        ("GET", "/oauth/access_token", 405, "POST"),
        ("GET", "/_emulator/trigger", 405, "POST"),
        ("BREW", "/v2/integrations", 405, "GET, HEAD, POST"),
        ("GET", "/", 404, None),
        ("GET", "/v2", 404, None),
        ("GET", "/v2/integrations/", 404, None),
        ("GET", "/v2/integrations/a/b/c", 404, None),
        ("POST", "/_emulator/tirgger", 404, None),
        ("GET", "/v2/integrations/%00", 404, None),
        ("GET", "/v2/integrations/%ff%fe", 404, None),
    ],
)
def test_every_path_and_method_answers_in_the_services_shape(
    with_api: WithApi, method: str, path: str, status: int, allow: str | None
) -> None:
    async def scenario(api: Any) -> None:
        await api.errors(status, method, path)
        assert (await api(method, path)).headers.get("allow") == allow

    with_api(scenario)


def test_a_fault_of_ours_is_a_500_with_an_id_that_is_in_the_log(
    with_api: WithApi, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def scenario(api: Any) -> None:
        def broken(*_: object) -> Any:
            raise RuntimeError("a detail for nobody's eyes")

        monkeypatch.setattr(api.emulator, "integrations", broken)
        (entry,) = await api.errors(500, "GET", "/v2/integrations")
        assert entry["title"] == "Internal Server Error"
        assert entry["request_id"] in caplog.text
        assert "eyes" not in str(entry)

    with_api(scenario)


def test_an_unwritable_journal_is_a_503_that_says_when_to_come_back(
    with_api: WithApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def scenario(api: Any) -> None:
        async def full(**_: object) -> Any:
            raise JournalUnwritable("the disk is full")

        monkeypatch.setattr(api.emulator, "create_integration", full)
        with pytest.raises(AssertionError, match="the disk is full"):
            await api.register()
        made = {"type": "integration", "name": "a", "integration_type": "webhook", "observes": []}
        body = {"data": {**made, "configuration": {"url": "http://127.0.0.1:9"}}}
        answer = await api("POST", "/v2/integrations", body)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")

    with_api(scenario)


def test_secrets_never_reach_the_log(with_api: WithApi, caplog: pytest.LogCaptureFixture) -> None:
    async def scenario(api: Any) -> None:
        await api.register(
            configuration={"url": "http://127.0.0.1:9/", "secret_key": "s3cr3t-one", "pasword": "s3cr3t-two"}
        )
        await api.register(integration_type="aws_sqs", configuration=SQS | {"aws_secret_access_key": "s3cr3t-three"})
        form = {"grant_type": "client_credentials", "client_id": "x", "client_secret": "s3cr3t-four"}
        await api.ok("POST", "/oauth/access_token", data=form)
        await api.errors(422, "POST", "/v2/integrations", {"data": {"configuration": {"secret_key": "s3cr3t-five"}}})

    with caplog.at_level("DEBUG"):
        with_api(scenario)
    assert "configuration.pasword" in caplog.text
    assert "s3cr3t" not in caplog.text


def test_changes_at_once_do_not_undo_each_other(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        path = f"/v2/integrations/{(await api.register())['id']}"
        await asyncio.gather(
            api.ok("PUT", path, {"data": {"configuration": {"url": "http://127.0.0.1:9/new"}}}),
            api.ok("PUT", path, {"data": {"configuration": {"secret_key": "other"}}}),
        )
        configuration = (await api.ok("GET", path))["data"]["configuration"]
        assert configuration == {"url": "http://127.0.0.1:9/new", "secret_key": "other"}

    with_api(scenario)
