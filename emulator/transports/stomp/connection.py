"""Connection: one integration's way to its broker, opened when there is something to send, and again after it broke."""

import asyncio
import logging
from collections import deque
from time import perf_counter

from emulator.domain.errors import EmulatorError
from emulator.domain.integration import StompConfiguration
from emulator.domain.ports import BrokerHost
from emulator.transports.dialer import Dialer, DialError
from emulator.transports.stomp import words
from emulator.transports.stomp.address import origins_of
from emulator.transports.stomp.frames import connect_frame, send_frame, send_head
from emulator.transports.stomp.limits import Limits
from emulator.transports.stomp.news import News, Refusal
from emulator.transports.stomp.pause import Pause
from emulator.transports.stomp.route import routes_to
from emulator.transports.stomp.session import Session
from emulator.transports.stomp.window import Sending, Window

_log = logging.getLogger("emulator")


class Connection:
    """Hands messages to a session in their order, and their outcomes to whoever waits.

    Raises InvalidInput when the configuration could never be sent to.
    """

    def __init__(
        self, configuration: StompConfiguration, *, dialer: Dialer, broker: BrokerHost | None, limits: Limits
    ) -> None:
        self._configuration = configuration
        self._origins = origins_of(configuration)
        self._connect = connect_frame(configuration, round(limits.heart_beat * 1000))
        self._head = send_head(configuration.destination, "1.2")
        self._dialer = dialer
        self._broker = broker
        self._limits = limits
        self._loop = asyncio.get_running_loop()
        self._queue: deque[Sending] = deque()
        self._window = Window(limits.window)
        self._batch: list[bytes] = []
        self._to_be_written: deque[Sending] = deque()
        self._pause = Pause()
        self._opening: asyncio.Task[None] | None = None
        self._session: Session | None = None
        self._sessions: set[Session] = set()
        self._refusal: Refusal | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._look_at = self._used_at = 0.0
        self._retired = False

    @property
    def unused(self) -> bool:
        """Whether nothing is open, under way or waiting, so that it can be forgotten."""
        return not (self._sessions or self._queue or self._opening)

    def submit(self, sending: Sending) -> None:
        sending.started_at = perf_counter()
        self._queue.append(sending)
        if self._session is not None:
            self._hand_over()
        elif self._opening is None:
            self._open()

    def withdraw(self, sending: Sending) -> None:
        """Nobody waits for it any more. If it has left already, its receipt will mean nothing."""
        if self._window.leave(sending.receipt) is not None:
            self._hand_over()
            self._part_if_done()

    def retire(self) -> None:
        """Close as soon as nothing is under way."""
        self._retired = True
        self._part_if_done()

    async def aclose(self) -> None:
        """Take leave of the broker; what is still open fails."""
        if self._opening is not None:
            self._opening.cancel()
            await asyncio.wait({self._opening})
        self._fail(words.STOPPED, everything=True)
        self._part()
        if self._sessions:
            await asyncio.wait({session.over for session in self._sessions})

    # Opening a session.

    def _open(self) -> None:
        self._opening = self._loop.create_task(self._connected())

    async def _connected(self) -> None:
        try:
            await asyncio.sleep(self._pause.left(perf_counter()))
            session = await self._new_session()
        except EmulatorError as error:
            self._opening = None
            self._pause.failed(perf_counter())
            self._fail(error.sentence, everything=True)
        except Exception:
            self._opening = None
            _log.exception("connecting to a broker failed inside the emulator")
            self._fail("the emulator failed to connect; its log says why", everything=True)
        else:
            self._opening = None
            self._session, self._refusal, self._used_at = session, None, perf_counter()
            self._head = send_head(self._configuration.destination, session.version)
            self._hand_over()
            self._part_if_done()

    async def _new_session(self) -> Session:
        if self._broker is not None:
            await self._broker.ready(self._configuration)
        routes, failures = await routes_to(self._origins, self._dialer, self._limits.connect)
        if not routes:
            raise DialError(words.unconnected(failures))
        session = Session(routes, self._connect, failures=failures, limits=self._limits, owner=self)
        self._sessions.add(session)
        session.over.add_done_callback(lambda _: self._sessions.discard(session))
        await session.open()
        if session.over.done():
            raise DialError(words.lost(session.origin, words.CLOSED))
        return session

    # What the session tells.

    def told(self, session: Session, news: News) -> None:
        if session is not self._session:
            return
        now = perf_counter()
        for receipt in news.receipts:
            sending = self._window.leave(receipt)
            if sending is not None:
                sending.settle(now)
        if news.receipts:
            self._pause.worked()
        while self._to_be_written and self._to_be_written[0].stands_at <= news.written:
            self._to_be_written.popleft().left()
        for refusal in news.refusals:
            sending = self._window.leave(refusal.receipt)
            if sending is not None:
                sending.settle(now, words.answered(refusal.words))
            if self._refusal is None:
                # A broker closes after an ERROR, or should; what it took before that can still be told apart.
                self._refusal = refusal
                session.leave()
        self._hand_over()
        self._part_if_done()

    def ended(self, session: Session, why: str) -> None:
        if session is not self._session:
            return
        self._session = None
        self._pause.failed(perf_counter())
        sentence = words.lost(session.origin, why)
        if self._refusal is not None:
            sentence = words.lost_after_error(session.origin, self._refusal, left=len(self._window))
        self._fail(sentence)
        if self._queue:
            self._open()

    # Handing over.

    def _hand_over(self) -> None:
        """As many as the window takes. What comes in one step of the loop is written in one piece."""
        session = self._session
        if session is None or self._refusal is not None:
            return
        now = perf_counter()
        while self._queue and not self._window.full:
            sending = self._queue.popleft()
            if sending.over:
                continue
            self._used_at = now
            receipt = self._window.enter(sending, now)
            if not self._batch:
                self._loop.call_soon(self._flush)
            self._batch.append(send_frame(self._head, receipt, sending.body))
            if sending.written is not None:
                sending.stands_at = self._flush(tell=True)
                self._to_be_written.append(sending)
        oldest = self._window.oldest
        if oldest is not None:
            self._look_by(oldest.started_at + self._limits.receipt)
        else:
            self._look_by(self._used_at + self._limits.idle)

    def _flush(self, *, tell: bool = False) -> int:
        batch, self._batch = self._batch, []
        if not batch or self._session is None:
            return 0
        return self._session.write(b"".join(batch), tell=tell)

    def _fail(self, sentence: str, *, everything: bool = False) -> None:
        """What has left, and with `everything` what waits to."""
        now = perf_counter()
        failed = self._window.clear()
        if everything:
            failed += self._queue
            self._queue.clear()
        self._batch.clear()
        self._to_be_written.clear()
        for sending in failed:
            sending.settle(now, sentence)

    def _part(self) -> None:
        """Leave the session to itself; the next message opens another."""
        session, self._session = self._session, None
        self._batch.clear()
        if session is not None:
            session.leave()
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _part_if_done(self) -> None:
        if self._retired and not self._queue and not len(self._window):
            self._part()

    # Time.

    def _look_by(self, when: float) -> None:
        """One timer for all messages: a timer for each would cost every send."""
        if self._timer is None or self._look_at > when:
            if self._timer is not None:
                self._timer.cancel()
            self._look_at = when
            self._timer = self._loop.call_later(max(when - perf_counter(), 0), self._look)

    def _look(self) -> None:
        self._timer = None
        session, now = self._session, perf_counter()
        if session is None:
            return
        late = [sending for sending in self._window if now - sending.started_at >= self._limits.receipt]
        for sending in late:
            self._window.leave(sending.receipt)
            sending.settle(now, words.late(session.origin, self._limits.receipt))
        if late and session.stuck:
            session.stop()
            self.ended(session, words.STALLED)
        elif not len(self._window) and now - self._used_at >= self._limits.idle:
            self._part()
            return
        self._hand_over()
