"""STOMP: delivers messages to a broker's queue or topic, over stomp.py."""

from emulator.transports.stomp.limits import Limits
from emulator.transports.stomp.transport import StompTransport

__all__ = ["Limits", "StompTransport"]
