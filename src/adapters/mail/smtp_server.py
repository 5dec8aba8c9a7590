"""Where mail is handed in: `smtp[s]://user:password@host:port?starttls=…&timeout=…`."""

from dataclasses import dataclass, field
from typing import Final, Self
from urllib.parse import parse_qsl, unquote, urlsplit

PORTS: Final = {"smtp": 587, "smtps": 465}
"""Submission (RFC 6409), and submission over TLS from the first byte (RFC 8314)."""

EXPECTED: Final = "expected smtp://user:password@host:port or smtps://…, perhaps with ?starttls=off or ?timeout=1…20"


@dataclass(frozen=True, slots=True, kw_only=True)
class SmtpServer:
    """`tls`: from the first byte. Else the connection is encrypted by STARTTLS before anything is said, unless
    `starttls` is off; a server that cannot is not spoken to. `timeout`: seconds for one mail in all.
    """

    host: str
    port: int
    tls: bool
    starttls: bool
    timeout: float
    user: str | None = field(default=None, repr=False)
    password: str | None = field(default=None, repr=False)

    @classmethod
    def parse(cls, url: str) -> Self:
        """Raises: ValueError."""
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query, keep_blank_values=True))
        starttls, timeout = options.pop("starttls", "required"), options.pop("timeout", "10")
        well = (
            parts.scheme in PORTS
            and parts.hostname
            and not options
            and parts.path in {"", "/"}
            and not parts.fragment
            and starttls in {"required", "off"}
            and timeout.isdecimal()
            and 1 <= int(timeout) <= 20
            and (parts.username is None) == (parts.password is None)
        )
        if not well:
            raise ValueError(EXPECTED)
        tls = parts.scheme == "smtps"
        return cls(
            host=parts.hostname or "",
            port=parts.port or PORTS[parts.scheme],
            tls=tls,
            starttls=not tls and starttls == "required",
            timeout=float(timeout),
            user=unquote(parts.username) if parts.username else None,
            password=unquote(parts.password) if parts.password else None,
        )
