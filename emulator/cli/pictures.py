"""Pictures of the dashboard for the documentation, drawn from a recorded journal: `python -m emulator.cli.pictures`.

What they show is what the dashboard shows today, so they are its snapshots as well: a test draws them anew.
"""

import asyncio
import gzip
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import click

from emulator.harness.local import SavedEmulator

DIRECTORY = Path("docs/pictures")
RECORDED = "a-bad-morning.sqlite3.gz"
"""The journal of `epcc-emulator run docs/pictures/a-bad-morning.yaml --data-dir …`, packed."""
MADE_WITH = "made-with.txt"
"""Which Textual drew them: another one may draw a line differently."""
_STILL = 4  # looks in a row that have to see the same
_PATIENCE = 300  # looks
_LOOK = 0.1  # wall seconds between two


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One screen: how it is come by from the start, key by key, and how large the terminal is."""

    name: str
    keys: tuple[str, ...]
    columns: int = 110
    rows: int = 32
    theme: str = "dark"
    ascii_only: bool = False


PICTURES = (
    Picture(name="deliveries", keys=("end", "up", "up", "up")),
    Picture(name="tree", keys=("t", "home", "down", "down", "enter")),
    Picture(name="filter", keys=("slash", *"status:503 | fault:connection", "enter")),
    Picture(name="details", keys=("end", "up", "up", "enter"), columns=150, rows=40),
    Picture(name="timeline", keys=("2", "down", "left", "left")),
    Picture(name="overview", keys=("3",)),
    Picture(name="integrations", keys=("4",)),
    Picture(name="chaos", keys=("5",)),
    Picture(name="help", keys=("question_mark",)),
    Picture(name="small-light", keys=("end",), columns=80, rows=24, theme="light"),
    Picture(name="plain", keys=("end",), columns=80, rows=24, theme="high-contrast", ascii_only=True),
)


@contextmanager
def recorded(directory: Path = DIRECTORY) -> Iterator[SavedEmulator]:
    """The recorded journal, served to look at."""
    with tempfile.TemporaryDirectory(prefix="epcc-emulator-") as place:
        journal = Path(place) / "journal.sqlite3"
        journal.write_bytes(gzip.decompress((directory / RECORDED).read_bytes()))
        with SavedEmulator(journal) as saved:
            yield saved


def drawn(picture: Picture, url: str) -> str:
    """The picture as SVG."""
    return asyncio.run(_drawn(picture, url))


async def _drawn(picture: Picture, url: str) -> str:
    from textual.pilot import Pilot

    from tui.app import Dashboard
    from tui.client import Client

    app = Dashboard(Client(url), theme=picture.theme, ascii_only=picture.ascii_only)

    async def still(pilot: Pilot[None], holding: str = "") -> str:
        seen: list[str] = []
        for _ in range(_PATIENCE):
            await pilot.pause(_LOOK)
            seen = [*seen[-_STILL + 1 :], app.export_screenshot(title="epcc-emulator tui", simplify=True)]
            if len(seen) == _STILL and len(set(seen)) == 1 and holding in seen[0].replace("&#160;", " "):
                return seen[0]
        raise click.ClickException(f"the picture {picture.name} does not come to rest")

    async with app.run_test(size=(picture.columns, picture.rows)) as pilot:
        await still(pilot, "saved journal")
        for key in picture.keys:
            await pilot.press("space" if key == " " else "colon" if key == ":" else key)
        return await still(pilot)


def words_of(svg: str) -> str:
    """What a picture says, without how it is drawn."""
    return "\n".join(re.findall(r">([^<>]+)</text>", svg))


def main() -> None:
    with recorded() as saved:
        for picture in PICTURES:
            (DIRECTORY / f"{picture.name}.svg").write_text(drawn(picture, saved.url), encoding="utf-8")
            click.echo(f"{DIRECTORY / picture.name}.svg")
    (DIRECTORY / MADE_WITH).write_text(f"textual {version('textual')}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
