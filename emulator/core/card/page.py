"""Page: a report card as one HTML page that needs no network and no script; its cells lead to the runs."""

from collections.abc import Iterator, Sequence

from emulator.core.card.aspect import ASPECTS, aspect
from emulator.core.card.card import PER_EVENT, Card, Examined, Line, grouped, overall, tally
from emulator.core.card.standing import Standing
from emulator.core.report.look import STYLE
from emulator.core.report.markup import Markup, joined, tag
from emulator.core.verdict import Verdict

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_WORDS = {Verdict.PASS: "passed", Verdict.FAIL: "failed", Verdict.INCONCLUSIVE: "inconclusive"}
_SIGNS = {Verdict.PASS: "✓", Verdict.FAIL: "✗", Verdict.INCONCLUSIVE: "?"}
_LOOKS = {
    Standing.TOLERATES: "pass",
    Standing.FAILS: "fail",
    Standing.UNKNOWN: "inconclusive",
    Standing.NOT_APPLICABLE: "dim",
}
_STYLE = """
.grid { width: auto } .grid th[scope=col] { padding: .25rem .3rem; vertical-align: bottom; font-weight: 600;
  writing-mode: vertical-rl; transform: rotate(180deg); border: 0; text-align: left }
.grid th[scope=row] { font-weight: 400; border-bottom: 1px solid var(--edge) }
.grid td { text-align: center; min-width: 2rem } .grid td a { display: block; text-decoration: none; font-weight: 700 }
.grid td a:hover, .grid td a:focus { outline: 2px solid var(--link) }
td.pass, td.pass a, .sign.pass { color: var(--good) } td.fail, td.fail a, .sign.fail { color: var(--bad) }
td.inconclusive, td.inconclusive a, .sign.inconclusive { color: var(--odd) } td.dim { color: var(--dim) }
td.fail { background: var(--soft); box-shadow: inset 0 0 0 1px var(--bad) } .sign { font-weight: 700 }
.aspects td:nth-child(2) { overflow-wrap: normal }
.aspects td:first-child { width: 1.5rem; text-align: center; font-weight: 700 } .keys { margin: .5rem 0 }
@media screen and (max-width: 700px) { .aspects td:nth-child(4), .aspects th:nth-child(4) { display: none } }
"""


def card_page(card: Card) -> str:
    """The whole page. Whatever a scenario or a receiver says is shown as a text, and nothing of it can run."""
    word = _WORDS[card.verdict]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", **{"http-equiv": "Content-Security-Policy", "content": _POLICY}),
        tag("meta", name_="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name_="color-scheme", content="light dark"),
        tag("title", f"Report card of {card.scenario}: {word}"),
        tag("style", Markup(STYLE + _STYLE)),
    )
    verdict = tag("p", _SIGNS[card.verdict], " ", word, class_=f"verdict {card.verdict}")
    runs = f"{len(card.runs)} run{'' if len(card.runs) == 1 else 's'}"
    top = tag(
        "header",
        verdict,
        tag("h1", f"Report card of {card.scenario}"),
        tag("p", f"seed {card.seed} · {runs}", class_="dim"),
    )
    footer = tag("footer", f"epcc-integrations-emulator {card.version}")
    sections = [section for examined in card.integrations for section in _sections(card, examined)]
    body = tag("body", top, *sections, *_remarks(card), footer)
    return f"<!doctype html>\n{tag('html', head, body, lang='en')}\n"


def _sections(card: Card, examined: Examined) -> Iterator[Markup]:
    yield tag("h2", f"{examined.name} ({examined.transport})")
    yield tag("div", _aspects(card, examined), class_="wide")
    yield tag("h3", "By event type")
    yield tag("div", _grid(card, examined), class_="wide", tabindex=0)
    signs = [joined(tag("span", one.sign, class_=f"sign {_LOOKS[one]}"), f" {one}", " \u2003 ") for one in Standing]
    yield tag("p", *signs, class_="keys")
    for standing, title in ((Standing.FAILS, "What it does not tolerate"), (Standing.UNKNOWN, "What is not known")):
        groups = grouped(card, examined.name, standing)
        if groups:
            yield tag("h3", title)
            yield tag("ol", *(_finding(card, group) for group in groups), class_="findings")


def _aspects(card: Card, examined: Examined) -> Markup:
    rows = []
    for one in ASPECTS:
        own = card.of(examined.name, one)
        standing = overall(own)
        legality = one.legality
        said = None if legality is None else tag("span", legality, class_=f"legality {legality}")
        reason = own[0].sentence if standing is Standing.NOT_APPLICABLE and own else one.sentence
        rows.append(
            tag(
                "tr",
                tag("td", tag("span", standing.sign, class_=f"sign {_LOOKS[standing]}", title=str(standing))),
                tag("td", _linked(card, own, one.title)),
                tag("td", tally(own) if not one.of_receiver else ""),
                tag("td", said),
                tag("td", reason),
            )
        )
    names = ("", "aspect", "event types", "legality", "what was done")
    head = tag("tr", *(tag("th", name, scope="col") for name in names))
    return tag("table", tag("thead", head), tag("tbody", *rows), class_="aspects")


def _linked(card: Card, lines: Sequence[Line], text: str) -> Markup | str:
    """To the run that all of these lines come from, where it is one."""
    runs = {line.run for line in lines}
    name = runs.pop() if len(runs) == 1 else None
    return text if name is None else tag("a", text, href=card.runs[name].page)


def _grid(card: Card, examined: Examined) -> Markup:
    heads = [tag("td"), *(tag("th", one.title, scope="col") for one in PER_EVENT)]
    rows = [
        tag(
            "tr",
            tag("th", event, scope="row"),
            *(_cell(card, cell) for cell in card.cells(examined.name, event)),
        )
        for event in card.events(examined.name)
    ]
    return tag("table", tag("thead", tag("tr", *heads)), tag("tbody", *rows), class_="grid")


def _cell(card: Card, line: Line | None) -> Markup:
    if line is None:
        return tag("td")
    said = f"{line.event}, {aspect(line.aspect).title}: {line.standing}; {line.sentence}"
    sign: Markup = joined(line.standing.sign)
    if line.run is not None:
        sign = tag("a", sign, href=card.runs[line.run].page, aria_label=said, title=said)
    return tag("td", sign, class_=_LOOKS[line.standing], title=said)


def _finding(card: Card, group: Sequence[Line]) -> Markup:
    first = group[0]
    about = aspect(first.aspect)
    events = ", ".join(line.event for line in group if line.event) or "the receiver"
    run = None if first.run is None else card.runs[first.run]
    return tag(
        "li",
        tag("p", tag("b", first.standing.sign, " ", about.title), " ", tag("code", events)),
        tag("p", f"{about.sentence}: {first.sentence}"),
        tag("pre", "\n".join(first.seen)) if first.seen else None,
        None if run is None else tag("p", "Reproduce with: ", tag("code", run.reproduce), class_="again"),
        None if run is None else tag("p", tag("a", "The run", href=run.page), " · ", _scenario(run.scenario)),
        class_=_LOOKS[first.standing],
    )


def _scenario(path: str) -> Markup:
    return tag("a", "its scenario", href=path)


def _remarks(card: Card) -> Iterator[Markup]:
    if card.remarks:
        yield tag("h2", "Not covered")
        yield tag("ul", *(tag("li", remark) for remark in card.remarks))
