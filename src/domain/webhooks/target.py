"""Where a webhook is sent: a URL of which there is only one reading, to a host that everybody may reach.

Parsers of URLs disagree (decimal and octal addresses, user names, backslashes, full-width dots), and whoever is checked
by one and connected by another can be led anywhere. So nothing is interpreted here: a URL is plain, or it is refused.
"""

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import Final

from domain.shared.errors import RulesBroken, Violation
from domain.webhooks.reach import Address, is_public

LONGEST: Final = 2048
"""Characters of a URL."""

DEFAULT_PORTS: Final = {"https": 443, "http": 80}

_PATH: Final = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/-]|%[0-9A-Fa-f]{2})*"
_QUERY: Final = r"(?:[A-Za-z0-9._~!$&'()*+,;=:@/?-]|%[0-9A-Fa-f]{2})*"

_URL: Final = re.compile(
    r"(?P<scheme>[Hh][Tt][Tt][Pp][Ss]?)://"
    r"(?P<host>\[[0-9A-Fa-f]*:[0-9A-Fa-f:.]+\]|[A-Za-z0-9.-]+)"
    r"(?::(?P<port>[1-9][0-9]{0,4}))?"
    rf"(?:/{_PATH})?(?:\?{_QUERY})?"
)
"""RFC 3986 without user information and without a fragment; nothing but ASCII, no escapes in the host."""

_LABEL: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?")
_TOP: Final = re.compile(r"[a-z](?:[a-z0-9-]{0,61}[a-z0-9])?")
"""The last label: one that begins with a digit would be a number to somebody, and so an IPv4 address."""

_DOTTED: Final = re.compile(r"[0-9]+(?:\.[0-9]+){3}")

_AT_HOME: Final = ("localhost", "local", "internal", "home.arpa")
"""Names that lead somewhere else from everywhere (RFC 6761, 6762, 8375, and what ICANN has set aside)."""


class UnfitTarget(ValueError):
    """No webhook is sent there; `code` is why, the message says it in words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


@dataclass(frozen=True, slots=True)
class Target:
    """`host` is a name in lower case, or an address without brackets."""

    scheme: str
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class TargetRules:
    """With `private`, webhooks may go to one's own machines, and without TLS: for development."""

    private: bool = False

    def target(self, url: str) -> Target:
        """Return where this URL leads. Raises: UnfitTarget."""
        said = _URL.fullmatch(url) if len(url) <= LONGEST else None
        port = int((said and said["port"]) or 0)
        if said is None or port > 65535:
            raise UnfitTarget("url-invalid", "Expected a plain URL such as https://hooks.example.com/orders.")
        scheme = said["scheme"].lower()
        if scheme != "https" and not self.private:
            raise UnfitTarget("url-not-https", "Webhooks are sent over https only.")
        host = said["host"].lower().removeprefix("[").removesuffix("]")
        self._check(said["host"][0] == "[" or bool(_DOTTED.fullmatch(host)), host)
        return Target(scheme, host, port or DEFAULT_PORTS[scheme])

    def checked(self, url: str, pointer: str) -> str:
        """Return the URL. Raises: RulesBroken, at `pointer`."""
        try:
            self.target(url)
        except UnfitTarget as unfit:
            raise RulesBroken((Violation(pointer, unfit.code, str(unfit)),)) from None
        return url

    def reaches(self, address: Address) -> bool:
        """Whether webhooks may go to this address, whatever the name that led there."""
        return self.private or is_public(address)

    def _check(self, literal: bool, host: str) -> None:
        """Raises: UnfitTarget."""
        if literal:
            if not self.reaches(_address(host)):
                raise _not_public(host)
            return
        *others, top = host.split(".")
        if len(host) > 253 or not _TOP.fullmatch(top) or not all(map(_LABEL.fullmatch, others)):
            raise UnfitTarget("url-invalid", f"{host} is neither a host name nor an address as it is usually written.")
        if not self.private and (not others or any(f".{host}".endswith(f".{name}") for name in _AT_HOME)):
            raise _not_public(host)


def _address(text: str) -> Address:
    """Raises: UnfitTarget."""
    try:
        return IPv6Address(text) if ":" in text else IPv4Address(text)
    except AddressValueError:
        raise UnfitTarget("url-invalid", f"{text} is no address as it is usually written.") from None


def _not_public(host: str) -> UnfitTarget:
    return UnfitTarget("url-not-public", f"{host} is not on the public internet.")
