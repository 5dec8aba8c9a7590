"""By which address a client is counted, whoever says what about it."""

from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.http.client_address import counted_address, networks

PROXIES = networks("10.0.0.0/8, 2001:db8:ffff::/48, 192.0.2.7")

addresses = st.ip_addresses().map(str)
proxies = st.one_of(st.ip_addresses(network="10.0.0.0/8"), st.ip_addresses(network="2001:db8:ffff::/48")).map(str)
strangers = addresses.filter(lambda text: not trusted(text))
junk = st.text(alphabet="0123456789abcdef.:-_ x[]", max_size=20).filter(lambda text: not is_address(text.strip(" \t")))


def is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def trusted(text: str) -> bool:
    address = ip_address(text)
    shown = getattr(address, "ipv4_mapped", None) or address
    return any(shown in network for network in PROXIES)


def counted(text: str) -> str:
    """Alone, without any proxy."""
    return counted_address(text, [], ())


@given(addresses, st.lists(addresses | junk))
def test_nobody_is_believed_without_a_trusted_proxy(peer: str, forwarded: list[str]) -> None:
    assert counted_address(peer, forwarded, ()) == counted(peer)


@given(strangers, st.lists(addresses | junk))
def test_a_stranger_is_not_believed(peer: str, forwarded: list[str]) -> None:
    assert counted_address(peer, forwarded, PROXIES) == counted(peer)


@given(st.lists(addresses | junk), strangers, st.lists(proxies, min_size=1))
def test_behind_proxies_the_last_stranger_counts_whatever_it_claims(
    claimed: list[str], client: str, chain: list[str]
) -> None:
    *between, peer = chain
    assert counted_address(peer, [*claimed, client, *between], PROXIES) == counted(client)


@given(st.lists(addresses | junk), junk, st.lists(proxies, min_size=1))
def test_what_is_no_address_ends_the_walk_at_the_last_good_one(
    claimed: list[str], malformed: str, chain: list[str]
) -> None:
    *between, peer = chain
    assert counted_address(peer, [*claimed, malformed, *between], PROXIES) == counted(chain[0])


@given(st.lists(proxies, min_size=1))
def test_where_all_are_proxies_the_first_counts(chain: list[str]) -> None:
    assert counted_address(chain[-1], chain[:-1], PROXIES) == counted(chain[0])


@given(st.lists(addresses | junk), proxies, st.data())
def test_it_does_not_matter_how_the_list_is_spread_over_headers(
    forwarded: list[str], peer: str, data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(forwarded)))
    lines = [", ".join(part) for part in (forwarded[:cut], forwarded[cut:]) if part]
    assert counted_address(peer, lines, PROXIES) == counted_address(peer, forwarded, PROXIES)


@given(st.integers(1, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1), st.integers(1, 2**64 - 1))
def test_whoever_has_an_ipv6_address_has_its_whole_network(network: int, one: int, another: int, other: int) -> None:
    first, second, elsewhere = (
        str(IPv6Address(high << 64 | low)) for high, low in ((network, one), (network, another), (other, one))
    )
    assert counted(first) == counted(second)
    assert (counted(first) == counted(elsewhere)) == (network == other)
    assert IPv6Network(counted(first)).prefixlen == 64


@given(st.ip_addresses(v=4))
def test_an_ipv4_address_is_one_however_it_is_shown(address: IPv4Address) -> None:
    assert counted(f"::ffff:{address}") == counted(str(address)) == str(address)
    assert counted_address("::ffff:10.1.2.3", [str(address)], PROXIES) == counted_address(
        "10.1.2.3", [str(address)], PROXIES
    )


@pytest.mark.parametrize("peer", ["", "testclient", "/run/orderwright.sock"])
def test_who_has_no_address_is_counted_by_name(peer: str) -> None:
    assert counted_address(peer, ["192.0.2.1"], PROXIES) == peer


@pytest.mark.parametrize(
    "entry", ["192.0.2.1:5678", "[2001:db8::1]", "unknown", "_hidden", "192.0.2", "192.0.02.1", ""]
)
def test_only_plain_addresses_are_addresses(entry: str) -> None:
    assert counted_address("10.0.0.1", ["203.0.113.9", entry], PROXIES) == "10.0.0.1"


@pytest.mark.parametrize("text", ["10.0.0.1/8", "proxy.example.com", "10.0.0.1,", "*"])
def test_proxies_are_addresses_and_networks(text: str) -> None:
    with pytest.raises(ValueError, match=r"host bits|does not appear"):
        networks(text)
