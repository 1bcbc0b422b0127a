"""Attached: the dashboard in a terminal that is read, in a process of its own, until nobody wants it any more.

`python -m benchmarks.attached URL` says `live` when it is, and ends when its input does.
"""

import select
import sys

from benchmarks.terminal import terminal

_STEP = 0.1


def main() -> None:
    with terminal([sys.executable, "-m", "emulator", "tui", "--url", sys.argv[1]]) as screen:
        screen.wait_for("● live".encode(), 120)
        print("live", flush=True)
        while not select.select([sys.stdin], [], [], 0)[0]:
            screen.drain(_STEP)


if __name__ == "__main__":
    main()
