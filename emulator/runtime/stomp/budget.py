"""Budget: the memory that everything kept by the broker shares."""

from emulator.runtime.stomp.limits import MIB
from emulator.runtime.stomp.refusal import Refusal


class Budget:
    """How many bytes are kept, and how many may be."""

    __slots__ = ("limit", "used")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.used = 0

    def fits(self, size: int) -> bool:
        """Whether that many bytes more may be kept."""
        return self.used + size <= self.limit

    def take(self, size: int) -> None:
        """Counts bytes that are kept from now on. Raises Refusal when there is no room for them."""
        if not self.fits(size):
            raise Refusal(
                "Broker is full",
                f"the broker holds {self.used / MIB:.1f} MB of messages and unfinished frames, and may hold "
                f"{self.limit / MIB:.1f} MB; consume or purge its queues",
            )
        self.used += size

    def give(self, size: int) -> None:
        """Counts bytes that are no longer kept."""
        self.used -= size
