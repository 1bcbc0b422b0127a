"""cURL: a delivery's request as a command line, to be pasted into a POSIX shell."""

import shlex
from collections.abc import Mapping
from typing import Any

from emulator.core.request_text import body_text
from emulator.domain.errors import InvalidInput

_OWN = ("host", "content-length", "connection", "transfer-encoding")
"""Headers that curl writes by itself."""
_LONGEST_WORD = 100_000
"""Bytes of one word that every system takes on a command line; Linux ends at 131,071."""
_BREAK = " \\\n  "


def curl(request: Mapping[str, Any]) -> str:
    """The command for `request`, as `GET /_emulator/deliveries/N` describes it: secrets are masked there, so put in
    your own. Sends the same bytes as the emulator, but for what it damaged beyond text.

    Raises InvalidInput for a message to a queue.
    """
    if request["method"] != "POST":
        raise InvalidInput(f"a message to a queue ({request['method']}) is not sent over HTTP, so curl cannot send it")
    text = body_text(request["body"])
    words = [f"curl -X POST {shlex.quote(request['url'])}", "--globoff"]
    headers = {name: value for name, value in request["headers"].items() if name.lower() not in _OWN}
    words += [f"-H {shlex.quote(_header(name, value))}" for name, value in headers.items()]
    known = {name.lower() for name in headers}
    words += [f"-H '{name}:'" for name in ("Content-Type", "Accept", "User-Agent") if name.lower() not in known]
    words.append("-H 'Expect:'")  # or curl waits for a go-ahead before a long body
    if "\0" in text:
        return f"printf {shlex.quote(_octal(text))} | {_BREAK.join([*words, '--data-binary @-'])}"
    quoted = shlex.quote(text)
    if len(quoted.encode(errors="replace")) > _LONGEST_WORD:
        return f"printf %s {quoted} | {_BREAK.join([*words, '--data-binary @-'])}"
    return _BREAK.join([*words, f"--data-raw {quoted}"])


def _header(name: str, value: str) -> str:
    """`Name;` is how curl writes one without a value; `Name:` would leave it out."""
    return f"{name}: {value}" if value else f"{name};"


def _octal(text: str) -> str:
    """As `printf` reads it; no shell can hold a zero byte in a word."""
    return "".join(
        chr(byte) if 32 <= byte < 127 and byte not in b"\\%-" else f"\\{byte:03o}"
        for byte in text.encode(errors="replace")
    )
