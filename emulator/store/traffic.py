"""Traffic: a shop in use; many visitors at once, each in a story, and what the next of them does.

All of it follows from the seed. The n-th story of a name always takes the same course, and who is next is drawn by how
many turns there were; neither time nor what else happens in the shop is asked.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from emulator.core.dice import Dice
from emulator.domain.resource import Command, Resource
from emulator.store.mix import Mix
from emulator.store.story import Story, cast

FIRST_VISITORS = 5
MOST_VISITORS = 100
_TURNS_PER_VISITOR = 20  # so often somebody more comes in, until the shop is full


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """A story that goes on: the n-th of its name, where it stands, and who plays in it, keys by type."""

    story: Story
    nth: int
    scene: str
    turns: int = 0
    members: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Turn:
    """What somebody does next. `then` is the scene after it, None where that is the end."""

    seat: int
    command: Command
    then: str | None


class Traffic:
    """`begun`, `finished` and `cut_short` count stories by name. At most MOST_VISITORS go on at once.

    What comes `after` other traffic of the same shop counts on from there: nobody wants to see the same day again.
    """

    def __init__(self, seed: int, mix: Mix, after: "Traffic | None" = None) -> None:
        self._dice = Dice(seed)
        self._mix = mix
        self._turns = 0
        self._turns_before: int = 0 if after is None else after._turns_before + after._turns
        self._begun_before: Counter[str] = Counter() if after is None else after._begun_before + after.begun
        self._seats: list[_Visit | None] = [None] * MOST_VISITORS
        self.begun: Counter[str] = Counter()
        self.finished: Counter[str] = Counter()
        self.cut_short: Counter[str] = Counter()

    @property
    def open(self) -> int:
        """How many stories go on."""
        return sum(visit is not None for visit in self._seats)

    def fork(self) -> "Traffic":
        """Another one at the same point, which goes on by itself."""
        other = Traffic.__new__(Traffic)
        other.__dict__ = {
            name: value.copy() if isinstance(value, list | Counter) else value for name, value in vars(self).items()
        }
        return other

    def next(self) -> Turn:
        """What happens next. What came of it must be told, by `done` or `refused`, before anything else is asked."""
        while True:
            seat = self._next_seat()
            visit = self._seats[seat] or self._begin()
            name = visit.story.name
            choice = visit.story.choose(visit.scene, self._dice.stream("traffic", name, visit.nth, visit.turns))
            if choice.command is not None:
                self._seats[seat] = visit
                return Turn(seat=seat, command=cast(choice.command, visit.members), then=choice.then)
            self.finished[name] += 1
            self._seats[seat] = None

    def done(self, turn: Turn, subject: Resource) -> None:
        """It was done, to this resource."""
        visit = self._seats[turn.seat]
        assert visit is not None, "it is somebody's turn"
        if turn.then is None:
            self.finished[visit.story.name] += 1
            self._seats[turn.seat] = None
        else:
            members = {**visit.members, subject.type: subject.key}
            self._seats[turn.seat] = replace(visit, scene=turn.then, turns=visit.turns + 1, members=members)

    def refused(self, turn: Turn) -> None:
        """It cannot be done; somebody else was there in between. The story ends."""
        visit = self._seats[turn.seat]
        assert visit is not None, "it is somebody's turn"
        self.cut_short[visit.story.name] += 1
        self._seats[turn.seat] = None

    def _next_seat(self) -> int:
        visitors = min(MOST_VISITORS, FIRST_VISITORS + self._turns // _TURNS_PER_VISITOR)
        self._turns += 1
        return self._dice.stream("traffic", "seat", self._turns_before + self._turns).below(visitors)

    def _begin(self) -> _Visit:
        story = self._mix.draw(self._dice, self._begun_before.total() + self.begun.total() + 1)
        name = story.name
        self.begun[name] += 1
        return _Visit(story=story, nth=self._begun_before[name] + self.begun[name], scene=story.opening)
