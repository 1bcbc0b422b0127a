"""Desk: what every screen works with: the session, the server, and what was asked for on the command line."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from typing import Any

from emulator.domain.record import RecordKind
from tui.client import Client
from tui.session import Session


@dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """`ascii_only` is for terminals that show nothing else. Methods raise what the client raises."""

    client: Client
    session: Session
    ascii_only: bool = False

    @property
    def saved(self) -> bool:
        """Whether this is a saved journal, which can be looked at and not changed."""
        return bool(self.session.status.get("saved"))

    @property
    def zone(self) -> tzinfo | None:
        """The zone to show times in: this machine's (None) for a real clock, UTC for an emulated one."""
        return None if self.session.status.get("clock") == "real" else UTC

    @property
    def moment(self) -> int | None:
        """The record that is the newest at the moment of a saved journal that is shown; None at its end, and live."""
        reel = self.session.reel
        return None if reel is None or reel.at_end else self.session.window.seq

    async def look(self) -> None:
        """Reads anew what has a number (status), and whatever records said has changed."""
        session = self.session
        session.status = await self.client.status()
        stale, session.stale = session.stale, set()
        try:
            if RecordKind.INTEGRATION in stale:
                session.integrations = _by_key((await self.client.get("integrations"))["data"])
            if stale & {RecordKind.CHAOS, RecordKind.CONTROL}:
                session.chaos = await self.client.get("chaos")
        except BaseException:
            session.stale |= stale
            raise


def _by_key(documents: Sequence[Mapping[str, Any]]) -> Mapping[str, Mapping[str, Any]]:
    return {str(document["key"]): document for document in documents}
