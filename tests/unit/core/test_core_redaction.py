"""Redaction: nobody's name or address survives, everybody stays one person, and nothing else is touched."""

import json
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emulator.core.redaction import Redaction

WORDS = st.text(alphabet=st.characters(categories=["Lu", "Ll"], codec="utf-8"), min_size=3, max_size=12)
NAMES = st.lists(WORDS, min_size=1, max_size=3).map(" ".join)
EMAILS = st.tuples(
    st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789._", min_size=3, max_size=12).filter(lambda s: s.strip(".")),
    st.sampled_from(["kaffebar.test", "mail.example.org"]),
).map("@".join)


def order(name: str, email: str, **fields: Any) -> dict[str, Any]:
    first, _, last = name.partition(" ")
    document = {
        "type": "order",
        "id": "o-1",
        "status": "complete",
        "customer": {"name": name, "email": email},
        "shipping_address": {
            "first_name": first,
            "last_name": last,
            "phone_number": "+47 22 33 44 55",
            "line_1": "Fjordgata 7",
            "line_2": "",
            "city": "Trondheim",
            "postcode": "7010",
            "country": "NO",
            "instructions": f"Ring for {name}",
        },
        **fields,
    }
    payload = {"data": document, "included": {"items": [{"type": "order_item", "name": "Travel Mug", "sku": "MUG-1"}]}}
    return {
        "id": "j",
        "triggered_by": "order.paid",
        "integration": {"name": "ERP"},
        "resources": json.dumps(payload),
        "payload": payload,
    }


def redacted(*messages: Any, key: str = "k") -> list[Any]:
    redaction = Redaction(key)
    texts = [json.dumps(message) for message in messages]
    for text in texts:
        redaction.learn(text)
    return [json.loads(redaction.apply(text)) for text in texts]


@given(name=NAMES, email=EMAILS, ascii_only=st.booleans())
def test_no_name_and_no_address_survives_anywhere(name: str, email: str, ascii_only: bool) -> None:
    assume(not any(word.casefold() in TEMPLATE for word in name.split()))
    message = order(name, email, note=f"{name} <{email}> asked for a gift box")
    redaction = Redaction("k")
    text = json.dumps(message, ensure_ascii=ascii_only)
    redaction.learn(text)
    left = json.dumps(json.loads(redaction.apply(text)), ensure_ascii=False)
    words = {word.casefold() for word in left.replace('\\"', '"').translate(SPLIT).split()}
    assert not words & {word.casefold() for word in name.split()}
    assert email not in left
    for gone in ("Fjordgata", "22 33 44 55", "Trondheim", "7010"):
        assert gone not in left


SPLIT = str.maketrans(dict.fromkeys('",.:;<>{}[]\\/@()', " "))
TEMPLATE = json.dumps(order("", "")).casefold()


@given(name=NAMES, email=EMAILS)
def test_redacting_twice_is_redacting_once(name: str, email: str) -> None:
    once = json.dumps(redacted(order(name, email))[0])
    again = Redaction("k")
    again.learn(once)
    assert again.apply(once) is once


def test_one_person_stays_one_and_two_stay_two() -> None:
    greta, again, other = redacted(
        order("Greta Holm", "greta@kaffebar.test"),
        {"payload": {"data": {"type": "customer", "name": "Greta Holm", "email": "Greta@kaffebar.test"}}},
        order("Jonas Holm", "jonas@kaffebar.test"),
    )
    first, last = greta["payload"]["data"]["customer"], again["payload"]["data"]
    assert (first["name"], first["email"]) == (last["name"], last["email"])
    assert other["payload"]["data"]["customer"]["email"] != first["email"]
    assert other["payload"]["data"]["customer"]["name"].split()[1] == first["name"].split()[1]
    address = greta["payload"]["data"]["shipping_address"]
    assert f"{address['first_name']} {address['last_name']}" == first["name"]
    assert json.loads(greta["resources"]) == greta["payload"]


def test_whoever_is_named_in_one_message_is_replaced_in_another() -> None:
    _, note = redacted(
        order("Greta Holm", "greta@kaffebar.test"),
        {"payload": {"data": {"type": "order", "note": "call Holm, Greta or GRETA@kaffebar.test"}}},
    )
    text = note["payload"]["data"]["note"].casefold()
    assert "holm" not in text
    assert "greta" not in text


def test_what_is_not_about_people_is_left_as_it_is() -> None:
    (left,) = redacted(order("Complete Order", "a@kaffebar.test"))
    document = left["payload"]["data"]
    assert (document["type"], document["id"], document["status"]) == ("order", "o-1", "complete")
    assert document["shipping_address"]["country"] == "NO"
    assert document["shipping_address"]["line_2"] == ""
    assert left["triggered_by"] == "order.paid"
    assert left["integration"] == {"name": "ERP"}
    assert left["payload"]["included"]["items"][0]["name"] == "Travel Mug"


@pytest.mark.parametrize("field", ["account-member", "customer", "address"])
def test_a_name_is_a_persons_where_the_resource_is_one(field: str) -> None:
    (left,) = redacted({"payload": {"data": {"type": field, "name": "Greta Holm"}}})
    assert "Greta" not in left["payload"]["data"]["name"]


def test_another_key_gives_other_names() -> None:
    message = order("Greta Holm", "greta@kaffebar.test")
    assert redacted(message, key="a") == redacted(message, key="a")
    assert redacted(message, key="a") != redacted(message, key="b")
