"""Where webhooks may be sent: plain https URLs of public hosts, and nothing that anybody could read in another way."""

from ipaddress import ip_address

import pytest

from domain.shared.errors import RulesBroken
from domain.webhooks.target import LONGEST, Target, TargetRules, UnfitTarget

PUBLIC, PRIVATE = TargetRules(), TargetRules(private=True)

LITERALS = [
    "127.0.0.1",
    "127.255.255.254",
    "0.0.0.0",  # noqa: S104 - refused
    "10.0.0.1",
    "10.255.255.255",
    "100.64.0.1",
    "100.100.100.200",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.192",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.7",
    "203.0.113.9",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "[::]",
    "[::1]",
    "[0:0:0:0:0:0:0:1]",
    "[0000::0001]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::FFFF:A00:1]",
    "[::ffff:8.8.8.8]",
    "[::127.0.0.1]",
    "[::ffff:0:127.0.0.1]",
    "[64:ff9b::127.0.0.1]",
    "[64:ff9b::a9fe:a9fe]",
    "[64:ff9b:1::808:808]",
    "[2001:0:7f00:1::]",
    "[2001:0:4136:e378:8000:63bf:80ff:fffe]",
    "[2002:7f00:1::]",
    "[2002:c0a8:101::1]",
    "[2002:808:808::1]",
    "[2001:db8::1]",
    "[3fff::1]",
    "[fc00::1]",
    "[fd00:ec2::254]",
    "[fe80::1]",
    "[fec0::1]",
    "[ff02::1]",
    "[100::1]",
    "[4000::1]",
]
"""Hosts that are addresses, written as usual, and not public."""

NAMES = ["localhost", "LOCALHOST", "foo.localhost", "intranet", "printer.local", "db.internal", "router.home.arpa"]

SPELLINGS = [
    "https://2130706433/",  # 127.0.0.1 as one number
    "https://017700000001/",  # octal
    "https://0x7f000001/",  # hexadecimal
    "https://0x7f.0.0.1/",
    "https://0177.0.0.1/",
    "https://127.0.0.01/",
    "https://127.1/",  # short
    "https://127.0.1/",
    "https://0/",
    "https://1.2.3.4.5/",
    "https://256.0.0.1/",
    "https://example.com.0x7f/",
    "https://127.0.0.1./",  # trailing dots
    "https://localhost./",
    "https://hooks.example.com./",
    "https://hooks..example.com/",
    "https://.example.com/",
    "https://[fe80::1%25eth0]/",  # zones
    "https://[fe80::1%eth0]/",
    "https://[::1%25lo]/",
    "https://[::1/",
    "https://[]/",
    "https://[127.0.0.1]/",
    "https://[v1.fe80::a]/",
    "https://::1/",
    "https://１２７.0.0.1/",  # full-width digits
    "https://127。0。0。1/",  # ideographic full stops
    "https://①②⑦.0.0.1/",
    "https://ⓛocalhost/",
    "https://bücher.example.com/",
    "https://127%2e0%2e0%2e1/",  # escapes
    "https://%31%32%37.0.0.1/",
    "https://localhost%00.example.com/",
    "https://hooks.example.com@127.0.0.1/",  # user information
    "https://127.0.0.1@hooks.example.com/",
    "https://user:word@hooks.example.com/",
    "https://@hooks.example.com/",
    "https://hooks.example.com\\@127.0.0.1/",  # backslashes
    "https:\\\\127.0.0.1/",
    "https:/\\127.0.0.1/",
    "https:///127.0.0.1/",
    "https:127.0.0.1",
    "//127.0.0.1/",
    "https://127.0.0.1#@hooks.example.com/",  # fragments
    "https://hooks.example.com/#frag",
    "https://hooks.example.com:0/",
    "https://hooks.example.com:65536/",
    "https://hooks.example.com:443443/",
    "https://hooks.example.com:/",
    "https://hooks.example.com:+443/",
    "https://hooks.example.com:４４３/",
    "https://hooks.example.com/a b",
    "https://hooks.example.com/\r\nHost: 127.0.0.1",
    "https://hooks.example.com/\t",
    " https://hooks.example.com/",
    "https://hooks.example.com/\n",
    "https://hooks.example.com/%zz",
    "https://hooks_example.com/",
    "https://-hooks.example.com/",
    "https://hooks-.example.com/",
    f"https://{'a' * 64}.example.com/",
    f"https://{'a.' * 130}example.com/",
    f"https://hooks.example.com/{'a' * LONGEST}",
    "ftp://hooks.example.com/",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/",
    "javascript:alert(1)",
    "https://",
    "",
]
"""What somebody might read as an address of ours, or as anything but what it says; refused whatever is allowed."""


