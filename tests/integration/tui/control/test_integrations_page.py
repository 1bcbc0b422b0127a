"""The page of integrations and queues: every key of it, and the mistakes that people make in its forms."""

from collections.abc import Callable
from typing import Any

from emulator.domain.integration import IntegrationType, Scope, StompConfiguration
from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator
from tui.screens.forms.confirm import Confirm
from tui.screens.forms.integration_form import IntegrationForm
from tui.screens.forms.line_form import LineForm
from tui.screens.forms.messages import Messages
from tui.widgets.integration_list import IntegrationList
from tui.widgets.listing import Listing
from tui.widgets.queue_list import QueueList

Watch = Callable[..., None]


def listing(seen: Any) -> Listing:
    found: Listing = seen.app.screen_stack[0].query_one(IntegrationList).listing
    return found


def queues(seen: Any) -> Listing:
    found: Listing = seen.app.screen_stack[0].query_one(QueueList).listing
    return found


async def filled(seen: Any, **fields: str) -> None:
    """What is typed in the form's fields."""
    for name, text in fields.items():
        seen.app.screen.query_one(f"#field-{name} Input").value = text
    await seen.pilot.pause()


def test_an_integration_is_registered_as_a_client_of_the_shop_does_it(watch: Watch, client: ControlClient) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        await seen.press("n")
        assert isinstance(seen.app.screen, IntegrationForm)
        await seen.type("shop")
        await seen.press("tab", "tab")
        await seen.type("order.paid order.fulf")
        await seen.until(lambda: seen.app.screen.query_one("#field-observes Input")._suggestion)
        await seen.press("right")
        await filled(seen, url="http://127.0.0.1:9/hook", secret_key="open sesame")
        await seen.press("enter")
        await seen.until(lambda: listing(seen).items)
        assert "shop webhook ✓ on 0 0 order.paid order.fulfilled http://127.0.0.1:9/hook" in seen.lines(listing(seen))
        assert seen.said("shop is registered")

    watch(steps)
    (made,) = client.integrations()
    assert not made["managed"]
    assert made["configuration"]["secret_key"] == "open sesame"


def test_one_beyond_the_quotas_may_observe_globs_and_says_what_production_asks_for(
    watch: Watch, client: ControlClient
) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        await seen.press("n")
        form = seen.app.screen
        assert "POST /v2/integrations" in str(form.query_one(".told").content)
        await filled(seen, name="erp", observes="order.*, customer.*", url="http://127.0.0.1:9/hook")
        form.query("Tick").last().focus()
        await seen.press("space")
        assert "PUT /_emulator/integrations" in str(form.query_one(".told").content)
        await seen.press("ctrl+s")
        await seen.until(lambda: listing(seen).items)
        assert seen.said("Production knows no globs")

    watch(steps)
    (made,) = client.integrations()
    assert made["managed"]
    assert made["observes"] == ["order.*", "customer.*"]


MISTAKES = {
    "an empty name": ({"name": " "}, "name", "must not be empty"),
    "a URL without its scheme": ({"url": "localhost:8000/hook"}, "url", "must be http://"),
    "an unknown event": ({"observes": "order.payed"}, "observes", "did you mean 'order.paid'?"),
    "six events": (
        {
            "observes": "order.paid order.created order.updated order.cancelled order.refunded order.fulfilled",
        },
        "observes",
        "limit of 5",
    ),
    "a glob": ({"observes": "order.*"}, "observes", "'order.*' is not an observable event"),
    "a secret with a line break": ({"secret_key": "a\x07b"}, "secret_key", "must not hold line breaks"),
}


def test_what_the_server_refuses_is_said_at_its_field(watch: Watch, client: ControlClient) -> None:
    right = {"name": "shop", "observes": "order.paid", "url": "http://127.0.0.1:9/hook", "secret_key": ""}

    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        await seen.press("n")
        form = seen.app.screen
        for fields, wrong, sentence in MISTAKES.values():
            await filled(seen, **{**right, **fields})
            await seen.press("ctrl+s")
            await seen.until(lambda wrong=wrong, sentence=sentence: sentence in form.complaints.get(wrong, ""))
            assert list(form.complaints) == [wrong]
            assert form.focused is form.query_one(f"#field-{wrong} Input")
        await filled(seen, **right)
        await seen.press("enter")
        await seen.until(lambda: listing(seen).items)

    watch(steps)
    assert [one["name"] for one in client.integrations()] == ["shop"]


