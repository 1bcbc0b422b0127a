"""Tables: every delivery with its attempts, every rule with what it did, every event."""

from collections import Counter
from collections.abc import Mapping, Sequence

from emulator.core.report.markup import Markup, joined, tag
from emulator.core.report.run_report import Document, RunReport
from emulator.core.request_text import body_text
from emulator.domain.moment import format_duration, parse_instant

COLUMNS = ("#", "event", "resource", "to", "came about", "state", "attempts", "faults")
_ANSWER = 500
_BODY = 4_000
_BODIES = 1_500_000
"""How many characters of what was sent a page holds, all together."""


def deliveries_table(report: RunReport) -> Markup:
    """A row for each delivery. What was sent can be unfolded, as long as there is room for it."""
    room, rows, began = _BODIES, [], report.began
    for one in report.deliveries:
        text = _sent(one)
        folded = None
        if text and len(text) <= room:
            room -= len(text)
            folded = tag("details", tag("summary", "what is sent"), tag("pre", text))
        rows.append(_row(one, began, folded))
    head = [tag("th", tag("button", name, type="button"), scope="col") for name in COLUMNS]
    return tag(
        "table",
        tag("thead", tag("tr", *head)),
        tag("tbody", *rows),
        id="deliveries",
        class_="cards",
    )


def _row(one: Document, began: int, folded: Markup | None) -> Markup:
    state = str(one["state"])
    number = int(one["number"])
    at = parse_instant(one["created_at"])
    return tag(
        "tr",
        tag("td", tag("a", number, href=f"#d{number}"), data_sort=number),
        tag("td", one["event_key"]),
        tag("td", one["resource"]),
        tag("td", one["integration"]),
        tag("td", format_duration(at - began), title=one["created_at"], data_sort=at),
        tag("td", tag("span", state, class_=f"state {state}")),
        tag("td", _attempts(one, began), folded, data_sort=len(one["attempts_made"])),
        tag("td", _faults(one), data_sort=len(_notes(one))),
        id=f"d{number}",
        class_=None if _smooth(one) else "rough",
    )


def _smooth(one: Document) -> bool:
    """Whether nothing went wrong: one attempt, which was taken, and no fault."""
    return one["state"] == "succeeded" and len(one["attempts_made"]) == 1 and not _notes(one)


def _attempts(one: Document, began: int) -> Markup:
    made = sorted(one["attempts_made"], key=lambda each: (each["started_at"], each["attempt"], each["copy"]))
    entries = [_attempt(each, began) for each in made]
    if len(made) < one.get("attempts_total", 0):
        entries.append(tag("li", f"and {one['attempts_total'] - len(made):,} before", class_="dim"))
    return tag("ul", *entries, class_="plain") if entries else tag("span", "none", class_="dim")


def _attempt(each: Document, began: int) -> Markup:
    at = parse_instant(each["started_at"])
    which = f"#{each['attempt']}" + (f" copy {each['copy']}" if each["copy"] else "")
    came = "taken" if each["succeeded"] else "failed"
    status = "" if each["status"] is None else f" {each['status']}"
    parts = [
        tag("span", which, class_="dim"),
        " ",
        tag("time", format_duration(at - began), title=each["started_at"]),
        " ",
        tag("span", f"{came}{status}", class_="state succeeded" if each["succeeded"] else "state exhausted"),
    ]
    if each["error"]:
        parts.append(tag("div", each["error"], class_="said"))
    answer = str(each["body"] or "")
    if answer and not each["succeeded"]:
        more = "…" if len(answer) > _ANSWER else ""
        parts.append(tag("details", tag("summary", "answer"), tag("pre", answer[:_ANSWER] + more)))
    return tag("li", *parts)


def _notes(one: Document) -> list[Document]:
    """What befell it, each once."""
    notes = [*one.get("faults", ()), *(note for each in one["attempts_made"] for note in each["faults"])]
    return list({(note["rule"], note["fault"], note["detail"]): note for note in notes}.values())


def _faults(one: Document) -> Markup | None:
    entries = [tag("li", tag("b", note["rule"]), " ", note["detail"], _legality(note)) for note in _notes(one)]
    return tag("ul", *entries, class_="plain") if entries else None


def _legality(note: Document) -> Markup | None:
    legality = note.get("legality")
    return None if legality is None else joined(" ", tag("span", legality, class_=f"legality {_word(legality)}"))


def _word(legality: object) -> str:
    return str(legality) if legality in ("documented", "plausible", "hostile") else ""


def _sent(one: Document) -> str:
    """The message, without its secrets; empty where it is not known any more."""
    request = one.get("request")
    if not request:
        return ""
    text = body_text(request["body"])
    return text if len(text) <= _BODY else text[:_BODY] + "…"


def rules_table(report: RunReport) -> Markup:
    """What each rule did, how legal that is, and an example."""
    hits: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], Document] = {}
    for one in report.deliveries:
        for note in _notes(one):
            hits[note["rule"], note["fault"]] += 1
            first.setdefault((note["rule"], note["fault"]), note)
    if not hits:
        return tag("p", "No rule acted on anything.", class_="dim")
    rows = [
        (rule, fault, _legality(first[rule, fault]), f"{hits[rule, fault]:,}", first[rule, fault]["detail"])
        for rule, fault in sorted(hits)
    ]
    return _plain(("rule", "fault", "legality", "deliveries", "for example"), rows)


def events_table(report: RunReport) -> Markup:
    """What happened in the shop, and who was told of it."""
    told: dict[str, list[str]] = {}
    for one in report.deliveries:
        told.setdefault(one["event"], []).append(str(one["integration"]))
    began = report.began
    rows = [_event(event, began, told) for event in report.events]
    return _plain(("at", "event", "resource", "told to"), rows)


def _event(event: Document, began: int, told: Mapping[str, Sequence[str]]) -> tuple[str, str, str, str]:
    names = dict.fromkeys(told.get(event["identity"], ()))
    at = format_duration(parse_instant(event["at"]) - began)
    return at, str(event["key"]), str(event["resource"]), ", ".join(names) or "nobody"


def _plain(headings: Sequence[str], rows: Sequence[Sequence[str | Markup | None]]) -> Markup:
    head = tag("tr", *(tag("th", heading, scope="col") for heading in headings))
    return tag(
        "table", tag("thead", head), tag("tbody", *(tag("tr", *(tag("td", cell) for cell in row)) for row in rows))
    )
