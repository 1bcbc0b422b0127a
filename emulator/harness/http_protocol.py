"""The server's side of a connection: uvicorn's, but for what it answers to something that is not HTTP."""

from http import HTTPStatus

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from emulator.api.answer import refused
from emulator.api.refusal import refuse

_DETAIL = "This is not a request of HTTP/1.1: its method, target or headers are malformed, or too long"


class HttpProtocol(HttpToolsProtocol):
    """Refuses what it cannot parse in the service's shape, as everything else is."""

    def send_400_response(self, msg: str) -> None:
        """The answer to a malformed request; the connection is of no further use. `msg` is uvicorn's sentence."""
        answer = refused(refuse(HTTPStatus.BAD_REQUEST, _DETAIL), path="/")
        headers = [*answer.raw_headers, (b"connection", b"close")]
        lines = b"".join([name + b": " + value + b"\r\n" for name, value in headers])
        self.transport.write(STATUS_LINE[HTTPStatus.BAD_REQUEST] + lines + b"\r\n" + answer.body)
        self.transport.close()