def test_several_mistakes_are_said_each_at_its_own_field(watch: Watch, client: ControlClient) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        await seen.press("n")
        form = seen.app.screen
        await filled(seen, observes="order.payed", url="ftp://example")
        await seen.press("enter")
        await seen.until(lambda: len(form.complaints) == 3)
        assert set(form.complaints) == {"name", "observes", "url"}
        await seen.press("escape")
        await seen.until(lambda: not isinstance(seen.app.screen, IntegrationForm))

    watch(steps, size=(80, 24))
    assert client.integrations() == []


def test_an_integration_is_changed_and_its_secret_is_neither_shown_nor_lost(
    watch: Watch, client: ControlClient
) -> None:
    configuration = {"url": "http://127.0.0.1:9/hook", "secret_key": "open sesame"}
    client.ensure_integration("shop", integration_type="webhook", observes=["order.*"], configuration=configuration)

    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        await seen.until(lambda: listing(seen).items)
        await seen.press("e")
        secret = seen.app.screen.query_one("#field-secret_key Input")
        assert secret.value == ""
        assert secret.password
        assert "stored" in secret.placeholder
        assert "open sesame" not in seen.app.export_screenshot()
        await filled(seen, name="store", url="http://127.0.0.1:8/hook")
        await seen.press("enter")
        await seen.until(lambda: seen.said("store is changed"))
        await seen.until(lambda: "store" in seen.lines(listing(seen))[0])
        await seen.press("enter")
        await filled(seen, secret_key="-")
        await seen.press("enter")
        await seen.until(lambda: "secret_key" not in client.integrations()[0]["configuration"])

    watch(steps)
    (changed,) = client.integrations()
    assert changed["name"] == "store"
    assert changed["observes"] == ["order.*"]


def test_space_disables_and_enables_also_an_organizations(watch: Watch, webhook: Callable[..., str]) -> None:
    webhook()
    webhook("everything", scope=Scope.ORGANIZATION, observes=("integration.created",))

    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        await seen.until(lambda: len(listing(seen).items) == 2)
        for _ in range(2):
            await seen.press("space")
            await seen.until(lambda: "✗ off" in seen.lines(listing(seen))[0])
            await seen.press("space")
            await seen.until(lambda: "✓ on" in seen.lines(listing(seen))[0])
        await seen.press("down", "space")
        await seen.until(lambda: "✗ off" in seen.lines(listing(seen))[1])

    watch(steps)


def test_one_is_paused_and_resumed(watch: Watch, webhook: Callable[..., str], client: ControlClient) -> None:
    webhook()
    webhook("erp")

    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        await seen.until(lambda: len(listing(seen).items) == 2)
        await seen.press("j", "p")
        await seen.until(lambda: "‖ paused" in seen.lines(listing(seen))[1])
        assert client.status()["paused"] == ["erp"]
        await seen.press("p")
        await seen.until(lambda: "✓ on" in seen.lines(listing(seen))[1])
        assert client.status()["paused"] == []

    watch(steps)


def test_deleting_asks_first(watch: Watch, webhook: Callable[..., str], client: ControlClient) -> None:
    webhook()

    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        await seen.until(lambda: listing(seen).items)
        await seen.press("d")
        assert isinstance(seen.app.screen, Confirm)
        await seen.press("n")
        assert len(client.integrations()) == 1
        await seen.press("d", "y")
        await seen.until(lambda: not listing(seen).items)

    watch(steps)
    assert client.integrations() == []


def test_what_one_is_about_is_told_below(watch: Watch, webhook: Callable[..., str]) -> None:
    webhook(description="the shop's own")

    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        await seen.until(lambda: listing(seen).items)
        told = str(seen.app.screen.query_one(IntegrationList).query_one("Static").content)
        assert told.startswith("shop: the shop's own. by the provider's API, store's events, ")
        assert told.endswith(" Observes order.paid. To http://127.0.0.1:9/hook.")

    watch(steps)


