"""What a match may name."""

import pytest

from emulator.core.match import Match
from emulator.domain.catalog import RESOURCE_TYPES
from emulator.domain.errors import InvalidInput


@pytest.mark.parametrize("word", [*RESOURCE_TYPES, "wishlist_ext"])
def test_a_type_that_events_are_about_can_be_named(word: str) -> None:
    assert Match.parse({"resource_type": word}).resource_type == word


@pytest.mark.parametrize(("word", "meant"), [("ordr", "order"), ("order*", "order"), ("Cart", "cart")])
def test_a_type_that_no_event_is_about_is_refused(word: str, meant: str) -> None:
    sentence = rf"^'{word[:3]}.*' is no type of a resource that events are about; did you mean '{meant}'\?"
    with pytest.raises(InvalidInput, match=sentence) as caught:
        Match.parse({"resource_type": word}, "chaos", 0, "match")
    assert caught.value.path == ("chaos", 0, "match", "resource_type")
