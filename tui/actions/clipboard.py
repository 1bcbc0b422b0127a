"""Clipboard: whether a terminal can be trusted to take what is copied, which it never answers to."""

from collections.abc import Mapping

MOST = 74_994
"""Bytes that every terminal takes which takes any: 100,000 of base64 with what is around them."""


def is_doubtful(environ: Mapping[str, str], size: int) -> bool:
    """Whether a text of so many bytes may not arrive, so that it has to be shown as well.

    Terminals that ignore OSC 52, tmux and screen, which keep it to themselves unless told otherwise, and long texts.
    """
    term = environ.get("TERM", "")
    return (
        size > MOST
        or environ.get("TERM_PROGRAM") == "Apple_Terminal"
        or bool(environ.get("VTE_VERSION") or environ.get("TMUX") or environ.get("STY"))
        or term in ("", "dumb", "linux", "vt100")
        or term.startswith("screen")
    )
