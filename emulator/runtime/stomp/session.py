"""Session: one connection's side of the protocol, from CONNECT to DISCONNECT, without any I/O."""

from collections.abc import Callable, Mapping

from emulator.domain.errors import nearest
from emulator.runtime.stomp.access import Access
from emulator.runtime.stomp.destinations import Destinations
from emulator.runtime.stomp.escape import escape
from emulator.runtime.stomp.frame import Frame, encode
from emulator.runtime.stomp.headers import required
from emulator.runtime.stomp.heartbeat import HeartBeat
from emulator.runtime.stomp.heartbeat import agree as agree_on_heart_beat
from emulator.runtime.stomp.limits import Limits
from emulator.runtime.stomp.refusal import Refusal
from emulator.runtime.stomp.subscription import Outlet
from emulator.runtime.stomp.subscriptions import Subscriptions
from emulator.runtime.stomp.transaction import Answer, Transactions
from emulator.runtime.stomp.version import SPOKEN, Version
from emulator.runtime.stomp.version import agree as agree_on_version

Headers = Mapping[str, str]


class Session:
    """Frames in, frames out through the outlet. `version` is None until CONNECT has been accepted."""

    def __init__(
        self, *, id: str, server: str, access: Access, destinations: Destinations, limits: Limits, outlet: Outlet
    ) -> None:
        self.version: Version | None = None
        self.heart_beat = HeartBeat()
        self._id = id
        self._server = server
        self._access = access
        self._destinations = destinations
        self._limits = limits
        self._outlet = outlet
        self._transactions = Transactions(budget=destinations.budget, limits=limits)
        self._subscriptions: Subscriptions | None = None
        self._handlers: Mapping[str, Callable[[Headers, bytes], None]] = {
            "SEND": self._send,
            "SUBSCRIBE": self._subscribe,
            "UNSUBSCRIBE": self._unsubscribe,
            "ACK": self._ack,
            "NACK": self._nack,
            "BEGIN": self._begin,
            "COMMIT": self._commit,
            "ABORT": self._abort,
            "DISCONNECT": self._disconnect,
        }

    def receive(self, frame: Frame) -> None:
        """Does what the frame asks for, and then sends its receipt. Raises Refusal, after which only `end` is left."""
        headers = frame.headers
        if self._subscriptions is None:
            self._connect(frame)
            return
        receipt = headers.get("receipt")
        try:
            handler = self._handlers.get(frame.command)
            if handler is None:
                raise self._unknown(frame.command)
            handler(headers, frame.body)
        except Refusal as refusal:
            refusal.receipt = receipt
            raise
        if receipt is not None:
            assert self.version is not None
            self._outlet.write(b"RECEIPT\nreceipt-id:%b\n\n\0" % escape(receipt, self.version).encode())
        if frame.command == "DISCONNECT":
            self._outlet.finish()

    def pump(self) -> None:
        """Goes on with dispatching, after the outlet has become writable again."""
        if self._subscriptions is not None:
            self._subscriptions.pump()

    def end(self) -> None:
        """Lets go of everything: transactions are aborted, unacknowledged messages go back."""
        for transaction in self._transactions.end_all():
            self._put_back(transaction.answers)
        if self._subscriptions is not None:
            self._subscriptions.end()

    def error(self, refusal: Refusal) -> bytes:
        """The ERROR frame that ends the connection."""
        headers = {"message": refusal.message, "content-type": "text/plain"}
        if refusal.receipt is not None:
            headers["receipt-id"] = refusal.receipt
        if self.version is None:
            headers["version"] = SPOKEN
        return encode(Frame("ERROR", headers, refusal.detail.encode() + b"\n"), self.version or Version.V1_0)

    def _connect(self, frame: Frame) -> None:
        headers = frame.headers
        version = agree_on_version(headers.get("accept-version"))
        if version is Version.V1_0:
            # Its own examples have a space behind the colon; later versions forbid to trim.
            headers = {name.strip(): value.strip() for name, value in headers.items()}
        self._access.expect(headers.get("login"), headers.get("passcode"))
        if version is not Version.V1_0:
            self.heart_beat = agree_on_heart_beat(headers.get("heart-beat"), least_ms=self._limits.least_heart_beat_ms)
        self.version = version
        self._subscriptions = Subscriptions(
            destinations=self._destinations, limits=self._limits, version=version, outlet=self._outlet
        )
        answer = {
            "version": version,
            "session": self._id,
            "server": self._server,
            "heart-beat": self.heart_beat.header,
        }
        self._outlet.write(encode(Frame("CONNECTED", answer), version))

    def _send(self, headers: Headers, body: bytes) -> None:
        destination = required(headers, "destination", "SEND")
        message = self._destinations.compose(headers, body)
        transaction = headers.get("transaction")
        if transaction is None:
            self._destinations.publish(destination, message)
        else:
            self._destinations.expect(destination)
            self._transactions.send(transaction, destination, message)

    def _subscribe(self, headers: Headers, body: bytes) -> None:
        self._consuming.open(headers)

    def _unsubscribe(self, headers: Headers, body: bytes) -> None:
        self._consuming.close(headers)

    def _ack(self, headers: Headers, body: bytes) -> None:
        self._answer(headers, "ACK", accepted=True)

    def _nack(self, headers: Headers, body: bytes) -> None:
        if self.version is Version.V1_0:
            raise Refusal("Unexpected NACK", "STOMP 1.0 has no NACK; connect with accept-version:1.2")
        if "transaction" in headers and not self._destinations.behaviour.nack_in_transaction:
            raise Refusal("Unexpected NACK", "ActiveMQ takes no NACK in a transaction; send it without one")
        self._answer(headers, "NACK", accepted=False)

    def _answer(self, headers: Headers, command: str, *, accepted: bool) -> None:
        name = headers.get("transaction")
        transaction = None if name is None else self._transactions.get(name)
        subscription, messages = self._consuming.taken(headers, command)
        again = headers.get("requeue") != "false"
        answer = Answer(subscription, messages, accepted, again)
        if transaction is None:
            self._destinations.settle(answer)
        else:
            transaction.answers.append(answer)
            subscription.queue.dispatch()

    def _begin(self, headers: Headers, body: bytes) -> None:
        self._transactions.begin(required(headers, "transaction", "BEGIN"))

    def _commit(self, headers: Headers, body: bytes) -> None:
        transaction = self._transactions.end(required(headers, "transaction", "COMMIT"))
        try:
            self._destinations.publish_all(transaction.sends)
        except Refusal:
            self._put_back(transaction.answers)
            raise
        for answer in transaction.answers:
            self._destinations.settle(answer)

    def _abort(self, headers: Headers, body: bytes) -> None:
        self._put_back(self._transactions.end(required(headers, "transaction", "ABORT")).answers)

    def _disconnect(self, headers: Headers, body: bytes) -> None:
        self.end()

    def _put_back(self, answers: list[Answer]) -> None:
        """What was answered in a transaction that never happened is unacknowledged again."""
        for answer in answers:
            if answer.subscription.open:
                answer.subscription.put_back(answer.messages)
            else:
                answer.subscription.queue.put_back(answer.messages)

    @property
    def _consuming(self) -> Subscriptions:
        assert self._subscriptions is not None
        return self._subscriptions

    def _unknown(self, command: str) -> Refusal:
        if command in ("CONNECT", "STOMP"):
            return Refusal("Already connected", "this connection has been connected before")
        return Refusal("Unknown command", f"'{command[:40]}' is no command of STOMP{nearest(command, self._handlers)}")
