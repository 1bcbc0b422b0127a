"""Mix: which stories go on in the shop, and how often each."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from emulator.core.dice import Dice
from emulator.domain.errors import InvalidInput, UnknownWord
from emulator.store.stories import STORIES, USUAL
from emulator.store.story import Story

HEAVIEST = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Stories by name and their weights: of all stories that begin, as many are of this one as its weight is of all.

    Raises UnknownWord for a name that no story has, and InvalidInput for what is no weight, or none above zero.
    """

    weights: Mapping[str, float] = field(default_factory=lambda: USUAL)

    def __post_init__(self) -> None:
        for name, weight in self.weights.items():
            if name not in STORIES:
                raise UnknownWord("story", name, STORIES)
            if not isinstance(weight, int | float) or isinstance(weight, bool) or not 0 <= weight <= HEAVIEST:
                raise InvalidInput(f"a weight is a number from 0 to {HEAVIEST}, not {weight}", path=("mix", name))
        if not any(self.weights.values()):
            raise InvalidInput("a mix has a story with a weight above 0", path=("mix",))

    @property
    def stories(self) -> tuple[Story, ...]:
        """Those that may begin."""
        return tuple(STORIES[name] for name, weight in self.weights.items() if weight)

    def draw(self, dice: Dice, nth: int) -> Story:
        """The n-th story to begin.

        Each name draws a wait of its own, the shorter the heavier it weighs, and the shortest wins. So a weight that is
        raised makes some of the n-th stories this one, and leaves all the others what they were.
        """

        def wait(story: Story) -> float:
            return dice.stream("traffic", "begins", story.name, nth).exponential() / self.weights[story.name]

        return min(self.stories, key=wait)
