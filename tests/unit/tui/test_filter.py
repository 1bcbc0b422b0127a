"""The filter language: what terms mean, how they go together, and that any text is read or refused with its place."""

import re
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.domain.delivery import DeliveryState, FaultNote
from tui.model.arrival import Arrival
from tui.model.filter import HELP, Filter, Vocabulary, WrongFilter, completions, parse
from tui.model.filter.terms import EXAMPLES, TERMS
from tui.model.row import Row

SECOND = 1_000_000


@dataclass
class Bodies:
    """A context in which one integration has a queue and some deliveries' bodies hold a text."""

    holding: dict[str, set[int]] = field(default_factory=dict)

    def transport(self, integration_key: str) -> str:
        return {"shop": "webhook", "stock": "aws_sqs", "news": "stomp"}.get(integration_key, "")

    def in_body(self, text: str, number: int) -> bool:
        return number in self.holding.get(text, ())


def row(**known: Any) -> Row:
    given = {
        "number": 12,
        "event": "order:1/order.paid:1",
        "event_key": "order.paid",
        "resource": "order:1",
        "integration": "shop",
        "job": 1,
        "job_id": "5f3a77d0-0000-4000-8000-000000000001",
        "created_at": 0,
        "state": DeliveryState.SUCCEEDED,
        **known,
    }
    return Row(**given)


LATE = {"arrived_at": 5 * SECOND}
DELAYED = {"faults": (FaultNote("slow-mornings", "delay", "5s late"),)}
REFUSED = Arrival(delivery=12, attempt=1, copy=0, at=0, succeeded=False, status=503)
FAILED = {
    "state": DeliveryState.WAITING,
    "succeeded": False,
    "status": 503,
    "arrivals": (REFUSED,),
    "error": "HTTP 503",
}


def lets_through(text: str, **known: Any) -> bool:
    return parse(text).matches(row(**known), Bodies())


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("", {}),
        ("   ", {}),
        ("event:order.*", {}),
        ("event:ORDER.PAID", {}),
        ("event:order.created,order.paid", {}),
        ("type:order", {}),
        ("type:or*", {}),
        ("resource:order:1", {}),
        ("resource:order:*", {}),
        ("resource:o?", {"resource": "o1"}),
        ("integration:SHOP", {}),
        ("integration:sh*", {}),
        ('integration:"my shop"', {"integration": "my shop"}),
        ("transport:webhook", {}),
        ("transport:sqs", {"integration": "stock"}),
        ("transport:aws_sqs", {"integration": "stock"}),
        ("transport:stomp", {"integration": "news"}),
        ("status:succeeded", {}),
        ("status:ok", {}),
        ("status:failed", {"state": DeliveryState.EXHAUSTED}),
        ("status:failed", FAILED),
        ("status:pending", {"state": DeliveryState.HELD}),
        ("status:settled", {"state": DeliveryState.DROPPED}),
        ("status:retrying", FAILED),
        ("status:lost", {"arrivals": (REFUSED._replace(lost=True),)}),
        ("status:unanswered", {"succeeded": False, "status": None, "state": DeliveryState.WAITING}),
        ("status:503", FAILED),
        ("status:5xx", FAILED),
        ("status:50x", FAILED),
        ("status:>=500", FAILED),
        ("status:held,503", FAILED),
        ("attempt:>1", {"attempt": 2}),
        ("attempt:2", {"attempt": 2}),
        ("attempt:<=2", {"attempt": 2}),
        ("!attempt:1", {"attempt": 2}),
        ("sent:>1", {"arrivals": (REFUSED, REFUSED)}),
        ("sent:0", {}),
        ("number:12", {}),
        ("number:=12", {}),
        ("late:>4.9s", LATE),
        ("late:5s", LATE),
        ("late:>=5s", LATE),
        ("late:=5s", {"arrived_at": 5 * SECOND + 999_999}),
        ("late:=5.0s", {"arrived_at": 5 * SECOND + 99_999}),
        ("late:<1m", LATE),
        ("latency:>200ms", {"latency": 0.201}),
        ("latency:<=200ms", {"latency": 0.2}),
        ("fault:delay", DELAYED),
        ("fault:slow-*", DELAYED),
        ("fault:*", DELAYED),
        ("fault:none", {}),
        ("job:5F3A", {}),
        ("paid", {}),
        ("order 1", {}),
        ('"order:1"', {}),
        ("503", FAILED),
        ("status:ok shop", {}),
        ("status:ok & shop", {}),
        ("status:ok && shop", {}),
        ("status:ok and shop", {}),
        ("status:held | shop", {}),
        ("status:held || shop", {}),
        ("status:held or shop", {}),
        ("!status:held", {}),
        ("not status:held", {}),
        ("!!status:ok", {}),
        ("! ( status:held | status:waiting )", {}),
        ("status:held shop | status:ok", {}),
        ("!status:held & paid", {}),
        ('"and"', {"error": "salt and pepper"}),
    ],
)
def test_lets_through(text: str, known: dict[str, Any]) -> None:
    assert lets_through(text, **known)


