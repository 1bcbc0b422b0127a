"""Credentials: no secret stays, whatever it is called and wherever it stands; what is none is left alone."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.core.credentials import TAKEN_OUT, without_credentials

NAMED = [
    *("secret_key", "secretKey", "aws_secret_access_key", "aws_access_key_id", "password", "client_secret"),
    *("X-MOLTIN-SECRET-KEY", "Authorization", "access_token", "refresh_token", "one_time_password_token"),
    *("api_key", "x-api-key", "Set-Cookie", "totp_secret"),
]
SHAPED = [
    "AKIAQQ7EXAMPLE12KEYS",
    "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJlLW9mLWl0",
    "sk_live_4Hq9d8Yw2mNb7c",
]


def taken_out(document: Any) -> Any:
    return json.loads(without_credentials(json.dumps(document)))


@pytest.mark.parametrize("name", NAMED)
def test_a_secret_is_known_by_its_name_at_any_depth(name: str) -> None:
    secret = {name: "squirrel-tail", "list": [{name: 12345}], "deep": {name: {"value": "squirrel-tail"}}}
    assert taken_out({"payload": secret}) == {
        "payload": {name: TAKEN_OUT, "list": [{name: TAKEN_OUT}], "deep": {name: {"value": TAKEN_OUT}}}
    }


@pytest.mark.parametrize("secret", SHAPED)
def test_a_secret_is_known_by_its_shape_within_any_text(secret: str) -> None:
    assert taken_out({"note": f"use {secret} here"}) == {"note": f"use {TAKEN_OUT} here"}


def test_a_secret_is_found_in_a_json_text_within_the_text() -> None:
    inner = json.dumps({"data": {"configuration": {"secret_key": "squirrel-tail"}}})
    found = json.loads(taken_out({"resources": inner})["resources"])
    assert found == {"data": {"configuration": {"secret_key": TAKEN_OUT}}}


@pytest.mark.parametrize(
    ("address", "left"),
    [
        ("https://ann:squirrel@example.net/hook", "https://example.net/hook"),
        (
            "https://example.net/file?X-Amz-Signature=abcdef&page=2",
            f"https://example.net/file?X-Amz-Signature={TAKEN_OUT}&page=2",
        ),
        ("https://example.net/orders?page=2", "https://example.net/orders?page=2"),
    ],
)
def test_addresses_lose_what_lets_one_in(address: str, left: str) -> None:
    assert taken_out({"links": {"self": address}}) == {"links": {"self": left}}


def test_the_address_of_a_webhook_loses_its_query() -> None:
    found = taken_out({"configuration": {"url": "https://example.net/hook?k=squirrel", "secret_key": ""}})
    assert found == {"configuration": {"url": "https://example.net/hook", "secret_key": ""}}


def test_what_is_no_secret_is_left_as_it_is() -> None:
    text = json.dumps({"password": True, "sku": "key-ring", "name": "Token of love", "secret_key": "", "n": 1.5})
    assert without_credentials(text) is text


@given(
    name=st.sampled_from(NAMED),
    secret=st.text(alphabet="abcdefghijklmnopqrstuvwxyz0123456789+/", min_size=9, max_size=40),
    around=st.lists(st.sampled_from(["data", "included", "items"]), max_size=3),
    as_text=st.booleans(),
)
def test_taking_out_twice_is_taking_out_once(name: str, secret: str, around: list[str], as_text: bool) -> None:
    document: Any = {name: secret}
    for key in around:
        document = {key: [document]}
    document = {"resources": json.dumps(document)} if as_text else document
    once = without_credentials(json.dumps(document))
    assert secret not in once
    assert without_credentials(once) is once
