"""Visit: a scenario played on a server that runs already, which is afterwards as it was but for what happened."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from emulator.core.acts import acts_of
from emulator.core.scenario import ClockChoice, Observer, Scenario
from emulator.core.step import Trigger
from emulator.domain.errors import UserError
from emulator.domain.integration import IntegrationType
from emulator.domain.moment import parse_instant
from emulator.harness.client import ControlClient
from emulator.harness.player import Player
from emulator.harness.readings import read_probes
from emulator.harness.receiver_process import ReceiverProcess
from emulator.harness.scenario_run import Played, register
from emulator.runtime.rehearsal import ANYBODY

NOWHERE = "http://receiver.invalid/"
"""Stands for a receiver in a scenario that is read where nobody says where one is."""
_PAGE = 100
_NOT_WRITTEN = ("source", "hits", "legality", "enabled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What is to be played, as it can be on that server; `remarks` say what of the scenario cannot apply."""

    scenario: Scenario
    observers: tuple[Observer, ...]
    aliases: Mapping[str, str]
    remarks: tuple[str, ...]


def visit_of(client: ControlClient, scenario: Scenario, *, forward_to: str | None = None) -> Visit:
    """Looks at the server. Raises UserError when nobody would receive anything."""
    status, clock = client.status(), client.clock()
    if status.get("saved"):
        raise UserError(f"{client.url} shows a saved journal; it can be looked at, not changed")
    remarks = []
    if status["seed"] != scenario.seed:
        remarks.append(
            f"its seed {scenario.seed} does not apply: the server's is {status['seed']}, with other accidents"
        )
    if clock["mode"] != scenario.clock.mode:
        remarks.append(f"its clock ({scenario.clock.mode}) does not apply: the server's is {clock['mode']}")
    if scenario.receiver.idle is not None:
        remarks.append("whether its receiver is idle is not asked: only a server of its own does that")
    if scenario.webhook_timeout != Scenario(name="").webhook_timeout:
        remarks.append("how long its receiver may take to answer does not apply: the server's own limit does")
    observers = scenario.integrations or ((ANYBODY,) if forward_to or scenario.receiver.url else ())
    placed = tuple(one for one in observers if forward_to or scenario.receiver.url or _is_somewhere(one))
    remarks += [
        f"{one.name} is not registered, because nothing says where it receives (--forward-to URL would); "
        "the server's own integrations hear of what happens"
        for one in observers
        if one not in placed
    ]
    if not placed and not any(one["enabled"] for one in client.integrations()):
        raise UserError("nobody would receive anything: the server has no enabled integration; add --forward-to URL")
    return Visit(
        scenario=replace(scenario, clock=ClockChoice(mode=clock["mode"], speed=clock["speed"] or 1.0)),
        observers=placed,
        aliases=_free_aliases(client, scenario),
        remarks=tuple(remarks),
    )


def play_there(client: ControlClient, visit: Visit, *, forward_to: str | None = None, details: bool = False) -> Played:
    """Plays it, puts profile, rules and pauses back, and tells what happened meanwhile, to whatever it was.

    Its integrations stay registered, so that what was delivered can be looked at and sent again.
    """
    scenario = visit.scenario
    receiver = ReceiverProcess(scenario.receiver)
    newest = client.deliveries(limit=1)["data"]
    last = newest[0]["number"] if newest else 0
    events = client.events(limit=1)["results"]["total"]
    begun = client.clock()["now"]
    webhooks = [one for one in visit.observers if one.integration_type is IntegrationType.WEBHOOK]
    needed: dict[str, str] = {}
    for observer in visit.observers:
        if observer not in webhooks:
            needed |= register(client, scenario, observer, None)
    with receiver.running({**client.environment(), **needed}):
        for observer in webhooks:
            register(client, scenario, observer, forward_to or receiver.url)
        with _put_back(client):
            if scenario.profile != client.chaos()["profile"]:
                client.set_profile(scenario.profile)
            settled = Player(client, scenario, aliases=visit.aliases).play()
        readings = read_probes(scenario.expect, client, receiver, settled=settled, aliases=visit.aliases)
    deliveries = _newest(client.deliveries, lambda one: one["number"] > last)
    attempts = _newest(client.attempts, lambda one: one["ended_at"] >= begun)
    return Played(
        scenario=scenario,
        settled=settled,
        events=client.events(limit=1)["results"]["total"] - events,
        deliveries=tuple(deliveries),
        attempts=tuple(one for one in attempts if one["delivery"] > last),
        began=parse_instant(begun),
        readings=readings,
        aliases=visit.aliases,
        judged=frozenset(one.name for one in visit.observers),
        details=tuple(client.delivery(str(one["number"])) for one in deliveries) if details else (),
        happened=tuple(_newest(client.events, lambda one: one["at"] >= begun)) if details else (),
    )


