"""By which address a client is counted: its own, or what a trusted proxy says of it."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Networks = tuple[IPv4Network | IPv6Network, ...]


def networks(text: str) -> Networks:
    """Read addresses and networks with commas between them. Raises: ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(","))


def counted_address(peer: str, forwarded: Iterable[str], trusted: Networks) -> str:
    """Return the IPv4 address, or the /64 of the IPv6 address, of who sent the request.

    Only a trusted proxy is believed: the last address that it `forwarded` is who spoke to it. If that is a trusted
    proxy, too, the one before it counts, and so on; what is no address ends the walk.
    """
    address = _address(peer)
    if address is None:  # a socket of this machine: all of its clients are one
        return peer
    for hop in reversed(",".join(forwarded).split(",")):
        before = _address(hop.strip(" \t")) if _within(address, trusted) else None
        if before is None:
            break
        address = before
    return _counted(address)


def within(address: str, known: Networks) -> bool:
    """Whether this is an address, and one of those."""
    known_as = _address(address)
    return known_as is not None and _within(known_as, known)


def _address(text: str) -> Address | None:
    """An IPv4 address that a socket for both shows as an IPv6 one is an IPv4 address."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def _within(address: Address, trusted: Networks) -> bool:
    return any(address in network for network in trusted)


def _counted(address: Address) -> str:
    """Whoever has one IPv6 address has all 2^64 of its network."""
    if address.version == 4:
        return str(address)
    return str(IPv6Network((int(address) >> 64 << 64, 64)))
