"""Names in scenarios: that each stands for a resource, or an integration, that is there."""

import pytest

from emulator.domain.errors import InvalidInput
from emulator.loading.scenarios import parse_scenario

MADE = "  - {trigger: order.created, as: o1}\n"
REPEATED = '  - repeat: {count: 2, steps: [{trigger: order.created, as: "q{{n}}"}]}\n'
SHOP = "integrations: [{name: shop, url: 'http://localhost:1'}]\n"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            (
                f"steps:\n{MADE}"
                '  - {trigger: order.paid, override: {data.customer: {name: "{{o1.id}}", email: "{{nope.id}}"}}}\n'
            ),
            "x.yaml:3:73: steps[1].override.data.customer.email: no step before it makes a resource called 'nope'",
        ),
        (
            f'steps:\n{MADE}  - {{trigger: order.paid, add: {{data.refs: ["{{{{o1.id}}}}", "{{{{nope.id}}}}"]}}}}\n',
            "x.yaml:3:58: steps[1].add.data.refs[1]: no step before it makes a resource called 'nope'; there is o1",
        ),
        (
            f'steps:\n{REPEATED}chaos: [{{match: {{resource: "q{{{{n}}}}"}}, drop: null}}]\n',
            "chaos[0].match.resource: {{n}} stands for no number here; name the resources one by one, or match by",
        ),
        (
            (
                "steps:\n  - repeat: {count: 2, steps: [{phase: p, steps: [{trigger: order.created, as: 'q{{n}}'}],"
                " chaos: [{match: {resource: 'q{{n}}'}, drop: null}]}]}\n"
            ),
            "steps[0].repeat.steps[0].chaos[0].match.resource: {{n}} stands for no number here",
        ),
        (
            f"steps:\n{REPEATED}chaos: [{{match: {{resource: q9}}, drop: null}}]\n",
            "chaos[0].match.resource: no step makes a resource called 'q9'; the last of 2 is 'q2'",
        ),
        (
            f"steps:\n{REPEATED}chaos: [{{match: {{resource: q02}}, drop: null}}]\n",
            "no step makes a resource called 'q02'; there is q{{n}}",
        ),
        (
            f"steps:\n{REPEATED}chaos: [{{match: {{resource: q²}}, drop: null}}]\n",
            "no step makes a resource called 'q²'",
        ),
        (
            f"steps:\n{REPEATED}expect: [{{eventually: {{event: order.created, resource: 'q{{{{n}}}}'}}}}]\n",
            "expect[0].eventually.resource: {{n}} stands for no number here",
        ),
        (
            f"steps:\n{REPEATED}  - {{trigger: order.paid, of: 'q{{{{n}}}}', count: 3}}\n",
            "steps[1].of: no step before it makes a resource called 'q3'; the last of 2 is 'q2'",
        ),
        (
            f"steps:\n{REPEATED}  - {{trigger: order.paid, of: 'q{{{{n}}}}'}}\n",
            "steps[1].of: {{n}} is the number of a repetition, and nothing is repeated here",
        ),
        ("steps:\n  - {trigger: order.created, as: 'q{{n}}'}\n", "steps[0].as: {{n}} is the number of a repetition"),
        (
            SHOP + "steps: [{pause: 'sh*'}]\n",
            "x.yaml:2:10: steps[0].pause: unknown integration 'sh*'; all of them are '*'",
        ),
        (SHOP + "steps: [{after: 1s, resume: 'sho?'}]\n", "steps[0].resume: unknown integration 'sho?'"),
    ],
)
def test_a_name_that_stands_for_nothing_is_refused(text: str, sentence: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        parse_scenario(text, "x.yaml", {})
    assert sentence in str(caught.value)


@pytest.mark.parametrize(
    "text",
    [
        f"steps:\n{REPEATED}  - {{trigger: order.paid, of: 'q{{{{n}}}}', count: 2}}\n",
        f"steps:\n{REPEATED}chaos: [{{match: {{resource: q2}}, drop: null}}]\n",
        (
            "steps:\n  - {trigger: order.created, as: 'q{{n}}-{{n}}', burst: {count: 12, over: 1s}}\n"
            "  - {trigger: order.paid, of: q12-12}\n"
        ),
        (
            "steps:\n  - mix: {count: 3, of: [{phase: p, steps: [{after: 1s, trigger: order.paid, as: 'q{{n}}1'}]}]}\n"
            "  - {trigger: order.paid, of: q31}\n"
        ),
        SHOP + "steps: [{pause: shop}, {resume: '*'}]\nchaos: [{match: {integration: 'sh*'}, drop: null}]\n",
        (
            f"steps:\n{MADE}"
            "  - {trigger: order.paid, override: {data.meta: {a: ['{{ o1.id }}', '{{n}}', '{{no word}}', 5]}}}\n"
        ),
    ],
)
def test_a_name_that_stands_for_something_is_let_be(text: str) -> None:
    assert parse_scenario(text, "x.yaml", {}).steps
