"""Fixture folders: those that come with the package, and a user's own laid over them."""

from collections.abc import Callable, Iterator, Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

from emulator.core.fixture import Fixture, Fixtures, Form
from emulator.domain.errors import InvalidInput, nearest
from emulator.loading.document import Document
from emulator.loading.fixtures import parse_fixture

FormOf = Callable[[str], Form | None]
"""The form of the fixture of this name; None where there can be none."""

_SUFFIXES = (".yaml", ".yml")


def shipped_text(name: str) -> str:
    """The file that comes with the package. Raises FileNotFoundError."""
    return files("emulator.fixtures").joinpath(f"{name}.yaml").read_text("utf-8")


def shipped_fixtures(forms: Mapping[str, Form], *, transaction_type: str = "transaction-type") -> Fixtures:
    """The fixtures that come with the package, one file for each of these forms, each read when it is first used.

    `transaction_type` is what a transaction's field `transaction-type` is called instead.
    """
    return Fixtures(_Shipped(forms, _renamed(transaction_type)))


def folder_fixtures(
    folder: Path, form_of: FormOf, shipped: Fixtures, *, transaction_type: str = "transaction-type"
) -> Fixtures:
    """A user's fixtures over the shipped ones: `order.yaml` says only what is to be different.

    A file is named after its resource; one for a type that only has a general form (`wishlist_ext.yaml`) adds to it.
    Raises InvalidInput that says file, line, key and the nearest right word.
    """
    own: dict[str, Fixture] = {}
    for path in _files(folder):
        form = form_of(path.stem)
        if form is None:
            hint = nearest(path.stem, shipped.by_resource)
            raise InvalidInput(f"{path}: there are no fixtures for '{path.stem}'{hint}")
        if path.stem in own:
            raise InvalidInput(f"{path}: there is another file for '{path.stem}'; keep one of them")
        over = Document.parse(shipped_text(form.name), form.name).value
        renamed = _renamed(transaction_type).get(form.name, {})
        own[path.stem] = parse_fixture(_text(path), str(path), form.named(path.stem), renamed=renamed, over=over)
    return Fixtures(_Over(own, shipped.by_resource))


class _Shipped(Mapping[str, Fixture]):
    """Nobody needs all of them: a test that raises one event reads two or three."""

    def __init__(self, forms: Mapping[str, Form], renamed: Mapping[str, Mapping[str, str]]) -> None:
        self._forms = forms
        self._renamed = renamed
        self._read: dict[str, Fixture] = {}

    def __getitem__(self, name: str) -> Fixture:
        if name not in self._read:
            form = self._forms[name]
            renamed = self._renamed.get(name, {})
            self._read[name] = parse_fixture(shipped_text(name), f"{name}.yaml", form, renamed=renamed)
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._forms)

    def __len__(self) -> int:
        return len(self._forms)

    def __contains__(self, name: object) -> bool:
        return name in self._forms


class _Over(Mapping[str, Fixture]):
    def __init__(self, own: Mapping[str, Fixture], below: Mapping[str, Fixture]) -> None:
        self._own = own
        self._below = below

    def __getitem__(self, name: str) -> Fixture:
        return self._own[name] if name in self._own else self._below[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**dict.fromkeys(self._below), **dict.fromkeys(self._own)})

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __contains__(self, name: object) -> bool:
        return name in self._own or name in self._below


def _files(folder: Path) -> list[Path]:
    try:
        found = sorted(path for path in folder.iterdir() if path.suffix in _SUFFIXES)
    except FileNotFoundError:
        raise InvalidInput(
            f"there is no directory {folder}; make one with: epcc-emulator fixtures copy order"
        ) from None
    except OSError as error:
        raise InvalidInput(f"the fixtures in {folder} cannot be read: {error.strerror or error}") from None
    return found


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"{path} cannot be read: {error}") from None


def _renamed(transaction_type: str) -> dict[str, Mapping[str, Any]]:
    return {"transaction": {"transaction-type": transaction_type}}