@pytest.mark.parametrize(
    ("text", "known"),
    [
        ("event:order.created", {}),
        ("type:cart", {}),
        ("resource:order:2", {}),
        ("resource:order", {}),
        ("integration:sho", {}),
        ("transport:sqs", {}),
        ("transport:webhook", {"integration": "gone"}),
        ("status:failed", {}),
        ("status:failed", {"succeeded": False, "status": 500}),  # a copy was refused after all was well
        ("status:pending", {}),
        ("status:500", FAILED),
        ("status:4xx", FAILED),
        ("status:<=600", {}),  # nothing answered yet
        ("attempt:>1", {}),
        ("number:13", {}),
        ("late:>5s", LATE),
        ("late:<1h", {}),  # it has not arrived: nobody knows how late it will be
        ("late:=5s", {"arrived_at": 6 * SECOND}),
        ("late:=5.0s", {"arrived_at": 5 * SECOND + 100_000}),
        ("latency:>1us", {}),
        ("fault:delay", {}),
        ("fault:*", {}),
        ("fault:none", DELAYED),
        ("job:77", {}),
        ("refunded", {}),
        ("status:ok refunded", {}),
        ("status:held | refunded", {}),
        ("!status:ok", {}),
        ("!paid | refunded", {}),
        ("refunded & (paid | shop)", {}),
    ],
)
def test_holds_back(text: str, known: dict[str, Any]) -> None:
    assert not lets_through(text, **known)


def test_and_binds_closer_than_or_and_not_closest() -> None:
    assert parse("a | b & !c").tree == parse("(a | (b & (!c)))").tree
    assert parse("a b | c").tree == parse("(a & b) | c").tree
    assert parse("a | b & !c").tree != parse("(a | b) & !c").tree


def test_a_text_is_looked_for_in_bodies_as_the_engine_says() -> None:
    found = parse('"Ada Lovelace" !Babbage')
    assert found.texts == {"Ada Lovelace", "Babbage"}
    assert found.matches(row(), Bodies({"Ada Lovelace": {12}}))
    assert not found.matches(row(), Bodies({"Ada Lovelace": {12}, "Babbage": {12}}))
    assert not found.matches(row(), Bodies({"Ada Lovelace": {13}}))


def test_only_a_blank_filter_is_empty() -> None:
    assert parse(" ").empty
    assert not parse("event:*").empty
    assert parse("status:ok  paid") == parse("status:ok & paid")


def test_an_event_that_was_seen_is_known_even_if_no_catalog_lists_it() -> None:
    assert parse("event:parcel.sent type:parcel", events={"parcel.sent"})
    with pytest.raises(WrongFilter):
        parse("event:parcel.sent")


@pytest.mark.parametrize(
    ("text", "sentence", "position", "length"),
    [
        ("status:faild", "status has no value 'faild' (column 8); did you mean 'failed'?", 7, 5),
        ("ok status:50", "'50' is not an HTTP status (column 11); write 500, 5xx or >=400", 10, 2),
        ("stauts:ok", "there is no 'stauts:' to filter by (column 1); did you mean 'status'?", 0, 7),
        ("order:1", "there is no 'order:' to filter by (column 1); did you mean 'resource:order:1'?", 0, 6),
        (
            "event:order.payd",
            "'order.payd' matches no event that can be observed (column 7); did you mean 'order.paid'?",
            6,
            10,
        ),
        ("event:", "event lacks a value (column 7); write event:order.*", 6, 1),
        ("status:ok,", "status lacks a value (column 11); write status:failed", 10, 1),
        ("late:>", "late lacks a duration (column 7); write late:>5s or late:>200ms", 6, 1),
        ("late:>5", "'5' is not a duration up to ten years (column 7); write 200ms, 5s or 10m", 6, 1),
        ("attempt:>x", "'x' is not a whole number (column 10); write attempt:>1", 9, 1),
        ("transport:sns", "transport has no value 'sns' (column 11); did you mean 'sqs'?", 10, 3),
        ("type:ordr", "type has no value 'ordr' (column 6); did you mean 'order'?", 5, 4),
        ("paid &", "a term is missing after '&' (column 6); go on, or take it away", 5, 1),
        ("paid | | x", "a term is missing before this (column 8); write one, or take this away", 7, 1),
        ("(paid", "this ( is not closed (column 1); end with )", 0, 1),
        ("paid)", "this ) closes nothing (column 5); take it away, or open with (", 4, 1),
        ("()", "a term is missing before this (column 2); write one, or take this away", 1, 1),
        ('a "b', 'this quote has no end (column 3); end the text with the " that it begins with', 2, 2),
        ('""', "there is no text between the quotes (column 1)", 0, 2),
        ("!", "a term is missing after '!' (column 1); go on, or take it away", 0, 1),
    ],
)
def test_a_wrong_filter_says_what_and_where(text: str, sentence: str, position: int, length: int) -> None:
    with pytest.raises(WrongFilter) as caught:
        parse(text)
    assert caught.value.sentence == sentence
    assert (caught.value.position, caught.value.length) == (position, length)


