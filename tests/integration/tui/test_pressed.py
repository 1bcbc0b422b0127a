"""Every key of the dashboard, and everything that its palette offers, is pressed by a test.

Which test that is stands in a table. A test that is in it fails when it does not press what is said there, and this one
when there is a key that nobody presses.
"""

from pathlib import Path

from integration.tui.pressed import PRESSED, Pressed

from tui.key_names import KEYS
from tui.palette import EVERYTHING

SAID = frozenset().union(*PRESSED.values())


def test_every_key_is_pressed() -> None:
    there = {Pressed(key.id, one) for key in KEYS for one in key.keys.split(",")}
    assert there - SAID == set(), "write a test that presses these, and say so in pressed.py"
    assert {pressed for pressed in SAID if pressed.name != "palette"} - there == set(), "there is no such key"


def test_something_of_everything_that_the_palette_offers_is_chosen() -> None:
    assert {pressed.key for pressed in SAID if pressed.name == "palette"} == {offers.__name__ for offers in EVERYTHING}


def test_the_tests_are_there() -> None:
    written = "".join(file.read_text() for file in Path(__file__).parent.rglob("test_*.py"))
    assert [name for name in PRESSED if f"def {name}(" not in written] == []
