"""`integrity`, over a real server."""

from collections.abc import Callable
from typing import Any

Command = Callable[..., Any]


def test_a_shop_that_things_happened_in_is_sound(command: Command, server: Any) -> None:
    for key in ("order.refunded", "address.updated", "product.deleted"):
        assert command("trigger", key, "--count", "3").code == 0
    told = command("integrity")
    assert (told.code, told.out.startswith("Nothing wrong with ")) == (0, True)
    report = command("integrity", "--json").json
    assert report["findings"] == []
    assert report["events"] >= 3 * 8
    assert report["resources"] > 10
