"""The dashboard in front of a server of its own, with keys pressed and things waited for."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import pytest
from integration.tui.pressed import PRESSED, Pressed
from integration.tui.watched import BRISK, Watched, idle

from emulator.domain.integration import IntegrationType, WebhookConfiguration
from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator
from emulator.runtime.settings import ClockMode, ClockSettings, QueueSettings, Settings
from tui.app import Dashboard
from tui.client import Client
from tui.palette.offers import Offer, Offers


@pytest.fixture
def clock(request: pytest.FixtureRequest) -> ClockSettings:
    """The server's clock; a test may ask for another one by parametrizing it indirectly."""
    mode = getattr(request, "param", ClockMode.REAL)
    return ClockSettings(mode=mode, speed=60.0)


@pytest.fixture
def local(clock: ClockSettings) -> Iterator[LocalEmulator]:
    queues = QueueSettings(sqs=None, sqs_port=0, stomp_port=0)
    with LocalEmulator(Settings(seed=1, clock=clock, queues=queues)) as running:
        yield running


@pytest.fixture
def client(local: LocalEmulator) -> Iterator[ControlClient]:
    with ControlClient(local.url) as opened:
        yield opened


@pytest.fixture
def pressed(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str, str], None]]:
    """Takes down what keys have done and what was chosen from the palette; that has to be what is said of the test."""
    done: set[Pressed] = set()

    def chosen(provider: Offers, offers: Callable[[Offers], Any] = Offers._offers) -> Iterator[Offer]:
        for offer in offers(provider):

            def act(offer: Offer = offer) -> Any:
                done.add(Pressed("palette", type(provider).__name__))
                return offer.act()

            yield offer._replace(act=act)

    monkeypatch.setattr(Offers, "_offers", chosen)
    yield lambda name, key: done.add(Pressed(name, key))
    lacking = sorted(PRESSED.get(request.node.originalname, frozenset()) - done)
    assert not lacking, "these are said to be pressed, and are not"


@pytest.fixture
def watch(
    request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, pressed: Callable[[str, str], None]
) -> Callable[..., None]:
    """`watch(steps)`: runs the dashboard in front of the test's server, or of the one at `url`, and these steps."""
    for place in ("app", "pilot"):
        monkeypatch.setattr(f"textual.{place}.wait_for_idle", idle)

    def run(
        steps: Callable[[Watched], Awaitable[None]],
        *,
        url: str | None = None,
        size: tuple[int, int] = (120, 36),
        **how: Any,
    ) -> None:
        if url is None:
            url = request.getfixturevalue("local").url

        async def go() -> None:
            app = Dashboard(Client(url), pace=BRISK, **how)
            async with app.run_test(size=size) as pilot:
                await steps(Watched(app, pilot, pressed))

        asyncio.run(go())

    return run


@pytest.fixture
def webhook(local: LocalEmulator) -> Callable[..., str]:
    """Registers a webhook whose receiver is not there; its key."""

    def register(name: str = "shop", **attributes: Any) -> str:
        values: dict[str, Any] = {
            "name": name,
            "integration_type": IntegrationType.WEBHOOK,
            "enabled": True,
            "observes": ("order.paid",),
            "configuration": WebhookConfiguration(url="http://127.0.0.1:9/hook"),
            **attributes,
        }
        return local.call(local.emulator.create_integration(**values)).key

    return register