def test_a_queue_is_made_looked_into_and_purged(watch: Watch, client: ControlClient) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        await seen.press("tab")
        assert seen.app.focused is queues(seen)
        await seen.press("n")
        form = seen.app.screen
        assert isinstance(form, LineForm)
        await seen.type("no good name")
        await seen.press("enter")
        await seen.until(lambda: form.complaint)
        form.input.value = "/queue/orders"
        await seen.press("enter")
        await seen.until(lambda: queues(seen).items)
        configuration = client.make_queue("/queue/orders")["configuration"]
        client.ensure_integration(
            "orders",
            integration_type="stomp",
            observes=["order.created", "order.paid"],
            configuration=_without_none(configuration),
        )
        client.trigger("order.paid")
        await seen.until(lambda: "/queue/orders stomp 2 " in seen.lines(queues(seen))[0])
        await seen.press("enter")
        assert isinstance(seen.app.screen, Messages)
        messages, body = seen.app.screen.query(Listing)
        await seen.until(lambda: len(messages.items) == 2)
        await seen.until(lambda: any('"type": "order.created"' in line for line in seen.lines(body)))
        await seen.press("down")
        await seen.until(lambda: any('"type": "order.paid"' in line for line in seen.lines(body)))
        await seen.press("r")
        await seen.press("escape")
        await seen.press("x")
        assert isinstance(seen.app.screen, Confirm)
        await seen.press("y")
        await seen.until(lambda: "/queue/orders stomp 0 " in seen.lines(queues(seen))[0])

    watch(steps)


def test_an_integration_of_stomp_finds_the_broker_that_is_here(watch: Watch, client: ControlClient) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        await seen.press("n")
        form = seen.app.screen
        form.query_one("Select").value = IntegrationType.STOMP
        await seen.pilot.pause()
        assert not form.query_one("#field-url").display or not form.query_one(".kind.webhook").display
        await filled(seen, name="orders", observes="order.paid", destination="orders")
        await seen.press("ctrl+s")
        await seen.until(lambda: "begins with a slash" in form.complaints.get("destination", ""))
        await filled(seen, destination="/queue/orders")
        await seen.press("ctrl+s")
        await seen.until(lambda: listing(seen).items)
        assert "orders stomp ✓ on" in seen.lines(listing(seen))[0]

    watch(steps)
    (made,) = client.integrations()
    assert made["configuration"]["addresses"][0].startswith("stomp://127.0.0.1:")


def test_an_integration_of_sqs_gets_its_queue_by_name(watch: Watch, client: ControlClient) -> None:
    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        await seen.press("n")
        form = seen.app.screen
        form.query_one("Select").value = IntegrationType.AWS_SQS
        await filled(seen, name="orders", observes="order.paid", queue="/queue/orders")
        await seen.press("ctrl+s")
        await seen.until(lambda: "no slash in its name" in form.complaints.get("queue", ""))
        await filled(seen, queue="https://sqs.example/1/orders")
        await seen.press("ctrl+s")
        await seen.until(lambda: "aws_access_key_id" in form.complaints)
        await filled(seen, queue="orders")
        await seen.press("ctrl+s")
        await seen.until(lambda: listing(seen).items)
        await seen.until(lambda: queues(seen).items)

    watch(steps)
    (made,) = client.integrations()
    assert made["configuration"]["url"].endswith("/orders")


def test_logins_and_text_that_acts_are_not_shown(
    watch: Watch, local: LocalEmulator, webhook: Callable[..., str]
) -> None:
    configuration = StompConfiguration(
        addresses=("stomp://ann:hidden@127.0.0.1:9",), destination="/queue/a", username="ann", password="hidden"
    )
    webhook("\x1b[2J\u202eshop", integration_type=IntegrationType.STOMP, configuration=configuration)

    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        await seen.until(lambda: listing(seen).items)
        shown = seen.app.export_screenshot()
        assert "hidden" not in shown
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        await seen.press("e")
        assert "hidden" not in [field.value for field in seen.app.screen.query("Input")]

    watch(steps)


def test_it_is_drawn_at_every_size(watch: Watch, webhook: Callable[..., str]) -> None:
    webhook()

    async def steps(seen: Any) -> None:
        await seen.page("4", "Integrations")
        await seen.until(lambda: listing(seen).items)
        for size in ((20, 5), (80, 24), (1, 1), (200, 60)):
            await seen.pilot.resize_terminal(*size)
            await seen.press("n")
            await seen.press("escape")
        assert "shop" in seen.app.export_screenshot()

    watch(steps)


def _without_none(configuration: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in configuration.items() if value is not None}
