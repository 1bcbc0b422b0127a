"""The tables of docs/tui.md, written from the dashboard's own code by `python -m emulator.cli.tui_page`."""

from collections.abc import Iterable
from pathlib import Path

PAGE = Path("docs/tui.md")


def written(page: str) -> str:
    """The page with its tables as they are now; each stands between two comments that name it."""
    for name, rows in (("signs", _signs()), ("filters", _filters()), ("keys", _keys())):
        begin, end = f"<!-- {name}: written by make docs -->\n", f"<!-- end of {name} -->"
        before, _, rest = page.partition(begin)
        _, _, after = rest.partition(end)
        page = f"{before}{begin}{_table(rows)}{end}{after}"
    return page


def _signs() -> Iterable[tuple[str, ...]]:
    from tui.model.sign import STATES
    from tui.screens.help import MEANINGS

    yield "sign", "in ASCII", "state", "what it means"
    for state, sign in STATES.items():
        yield sign.sign, f"`{sign.ascii}`", sign.word, MEANINGS[state]


def _filters() -> Iterable[tuple[str, ...]]:
    from tui.model.filter import HELP

    yield "filter", "what it lets through"
    for example, meaning in HELP:
        yield f"`{example}`", meaning


def _keys() -> Iterable[tuple[str, ...]]:
    from tui.key_names import KEYS

    yield "name", "keys", "what it does"
    for key in KEYS:
        yield f"`{key.id}`", " ".join(f"`{one}`" for one in key.keys.split(",")), key.description


def _table(rows: Iterable[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    lines.insert(1, "|" + "---|" * lines[0].count(" | ") + "---|")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(written(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
