"""A probe of a PostgreSQL server, and what is said where its driver is not installed."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from emulator.core.probe_target import SqlTarget
from emulator.domain.probe import ProbeFailure, ProbeValue
from emulator.harness.probes.sql import SqlProbe


@pytest.fixture(scope="module")
def server(require: Callable[[str], str]) -> Iterator[str]:
    """The URL of a server of our own, which listens on a socket in its directory alone."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    initdb = str(found[-1]) if found else require("initdb")
    # It refuses to run as root, and root's temporary directories are closed to everybody else.
    user: dict[str, Any] = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
    folder = Path(tempfile.mkdtemp(prefix="epcc-pg-"))
    if user:
        shutil.chown(folder, "postgres", "postgres")
    control = str(Path(initdb).with_name("pg_ctl"))
    data = folder / "data"

    def do(*words: str) -> None:
        subprocess.run(words, check=True, cwd=folder, stdout=subprocess.DEVNULL, **user)

    try:
        do(initdb, "--pgdata", str(data), "--username", "judge", "--auth", "trust", "--no-sync")
        options = f"-c listen_addresses='' -c fsync=off -k {folder}"
        do(control, "--pgdata", str(data), "--options", options, "--log", str(folder / "log"), "--wait", "start")
        try:
            yield f"postgresql://judge:hush@/postgres?host={folder}"
        finally:
            do(control, "--pgdata", str(data), "--mode", "immediate", "--wait", "stop")
    finally:
        shutil.rmtree(folder)


def test_rows_are_objects_of_what_json_has(server: str) -> None:
    query = (
        "select 1 as whole, 1.5::numeric as part, 2::numeric as round, 'a' as text, null as nothing, true as yes, "
        "date '2026-01-02' as day, '{\"a\": [1]}'::jsonb as document, "
        "'0c8e3a5e-5b7d-4f43-9b52-1de32d5f0c11'::uuid as id"
    )
    found = SqlProbe(SqlTarget(url=server, query=query)).read()
    assert isinstance(found, ProbeValue)
    assert found.value == [
        {
            "whole": 1,
            "part": 1.5,
            "round": 2,
            "text": "a",
            "nothing": None,
            "yes": True,
            "day": "2026-01-02",
            "document": {"a": [1]},
            "id": "0c8e3a5e-5b7d-4f43-9b52-1de32d5f0c11",
        }
    ]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("select x from nowhere", 'refuses the query: relation "nowhere" does not exist'),
        ("create table t (n int)", "refuses the query: cannot execute CREATE TABLE in a read-only transaction"),
    ],
)
def test_a_query_that_is_refused(server: str, query: str, words: str) -> None:
    found = SqlProbe(SqlTarget(url=server, query=query)).read()
    assert isinstance(found, ProbeFailure)
    assert words in found.sentence
    assert (found.unreachable, "hush" in found.sentence) == (False, False)


def test_a_run_is_judged_by_its_database(
    server: str, department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any]
) -> None:
    with psycopg.connect(server, autocommit=True) as database:
        database.execute("create table shipments (number int)")
        database.execute("insert into shipments values (1)")
        expected = f"exactly: {{probe: {{sql: '{server}', query: select * from shipments}}, count: '$[*]', equals: 1}}"
        name = story(department(), expected)
        assert command("run", name).code == 0
        database.execute("insert into shipments values (2)")
        result = command("run", name)
    assert result.code == 4
    assert "is 2, expected 1" in result.out
    assert "hush" not in result.out


def test_a_server_that_is_not_there() -> None:
    found = SqlProbe(SqlTarget(url="postgresql://me:hush@127.0.0.1:1/shop", query="select 1")).read()
    assert isinstance(found, ProbeFailure)
    assert found.sentence.startswith("postgresql://me:****@127.0.0.1:1/shop cannot be reached: ")
    assert found.unreachable


def test_a_driver_that_is_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    found = SqlProbe(SqlTarget(url="postgresql://me:hush@127.0.0.1:1/shop", query="select 1")).read()
    assert isinstance(found, ProbeFailure)
    assert "needs the package psycopg; install it with: pip install 'psycopg[binary]'" in found.sentence
    assert found.unreachable
