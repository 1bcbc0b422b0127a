"""Cast: the events that take part in an examination, and the rules by which a fault hits them."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from emulator.core.card.aspect import Aspect, Hits

WrittenRule = dict[str, Any]


class Appearance(NamedTuple):
    """One event that an integration hears of: its key, and the key of its resource."""

    event: str
    resource: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cast:
    """In the order in which they happen. `integration` is who is examined, None where there is nobody else."""

    appearances: tuple[Appearance, ...]
    integration: str | None = None

    @property
    def keys(self) -> tuple[str, ...]:
        """Every event type, once."""
        return tuple(dict.fromkeys(one.event for one in self.appearances))

    def has_company(self, event: str) -> bool:
        """Whether there is another event of the same resource, with which one of this type can change places."""
        return any(event in (one.event for one in life) and len(life) > 1 for life in self._lives.values())

    @property
    def _lives(self) -> Mapping[str, Sequence[Appearance]]:
        lives: dict[str, list[Appearance]] = defaultdict(list)
        for one in self.appearances:
            lives[one.resource].append(one)
        return lives

    def rules(self, aspect: Aspect, only: str | None = None) -> list[list[WrittenRule]]:
        """What goes wrong, in one run after the other, as a scenario has it; `only` is the one event type that is hit,
        or changes places."""
        match aspect.hits:
            case Hits.NOTHING | Hits.NOVELTY:
                return [[]]
            case Hits.EVERY | Hits.ALTERNATE if only is not None:
                return [[self._rule(aspect, 1, {"event": only})]]
            case Hits.EVERY:
                return [[self._rule(aspect, 1, {})]]
            case Hits.ALTERNATE:
                halves = [self.keys[0::2], self.keys[1::2]]
                return [
                    [self._rule(aspect, number, {"event": key}) for number, key in enumerate(half, start=1)]
                    for half in halves
                    if half
                ]
            case Hits.NEIGHBOURS if only is not None:
                return [[self._pair(aspect, only)]]
            case Hits.NEIGHBOURS:
                return list(self._neighbours(aspect))

    def _neighbours(self, aspect: Aspect) -> Iterator[list[WrittenRule]]:
        """Each event with the one after it, and with the one before it; and all together."""
        for skipped in (0, 1):
            pairs = [resource for resource, life in self._lives.items() if len(life) > skipped + 1]
            after = {"after": skipped} if skipped else {}
            rules = [
                self._rule(aspect, number, {"resource": resource}, **after)
                for number, resource in enumerate(pairs, start=1)
            ]
            if rules:
                yield rules
        if aspect.whole_life:
            yield [self._rule(aspect, 1, {}, fault=aspect.whole_life)]

    def _pair(self, aspect: Aspect, event: str) -> WrittenRule:
        """The first of this type that has another one before it, with that; else with the one after it."""
        places = [
            (resource, place)
            for resource, life in self._lives.items()
            if len(life) > 1
            for place, one in enumerate(life)
            if one.event == event
        ]
        resource, place = next((each for each in places if each[1] > 0), places[0])
        skipped = max(0, place - 1)
        how: dict[str, Any] = {"after": skipped} if skipped else {}
        return self._rule(aspect, 1, {"resource": resource}, **how, times=2)

    def _rule(self, aspect: Aspect, number: int, match: dict[str, Any], **how: Any) -> WrittenRule:
        name = aspect.name if number == 1 else f"{aspect.name}-{number}"
        fault = how.pop("fault", aspect.fault)
        whom = {**({} if self.integration is None else {"integration": self.integration}), **match}
        if aspect.refuses:
            whom["attempt"] = 1
        return {"id": name, **({"match": whom} if whom else {}), **how, **fault}
