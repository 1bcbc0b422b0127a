"""Headers: those that a frame cannot do without."""

from collections.abc import Mapping

from emulator.runtime.stomp.refusal import Refusal


def required(headers: Mapping[str, str], name: str, command: str) -> str:
    """The header's value. Raises Refusal when the frame does not have it."""
    try:
        return headers[name]
    except KeyError:
        raise Refusal(f"Missing header {name}", f"a {command} frame needs the header '{name}'") from None
