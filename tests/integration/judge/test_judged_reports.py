"""What a judged run leaves behind, as those read it for whom it is written; and `exec` with a scenario."""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from emulator.core.reading import Reading
from emulator.core.verdict import Finding, Judgement, Verdict
from emulator.harness.judging import judge
from emulator.harness.reports.github import github
from emulator.harness.reports.html import html
from emulator.harness.reports.junit import junit
from emulator.harness.scenario_run import Played
from emulator.loading.scenarios import parse_scenario

FAILED = Finding(
    expectation="never: {event: order.*}",
    place="story.yaml:7:5: expect[0]",
    verdict=Verdict.FAIL,
    sentence="1 delivery: 100% too many,\nand \x00 <&>",
    nearest="delivery 1",
)
DOUBTFUL = Finding(expectation="converges: x", place="expect[1]", verdict=Verdict.INCONCLUSIVE, sentence="who knows")
MET = Finding(expectation="at_least: x", place="expect[2]", verdict=Verdict.PASS, sentence="so it is")
COMMAND = re.compile(r"::(error|warning|notice)(?: ((?:\w+=[^,:\r\n]*,?)+))?::([^\r\n]*)")


def played(*, settled: bool = True) -> Played:
    scenario = parse_scenario("name: 'a <story>'\nsteps: [settle]", "x.yaml", {})
    return Played(scenario=scenario, settled=settled, events=0, deliveries=(), attempts=())


def judgement(*findings: Finding, settled: bool = True) -> Judgement:
    return Judgement.of(findings, settled=settled, remarks=["a remark"], reproduce="epcc-emulator run x.yaml")


def as_junit(text: str) -> ElementTree.Element:
    """The suites; what CI servers need of them is there, and the numbers are right."""
    suites = ElementTree.fromstring(text)
    assert suites.tag == "testsuites"
    for suite in suites:
        assert suite.tag == "testsuite"
        assert suite.attrib.keys() >= {"name", "tests", "failures", "errors", "skipped"}
        assert {child.tag for child in suite} <= {"properties", "testcase", "system-out", "system-err"}
        cases = suite.findall("testcase")
        assert int(suite.get("tests", "")) == len(cases)
        for word, total in (("failure", "failures"), ("error", "errors")):
            assert int(suite.get(total, "")) == sum(case.find(word) is not None for case in cases)
        for case in cases:
            assert case.attrib.keys() >= {"name", "classname"}
            assert len(case) <= 1
            assert {child.tag for child in case} <= {"failure", "error"}
            assert all({"type", "message"} <= child.attrib.keys() and child.text for child in case)
    return suites


def annotations(text: str) -> list[tuple[str, dict[str, str], str]]:
    """The commands, as the runner reads them: one a line, with nothing in it that ends a part too early."""

    def plain(word: str) -> str:
        for code, sign in (("%0A", "\n"), ("%0D", "\r"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
            word = word.replace(code, sign)
        return word

    found = []
    for line in text.splitlines():
        match = COMMAND.fullmatch(line)
        assert match, line
        pairs = (pair.partition("=") for pair in (match[2] or "").split(",") if pair)
        found.append((match[1], {name: plain(value) for name, _, value in pairs}, plain(match[3])))
    return found


def test_junit_counts_failures_and_what_is_inconclusive(tmp_path: Path) -> None:
    (tmp_path / "story.yaml").touch()
    (suite,) = as_junit(junit(judgement(FAILED, DOUBTFUL, MET), played()))
    failed, doubtful, met = suite.findall("testcase")
    assert (failed.get("file"), failed.get("line")) == ("story.yaml", "7")
    failure, error = failed.find("failure"), doubtful.find("error")
    assert failure is not None
    assert "\ufffd <&>" in str(failure.text)
    assert "Reproduce with: epcc-emulator run x.yaml" in str(failure.text)
    assert error is not None
    assert (error.get("type"), len(met)) == ("inconclusive", 0)
    facts = {one.get("name"): one.get("value") for one in suite.iter("property")}
    assert facts["verdict"] == "fail"


def test_junit_of_a_run_without_expectations() -> None:
    (suite,) = as_junit(junit(judgement(), played()))
    assert (suite.get("tests"), suite.get("errors")) == ("1", "0")
    (suite,) = as_junit(junit(judgement(settled=False), played(settled=False)))
    assert (suite.get("tests"), suite.get("errors")) == ("1", "1")


@pytest.fixture(autouse=True)
def _no_runner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE", raising=False)


def test_github_annotates_the_line(tmp_path: Path) -> None:
    (tmp_path / "story.yaml").touch()
    failed, doubtful = annotations(github(judgement(FAILED, DOUBTFUL, MET), played()))
    assert failed[:2] == (
        "error",
        {"file": "story.yaml", "line": "7", "col": "5", "title": "never: {event: order.*}"},
    )
    assert failed[2].startswith("1 delivery: 100% too many,\nand")
    assert (doubtful[0], doubtful[1]) == ("warning", {"title": "converges: x"})


def test_github_knows_files_by_their_path_in_the_repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "story.yaml").touch()
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path.parent))
    ((_, properties, _),) = annotations(github(judgement(FAILED), played()))
    assert properties["file"] == f"{tmp_path.name}/story.yaml"


