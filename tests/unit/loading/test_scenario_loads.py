"""How often a step happens, said in one way."""

import pytest

from emulator.domain.errors import InvalidInput
from emulator.loading.scenarios import parse_scenario


@pytest.mark.parametrize(
    ("load", "sentence"),
    [
        ("rate: 2/s, count: 100, for: 10s", "steps[0].for: the count says already how many; keep one of the two"),
        ("burst: {count: 3}, for: 10s", "steps[0].for: the burst says that itself; leave it out here"),
    ],
)
def test_what_is_said_twice_is_refused(load: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_scenario(f"steps:\n  - {{trigger: order.created, {load}}}\n", "x.yaml", {})
    assert str(caught.value).partition(" ")[2] == sentence
