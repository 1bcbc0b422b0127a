"""The demo's receivers: one of each kind, registered as a merchant would register them."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from emulator.harness.client import ControlClient, Document
    from emulator.harness.example_receiver import ExampleQueueReceiver, ExampleReceiver

OBSERVED = ("order.created", "order.authorized", "order.paid", "order.fulfilled", "cart.updated")
_SECRET = "demo-secret"  # noqa: S105  (of a receiver that lives for seconds)


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoReceiver:
    """`name` is its integration's, `kind` how it is delivered to, `place` where it takes messages."""

    name: str
    kind: str
    place: str
    process: "ExampleReceiver | ExampleQueueReceiver"

    def seen(self, at_least: int) -> "list[dict[str, Any]]":
        """What it was sent, in the order of arrival. `at_least` is awaited: queues take their time."""
        from emulator.harness.example_receiver import ExampleQueueReceiver

        if isinstance(self.process, ExampleQueueReceiver):
            return self.process.seen(at_least)
        return self.process.seen()


@contextmanager
def demo_receivers(client: "ControlClient") -> Iterator[list[DemoReceiver]]:
    """An order desk with a webhook, a warehouse that polls SQS, a ledger that listens to a broker."""
    from emulator.harness.example_receiver import ExampleQueueReceiver, ExampleReceiver

    with ExitStack() as stack:
        desk = stack.enter_context(ExampleReceiver(_SECRET))
        _register(client, "Order desk", "webhook", {"url": desk.url, "secret_key": _SECRET})
        receivers = [DemoReceiver(name="Order desk", kind="webhook", place=desk.url, process=desk)]
        for name, module, queue in (
            ("Warehouse", "sqs_receiver", "epcc-warehouse"),
            ("Ledger", "stomp_receiver", "/queue/ledger"),
        ):
            made: Document = client.make_queue(queue)
            process = stack.enter_context(ExampleQueueReceiver(module, queue, made["environment"]))
            _register(client, name, made["integration_type"], made["configuration"])
            place = made["data"]["address"] + (queue if queue.startswith("/") else "")
            receivers.append(DemoReceiver(name=name, kind=made["integration_type"], place=place, process=process))
        yield receivers


def _register(client: "ControlClient", name: str, kind: str, configuration: dict[str, Any]) -> None:
    """With a token, over the provider's own API."""
    client.shop(
        "POST",
        "/v2/integrations",
        {
            "type": "integration",
            "name": name,
            "integration_type": kind,
            "enabled": True,
            "observes": list(OBSERVED),
            "configuration": configuration,
        },
    )
