"""Answer: turns the bytes of an HTTP/1 answer into a status and a body. Does no I/O."""

import re
from enum import Enum

from httptools import HttpParserError, HttpParserUpgrade, HttpResponseParser

BODY_KEPT = 64 * 1024
"""Bytes of a body that are stored; what comes after is counted and forgotten."""

BODY_READ = 1024 * 1024
"""Bytes of an answer that are read at all. A longer one is cut off and judged by its status [ours]."""

HEAD_READ = 64 * 1024
"""Bytes of an answer's head, informational (1xx) ones before it included."""

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_INTERIM = re.compile(rb"HTTP/\d\.\d 1(?!01)")
_LENGTH_KNOWN = re.compile(rb"^(?:content-length[ \t]*:|transfer-encoding[ \t]*:[^\r\n]*chunked)", re.I | re.M)


class Progress(Enum):
    """What is known after some bytes. Everything but MORE is final."""

    MORE = "more"
    COMPLETE = "complete"
    CUT = "cut off by us: long enough to judge"
    GARBAGE = "not HTTP"
    ENDLESS_HEAD = "a head without end"
    TRUNCATED = "ended in the middle"
    NOTHING = "ended before the first byte"


class Answer:
    """One answer after another on one connection; `reset` before each.

    Only the callbacks defined here cost time: headers are not asked for, since an outcome needs none.
    """

    __slots__ = (
        "_body",
        "_done",
        "_head",
        "_head_done",
        "_keep",
        "_parser",
        "_received",
        "_surplus",
        "status",
    )

    def __init__(self) -> None:
        self._parser = HttpResponseParser(self)
        # A receiver made of `nc` and `echo` ends its lines with LF alone.
        self._parser.set_dangerous_leniencies(lenient_optional_cr_before_lf=True)
        self.reset()

    def reset(self) -> None:
        self.status: int | None = None
        self._body: bytearray | None = None
        self._head = b""
        self._head_done = self._done = self._keep = self._surplus = False
        self._received = 0

    @property
    def body(self) -> str:
        """What is kept of the body, as text; bytes that are not UTF-8 are replaced."""
        return "" if self._body is None else self._body.decode("utf-8", "replace")

    @property
    def started(self) -> bool:
        return self._received > 0

    @property
    def reusable(self) -> bool:
        """Whether the connection may carry another request after this complete answer."""
        return self._keep and not self._surplus

    @property
    def first_bytes(self) -> bytes:
        return self._head[:16]

    def feed(self, data: bytes) -> Progress:
        self._received += len(data)
        if not self._head_done:
            self._head = self._head + data if self._head else data
        try:
            self._parser.feed_data(data)
        except HttpParserUpgrade:
            self._done, self._keep = True, False
        except HttpParserError:
            # What follows a complete answer cannot undo it, but nothing more is read from such a connection.
            if not self._done:
                return Progress.GARBAGE
            self._surplus = True
        if self._done:
            return Progress.COMPLETE
        if not self._head_done:
            return Progress.ENDLESS_HEAD if self._received > HEAD_READ else Progress.MORE
        return Progress.CUT if self._received > BODY_READ else Progress.MORE

    def finish(self) -> Progress:
        """The other side closed. An answer of unknown length is complete with that."""
        if not self._received:
            return Progress.NOTHING
        if not self._head_done:
            return Progress.TRUNCATED
        return Progress.TRUNCATED if self._length_known() else Progress.COMPLETE

    def _length_known(self) -> bool:
        """Looked up in the raw head, and only here: asking the parser for headers would cost every answer."""
        blocks = (block.lstrip() for block in _BLANK_LINE.split(self._head))
        head = next((block for block in blocks if block and not _INTERIM.match(block)), b"")
        return _LENGTH_KNOWN.search(head) is not None

    # The parser's callbacks.

    def on_message_begin(self) -> None:
        if self._done:
            self._surplus = True

    def on_headers_complete(self) -> None:
        if self._done:
            return
        status = self._parser.get_status_code()
        if 100 <= status < 200 and status != 101:
            return
        self.status = status
        self._head_done = True

    def on_body(self, data: bytes) -> None:
        if self._done or not self._head_done:
            return
        body = self._body
        if body is None:
            body = self._body = bytearray()
        if len(body) < BODY_KEPT:
            body += data[: BODY_KEPT - len(body)]

    def on_message_complete(self) -> None:
        if self._head_done and not self._done:
            self._done = True
            self._keep = self._parser.should_keep_alive()
