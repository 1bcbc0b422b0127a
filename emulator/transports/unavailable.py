"""Unavailable: stands in for a kind of delivery that this version does not have, and says so."""

from emulator.domain.integration import IntegrationType
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Message


class UnavailableTransport:
    """Fails every attempt with a sentence: such an integration can be registered, but is never silent."""

    def __init__(self, kind: IntegrationType) -> None:
        self._error = (
            f"Delivery to {kind.value} is not built yet in this version of the emulator; "
            f"register an integration of type {IntegrationType.WEBHOOK.value} to see this event delivered"
        )

    async def send(self, message: Message) -> Outcome:
        if message.barrier is not None:
            await message.barrier.written()
        return Outcome(succeeded=False, error=self._error)

    async def aclose(self) -> None:
        """Nothing is held open."""
