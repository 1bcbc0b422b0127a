"""Parameters: values of a query string that are no pages and no globs, read and refused alike everywhere."""

from emulator.api.operation import Call
from emulator.api.refusal import Refusal, hint, invalid, quoted

_WORDS = {"true": True, "false": False}


def whole_number(call: Call, name: str, *, least: int = 0, most: int = 10**17) -> int | None:
    """The number that stands there, None where nothing does. Raises a 422."""
    text = call.query(name)
    if text is None:
        return None
    number = int(text) if text.isascii() and text.isdecimal() and len(text) < 20 else -1
    if least <= number <= most:
        return number
    detail = f"{name} must be a whole number from {least} to {most}, not {quoted(text)}"
    raise Refusal(invalid(name, detail))


def switch(call: Call, name: str) -> bool:
    """Whether it is on; without a word it is not. Raises a 422."""
    text = call.query(name)
    if text is None:
        return False
    if text in _WORDS:
        return _WORDS[text]
    raise Refusal(invalid(name, f"{name} must be true or false, not {quoted(text)}{hint(text, _WORDS)}"))
