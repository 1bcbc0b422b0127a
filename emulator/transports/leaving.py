"""Leaving: members of a barrier that will never write tell it so, and wait for nobody."""

import asyncio

from emulator.domain.ports import Barrier


class Leaving:
    """Whoever leaves does so in the background: the barrier answers only when all the others have written."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def leave(self, barrier: Barrier | None) -> None:
        """Without a barrier there is nothing to leave."""
        if barrier is None:
            return
        task = asyncio.get_running_loop().create_task(barrier.written())
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def aclose(self) -> None:
        """Ends what still waits."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
