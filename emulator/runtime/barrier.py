"""Barrier: holds answers back until every request of a group is written."""

import asyncio


class WrittenBarrier:
    """For `members` sends; opens when every one has written its request, or has left."""

    def __init__(self, members: int) -> None:
        self._missing = members
        self._open = asyncio.Event()

    def place(self) -> "Place":
        """One member's own part in it."""
        return Place(self)

    def count_off(self) -> None:
        self._missing -= 1
        if self._missing <= 0:
            self._open.set()

    async def opened(self) -> None:
        await self._open.wait()


class Place:
    """Counts once, however often it is told."""

    def __init__(self, barrier: WrittenBarrier) -> None:
        self._barrier = barrier
        self._counted = False

    async def written(self) -> None:
        self.leave()
        await self._barrier.opened()

    def leave(self) -> None:
        """This member has written, or never will: nobody waits for it any longer."""
        if not self._counted:
            self._counted = True
            self._barrier.count_off()
