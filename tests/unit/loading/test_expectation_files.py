"""What scenarios may expect: every form, and how mistakes in it are told."""

from typing import Any

import jsonschema
import pytest
import yaml

from emulator.core.expectation import (
    Asked,
    Converges,
    Counted,
    Eventually,
    Expected,
    Holds,
    Never,
    NoMore,
    Ordered,
    Sought,
)
from emulator.core.probe_target import CommandTarget, HttpTarget, Output, PythonTarget, SqlTarget
from emulator.domain.errors import InvalidInput
from emulator.domain.moment import MINUTE, SECOND
from emulator.loading.expectations import EXPECTATIONS
from emulator.loading.scenario_schema import scenario_schema
from emulator.loading.scenarios import parse_scenario

HEAD = """\
integrations: [{name: shop, url: "http://localhost/"}, {name: queue, type: aws_sqs}]
steps:
  - {trigger: order.created, as: o1}
expect:
  - """
WEB = HttpTarget(url="http://localhost/{{o1.id}}")
PROBE = "probe: 'http://localhost/{{o1.id}}'"


def parsed(text: str) -> Expected:
    (one,) = parse_scenario(HEAD + text + "\n", "x.yaml", {}).expect
    return one.expected


FORMS = [
    (
        "eventually: {event: order.paid, delivered: true, within: 30m, integration: shop, resource: o1}",
        Eventually(
            sought=Sought(event="order.paid", delivered=True, integration="shop", resource="o1"), within=30 * MINUTE
        ),
    ),
    ("eventually: {event: order.paid}", Eventually(sought=Sought(event="order.paid", delivered=True))),
    (
        "eventually: {event: order.paid, attempts: {at_most: 3}}",
        Eventually(sought=Sought(event="order.paid", delivered=True, attempts_to=3)),
    ),
    (
        "never: {event: 'order.*', attempts: {at_least: 2}}",
        Never(sought=Sought(event="order.*", attempts_from=2)),
    ),
    (
        "exactly: {event: order.paid, attempts: 2, count: 1}",
        Counted(sought=Sought(event="order.paid", attempts_from=2, attempts_to=2), count=1),
    ),
    ("at_least: {event: order.paid}", Counted(sought=Sought(event="order.paid"), count=1, at_least=True)),
    (
        "ordered: {events: [order.created, order.paid], resource: o1}",
        Ordered(events=("order.created", "order.paid"), sought=Sought(resource="o1")),
    ),
    (
        "no_more: {event: 'order.*', after: order.deleted}",
        NoMore(sought=Sought(event="order.*"), after_event="order.deleted"),
    ),
    ("no_more: {after: 1h}", NoMore(sought=Sought(), after_time=60 * MINUTE)),
    (
        f"exactly: {{{PROBE}, path: $.status, equals: paid}}",
        Holds(asked=Asked(target=WEB, path="$.status"), value="paid"),
    ),
    (
        f"exactly: {{{PROBE}, count: '$[*]', equals: 1, stable_for: 1s}}",
        Holds(asked=Asked(target=WEB, path="$[*]", counts=True, stable_for=SECOND), value=1),
    ),
    (
        f"at_least: {{{PROBE}, path: $.n, value: 2.5}}",
        Holds(asked=Asked(target=WEB, path="$.n"), value=2.5, at_least=True),
    ),
    (f"never: {{{PROBE}, equals: null}}", Holds(asked=Asked(target=WEB), value=None, never=True)),
    (f"converges: {{{PROBE}, path: $.status}}", Converges(asked=Asked(target=WEB, path="$.status"))),
    (
        "converges: {probe: {url: 'http://localhost/', headers: {Authorization: Bearer 1}}}",
        Converges(asked=Asked(target=HttpTarget(url="http://localhost/", headers={"Authorization": "Bearer 1"}))),
    ),
    (
        "converges: {probe: {sql: 'sqlite:///a.db', query: select 1}}",
        Converges(asked=Asked(target=SqlTarget(url="sqlite:///a.db", query="select 1"))),
    ),
    (
        "converges: {probe: {command: cat x, output: text}}",
        Converges(asked=Asked(target=CommandTarget(command="cat x", output=Output.TEXT))),
    ),
    (
        "converges: {probe: {python: 'checks:orders', with: {id: '{{o1.id}}'}}}",
        Converges(asked=Asked(target=PythonTarget(function="checks:orders", arguments={"id": "{{o1.id}}"}))),
    ),
]


@pytest.mark.parametrize(("text", "expected"), FORMS)
def test_every_form(text: str, expected: Expected) -> None:
    assert parsed(text) == expected


@pytest.mark.parametrize("text", [text for text, _ in FORMS])
def test_the_schema_knows_every_form(text: str) -> None:
    jsonschema.validate(yaml.safe_load(HEAD + text), scenario_schema())


def test_every_word_has_a_form() -> None:
    assert {text.partition(":")[0] for text, _ in FORMS} == set(EXPECTATIONS)


