"""Link: how the dashboard stands with its server."""

from enum import StrEnum


class Link(StrEnum):
    """`LOADING` is live with older deliveries still to come; `SAVED` is a journal that nothing is added to."""

    CONNECTING = "connecting"
    LOADING = "loading"
    LIVE = "live"
    DOWN = "down"
    SAVED = "saved"
