"""Examiner: has a receiver go through every aspect of a report card, and tells apart which event types it fails.

A fault first hits all event types at once; where that goes well, it goes well for each. Else it hits those of one type
of resource after the other, and where that goes wrong too, one event type after the other.
"""

from collections.abc import Sequence
from typing import NamedTuple

from emulator.core.card.aspect import ASPECTS, IN_TIME, NEW_EVENTS, NOVELTY, PLAIN, Aspect, Hits
from emulator.core.card.assess import Seen, State, assess
from emulator.core.card.card import Card, Examined, Line, Run
from emulator.core.card.standing import Opinion, Standing, worst
from emulator.core.fixture import Fixtures
from emulator.core.scenario import Observer
from emulator.core.verdict import Verdict
from emulator.domain.errors import EnvironmentFault
from emulator.harness.card.lives import Life, Lives, observed_keys
from emulator.harness.card.sheet import Sheet, Written
from emulator.harness.card.states import another_state
from emulator.harness.card.tries import Keep, Play, Tell, Tries
from emulator.harness.trials import Trial
from emulator.loading.versions import package_version


class Proven(NamedTuple):
    """What an event type comes to, and the run that proves it."""

    opinion: Opinion
    run: str | None


Found = dict[str | None, Proven]
"""By event type; None is the receiver as a whole."""


def examine(
    sheet: Sheet,
    play: Play,
    fixtures: Fixtures,
    *,
    keep: Keep = lambda _run, _written, _trial: None,
    tell: Tell = lambda _doing: None,
) -> Card:
    """The whole card, one integration after the other."""
    lines: list[Line] = []
    remarks: list[str] = []
    runs: dict[str, Run] = {}

    def kept(run: Run, written: Written, trial: Trial) -> None:
        runs[run.name] = run
        keep(run, written, trial)

    for observer in sheet.observers:
        tries = Tries(sheet, observer, play, fixtures, keep=kept, tell=tell)
        examiner = Examiner(sheet, observer, tries, fixtures)
        lines += examiner.lines()
        remarks += examiner.remarks
    return Card(
        scenario=sheet.scenario.name,
        seed=sheet.seed,
        version=package_version(),
        integrations=[Examined(one.name, one.integration_type.value) for one in sheet.observers],
        lines=lines,
        runs=runs,
        remarks=list(dict.fromkeys(remarks)),
    )