MISTAKES = [
    (
        "eventualy: {event: order.paid}",
        "expect[0].eventualy: unknown expectation 'eventualy'; did you mean 'eventually'?",
    ),
    ("eventually: {}", "expect[0].eventually: 'event' is missing"),
    (
        "eventually: {event: ordr.paid}",
        "expect[0].eventually.event: 'ordr.paid' matches no event that can be observed; did",
    ),
    (
        "eventually: {event: order.paid, witin: 3m}",
        "expect[0].eventually.witin: unknown key 'witin'; did you mean 'within'?",
    ),
    ("eventually: {event: order.paid, within: 3 m}", "expect[0].eventually.within: '3 m' is not a duration"),
    ("eventually: {event: order.paid, delivered: 1}", "expect[0].eventually.delivered: expected true or false"),
    ("eventually: {event: order.paid, attempts: many}", "expect[0].eventually.attempts: expected a whole number"),
    ("never: {event: order.paid, attempts: {at_least: 3, at_most: 2}}", "no number is at least 3 and at most 2"),
    (f"eventually: {{{PROBE}}}", "expect[0].eventually.probe: 'eventually' is about deliveries; of a probe you can"),
    ("exactly: {event: order.paid}", "expect[0].exactly: 'count' is missing"),
    ("ordered: {events: [order.paid]}", "expect[0].ordered.events: expected two event keys or more"),
    ("ordered: {events: [order.paid, order.payd]}", "expect[0].ordered.events[1]: 'order.payd' matches no event"),
    (
        "no_more: {after: 3 parsecs}",
        "expect[0].no_more.after: '3 parsecs' is no event key, and no duration such as 30m",
    ),
    ("no_more: {after: order.payd}", "expect[0].no_more.after: 'order.payd' matches no event"),
    (f"exactly: {{{PROBE}, path: $.a}}", "expect[0].exactly: 'equals' is missing"),
    (f"exactly: {{{PROBE}, path: $.a, count: $, equals: 1}}", "or how many there are; keep one"),
    (
        f"exactly: {{{PROBE}, path: a.b, equals: 1}}",
        "expect[0].exactly.path: 'a.b' is no JSONPath, which begins with $",
    ),
    (f"exactly: {{{PROBE}, count: '$[*]', equals: one}}", "expect[0].exactly.equals: expected a number, found 'one'"),
    ("exactly: {probe: localhost, equals: 1}", "expect[0].exactly.probe: 'localhost' is no address of http"),
    ("exactly: {probe: 'sqlite:///a', equals: 1}", "expect[0].exactly.probe: a database is asked a query"),
    (
        "exactly: {probe: {comand: ls}, equals: 1}",
        "a probe is one of url, sql, command, python; did you mean 'command'?",
    ),
    ("exactly: {probe: {command: ls, python: 'a:b'}, equals: 1}", "a probe asks one; found command and python"),
    (
        "exactly: {probe: {command: ls, output: xml}, equals: 1}",
        "probe.output: unknown output 'xml'; there is code, json",
    ),
    ("exactly: {probe: {python: ls}, equals: 1}", "expect[0].exactly.probe.python: 'ls' is no function"),
    ("exactly: {probe: {sql: 'mysql://h/d', query: q}, equals: 1}", "probe.sql: 'mysql://h/d' is no database"),
    ("exactly: {probe: {url: localhost}, equals: 1}", "expect[0].exactly.probe.url: 'localhost' is no address of http"),
    ("exactly: {probe: 'http://h/{{o2.id}}', equals: 1}", "probe: no step makes a resource called 'o2'; there is o1"),
    ("exactly: {probe: 'http://h/', path: \"$['{{o2.id}}']\", equals: 1}", "no step makes a resource called 'o2'"),
    ("never: {event: order.paid, resource: o2}", "expect[0].never.resource: no step makes a resource called 'o2'"),
    (
        "never: {event: order.paid, integration: shp}",
        "never.integration: unknown integration 'shp'; did you mean 'shop'?",
    ),
    ("[]", "expect[0]: an expectation is one of eventually"),
]


@pytest.mark.parametrize(("text", "sentence"), MISTAKES)
def test_a_mistake_is_told_with_its_place_and_the_right_word(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parsed(text)
    assert sentence in str(caught.value)
    assert str(caught.value).startswith("x.yaml:5:"), "with file, line and column"


@pytest.mark.parametrize(
    "wrong",
    [
        {"eventualy": {"event": "order.paid"}},
        {"eventually": {"event": "order.paid", "witin": "3m"}},
        {"exactly": {"event": "order.paid"}},
        {"exactly": {"probe": "localhost", "equals": 1}},
        {"ordered": {"events": ["order.paid"]}},
        {"never": {"event": "order.paid"}, "exactly": {"event": "order.paid", "count": 1}},
        {},
    ],
)
def test_the_schema_refuses_mistakes(wrong: Any) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"steps": ["settle"], "expect": [wrong]}, scenario_schema())