def code(rules: TargetRules, url: str) -> str:
    with pytest.raises(UnfitTarget) as refused:
        rules.target(url)
    return refused.value.code


@pytest.mark.parametrize("host", [*LITERALS, *NAMES])
def test_a_host_that_is_not_public_is_refused_but_for_development(host: str) -> None:
    assert code(PUBLIC, f"https://{host}/hooks") == "url-not-public"
    assert PRIVATE.target(f"https://{host}:8000/hooks").port == 8000


@pytest.mark.parametrize("url", SPELLINGS)
def test_what_can_be_read_in_two_ways_is_refused_even_in_development(url: str) -> None:
    assert code(PUBLIC, url) == code(PRIVATE, url) == "url-invalid"


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hooks.example.com", Target("https", "hooks.example.com", 443)),
        ("HTTPS://Hooks.Example.COM/Orders", Target("https", "hooks.example.com", 443)),
        ("https://hooks.example.com:8443/a/b?c=d&e=%2F?", Target("https", "hooks.example.com", 8443)),
        ("https://hooks.example.com?x", Target("https", "hooks.example.com", 443)),
        ("https://xn--bcher-kva.example.com/@me:1", Target("https", "xn--bcher-kva.example.com", 443)),
        ("https://8.8.8.8:53/", Target("https", "8.8.8.8", 53)),
        ("https://[2606:4700::1111]/", Target("https", "2606:4700::1111", 443)),
        ("https://[64:ff9b::8.8.8.8]/", Target("https", "64:ff9b::8.8.8.8", 443)),
    ],
)
def test_a_plain_public_url_has_one_target(url: str, target: Target) -> None:
    assert PUBLIC.target(url) == target


def test_without_tls_only_in_development() -> None:
    assert code(PUBLIC, "http://hooks.example.com/") == "url-not-https"
    assert PRIVATE.target("http://127.0.0.1:4000/") == Target("http", "127.0.0.1", 4000)
    assert PRIVATE.target("http://localhost") == Target("http", "localhost", 80)


def test_the_refusal_points_at_what_was_sent() -> None:
    assert PUBLIC.checked("https://hooks.example.com/", "/url") == "https://hooks.example.com/"
    with pytest.raises(RulesBroken) as refused:
        PUBLIC.checked("https://[::1]/", "/url")
    (violation,) = refused.value.violations
    assert (violation.pointer, violation.code) == ("/url", "url-not-public")


def test_the_edges_of_the_networks() -> None:
    outside = ["9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0"]
    outside += ["192.167.255.255", "192.169.0.0", "169.253.255.255", "223.255.255.255", "1.0.0.0", "198.20.0.0"]
    outside += ["2000::", "2001:200::", "2001:db7:ffff::", "2003::", "3ffe:ffff::", "3fff:1000::"]
    assert [text for text in outside if not PUBLIC.reaches(ip_address(text))] == []
    inside = ["10.0.0.0", "100.127.255.255", "1fff:ffff::", "2001:1ff:ffff::", "4000::", "fe80::1%eth0", "2600::1%2"]
    assert [text for text in inside if PUBLIC.reaches(ip_address(text))] == []
