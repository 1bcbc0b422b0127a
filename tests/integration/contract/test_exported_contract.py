"""What is exported, held against what arrives: every key, over every transport, on the wire."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import orjson
import pytest

from emulator.domain.catalog import CATALOG
from emulator.domain.integration import IntegrationType
from emulator.harness.contracts.folder import ASYNCAPI, Format, contract_files
from emulator.harness.contracts.message import contract_messages
from emulator.runtime.emulator import Emulator
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.settings import ClockMode, ClockSettings, Settings
from emulator.runtime.trigger import TriggerRequest

FOLDERS = {IntegrationType.WEBHOOK: "webhook", IntegrationType.AWS_SQS: "sqs", IntegrationType.STOMP: "stomp"}
CUSTOM = ("wishlist_ext.created", "wishlist_ext.updated", "wishlist_ext.deleted")
KEYS = (*CATALOG, *CUSTOM)


@pytest.fixture(scope="module")
def exported() -> dict[Path, Any]:
    messages = list(contract_messages(load_fixtures(), KEYS))
    return {path: json.loads(text) for path, text in contract_files(messages, Format.ALL)}


@pytest.mark.parametrize("seed", [7])
def test_everything_that_arrives_is_as_it_was_exported(over: Any, exported: dict[Path, Any], seed: int) -> None:
    async def body(peer: Any) -> None:
        settings = Settings(seed=seed, clock=ClockSettings(mode=ClockMode.VIRTUAL), integration_limit=1000)
        emulator = await Emulator.start(settings, transports={peer.integration_type: peer.transport})
        try:
            await emulator.ensure_integration(
                name="all",
                integration_type=peer.integration_type,
                observes=("*",),
                configuration=peer.configuration,
                enabled=True,
            )
            for key in KEYS:
                await emulator.trigger(TriggerRequest(key=key))
            assert await emulator.settle(time_limit=30)
        finally:
            await emulator.stop()
        folder = FOLDERS[peer.integration_type]
        validators = _validators(exported, folder)
        assert {arrived.event for arrived in peer.arrived} == set(KEYS)
        for arrived in peer.arrived:
            message = orjson.loads(arrived.body)
            for validator in validators[arrived.event]:
                faults = [f"{error.json_path}: {error.message[:200]}" for error in validator.iter_errors(message)]
                assert faults == [], arrived.event

    over(body)


def _validators(exported: dict[Path, Any], folder: str) -> dict[str, tuple[Any, Any]]:
    """Of each key: by its JSON Schema, and by its message in the AsyncAPI document."""
    document = exported[ASYNCAPI]
    components = {"components": document["components"]}
    return {
        key: (
            jsonschema.Draft202012Validator(
                exported[Path(folder) / f"{key}.schema.json"], format_checker=jsonschema.FormatChecker()
            ),
            jsonschema.Draft7Validator(
                {**document["components"]["messages"][f"{folder}.{key}"]["payload"], **components}
            ),
        )
        for key in KEYS
    }
