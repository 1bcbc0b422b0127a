"""What is exported, made once."""

import json
from pathlib import Path
from typing import Any

import pytest

from emulator.domain.catalog import CATALOG
from emulator.harness.contracts.folder import Format, contract_files
from emulator.harness.contracts.message import contract_messages
from emulator.runtime.fixtures import load_fixtures


@pytest.fixture(scope="session")
def exported() -> dict[Path, Any]:
    """Every document by its path inside the folder."""
    messages = list(contract_messages(load_fixtures(), CATALOG))
    return {path: json.loads(text) for path, text in contract_files(messages, Format.ALL)}
