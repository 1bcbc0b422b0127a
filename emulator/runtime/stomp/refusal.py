"""Refusal: why a connection gets an ERROR frame and ends."""


class Refusal(Exception):
    """The client asked for something that cannot be had; STOMP ends the connection with it.

    `message` is short and becomes the header of that name, `detail` the body of the ERROR frame: what was wrong,
    and what to do instead. `receipt` is what the refused frame asked to be acknowledged with, where that is known.
    """

    def __init__(self, message: str, detail: str, *, receipt: str | None = None) -> None:
        super().__init__(detail)
        self.message = message
        self.detail = detail
        self.receipt = receipt


class ForeignProtocol(Refusal):
    """The peer does not speak STOMP at all, so there is no frame that it would understand: it is only closed."""
