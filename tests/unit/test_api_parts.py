"""The small parts of the API: pages, schemas, bodies, tokens, callers and errors."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.api.answer import answer, refused
from emulator.api.body import MAX_DEPTH, data_of, decoded
from emulator.api.caller import Caller, caller_of
from emulator.api.page import Page, page_of
from emulator.api.refusal import Refusal, refusal_of, refuse
from emulator.api.schema import array, boolean, faults_of, integer, number, shape, text
from emulator.api.tokens import LIFETIME, MAX_TOKENS, GrantType, Tokens
from emulator.domain.errors import InvalidInput, JournalUnwritable, NotFound
from emulator.domain.integration import Scope
from emulator.runtime.settings import AuthMode


@given(st.integers(0, 1000), st.integers(1, 100), st.integers(0, 1000))
def test_the_counts_of_a_page_agree_with_its_list(offset: int, limit: int, total: int) -> None:
    counts = Page(offset=offset, limit=limit).counts(total)
    assert (counts["total"] - 1) * limit < total <= counts["total"] * limit
    assert (counts["current"] - 1) * limit <= offset < counts["current"] * limit


def test_a_page_is_25_records_from_the_beginning_unless_asked_otherwise() -> None:
    assert page_of({}) == Page(offset=0, limit=25)
    assert page_of({"page[limit]": "100", "page[offset]": "7"}) == Page(offset=7, limit=100)


@pytest.mark.parametrize("value", ["", "x", "-1", "1.5", "٣", "1e3", " 1", "9" * 40])
def test_malformed_pages_are_refused_with_one_entry_each(value: str) -> None:
    with pytest.raises(Refusal) as refusal:
        page_of({"page[limit]": value, "page[offset]": value})
    assert [entry.source for entry in refusal.value.entries] == ["page[limit]", "page[offset]"]
    assert {entry.status for entry in refusal.value.entries} == {422}


@pytest.mark.parametrize("query", [{"page[limit]": "0"}, {"page[limit]": "101"}, {"page[offset]": "99999999999"}])
def test_pages_out_of_range_are_refused(query: dict[str, str]) -> None:
    with pytest.raises(Refusal):
        page_of(query)


SCHEMA = shape(
    {
        "key": text("A key"),
        "count": integer("How often", minimum=1, maximum=9),
        "rate": number("Speed", exclusiveMinimum=0),
        "mode": text("How", enum=["shuffle", "reverse"]),
        "only": boolean("Whether"),
        "tags": array(text("A tag"), "Tags", minItems=1),
        "note": {"type": ["string", "null"]},
    },
    required=("key",),
)


@pytest.mark.parametrize(
    "value", [{"key": "x"}, {"key": "x", "count": 9, "rate": 0.1, "mode": "shuffle", "only": False, "tags": ["a"]},
              {"key": "x", "note": None}, {"key": "x", "count": 2.0}],
)  # fmt: skip
def test_what_fits_a_schema_has_no_fault(value: Any) -> None:
    assert list(faults_of(SCHEMA, value)) == []


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ([], "The body must be an object, not a list"),
        ({}, "key is required"),
        ({"key": ""}, "key must not be empty"),
        ({"key": 5}, "key must be text, not 5"),
        ({"key": "x", "count": 0}, "count must be at least 1, not 0"),
        ({"key": "x", "count": 10}, "count must be at most 9, not 10"),
        ({"key": "x", "count": True}, "count must be a whole number, not true"),
        ({"key": "x", "count": 1.5}, "count must be a whole number, not 1.5"),
        ({"key": "x", "rate": 0}, "rate must be more than 0, not 0"),
        ({"key": "x", "mode": "shufle"}, "mode has no value 'shufle'; did you mean 'shuffle'?"),
        ({"key": "x", "only": "no"}, "only must be true or false, not 'no'"),
        ({"key": "x", "tags": []}, "tags must have at least one entry"),
        ({"key": "x", "tags": ["a", 1]}, "tags[1] must be text, not 1"),
        ({"key": "x", "note": 1}, "note must be text or null, not 1"),
        ({"key": "x", "cuont": 1}, "cuont is not known here; did you mean 'count'?"),
    ],
)
def test_a_fault_is_one_sentence_with_its_place(value: Any, sentence: str) -> None:
    assert [entry.detail for entry in faults_of(SCHEMA, value)] == [sentence]


@pytest.mark.parametrize("raw", [b"", b"  ", b"{", b"nonsense", b'"\\ud800"', b"\xff", b"[" * 5000, b"NaN"])
def test_what_is_not_json_is_a_400_with_a_sentence(raw: bytes) -> None:
    with pytest.raises(Refusal) as refusal:
        decoded(raw)
    assert refusal.value.entries[0].status == 400
    assert refusal.value.entries[0].detail


def test_json_may_nest_as_deep_as_it_can_be_written_again() -> None:
    deep = MAX_DEPTH * b"[" + MAX_DEPTH * b"]"
    assert orjson.dumps(decoded(deep)) == deep
    with pytest.raises(Refusal, match="deeper"):
        decoded(b'{"data":' + deep + b"}")
    assert decoded(b"[" + b",".join([b"[]"] * 1000) + b"]"), "many, but not deep"


@pytest.mark.parametrize("value", [[], {}, {"data": None}, {"data": []}, 5])
def test_a_body_without_data_is_a_400(value: Any) -> None:
    with pytest.raises(Refusal) as refusal:
        data_of(value)
    assert refusal.value.entries[0].status == 400


def test_tokens_expire_by_the_wall_and_the_oldest_are_forgotten() -> None:
    wall = [1_000.5]
    tokens = Tokens(clock=lambda: wall[0])
    token, grant = tokens.issue(GrantType.CLIENT_CREDENTIALS, Scope.STORE)
    assert grant.expires == 1_000 + LIFETIME
    assert tokens.grant(token) == grant
    assert tokens.valid(grant)
    wall[0] = grant.expires
    assert not tokens.valid(grant)
    for _ in range(MAX_TOKENS):
        tokens.issue(GrantType.IMPLICIT, Scope.STORE)
    assert tokens.grant(token) is None


@pytest.mark.parametrize(
    "header", ["Bearer {}", "Bearer: {}", "Bearer:{}", "bearer   {}  ", "  BEARER :  {}", "Bearer\t{}"]
)
def test_tokens_are_found_however_clients_write_them(header: str) -> None:
    tokens = Tokens()
    token, _ = tokens.issue(GrantType.CLIENT_CREDENTIALS, Scope.ORGANIZATION)
    assert caller_of(header.format(token), tokens, AuthMode.STRICT) == Caller(scope=Scope.ORGANIZATION)


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic abc", "token", "Bearer a b"])
def test_no_token_is_a_401_but_where_nothing_is_asked(header: str | None) -> None:
    for mode in (AuthMode.LENIENT, AuthMode.STRICT):
        with pytest.raises(Refusal) as refusal:
            caller_of(header, Tokens(), mode)
        shown = orjson.loads(refused(refusal.value, "/v2/integrations").body)
        assert shown == {"errors": [{"status": 401, "title": "Unable to validate access token"}]}
    assert caller_of(header, Tokens(), AuthMode.OFF) == Caller()


def test_lenient_takes_any_token_and_strict_only_valid_ones() -> None:
    wall = [0.0]
    tokens = Tokens(clock=lambda: wall[0])
    token, _ = tokens.issue(GrantType.IMPLICIT, Scope.STORE)
    assert caller_of("Bearer anything", tokens, AuthMode.LENIENT) == Caller()
    assert caller_of(f"Bearer {token}", tokens, AuthMode.LENIENT).implicit
    assert caller_of(f"Bearer {token}", tokens, AuthMode.STRICT).implicit
    assert not caller_of(f"Bearer {token}", tokens, AuthMode.OFF).implicit
    wall[0] = LIFETIME + 1
    assert caller_of(f"Bearer {token}", tokens, AuthMode.LENIENT).implicit
    for header in ("Bearer anything", f"Bearer {token}"):
        with pytest.raises(Refusal):
            caller_of(header, tokens, AuthMode.STRICT)


def test_an_implicit_caller_is_forbidden() -> None:
    Caller().must_be_trusted()
    with pytest.raises(Refusal) as refusal:
        Caller(implicit=True).must_be_trusted()
    assert orjson.loads(refused(refusal.value, "/v2/x").body) == {"errors": [{"status": 403, "title": "Forbidden"}]}


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/v2/integrations", 404),
        ("/v2/orders/1", 404),
        ("/v2/customers/1", 404),
        ("/_emulator/x", 404),
        ("/oauth/access_token", "404"),
        ("/pcm/products/1", "404"),
        ("/v2/customers/1/addresses", "404"),
        ("/v2/accounts/1", "404"),
    ],
)
def test_the_status_has_the_type_of_each_document(path: str, status: int | str) -> None:
    shown = orjson.loads(refused(refuse(404), path).body)
    assert shown["errors"] == [{"status": status, "title": "Not Found"}]


def test_every_error_of_ours_becomes_an_answer() -> None:
    placed = refusal_of(InvalidInput("is not a duration", path=("chaos", 0, "delay")))
    assert (placed.entries[0].status, placed.entries[0].source) == (422, "chaos[0].delay")
    assert refusal_of(NotFound("nothing there")).entries[0].status == 404
    busy = refusal_of(JournalUnwritable())
    assert busy.entries[0].status == 503
    assert busy.headers == {"Retry-After": "1"}
    assert busy.entries[0].detail == JournalUnwritable.__doc__


def test_answers_hold_even_what_orjson_refuses() -> None:
    assert orjson.loads(answer({"big": 2**70}).body)["big"] == float(2**70)
    assert answer({"half": "\ud800"}).body == b'{"half": "\\ud800"}'