class Examiner:
    """Examines one integration of a sheet. `remarks` say what could not be examined."""

    def __init__(self, sheet: Sheet, observer: Observer, tries: Tries, fixtures: Fixtures) -> None:
        self._name = observer.name
        self._secret = "secret_key" in observer.configuration
        self._tries = tries
        self._unsteady: str | None = None
        self._plain: Trial | None = None
        taken = [str(step["as"]) for step in sheet.prelude if "as" in step]
        lives = Lives.of(observed_keys(observer.observes), fixtures, seed=sheet.seed, taken=taken)
        self._lives = lives.lives
        unraised = ", ".join(lives.unraised)
        self.remarks = [f"Not examined: {unraised}, which no step of a scenario raises."] if unraised else []

    def lines(self) -> list[Line]:
        """Of every event type in every aspect, and of the receiver as a whole."""
        keys = [key for life in self._lives for key in life.keys]
        plain = self._take(keys)
        sound = [key for key in keys if plain[key].opinion.standing is not Standing.FAILS]
        found: dict[str, Found] = {PLAIN.name: plain}
        for aspect in ASPECTS:
            if aspect is not PLAIN and not aspect.measured:
                found[aspect.name] = self._aspect(aspect, keys, sound)
        found[IN_TIME.name] = {key: self._in_time(key) for key in keys}
        return [
            Line(
                integration=self._name,
                event=event,
                aspect=aspect.name,
                standing=proven.opinion.standing,
                sentence=proven.opinion.sentence,
                seen=proven.opinion.seen,
                run=proven.run,
            )
            for event in (*keys, None)
            for aspect in ASPECTS
            for proven in [found[aspect.name].get(event)]
            if proven is not None
        ]

    def _take(self, keys: Sequence[str]) -> Found:
        """Whether it takes each event when nothing goes wrong. Of those that it does not it hears no more."""
        tries = self._tries
        tries.observed = tuple(keys)
        proven: Found = {}
        while tries.observed:
            name = tries.named(PLAIN, "again" if proven else "")
            self._plain, seen = tries.run(PLAIN, name, self._lives)
            self._require_answers(seen)
            if seen.state is not None and seen.state.verdict is Verdict.FAIL:
                self._unsteady = f"two runs without faults end differently: {seen.state.sentence}"
            opinions = assess(PLAIN, tries.observed, self._trusted(seen))
            proven |= {key: Proven(opinions.get(key, _NEVER_HIT), name) for key in tries.observed}
            refused = [key for key in tries.observed if proven[key].opinion.standing is Standing.FAILS]
            if not refused:
                break
            tries.observed = tuple(key for key in tries.observed if key not in refused)
        return proven

    def _require_answers(self, seen: Seen) -> None:
        """Raises EnvironmentFault where nobody is there to be examined."""
        made = [made for one in seen.deliveries for made in one.made]
        if made and not any(one.reached for one in made):
            raise EnvironmentFault(f"nobody answers for {self._name}: {made[0].error}; is the receiver running?")

    def _aspect(self, aspect: Aspect, keys: Sequence[str], sound: Sequence[str]) -> Found:
        reason = self._no_question(aspect)
        if reason:
            return {key: Proven(Opinion(Standing.NOT_APPLICABLE, reason), None) for key in keys}
        if aspect.of_receiver:
            return {None: self._novelty() if sound else _NOT_TAKEN}
        found: Found = {key: _NOT_TAKEN for key in keys if key not in sound}
        asked = list(sound)
        if aspect.hits is Hits.NEIGHBOURS and asked:
            cast = self._tries.cast(self._lives)
            found |= {key: _ALONE for key in sound if not cast.has_company(key)}
            asked = [key for key in sound if cast.has_company(key)]
        return found | self._examined(aspect, self._lives, asked)

    def _no_question(self, aspect: Aspect) -> str:
        """Why it makes no sense to ask; empty where it does."""
        if aspect.of_webhooks and not self._tries.webhook:
            return aspect.of_webhooks
        if aspect.refuses and not self._secret:
            return "the integration has no secret_key to check"
        return ""

    def _examined(self, aspect: Aspect, lives: Sequence[Life], keys: Sequence[str]) -> Found:
        """All of these event types at once; where that goes wrong, in smaller parts."""
        if not keys:
            return {}
        only = keys[0] if len(keys) == 1 else None
        found = self._tried(aspect, lives, keys, only)
        failed = {key for key, one in found.items() if one.opinion.standing is Standing.FAILS}
        if not failed or only is not None or aspect.refuses:
            return found
        concerned = [life for life in lives if set(life.keys) & set(keys)]
        if len(concerned) > 1:
            parts = [([life], [key for key in life.keys if key in keys]) for life in concerned]
        else:
            parts = [(concerned, [key]) for key in keys]
        single: Found = {}
        for part, some in parts:
            single |= self._examined(aspect, part, some)
        if any(one.opinion.standing is Standing.FAILS for one in single.values()):
            return single
        return {key: _together(found[key]) if key in failed else single[key] for key in keys}

    def _tried(self, aspect: Aspect, lives: Sequence[Life], keys: Sequence[str], only: str | None) -> Found:
        """The worst of the runs that the aspect asks for."""
        tries = self._tries
        what = only or ("" if lives is self._lives else lives[0].type)
        collected: dict[str, list[Proven]] = {key: [] for key in keys}
        for number, rules in enumerate(tries.cast(lives).rules(aspect, only), start=1):
            name = tries.named(aspect, what, "" if number == 1 else str(number))
            _, seen = tries.run(aspect, name, lives, rules)
            for key, opinion in assess(aspect, keys, self._trusted(seen)).items():
                collected[key].append(Proven(opinion, name))
        return {key: _worst(proven) for key, proven in collected.items()}

    def _novelty(self) -> Proven:
        """An event that it has never heard of: taken, and nothing is different."""
        name = self._tries.named(NEW_EVENTS)
        trial, seen = self._tries.run(NEW_EVENTS, name, self._lives)
        plain = self._plain if self._unsteady is None else None
        seen = seen.with_state(None if plain is None else another_state(plain, trial))
        opinions = assess(NEW_EVENTS, [NOVELTY], seen)
        return Proven(opinions.get(NOVELTY, _NEVER_HIT), name)

    def _in_time(self, key: str) -> Proven:
        if not self._tries.webhook:
            return Proven(Opinion(Standing.NOT_APPLICABLE, IN_TIME.of_webhooks), None)
        return Proven(*self._tries.times.of(key))

    def _trusted(self, seen: Seen) -> Seen:
        """Without the state, where states prove nothing."""
        return seen if self._unsteady is None else seen.with_state(State.unknown(self._unsteady))


_NEVER_HIT = Opinion(Standing.UNKNOWN, "the fault has hit none of these events")
_NOT_TAKEN = Proven(Opinion(Standing.UNKNOWN, "it does not even take it when nothing goes wrong"), None)
_ALONE = Proven(Opinion(Standing.NOT_APPLICABLE, "nothing else happens to the same resource"), None)


def _worst(proven: Sequence[Proven]) -> Proven:
    if not proven:
        return Proven(_NEVER_HIT, None)
    opinion = worst(one.opinion for one in proven)
    return next(one for one in proven if one.opinion is opinion)


def _together(proven: Proven) -> Proven:
    opinion = proven.opinion
    sentence = f"when all are hit at once, though not alone: {opinion.sentence}"
    return proven._replace(opinion=opinion._replace(sentence=sentence))
