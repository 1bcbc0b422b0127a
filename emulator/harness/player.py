"""Player: does what a scenario says, on a running emulator."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from emulator.core.acts import Act, Beat, Until, placed_acts
from emulator.core.rule import Rule
from emulator.core.scenario import Scenario
from emulator.core.step import Heal, KeepBusy, Load, Misbehave, Pause, Release, Resume, Settle, Sleep, Trigger
from emulator.domain.errors import UserError
from emulator.domain.moment import SECOND, exact_duration, parse_instant
from emulator.harness.client import ControlClient

_AT_ONCE = 50.0  # wall seconds that one call may wait
_A_MOMENT = 0.005  # wall seconds between two looks at what is due
_MEDDLING = (Heal, Misbehave, Pause, Release, Resume)
_NO_ALIASES: Mapping[str, str] = MappingProxyType({})


class Player:
    """Plays once. Emulated time passes as the scenario's clock says: at once where it is virtual.

    With `moments` (microseconds) each act begins when it is planned to: what lets time pass does nothing by itself, but
    what is due when everything is to settle leaves before what comes next.
    `aliases` are other names for resources that the scenario names, where those are taken. With `faultless` nothing
    goes wrong by our doing: rules, pauses and holds of the scenario are passed over. When each act began is
    `noted`, where somebody wants to know.
    """

    def __init__(
        self,
        client: ControlClient,
        scenario: Scenario,
        moments: Sequence[int] = (),
        *,
        aliases: Mapping[str, str] = _NO_ALIASES,
        faultless: bool = False,
        noted: list[int] | None = None,
    ) -> None:
        self._aliases = aliases
        self._deadline = 0.0
        self._begun = 0
        self._planned = 0
        self._late = 0
        self._settling = False
        self._raised_at = self._load_began = 0.0
        self._load: Load | None = None
        self._offset = 0
        self._client = client
        self._scenario = scenario
        self._moments = moments
        self._faultless = faultless
        self._noted = noted
        self._speed = {"real": 1.0, "scaled": scenario.clock.speed}.get(scenario.clock.mode)

    def play(self) -> bool:
        """Everything, and then until nothing more is to be sent; False when the time limit passed first.

        Raises InvalidInput for an act that the shop refuses, with its place.
        """
        deadline = self._deadline = time.monotonic() + self._scenario.time_limit / SECOND
        if not self._faultless:
            given = {rule["id"] for rule in self._client.chaos()["rules"]}
            standing_in = tuple(rule.id for rule in self._scenario.rules if rule.id in given)
            self._change(self._scenario.rules, standing_in)
        self._begun = self._now()
        for number, (path, act) in enumerate(placed_acts(self._scenario)):
            if time.monotonic() > deadline:
                return False
            try:
                if self._moments:
                    self._wait_for(number, act)
                if self._noted is not None:
                    self._noted.append(self._now())
                if not (self._faultless and isinstance(act, _MEDDLING)):
                    self._do(act, deadline)
            except UserError as error:
                raise self._scenario.refused(error, *path) from None
        return self._settle(deadline)

    def _wait_for(self, number: int, act: Act) -> None:
        """Until this one is planned to begin."""
        self._planned = self._begun + self._moments[number] - self._moments[0]
        self._pass(self._planned - self._now())
        if self._settling:
            self._let_leave()
        self._settling = isinstance(act, Settle)

    def _do(self, act: Act, deadline: float) -> None:
        client = self._client
        match act:
            case Trigger():
                self._raised_at = time.monotonic()
                client.trigger(act.key, **_request(self._renamed(act)))
                if self._moments and self._speed is not None:
                    self._late = self._now() - self._planned
            case KeepBusy():
                self._keep_busy(act, deadline)
            case Sleep():
                self._pass(0 if self._moments else act.micros)
            case Beat():
                self._pass(0 if self._moments else self._left_of(act))
            case Until():
                self._pass(0 if self._moments else self._begun + act.micros - self._now())
            case Settle():
                if not self._moments:
                    self._settle(deadline)
            case Heal():
                self._heal()
            case Pause():
                client.pause(None if act.integration == "*" else act.integration)
            case Resume():
                client.resume(None if act.integration == "*" else act.integration)
            case Release():
                client.release()
            case Misbehave():
                self._change(act.add, act.remove)

    def _keep_busy(self, act: KeepBusy, deadline: float) -> None:
        limit = act.rate
        how: dict[str, Any] = {"rate": f"{limit.limit}/{exact_duration(limit.window)}"}
        how |= {"mix": dict(act.mix)} if act.mix else {}
        how |= {} if act.duration is None else {"for": exact_duration(act.duration)}
        how |= {} if act.count is None else {"count": act.count}
        self._client.start_traffic(**how)
        while (left := deadline - time.monotonic()) > 0:
            state = self._client.traffic(wait=min(left, _AT_ONCE))
            if state is None or state["ended"] is not None:
                return
        self._client.stop_traffic()

    def _left_of(self, act: Beat) -> int:
        """How long to wait on a running clock, so that what the calls take does not make the load slower."""
        if self._speed is None:
            return act.micros
        if act.load is not self._load or act.offset <= self._offset:
            self._load, self._load_began = act.load, self._raised_at
        self._offset = act.offset
        return act.offset - round((time.monotonic() - self._load_began) * self._speed * SECOND)

    def _now(self) -> int:
        return parse_instant(self._client.clock()["now"])

    def _pass(self, micros: int) -> None:
        if micros <= 0:
            return
        left = max(0.0, self._deadline - time.monotonic())
        if self._speed is None:
            self._client.advance(exact_duration(micros), left)
        else:
            time.sleep(min(micros / SECOND / self._speed, left))

    def _let_leave(self) -> None:
        """What is planned to have left by now; on a running clock it is as late as the last event was."""
        if self._speed is None:
            self._client.advance("0s", max(0.0, self._deadline - time.monotonic()))
            return
        latest = self._now() + self._late
        while time.monotonic() < self._deadline:
            due = self._client.clock()["next_due"]
            if due is None or parse_instant(due) > latest:
                return
            time.sleep(_A_MOMENT)

    def _settle(self, deadline: float) -> bool:
        return self._client.settle(max(0.0, deadline - time.monotonic()))

    def _heal(self) -> None:
        self._client.set_profile("off")
        self._change((), tuple(rule["id"] for rule in self._client.chaos()["rules"]))
        self._client.resume()
        self._client.release()

    def _change(self, add: tuple[Rule, ...], remove: tuple[str, ...]) -> None:
        for rule_id in remove:
            self._client.remove_rule(rule_id)
        for rule in add:
            self._client.add_rule(self._about(rule))

    def _renamed(self, act: Trigger) -> Trigger:
        return replace(
            act, of=self._aliases.get(act.of or "", act.of), alias=self._aliases.get(act.alias or "", act.alias)
        )

    def _about(self, rule: Rule) -> dict[str, Any]:
        described = rule.describe()
        resource = rule.match.resource
        if resource is not None and resource in self._aliases:
            described["match"] = {**described["match"], "resource": self._aliases[resource]}
        return described


def _request(act: Trigger) -> Mapping[str, Any]:
    given = {"of": act.of, "alias": act.alias, "only": act.only or None}
    changes = {"override": dict(act.override), "add": dict(act.add), "remove": list(act.remove)}
    return {name: value for name, value in (given | changes).items() if value}
