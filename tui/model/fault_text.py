"""Fault text: what chaos did to a delivery, in a few words."""

import re
from collections.abc import Iterable

from emulator.domain.delivery import FaultNote
from tui.model.harmless import harmless

_SHORT = (
    ("delay", re.compile(r"(\S+) late"), "delay +{}"),
    ("reorder", re.compile(r"shifted by (\S+)"), "reorder +{}"),
    ("duplicate", re.compile(r"sent (\d+) times"), "duplicate ×{}"),
    ("secret", re.compile(r"(\w+) in the"), "secret {}"),
    ("connection", re.compile(r"(reset) in the middle"), "connection {}"),
    ("connection", re.compile(r"(closed) "), "connection {}"),
)


def fault_text(faults: Iterable[FaultNote], *, ascii_only: bool = False) -> str:
    """`delay +38s, reorder`: each once, in the order in which they acted."""
    text = ", ".join(dict.fromkeys(map(_short, faults)))
    return text.replace("×", "x") if ascii_only else text


def _short(note: FaultNote) -> str:
    for fault, detail, said in _SHORT:
        if fault == note.fault and (found := detail.match(note.detail)):
            return said.format(found[1])
    return harmless(note.fault)
