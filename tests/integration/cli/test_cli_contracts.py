"""`contracts export`: what it writes, what it leaves alone, and what it says when it cannot."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from emulator.domain.catalog import CATALOG

Command = Callable[..., Any]


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_everything_goes_into_a_folder_of_its_own(command: Command) -> None:
    result = command("contracts", "export")
    assert (result.code, result.out) == (0, f"wrote  contracts  {3 * len(CATALOG) + 1} files\n")
    assert result.err == f"{3 * len(CATALOG)} messages of {len(CATALOG)} event keys\n"
    assert len(tree(Path("contracts"))) == 3 * len(CATALOG) + 1


def test_it_is_the_same_bytes_every_time(command: Command) -> None:
    assert command("contracts", "export", "--dir", "one").code == 0
    assert command("contracts", "export", "--dir", "two").code == 0
    assert tree(Path("one")) == tree(Path("two"))


@pytest.mark.parametrize(
    ("form", "files"),
    [
        ("asyncapi", {"asyncapi.json"}),
        ("jsonschema", {f"{form}/order.paid.schema.json" for form in ("webhook", "sqs", "stomp")}),
    ],
)
def test_a_format_and_an_event_are_chosen(command: Command, form: str, files: set[str]) -> None:
    result = command("contracts", "export", "--event", "order.paid", "--format", form)
    assert result.err == "3 messages of 1 event key\n"
    assert set(tree(Path("contracts"))) == files


def test_globs_add_up_and_a_custom_api_may_be_named(command: Command) -> None:
    words = ("--event", "cart.*", "--event", "order.paid", "--event", "cart.updated", "--event", "wishlist_ext.created")
    assert command("contracts", "export", "--format", "asyncapi", *words).code == 0
    document = json.loads(Path("contracts/asyncapi.json").read_text(encoding="utf-8"))
    keys = {"cart.updated", "cart.deleted", "order.paid", "wishlist_ext.created"}
    assert set(document["channels"]["sqs"]["messages"]) == keys


def test_an_earlier_export_is_written_over_and_nothing_is_removed(command: Command) -> None:
    assert command("contracts", "export", "--event", "order.*").code == 0
    mine = Path("contracts/notes.txt")
    mine.write_text("mine", encoding="utf-8")
    before = tree(Path("contracts"))
    assert command("contracts", "export", "--event", "order.paid").code == 0
    after = tree(Path("contracts"))
    assert set(after) == set(before)
    assert after["asyncapi.json"] != before["asyncapi.json"]
    assert mine.read_text(encoding="utf-8") == "mine"


@pytest.mark.parametrize("text", ['{"asyncapi": "3.0.0"}', "no JSON at all", "[]", "[" * 100_000, "\udcff"])
def test_what_somebody_else_wrote_is_left_alone(command: Command, text: str) -> None:
    theirs = Path("contracts/asyncapi.json")
    theirs.parent.mkdir()
    theirs.write_text(text, encoding="utf-8", errors="surrogateescape")
    before = tree(Path("contracts"))
    result = command("contracts", "export", "--event", "order.paid")
    assert result.code == 1
    assert result.err == (
        "epcc-emulator: contracts/asyncapi.json: there already, and not written by an export, so nothing was written. "
        "Move it away, or choose another --dir\n"
    )
    assert tree(Path("contracts")) == before


@pytest.mark.parametrize(
    ("pattern", "sentence"),
    [("order.payd", "unknown event key 'order.payd'; did you mean 'order.paid'?"), ("nothing*", "'nothing*'")],
)
def test_an_unknown_event_is_answered_with_the_nearest(command: Command, pattern: str, sentence: str) -> None:
    result = command("contracts", "export", "--event", pattern)
    assert result.code == 1
    assert sentence in result.err
    assert not Path("contracts").exists()


def test_a_file_in_the_place_of_the_folder(command: Command) -> None:
    Path("contracts").write_text("", encoding="utf-8")
    result = command("contracts", "export", "--event", "order.paid")
    assert result.code == 3
    assert result.err.startswith("epcc-emulator: cannot write into contracts: ")
    assert result.err.count("\n") == 1


def test_a_folder_that_may_not_be_written(command: Command) -> None:
    """/proc is a folder in which nobody may make anything, not even root."""
    result = command("contracts", "export", "--event", "order.paid", "--dir", "/proc/contracts")
    assert result.code == 3
    assert result.err.startswith("epcc-emulator: cannot write into /proc/contracts: ")
    assert result.err.count("\n") == 1


def test_catalog_prints_the_schema_that_each_transport_has(command: Command) -> None:
    shown = {form: command("catalog", "order.paid", "--schema", "--envelope", form).json for form in ("sqs", "stomp")}
    assert "anyOf" in shown["sqs"]["properties"]["data"]["properties"]["included"]
    assert "anyOf" not in shown["stomp"]["properties"]["data"]["properties"]["included"]
