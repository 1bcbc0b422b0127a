"""Addresses as they are shown: without the secrets that may stand in them."""

import pytest

from emulator.core.masking import masked_address


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("http://localhost:8000/hook", "http://localhost:8000/hook"),
        ("http://bob:hunter2@localhost/hook?a=1", "http://bob:****@localhost/hook?a=1"),
        ("https://t0ken@localhost/", "https://****@localhost/"),
        ("http://localhost/?a=1&api_key=abc&b=2", "http://localhost/?a=1&api_key=****&b=2"),
        ("stomp://me:too@broker:61613", "stomp://me:****@broker:61613"),
    ],
)
def test_what_may_be_a_secret_is_masked(address: str, shown: str) -> None:
    assert masked_address(address) == shown
