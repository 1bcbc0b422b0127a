"""Command line: a program with its arguments, as it stands in a scenario."""

import shlex
from typing import Any

from emulator.core.fields import Fields


def command_line(fields: Fields, key: str, *default: Any) -> Any:
    """The text of a command there, to be split as a shell splits words. Raises InvalidInput for what names no program,
    and for a quotation that does not end."""
    text = fields.text(key, *default)
    if not isinstance(text, str):
        return text
    try:
        words = shlex.split(text)
    except ValueError as error:
        raise fields.wrong(key, f"'{text}' is not a command: {str(error).lower()}") from None
    if not words or not words[0]:
        raise fields.wrong(key, "expected a command, found an empty text")
    return text
