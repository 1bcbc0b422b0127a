"""docs/api.md, written from the operations that the routes are made of by `python -m emulator.cli.api_page`."""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from emulator.api.app import OPERATIONS
from emulator.api.operation import Operation, Surface

PAGE = Path("docs/api.md")
_HEAD = """\
# API

Every call that the emulator answers. Written from the code by `make docs`, and held against it by a test. A running
emulator describes the same with every body, answer and error, as OpenAPI 3.1: its own calls at
`/_emulator/openapi.json`, those that the real service has at `/_emulator/openapi-epcc.json`.
"""
_PROVIDER = """
## The real service's calls

With a token of `POST /oauth/access_token`; what a wrong one is answered with, `--auth` says. What is as it is there,
and what is our assumption, is in [fidelity.md](fidelity.md).
"""
_CONTROL = """
## The emulator's own calls

For tests and tools. No token is asked for; only this machine's names, and those of `--allowed-host`, are answered to.
`epcc-emulator` uses these, and the real service's for integrations.
"""


def api_page() -> str:
    """The whole page."""
    provider = [operation for operation in OPERATIONS if operation.surface is Surface.EPCC]
    control = [operation for operation in OPERATIONS if operation.surface is Surface.CONTROL]
    parts = [_HEAD, _CONTROL, "\n", _table(control), _PROVIDER]
    for family, operations in groupby(sorted(provider, key=_family), _family):
        parts += [f"\n### {family}\n\n", _table(operations)]
    return "".join(parts)


def _family(operation: Operation) -> str:
    """`carts` of `/v2/carts/{id}`, `pcm/products` of `/pcm/products/{id}`."""
    words = [word for word in operation.path.split("/") if word and not word.startswith("{")]
    match words:
        case ["v2", family, *_]:
            return family
        case ["pcm", family, *_]:
            return f"pcm/{family}"
    return words[0]


def _table(operations: Iterable[Operation]) -> str:
    rows = ["| call | what it does | query |", "|---|---|---|"]
    for operation in operations:
        path = operation.path.replace(":path}", "}")
        query = ", ".join(f"`{name}`" for name in operation.parameters())
        rows.append(f"| `{operation.method} {path}` | {operation.summary} | {query} |".replace("|  |", "| |"))
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    PAGE.write_text(api_page(), encoding="utf-8")
