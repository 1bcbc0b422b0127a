"""Exporting: files are whole or not there, and what the history has lost is passed over."""

import asyncio
import json

import httpx
import pytest

from emulator.domain.errors import EnvironmentFault, IllegalCommand
from tui.actions.export import MOST_IN_ARCHIVE, Export, is_there, wrong_file
from tui.client import Client, Unreachable
from tui.desk import Desk
from tui.session import Session


def desk_of(answer):
    return Desk(client=Client("http://127.0.0.1:1", transport=httpx.MockTransport(answer)), session=Session())


def delivery(request):
    number = int(request.url.path.rpartition("/")[2])
    if number == 2:
        return httpx.Response(404, json={"errors": [{"detail": "There is no delivery '2'"}]})
    if number == 9:
        raise httpx.ConnectError("gone")
    attempt = {
        "attempt": 1,
        "copy": 0,
        "started_at": f"2026-01-01T00:00:0{9 - number}Z",
        "processing_time": 0.01,
        "status": 200,
        "body": "",
        "error": None,
        "faults": [],
    }
    named = {"job_id": "j", "event": "e", "event_key": "order.paid", "integration": "shop", "attempts": 1}
    document = {"number": number, **named, "request": None, "attempts_made": [attempt]}
    return httpx.Response(200, json={"data": document})


def run(numbers, file, stopped=lambda: False):
    done = []
    return asyncio.run(Export(desk_of(delivery), numbers, file).run(done.append, stopped)), done


def test_every_delivery_is_a_line_in_the_order_of_their_numbers(tmp_path):
    said, done = run([3, 1, 2], tmp_path / "out.jsonl")
    lines = (tmp_path / "out.jsonl").read_text().splitlines()
    assert [json.loads(line)["number"] for line in lines] == [1, 3]
    assert said == f"Wrote 2 deliveries into {tmp_path / 'out.jsonl'}"
    assert done == [1, 2, 3]


def test_what_is_stopped_or_fails_leaves_what_was_there(tmp_path):
    file = tmp_path / "out.jsonl"
    file.write_text("before")
    said, _ = run([1, 3], file, stopped=iter([False, True]).__next__)
    assert said is None
    with pytest.raises(Unreachable):
        run([1, 9], file)
    assert [path.name for path in tmp_path.iterdir()] == ["out.jsonl"]
    assert file.read_text() == "before"


def test_a_directory_that_is_not_there_is_told_in_a_sentence(tmp_path):
    with pytest.raises(EnvironmentFault, match="cannot be written"):
        run([1], tmp_path / "nowhere" / "out.jsonl")


def test_the_ending_says_what_is_written(tmp_path, monkeypatch):
    assert wrong_file("out.jsonl") is None
    assert "ending" in wrong_file("out.txt")
    assert wrong_file("") == "Give it a file"
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "d.jsonl").mkdir()
    assert "directory" in wrong_file("~/d.jsonl")
    assert not is_there("~nobody-of-that-name/d.jsonl")
    assert "directory" in wrong_file(str(tmp_path / "d.jsonl"))


def test_an_archive_has_an_entry_for_each_attempt(tmp_path):
    run([1, 3], tmp_path / "out.har")
    archive = json.loads((tmp_path / "out.har").read_text())
    assert archive["log"]["version"] == "1.2"
    assert [entry["_delivery"] for entry in archive["log"]["entries"]] == [3, 1], "in the order in which they left"


def test_an_archive_of_more_than_anybody_could_read_is_refused(tmp_path):
    with pytest.raises(IllegalCommand, match="JSON Lines"):
        run(range(MOST_IN_ARCHIVE + 1), tmp_path / "out.har")
