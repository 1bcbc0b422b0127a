"""Which destinations may be sent to."""

import pytest

from emulator.transports.reach import Reach


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "127.8.8.8", "::1", "0.0.0.0", "::", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.178.2",
     "169.254.3.4", "fe80::1", "fe80::1%eth0", "fd00::5", "::ffff:127.0.0.1", "::ffff:10.0.0.1"],
)  # fmt: skip
def test_near_addresses_are_allowed(address):
    assert Reach().refusal("receiver.test", [address]) is None


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "172.32.0.1", "172.15.255.255", "192.0.2.1", "11.0.0.1", "100.64.0.1", "198.18.0.1", "224.0.0.1",
     "255.255.255.255", "2001:db8::1", "2606:4700::1111", "64:ff9b::7f00:1", "::ffff:8.8.8.8", "2002:7f00:1::"],
)  # fmt: skip
def test_far_addresses_are_refused_by_name(address):
    refusal = Reach().refusal("shop.example.com", ["127.0.0.1", address])
    assert refusal is not None
    assert f"'shop.example.com' resolves to {address}, outside loopback and private ranges" in refusal
    assert "--allow-remote 'shop.example.com'" in refusal


def test_an_address_in_the_url_is_named_once():
    assert "'192.0.2.1' is outside" in Reach().refusal("192.0.2.1", ["192.0.2.1"])


@pytest.mark.parametrize(
    ("patterns", "host", "allowed"),
    [
        (["shop.example.com"], "shop.example.com", True),
        (["*.example.com"], "shop.example.com", True),
        (["*.example.com"], "SHOP.Example.com.", True),
        (["*.EXAMPLE.com"], "shop.example.com", True),
        (["*.example.com"], "example.com", False),
        (["*.example.com"], "shop.example.com.evil.test", False),
        (["example.com"], "notexample.com", False),
        (["a.test", "192.0.2.*"], "192.0.2.7", True),
        (["*"], "anything.test", True),
        ([], "anything.test", False),
        ([""], "anything.test", False),
    ],
)
def test_globs_match_the_whole_host_name(patterns, host, allowed):
    assert (Reach(patterns).refusal(host, ["192.0.2.7"]) is None) is allowed
