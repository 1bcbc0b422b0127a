"""What is told of deliveries whose messages a fault of somebody else's keeps from being made."""

from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint
from typing import Any

import pytest

from emulator.core import fault_words
from emulator.core.fault import Draft, Fields, IntegrationType, Legality, Parcel, Stage, Stream, Treatment


class Hoarse:
    """Fails when the message leaves."""

    kind = "hoarse"
    legality = Legality.HOSTILE
    every_attempt = True
    stage = Stage.DAMAGED

    @classmethod
    def parse(cls, fields: Fields) -> "Hoarse":
        return cls()

    def describe(self) -> dict[str, Any]:
        return {}

    def refusal(self, transport: IntegrationType) -> None:
        return None

    def apply(self, rule: str, draft: Draft, stream: Stream) -> None:
        draft.treatments.append(Treatment(fault=self.kind, how={}))

    @classmethod
    def treat(cls, parcel: Parcel, how: Any) -> None:
        raise ValueError("no voice")


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[EntryPoint]]:
    point = EntryPoint(name="hoarse", group=fault_words.GROUP, value="x:Hoarse")
    monkeypatch.setattr(EntryPoint, "load", lambda _: Hoarse)
    points = [point]
    monkeypatch.setattr(fault_words, "entry_points", lambda group: points)
    fault_words.forget_installed()
    yield points
    fault_words.forget_installed()


def test_a_delivery_is_told_of_although_its_message_cannot_be_made(
    with_api: Callable[..., None], installed: list[EntryPoint]
) -> None:
    async def scenario(api: Any) -> None:
        await api.register()
        await api.ok("POST", "/_emulator/chaos", {"hoarse": None})
        await api.ok("POST", "/_emulator/trigger", {"key": "order.created"})
        await api.ok("POST", "/_emulator/settle")
        shown = (await api.ok("GET", "/_emulator/deliveries/1"))["data"]
        assert shown["request"] is None
        assert shown["attempts_made"][0]["error"] == "the fault 'hoarse' of x:Hoarse failed: ValueError: no voice"
        installed.clear()
        fault_words.forget_installed()
        shown = (await api.ok("GET", "/_emulator/deliveries/1"))["data"]
        assert (shown["request"], shown["state"]) == (None, "exhausted")

    with_api(scenario, retry_waits=())
