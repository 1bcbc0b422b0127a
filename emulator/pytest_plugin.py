"""pytest plugin: the fixtures `epcc`, `epcc_server` and `epcc_respx`. Imports nothing heavy until a test asks."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    import respx

    from emulator.harness.bench_server import BenchServer
    from emulator.harness.snapshot import Snapshot
    from emulator.harness.workbench import Workbench

_MARKER = "epcc(seed=0, profile='off', scenario=None): how the emulator of the `epcc` fixture is to be"
_JOURNALS = "epcc-journals"


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", _MARKER)


@pytest.fixture(scope="session")
def epcc_server() -> "Iterator[BenchServer]":
    """The emulator that the tests of this process share, started when it is first used.

    `with epcc_server.fresh() as epcc:` begins anew, as often as a test likes: for properties with many examples.
    """
    from emulator.harness.bench_server import BenchServer

    with BenchServer() as server:
        yield server


@pytest.fixture
def epcc(request: pytest.FixtureRequest, epcc_server: "BenchServer") -> "Iterator[Workbench]":
    """An emulator in which nothing has happened yet, on a virtual clock and a free port, its variables in the
    environment.

    `@pytest.mark.epcc(seed=…, profile=…, scenario=…)` makes it one of the test's own: another seed, a profile, or as a
    scenario says.
    """
    from emulator.domain.errors import UserError

    marker = request.node.get_closest_marker("epcc")
    if marker is not None and marker.args:
        raise pytest.UsageError(f"the marker takes names only: {_MARKER}")
    fresh = epcc_server.fresh(**(marker.kwargs if marker else {}))
    try:
        bench = fresh.__enter__()
    except UserError as error:
        raise pytest.UsageError(error.sentence) from None
    try:
        yield bench
    finally:
        fresh.__exit__(None, None, None)


@pytest.fixture
def epcc_respx(epcc: "Workbench") -> "Iterator[respx.MockRouter]":
    """The provider's own host names, answered by the emulator of this test for whatever uses httpx."""
    with epcc.respx() as router:
        yield router


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """A failing test's report ends with what was delivered, and where its journal is kept."""
    report: pytest.TestReport = yield
    used: dict[str, Any] = getattr(item, "funcargs", {})
    if report.when != "call" or not ("epcc" in used or "epcc_server" in used):
        return report
    kept = _place(item)
    if report.failed:
        found = _looked_at(used, kept)
        if found is not None:
            report.sections.append(("epcc: the last deliveries", "\n".join(_told(found, kept))))
    elif report.passed and kept is not None:
        kept.unlink(missing_ok=True)
    return report


def _looked_at(used: dict[str, Any], kept: "Path | None") -> "Snapshot | None":
    """What the test's emulator knows; or what one knew that it had for an example of its own."""
    if "epcc" in used:
        bench: Workbench = used["epcc"]
        return bench.snapshot(kept)
    server: BenchServer = used["epcc_server"]
    return None if server.failure is None else server.failure.kept_at(kept)


def _told(found: "Snapshot", kept: "Path | None") -> Iterator[str]:
    yield from found.lines
    if found.journal is not None:
        yield f"Look into it with: epcc-emulator tui --journal {found.journal}"
    elif kept is None:
        yield "No journal is kept without pytest's cache (cacheprovider)."


def _place(item: pytest.Item) -> "Path | None":
    """Where the journal of this test is kept, as long as it fails: a file that no other test has."""
    from hashlib import blake2b

    cache = getattr(item.config, "cache", None)
    if cache is None:
        return None
    digest = blake2b(item.nodeid.encode(), digest_size=4).hexdigest()
    name = "".join(letter if letter.isalnum() else "-" for letter in item.name)[:60]
    directory: Path = cache.mkdir(_JOURNALS)
    return directory / f"{name}-{digest}.sqlite3"
