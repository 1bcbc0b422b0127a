"""docs/tui.md has the signs, filters and keys that the dashboard has."""

from pathlib import Path

from emulator.cli.tui_page import PAGE, written

CHECKOUT = Path(__file__).parents[3]


def test_the_tables_are_what_the_code_says() -> None:
    page = (CHECKOUT / PAGE).read_text(encoding="utf-8")
    assert page == written(page), "write them anew: make docs"
    assert "| `deliveries.retry` | `r` |" in page
    assert "`event:order.*`" in page
