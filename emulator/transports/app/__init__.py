"""Apps: webhooks delivered to applications in this process, without a socket."""

from emulator.transports.app.transport import AppTransport

__all__ = ["AppTransport"]
