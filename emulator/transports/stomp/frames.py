"""Frames: the bytes that we send to a broker. What it answers is read by stomp.py."""

import re

from emulator.domain.errors import InvalidInput
from emulator.domain.integration import StompConfiguration

VERSIONS = "1.0,1.1,1.2"
VIRTUAL_HOST = "/"
"""RabbitMQ's default virtual host, which it wants by this name; ActiveMQ takes whatever it is told."""

GOODBYE = "goodbye"
"""The receipt of our DISCONNECT; those of messages are numbers."""

DISCONNECT = f"DISCONNECT\nreceipt:{GOODBYE}\n\n\0".encode()
HEART_BEAT = b"\n"

_BREAKING = re.compile(r"[\r\n\0]")
_ESCAPES = str.maketrans({"\\": "\\\\", ":": "\\c"})


def connect_frame(configuration: StompConfiguration, heart_beat: int) -> bytes:
    """Offers every version, and a heart-beat each way every so many milliseconds. Raises InvalidInput.

    This frame knows no escapes in any version, so a login that would need them cannot be sent.
    """
    headers = {"accept-version": VERSIONS, "host": VIRTUAL_HOST, "heart-beat": f"{heart_beat},{heart_beat}"}
    for header, name in (("login", "username"), ("passcode", "password")):
        value = getattr(configuration, name)
        if value is not None:
            if _BREAKING.search(value):
                raise InvalidInput(f"The {name} contains a line break or a NUL, which STOMP cannot carry in a login")
            headers[header] = value
    return _head("CONNECT", headers) + b"\n\0"


def send_head(destination: str, version: str) -> bytes:
    """What every message to this destination begins with. Raises InvalidInput, for one version as for any other."""
    if _BREAKING.search(destination):
        raise InvalidInput("The destination contains a line break or a NUL; nothing was sent")
    headers = {
        "destination": destination if version == "1.0" else destination.translate(_ESCAPES),
        "content-type": "application/json",
        # Both ActiveMQ and RabbitMQ then write it to disk before they answer.
        "persistent": "true",
    }
    return _head("SEND", headers)


def send_frame(head: bytes, receipt: str, body: bytes) -> bytes:
    """One message. Its length is told, so that a body may hold anything."""
    return b"%breceipt:%b\ncontent-length:%d\n\n%b\0" % (head, receipt.encode(), len(body), body)


def _head(command: str, headers: dict[str, str]) -> bytes:
    try:
        return "".join((f"{command}\n", *(f"{name}:{value}\n" for name, value in headers.items()))).encode()
    except UnicodeEncodeError:
        raise InvalidInput("The login or the destination holds half a character (a lone surrogate)") from None
