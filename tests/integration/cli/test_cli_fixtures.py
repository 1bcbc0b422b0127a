"""`fixtures`, and servers that use a directory of one's own."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from emulator.harness.local import LocalEmulator
from emulator.runtime.settings import Settings

Command = Callable[..., Any]


def test_fixtures_are_listed_shown_copied_and_checked(command: Command, tmp_path: Path) -> None:
    assert {"order", "customer"} <= set(command("fixtures", "ls", "--json").json)
    shown = command("fixtures", "show", "order").out
    copied = command("fixtures", "copy", "order", "customer")
    assert (copied.code, (tmp_path / "fixtures" / "order.yaml").read_text(encoding="utf-8")) == (0, shown)
    assert "listen --fixtures fixtures" in copied.err
    again = command("fixtures", "copy", "order")
    assert (again.code, "--force writes over it" in again.err) == (1, True)
    assert command("fixtures", "copy", "order", "--force").code == 0
    assert command("fixtures", "check").out.startswith("fine")


def test_mistakes_say_what_to_do(command: Command, tmp_path: Path) -> None:
    assert "did you mean 'order'?" in command("fixtures", "show", "oder").err
    missing = command("fixtures", "check", "none")
    assert (missing.code, "fixtures copy order" in missing.err) == (2, True)
    (tmp_path / "order.yaml").write_text("resource: order\ndocument:\n  statsu: '{{statsu}}'\n", encoding="utf-8")
    wrong = command("fixtures", "check", ".")
    assert wrong.code == 2
    assert "order.yaml:3: document.statsu: nothing fills '{{statsu}}' here; did you mean 'status'?" in wrong.err


def test_a_server_answers_and_sends_as_ones_own_fixtures_say(command: Command, tmp_path: Path) -> None:
    own = "resource: customer\ndocument:\n  loyalty: gold\ncustom:\n  phone_number: '{{person.phone}}'\n"
    (tmp_path / "customer.yaml").write_text(own, encoding="utf-8")
    with LocalEmulator(Settings(seed=1, fixtures=tmp_path)) as local:
        raised = command("trigger", "customer.created", "--url", local.url, "--json").json["events"][0]
        payload = httpx.get(f"{local.url}/_emulator/events/{quote(raised['identity'])}").json()["data"]["payload"]
        read = httpx.get(f"{local.url}/v2/customers/{raised['resource_id']}", headers={"authorization": "Bearer any"})
    assert payload["data"]["loyalty"] == "gold"
    assert "phone_number" not in payload["data"]
    assert read.json()["data"]["phone_number"].startswith("(")
