"""Tries: the runs of an examination of one integration, from an aspect and its rules to what was seen."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from emulator.core.card.aspect import NEW_EVENTS, NOVELTY, Aspect
from emulator.core.card.assess import Seen
from emulator.core.card.card import Run
from emulator.core.card.cast import Appearance, Cast, WrittenRule
from emulator.core.card.exercised import exercised
from emulator.core.fixture import Fixtures
from emulator.core.scenario import Observer, Scenario
from emulator.core.schedule import Schedule
from emulator.domain.integration import IntegrationType
from emulator.harness.card.answer_times import AnswerTimes
from emulator.harness.card.lives import Life
from emulator.harness.card.sheet import Sheet, Written
from emulator.harness.card.states import state_of
from emulator.harness.scenario_run import evidence_of
from emulator.harness.trials import Trial
from emulator.runtime.rehearsal import Rehearsal

Play = Callable[[Scenario, str], Trial]
"""Has a scenario judged; the other is the command that does it again."""
Keep = Callable[[Run, Written, Trial], object]
"""Keeps a run that was made."""
Tell = Callable[[str], object]
"""Hears what is being done."""


class Tries:
    """`observed` are the event types that the integration hears of, `times` how long its answers took in all runs."""

    def __init__(
        self, sheet: Sheet, observer: Observer, play: Play, fixtures: Fixtures, *, keep: Keep, tell: Tell
    ) -> None:
        self.observed: tuple[str, ...] = ()
        self.webhook = observer.integration_type is IntegrationType.WEBHOOK
        self.times = AnswerTimes(sheet.scenario.webhook_timeout)
        self._sheet = sheet
        self._name = observer.name
        self._alone = len(sheet.observers) == 1
        self._play, self._keep, self._tell = play, keep, tell
        self._fixtures = fixtures
        self._casts: dict[tuple[object, ...], Cast] = {}

    def run(
        self, aspect: Aspect, name: str, lives: Sequence[Life], rules: Sequence[WrittenRule] = ()
    ) -> tuple[Trial, Seen]:
        """One run: these lives, with these rules."""
        novel = aspect is NEW_EVENTS
        self._tell(name)
        written = self._sheet.written(
            name,
            f"{aspect.title}: {aspect.sentence}",
            steps=[*_steps(lives), *([{"trigger": NOVELTY}] if novel else [])],
            chaos=rules,
            expect=list(self._expected(aspect)),
            observes={self._name: [*self.observed, *([NOVELTY] if novel else [])]},
            probing=not aspect.refuses,  # what is refused comes again in any order
        )
        reproduce = self._sheet.reproduce(name)
        trial = self._play(written.scenario, reproduce)
        told = Run(
            name=name,
            description=written.scenario.description,
            verdict=trial.judgement.verdict,
            reproduce=reproduce,
        )
        self._keep(told, written, trial)
        if self.webhook:
            self.times.hear(trial, self._name, name)
        return trial, Seen(
            deliveries=[one for one in evidence_of(trial.played) if one.integration == self._name],
            settled=trial.played.settled,
            reached=exercised(aspect, self._rehearsed(written), self._name),
            state=state_of(trial),
            answers=self.webhook,
        )

    def cast(self, lives: Sequence[Life]) -> Cast:
        """Those who appear in these lives when nothing goes wrong."""
        place = (self.observed, *(life.type for life in lives))
        if place not in self._casts:
            written = self._sheet.written("cast", "", steps=_steps(lives), observes={self._name: self.observed})
            schedule = self._rehearsed(written)
            heard = {send.event for send in schedule.sends if send.integration == self._name}
            self._casts[place] = Cast(
                appearances=tuple(
                    Appearance(one.key, one.resource) for one in schedule.events if one.identity in heard
                ),
                integration=None if self._alone else self._name,
            )
        return self._casts[place]

    def named(self, aspect: Aspect, *about: str) -> str:
        """What a run is called, and its file."""
        words = ["" if self._alone else self._name, aspect.name, *about]
        return "-".join(_fit(each) for each in words if each)

    def _rehearsed(self, written: Written) -> Schedule:
        return Rehearsal(written.scenario, self._fixtures).schedule()

    def _expected(self, aspect: Aspect) -> Iterator[Mapping[str, object]]:
        """What its scenario expects besides what the probes say."""
        whom = {} if self._alone else {"integration": self._name}
        twice = {"attempts": 2} if aspect.refuses else {}
        yield {"eventually": {"event": "*", **whom, "delivered": True, **twice}}


def _steps(lives: Sequence[Life]) -> list[Mapping[str, object]]:
    return [step for life in lives for step in life.steps]


def _fit(word: str) -> str:
    """What is fit for a file's name."""
    return "".join(letter if letter.isalnum() or letter in "._" else "-" for letter in word)
