"""Escape: what stands for newlines and colons in a header, which every version does differently."""

import re
from collections.abc import Mapping

from emulator.runtime.stomp.refusal import Refusal
from emulator.runtime.stomp.version import Version

_PLAIN: Mapping[str, str] = {"\\n": "\n", "\\c": ":", "\\\\": "\\"}
_MEANINGS: Mapping[Version, Mapping[str, str]] = {
    Version.V1_0: {},
    Version.V1_1: _PLAIN,
    Version.V1_2: {**_PLAIN, "\\r": "\r"},
}
_ESCAPED = {
    # Version 1.0 has no escapes. What would end the line all the same is written as later versions do.
    Version.V1_0: str.maketrans({"\n": "\\n"}),
    Version.V1_1: str.maketrans({"\\": "\\\\", "\n": "\\n", ":": "\\c"}),
    Version.V1_2: str.maketrans({"\\": "\\\\", "\n": "\\n", ":": "\\c", "\r": "\\r"}),
}
_SEQUENCE = re.compile(r"\\.?", re.DOTALL)


def escape(text: str, version: Version) -> str:
    """A header's value as it is written."""
    return text.translate(_ESCAPED[version])


def header_line(name: str, value: str, version: Version) -> str:
    """A header as it is written, without the end of its line."""
    if version is Version.V1_0:
        name = name.replace(":", "\\c")
    return f"{escape(name, version)}:{escape(value, version)}"


def unescape(text: str, version: Version) -> str:
    """A header's name or value as it is meant. Raises Refusal for what this version gives no meaning to."""
    if version is Version.V1_0 or "\\" not in text:
        return text
    meanings = _MEANINGS[version]

    def meaning(found: re.Match[str]) -> str:
        try:
            return meanings[found[0]]
        except KeyError:
            raise Refusal(
                "Undefined escape sequence",
                f"the header text '{text}' has '{found[0]}', and STOMP {version} knows {', '.join(meanings)}; "
                "write a backslash as \\\\",
            ) from None

    return _SEQUENCE.sub(meaning, text)
