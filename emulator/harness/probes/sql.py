"""SQL probe: the rows of a query, each as an object by the names of its columns."""

import base64
import datetime
import decimal
import sqlite3
import uuid
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from emulator.core.masking import masked_address
from emulator.core.probe_target import SqlTarget
from emulator.domain.probe import ProbeFailure, ProbeValue

_PATIENCE = 10  # wall seconds
_SQLITE = "sqlite:"


class SqlProbe:
    """SQLite is opened to be read only; PostgreSQL needs the package psycopg, and is asked in a transaction that only
    reads."""

    def __init__(self, target: SqlTarget) -> None:
        self._target = target
        self.name = masked_address(target.url)

    def read(self) -> ProbeValue | ProbeFailure:
        return self._of_sqlite() if self._target.url.startswith(_SQLITE) else self._of_postgresql()

    def _of_sqlite(self) -> ProbeValue | ProbeFailure:
        file = Path(unquote(urlsplit(self._target.url).path.removeprefix("/")))
        if not file.is_file():
            return ProbeFailure(sentence=f"{self.name} cannot be opened: there is no file {file}", unreachable=True)
        try:
            with closing(
                sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=_PATIENCE)
            ) as database:
                cursor = database.execute(self._target.query)
                return ProbeValue(value=_rows(cursor.description, cursor.fetchall()))
        except sqlite3.Error as error:
            return ProbeFailure(sentence=f"{self.name} refuses the query: {error}")

    def _of_postgresql(self) -> ProbeValue | ProbeFailure:
        try:
            import psycopg
        except ImportError:
            return ProbeFailure(
                sentence=f"{self.name} needs the package psycopg; install it with: pip install 'psycopg[binary]'",
                unreachable=True,
            )
        try:
            database = psycopg.connect(self._target.url, connect_timeout=_PATIENCE)
        except psycopg.Error as error:
            return ProbeFailure(sentence=f"{self.name} cannot be reached: {_line(error)}", unreachable=True)
        with closing(database):
            try:
                database.read_only = True
                cursor = database.execute(self._target.query)
                return ProbeValue(value=_rows(cursor.description, cursor.fetchall()))
            except psycopg.Error as error:
                return ProbeFailure(sentence=f"{self.name} refuses the query: {_line(error)}")


def _rows(columns: Sequence[Sequence[Any]] | None, rows: Iterable[Sequence[Any]]) -> list[dict[str, Any]]:
    names = [str(column[0]) for column in columns or ()]
    return [dict(zip(names, map(_plain, row), strict=True)) for row in rows]


def _plain(value: Any) -> Any:
    """As JSON has it."""
    match value:
        case decimal.Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case datetime.datetime() | datetime.date() | datetime.time():
            return value.isoformat()
        case uuid.UUID():
            return str(value)
        case bytes():
            return base64.b64encode(value).decode()
        case _:
            return value


def _line(error: Exception) -> str:
    lines = str(error).splitlines()
    return lines[0] if lines else type(error).__name__
