"""Which addresses a webhook may reach: those of the public internet, so that nobody sends us where only we can go.

The networks are written out, from the special-purpose registries of IANA (RFC 6890) and what clouds have added, since
what `ipaddress` calls global differs between releases of Python. An IPv6 address must be of the one range that is
handed out (2000::/3), or a NAT64 of a public IPv4 address, which is how machines without IPv4 reach one (RFC 6052).
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from typing import Final

Address = IPv4Address | IPv6Address

NOT_PUBLIC: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this host on this network; 0.0.0.0 is ourselves
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared by a carrier's customers (CGNAT); a cloud's metadata, too
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # a cloud's platform, answering in every one of its networks
            "169.254.0.0/16",  # link-local; the metadata of most clouds
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments; a cloud's metadata, too
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays, deprecated
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarks
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved; the last one is broadcast
        ),
    )
)

HANDED_OUT: Final = IPv6Network("2000::/3")
"""The only IPv6 addresses that belong to somebody on the internet. Loopback, unique local, link-local, multicast and
IPv4-mapped ones are all outside."""

NOT_HANDED_OUT: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments; Teredo among them, with an IPv4 address inside
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4, with an IPv4 address inside
            "3fff::/20",  # documentation
        ),
    )
)

NAT64: Final = IPv6Network("64:ff9b::/96")
"""An IPv4 address in its last 32 bits. (64:ff9b:1::/48 is for use at home, and is not among these.)"""


def is_public(address: Address) -> bool:
    """Whether everybody on the internet means the same one host by this address."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in NOT_PUBLIC)
    if address.scope_id is not None:
        return False
    if address in NAT64:
        return is_public(IPv4Address(address.packed[-4:]))
    return address in HANDED_OUT and not any(address in network for network in NOT_HANDED_OUT)
