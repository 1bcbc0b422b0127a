"""Case files: what is kept of a run, and how one that is damaged, old or something else is told."""

import json
import os
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from emulator.core.verdict import Finding, Judgement, Verdict
from emulator.domain.errors import EnvironmentFault, InvalidInput
from emulator.loading.case_file import CaseFile, case_names, find_case, require_case
from emulator.loading.scenarios import parse_scenario
from emulator.runtime.fixtures import load_fixtures
from emulator.runtime.rehearsal import Rehearsal

TEXT = """\
name: late orders
seed: 5
integrations: [{name: shop, url: "${RECEIVER_URL}", observes: ["order.*"]}]
steps: [{trigger: order.paid, as: o1}]
chaos:
  - {id: twice, match: {event: order.paid}, duplicate: {copies: 1}}
  - {id: together, overlap: {count: 2}}
  - {id: odd, payload: unknown_field}
  - {id: never, match: {event: order.created}, drop: null}
"""
JUDGEMENT = Judgement(
    verdict=Verdict.FAIL,
    findings=(
        Finding(
            expectation="converges: {}",
            place="late.yaml:3:5: expect[0]",
            verdict=Verdict.FAIL,
            sentence="it differs",
            nearest="this",
            deliveries=(1, 2),
            seen=("a", "b"),
            differences=({"path": "$.status", "baseline": "paid", "value": None},),
        ),
    ),
    remarks=("Not covered: timers.",),
    reproduce="epcc-emulator run late.yaml --seed 5",
)


@pytest.fixture
def case() -> CaseFile:
    scenario = parse_scenario(TEXT, "late.yaml", {"RECEIVER_URL": "http://127.0.0.1:1/"})
    plan = Rehearsal(scenario, load_fixtures()).schedule()
    return CaseFile.of(scenario, plan, JUDGEMENT, text=TEXT, file_name="somewhere/late.yaml")


@pytest.fixture
def rewritten(case: CaseFile, tmp_path: Path) -> Callable[[Callable[[Any], object]], Path]:
    """The case's file, after this has been done to what it says."""

    def rewrite(change: Callable[[Any], object]) -> Path:
        path = case.save(tmp_path / "cases")
        document = json.loads(path.read_text(encoding="utf-8"))
        change(document)
        path.write_text(json.dumps(document, indent=1), encoding="utf-8")
        return path

    return rewrite


def test_what_is_saved_is_read_again(case: CaseFile, tmp_path: Path) -> None:
    path = case.save(tmp_path / "data" / "cases")
    assert CaseFile.read(path) == case
    assert case.judgement == replace(JUDGEMENT, reproduce=f"epcc-emulator replay {case.name}")
    assert case.plan.sends
    assert case.plan.dropped
    assert any(send.treatments for send in case.plan.sends)
    assert path.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in path.parent.iterdir() if each.name != ".gitignore"] == [path.name]
    for directory in (path.parent, path.parent.parent):
        assert (directory / ".gitignore").read_text(encoding="utf-8") == "*\n"
        assert directory.stat().st_mode & 0o777 == 0o700


def test_a_directory_that_is_there_is_not_hidden(case: CaseFile, tmp_path: Path) -> None:
    case.save(tmp_path)
    assert not (tmp_path / ".gitignore").exists()


def test_the_same_run_has_the_same_name_and_another_has_another(case: CaseFile, tmp_path: Path) -> None:
    assert re.fullmatch(r"late-orders-5-[0-9a-f]{4}", case.name)
    scenario = parse_scenario(TEXT, "late.yaml", {"RECEIVER_URL": "http://127.0.0.1:2/"})
    again = CaseFile.of(scenario, case.plan, JUDGEMENT, text=TEXT, file_name="late.yaml")
    assert again == case
    assert again.save(tmp_path) == case.save(tmp_path)
    other = CaseFile.of(scenario, case.plan, JUDGEMENT, text=TEXT + "# otherwise\n", file_name="late.yaml")
    assert other.name != case.name


def test_it_is_played_as_it_was_run(case: CaseFile) -> None:
    scenario = parse_scenario(TEXT, "late.yaml", {"RECEIVER_URL": "http://127.0.0.1:1/"})
    run = replace(scenario, seed=11, profile="documented")
    plan = Rehearsal(run, load_fixtures()).schedule()
    kept = CaseFile.of(run, plan, JUDGEMENT, text=TEXT, file_name="late.yaml")
    played = kept.played({"RECEIVER_URL": "http://127.0.0.1:1/"})
    assert (played.seed, played.profile, played.rules) == (11, "documented", scenario.rules)
    with pytest.raises(InvalidInput, match="has no RECEIVER_URL; set it, or run it with --forward-to URL"):
        kept.played({})


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("http://localhost:8000/hook", "http://localhost:8000/hook"),
        ("http://me:secret@localhost:8000/hook", "http://me:****@localhost:8000/hook"),
        ("http://token@localhost/hook", "http://****@localhost/hook"),
        ("http://localhost/hook?a=1&api_key=abc&b=2", "http://localhost/hook?a=1&api_key=****&b=2"),
    ],
)
def test_secrets_of_an_address_are_masked(case: CaseFile, given: str, kept: str) -> None:
    scenario = parse_scenario(TEXT, "late.yaml", {"RECEIVER_URL": given})
    made = CaseFile.of(scenario, case.plan, JUDGEMENT, text=TEXT, file_name="late.yaml", forward_to=given)
    assert made.forward_to == kept
    assert made.is_masked is (given != kept)
    assert "secret@" not in made.text
    assert "abc" not in (made.forward_to or "")


