"""`explore`: many seeds, what fails by its cause, what was tried, and what it says where it cannot judge."""

import json
from collections.abc import Callable
from pathlib import Path
from xml.etree import ElementTree

import pytest
from integration.explore.conftest import LOST, Result, pids
from processes import lives, until

Story = Callable[..., str]
Explore = Callable[..., Result]
CALM = {"chaos": None}


def test_a_careless_receiver_fails_for_one_cause_which_is_kept(story: Story, explore: Explore, tmp_path: Path) -> None:
    found = explore(story("careless", "yes"), "--runs", "4", "--jobs", "2", "--json", "--report", "junit=r.xml")
    assert found.code == 4, found.err
    document = found.document
    assert document["verdict"] == "fail"
    assert document["complete"] is True
    assert document["profile"] == "off"
    runs = document["runs"]
    assert runs["pass"] + runs["fail"] == 4
    assert runs["inconclusive"] == runs["not_run"] == 0
    [cause] = document["causes"]
    assert [one["what"] for one in cause["symptoms"]] == ["$.shipped['<order>'] is more"]
    assert len(cause["seeds"]) == runs["fail"] > 0
    case = json.loads(Path(cause["case"]).read_text())
    assert case["plan"]["seed"] == cause["seed"] in cause["seeds"]
    assert document["coverage"]["unheard"] == {
        "tried": 1,
        "possible": 3,
        "missing": [{"integration": "shipping", "events": [f"order.{word}"]} for word in ("created", "paid")],
    }
    assert document["coverage"]["order"]["tried"] == 3
    suite = ElementTree.parse(tmp_path / "r.xml").getroot()
    failure = suite.find(".//failure")
    assert failure is not None
    assert f"{runs['fail']} of 4 runs, such as seed {cause['seed']}" in str(failure.text)
    assert len(pids(tmp_path)) == 2
    until(lambda: not any(map(lives, pids(tmp_path))))


def test_the_same_seeds_say_the_same_however_many_work(story: Story, explore: Explore) -> None:
    name = story("careless", "yes")
    alone, together = (explore(name, "--runs", "3", "--jobs", jobs, "--json").document for jobs in ("1", "2"))
    for document in (alone, together):
        del document["seconds"]
        for cause in document["causes"]:
            del cause["judgement"]  # names the port
            del cause["case"]  # is named after it too
    assert alone == together


def test_it_ends_with_the_first_failure_and_tells_how_to_reproduce_it(story: Story, explore: Explore) -> None:
    found = explore(story("careless", "yes"), "--until-fail")
    assert found.code == 4
    assert "Cause 1  1 run, seed " in found.out
    assert "    $.shipped['<order>'] is more\n" in found.out
    assert "not tried: order.created twice, order.fulfilled twice, order.paid twice\n" in found.out
    [case] = Path(".epcc-emulator/cases").glob("*.json")
    assert f"Reproduce with: epcc-emulator replay {case.stem}\n" in found.err


def test_what_cannot_be_kept_as_a_case_is_told_all_the_same(story: Story, explore: Explore) -> None:
    Path(".epcc-emulator").write_text("in the way", encoding="utf-8")
    Path("mine").mkdir()
    found = explore(story("careless", "yes"), "--until-fail", "--fixtures", "mine")
    assert found.code == 4
    assert "    $.shipped['<order>'] is more\n" in found.out
    assert "What fails could not be saved as cases: cannot make .epcc-emulator/cases" in found.err
    [command] = [line for line in found.err.splitlines() if line.startswith("Reproduce with: ")]
    words = command.removeprefix("Reproduce with: epcc-emulator ").split()
    assert words[:3] == ["explore", "story.yaml", "--seed"]
    assert words[-2:] == ["--fixtures", "mine"]
    assert explore(*words[1:]).code == 4


def test_a_careful_receiver_passes_under_the_documented_profile(story: Story, explore: Explore) -> None:
    found = explore(story(**CALM), "--runs", "1", "--seed", "70", "--report", "github")
    assert found.code == 0, found.err
    assert "the profile documented is in force" in found.err
    assert "1 run in " in found.out
    assert ": 1 passed\n" in found.out
    assert "::notice title=story::all 1 expectations are met\n" in found.out
    assert not Path(".epcc-emulator").exists()


def test_a_receiver_that_dies_fails_and_is_started_again(story: Story, explore: Explore, tmp_path: Path) -> None:
    found = explore(story("dies-on", "order.paid"), "--runs", "2", "--json")
    assert found.code == 4, found.err
    assert found.document["runs"]["fail"] == 2
    [cause] = found.document["causes"]
    assert cause["symptoms"][0]["what"].startswith("the receiver ended with #")
    assert len(pids(tmp_path)) == 2


def test_where_nothing_is_expected_everything_is_to_be_accepted(story: Story, explore: Explore) -> None:
    found = explore(story("refuses", "order.paid", expect=None), "--runs", "1", "--json")
    assert found.code == 4, found.err
    assert "it is judged by whether every delivery is accepted in the end" in found.err
    [cause] = found.document["causes"]
    assert [one["what"] for one in cause["symptoms"]] == ["order.paid is exhausted: answered 500"]


def test_what_a_rule_keeps_from_it_is_not_its_failure(story: Story, explore: Explore) -> None:
    never = {"id": "never", "match": {"event": "order.paid"}, "drop": None}
    found = explore(story(expect=None, chaos=[never]), "--runs", "1", "--json")
    assert found.code == 5, found.err
    [doubt] = found.document["inconclusive"]
    assert "was kept from the receiver by a rule" in doubt["why"]
    assert found.document["causes"] == []


def test_time_is_up_before_anything_is_known(story: Story, explore: Explore) -> None:
    found = explore(story(), "--for", "1ms", "--json")
    assert found.code == 5
    assert found.document["runs"] == {"pass": 0, "fail": 0, "inconclusive": 0, "not_run": 0}


def test_a_receiver_that_cannot_be_started_is_no_failure_of_its(story: Story, explore: Explore) -> None:
    receiver = {"command": "false {port}", "url": "http://127.0.0.1:{port}/hook", "reset": "true"}
    found = explore(story(receiver=receiver), "--runs", "2")
    assert found.code == 3
    assert "the receiver ended with 1 before it listened" in found.err
    assert found.out == ""


THERE = "http://127.0.0.1:1/hook"


@pytest.mark.parametrize(
    ("receiver", "words", "code", "said"),
    [
        ({"command": "true", "url": THERE}, (), 2, "story.yaml:3:1: receiver: the receiver's state is judged, and"),
        ({"reset": "true"}, ("--jobs", "2", "--forward-to", THERE), 1, "--forward-to names one receiver"),
        ({"reset": "true", "url": THERE}, ("--jobs", "2"), 1, "say how one is started"),
        ({"reset": "true", "url": THERE, "command": "true"}, ("--jobs", "2"), 1, "write {port} in receiver.url"),
        ({"reset": "true"}, ("--report", "html=x.html"), 1, "a report of html is of one run"),
    ],
)
def test_what_cannot_be_explored_is_said_at_once(
    story: Story, explore: Explore, receiver: dict[str, str], words: tuple[str, ...], code: int, said: str
) -> None:
    found = explore(story(receiver=receiver), *words)
    assert (found.code, found.out) == (code, "")
    assert said in found.err


def test_a_step_that_the_shop_refuses_is_the_scenarios_mistake(story: Story, explore: Explore) -> None:
    found = explore(story(steps=[{"trigger": "order.paid", "of": "nobody"}], expect=None, chaos=[LOST]))
    assert found.code == 2
    assert "story.yaml" in found.err
    assert "steps" in found.err
