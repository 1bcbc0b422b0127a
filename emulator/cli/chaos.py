"""`chaos`: faults by rule and by profile, changed while the server runs."""

from shlex import quote
from typing import TYPE_CHECKING, Any

import click

from emulator.cli.console import dim, note, print_json, print_table, warning
from emulator.cli.lazy import ExampleCommand, WordyGroup
from emulator.cli.options import json_option, with_client
from emulator.cli.params import EVENT_KEY, PROFILE, json_or_text
from emulator.domain.errors import InvalidInput

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from emulator.harness.client import ControlClient

_MATCH = ("event", "integration", "transport", "resource_type", "resource", "attempt", "nth", "when")
_HOW_OFTEN = ("probability", "times", "after", "for", "until")


@click.group(
    "chaos",
    cls=WordyGroup,
    examples={
        "epcc-emulator chaos profile documented": "as badly as the provider says it may get",
        "epcc-emulator chaos add reorder --match 'order.*' --window 3": "orders' events out of order",
        "epcc-emulator chaos add delay --value 5s --probability 0.3": "three in ten five seconds late",
        "epcc-emulator chaos disable delay-1": "not for now; enable switches it on again",
        "epcc-emulator chaos rm delay-1": "and no more",
        "epcc-emulator chaos explain payload": "what a fault does, and what it takes",
    },
)
def chaos() -> None:
    """Faults: rules and profiles, changed while it runs. They act on what is planned from then on."""


@chaos.command("ls")
@json_option
@with_client
def ls(client: "ControlClient", as_json: bool) -> None:
    """The rules there are, and which of them are off."""
    _tell(client.chaos(), as_json)


@chaos.command(
    "add",
    cls=ExampleCommand,
    context_settings={"ignore_unknown_options": True},
    examples={
        "epcc-emulator chaos add reorder --match 'order.*' --window 3": "each may let up to two later ones pass",
        "epcc-emulator chaos add duplicate --copies 2 --spacing 500ms": "everything three times",
        "epcc-emulator chaos add ack_loss --match order.paid --times 3": "three payments come again",
        "epcc-emulator chaos add api --calls 'GET /v2/orders*' --error 503 --probability 0.3": "our own API fails too",
        "epcc-emulator chaos add connection reset --attempt 1": "every first request is cut by a reset",
        "epcc-emulator chaos add secret wrong --in header": "and whoever it is does not know the secret",
        "epcc-emulator chaos add delay --distribution lognormal --median 4s --sigma 1.5 --max 25m": "a long tail",
    },
)
@click.argument("fault")
@click.option("--match", "event", type=EVENT_KEY, metavar="GLOB", help="Only events whose key matches.")
@click.option("--integration", metavar="GLOB", help="Only what goes to integrations of that name.")
@click.option("--transport", metavar="TYPE", help="Only webhook, aws_sqs or stomp.")
@click.option("--resource-type", metavar="TYPE", help="Only events of resources of this type.")
@click.option("--resource", metavar="ID", help="Only events of this resource: its id, or its key such as order:1.")
@click.option("--attempt", type=click.IntRange(1), help="Only this attempt.")
@click.option("--nth", type=click.IntRange(1), help="Only the how-manieth event of those, at each integration.")
@click.option("--when", metavar="CONDITION", help="Only messages that say so: \"data.payment == 'paid'\".")
@click.option("--probability", type=click.FloatRange(0, 1), help="How often, 0 to 1  [default: 1]")
@click.option("--times", type=click.IntRange(1), help="How often in all.")
@click.option("--after", metavar="N|DURATION", help="Not before so many of those events, or so much time.")
@click.option("--for", metavar="DURATION", help="And only for so long from then on.")
@click.option("--until", metavar="DURATION|INSTANT", help="And no longer than this.")
@click.option("--id", "rule_id", help="A name for the rule  [default: the fault's, numbered]")
@click.argument("fields", nargs=-1, type=click.UNPROCESSED)
@json_option
@with_client
def add(
    client: "ControlClient", fault: str, rule_id: str | None, fields: tuple[str, ...], as_json: bool, **options: Any
) -> None:
    """Add a rule with one FAULT: delay, reorder, duplicate, ack_loss, overlap, outage, payload, secret, corrupt,
    connection, drop or api.

    The fault's own fields are options too: --value, --window, --copies, ... One that is called as an option above
    is written --fault-times. The mode of a connection, corrupt or payload, and the value of a secret, may do without:
    'chaos add connection reset'.
    """
    from emulator.core.fault_words import short_field

    match = {name: options[name] for name in _MATCH if options[name] is not None}
    rule: dict[str, Any] = {} if rule_id is None else {"id": rule_id}
    rule |= {name: options[name] for name in _HOW_OFTEN if options[name] is not None}
    if (after := options["after"]) is not None and after.isdecimal():
        rule["after"] = int(after)
    if match:
        rule["match"] = match
    kind = _word(fault)
    rule[kind] = _fields(fields, short_field(kind))
    added = client.add_rule(rule)
    if as_json:
        print_json(added)
    else:
        click.echo(f"Added {_rule(added)}. Take it away with: epcc-emulator chaos rm {quote(added['id'])}")
    if (reason := _refusal(rule, client.integrations())) is not None:
        note(f"No integration there is can get it: {reason}")


