"""docs/report-card.md, done as it says."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

from emulator.core.card.aspect import ASPECTS

PAGE = (Path(__file__).parents[2] / "docs" / "report-card.md").read_text(encoding="utf-8")
PATIENCE = 120.0


def test_the_desk_s_card_is_as_printed_and_a_line_of_it_is_reproduced(tmp_path: Path) -> None:
    shown = re.findall(r"`(\w+\.\w+)`:\n\n```\w+\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert [name for name, _ in shown] == ["desk.py", "desk.yaml"]
    for name, content in shown:
        (tmp_path / name).write_text(content, encoding="utf-8")
    block = re.findall(r"^```console\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)[0]
    (first, printed), (again, _) = (
        (part.partition("\n")[0], part.partition("\n")[2]) for part in block.removeprefix("$ ").split("\n$ ")
    )
    done = said(first, tmp_path)
    assert done.returncode == 4, done.stderr
    assert re.sub(r"127\.0\.0\.1:\d+", "127.0.0.1:8000", unwrapped(done.stdout)) == unwrapped(printed)
    assert said(again, tmp_path).returncode == 4


def said(command: str, place: Path) -> "subprocess.CompletedProcess[str]":
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return subprocess.run(
        shlex.split(command),
        cwd=place,
        env={**os.environ, "PATH": path},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


def unwrapped(text: str) -> str:
    """Ports are not all of the same length, so lines may break elsewhere."""
    return re.sub(r"\n    (?!Reproduce|\$\[)", " ", text).strip()


def test_the_page_lists_every_aspect() -> None:
    section = PAGE.partition("## What is asked")[2].partition("##")[0]
    rows = [tuple(cell.strip() for cell in line.strip("|").split("|")) for line in section.splitlines() if "|" in line]
    assert rows[2:] == [(one.title, one.sentence) for one in ASPECTS]
