"""Whether a terminal takes what is copied."""

import pytest

from tui.actions.clipboard import MOST, is_doubtful

GOOD = {"TERM": "xterm-256color"}


@pytest.mark.parametrize(
    ("environ", "size", "doubtful"),
    [
        (GOOD, 100, False),
        ({**GOOD, "SSH_TTY": "/dev/pts/1"}, 100, False),
        (GOOD, MOST + 1, True),
        ({**GOOD, "TMUX": "/tmp/tmux"}, 100, True),
        ({**GOOD, "VTE_VERSION": "7000"}, 100, True),
        ({**GOOD, "TERM_PROGRAM": "Apple_Terminal"}, 100, True),
        ({"TERM": "screen.xterm"}, 100, True),
        ({"TERM": "linux"}, 100, True),
        ({}, 100, True),
    ],
)
def test_terminals_that_may_not_take_it_are_known(environ, size, doubtful):
    assert is_doubtful(environ, size) is doubtful
