"""Fixtures of an emulator: the shipped ones, and those of a user's directory over them."""

from pathlib import Path

from emulator.core.fixture import Fixtures, Form
from emulator.loading.fixture_folder import folder_fixtures, shipped_fixtures
from emulator.store.kinds import KINDS


def load_fixtures(folder: Path | None = None, *, transaction_type: str = "transaction-type") -> Fixtures:
    """What the shop's resources look like; `folder` holds files that say what is to be different.

    Raises InvalidInput that says file, line, key and the nearest right word.
    """
    shipped = shipped_fixtures(KINDS.forms, transaction_type=transaction_type)
    if folder is None:
        return shipped
    return folder_fixtures(folder, _form_of, shipped, transaction_type=transaction_type)


def _form_of(name: str) -> Form | None:
    form = KINDS.forms.get(name)
    return KINDS.form_of(name) if form is None and KINDS.get(name) is not None else form
