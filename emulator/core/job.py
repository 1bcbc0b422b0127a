"""Job: a delivery that is not over, as the dispatcher keeps it."""

from dataclasses import dataclass, field

from emulator.domain.delivery import DeliveryKey, DeliveryState, Send
from emulator.domain.event import Event

_SENDING, _WAITING = DeliveryState.SENDING, DeliveryState.WAITING


@dataclass(slots=True)
class Job:
    """One delivery and what is still to come of it.

    `attempt` is the latest attempt planned, `lost` how many acknowledgements got lost on purpose. `planned` holds
    the sends that have not left, by attempt and copy, as they are to be made; `flying` counts the ones that have.
    `follows` is the job of which it is a copy, where that was held when both were planned: it goes when that goes.
    """

    number: int
    key: DeliveryKey
    job_id: str
    event: Event
    state: DeliveryState = DeliveryState.PLANNED
    attempt: int = 1
    lost: int = 0
    planned: dict[tuple[int, int], Send] = field(default_factory=dict)
    flying: int = 0
    follows: int | None = None

    @property
    def pending(self) -> int:
        """Sends that have not ended."""
        return len(self.planned) + self.flying

    def plans(self, send: Send) -> bool:
        """Whether this send is still to be made as it is."""
        return self.planned.get((send.attempt, send.copy)) is send

    @property
    def under_way(self) -> bool:
        """Whether its original has left and decides yet, or is to leave again."""
        return self.state is _SENDING or self.state is _WAITING

    @property
    def replayed(self) -> bool:
        """Whether it was recorded: what was retried then is in the recording, and nothing else is."""
        return self.event.recorded is not None

    @property
    def over(self) -> bool:
        return not self.flying and not self.planned and self.state.final
