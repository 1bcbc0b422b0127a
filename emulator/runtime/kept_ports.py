"""Kept ports: where the servers for queues listened last, so that a receiver's configuration stays right."""

from emulator.domain.record import Transaction
from emulator.runtime.journal import Journal

PORTS = "ports"
"""Where the journal keeps them."""


class KeptPorts:
    """Ports by the name of their server. What is kept is durable a moment later; nobody waits for it."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._ports: dict[str, int] = dict(journal.meta(PORTS) or {})

    def move_to(self, journal: Journal) -> None:
        """What changes from now on is kept there."""
        self._journal = journal

    def get(self, server: str) -> int | None:
        return self._ports.get(server)

    def keep(self, server: str, port: int) -> None:
        if self._ports.get(server) != port:
            self._ports[server] = port
            self._journal.append(Transaction(meta={PORTS: dict(self._ports)}))
