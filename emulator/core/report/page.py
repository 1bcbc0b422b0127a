"""Page: a run as one HTML page that needs no network, no script and no other file."""

from base64 import b64encode
from collections.abc import Iterator
from hashlib import sha256

from emulator.core.reading import shorten
from emulator.core.report.look import SCRIPT, STYLE
from emulator.core.report.markup import Markup, joined, tag
from emulator.core.report.run_report import Document, RunReport
from emulator.core.report.tables import deliveries_table, events_table, rules_table
from emulator.core.report.timeline import timeline
from emulator.core.report.way import way_to

_SIGNS = {"pass": "✓", "fail": "✗", "inconclusive": "?"}
_WORDS = {"pass": "passed", "fail": "failed", "inconclusive": "inconclusive", "": "played"}
_ORDER = ("fail", "inconclusive", "pass")
_LONG = 200
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def report_page(report: RunReport) -> str:
    """The whole page. Whatever a scenario, a shop or a receiver says is shown as a text, and nothing of it can run:
    the page allows its own script alone, by that script's hash."""
    digest = b64encode(sha256(SCRIPT.encode()).digest()).decode()
    policy = f"{_POLICY}; script-src 'sha256-{digest}'"
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", **{"http-equiv": "Content-Security-Policy", "content": policy}),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name_="color-scheme", content="light dark"),
        tag("title", f"{report.scenario}: {_WORDS.get(report.verdict, report.verdict)}"),
        tag("style", Markup(STYLE)),
    )
    body = tag("body", *_sections(report), tag("script", Markup(SCRIPT)))
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _sections(report: RunReport) -> Iterator[Markup]:
    began = report.began
    yield _top(report)
    if report.findings or report.remarks:
        yield tag("section", tag("h2", "What was expected"), *_findings(report))
    yield tag(
        "section",
        tag("h2", "Order"),
        *(timeline(way_to(report, name), began) for name in report.integrations),
        None if report.integrations else tag("p", "Nobody observed what happened.", class_="dim"),
    )
    if report.baseline is not None:
        usual = report.baseline
        ways = [timeline(way_to(usual, name), usual.began) for name in usual.integrations]
        yield tag("section", tag("h2", "The same without faults"), *ways)
    yield tag("section", tag("h2", "What went wrong on purpose"), tag("div", rules_table(report), class_="wide"))
    yield tag("section", tag("h2", "Deliveries"), _controls(), tag("div", deliveries_table(report), class_="wide"))
    if report.events:
        table = tag("div", events_table(report), class_="wide")
        summary = tag("summary", f"{len(report.events):,} in the order in which they happened")
        folded = tag("details", summary, table, open=len(report.events) <= _LONG)
        yield tag("section", tag("h2", "Events"), folded)
    yield tag("footer", f"epcc-integrations-emulator {report.version}")


def _top(report: RunReport) -> Markup:
    said = "" if report.settled else " · the time limit passed before everything was settled"
    attempts = sum(len(one["attempts_made"]) for one in report.deliveries)
    happened = f"{len(report.events):,} events · " if report.events else ""
    counts = f"seed {report.seed} · {happened}{len(report.deliveries):,} deliveries · {attempts:,} attempts{said}"
    again = None
    if report.reproduce:
        again = tag("p", "Reproduce with: ", tag("code", report.reproduce), class_="again")
    return tag(
        "header",
        tag(
            "p", _SIGNS.get(report.verdict, "▸"), " ", _WORDS.get(report.verdict, report.verdict), class_=_look(report)
        ),
        tag("h1", report.scenario),
        tag("p", report.description) if report.description else None,
        tag("p", counts, class_="dim"),
        again,
    )


def _look(report: RunReport) -> str:
    return f"verdict {report.verdict}" if report.verdict in _SIGNS else "verdict"


def _findings(report: RunReport) -> Iterator[Markup]:
    """Those that did not pass come first."""
    ordered = sorted(report.findings, key=lambda one: _ORDER.index(one["verdict"]) if one["verdict"] in _ORDER else 0)
    if ordered:
        yield tag("ol", *map(_finding, ordered), class_="findings")
    if report.remarks:
        yield tag("h3", "Not covered")
        yield tag("ul", *(tag("li", remark) for remark in report.remarks))


def _finding(finding: Document) -> Markup:
    verdict = str(finding["verdict"])
    links = [joined(tag("a", f"#{number}", href=f"#d{int(number)}"), " ") for number in finding["deliveries"]]
    return tag(
        "li",
        tag("p", tag("b", _SIGNS.get(verdict, "?"), " ", verdict), " ", tag("code", finding["expectation"])),
        tag("p", finding["sentence"]),
        tag("p", "Nearest: ", finding["nearest"]) if finding.get("nearest") else None,
        _seen(finding),
        tag("p", "Deliveries: ", *links) if links else None,
        tag("p", finding["place"], class_="dim"),
        class_=verdict if verdict in _SIGNS else None,
    )


def _seen(finding: Document) -> Markup | None:
    """What there is to show: where states differ, side by side."""
    if finding.get("differences"):
        head = tag("tr", *(tag("th", word) for word in ("differs", "under faults", "without faults")))
        rows = [
            tag(
                "tr",
                tag("td", tag("code", one["path"])),
                *(tag("td", _side(one, side)) for side in ("value", "baseline")),
            )
            for one in finding["differences"]
        ]
        return tag("div", tag("table", tag("thead", head), tag("tbody", *rows)), class_="wide")
    return tag("pre", "\n".join(map(str, finding["seen"]))) if finding.get("seen") else None


def _side(difference: Document, side: str) -> Markup:
    if side not in difference:
        return tag("span", "not there", class_="dim")
    return tag("code", shorten(difference[side]))


def _controls() -> Markup:
    """Without a script they do nothing, and are not shown."""
    find = tag("label", "Find ", tag("input", type="search", id="find", placeholder="order.paid, o1, late, 503"))
    rough = tag("label", tag("input", type="checkbox", id="rough"), " only those that did not go smoothly")
    return tag("p", find, " ", rough, " ", tag("output", id="shown"), class_="controls", hidden=True)
