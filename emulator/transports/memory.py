"""Memory: a transport that delivers to a function. A peer of the real ones, for tests."""

import asyncio
from collections.abc import Awaitable, Callable

from emulator.domain.outcome import Outcome
from emulator.domain.ports import Message

Answering = Callable[[Message], Outcome | Awaitable[Outcome]]


class MemoryTransport:
    """`sent` are its messages in the order of sending, where it is to `keep` them; `answer` decides, without it all
    succeed."""

    def __init__(self, answer: Answering | None = None, *, keep: bool = True) -> None:
        self.sent: list[Message] = []
        self._answer = answer
        self._keep = keep

    async def send(self, message: Message) -> Outcome:
        """What `answer` says. What it raises is the test's own, and passes through."""
        if self._keep:
            self.sent.append(message)
        if message.barrier is None:
            return await self._answered(message)
        outcome, _ = await asyncio.gather(self._answered(message), message.barrier.written())
        return outcome

    async def _answered(self, message: Message) -> Outcome:
        if self._answer is None:
            return Outcome(succeeded=True, status=200)
        outcome = self._answer(message)
        return outcome if isinstance(outcome, Outcome) else await outcome

    async def aclose(self) -> None:
        """Nothing is held open; `sent` stays readable."""
