"""Session: all that the dashboard knows of one server, told by the feed and asked by the screens."""

import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from emulator.domain.moment import parse_instant
from emulator.domain.record import Record, RecordKind
from tui.link import Link
from tui.model.filter import Filter
from tui.model.harmless import harmless
from tui.model.reel import Reel
from tui.model.resources import Resources
from tui.model.row import Row
from tui.model.statistics import Clocks, Statistics
from tui.model.view import View
from tui.model.window import Window

_NOTICES = 100


class Notice(NamedTuple):
    """Something that people should hear of. `at` is emulated microseconds, None for what the dashboard itself says."""

    text: str
    at: int | None = None
    trouble: bool = False


class Session:
    """The feed's listener. What has to be asked for again, because a record said that it changed, is in `stale`."""

    def __init__(self, window: Window | None = None) -> None:
        self.window = window or Window()
        self.view = View(self.window)
        self.link = Link.CONNECTING
        self.link_text = ""
        self.status: Mapping[str, Any] = {}
        self.integrations: Mapping[str, Mapping[str, Any]] = {}
        self.chaos: Mapping[str, Any] = {}
        self.notices: deque[Notice] = deque(maxlen=_NOTICES)
        self.unread: deque[Notice] = deque(maxlen=_NOTICES)
        self.stale: set[RecordKind] = set()
        self.statistics = Statistics()
        self.resources = Resources(self.window)
        self.reel: Reel | None = None  # of a saved journal
        self.missed = 0
        self.garbage = 0
        self.begun = 0  # how often everything has begun anew
        self.filter: Filter | None = None
        self.bodies: dict[str, set[int]] = {}  # which deliveries' bodies hold a text, as far as the server was asked

    def transport(self, integration: str) -> str:
        """How this integration is delivered to; empty where it is not known (it is gone, or was not asked for yet)."""
        known = self.integrations.get(integration)
        return "" if known is None else str(known.get("integration_type", ""))

    def in_body(self, text: str, number: int) -> bool:
        """Whether the server has found this text in a body of the delivery."""
        return number in self.bodies.get(text, ())

    def clocks(self) -> Clocks:
        """What time it is, by both clocks; of a saved journal, the moment that is shown."""
        if self.reel is not None:
            return Clocks(emulated=self.reel.at, wall=self.reel.at)
        wall = wall_now()
        if self.status.get("clock") == "real":
            return Clocks(emulated=wall, wall=wall)
        said = self.status.get("now")
        return Clocks(emulated=max(self.window.now, parse_instant(str(said)) if said else 0), wall=wall)

    def look_for(self, wanted: Filter | None) -> None:
        """Another filter for the view; None, and an empty one, show everything."""
        self.filter = None if wanted is None or wanted.empty else wanted
        texts = self.filter.texts if self.filter is not None else frozenset()
        self.bodies = {text: self.bodies.get(text, set()) for text in texts}
        self.view.look_for(self.matches if self.filter is not None else None)

    def matches(self, row: Row) -> bool:
        """Whether the filter shows it."""
        return self.filter is None or self.filter.matches(row, self)

    def say(self, text: str, *, at: int | None = None, trouble: bool = False) -> None:
        """Something for people to hear, once, and to read again."""
        notice = Notice(harmless(text), at, trouble)
        self.notices.append(notice)
        self.unread.append(notice)

    # The feed's listener

    def linked(self, link: Link, text: str = "") -> None:
        if link is Link.DOWN and self.link is not Link.DOWN:
            self.say(text, trouble=True)
        elif self.link is Link.DOWN and link in (Link.LIVE, Link.LOADING):
            self.say("The emulator answers again")
        self.link, self.link_text = link, text

    def started_over(self, status: Mapping[str, Any]) -> None:
        self.status = status
        self.reel = Reel(self.window) if status.get("saved") else None
        self._clear()

    def told(self, records: Sequence[Record], *, past: bool = False) -> None:
        wall = wall_now()
        if self.reel is not None and not self.reel.at_end:
            self.reel.to(len(self.reel))
        for record in records:
            try:
                self._tell(record, wall, past)
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                self.garbled(f"record {record.seq} of the feed lacks something: {error}")

    def lagged(self, why: str) -> None:
        self.missed += 1
        self.say("The feed was faster than this dashboard; the newest deliveries are being read again", trouble=True)

    def garbled(self, sentence: str) -> None:
        self.garbage += 1
        if self.garbage == 1:
            self.say(f"Something in the feed could not be read, and was passed over: {sentence}", trouble=True)

    def wants_older(self) -> bool:
        return len(self.window.rows) < self.window.capacity

    def _tell(self, record: Record, wall: int, past: bool) -> None:
        kind = record.kind
        if kind is RecordKind.CONTROL and record.data.get("what") == "reset":
            self._clear()
        change = self.window.tell(record)
        if self.reel is not None:
            self.reel.tell(change)
        elif change.event_before is None or kind is not RecordKind.EVENT:  # a page of the past may show one again
            self.statistics.tell(record, change.before, change.after, wall, past=past)
        if kind in (RecordKind.CONTROL, RecordKind.CHAOS, RecordKind.INTEGRATION):
            self.stale.add(kind)
        elif kind is RecordKind.NOTICE:
            text = str(record.data.get("text", ""))
            if past or self.reel is not None:
                self.notices.append(Notice(harmless(text), record.at))
            else:
                self.say(text, at=record.at)

    def _clear(self) -> None:
        self.begun += 1
        self.window.clear()
        self.statistics = Statistics()
        self.resources.clear()
        if self.reel is not None:
            self.reel.clear()
        self.look_for(self.filter)
        self.stale.update((RecordKind.CONTROL, RecordKind.CHAOS, RecordKind.INTEGRATION))


def wall_now() -> int:
    """Microseconds since the epoch, by the clock on the wall."""
    return time.time_ns() // 1_000
