"""A configuration, taken apart into an origin and the head of its requests."""

import pytest

from emulator.domain.errors import InvalidInput
from emulator.domain.integration import WebhookConfiguration
from emulator.transports.target import target_of


@pytest.mark.parametrize(
    ("url", "origin", "request_line", "host"),
    [
        ("http://localhost", "localhost:80", "POST / HTTP/1.1", "localhost"),
        ("http://localhost:80/", "localhost:80", "POST / HTTP/1.1", "localhost"),
        ("https://LocalHost/a", "localhost:443", "POST /a HTTP/1.1", "localhost"),
        ("https://localhost:80/a", "localhost:80", "POST /a HTTP/1.1", "localhost:80"),
        ("http://127.0.0.1:8000?x=1", "127.0.0.1:8000", "POST /?x=1 HTTP/1.1", "127.0.0.1:8000"),
        ("http://[::1]:8000/a", "[::1]:8000", "POST /a HTTP/1.1", "[::1]:8000"),
        ("http://[fe80::1%25eth0]/a", "[fe80::1%eth0]:80", "POST /a HTTP/1.1", "[fe80::1]"),
        ("http://my_service:3000/a", "my_service:3000", "POST /a HTTP/1.1", "my_service:3000"),
        ("http://bücher.test/ä b", "xn--bcher-kva.test:80", "POST /%C3%A4%20b HTTP/1.1", "xn--bcher-kva.test"),
        ("http://h/%2f?q=%20&r={x}#part", "h:80", "POST /%2f?q=%20&r=%7Bx%7D HTTP/1.1", "h"),
        ("http://me:secret@h/a", "h:80", "POST /a HTTP/1.1", "h"),
    ],
)
def test_where_it_leads(url, origin, request_line, host):
    target = target_of(WebhookConfiguration(url=url))
    lines = target.request("order.paid", b"{}").decode().split("\r\n")
    assert str(target.origin) == origin
    assert target.origin.secure is url.startswith("https")
    assert lines[0] == request_line
    assert lines[1] == f"Host: {host}"
    assert lines[-4:] == ["X-MOLTIN-INTEGRATION-TRIGGER: order.paid", "Content-Length: 2", "", "{}"]


def test_a_password_is_never_shown():
    with pytest.raises(InvalidInput) as caught:
        target_of(WebhookConfiguration(url="ftp://me:hush@h/a"))
    assert "hush" not in str(caught.value)
    assert "hush" not in str(target_of(WebhookConfiguration(url="http://me:hush@h/a")).origin)


def test_a_key_that_would_break_the_head_is_refused():
    target = target_of(WebhookConfiguration(url="http://h/"))
    with pytest.raises(InvalidInput, match="control character"):
        target.request("order.paid\r\nX: y", b"{}")
