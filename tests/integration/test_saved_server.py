"""A saved journal to look at: everything that can be read is there, nothing can be changed, and nothing changes."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copytree
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from emulator.api.app import OPERATIONS
from emulator.api.operation import SAVED, Surface
from emulator.core.event_stream import EventStream, record_of
from emulator.domain.errors import EnvironmentFault
from emulator.harness.client import ControlClient
from emulator.harness.control_answer import Refused
from emulator.harness.local import LocalEmulator, SavedEmulator
from emulator.runtime.journal.schema import FILE_NAME
from emulator.runtime.settings import ClockMode, ClockSettings, Settings

_NOBODY = 65534
HOOK = {"url": "http://127.0.0.1:9/hook", "secret_key": "squirrel"}
READ = (
    "records?limit=1000",
    "events",
    "events/order%3A1/order.created%3A1",
    "events/order%3A1/order.created%3A1/why",
    "deliveries",
    "deliveries/1",
    "attempts",
    "search?text=currency",
    "integrations",
    "chaos",
    "holds",
    "held",
    "traffic",
    "integrity",
)


def _settings(directory: Path) -> Settings:
    return Settings(seed=7, data_dir=directory, profile="at_least_once", clock=ClockSettings(mode=ClockMode.VIRTUAL))


def _happen(client: ControlClient) -> None:
    client.ensure_integration("shop", observes=["order.*"], configuration=HOOK)
    client.ensure_integration("other", observes=["customer.created"], configuration=HOOK)
    client.trigger("order.paid")
    client.advance("7s")
    client.hold({"event": "customer.*"})
    client.trigger("customer.created")
    client.add_rule({"id": "late", "delay": {"value": "1h"}})
    client.switch_rule("copy", on=False)
    client.trigger("order.created")
    client.pause("other")


def _answers(url: str) -> dict[str, Any]:
    """But for how often rules have hit, which a journal keeps of those alone that are limited in it, and for what to do
    about time that stands still."""
    with httpx.Client(base_url=f"{url}/_emulator/", trust_env=False) as http:
        found = {route: http.get(route).raise_for_status().json() for route in READ}
    for rule in (*found["chaos"]["rules"], *found["holds"]["data"]):
        del rule["hits"]
    for reason in found["events/order%3A1/order.created%3A1/why"]["data"]:
        reason["text"] = reason["text"].partition("; virtual time stands still")[0]
    return found


@pytest.fixture
def saved(tmp_path: Path) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """The data directory of an emulator that has stopped, what it had answered, and its status."""
    directory = tmp_path / "data"
    with LocalEmulator(_settings(directory)) as local, ControlClient(local.url) as client:
        _happen(client)
        answers, status = _answers(local.url), client.status()
    return directory, answers, status


def _fingerprint(directory: Path) -> tuple[bytes, int, set[str]]:
    """What SQLite lays beside a file that somebody may write to is not of it."""
    file = directory / FILE_NAME
    beside = {path.name for path in directory.iterdir()} - {f"{FILE_NAME}-wal", f"{FILE_NAME}-shm"}
    return file.read_bytes(), file.stat().st_mtime_ns, beside


def test_everything_that_can_be_read_is_as_it_was(saved: Any) -> None:
    directory, answers, status = saved
    before = _fingerprint(directory)
    for place in (directory, directory / FILE_NAME):
        with SavedEmulator(place) as local, ControlClient(local.url) as client:
            assert client.health()
            found = _answers(local.url)
            for route in READ:
                assert found[route] == answers[route], route
            now = client.status()
            assert (now["saved"], now["file"]) == (True, str(directory / FILE_NAME))
            for name in ("seed", "profile", "rules", "paused", "pending", "held", "store_id", "now", "integrations"):
                assert now[name] == status[name], name
            clock = client.clock()
            assert (clock["now"], clock["mode"]) == (status["now"], "virtual")
    assert _fingerprint(directory) == before
    assert status["saved"] is False


def test_whatever_would_change_something_is_refused(saved: Any) -> None:
    directory, _, status = saved
    before = _fingerprint(directory)
    with SavedEmulator(directory) as local, httpx.Client(base_url=local.url, trust_env=False) as http:
        refused = 0
        for operation in OPERATIONS:
            if not operation.changes:
                continue
            path = re.sub(r"\{[^}]*\}", "x", operation.path)
            answer = http.request(operation.method, path, json={}, headers={"Authorization": "Bearer x"})
            assert answer.status_code == 409, (operation.method, path)
            assert answer.json()["errors"][0]["detail"] == SAVED
            refused += operation.surface is Surface.CONTROL
        assert refused > 20
        with ControlClient(local.url) as client, pytest.raises(Refused, match=SAVED):
            client.trigger("order.paid")
        assert http.get("/_emulator/status").json()["pending"] == status["pending"], "and nothing was sent"
    assert _fingerprint(directory) == before


def test_the_feed_tells_the_past_and_stays_open(saved: Any) -> None:
    directory, answers, _ = saved
    newest = answers["records?limit=1000"]["seq"]
    with SavedEmulator(directory) as local, httpx.Client(base_url=local.url, trust_env=False, timeout=20) as http:
        stream = EventStream()
        seqs: list[int] = []
        with http.stream("GET", "/_emulator/feed?after=0&brief=true") as answer:
            chunks = answer.iter_bytes()
            while not seqs or seqs[-1] < newest:
                seqs += [record_of(event.data).seq for event in stream.feed(next(chunks)) if not event.comment]
            assert not answer.is_closed
        assert seqs == list(range(1, newest + 1))


def test_beside_a_copy_nothing_is_laid(saved: Any, tmp_path: Path) -> None:
    copy = tmp_path / "copy" / "of-friday.sqlite3"
    copy.parent.mkdir()
    copy.write_bytes((saved[0] / FILE_NAME).read_bytes())
    with SavedEmulator(copy) as local:
        assert _answers(local.url) == saved[1]
        assert list(copy.parent.iterdir()) == [copy]
    assert list(copy.parent.iterdir()) == [copy]
    assert copy.read_bytes() == (saved[0] / FILE_NAME).read_bytes()


def test_it_follows_a_server_that_still_writes(tmp_path: Path) -> None:
    directory = tmp_path / "data"
    with LocalEmulator(_settings(directory)) as local, ControlClient(local.url) as client:
        _happen(client)
        with SavedEmulator(directory) as look, ControlClient(look.url) as reader:
            before = reader.deliveries()["results"]["total"]
            client.trigger("order.created", count=5)
            client.settle()
            assert client.deliveries()["results"]["total"] == before + 5
            assert reader.deliveries() == client.deliveries()
            (first,) = reader.events(limit=1)["data"]
            assert reader.why(first["identity"])["event"] == first
        client.trigger("order.created")
        assert client.health()


def test_a_directory_that_cannot_be_written_will_do(saved: Any) -> None:
    with _nobody_may_write(saved[0]) as directory, SavedEmulator(directory) as local:
        with pytest.raises(OSError, match="denied"):
            (directory / "x").touch()
        assert _answers(local.url) == saved[1]


@contextmanager
def _nobody_may_write(directory: Path) -> Iterator[Path]:
    """A copy that can only be read; root, who may write everywhere, is somebody else meanwhile."""
    with TemporaryDirectory(dir="/tmp") as place:
        Path(place).chmod(0o755)
        copy = Path(place) / "data"
        copytree(directory, copy)
        for path in copy.iterdir():
            path.chmod(0o444)
        copy.chmod(0o555)
        root = os.geteuid() == 0
        try:
            if root:
                os.seteuid(_NOBODY)
            yield copy
        finally:
            if root:
                os.seteuid(0)
            copy.chmod(0o755)


def test_what_is_no_journal_is_refused_in_a_sentence(tmp_path: Path, saved: Any) -> None:
    garbage = tmp_path / "notes.txt"
    garbage.write_text("not a journal")
    torn = tmp_path / "torn.sqlite3"
    torn.write_bytes((saved[0] / FILE_NAME).read_bytes()[:-4096])
    for path, words in (
        (garbage, "is damaged, or not a journal at all"),
        (torn, "is damaged (it has not the size it says it has)"),
        (tmp_path / "nowhere.sqlite3", "cannot be read (No such file or directory)"),
        (tmp_path, "cannot be read (No such file or directory)"),
    ):
        with pytest.raises(EnvironmentFault) as refused, SavedEmulator(path):
            pass
        assert words in refused.value.sentence
    assert garbage.read_text() == "not a journal"


def test_a_profile_whose_file_is_gone_keeps_nothing_from_being_read(tmp_path: Path) -> None:
    profile = tmp_path / "mine.yaml"
    profile.write_text("chaos:\n  - {id: x, drop: {}}\n")
    settings = Settings(
        seed=7, data_dir=tmp_path / "data", profile=str(profile), clock=ClockSettings(mode=ClockMode.VIRTUAL)
    )
    with LocalEmulator(settings) as local, ControlClient(local.url) as client:
        client.ensure_integration("shop", observes=["order.*"], configuration=HOOK)
        identity = client.trigger("order.created")["events"][-1]["identity"]
    profile.unlink()
    with SavedEmulator(tmp_path / "data") as local, httpx.Client(base_url=local.url, trust_env=False) as http:
        why = http.get(f"/_emulator/events/{quote(identity)}/why").json()
        assert why["data"][0]["verdict"] == "dropped"


@pytest.mark.parametrize("reset", [False, True])
def test_the_clock_is_told_as_it_was_and_stands_still(tmp_path: Path, reset: bool) -> None:
    with LocalEmulator(Settings(seed=7, data_dir=tmp_path / "data")) as local, ControlClient(local.url) as client:
        if reset:
            client.reset()
        client.ensure_integration("shop", observes=["order.*"], configuration=HOOK)
        client.trigger("order.created")
    with SavedEmulator(tmp_path / "data") as local, ControlClient(local.url) as client:
        first, again = client.clock(), client.clock()
        assert first == again
        assert first["mode"] == "real"
