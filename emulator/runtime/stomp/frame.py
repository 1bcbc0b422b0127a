"""Frame: one unit of STOMP, and how it is written."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.runtime.stomp.escape import header_line
from emulator.runtime.stomp.version import Version

UNESCAPED = frozenset({"CONNECT", "CONNECTED"})
"""Frames whose headers are never escaped, so that a peer of version 1.0 can read them (STOMP 1.2, value encoding)."""


@dataclass(slots=True)
class Frame:
    """A command, its headers (of repeated ones the first) and its body. Never changed once it is made.

    Not declared frozen, because that would double what it costs to make one, and every message makes one.
    """

    command: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def encode(frame: Frame, version: Version) -> bytes:
    """The frame's bytes. A body gets its own `content-length`, whatever the headers say."""
    written = Version.V1_0 if frame.command in UNESCAPED else version
    lines = [header_line(name, value, written) for name, value in frame.headers.items() if name != "content-length"]
    if frame.body:
        lines.append(f"content-length:{len(frame.body)}")
    return "\n".join((frame.command, *lines)).encode() + b"\n\n" + frame.body + b"\0"
