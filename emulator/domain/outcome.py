"""Outcome: what one send came to, as seen from our side of the wire."""

from typing import NamedTuple

BLOCKED = "Blocked: "
"""How the error of an attempt begins whose destination is remote and was not allowed by name."""


class Outcome(NamedTuple):
    """An expected result, failures included; transports never raise for a failed delivery.

    `status` is the HTTP status, None when no answer arrived or the transport has none. `body` is the receiver's
    answer, cut to the cap. `error` is a sentence for people and becomes the log's `error_detail`; None on success.
    `processing_time` is wall seconds.
    """

    succeeded: bool
    status: int | None = None
    body: str = ""
    error: str | None = None
    processing_time: float = 0.0
