"""Editing: a payload as a file in the user's own editor, and what came of it."""

import json
import shlex
import shutil
import signal
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from emulator.domain.errors import EnvironmentFault

_USUAL = ("sensible-editor", "nano", "vim", "vi", "notepad")
_PLUS = frozenset(
    {*("vi", "vim", "nvim", "view", "nano", "pico", "emacs", "emacsclient", "micro", "kak", "joe", "ne", "mg", "jed")}
)
"""Editors that take `+12 file` for a line."""
_COLON = frozenset({"hx", "helix", "subl", "zed", "lapce"})
"""Editors that take `file:12`."""
_GOTO = frozenset({"code", "code-insiders", "codium", "cursor", "windsurf"})
"""Editors that take `--goto file:12`."""


class EditorMissing(EnvironmentFault):
    """There is no editor: set VISUAL or EDITOR."""


def editor_of(environ: Mapping[str, str]) -> list[str]:
    """The command of the user's editor, with its options. Raises EditorMissing, EnvironmentFault."""
    for name in ("VISUAL", "EDITOR"):
        if environ.get(name, "").strip():
            try:
                return shlex.split(environ[name])
            except ValueError:
                raise EnvironmentFault(f"{name} is no command: {environ[name]}") from None
    found = next((name for name in _USUAL if shutil.which(name)), None)
    if found is None:
        raise EditorMissing
    return [found]


def opened_at(command: Sequence[str], file: Path, line: int) -> list[str]:
    """The command that opens a file at a line, as far as this editor is known to be able to."""
    name = Path(command[0]).stem.lower()
    if line > 1 and name in _PLUS:
        return [*command, f"+{line}", str(file)]
    if line > 1 and name in _COLON:
        return [*command, f"{file}:{line}"]
    if line > 1 and name in _GOTO:
        return [*command, "--goto", f"{file}:{line}"]
    return [*command, str(file)]


def edited(text: str, command: Sequence[str], *, line: int = 1) -> str:
    """The text after the editor has ended. It has the terminal for itself meanwhile. Raises EnvironmentFault."""
    try:
        with tempfile.TemporaryDirectory(prefix="epcc-emulator-") as folder:
            file = Path(folder) / "payload.json"
            file.write_text(text, encoding="utf-8")
            with _deaf():
                ended = subprocess.run(opened_at(command, file, line), check=False)  # noqa: S603  the user chose it
            if ended.returncode:
                raise EnvironmentFault(f"{command[0]} ended with {ended.returncode}, so nothing is sent")
            return file.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise EnvironmentFault(f"what {command[0]} left is not text in UTF-8") from None
    except OSError as error:
        raise EnvironmentFault(f"{command[0]} cannot be used: {error.strerror or error}") from None


@contextmanager
def _deaf() -> Iterator[None]:
    """A Ctrl+C is the editor's alone."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    # Not SIG_IGN, which the editor would inherit.
    before = signal.signal(signal.SIGINT, lambda number, frame: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def payload_text(payload: Any) -> str:
    """A payload to be edited."""
    return json.dumps(payload, indent=2, ensure_ascii=False) + "\n"
