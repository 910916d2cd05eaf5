"""Whom a chain of proxies vouches for: read from the nearest one back, as far as each is trusted."""

import ipaddress

import pytest

from kernel.http.forwarded import MOST_HOPS, client_address, forwarded, x_forwarded_for

OURS = (ipaddress.ip_network("10.0.0.0/8"), ipaddress.ip_network("fd00::/8"))


@pytest.mark.parametrize(
    ("peer", "said", "found"),
    [
        ("10.0.0.1", ["198.51.100.7"], "198.51.100.7"),
        ("198.51.100.9", ["203.0.113.1"], "198.51.100.9"),
        ("10.0.0.1", ["203.0.113.1, 198.51.100.7"], "198.51.100.7"),
        ("10.0.0.1", ["203.0.113.1", "198.51.100.7, 10.0.0.2"], "198.51.100.7"),
        ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.1, nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.1, nonsense, 10.0.0.2"], "10.0.0.2"),
        ("10.0.0.1", ["198.51.100.7:4711"], "198.51.100.7"),
        ("fd00::1", ["[2001:db8::7]:4711"], "2001:db8::7"),
        ("::ffff:10.0.0.1", ["::ffff:198.51.100.7"], "198.51.100.7"),
        ("", ["198.51.100.7"], ""),
    ],
)
def test_the_nearest_address_that_is_no_proxy_of_ours(peer: str, said: list[str], found: str) -> None:
    assert client_address(peer, x_forwarded_for(said), OURS) == found


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (["for=198.51.100.7;proto=https"], "198.51.100.7"),
        (['proto=https; For="[2001:db8::7]:4711"'], "2001:db8::7"),
        (["for=203.0.113.1, for=198.51.100.7;by=10.0.0.1"], "198.51.100.7"),
        (["for=203.0.113.1, for=_hidden"], "10.0.0.1"),
        (["for=203.0.113.1, for=unknown, for=10.0.0.2"], "10.0.0.2"),
        (["for=203.0.113.1, proto=https"], "10.0.0.1"),
    ],
)
def test_the_same_of_the_standard_header(said: list[str], found: str) -> None:
    assert client_address("10.0.0.1", forwarded(said), OURS) == found


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert client_address("10.0.0.1", x_forwarded_for(["198.51.100.7"]), OURS) == "198.51.100.7"
    assert client_address("10.0.0.1", x_forwarded_for(["198.51.100.7"]), ()) == "10.0.0.1"


def test_a_chain_that_is_made_too_long_is_read_so_far() -> None:
    made_up = ", ".join(["203.0.113.1", *(f"10.0.1.{one}" for one in range(MOST_HOPS))])
    assert client_address("10.0.0.1", x_forwarded_for([made_up]), OURS) == "10.0.1.0"