def _is_somewhere(observer: Observer) -> bool:
    url = observer.configuration.get("url")
    if observer.integration_type is IntegrationType.WEBHOOK:
        return url is not None and not str(url).startswith(NOWHERE)
    return True


def _free_aliases(client: ControlClient, scenario: Scenario) -> dict[str, str]:
    """Other names for the resources that it names, where an earlier play has taken these."""
    names = {act.alias for act in acts_of(scenario) if isinstance(act, Trigger) and act.alias is not None}
    number = 1
    while names and any(_taken(client, _numbered(name, number)) for name in names):
        number += 1
    return {name: _numbered(name, number) for name in names}


def _taken(client: ControlClient, name: str) -> bool:
    return bool(client.events(resource=name, limit=1)["data"])


def _numbered(name: str, number: int) -> str:
    return name if number == 1 else f"{name}-{number}"


@contextmanager
def _put_back(client: ControlClient) -> Iterator[None]:
    """Afterwards the profile is what it was, and so are the rules, which of them are off, and the pauses."""
    before, paused = client.chaos(), client.status()["paused"]
    try:
        yield
    finally:
        _put_rules_back(client, before)
        client.resume(but=paused)
        for key in paused:
            client.pause(None if key == "*" else key)


def _put_rules_back(client: ControlClient, before: Mapping[str, Any]) -> None:
    kept = {rule["id"]: rule for rule in before["rules"]}
    for rule in client.chaos()["rules"]:
        if rule["source"] == "added" and _written(rule) != _written(kept.get(rule["id"], {})):
            client.remove_rule(rule["id"])
    now = client.set_profile(before["profile"])
    for rule in now["rules"]:
        if rule["id"] not in kept:
            client.remove_rule(rule["id"])
    there = [rule["id"] for rule in now["rules"]]
    added = [rule for rule in before["rules"] if rule["source"] == "added"]
    while added and added[0]["id"] in there:
        added.pop(0)
    for rule in added:  # from the first that is missing on: rules take their turns in their order
        if rule["id"] in there:
            client.remove_rule(rule["id"])
        client.add_rule(_written(rule))
    for rule in client.chaos()["rules"]:
        if rule["enabled"] is not kept[rule["id"]]["enabled"]:
            client.switch_rule(rule["id"], on=kept[rule["id"]]["enabled"])


def _written(rule: Mapping[str, Any]) -> dict[str, Any]:
    """The rule as a user would write it."""
    return {name: value for name, value in rule.items() if name not in _NOT_WRITTEN}


def _newest(page: Callable[..., Any], wanted: Callable[[Mapping[str, Any]], bool]) -> list[Mapping[str, Any]]:
    """From the newest on, as long as they are wanted; oldest first."""
    found: list[Mapping[str, Any]] = []
    while True:
        part = page(limit=_PAGE, offset=len(found))["data"]
        some = [one for one in part if wanted(one)]
        found += some
        if len(some) < _PAGE:
            return found[::-1]