def test_one_is_found_by_name_or_path(case: CaseFile, tmp_path: Path) -> None:
    path = case.save(tmp_path)
    assert find_case(case.name, tmp_path) == find_case(path.name, tmp_path) == path
    assert find_case(str(path), tmp_path / "elsewhere") == path
    assert case_names(tmp_path) == [case.name]
    assert (
        require_case(case.name, tmp_path)
        == require_case(path.name, tmp_path)
        == require_case(str(path))
        == (case, path)
    )
    (tmp_path / "capture.jsonl").write_text('{"id": 1}\n', encoding="utf-8")
    (tmp_path / "capture.bin").write_bytes(b"\xff\xfe")
    for other in ("capture.jsonl", "capture.bin", "nothing"):
        assert find_case(str(tmp_path / other), tmp_path) is None
    with pytest.raises(InvalidInput, match=f"there is no case '{case.name}x'; did you mean '{case.name}'\\?"):
        require_case(f"{case.name}x", tmp_path)


def test_every_part_of_it_is_needed(case: CaseFile, tmp_path: Path) -> None:
    """Cut off anywhere, it is refused, and with a sentence."""
    path = case.save(tmp_path)
    whole = path.read_bytes().rstrip()
    for length in [*range(0, len(whole), 97), len(whole) - 1]:
        path.write_bytes(whole[:length])
        with pytest.raises(InvalidInput, match="this is no case, or half of one"):
            CaseFile.read(path)


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\xff\xfe\x00", "this is not UTF-8 text; is it a case?"),
        (b"[]", "this is no case; a `run` that fails saves one"),
        (b'{"format": 2, "scenario": "x"}', "this is no case"),
        (b"[" * 100_000, "this is nested too deeply"),
        (b"hello", "this is no case, or half of one"),
    ],
)
def test_something_else_is_no_case(tmp_path: Path, content: bytes, sentence: str) -> None:
    path = tmp_path / "x.json"
    path.write_bytes(content)
    with pytest.raises(InvalidInput, match=re.escape(sentence)):
        CaseFile.read(path)


def test_one_that_is_not_there_or_not_ours_to_read_is_told(case: CaseFile, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=r"there is no case .*nowhere\.json"):
        CaseFile.read(tmp_path / "nowhere.json")
    with pytest.raises(InvalidInput, match="cannot be read: Is a directory"):
        CaseFile.read(tmp_path)
    if os.geteuid():
        path = case.save(tmp_path)
        path.chmod(0)
        with pytest.raises(InvalidInput, match="cannot be read: Permission denied"):
            CaseFile.read(path)


def test_where_nothing_can_be_written_is_told(case: CaseFile, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(EnvironmentFault, match=r"cannot make .* for cases: "):
        case.save(tmp_path / "file" / "cases")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (lambda one: one.update(format=2), "the case has format 2, and this version reads 1; run its scenario again"),
        (lambda one: one["plan"].update(format=99), "the plan in it has format 99, and this version reads"),
        (lambda one: one.update(plan=[]), "the plan in it has format None"),
        (lambda one: one.update(more=1), "unknown key 'more'"),
        (lambda one: one.pop("profile"), "'profile' is missing"),
        (lambda one: one["judgement"].update(verdict="maybe"), r"judgement.verdict: unknown verdict 'maybe'"),
        (lambda one: one["judgement"]["findings"][0].update(deliveries=["x"]), "findings[0].deliveries[0]: this does"),
        (lambda one: one["judgement"].update(findings="x"), "judgement.findings: expected a list, found the text 'x'"),
        (lambda one: one["plan"]["sends"][0].update(event="x"), "plan.sends[0].event: no event 'x' happens"),
        (lambda one: one["plan"]["events"][0].update(payload="{"), "plan.events[0].payload: this is not JSON"),
    ],
)
def test_what_would_be_misread_is_refused(
    rewritten: Callable[[Callable[[Any], object]], Path], change: Callable[[Any], object], sentence: str
) -> None:
    with pytest.raises(InvalidInput, match=re.escape(sentence)):
        CaseFile.read(rewritten(change))


def test_the_line_is_told(rewritten: Callable[[Callable[[Any], object]], Path]) -> None:
    path = rewritten(lambda one: one["judgement"].update(verdict="maybe"))
    line = next(n for n, each in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if '"maybe"' in each)
    with pytest.raises(InvalidInput, match=rf"x?{re.escape(path.name)}:{line}:\d+: judgement.verdict"):
        CaseFile.read(path)


def test_one_of_another_version_is_read_and_keeps_its_bodies(
    case: CaseFile, rewritten: Callable[[Callable[[Any], object]], Path]
) -> None:
    def age(document: Any) -> None:
        document["plan"]["made_with"]["faker"] = "1.0"
        document["plan"]["events"][0]["payload"] = '{"data": {"id": "theirs"}}'

    old = CaseFile.read(rewritten(age))
    assert {name: then for name, (then, _) in old.aged().items()} == {"faker": "1.0"}
    assert old.plan.events[0].payload == '{"data": {"id": "theirs"}}'
    assert case.aged() == {}
