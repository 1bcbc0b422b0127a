"""Integrations of queues over the API, as clients of the provider send them, and the control API of the queues."""

from collections.abc import Callable
from typing import Any

from emulator.runtime.settings import QueueSettings

WithApi = Callable[..., None]
ANY_PORT = QueueSettings(sqs_port=0, stomp_port=0)


def test_a_queue_of_aws_is_registered_masked_and_delivered_to(with_api: WithApi) -> None:
    """As a merchant's own set-up script sends it, with a queue's URL of AWS."""
    request = {
        "type": "integration",
        "name": "Warehouse",
        "description": "Orders for the warehouse",
        "enabled": True,
        "observes": ["order.created"],
        "integration_type": "aws_sqs",
        "configuration": {
            "url": "https://sqs.us-east-1.amazonaws.com/123456789012/epcc-warehouse",
            "aws_access_key_id": "AKIAIOSFODNN7EXAPSYQ",
            "aws_secret_access_key": "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
            "region": "us-east-1",
        },
    }

    async def scenario(api: Any) -> None:
        answer = await api("POST", "/v2/integrations", {"data": request})
        assert answer.status_code == 201
        made = answer.json()["data"]
        assert made["configuration"] == {
            **request["configuration"],
            "aws_access_key_id": "****************PSYQ",
            "aws_secret_access_key": "*" * 36 + "EKEY",
        }
        await api.ok("POST", "/_emulator/trigger", {"key": "order.created"})
        assert (await api.ok("POST", "/_emulator/settle", {}))["settled"]
        (log,) = (await api.ok("GET", f"/v2/integrations/{made['id']}/logs"))["data"]
        assert (log["succeeded"], log["status_code"], log["error_detail"]) == (True, 200, "")
        (message,) = (await api.ok("GET", "/_emulator/queues/messages?name=epcc-warehouse"))["data"]
        assert '"type":"order.created"' in message["body"]

    with_api(scenario, queues=ANY_PORT)


def test_a_broker_is_registered_with_what_the_service_ignores(with_api: WithApi) -> None:
    """Without a description, with links and meta, and with Amazon MQ's pair of addresses."""
    request = {
        "type": "integration",
        "name": "Ledger",
        "integration_type": "stomp",
        "observes": ["order.created"],
        "configuration": {
            "addresses": [
                "stomp+ssl://b-1234a5b6-1.mq.us-east-1.amazonaws.com:61614",
                "stomp+ssl://b-1234a5b6-2.mq.us-east-1.amazonaws.com:61614",
            ],
            "destination": "/queue/ledger",
            "username": "merchant",
            "password": "correct horse",
        },
        "links": {"self": "https://example.com"},
        "meta": {"timestamps": {"created_at": "2018-01-01T00:00:00.000Z"}},
    }

    async def scenario(api: Any) -> None:
        answer = await api("POST", "/v2/integrations", {"data": request})
        assert answer.status_code == 201
        made = answer.json()["data"]
        assert made["configuration"] == {**request["configuration"], "password": "*" * 9 + "orse"}
        assert made["enabled"] is False
        assert made["links"]["self"].endswith(made["id"])
        assert await api.ok("GET", "/_emulator/queues") == {"data": []}, "nothing stands in for a broker of AWS"

    with_api(scenario, queues=ANY_PORT)


def test_the_request_of_a_delivery_shows_headers_and_no_login(with_api: WithApi) -> None:
    keys = {"aws_access_key_id": "key", "aws_secret_access_key": "key", "region": "us-east-1"}
    configurations = {
        "aws_sqs": {"url": "http://me:hush@127.0.0.1:1/1/q?token=hush", **keys},
        "stomp": {"addresses": ["stomp://me:hush@127.0.0.1:1"], "destination": "/queue/ledger"},
    }

    async def scenario(api: Any) -> None:
        for kind, configuration in configurations.items():
            request = {"type": "integration", "name": kind, "enabled": True, "observes": ["order.created"]}
            request |= {"integration_type": kind, "configuration": configuration}
            assert (await api("POST", "/v2/integrations", {"data": request})).status_code == 201
        await api.ok("POST", "/_emulator/trigger", {"key": "order.created"})
        queue, line = [(await api.ok("GET", f"/_emulator/deliveries/{n}"))["data"]["request"] for n in (1, 2)]
        assert (queue["method"], queue["url"]) == ("SendMessage", "http://127.0.0.1:1/1/q?token=****")
        assert (line["method"], line["url"]) == ("SEND", "stomp://127.0.0.1:1")
        assert line["headers"] == {
            "destination": "/queue/ledger",
            "content-type": "application/json",
            "persistent": "true",
        }

    with_api(scenario, queues=ANY_PORT)


def test_queues_are_made_looked_into_and_emptied(with_api: WithApi) -> None:
    async def scenario(api: Any) -> None:
        made = await api.ok("POST", "/_emulator/queues", {"name": "epcc-orders", "region": "eu-west-1"})
        assert made["integration_type"] == "aws_sqs"
        assert made["configuration"]["region"] == made["environment"]["AWS_REGION"] == "eu-west-1"
        topic = await api.ok("POST", "/_emulator/queues", {"name": "/topic/orders"})
        assert topic["data"]["waiting"] == 0
        assert [queue["name"] for queue in (await api.ok("GET", "/_emulator/queues"))["data"]] == ["epcc-orders"]
        assert await api.ok("DELETE", "/_emulator/queues/messages?name=epcc-orders") == {"purged": 0}
        (nameless,) = await api.errors(422, "GET", "/_emulator/queues/messages")
        assert nameless["source"] == "name"
        await api.errors(422, "GET", "/_emulator/queues/messages?name=epcc-orders&limit=many")
        await api.errors(404, "GET", "/_emulator/queues/messages?name=epcc-others")
        await api.errors(422, "POST", "/_emulator/queues", {"name": "no spaces, please"})

    with_api(scenario, queues=ANY_PORT)
