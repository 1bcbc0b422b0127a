"""What a worker of `explore` has printed last, and how its end is told."""

from pathlib import Path

import pytest

from emulator.harness.explorer_worker import last_words


@pytest.mark.parametrize(
    ("printed", "words"),
    [
        ("", ""),
        ("\n \n", ""),
        ("one\n\ntwo\n", "\n  it printed:\n  one\n  two"),
        (
            "".join(f"{number}\n" for number in range(10_000)),
            "\n  it printed:" + "".join(f"\n  999{n}" for n in range(5, 10)),
        ),
    ],
)
def test_the_last_lines_follow_a_sentence(tmp_path: Path, printed: str, words: str) -> None:
    log = tmp_path / "log"
    assert last_words(log) == ""
    log.write_text(printed, encoding="utf-8")
    assert last_words(log) == words
