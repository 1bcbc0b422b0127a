"""Editing a payload: which editor, at which line, and what is accepted of what it leaves."""

import signal
import sys
from pathlib import Path

import pytest

from emulator.core.written_payload import payload_of
from emulator.domain.errors import EnvironmentFault
from tui.actions.editing import EditorMissing, edited, editor_of, opened_at, payload_text


def test_the_editor_is_the_users_with_its_options(monkeypatch):
    assert editor_of({"VISUAL": "code --wait", "EDITOR": "vi"}) == ["code", "--wait"]
    assert editor_of({"VISUAL": " ", "EDITOR": "vi"}) == ["vi"]
    monkeypatch.setattr("shutil.which", lambda name: "/bin/vi" if name == "vi" else None)
    assert editor_of({}) == ["vi"]
    monkeypatch.setattr("shutil.which", lambda name: None)
    with pytest.raises(EditorMissing) as missing:
        editor_of({})
    assert missing.value.sentence == "There is no editor: set VISUAL or EDITOR."


@pytest.mark.parametrize(
    ("command", "line", "opened"),
    [
        (["vim"], 12, ["vim", "+12", "p.json"]),
        (["/usr/bin/nano", "-w"], 3, ["/usr/bin/nano", "-w", "+3", "p.json"]),
        (["code", "--wait"], 3, ["code", "--wait", "--goto", "p.json:3"]),
        (["hx"], 3, ["hx", "p.json:3"]),
        (["my-editor"], 3, ["my-editor", "p.json"]),
        (["vim"], 1, ["vim", "p.json"]),
    ],
)
def test_a_wrong_line_is_where_the_editor_opens_as_far_as_it_can(command, line, opened):
    assert opened_at(command, Path("p.json"), line) == opened


def test_what_the_editor_leaves_is_the_text(tmp_path):
    script = tmp_path / "editor.py"
    script.write_text("import sys; p = sys.argv[-1]; t = open(p).read(); open(p, 'w').write(t.upper())")
    assert edited("ab\n", [sys.executable, str(script)]) == "AB\n"


def test_an_editor_that_fails_or_is_not_there_is_told_in_a_sentence(tmp_path):
    with pytest.raises(EnvironmentFault, match="ended with 3"):
        edited("", [sys.executable, "-c", "import sys; sys.exit(3)"])
    with pytest.raises(EnvironmentFault, match="cannot be used: No such file"):
        edited("", [str(tmp_path / "nothing")])
    with pytest.raises(EnvironmentFault, match="not text in UTF-8"):
        edited("", [sys.executable, "-c", "import sys; open(sys.argv[-1], 'wb').write(bytes([255]))"])
    with pytest.raises(EnvironmentFault, match="EDITOR is no command"):
        editor_of({"EDITOR": "vi '"})


@pytest.mark.skipif(sys.platform == "win32", reason="interrupts are sent in another way there")
def test_an_interrupt_is_the_editors_alone():
    kill = "import os, signal; os.kill(os.getppid(), signal.SIGINT)"
    before = signal.getsignal(signal.SIGINT)
    assert edited("as it was", [sys.executable, "-c", kill]) == "as it was"
    assert signal.getsignal(signal.SIGINT) is before


def test_a_payload_reads_back_as_it_was():
    payload = {"data": {"name": "Zoë 🙂", "n": 12345678901234567890}}
    assert payload_of(payload_text(payload)) == payload
