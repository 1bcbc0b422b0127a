"""Words: what became of a connection or a message, as sentences for an attempt's log."""

from collections.abc import Mapping, Sequence
from ssl import SSLCertVerificationError, SSLEOFError, SSLError, SSLZeroReturnError

from emulator.transports.stomp.news import Refusal
from emulator.transports.target import Origin

STOPPED = "The sender stopped before the broker's receipt"
CLOSED = "it closed the connection"
STALLED = "it had stopped reading"

_LONGEST = 500
"""Characters of a broker's own words. ActiveMQ adds the whole trace of a Java exception."""


def unreached(origin: Origin, error: Exception, seconds: float) -> str:
    """Why no connection came about."""
    if isinstance(error, ConnectionRefusedError):
        return f"{origin} refused the connection; nothing listens there"
    if isinstance(error, TimeoutError):
        return f"{origin} did not accept a connection within {seconds:g} s"
    if isinstance(error, SSLCertVerificationError):
        return (
            f"The certificate of {origin} was not accepted: {error.verify_message}. "
            "Name its authority as `ca_file` of the integration, or set `insecure`"
        )
    if isinstance(error, SSLError) and error.reason in ("WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"):
        return f"{origin} does not speak TLS; its address should begin with stomp://"
    if isinstance(error, SSLEOFError | SSLZeroReturnError) or (origin.secure and isinstance(error, ConnectionError)):
        return f"{origin} closed the connection during the TLS handshake; does it speak stomp+ssl?"
    if isinstance(error, SSLError) and error.reason:
        return f"The TLS handshake with {origin} failed ({error.reason.replace('_', ' ').lower()})"
    return f"{origin} cannot be reached ({reason(error)})"


def unconnected(failures: Sequence[str]) -> str:
    """Why none of the addresses served: each failure names its own."""
    if len(failures) == 1:
        return failures[0]
    return f"None of the {len(failures)} addresses could be used: " + "; ".join(failures)


def no_stomp(origin: Origin, first: bytes) -> str:
    """For one that answered, but not as a broker does."""
    if first[:1] == b"\x15" and not origin.secure:
        return f"{origin} speaks TLS; its address should begin with stomp+ssl://"
    return f"{origin} does not speak STOMP; it answered {first[:24].decode('utf-8', 'backslashreplace')!r}"


def unanswered(origin: Origin, seconds: float | None = None) -> str:
    """For one that took the connection and then said nothing; without seconds, that closed it."""
    if seconds is None:
        return f"{origin} closed the connection without answering CONNECT"
    return f"{origin} did not answer CONNECT within {seconds:g} s"


def refused(origin: Origin, words: str) -> str:
    return f"{origin} refused to connect us: {words}"


def lost(origin: Origin, why: str) -> str:
    """For messages that were on their way when the connection ended."""
    return f"The connection to {origin} was lost before the broker's receipt: {why}"


def lost_after_error(origin: Origin, refusal: Refusal, *, left: int) -> str:
    """For messages that have no receipt when a connection ends on which there was an ERROR."""
    if refusal.receipt is not None:
        return lost(origin, f"it answered another message with ERROR: {refusal.words}")
    if left == 1:
        return answered(refusal.words)
    return lost(origin, f"it answered ERROR: {refusal.words}")


def answered(words: str) -> str:
    """For the message that an ERROR is about."""
    return f"The broker answered ERROR: {words}"


def late(origin: Origin, seconds: float) -> str:
    return f"{origin} gave no receipt within {seconds:g} s"


def reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or str(error) or type(error).__name__)


def broker_words(headers: Mapping[str, str], body: str) -> str:
    """An ERROR frame in one line: its message, then its body unless that only repeats it or traces Java code."""
    message = " ".join(headers.get("message", "").split())
    lines = []
    for line in body.strip("\0 \r\n").splitlines():
        if line.startswith(("\tat ", "    at ")):
            break
        lines.append(line)
    detail = " ".join(" ".join(lines).split())
    if message and (not detail or message in detail):
        text = message
    else:
        text = ": ".join(part for part in (message, detail) if part)
    text = text or "an ERROR without a word"
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