def _refusal(written: dict[str, Any], integrations: "Sequence[Mapping[str, Any]]") -> str | None:
    """Why none of the integrations that the rule is about can get it; None where one can, or there is none yet."""
    from emulator.core.rule import Rule
    from emulator.domain.integration import IntegrationType

    try:
        rule = Rule.parse(written)
    except InvalidInput:  # a fault that is installed where the server is, and not here
        return None
    return rule.refusal_by_all({one["key"]: IntegrationType(one["integration_type"]) for one in integrations})


@chaos.command("explain")
@click.argument("fault", required=False)
def explain(fault: str | None) -> None:
    """What a FAULT does, how legal it is and what it takes; without one, which there are. Needs no running server."""
    from emulator.cli.fault_pages import page
    from emulator.core.fault_words import fault_kind, fault_words

    if fault is not None:
        click.echo(page(_word(fault)), nl=False)
        return
    rows = []
    for word in fault_words():
        try:
            kind = fault_kind(word)
        except InvalidInput as error:  # one that is installed and cannot be used hides no other
            rows.append((word, warning(error.sentence)))
        else:
            assert kind is not None, "it is one of the words"
            rows.append((word, kind.legality.value))
    print_table(("fault", "how legal"), rows)


@chaos.command("rm")
@click.argument("rule")
@json_option
@with_client
def rm(client: "ControlClient", rule: str, as_json: bool) -> None:
    """Take the RULE of this id away; what it has planned stays planned."""
    client.remove_rule(rule)
    _tell(client.chaos(), as_json)


@chaos.command("disable")
@click.argument("rule")
@json_option
@with_client
def disable(client: "ControlClient", rule: str, as_json: bool) -> None:
    """Switch the RULE of this id off, also one of the profile; what it has planned stays planned."""
    _tell(client.switch_rule(rule, on=False), as_json)


@chaos.command("enable")
@click.argument("rule")
@json_option
@with_client
def enable(client: "ControlClient", rule: str, as_json: bool) -> None:
    """Switch the RULE of this id on again; it goes on counting where it left off."""
    _tell(client.switch_rule(rule, on=True), as_json)


@chaos.command("profile")
@click.argument("name", type=PROFILE, required=False)
@json_option
@with_client
def profile(client: "ControlClient", name: str | None, as_json: bool) -> None:
    """Use the profile of this NAME (or file), or show the one in force. Added rules stay."""
    state = client.chaos() if name is None else client.set_profile(name)
    _tell(state, as_json)


@chaos.command("profiles")
@json_option
def profiles(as_json: bool) -> None:
    """The profiles there are. Needs no running server."""
    from emulator.loading.profiles import load_profile, profile_names

    found = [{"name": name, "description": load_profile(name).description} for name in profile_names()]
    if as_json:
        print_json(found)
    else:
        print_table(("profile", "what it does"), [(one["name"], one["description"]) for one in found])


def _word(fault: str) -> str:
    """The fault's word, of which ours may be typed with dashes."""
    from emulator.core.fault_words import fault_words

    return fault if fault in fault_words() else fault.replace("-", "_")


def _tell(state: dict[str, Any], as_json: bool) -> None:
    if as_json:
        print_json(state)
        return
    click.echo(f"Profile {state['profile']}")
    if not state["rules"]:
        click.echo("No rules: everything is delivered once, in order and at once.")
        return
    print_table(
        ("rule", "from", "hits", "what it does"),
        [(rule["id"], _source(rule), str(rule["hits"]), _rule(rule)) for rule in state["rules"]],
    )


def _source(rule: dict[str, Any]) -> str:
    source: str = rule["source"]
    return source if rule.get("enabled", True) else f"{source}, off"


def _rule(rule: dict[str, Any]) -> str:
    """A rule as a sentence of its own words: the fault, its fields, and whom it hits."""
    common = {"id", "match", *_HOW_OFTEN, "source", "hits", "legality", "enabled"}
    ((fault, fields),) = [(name, value) for name, value in rule.items() if name not in common]
    words = [warning(fault), *(f"{name} {_plain(value)}" for name, value in fields.items() if value is not None)]
    if rule.get("match"):
        words.append("on " + ", ".join(f"{name} {value}" for name, value in rule["match"].items()))
    if rule.get("probability", 1) != 1:
        words.append(f"with probability {rule['probability']:g}")
    if rule.get("times"):
        words.append(f"{rule['times']} times in all")
    words += [f"{name} {rule[name]}" for name in ("after", "for", "until") if name in rule]
    if rule.get("legality"):
        words.append(dim(f"({rule['legality']})"))
    return " ".join(words)


def _plain(value: Any) -> str:
    return " ".join(f"{name} {inner}" for name, inner in value.items()) if isinstance(value, dict) else str(value)


def _fields(words: tuple[str, ...], short: str | None = None) -> dict[str, Any]:
    """`--window 3 --scope=any` as a mapping. A word that comes first is the field `short`."""
    left = list(words)
    fields: dict[str, Any] = {}
    if short is not None and left and not left[0].startswith("--"):
        fields[short] = left.pop(0)
    while left:
        word = left.pop(0)
        if not word.startswith("--"):
            raise click.UsageError(f"'{word}' is neither an option nor the value of one")
        name, equals, value = word[2:].partition("=")
        if not equals:
            if not left:
                raise click.UsageError(f"option '{word}' needs a value")
            value = left.pop(0)
        fields[name.replace("-", "_").removeprefix("fault_")] = json_or_text(value)
    return fields
