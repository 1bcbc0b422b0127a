"""A player keeps to a load on a running clock, however long its calls take."""

from typing import Any

import pytest

from emulator.harness import player
from emulator.harness.player import Player
from emulator.loading.scenarios import parse_scenario

_CALL = 0.05
"""Wall seconds that a call takes."""


class Slow:
    """A server to talk to and the time that it takes; nothing is due there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, speed: float) -> None:
        self.raised: list[float] = []
        self._now, self._speed = 100.0, speed
        monkeypatch.setattr(player.time, "monotonic", lambda: self._now)
        monkeypatch.setattr(player.time, "sleep", self._pass)

    def _pass(self, seconds: float) -> None:
        self._now += seconds

    def trigger(self, key: str, **how: Any) -> None:
        self.raised.append(round((self._now - 100.0) * self._speed, 6))
        self._pass(_CALL)

    def clock(self) -> dict[str, Any]:
        return {"now": "2026-01-01T00:00:00Z", "next_due": None}

    def chaos(self) -> dict[str, Any]:
        return {"rules": []}

    def settle(self, time_limit: float) -> bool:
        return True


@pytest.mark.parametrize("speed", [1.0, 2.0])
@pytest.mark.parametrize(
    ("steps", "apart"),
    [
        ("[{trigger: order.created, rate: 5/s, count: 5}]", [0.2, 0.2, 0.2, 0.2]),
        ("[{trigger: order.created, burst: {count: 4, over: 1s}}]", [0.25, 0.25, 0.25]),
        (
            "[repeat: {count: 2, steps: [{trigger: order.created, rate: 4/s, count: 3}]}]",
            [0.25, 0.25, None, 0.25, 0.25],
        ),
        (
            "[{trigger: order.created, rate: 4/s, count: 2}, {trigger: order.paid, rate: 4/s, count: 2}]",
            [0.25, None, 0.25],
        ),
    ],
)
def test_the_events_of_a_load_are_as_far_apart_as_it_says(
    monkeypatch: pytest.MonkeyPatch, steps: str, apart: list[float | None], speed: float
) -> None:
    """Between two loads is the stagger, and what the call before it takes."""
    server = Slow(monkeypatch, speed)
    scenario = parse_scenario(f"{{clock: {{mode: scaled, speed: {speed}}}, stagger: 3s, steps: {steps}}}", "x.yaml", {})
    assert Player(server, scenario).play()  # type: ignore[arg-type]
    between = 3.0 + _CALL * speed
    found = [round(later - earlier, 6) for earlier, later in zip(server.raised, server.raised[1:], strict=False)]
    assert found == [between if one is None else one for one in apart]


def test_who_is_slower_than_the_load_goes_as_fast_as_can_be(monkeypatch: pytest.MonkeyPatch) -> None:
    server = Slow(monkeypatch, 1.0)
    scenario = parse_scenario("{clock: real, steps: [{trigger: order.created, rate: 100/s, count: 4}]}", "x.yaml", {})
    assert Player(server, scenario).play()  # type: ignore[arg-type]
    assert server.raised == pytest.approx([0.0, _CALL, 2 * _CALL, 3 * _CALL])
