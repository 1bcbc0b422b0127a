"""A file of keys: what it may say, and where it is wrong."""

from pathlib import Path

import pytest
import yaml
from textual.app import App
from textual.binding import Binding

from emulator.domain.errors import InvalidInput
from tui.key_names import KEYS
from tui.keys import Key, keys_file, keys_of, read_keys

KNOWN = (Key("deliveries.retry", "r", "Retry"), Key("app.quit", "q", "Quit"))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "keys.yaml"


def test_keys_are_read_one_or_several(path: Path) -> None:
    path.write_text("deliveries.retry: ctrl+r\napp.quit: [q, ctrl+q, 'f10']\n")
    assert read_keys(path, KNOWN) == {"deliveries.retry": "ctrl+r", "app.quit": "q,ctrl+q,f10"}
    path.write_text("deliveries.retry: x,y\n")
    assert read_keys(path, KNOWN) == {"deliveries.retry": "x,y"}
    path.write_text("# nothing\n")
    assert read_keys(path, KNOWN) == {}


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("deliveries.rety: r\n", "keys.yaml:1: there is no 'deliveries.rety'; did you mean 'deliveries.retry'?"),
        ("\napp.quit: ctl+q\n", "keys.yaml:2: app.quit: 'ctl' is no modifier; did you mean 'ctrl'?"),
        ("app.quit: escpe\n", "keys.yaml:1: app.quit: 'escpe' is no key; did you mean 'escape'?"),
        ("app.quit: []\n", "keys.yaml:1: app.quit: name a key, such as ctrl+r"),
        ("- app.quit\n", "keys.yaml:1: write names and keys, as in `deliveries.retry: ctrl+r`"),
        ("app.quit: [q\n", "keys.yaml:2:1: this is not YAML"),
    ],
)
def test_what_is_wrong_is_said_with_its_line(path: Path, text: str, sentence: str) -> None:
    path.write_text(text)
    with pytest.raises(InvalidInput) as wrong:
        read_keys(path, KNOWN)
    assert str(wrong.value) == f"{path.parent}/{sentence}"


def test_a_file_that_is_not_there_and_one_that_is_no_text(path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"keys\.yaml cannot be read: No such file"):
        read_keys(path, KNOWN)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InvalidInput, match=r"keys\.yaml cannot be read: it is not text"):
        read_keys(path, KNOWN)


def test_the_file_that_is_printed_can_be_read_as_it_is_and_with_everything_taken_in(path: Path) -> None:
    path.write_text(keys_file(KEYS))
    assert read_keys(path, KEYS) == {}
    path.write_text("\n".join(line.removeprefix("#") for line in keys_file(KEYS).splitlines()[1:]))
    assert read_keys(path, KEYS) == {key.id: key.keys for key in KEYS}


def test_every_name_is_there_once_and_says_what_it_does() -> None:
    assert len({key.id for key in KEYS}) == len(KEYS)
    assert all(key.description and key.id.count(".") == 1 for key in KEYS)
    assert yaml.safe_load(keys_file(KEYS)) is None


def test_bindings_without_a_name_are_not_for_a_file() -> None:
    class Place(App[None]):
        BINDINGS = [Binding("a", "a", "A", id="place.a"), Binding("b", "b", "B"), ("c", "c", "C")]  # noqa: RUF012

    assert list(keys_of((Place,))) == [Key("place.a", "a", "A")]
