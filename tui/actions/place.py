"""Place: where something is written to, as people type it."""

from pathlib import Path


def place_of(answer: str) -> Path:
    """A path, with `~` for one's home."""
    try:
        return Path(answer).expanduser()
    except RuntimeError:  # of somebody who is not known here
        return Path(answer)
