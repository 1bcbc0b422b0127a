"""The dashboard beside a server of this process: it has the terminal, and the server ends with it."""

import asyncio
import os
import signal
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from emulator.cli.console import note
from emulator.cli.tui import command_for
from emulator.harness.locate import Location

if TYPE_CHECKING:
    from emulator.cli.tui_options import Looks
    from emulator.harness.server import RunningServer

LOG = "serve.log"
"""Where, in the data directory, goes what the server says while the dashboard has the terminal."""


async def watch_beside(server: "RunningServer", looks: "Looks") -> None:
    """Shows the dashboard until it is quit; cancelled, it ends it.

    It is a process of its own, so that what it draws costs the deliveries nothing.
    """
    location = Location(url=server.url, source="this process", ca_file=server.ca_file)
    with _quiet(server.emulator.settings.data_dir) as terminal:
        process = await asyncio.create_subprocess_exec(*command_for(location, looks), stderr=terminal)
        try:
            await process.wait()
        finally:
            if process.returncode is None:
                with suppress(ProcessLookupError):
                    process.send_signal(signal.SIGTERM)
                await process.wait()


@contextmanager
def _quiet(data_dir: Path | None) -> Iterator[int]:
    """What this process says on stderr goes to a file instead of across the screen; the descriptor of the terminal.

    Where something was said, the file is named afterwards.
    """
    directory = data_dir if data_dir is not None else Path(tempfile.mkdtemp(prefix="epcc-emulator-"))
    path = directory / LOG
    sys.stderr.flush()
    terminal = os.dup(2)
    log = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        os.dup2(log, 2)
        yield terminal
    finally:
        sys.stderr.flush()
        said = os.fstat(log).st_size > 0
        os.dup2(terminal, 2)
        os.close(terminal)
        os.close(log)
        if said:
            note(f"What the server said meanwhile is in {path}")
        else:
            path.unlink()
            if data_dir is None:
                directory.rmdir()
