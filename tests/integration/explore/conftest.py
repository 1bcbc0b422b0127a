"""Scenarios about the shipping department, which they start, and `explore` in this process."""

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from emulator.cli.main import run

SHIPPER = Path(__file__).with_name("shipper.py")
ORDER = ["order.created", "order.paid", "order.fulfilled"]
LOST = {"id": "lost", "match": {"event": "order.fulfilled"}, "probability": 0.5, "ack_loss": {"times": 1}}
SAME = {"converges": {"probe": "http://127.0.0.1:{port}/state", "path": "$.shipped", "stable_for": "10ms"}}


@pytest.fixture(autouse=True)
def _own_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PIDS", str(tmp_path / "pids"))


@pytest.fixture
def story(tmp_path: Path) -> Callable[..., str]:
    """Writes a scenario in which the department, with these words, hears of an order; `changes` replace its keys, and
    None takes one away."""

    def write(*words: str, **changes: Any) -> str:
        ask = (
            'import socket as s; c = s.create_connection(("127.0.0.1", {port})); '
            'c.sendall(b"POST /reset HTTP/1.0\\r\\n\\r\\n"); raise SystemExit(b" 200 " not in c.recv(99))'
        )
        document = {
            "description": "An order is fulfilled, and the shop does not always hear that this was heard",
            "integrations": [{"name": "shipping", "observes": ORDER}],
            "receiver": {
                "command": " ".join([sys.executable, "-S", str(SHIPPER), "{port}", *words]),
                "url": "http://127.0.0.1:{port}/hook",
                "reset": f"{sys.executable} -S -c '{ask}'",
            },
            "steps": [{"trigger": key, "as" if number == 0 else "of": "o1"} for number, key in enumerate(ORDER)],
            "chaos": [LOST],
            "expect": [SAME],
        } | changes
        lines = [f"{key}: {json.dumps(value)}" for key, value in document.items() if value is not None]
        (tmp_path / "story.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        return "story.yaml"

    return write


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)


@pytest.fixture
def explore(capfd: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """`explore("story.yaml", "--runs", "3")`: one command line."""

    def go(*words: str) -> Result:
        capfd.readouterr()
        code = run(("explore", *words))
        captured = capfd.readouterr()
        return Result(code=code, out=captured.out, err=captured.err)

    return go


def pids(folder: Path) -> list[int]:
    """Of the departments that were started."""
    file = folder / "pids"
    return [int(line) for line in file.read_text().split()] if file.exists() else []
