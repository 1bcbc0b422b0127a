"""The directory and the file: made once, held by one, recognised before anything is written."""

import asyncio
import json
import os
import sqlite3
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from emulator.domain.errors import EnvironmentFault
from emulator.domain.record import RecordKind, Transaction
from emulator.runtime.journal import Journal, files, schema


def _close(journal: Journal) -> None:
    asyncio.run(journal.close())


def _contents(directory: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in directory.iterdir() if path.name != "lock"}


@pytest.fixture
def filled(with_journal, story, tmp_path) -> Path:
    """The file of a journal with something in it, closed."""

    async def use(journal: Journal) -> None:
        for n in range(200):
            for tx in story.delivered(n, payload='{"data":"' + "x" * 2_000 + '"}'):
                journal.append(tx)

    with_journal(use)
    return tmp_path / "data" / "journal.sqlite3"


def _refusal(file: Path) -> str:
    """The sentence, after making sure that nothing was touched."""
    before = _contents(file.parent)
    with pytest.raises(EnvironmentFault) as caught:
        Journal.open(file.parent)
    assert _contents(file.parent) == before
    assert str(file) in caught.value.sentence
    assert "\n" not in caught.value.sentence
    with pytest.raises(EnvironmentFault):
        Journal.read_only(file)
    assert _contents(file.parent) == before
    return caught.value.sentence


def test_only_its_owner_can_read_it_and_git_does_not_see_it(tmp_path):
    directory = tmp_path / "deep" / "data"
    journal = Journal.open(directory)
    try:
        assert stat.S_IMODE(directory.stat().st_mode) == 0o700
        for path in directory.iterdir():
            if path.name != ".gitignore":
                assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
        assert (directory / ".gitignore").read_text() == "*\n"
        assert {"journal.sqlite3", "journal.sqlite3-wal"} <= {path.name for path in directory.iterdir()}
    finally:
        _close(journal)
    assert {path.name for path in directory.iterdir()} == {".gitignore", "journal.sqlite3", "lock"}


def test_a_directory_with_something_else_in_it_is_not_hidden_from_git(tmp_path):
    (tmp_path / "main.py").write_text("pass")
    _close(Journal.open(tmp_path))
    assert not (tmp_path / ".gitignore").exists()


def test_ephemeral_keeps_nothing(story):
    async def use() -> Path:
        journal = Journal.open(None)
        await journal.commit(story.one(RecordKind.CONTROL, 0))
        assert len(journal.records(after=0, limit=1)) == 1
        directory = journal.path.parent
        await journal.close()
        return directory

    assert not asyncio.run(use()).exists()


def test_what_killed_processes_left_is_removed_by_the_next_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    code = (
        "import os; from emulator.runtime.journal import Journal\n"
        "print(Journal.open(None).path.parent, flush=True); os.kill(os.getpid(), 9)"
    )
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    said = [subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True) for _ in range(2)]
    left, fresh = (Path(one.stdout.decode().strip()) for one in said)
    running = Journal.open(None)
    foreign = tmp_path / "epcc-emulator-notes"
    foreign.mkdir()
    for directory in (left, running.path.parent):
        os.utime(directory / "lock", (1, 1))
    _close(Journal.open(None))
    assert not left.exists()
    assert {fresh, running.path.parent, foreign} == set(tmp_path.iterdir())
    _close(running)


