"""RuleCounts: what each rule has come to so far; all that a planner remembers between two events."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

Seen = tuple[int, int | None]
"""How many matching events one integration had, and when the one happened that the rule waits for."""


@dataclass(slots=True, kw_only=True)
class RuleCounts:
    """`hits` by rule; `seen` by rule and integration, for rules that wait for their n-th event; `since` is when a rule
    was put in force (microseconds)."""

    hits: dict[str, int] = field(default_factory=dict)
    seen: dict[tuple[str, str], Seen] = field(default_factory=dict)
    since: dict[str, int] = field(default_factory=dict)

    @classmethod
    def restored(cls, saved: Mapping[str, Any]) -> Self:
        """From what `saved` answered."""
        seen = dict(_read_seen(saved.get("seen", {})))
        return cls(hits=dict(saved.get("hits", {})), seen=seen, since=dict(saved.get("since", {})))

    def saved(self, rules: frozenset[str]) -> dict[str, Any]:
        """What must outlive the process: the hits of these rules, and everything else."""
        hits = {rule: count for rule, count in self.hits.items() if rule in rules}
        seen: dict[str, dict[str, list[int | None]]] = {}
        for (rule, integration), counted in self.seen.items():
            seen.setdefault(rule, {})[integration] = list(counted)
        return {"hits": hits, "seen": seen, "since": dict(self.since)}

    def kept(self, rules: frozenset[str], at: int, *, anew: frozenset[str] = frozenset()) -> "RuleCounts":
        """Those of these rules; one that is new is in force from now on, and so are those that begin `anew`."""
        same = rules - anew
        return RuleCounts(
            hits={rule: count for rule, count in self.hits.items() if rule in same},
            seen={place: seen for place, seen in self.seen.items() if place[0] in same},
            since={rule: self.since.get(rule, at) if rule in same else at for rule in sorted(rules)},
        )

    def copy(self) -> "RuleCounts":
        return RuleCounts(hits=dict(self.hits), seen=dict(self.seen), since=dict(self.since))

    def gained(self, before: "RuleCounts") -> dict[str, int]:
        """How often each rule has hit since."""
        return {rule: more for rule, count in self.hits.items() if (more := count - before.hits.get(rule, 0))}

    def give_back(self, gained: Mapping[str, int], before: "RuleCounts") -> None:
        """What was counted for something that never happened; hits since then stay."""
        for rule, count in gained.items():
            if rule in self.hits:
                self.hits[rule] -= count
        self.seen = dict(before.seen)

    def clear(self) -> None:
        """Back to the beginning."""
        self.hits.clear()
        self.seen.clear()
        self.since.clear()

    def see(self, rule: str, integration: str, awaited: int, at: int) -> None:
        """One more matching event; the `awaited`-th is remembered by its moment."""
        place = rule, integration
        count, moment = self.seen.get(place, (0, None))
        if count < awaited:
            self.seen[place] = (count + 1, at if count + 1 == awaited else moment)

    def awaited(self, rule: str, integration: str) -> int | None:
        """When the event happened that the rule waits for, None before that."""
        return self.seen.get((rule, integration), (0, None))[1]


def _read_seen(saved: Mapping[str, Any]) -> Iterator[tuple[tuple[str, str], Seen]]:
    """Earlier journals have rule and integration in one name, with a bar between them."""
    for name, counted in saved.items():
        if isinstance(counted, Mapping):
            for integration, (count, at) in counted.items():
                yield (name, integration), (count, at)
        else:
            rule, _, integration = name.partition("|")
            yield (rule, integration), (counted[0], counted[1])