def test_github_names_no_file_that_is_not_there() -> None:
    ((_, properties, _),) = annotations(github(judgement(FAILED), played()))
    assert properties.keys() == {"title"}


def test_github_says_when_all_is_well_and_when_nothing_can_be_said() -> None:
    assert annotations(github(judgement(MET), played()))[0] == (
        "notice",
        {"title": "a <story>"},
        "all 1 expectations are met",
    )
    assert annotations(github(judgement(settled=False), played(settled=False)))[0][0] == "warning"


def test_every_report_of_a_run(
    tmp_path: Path, department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any]
) -> None:
    there = department(careless=True)
    probe = f"exactly: {{probe: '{there.url}/', count: '$.shipments[*]', equals: 1}}"
    name = story(there, "eventually: {event: order.paid}", probe, "exactly: {event: order.fulfilled, count: 2}")
    result = command("run", name, "--report", "junit=j.xml,github", "--report", "ndjson=n.ndjson,har=h.har,html=p.html")
    assert result.code == 4

    (suite,) = as_junit((tmp_path / "j.xml").read_text())
    assert [suite.get(total) for total in ("tests", "failures", "errors")] == ["3", "2", "0"]
    told = ElementTree.tostring(suite, encoding="unicode")
    assert "attempt 2 at" in told, "the delivery that matters, with its attempts"

    printed = "\n".join(line for line in result.out.splitlines() if line.startswith("::"))
    found = annotations(printed)
    assert [(level, of["file"], of["line"]) for level, of, _ in found] == [
        ("error", "story.yaml", "11"),
        ("error", "story.yaml", "12"),
    ]
    assert all("Reproduce with: epcc-emulator run story.yaml --seed 7" in said for _, _, said in found)

    lines = [json.loads(line) for line in (tmp_path / "n.ndjson").read_text().splitlines()]
    kinds = [line["type"] for line in lines]
    assert (kinds[0], kinds[-1], kinds.count("finding")) == ("run", "judgement", 3)
    assert kinds.count("attempt") == kinds.count("delivery") + 2, "two acknowledgements were lost"
    assert (lines[-1]["verdict"], lines[-1]["reproduce"]) == ("fail", "epcc-emulator run story.yaml --seed 7")

    archive = json.loads((tmp_path / "h.har").read_text())["log"]
    assert len(archive["entries"]) == kinds.count("attempt")
    assert archive["comment"].startswith("story: fail; ")

    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert page.count('<tr id="d') == kinds.count("delivery")
    assert '<li class="fail">' in page
    assert "<code>epcc-emulator run story.yaml --seed 7</code>" in page
    assert all(key in page for key in ("order.created", "order.paid", "order.fulfilled"))


def test_a_page_of_a_run_of_which_nothing_was_expected_says_no_more_than_that() -> None:
    assert "▸ played" in html(judgement(), played())
    assert "? inconclusive" in html(judgement(settled=False), played(settled=False))
    assert "✗ failed" in html(judgement(FAILED), played())


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--report", "junit"), "a report of junit needs a file; write junit=FILE."),
        (("--report", "junt=x"), "unknown report 'junt'; did you mean 'junit'?"),
        (("--report", "github", "--json"), "both print; name a file"),
    ],
)
def test_a_report_that_cannot_be(
    department: Callable[..., Any],
    story: Callable[..., str],
    command: Callable[..., Any],
    words: tuple[str, ...],
    sentence: str,
) -> None:
    result = command("run", story(department()), *words)
    assert result.code == 1
    assert sentence in " ".join(result.err.split())


