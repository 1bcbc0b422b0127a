"""ApiFaults: what becomes of each call to the provider's API, told to everybody who watches."""

import logging
import re
import time
from collections.abc import Callable
from urllib.parse import quote

from emulator.core.misbehaviour import Verdict
from emulator.core.record_data import fault_data
from emulator.domain.record import RecordKind
from emulator.runtime.parts import Parts

_log = logging.getLogger("emulator.api")
_UNSAFE = re.compile(r"[^ -~]+")
"""What callers may put into a path and no terminal is to be told: it is written as in the URL."""


def _wall() -> int:
    return time.monotonic_ns() // 1_000


class ApiFaults:
    """Limits and latencies are wall time under every clock: callers wait, give up and come again by theirs."""

    def __init__(self, parts: Parts, clock: Callable[[], int] = _wall) -> None:
        self._parts = parts
        self._clock = clock

    def verdict(self, method: str, path: str) -> Verdict:
        """What the rules make of this call, journalled where they do anything to it."""
        parts = self._parts
        verdict = parts.misbehaviour.judge(parts.dispatcher.planner, method, path, self._clock(), at=parts.clock.now())
        if verdict.faults:
            call = _UNSAFE.sub(lambda found: quote(found[0], errors="replace"), verdict.call)
            text = f"{call}: " + ", ".join(f"{note.detail} ({note.rule})" for note in verdict.faults)
            _log.info("%s", text)
            if parts.journal.healthy:
                note = parts.note(
                    RecordKind.CALL,
                    call=call,
                    status=verdict.status,
                    late=verdict.late,
                    faults=fault_data(verdict.faults),
                    text=text,
                )
                parts.engine.journal([note])
        return verdict
