"""Transaction: sends and acknowledgements that happen together or not at all."""

from dataclasses import dataclass, field

from emulator.domain.errors import nearest
from emulator.runtime.stomp.budget import Budget
from emulator.runtime.stomp.limits import MIB, Limits
from emulator.runtime.stomp.message import Message
from emulator.runtime.stomp.refusal import Refusal
from emulator.runtime.stomp.subscription import Subscription


@dataclass(frozen=True, slots=True)
class Answer:
    """What a client said of messages: acknowledged, or not, and then whether they may be delivered again."""

    subscription: Subscription
    messages: list[Message]
    accepted: bool
    again: bool = True


@dataclass(slots=True)
class Transaction:
    """What has been asked for since BEGIN. `size` is the bytes of its sends."""

    sends: list[tuple[str, Message]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    size: int = 0


class Transactions:
    """The open transactions of one connection, by the client's names for them."""

    def __init__(self, *, budget: Budget, limits: Limits) -> None:
        self._budget = budget
        self._limits = limits
        self._open: dict[str, Transaction] = {}
        self._size = 0

    def begin(self, name: str) -> None:
        """Opens one. Raises Refusal when it is open already, or one too many."""
        if name in self._open:
            raise Refusal("Transaction already begun", f"the transaction '{name}' is open already")
        if len(self._open) >= self._limits.transactions:
            raise Refusal(
                "Too many transactions",
                f"a connection may have {self._limits.transactions} open transactions; commit or abort one first",
            )
        self._open[name] = Transaction()

    def get(self, name: str) -> Transaction:
        """An open one. Raises Refusal when there is none of this name."""
        try:
            return self._open[name]
        except KeyError:
            raise Refusal(
                "Unknown transaction",
                f"no transaction '{name}' is open on this connection{nearest(name, self._open)}",
            ) from None

    def send(self, name: str, destination: str, message: Message) -> None:
        """Keeps a message until the transaction ends. Raises Refusal when there is no room for it."""
        transaction = self.get(name)
        if self._size + message.size > self._limits.transaction_bytes:
            raise Refusal(
                "Transaction too large",
                f"open transactions of a connection may hold {self._limits.transaction_bytes / MIB:.1f} MB",
            )
        self._budget.take(message.size)
        self._size += message.size
        transaction.size += message.size
        transaction.sends.append((destination, message))

    def end(self, name: str) -> Transaction:
        """Takes one out, with its memory given back. Raises Refusal when there is none of this name."""
        transaction = self.get(name)
        del self._open[name]
        self._budget.give(transaction.size)
        self._size -= transaction.size
        return transaction

    def end_all(self) -> list[Transaction]:
        """Takes all of them out."""
        return [self.end(name) for name in tuple(self._open)]
