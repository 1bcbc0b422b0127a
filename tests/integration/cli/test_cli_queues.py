"""`queues`, and what `env` and `exec` say of them."""

import sys
from collections.abc import Callable
from typing import Any

from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator


def test_queues_are_made_listed_looked_into_and_emptied(command: Callable[..., Any], server: LocalEmulator) -> None:
    assert "There are none." in command("queues", "ls").out
    for name, kind in (("epcc-orders", "aws_sqs"), ("/queue/orders", "stomp")):
        made = command("queues", "create", name)
        assert made.code == 0, made.err
        option = "--destination" if name.startswith("/") else "--queue"
        assert f"Next: epcc-emulator listen {option} {name}" in made.out
        written = command("queues", "create", name, "--json").json
        assert written["integration_type"] == kind
        settings = [f"--set={key}={value}" for key, value in written["configuration"].items() if isinstance(value, str)]
        addresses = written["configuration"].get("addresses")
        if addresses is None:
            words = ["integrations", "create", "--name", name, "--type", kind, "--observes", "order.created", *settings]
            assert command(*words).code == 0
        else:
            with ControlClient(server.url) as client:
                client.ensure_integration(
                    name,
                    integration_type=kind,
                    observes=["order.created"],
                    configuration=written["configuration"],
                    enabled=True,
                )
    assert command("trigger", "order.created").code == 0
    assert command("wait", "settled").code == 0
    listed = command("queues", "ls", "--json").json
    assert {(one["name"], one["waiting"]) for one in listed} == {("epcc-orders", 1), ("/queue/orders", 1)}
    for name in ("epcc-orders", "/queue/orders"):
        (message,) = command("queues", "peek", name, "--json").json
        assert '"order.created"' in message["body"]
        assert '"type":"order.created"' in command("queues", "peek", name).out
        assert "1 message of" in command("queues", "purge", name).err
        assert f"{name} is empty." in command("queues", "peek", name).out


def test_a_queue_with_another_name_is_a_sentence(command: Callable[..., Any], server: LocalEmulator) -> None:
    assert "start one: queues create epcc-orders" in command("queues", "peek", "epcc-orders").err
    command("queues", "create", "epcc-orders")
    wrong = command("queues", "peek", "epcc-order")
    assert wrong.code == 1
    assert "did you mean 'epcc-orders'?" in wrong.err
    bad = command("queues", "create", "epcc orders")
    assert bad.code != 0
    assert "Traceback" not in bad.err


def test_a_queue_of_several_regions_is_told_apart(command: Callable[..., Any], server: LocalEmulator) -> None:
    for region in ("eu-west-1", "us-east-1"):
        command("queues", "create", "epcc-orders", "--region", region)
    command("queues", "create", "/queue/orders")
    assert "in eu-west-1 and us-east-1; say which region is meant" in command("queues", "peek", "epcc-orders").err
    rows = [line.split()[:5] for line in command("queues", "ls").out.splitlines()[1:]]
    assert rows == [
        ["epcc-orders", "aws_sqs", "0", "0", "eu-west-1"],
        ["epcc-orders", "aws_sqs", "0", "0", "us-east-1"],
        ["/queue/orders", "stomp", "0", "0", "-"],
    ]


def test_a_broker_is_registered_by_its_address(command: Callable[..., Any], server: LocalEmulator) -> None:
    made = command("queues", "create", "/queue/orders", "--json").json["configuration"]
    settings = [f"--set={key}={made[key]}" for key in ("destination", "username", "password")]
    words = ["integrations", "create", "--name", "line", "--type", "stomp", "--observes", "order.created", *settings]
    shown = command(*words, "--forward-to", made["addresses"][0], "--json").json["configuration"]
    assert shown["addresses"] == made["addresses"]
    assert command("trigger", "order.created").code == 0
    assert command("wait", "settled").code == 0
    assert [one["waiting"] for one in command("queues", "ls", "--json").json] == [1]
    moved = command("integrations", "update", "line", "--forward-to", "stomp://127.0.0.1:1", "--json").json
    assert moved["configuration"]["addresses"] == ["stomp://127.0.0.1:1"]


def test_a_secret_is_a_webhook_s(command: Callable[..., Any], server: LocalEmulator) -> None:
    made = command("queues", "create", "epcc-orders", "--json").json["configuration"]
    settings = [f"--set={key}={value}" for key, value in made.items()]
    words = ["integrations", "create", "--name", "queue", "--type", "aws_sqs", "--observes", "order.created", *settings]
    assert command(*words).code == 0
    for more in ([*words, "--secret", "s"], ["integrations", "update", "queue", "--secret", "s"]):
        refused = command(*more)
        assert refused.code == 1
        assert "--secret is a webhook's; a queue's messages have none" in refused.err


def test_a_rule_that_no_integration_can_get_is_told_why(command: Callable[..., Any], server: LocalEmulator) -> None:
    made = command("queues", "create", "epcc-orders", "--json").json["configuration"]
    settings = [f"--set={key}={value}" for key, value in made.items()]
    words = ["integrations", "create", "--name", "queue", "--type", "aws_sqs", "--observes", "order.created", *settings]
    assert command("chaos", "add", "connection", "reset").err == "", "whoever comes may be a webhook"
    assert command(*words).code == 0
    for fault in (["secret", "wrong"], ["secret", "wrong", "--integration", "queue"]):
        added = command("chaos", "add", *fault)
        assert added.code == 0
        assert added.err.startswith("No integration there is can get it: secret is about webhooks; a queue's messages")
    assert command("chaos", "add", "corrupt", "bitflip", "--integration", "queue").err == ""
    shop = ["--name", "shop", "--forward-to", "http://127.0.0.1:9", "--observes", "order.paid"]
    assert command("integrations", "create", *shop).code == 0
    assert command("chaos", "add", "secret", "wrong").err == ""


def test_a_login_of_another_sqs_server_is_refused_and_not_shown(command: Callable[..., Any]) -> None:
    for endpoint in ("http://me:hush@127.0.0.1:1", "htp://me:hush@127.0.0.1:1"):
        refused = command("serve", "--ephemeral", "--sqs", "--sqs-endpoint", endpoint)
        assert refused.code == 1
        assert "--sqs-endpoint" in refused.err
        assert "hush" not in refused.err


def test_env_knows_the_servers_that_run(command: Callable[..., Any], server: LocalEmulator) -> None:
    assert "AWS_ENDPOINT_URL_SQS" not in command("env").out
    command("queues", "create", "epcc-orders")
    command("queues", "create", "/queue/orders")
    out = command("env").out
    for name in (
        "AWS_ENDPOINT_URL_SQS=http://127.0.0.1:",
        "AWS_REGION=us-east-1",
        "STOMP_HOST=127.0.0.1",
        "STOMP_PORT=",
    ):
        assert name in out


def test_exec_has_the_servers_that_it_was_asked_for(command: Callable[..., Any], tmp_path: Any) -> None:
    script = tmp_path / "receiver.py"
    script.write_text(
        "import os; assert {'AWS_ENDPOINT_URL_SQS', 'STOMP_PORT', 'EPCC_API_BASE_URL'} <= set(os.environ)"
    )
    done = command("exec", "--sqs", "--stomp", "--", sys.executable, str(script))
    assert done.code == 0, done.err
