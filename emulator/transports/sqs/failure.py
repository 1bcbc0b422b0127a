"""Failure: what went wrong with a call or an entry, in SQS's own words and with what to do next."""

import logging
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from botocore import exceptions as boto

from emulator.domain.outcome import Outcome
from emulator.transports.sqs.endpoint import Endpoint, Patience

_log = logging.getLogger("emulator")

_WORDS = 500
"""Characters that are quoted of an answer."""

_HINTS = {
    "create the queue, or correct the integration's url": (
        "AWS.SimpleQueueService.NonExistentQueue",
        "AWS.SimpleQueueService.QueueDeletedRecently",
        "QueueDoesNotExist",
        "NonExistentQueue",
        "InvalidAddress",
    ),
    "check the integration's aws_access_key_id, aws_secret_access_key and region": (
        "AuthFailure",
        "ExpiredToken",
        "IncompleteSignature",
        "InvalidAccessKeyId",
        "InvalidClientTokenId",
        "InvalidSecurity",
        "InvalidSignatureException",
        "MissingAuthenticationToken",
        "SignatureDoesNotMatch",
        "UnrecognizedClientException",
    ),
    "allow the key's user sqs:SendMessage on this queue": (
        "AccessDenied",
        "AccessDeniedException",
        "AWS.SimpleQueueService.AccessDenied",
    ),
    "send less at a time, or leave it to the retries": (
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    ),
}
_HINT_OF = {code: hint for hint, codes in _HINTS.items() for code in codes}


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """`status` is the HTTP status of the answer, None when there was none."""

    error: str
    status: int | None = None

    def outcome(self, seconds: float) -> Outcome:
        return Outcome(succeeded=False, status=self.status, error=self.error, processing_time=seconds)


def refused_entry(result: Mapping[str, Any], endpoint: Endpoint, status: int) -> Failure:
    """One entry of a batch that SQS did not take while it answered the call."""
    code, message = str(result.get("Code", "")), str(result.get("Message") or "")
    return Failure(error=_quoted(f"{endpoint} refused this message", code, message, endpoint), status=status)


def unusable(error: Exception, endpoint: Endpoint) -> Failure:
    """A configuration that boto3 can make no client of."""
    words = _words(str(error), endpoint).rstrip(".")
    return Failure(error=f"No call to {endpoint} can be made: {words}; check the integration's region and url")


def is_about_one(error: Exception) -> bool:
    """Whether a call was refused for an entry that is too large for its queue. SQS would have taken the others, and
    moto takes none."""
    if not isinstance(error, boto.ClientError):
        return False
    said = error.response["Error"]
    return said.get("Code") == "InvalidParameterValue" and "Message must be shorter" in str(said.get("Message"))


def failure_of(error: Exception, endpoint: Endpoint, patience: Patience) -> Failure:
    """A call that came to nothing, for all of its entries."""
    if isinstance(error, boto.ClientError):
        return _answered(error.response, endpoint)
    return Failure(error=_unanswered(error, endpoint, patience))


def _answered(response: Mapping[str, Any], endpoint: Endpoint) -> Failure:
    status = response["ResponseMetadata"]["HTTPStatusCode"]
    code, message = str(response["Error"].get("Code", "")), str(response["Error"].get("Message") or "")
    if code != str(status):
        return Failure(error=_quoted(f"{endpoint} answered {status}", code, message, endpoint), status=status)
    words = _quoted(f"{endpoint} answered {status} in a form that is not SQS's", "", message, endpoint)
    return Failure(error=f"{words}; check what listens there", status=status)


def _unanswered(error: Exception, endpoint: Endpoint, patience: Patience) -> str:
    """The most particular first: botocore's timeouts are connection errors too."""
    if isinstance(error, boto.ConnectTimeoutError):
        return f"{endpoint} did not accept a connection within {patience.connect:g} s; check the queue's URL"
    if isinstance(error, boto.ReadTimeoutError):
        return f"{endpoint} did not answer within {patience.answer:g} s, so whether it has the message is not known"
    if isinstance(error, boto.SSLError):
        return _without_tls(_reason(error, endpoint), endpoint)
    if isinstance(error, boto.EndpointConnectionError):
        return f"{endpoint} cannot be reached ({_reason(error, endpoint)}); is the server running?"
    if isinstance(error, boto.ConnectionClosedError):
        return f"{endpoint} closed the connection without an answer, so whether it has the message is not known"
    if isinstance(error, boto.HTTPClientError):
        return f"The connection to {endpoint} broke ({_reason(error, endpoint)})"
    _log.debug("boto3 could not read what %s answered", endpoint, exc_info=error)
    return f"{endpoint} gave an answer that cannot be read; is it SQS that answers there?"


def _without_tls(reason: str, endpoint: Endpoint) -> str:
    sentence = f"The TLS handshake with {endpoint} failed ({reason})"
    if "certificate" in reason:
        return f"{sentence}; only a public authority's certificates are taken, so serve a local queue over http://"
    return f"{sentence}; if no TLS is spoken there, the queue's URL begins with http://"


def _quoted(beginning: str, code: str, message: str, endpoint: Endpoint) -> str:
    """`… answered 400, RequestThrottled: Request is throttled; …`"""
    sentence = f"{beginning}, {_words(code, endpoint)}" if code else beginning
    if words := _words(message, endpoint).rstrip("."):
        sentence += f": {words}"
    hint = _HINT_OF.get(code)
    return f"{sentence}; {hint}" if hint else sentence


def _reason(error: Exception, endpoint: Endpoint) -> str:
    """What the socket said, out of the wrappings of two libraries."""
    inner = getattr(error, "kwargs", {}).get("error", error)
    said = re.search(r"\[(?:Errno -?\d+|SSL: \w+)\] ([^'\"()]+)", str(inner))
    return _words(said[1].strip() if said else str(inner), endpoint)


def _words(text: str, endpoint: Endpoint) -> str:
    text = " ".join(endpoint.without_keys(text).split())
    return text if len(text) <= _WORDS else text[:_WORDS] + "…"
