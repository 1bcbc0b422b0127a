"""A scenario judged where it does not begin with nothing: on a server that runs already, and by a plan."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from emulator.harness.client import ControlClient
from emulator.harness.local import LocalEmulator
from emulator.runtime.settings import ClockMode, ClockSettings, Settings


@pytest.fixture
def server() -> Iterator[LocalEmulator]:
    with LocalEmulator(Settings(seed=3, clock=ClockSettings(mode=ClockMode.VIRTUAL))) as local:
        yield local


def test_only_what_the_scenario_is_about_is_judged_on_a_server_that_runs(
    server: LocalEmulator, department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any]
) -> None:
    """The server has an integration of its own; the second time the order gets another name."""
    there = department()
    with ControlClient(server.url) as client:
        client.ensure_integration(
            "other",
            integration_type="webhook",
            enabled=True,
            observes=["order.*"],
            configuration={"url": f"{there.url}/other"},
        )
    name = story(
        there,
        "exactly: {event: order.fulfilled, resource: o1, count: 1}",
        f"exactly: {{probe: '{there.url}/', count: \"$.shipments[?@ == '{{{{o1.id}}}}']\", equals: 1}}",
    )
    for _ in range(2):
        result = command("run", name, "--url", server.url, "--json")
        assert (result.code, result.judgement["verdict"]) == (0, "pass"), result
    there.careless = True
    badly = command("run", name, "--url", server.url)
    assert badly.code == 4
    assert "is 6, expected 1" in badly.out, "three times, to each of the two"


def test_what_failed_on_a_server_that_runs_can_be_frozen(
    server: LocalEmulator, department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any]
) -> None:
    name = story(department(), "exactly: {event: order.paid, count: 2}")
    result = command("run", name, "--url", server.url)
    assert result.code == 4
    line = result.err.splitlines()[-1]
    words = line.removeprefix("Reproduce with: epcc-emulator ").split()
    assert words[:2] == ["scenario", "from"]
    assert command(*words).code == 0
    assert command("scenario", "check", "broken.yaml").code == 0


def test_a_plan_is_judged_by_the_scenario_that_is_in_it(
    department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any]
) -> None:
    there = department()
    name = story(there, f"exactly: {{probe: '{there.url}/', count: '$.shipments[*]', equals: 1}}")
    assert command("plan", name, "--save", "plan.json").code == 0
    assert command("run", "--plan", "plan.json").code == 0
    there.careless = True
    with there.database() as database:
        database.execute("delete from shipments")
    badly = command("run", "--plan", "plan.json")
    assert badly.code == 4
    again, kept = badly.err.splitlines()[-2:]
    assert again == "Reproduce with: epcc-emulator run --plan plan.json"
    assert kept.startswith("Saved as .epcc-emulator/cases/story-")
