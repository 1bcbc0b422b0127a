"""Each wrong receiver is given away by one fault, and no right one by all of them: by hand, before anything judges."""

import pytest

from zoo.animal import Animal
from zoo.keeper import live
from zoo.registry import RIGHT, WRONG, ZOO

WRONG_PLACES = [pytest.param(a, t, id=f"{a.name}-{t}") for a in WRONG for t in a.transports]


@pytest.mark.parametrize(("animal", "transport"), WRONG_PLACES)
def test_one_fault_gives_a_wrong_one_away(animal: Animal, transport: str) -> None:
    truth = live(animal, transport, faults=False)
    assert truth.played.settled
    assert truth.failures == ()
    broken = live(animal, transport)
    assert broken.played.settled
    assert broken.state != truth.state
