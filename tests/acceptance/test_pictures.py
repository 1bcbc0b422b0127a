"""The pictures of the documentation show what the dashboard shows: drawn anew, they say the same."""

from importlib.metadata import version
from pathlib import Path

import pytest

from emulator.cli.pictures import DIRECTORY, MADE_WITH, PICTURES, drawn, recorded, words_of

PLACE = Path(__file__).parents[2] / DIRECTORY


@pytest.mark.slow
def test_they_say_what_the_dashboard_says() -> None:
    made_with = (PLACE / MADE_WITH).read_text(encoding="utf-8").split()[1]
    if made_with != version("textual"):
        pytest.skip(
            f"the pictures were drawn by Textual {made_with}; `make pictures` draws them with {version('textual')}"
        )
    with recorded(PLACE) as saved:
        for picture in PICTURES:
            before = (PLACE / f"{picture.name}.svg").read_text(encoding="utf-8")
            assert words_of(drawn(picture, saved.url)) == words_of(before), f"{picture.name}: make pictures"


def test_there_is_one_for_every_page_and_no_more() -> None:
    assert {path.stem for path in PLACE.glob("*.svg")} == {picture.name for picture in PICTURES}
    assert len(PICTURES) <= 12
    shown = (PLACE.parent / "tui.md").read_text(encoding="utf-8")
    assert {picture.name for picture in PICTURES if f"pictures/{picture.name}.svg" in shown} >= {
        *("deliveries", "tree", "filter", "details", "timeline", "overview", "integrations", "chaos")
    }