def test_no_place_for_an_ephemeral_journal(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere/at/all")
    with pytest.raises(EnvironmentFault, match=r"no temporary directory can be made \(No such file"):
        Journal.open(None)


def test_two_ephemeral_journals_are_two(story):
    first, second = Journal.open(None), Journal.open(None)
    assert first.path != second.path
    _close(first)
    _close(second)


def test_a_second_server_is_told_who_the_first_is(tmp_path):
    journal = Journal.open(tmp_path)
    with pytest.raises(EnvironmentFault, match=rf"in use by another server \(process {os.getpid()}\); stop"):
        Journal.open(tmp_path)
    journal.announce("http://127.0.0.1:3722")
    with pytest.raises(EnvironmentFault, match=rf"\(process {os.getpid()}, http://127.0.0.1:3722\)"):
        Journal.open(tmp_path)
    _close(journal)
    _close(Journal.open(tmp_path))


def test_the_lock_ends_with_its_process(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from emulator.runtime.journal import Journal\n"
        f"Journal.open(Path({str(tmp_path)!r})); print('open', flush=True); sys.stdin.read()"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    try:
        assert child.stdout.readline() == b"open\n"
        with pytest.raises(EnvironmentFault, match=rf"process {child.pid}\b"):
            Journal.open(tmp_path)
    finally:
        child.kill()
        child.communicate()
    _close(Journal.open(tmp_path))


def test_a_lock_with_nonsense_in_it_still_holds(tmp_path):
    journal = Journal.open(tmp_path)
    for text in ("", "nonsense", json.dumps([1])):
        (tmp_path / "lock").write_text(text)
        with pytest.raises(EnvironmentFault, match="in use by another server; stop"):
            Journal.open(tmp_path)
    _close(journal)


def test_a_directory_that_is_a_file(tmp_path):
    (tmp_path / "data").write_text("")
    with pytest.raises(EnvironmentFault, match="cannot be used"):
        Journal.open(tmp_path / "data")


def test_a_directory_that_cannot_be_written(tmp_path, monkeypatch):
    # Root may write anywhere, so the answer of the system is played.
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    with pytest.raises(EnvironmentFault, match="is not writable; choose another with --data-dir"):
        Journal.open(tmp_path)


def test_a_disk_without_room_for_an_empty_journal(tmp_path, monkeypatch):
    monkeypatch.setattr(schema, "creation", lambda: f"PRAGMA max_page_count = 3; BEGIN; {schema.TABLES} COMMIT;")
    with pytest.raises(EnvironmentFault, match=r"no journal can be made at .* \(database or disk is full\)"):
        Journal.open(tmp_path)
    monkeypatch.undo()
    _close(Journal.open(tmp_path))


def test_garbage(filled):
    filled.write_bytes(b"not a database, but somebody's notes\n" * 100)
    assert "damaged, or not a journal at all" in _refusal(filled)


def test_an_empty_file(filled):
    filled.write_bytes(b"")
    assert "damaged, or not a journal at all" in _refusal(filled)


@pytest.mark.parametrize("keep", [50, 100, 4_096, 0.5, 0.9, -1, -4_096])
def test_a_truncated_file(filled, keep):
    size = filled.stat().st_size
    length = int(size * keep) if isinstance(keep, float) else keep if keep > 0 else size + keep
    filled.write_bytes(filled.read_bytes()[:length])
    assert "damaged" in _refusal(filled)


def test_a_page_of_noise(filled):
    whole = bytearray(filled.read_bytes())
    whole[8_192 : 8_192 + 4_096] = b"\xa5" * 4_096
    filled.write_bytes(whole)
    assert "is damaged (" in _refusal(filled)


def test_a_big_file_that_was_closed_properly_is_measured(filled, monkeypatch):
    monkeypatch.setattr(files, "_BIG", 0)
    monkeypatch.setattr(files, "_check", lambda path: pytest.fail("it was read through"))
    _close(Journal.open(filled.parent))
    filled.write_bytes(filled.read_bytes()[:-4_096])
    with pytest.raises(EnvironmentFault, match="it has not the size it says it has"):
        Journal.open(filled.parent)


def test_another_programs_database(filled):
    filled.unlink()
    db = sqlite3.connect(filled)
    db.execute("CREATE TABLE mine (x)")
    db.commit()
    db.close()
    assert "another program's SQLite file" in _refusal(filled)


@pytest.mark.parametrize(
    ("version", "sentence"), [(4, "by a newer version"), (2, "by an older version"), (0, "the unknown format 0")]
)
def test_another_format(filled, version, sentence):
    db = sqlite3.connect(filled)
    db.execute(f"PRAGMA user_version = {version}")
    db.close()
    assert sentence in _refusal(filled)


def test_a_write_ahead_file_alone_is_not_mixed_into_a_new_journal(filled):
    filled.unlink()
    leftover = filled.with_name(filled.name + "-wal")
    leftover.write_bytes(b"somebody's last transactions")
    with pytest.raises(EnvironmentFault, match=r"lies there without journal\.sqlite3"):
        Journal.open(filled.parent)
    assert leftover.read_bytes() == b"somebody's last transactions"


def test_half_a_journal_that_a_crash_left_is_made_anew(tmp_path):
    for ending in (".new", ".new-journal", ".new-wal"):
        (tmp_path / f"journal.sqlite3{ending}").write_bytes(b"half")
    _close(Journal.open(tmp_path))
    _close(Journal.open(tmp_path))
    assert {path.name for path in tmp_path.iterdir()} == {"journal.sqlite3", "lock"}


def test_a_refused_directory_is_not_kept_locked(filled):
    whole = filled.read_bytes()
    filled.write_bytes(b"x")
    with pytest.raises(EnvironmentFault):
        Journal.open(filled.parent)
    filled.write_bytes(whole)
    _close(Journal.open(filled.parent))


def test_a_file_that_turns_bad_while_it_is_read_gives_a_sentence(filled):
    journal = Journal.open(filled.parent)
    with filled.open("r+b") as file:
        file.seek(8_192)
        file.write(b"\xa5" * (filled.stat().st_size - 8_192))
    with pytest.raises(EnvironmentFault, match="cannot be read: the file is damaged"):
        journal.events(limit=1_000)
    _close(journal)


def test_an_sqlite_that_is_too_old(tmp_path, monkeypatch):
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 31, 1))
    with pytest.raises(EnvironmentFault, match=r"needs 3\.35\.0 or newer"):
        Journal.open(tmp_path)


def test_reading_a_journal_from_a_directory_that_cannot_be_written(filled, monkeypatch):
    connect = sqlite3.connect

    class CannotWriteBeside(sqlite3.Connection):
        def execute(self, *arguments):
            raise sqlite3.OperationalError("unable to open database file")

    def refuse(database, **options):
        if "immutable" not in database:
            options["factory"] = CannotWriteBeside
        return connect(database, **options)

    monkeypatch.setattr(sqlite3, "connect", refuse)
    saved = Journal.read_only(filled)
    assert saved.deliveries()[1] == 200
    _close(saved)


def test_an_empty_transaction_is_fine(with_journal):
    async def use(journal: Journal) -> None:
        await journal.commit(Transaction())

    with_journal(use)
