"""Application: moto's SQS for programs of this machine, with the three services that a deployment of queues needs."""

import json
import re
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from http import HTTPStatus
from importlib import import_module
from xml.sax.saxutils import escape

from emulator.core.locality import Locality
from emulator.runtime.sqs.wsgi import Application, Environ

SERVICES = ("sqs", "cloudformation", "iam", "sts")
"""SQS itself; the others let a CloudFormation template with queues and their policies be deployed here."""

_SURFACE = "The embedded SQS server"
_SCOPE = re.compile(r"Credential=[^\s,]+/\d{8}/[^/,\s]+/(?P<service>[^/,\s]+)/aws4_request")
# What a queue's messages go through; all else may change which queues there are.
_TRAFFIC = frozenset(
    f"AmazonSQS.{action}{batch}"
    for action in ("SendMessage", "ReceiveMessage", "DeleteMessage", "ChangeMessageVisibility")
    for batch in ("", "Batch")
)

Start = Callable[..., object]


class GuardedApplication:
    """WSGI. Refuses other hosts and origins, unsigned requests (as AWS does) and other services.

    A page of elsewhere may send a form or load a picture from here; what it cannot do is sign. moto's own routes, which
    anybody could reset it with, are out of reach: a service's own application is all that is ever asked.
    """

    def __init__(
        self,
        *,
        allowed_hosts: Iterable[str],
        one_at_a_time: AbstractContextManager[object],
        on_change: Callable[[], None],
    ) -> None:
        self._locality = Locality(tuple(allowed_hosts))
        self._one_at_a_time = one_at_a_time
        self._on_change = on_change
        self._applications: dict[str, Application] = {}
        self._making = threading.Lock()

    def prepare(self, service: str) -> Application:
        """The service's application; its first use imports it."""
        with self._making:
            if service not in self._applications:
                self._applications[service] = import_module("moto.moto_server.werkzeug_app").create_backend_app(service)
            return self._applications[service]

    def __call__(self, environ: Environ, start: Start) -> Iterable[bytes]:
        complaint = self._locality.complaint(environ.get("HTTP_HOST"), environ.get("HTTP_ORIGIN"), surface=_SURFACE)
        if complaint:
            return _refuse(environ, start, "AccessDenied", complaint)
        scope = _SCOPE.search(environ.get("HTTP_AUTHORIZATION", ""))
        if not scope:
            return _refuse(
                environ,
                start,
                "MissingAuthenticationToken",
                f"{_SURFACE} takes signed requests only, as AWS does: use an AWS SDK with this server as its endpoint "
                "and any access key",
            )
        service = scope["service"].lower()
        if service not in SERVICES:
            return _refuse(
                environ, start, "AccessDenied", f"{_SURFACE} serves {', '.join(SERVICES)}, and not '{service}'"
            )
        application = self.prepare(service)
        with self._one_at_a_time:
            answer = list(application(environ, start))
            if environ.get("HTTP_X_AMZ_TARGET") not in _TRAFFIC:
                self._on_change()
        return answer


def _refuse(environ: Environ, start: Start, code: str, sentence: str) -> Iterable[bytes]:
    """403 in the form that the client reads: SQS speaks JSON to those who name a target, and XML to others."""
    if "HTTP_X_AMZ_TARGET" in environ:
        kind = "application/x-amz-json-1.0"
        text = json.dumps({"__type": f"com.amazonaws.sqs#{code}", "message": sentence})
    else:
        kind = "text/xml"
        text = (
            f"<ErrorResponse><Error><Type>Sender</Type><Code>{code}</Code><Message>{escape(sentence)}</Message></Error>"
            "</ErrorResponse>\n"
        )
    start(f"{HTTPStatus.FORBIDDEN.value} {HTTPStatus.FORBIDDEN.phrase}", [("Content-Type", kind)])
    return [text.encode()]
