"""What is added to a scenario before it is run many times: an expectation, a profile; and what is refused."""

import json

import pytest
import yaml

from emulator.core.scenario import Scenario
from emulator.domain.errors import InvalidInput, UserError
from emulator.harness.errand import ACCEPTED, Errand, check_jobs, check_reset, goes_wrong

BARE = """\
# mine
description: An order
steps:
  - {trigger: order.created, as: o1}   # the first
"""
FAULTY = "chaos:\n  - {id: late, delay: 5s}\n"


def of(text: str) -> Errand:
    return Errand.of(text, "mine.yaml")


def read(text: str) -> Scenario:
    return of(text).scenario()


@pytest.mark.parametrize(
    "text",
    [
        BARE,
        BARE.rstrip(),
        BARE + "expect: []\n",
        json.dumps(yaml.safe_load(BARE)),
        json.dumps(yaml.safe_load(BARE), indent=2),
        BARE + "integrations:\n- name: shop\n  observes: [order.*]\n",
    ],
)
def test_what_expects_nothing_expects_that_all_is_accepted(text: str) -> None:
    errand = of(text)
    assert errand.accepts_all
    said = yaml.safe_load(errand.text)
    assert said.pop("expect") == [ACCEPTED]
    before = yaml.safe_load(text)
    before.pop("expect", None)
    assert said == before
    [expectation] = errand.scenario().expect
    assert expectation.written == ACCEPTED
    assert "is judged by whether every delivery is accepted" in errand.remarks[-1]


def test_lines_stay_where_they_are() -> None:
    assert of(BARE).text.startswith(BARE)


def test_what_expects_something_is_left_alone() -> None:
    text = BARE + FAULTY + "expect:\n  - eventually: {event: order.created, delivered: true}\n"
    errand = of(text)
    assert (errand.text, errand.accepts_all, errand.profile, errand.remarks) == (text, False, "off", ())
    assert errand.scenario().seed == 1
    assert errand.scenario(7).seed == 7


@pytest.mark.parametrize(
    ("text", "profile"),
    [
        (BARE, "documented"),
        (BARE + "profile: off\n", "documented"),
        (BARE + "profile: lost_acks\n", "lost_acks"),
        (BARE + FAULTY, "off"),
        (BARE.replace("steps:", "steps:\n  - {phase: bad, chaos: [{id: late, delay: 5s}], steps: [settle]}"), "off"),
        (BARE.replace("steps:", "steps:\n  - {phase: good, steps: [settle]}"), "documented"),
    ],
)
def test_where_nothing_goes_wrong_what_is_documented_does(text: str, profile: str) -> None:
    assert of(text).profile == read(text).profile == profile
    assert goes_wrong(read(text))
    assert any("the profile documented is in force" in remark for remark in of(text).remarks) == (
        profile == "documented"
    )


PROBED = BARE + "expect:\n  - exactly: {probe: 'http://127.0.0.1:1/', path: $, equals: 1}\n"


def test_a_state_can_only_be_judged_again_when_it_was_reset() -> None:
    check_reset(read(BARE))
    check_reset(read(PROBED + "receiver: {reset: 'true'}\n"))
    with pytest.raises(InvalidInput, match=r"mine.yaml:7:1: receiver: the receiver's state is judged, and nothing"):
        check_reset(read(PROBED + "receiver: {url: 'http://127.0.0.1:1/'}\n"))


def test_several_at_a_time_need_a_port_each() -> None:
    own = "receiver: {command: serve, url: 'http://127.0.0.1:%s/'}\n"
    check_jobs(read(BARE), 1, "http://127.0.0.1:1/")
    check_jobs(read(BARE + own % "{port}"), 4, None)
    check_jobs(read(BARE + "receiver: {command: consume}\n"), 4, None)
    for text, forward_to in ((BARE + own % "{port}", "http://there/"), (BARE, None), (BARE + own % "8000", None)):
        with pytest.raises(UserError):
            check_jobs(read(text), 2, forward_to)
