"""Who was overtaken, held against its definition in one sentence."""

from hypothesis import given
from hypothesis import strategies as st

from emulator.core.arrivals import passed_by


def by_definition(happened: list[int]) -> list[int | None]:
    return [
        next((before for before in range(place) if happened[before] > at), None) for place, at in enumerate(happened)
    ]


@given(st.lists(st.integers(0, 20), max_size=40))
def test_each_is_passed_by_the_first_that_came_before_it_and_happened_later(happened: list[int]) -> None:
    assert passed_by(happened) == by_definition(happened)


def test_what_happened_at_the_same_moment_passes_nobody() -> None:
    assert passed_by([5, 5, 7, 5, 6, 8]) == [None, None, None, 2, 2, None]
