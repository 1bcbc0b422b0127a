"""JUnit: a test suite with a test for each expectation, as CI servers read it."""

import re
from xml.etree import ElementTree

from emulator.core.account import account
from emulator.core.verdict import Finding, Judgement, Verdict
from emulator.harness.reports.place import place_of
from emulator.harness.scenario_run import Played, evidence_of

_UNSETTLED = "the time limit passed before everything was settled"
_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")


def junit(judgement: Judgement, played: Played) -> str:
    """A failed expectation is a failure, an inconclusive one an error; so is a run that did not settle."""
    name = played.scenario.name
    cases = [_case(name, finding, judgement, played) for finding in judgement.findings]
    if not cases or (not played.settled and not judgement.failed):
        case = ElementTree.Element("testcase", {"classname": _clean(name), "name": "settles"})
        if not played.settled:
            told = ElementTree.SubElement(case, "error", {"type": str(Verdict.INCONCLUSIVE), "message": _UNSETTLED})
            told.text = _UNSETTLED
        cases.append(case)
    totals = {
        "tests": str(len(cases)),
        "failures": str(sum(case.find("failure") is not None for case in cases)),
        "errors": str(sum(case.find("error") is not None for case in cases)),
        "skipped": "0",
    }
    suites = ElementTree.Element("testsuites", {"name": "epcc-emulator", **totals})
    suite = ElementTree.SubElement(suites, "testsuite", {"name": _clean(name), **totals})
    known = ElementTree.SubElement(suite, "properties")
    facts = {
        "seed": str(played.scenario.seed),
        "profile": played.scenario.profile,
        "verdict": str(judgement.verdict),
        "reproduce": judgement.reproduce,
    }
    for fact, value in facts.items():
        ElementTree.SubElement(known, "property", {"name": fact, "value": _clean(value)})
    suite.extend(cases)
    if judgement.remarks:
        ElementTree.SubElement(suite, "system-out").text = _clean("\n".join(judgement.remarks))
    ElementTree.indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(suites, encoding="unicode")}\n'


def _case(name: str, finding: Finding, judgement: Judgement, played: Played) -> ElementTree.Element:
    case = ElementTree.Element("testcase", {"classname": _clean(name), "name": _clean(finding.expectation)})
    place = place_of(finding)
    if place is not None and place.file is not None:
        case.set("file", place.file)
        case.set("line", str(place.line))
    if finding.verdict is not Verdict.PASS:
        failed = finding.verdict is Verdict.FAIL
        told = ElementTree.SubElement(
            case,
            "failure" if failed else "error",
            {"type": str(finding.verdict), "message": _clean(finding.sentence)},
        )
        lines = [finding.sentence, *([f"nearest: {finding.nearest}"] if finding.nearest else []), *finding.seen]
        lines += account(evidence_of(played), finding.deliveries, began=played.began)
        lines += [finding.place, *([f"Reproduce with: {judgement.reproduce}"] if judgement.reproduce else [])]
        told.text = _clean("\n".join(lines))
    return case


def _clean(text: str) -> str:
    """Without what XML cannot hold."""
    return _FORBIDDEN.sub("\ufffd", text)
