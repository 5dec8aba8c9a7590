"""Sends one webhook: the name is resolved here, checked here, and the connection goes to what was checked.

Between a check and a connect that resolves again, a name can change its mind (DNS rebinding). So nothing below
resolves: it is given an address. The `Host` header, SNI and the certificate's name stay the URL's. Connections are not
kept: one to the same address may be of another name.
"""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_address
from time import monotonic
from typing import Any, Final

import httpx

from adapters.webhooks.resolving import Resolve, SystemResolver
from application.webhooks.ports import NotSent, Sent, Why
from domain.webhooks.reach import Address
from domain.webhooks.target import Target, TargetRules, UnfitTarget

DEADLINE: Final = 10.0
"""Seconds for all of it: name, connection, request, and the answer to its last byte."""

CONNECT: Final = 3.0
"""Seconds for a connection to one address, and as many for TLS."""

MOST: Final = 64 * 1024
"""Bytes of an answer that are read, and thrown away; then we hang up."""

USER_AGENT: Final = "Orderwright-Webhooks/1"


class _NotSent(Exception):
    def __init__(self, why: Why) -> None:
        super().__init__(why)
        self.why = why


@dataclass(frozen=True, slots=True)
class HttpSender:
    """Implements Sender. `tls` says whom we trust."""

    rules: TargetRules
    resolve: Resolve = field(default_factory=SystemResolver)
    tls: ssl.SSLContext = field(default_factory=lambda: httpx.create_ssl_context(trust_env=False))
    deadline: float = DEADLINE

    async def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Sent | NotSent:
        start = monotonic()
        try:
            async with asyncio.timeout(self.deadline):
                status = await self._sent(url, headers, body)
        except (TimeoutError, httpx.TimeoutException):
            return NotSent(Why.TIMED_OUT, _ms(start))
        except (httpx.HTTPError, OSError):
            return NotSent(Why.BROKEN, _ms(start))
        except _NotSent as failed:
            return NotSent(failed.why, _ms(start))
        return Sent(status, _ms(start))

    async def _sent(self, url: str, headers: Mapping[str, str], body: bytes) -> int:
        """Raises: _NotSent, httpx.HTTPError."""
        try:
            target = self.rules.target(url)
        except UnfitTarget:
            raise _NotSent(Why.REFUSED) from None
        for address in await self._addresses(target.host):
            try:
                return await self._posted(_request(url, target, address, headers, body))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue  # nothing was sent: another address may do
        raise _NotSent(Why.UNREACHABLE)

    async def _addresses(self, host: str) -> Sequence[Address]:
        """Return where this host is; a single address that is out of reach spoils them all. Raises: _NotSent."""
        try:
            found = [ip_address(text) for text in await self.resolve(host)]
        except (OSError, ValueError):
            found = []
        if not found:
            raise _NotSent(Why.UNRESOLVED)
        if not all(map(self.rules.reaches, found)):
            raise _NotSent(Why.REFUSED)
        return found

    async def _posted(self, request: httpx.Request) -> int:
        """Return the status, once the answer is over, or as much of it as we read. Raises: httpx.HTTPError."""
        async with httpx.AsyncHTTPTransport(verify=self.tls, trust_env=False) as transport:
            response = await transport.handle_async_request(request)
            try:
                left = MOST
                async for part in response.aiter_raw():
                    left -= len(part)
                    if left <= 0:
                        break
            finally:
                await response.aclose()
            return response.status_code


def _request(url: str, target: Target, address: Address, headers: Mapping[str, str], body: bytes) -> httpx.Request:
    """Return the request as the name's, and on its way to the address."""
    named = httpx.URL(url)
    extensions: dict[str, Any] = {
        "sni_hostname": target.host,
        "timeout": {"connect": CONNECT, "read": DEADLINE, "write": DEADLINE, "pool": DEADLINE},
    }
    return httpx.Request(
        "POST",
        named.copy_with(host=str(address)),
        headers={"Host": named.netloc.decode("ascii"), "User-Agent": USER_AGENT, "Accept-Encoding": "identity"}
        | dict(headers),
        content=body,
        extensions=extensions,
    )


def _ms(start: float) -> int:
    return round((monotonic() - start) * 1000)
