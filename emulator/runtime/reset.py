"""Reset: back to the beginning."""

import secrets
from collections.abc import Mapping
from typing import Any

from emulator.domain.record import RecordKind, Transaction
from emulator.runtime.by_hand import PAUSED, saved_pauses
from emulator.runtime.chaos import CHAOS, RuleSet
from emulator.runtime.clocks import VirtualClock
from emulator.runtime.engine import COUNTS
from emulator.runtime.kept_ports import PORTS
from emulator.runtime.parts import Parts
from emulator.runtime.recovery import recover

SEED = "seed"
"""Where the journal keeps the seed."""
BASE_URL = "base_url"
"""Where it keeps the address that links, and the source of CloudEvents, begin with."""
CLOCK = "clock"
"""Where it keeps which clock was last asked for."""
RUN = "run"
"""Where it keeps a word that no other beginning has: with one seed, everything else may be the same again."""


async def reset(parts: Parts, *, keep_integrations: bool, rewind: bool = False) -> Mapping[str, int]:
    """Erases everything that happened; answers with how much of what. Within a turn.

    With `rewind` a virtual clock begins again too, so that the same commands come to the same bytes as the first time.

    Raises JournalUnwritable, and then everything goes on as before.
    """
    parts.require_journal()
    kept = parts.registry.all() if keep_integrations else []
    fresh = RuleSet.of(parts.chaos.profile)
    async with parts.engine.grounded():
        parts.dispatcher.clear()
        before = parts.clock.now(), parts.scribe.last_at
        if rewind:
            _begin_at(parts, parts.settings.clock.start, 0)
        note = parts.note(RecordKind.CONTROL, what="reset")
        meta = {CHAOS: parts.chaos.saved(fresh), RUN: new_run()}
        beginning = Transaction(records=(note,), integrations=tuple(kept), meta=meta)
        try:
            erased = await parts.journal.erase(keep_meta=(SEED, PORTS, BASE_URL, CLOCK), then=beginning)
        except BaseException:
            if rewind:
                _begin_at(parts, *before)
            parts.journal_all(recover(parts.journal, parts.dispatcher, parts.registry, parts.clock.now()))
            raise
        for key in parts.dispatcher.paused:
            parts.dispatcher.resume(key)
        parts.dispatcher.planner.forget_counts()
        parts.chaos.put(fresh)
        parts.journal.append(Transaction(meta=parts.engine.unsaved()))
        parts.misbehaviour.clear()
        if rewind:
            parts.acceptance.begin_again()
        parts.lagging.clear()
        parts.loops.clear()
        parts.registry.clear()
        for integration in kept:
            parts.registry.put(integration)
    return {
        "events": erased.events,
        "deliveries": erased.deliveries,
        "attempts": erased.attempts,
        "resources": erased.resources,
        "integrations": erased.integrations - len(kept),
    }


def _begin_at(parts: Parts, now: int, last_record_at: int) -> None:
    """Time as it was then; a clock that runs by itself is not asked."""
    if isinstance(parts.clock, VirtualClock):
        parts.clock.begin_at(now)
        parts.scribe.last_at = last_record_at


def news_of_start(parts: Parts) -> dict[str, Any]:
    """What the journal does not know yet of how it was started: what whoever reads it later asks for."""
    journal, seed = parts.journal, parts.settings.seed
    news: dict[str, Any] = {}
    if journal.meta(SEED) != seed or journal.meta(RUN) is None:
        news |= {SEED: seed, RUN: new_run()}
    if journal.meta(BASE_URL) != parts.settings.base_url:
        news[BASE_URL] = parts.settings.base_url
    mode = parts.settings.clock.mode
    if journal.meta(CLOCK) != mode:
        news[CLOCK] = mode.value
    pauses = saved_pauses(parts.dispatcher.paused)
    if journal.meta(PAUSED) != pauses[PAUSED]:
        news |= pauses
    rules = parts.chaos.saved(parts.chaos.rules)
    if journal.meta(CHAOS) != rules:
        news[CHAOS] = rules
    counts = parts.engine.unsaved()
    return news if journal.meta(COUNTS) == counts.get(COUNTS) else {**news, **counts}


def new_run() -> str:
    return secrets.token_hex(6)
