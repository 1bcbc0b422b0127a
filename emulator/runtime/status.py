"""Status: one look at everything that has a number or a name."""

from typing import TYPE_CHECKING, Any

from emulator.runtime.reset import RUN

if TYPE_CHECKING:
    from emulator.runtime.emulator import Emulator


def status_of(emulator: "Emulator") -> dict[str, Any]:
    """Times and durations in microseconds. `run` is a word that no other beginning has, not even with the same seed."""
    settings = emulator.settings
    clock = emulator.clock_state()
    return {
        "ready": True,
        "healthy": emulator.healthy,
        "saved": settings.saved is not None,
        **({} if settings.saved is None else {"file": str(settings.saved)}),
        "run": emulator.journal.meta(RUN),
        "seed": settings.seed,
        "profile": emulator.profile,
        "rules": sum(rule.enabled for rule in emulator.rules()),
        "rate_limit": None if settings.rate_limit is None else settings.rate_limit.describe(),
        "consistency_lag": settings.consistency_lag,
        "clock": clock.mode.value,
        "speed": clock.speed,
        "now": clock.now,
        "next_due": clock.next_due,
        "pending": clock.pending,
        "held": len(emulator.parts.dispatcher.holdings),
        "paused": emulator.paused(),
        "traffic": emulator.traffic.running,
        "integrations": len(emulator.integrations()),
        "store_id": emulator.store_id,
        "org_id": emulator.org_id,
    }