def test_a_report_that_cannot_be_written(
    department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any]
) -> None:
    told = story(department(), "at_least: {event: order.paid}")
    result = command("run", told, "--report", f"junit={told}/j.xml")
    assert result.code == 3
    assert re.search(r"the report \S+/j\.xml cannot be written: (File exists|Not a directory)", result.err)


def test_the_directory_of_a_report_is_made(
    department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any], tmp_path: Path
) -> None:
    report = tmp_path / "results" / "today" / "j.xml"
    assert command("run", story(department(), "at_least: {event: order.paid}"), "--report", f"junit={report}").code == 0
    assert report.exists()


def test_passwords_are_masked_in_what_was_written() -> None:
    text = (
        "steps: [settle]\nexpect:\n"
        "  - exactly: {probe: {sql: 'postgresql://me:hush@db/shop', query: select 1}, equals: 1}\n"
        "  - exactly: {probe: {url: 'http://me:hush@h/?token=hush', headers: {Authorization: hush}}, equals: 1}\n"
    )
    scenario = parse_scenario(text, "x.yaml", {})
    run = Played(scenario=scenario, settled=False, events=0, deliveries=(), attempts=())
    doubt = Reading(name="it", doubt="not settled")
    findings = judge(scenario, run, {0: doubt, 1: doubt}).findings
    assert "hush" not in json.dumps([finding.document() for finding in findings])
    assert "postgresql://me:****@db/shop" in findings[0].expectation


@pytest.mark.parametrize(
    ("careless", "ends_with", "code", "last", "of"),
    [
        (False, 0, 0, "sh ended with 0, the verdict is pass; both are well", "command"),
        (True, 0, 4, "sh ended with 0, the verdict is fail; exits with the verdict's code, 4", "verdict"),
        (True, 7, 7, "sh ended with 7, the verdict is fail; exits with CMD's code", "command"),
        (False, 7, 7, "sh ended with 7, the verdict is pass; exits with CMD's code", "command"),
    ],
)
def test_exec_answers_with_the_commands_code_or_the_verdicts(
    department: Callable[..., Any],
    story: Callable[..., str],
    command: Callable[..., Any],
    careless: bool,
    ends_with: int,
    code: int,
    last: str,
    of: str,
) -> None:
    there = department(careless=careless)
    probe = f"exactly: {{probe: '{there.url}/', count: '$.shipments[*]', equals: 1}}"
    name = story(there, "eventually: {event: order.fulfilled}", probe)
    result = command("exec", "--scenario", name, "--json", "--", "sh", "-c", f"exit {ends_with}")
    assert result.code == code
    assert result.err.splitlines()[-1] == f"epcc-emulator exec: {last}"
    document = json.loads(result.out.splitlines()[-1])
    assert (document["command_exit_code"], document["exit_code"], document["exit_code_of"]) == (ends_with, code, of)
    assert document["judgement"]["verdict"] == ("fail" if careless else "pass")
    again = f"Reproduce with: epcc-emulator exec --scenario story.yaml --seed 7 -- sh -c 'exit {ends_with}'"
    assert again in result.err


def test_what_the_command_does_is_judged_too(
    department: Callable[..., Any], story: Callable[..., str], command: Callable[..., Any]
) -> None:
    """It finds the emulator in its environment, and raises an event of its own."""
    raising = (
        "import json, os, urllib.request as r;"
        "r.urlopen(r.Request(os.environ['EPCC_EMULATOR_URL'] + '/_emulator/trigger', json.dumps({'key': 'order.paid'})"
        ".encode(), {'Content-Type': 'application/json'}))"
    )
    name = story(department(), "exactly: {event: order.paid, delivered: true, count: 2}", chaos="")
    assert command("exec", "--scenario", name, "--", sys.executable, "-c", raising).code == 0
    assert command("exec", "--scenario", name, "--", "true").code == 4


@pytest.mark.parametrize(
    ("words", "code", "sentence"),
    [
        (("--scenario", "story.yaml", "--profile", "off"), 1, "the scenario says that itself; leave --profile out"),
        (("--report", "github"), 1, "are about a scenario; name one with --scenario"),
        (("--scenario", "stry.yaml"), 1, "there is no scenario file stry.yaml"),
    ],
)
def test_exec_refuses_what_it_cannot_do(
    department: Callable[..., Any],
    story: Callable[..., str],
    command: Callable[..., Any],
    words: tuple[str, ...],
    code: int,
    sentence: str,
) -> None:
    story(department(), "at_least: {event: order.paid}")
    result = command("exec", *words, "--", "true")
    assert result.code == code
    assert sentence in " ".join(result.err.split())
