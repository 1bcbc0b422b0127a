"""Sizes as people write them: `64KB`, `1GB`."""

import re

from emulator.domain.errors import InvalidInput

_UNITS = {"": 1, "B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}
_SIZE = re.compile(r"(\d+(?:\.\d+)?)\s*([A-Za-z]*)")


def parse_size(text: str) -> int:
    """Bytes. Raises InvalidInput."""
    match = _SIZE.fullmatch(text.strip())
    if match is None or match[2].upper() not in _UNITS:
        raise InvalidInput(f"'{text}' is not a size; write 64KB, 500MB or 1GB")
    return round(float(match[1]) * _UNITS[match[2].upper()])


def format_size(size: int) -> str:
    """`1GB`, `1.5MB`, `812B`."""
    for unit in ("GB", "MB", "KB"):
        if size >= _UNITS[unit]:
            return f"{size / _UNITS[unit]:.1f}{unit}".replace(".0", "")
    return f"{size}B"
