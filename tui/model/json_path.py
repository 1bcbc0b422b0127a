"""The path of a value in a JSON document: keys and indexes, and how people write them."""

import json
import re

Path = tuple[str | int, ...]

_PLAIN = re.compile(r"[A-Za-z_$][\w$-]*", re.ASCII)


def path_text(path: Path) -> str:
    """`data.items[3].id`; keys with other signs are quoted, `data["a b"]`; the document itself is `$`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif _PLAIN.fullmatch(part):
            text += f".{part}" if text else part
        else:
            text += f"[{json.dumps(part)}]"
    return text or "$"
