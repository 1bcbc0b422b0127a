"""Rules over the control API, whatever they are called."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest


@pytest.mark.parametrize("name", ["payments/late", "a b?c#d", "%2F", "été"])
def test_a_rule_of_any_name_can_be_switched_and_taken_away(with_api: Callable[..., None], name: str) -> None:
    async def scenario(api: Any) -> None:
        await api.ok("POST", "/_emulator/chaos", {"id": name, "delay": "5s"})
        await api.ok("POST", "/_emulator/holds", {"id": f"{name}/hold"})
        place = f"/_emulator/chaos/{quote(name, safe='')}"
        off = await api.ok("PUT", place, {"enabled": False})
        assert [(rule["id"], rule["enabled"]) for rule in off["rules"]] == [(name, False), (f"{name}/hold", True)]
        await api.ok("DELETE", f"/_emulator/holds/{quote(name + '/hold', safe='')}")
        assert (await api.ok("DELETE", place))["rules"] == []

    with_api(scenario)
