"""Stillness: whether the receivers have come to rest, so that virtual time may move."""

import asyncio
import shlex
import subprocess
import time
from collections.abc import Callable

from emulator.domain.integration import IntegrationType
from emulator.runtime.queues import Queues

_PATIENCE = 5.0  # wall seconds in which nothing gets less
_FIRST_LOOK = 0.002
_LAST_LOOK = 0.05
_RECEIVER = "the receiver"


class Stillness:
    """They are at rest when nobody who takes from a queue of ours has anything left in it, and `idle_command` (if there
    is one) succeeds. A queue from which nobody takes is nobody's work.

    Who does not come to rest is waited for as long as something gets less, and for some seconds more. Then people are
    told, and time goes on without it until it has come to rest.
    """

    def __init__(self, queues: Queues, idle_command: str | None, notice: Callable[[str], None]) -> None:
        self._queues = queues
        self._idle_command = idle_command
        self._notice = notice
        self._queues_stirred = self._receiver_stirred = False
        self._given_up: set[str] = set()

    def stir(self, kind: IntegrationType) -> None:
        """Something was sent."""
        self._receiver_stirred = self._idle_command is not None
        self._queues_stirred = self._queues_stirred or kind is not IntegrationType.WEBHOOK

    @property
    def stirred(self) -> bool:
        """Whether there is anybody who may not be at rest."""
        return self._queues_stirred or self._receiver_stirred

    async def reached(self) -> bool:
        """Waits for it; False when time passed over that, in which something else may have happened."""
        at_once = True
        left: dict[str, int] = {}
        wait, last_change = _FIRST_LOOK, time.monotonic()
        while busy := await self._busy():
            if busy != left:
                left, wait, last_change = busy, _FIRST_LOOK, time.monotonic()
            elif time.monotonic() - last_change > _PATIENCE:
                self._give_up(busy)
                break
            at_once = False
            await asyncio.sleep(wait)
            wait = min(2 * wait, _LAST_LOOK)
        return at_once

    async def _busy(self) -> dict[str, int]:
        """Who has how much left to do."""
        found: dict[str, int] = {}
        if self._queues_stirred:
            found = await self._queues.in_hand()
            self._queues_stirred = bool(found)
        if self._receiver_stirred:
            self._receiver_stirred = not await asyncio.to_thread(self._receiver_is_idle)
            found |= {_RECEIVER: 1} if self._receiver_stirred else {}
        self._given_up &= set(found)
        return {name: count for name, count in found.items() if name not in self._given_up}

    def _receiver_is_idle(self) -> bool:
        assert self._idle_command is not None
        try:
            words = shlex.split(self._idle_command)
            done = subprocess.run(  # noqa: S603  the user's
                words, capture_output=True, timeout=_PATIENCE, check=False, process_group=0
            )
        except (OSError, ValueError, subprocess.TimeoutExpired):
            return False
        return done.returncode == 0

    def _give_up(self, busy: dict[str, int]) -> None:
        self._given_up |= set(busy)
        for name, count in busy.items():
            if name == _RECEIVER:
                what = "The receiver is not idle by its own command"
            else:
                what = f"The queue {name} still has work for those who take from it ({count} left)"
            self._notice(
                f"{what}, and nothing has changed for {_PATIENCE:.0f} s of wall time; virtual time goes on without "
                "waiting for it"
            )
