"""Entry: one message on its way into a queue, and the outcome somebody waits for."""

import asyncio
import re
from hashlib import blake2b

from emulator.domain.errors import InvalidInput
from emulator.domain.integration import SQS_LIMIT
from emulator.domain.outcome import Outcome
from emulator.domain.ports import Message

_ID_LENGTH = 128
_ALLOWED = re.compile(r"[A-Za-z0-9!-/:-@\[-`{-~]{1,128}")
_FORBIDDEN = re.compile(r"[^A-Za-z0-9!-/:-@\[-`{-~]")
_UNTAKEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")
"""Characters that no body may have (SendMessage's reference); moto takes them."""


class Entry:
    """Waits in a backlog, then goes in one batch.

    `group` and `deduplication` are those of a FIFO queue. `together` marks a member of a barrier.
    """

    __slots__ = ("body", "deduplication", "future", "group", "queue_url", "size", "together")

    def __init__(
        self,
        *,
        queue_url: str,
        body: str,
        size: int,
        future: asyncio.Future[Outcome],
        group: str | None = None,
        deduplication: str = "",
        together: bool = False,
    ) -> None:
        self.queue_url = queue_url
        self.body = body
        self.size = size
        self.future = future
        self.group = group
        self.deduplication = deduplication
        self.together = together

    @property
    def over(self) -> bool:
        """Settled, or given up by whoever waited."""
        return self.future.done()

    def settle(self, outcome: Outcome) -> None:
        if not self.future.done():
            self.future.set_result(outcome)


def entry_of(message: Message, queue_url: str, *, fifo: bool, run: str, future: asyncio.Future[Outcome]) -> Entry:
    """Raises InvalidInput for a message that no queue takes.

    A FIFO queue tells messages apart by job, attempt and copy, so that a second attempt and a deliberate duplicate
    arrive, and what is sent again after a crash does not. `run` tells them from those of another run: the same seed
    gives the same jobs again, and a queue that has seen their ids within five minutes would swallow them silently. So
    it would what is replayed, which is recorded jobs and attempts however often.
    """
    body, size = _text(message.body)
    if size > SQS_LIMIT:
        raise InvalidInput(
            f"The message has {size:,} bytes and SQS takes {SQS_LIMIT:,} at most, whatever it includes left out; "
            "nothing was sent. Make the resource smaller, or send it to a webhook or a STOMP destination"
        )
    if (untaken := _UNTAKEN.search(body)) is not None:
        raise InvalidInput(
            f"The message has the character U+{ord(untaken[0]):04X}, which SQS does not take; nothing was sent. "
            "Send it to a webhook or a STOMP destination, or leave the character out"
        )
    together = message.barrier is not None
    if not fifo:
        return Entry(queue_url=queue_url, body=body, size=size, future=future, together=together)
    again = f".{message.replay}" if message.replay else ""
    return Entry(
        queue_url=queue_url,
        body=body,
        size=size,
        future=future,
        group=_identifier(message.resource),
        deduplication=_identifier(f"{message.job_id}.{message.attempt}.{message.copy}.{run}{again}"),
        together=together,
    )


def _text(body: bytes) -> tuple[str, int]:
    """A queue takes text alone: bytes that are none arrive as U+FFFD."""
    try:
        return body.decode(), len(body)
    except UnicodeDecodeError:
        text = body.decode(errors="replace")
        return text, len(text.encode())


def _identifier(name: str) -> str:
    """As SQS wants it: at most 128 characters, letters, digits and ASCII punctuation; no two names become the same."""
    if _ALLOWED.fullmatch(name):
        return name
    digest = blake2b(name.encode(errors="surrogatepass"), digest_size=16).hexdigest()
    readable = _FORBIDDEN.sub("-", name)[: _ID_LENGTH - len(digest) - 1]
    return f"{readable}-{digest}"
