"""Payloads in files."""

import sys
from pathlib import Path
from typing import Any

from emulator.core.written_payload import WrongPayload, payload_of
from emulator.domain.errors import InvalidInput


def payload_in(file: Path) -> dict[str, Any]:
    """The payload in a file, or in standard input (`-`). Raises InvalidInput."""
    try:
        raw = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return payload_of(raw.decode())
    except OSError as error:
        raise InvalidInput(f"the payload {file} cannot be read: {error.strerror or error}") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"the payload {file} cannot be read: it is not UTF-8 text") from None
    except WrongPayload as error:
        raise InvalidInput(f"{file}: {error}") from None