def test_what_nests_too_deeply_is_refused_and_long_filters_are_not() -> None:
    with pytest.raises(WrongFilter, match="nest deeper"):
        parse("(" * 1000 + "a" + ")" * 1000)
    assert parse("!" * 10_000 + "paid").matches(row(), Bodies())
    assert parse(" ".join(["paid"] * 10_000)).matches(row(), Bodies())


_pieces = st.sampled_from(
    [
        *EXAMPLES.values(),
        *(f"{key}:" for key in TERMS),
        *'!&|()"\\,:*[]<>=',
        " ",
        "and",
        "or",
        "not",
        ">5s",
        "paid",
        "\x1b",
        "٣",
    ]
)


def read(text: str) -> Filter | WrongFilter:
    try:
        return parse(text)
    except WrongFilter as wrong:
        return wrong


@given(st.one_of(st.text(), st.lists(_pieces, max_size=12).map("".join)))
def test_any_text_is_read_or_refused_with_a_place_in_it(text: str) -> None:
    found = read(text)
    if isinstance(found, WrongFilter):
        assert 0 <= found.position <= len(text)
        assert found.length >= 1
        assert found.position + found.length <= len(text) + 1
        assert len(found.sentence) < 400
    else:
        assert found.matches(row(**FAILED), Bodies()) in (True, False)


terms = st.recursive(
    st.sampled_from(["paid", "status:ok", "event:order.*", "refunded", "attempt:>1"]),
    lambda inner: st.one_of(
        inner.map(lambda term: f"!({term})"),
        st.tuples(inner, st.sampled_from([" & ", " | ", " "]), inner).map(
            lambda three: f"({three[0]}){three[1]}({three[2]})"
        ),
    ),
)


@given(terms, terms)
def test_operators_mean_what_logic_says(left: str, right: str) -> None:
    some, other = lets_through(left), lets_through(right)
    assert lets_through(f"({left}) | ({right})") == (some or other)
    assert lets_through(f"({left}) & ({right})") == (some and other)
    assert lets_through(f"!({left})") != some


def test_the_reference_shows_every_key_and_only_what_can_be_read() -> None:
    assert all(isinstance(parse(example), Filter) for example, _ in HELP)
    shown = {key for example, _ in HELP for key in re.findall(r"(\w+):", example)}
    assert set(TERMS) <= shown
    assert set(TERMS) == set(EXAMPLES)
    assert all(parse(example) for example in EXAMPLES.values())


VOCABULARY = Vocabulary(
    events=("parcel.sent",),
    resources=("order:1", "o1"),
    integrations=("shop", "my shop", "we*ird[1]"),
    rules=("slow-mornings",),
)


def offered(text: str) -> list[str]:
    """The whole texts that the completions at its end make."""
    found = completions(text, len(text), VOCABULARY)
    return [text[: found.start] + word + text[found.end :] for word in found.words]


def test_completion_offers_keys_then_values() -> None:
    assert offered("st")[0] == "status:"
    assert offered("paid !sta") == ["paid !status:"]
    assert offered("status:fa") == ["status:failed"]
    assert offered("status:ok,fa") == ["status:ok,failed"]
    assert offered("(event:order.p") == ["(event:order.paid"]
    assert "event:parcel.sent" in offered("event:")
    assert offered("integration:my") == ['integration:"my shop"']
    assert offered("fault:slow") == ["fault:slow-mornings"]
    assert offered("resource:o1") == []
    assert offered('"status:fa') == []
    assert len(offered("")) == len(TERMS)


def test_completion_replaces_the_word_under_the_cursor_only() -> None:
    found = completions("status:fa paid", 9, VOCABULARY)
    assert (found.start, found.end) == (7, 9)


@pytest.mark.parametrize("key", sorted(TERMS))
def test_every_completed_value_can_be_read(key: str) -> None:
    for text in offered(f"{key}:"):
        assert parse(text, events=VOCABULARY.events)


def test_a_completed_name_means_that_name_alone() -> None:
    (text,) = offered("integration:we")
    assert parse(text).matches(row(integration="we*ird[1]"), Bodies())
    assert not parse(text).matches(row(integration="weXird1"), Bodies())


@given(st.text(max_size=30), st.integers(-5, 40))
def test_completion_never_fails(text: str, cursor: int) -> None:
    found = completions(text, cursor, VOCABULARY)
    assert 0 <= found.start <= found.end <= len(text)
