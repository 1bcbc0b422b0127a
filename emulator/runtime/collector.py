"""Collector: how often the process looks for garbage that only a search finds."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager

_MANY = 100_000  # objects
_YOUNG = 20_000  # objects more than at the last look; by default 700, of which a delivery makes dozens


def spare_from_collector() -> None:
    """Lets the garbage collector hold up sends less: for a process that is ready and does nothing but serve.

    What is there never becomes garbage, and a full collection looked at all of it, for 30 ms in which no send left.
    What comes is freed without it, but for the rare cycle, and looking for those took a twentieth of the time.
    """
    gc.freeze()
    gc.set_threshold(_YOUNG)


@contextmanager
def not_looking() -> Iterator[None]:
    """While something large is made that leaves nothing to find, as a schedule: looking took a sixth of the time.

    Afterwards what is many counts as old, or all of it would be looked at as soon as looking begins again.
    """
    was_looking = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_looking:
            # A server keeps what it has frozen; to ask whether there is something takes as long as there is much.
            if gc.get_count()[0] > _MANY and not gc.get_freeze_count():
                gc.freeze()
                gc.unfreeze()
            gc.enable()
