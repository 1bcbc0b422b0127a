"""pytest plugin: the fixture `epcc`, an emulator of the test's own. Imports nothing heavy until a test asks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from emulator.harness.workbench import Workbench

_MARKER = "epcc(seed=0, profile='off'): how the emulator of the `epcc` fixture is to be"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture
def epcc(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> "Iterator[Workbench]":
    """An emulator that keeps nothing, on a virtual clock and a free port, with `epcc.env` in the environment.

    `@pytest.mark.epcc(seed=…, profile=…)` chooses another seed or profile.
    """
    from emulator.harness.workbench import Workbench, settings_for

    marker = request.node.get_closest_marker("epcc")
    if marker is not None and marker.args:
        raise pytest.UsageError(f"the marker takes names only: {_MARKER}")
    with Workbench(settings_for(**(marker.kwargs if marker else {}))) as bench:
        for name, value in bench.env.items():
            monkeypatch.setenv(name, value)
        yield bench
