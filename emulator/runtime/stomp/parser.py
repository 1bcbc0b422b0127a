"""Parser: bytes to frames, however the bytes are cut into pieces."""

import re

from emulator.runtime.stomp.escape import unescape
from emulator.runtime.stomp.frame import Frame
from emulator.runtime.stomp.limits import Limits
from emulator.runtime.stomp.refusal import ForeignProtocol, Refusal
from emulator.runtime.stomp.version import Version

_ENDS_OF_LINES = re.compile(rb"[\r\n]*")
_OPENINGS = (b"CONNECT\n", b"CONNECT\r\n", b"STOMP\n", b"STOMP\r\n")
_HTTP = (b"GET ", b"POST ", b"HEAD ", b"PUT ", b"DELETE ", b"OPTIONS ", b"PATCH ", b"TRACE ", b"CONNECT ")
_LONGEST_START = max(map(len, (*_OPENINGS, *_HTTP)))
_CARRIAGE_RETURNS = (None, Version.V1_2)
"""Versions whose lines may end in CR LF; before there is one, a client of 1.2 may be speaking."""


class Parser:
    """Frames of one connection. `version` is None until the first frame has been answered.

    Memory is bounded by the limits: what cannot become a frame that is small enough is refused as soon as that shows.
    """

    def __init__(self, limits: Limits) -> None:
        self.version: Version | None = None
        self._limits = limits
        self._buffer = bytearray()
        self._at = 0
        self._searched = 0
        self._command = ""
        self._headers: dict[str, str] | None = None
        self._length: int | None = None

    @property
    def buffered(self) -> int:
        """How many bytes wait to become frames."""
        return len(self._buffer) - self._at

    def feed(self, data: bytes) -> None:
        """Takes what was read, to be turned into frames by `next`."""
        self._buffer += data

    def next(self) -> Frame | None:
        """The next frame, None when more bytes are needed. Raises Refusal; nothing can be read after that."""
        if self._headers is None and not self._read_head():
            self._forget_read()
            return None
        end = self._body_end()
        if end is None:
            self._forget_read()
            return None
        assert self._headers is not None
        frame = Frame(self._command, self._headers, bytes(self._buffer[self._at : end]))
        self._at = self._searched = end + 1
        self._headers = None
        return frame

    def _forget_read(self) -> None:
        del self._buffer[: self._at]
        self._searched = max(0, self._searched - self._at)
        self._at = 0

    def _read_head(self) -> bool:
        """Reads the command and the headers, if they are all there."""
        buffer = self._buffer
        # Between frames there may be ends of lines: heart-beats, and what some clients send after each frame.
        at = self._at
        if at < len(buffer) and buffer[at] < 14:
            skipped = _ENDS_OF_LINES.match(buffer, at)
            assert skipped is not None
            self._at = at = skipped.end()
        if self.version is None:
            self._expect_stomp()
        limit = at + self._limits.head_bytes
        since = max(at, self._searched)
        end, after = buffer.find(b"\n\n", since, limit), 2
        if self.version in _CARRIAGE_RETURNS:
            other = buffer.find(b"\n\r\n", since, limit if end < 0 else end + 1)
            if other >= 0:
                end, after = other, 3
        if end < 0:
            if buffer.find(0, since, limit) >= 0:
                raise _unfinished_head()
            if len(buffer) >= limit:
                raise Refusal(
                    "Headers too long",
                    f"a frame's command and headers may have {self._limits.head_bytes} bytes, and this one's go on",
                )
            self._searched = max(at, len(buffer) - 2)
            return False
        try:
            text = buffer[at:end].decode()
        except UnicodeDecodeError:
            raise Refusal("Not UTF-8", "a frame's command and headers have to be UTF-8, and these are not") from None
        self._parse_head(text)
        self._at = self._searched = end + after
        return True

    def _expect_stomp(self) -> None:
        """The first frame has to be CONNECT or STOMP, so that no web page can put frames into a form it posts here."""
        start = bytes(self._buffer[self._at : self._at + _LONGEST_START])
        if any(start.startswith(opening[: len(start)]) for opening in _OPENINGS):
            return
        if start.startswith(_HTTP):
            raise ForeignProtocol("Not STOMP", "this is an HTTP request, and the broker speaks STOMP only")
        raise Refusal("CONNECT expected", "the first frame of a connection has to be CONNECT or STOMP")

    def _parse_head(self, text: str) -> None:
        if "\0" in text:
            raise _unfinished_head()
        lines = text.split("\n")
        if "\r" in text and self.version in _CARRIAGE_RETURNS:
            lines = [line.removesuffix("\r") for line in lines]
        self._command = lines.pop(0)
        if len(lines) > self._limits.headers:
            raise Refusal(
                "Too many headers", f"a frame may have {self._limits.headers} headers, and this one has {len(lines)}"
            )
        headers: dict[str, str] = {}
        plain = "\\" not in text or self.version is None
        longest = self._limits.header_line_chars
        for line in lines:
            if len(line) > longest:
                raise Refusal("Header too long", f"a header may have {longest} characters, and '{line[:40]}…' has more")
            name, colon, value = line.partition(":")
            if not colon:
                raise Refusal("Malformed header", f"the line '{line[:80]}' has no colon between a name and a value")
            if not plain:
                assert self.version is not None
                name, value = unescape(name, self.version), unescape(value, self.version)
            elif self.version is Version.V1_0:
                name, value = name.strip(), value.strip()
            if name not in headers:
                headers[name] = value
        declared = headers.get("content-length")
        self._length = None if declared is None else self._parse_length(declared)
        self._headers = headers

    def _parse_length(self, declared: str) -> int:
        text = declared.strip()
        if not (text.isascii() and text.isdigit()):
            raise Refusal("Malformed content-length", f"content-length is '{declared[:40]}', and has to be a number")
        if len(text) > 18 or int(text) > self._limits.body_bytes:
            raise self._too_long(f"content-length is {text[:40]}")
        return int(text)

    def _body_end(self) -> int | None:
        """Where the body's closing NUL is, None while it has not been read."""
        buffer, start, length = self._buffer, self._at, self._length
        if length is None:
            end = buffer.find(0, self._searched)
            if (end if end >= 0 else len(buffer)) - start > self._limits.body_bytes:
                raise self._too_long("this one is longer")
            self._searched = len(buffer)
            return end if end >= 0 else None
        end = start + length
        if len(buffer) <= end:
            return None
        if buffer[end]:
            raise Refusal(
                "Wrong content-length",
                f"content-length is {length}, and the NUL that ends a {self._command} frame does not follow the body",
            )
        return end

    def _too_long(self, what: str) -> Refusal:
        return Refusal("Body too long", f"a body may have {self._limits.body_bytes} bytes; {what}")


def _unfinished_head() -> Refusal:
    return Refusal("Unfinished headers", "a NUL came before the empty line that ends a frame's headers")
