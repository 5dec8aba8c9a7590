"""A mail server on this machine, by aiosmtpd: it keeps what it is given, and can be told to refuse, or to be slow."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session


@dataclass
class Mailbox:
    """What arrived; `says` is the answer to a mail, `after` so many seconds."""

    says: str = "250 OK"
    after: float = 0.0
    envelopes: list[Envelope] = field(default_factory=list)
    authenticated: list[tuple[bytes, bytes]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802, ARG002
        await asyncio.sleep(self.after)
        if self.says.startswith("250"):
            self.envelopes.append(envelope)
            self.encrypted.append(session.ssl is not None)
        return self.says

    def authenticate(self, *how: Any) -> AuthResult:
        data = how[-1]
        self.authenticated.append((data.login, data.password))
        return AuthResult(success=data.password == b"right word", handled=False)

    @property
    def messages(self) -> list[EmailMessage]:
        return [message_from_bytes(bytes(one.content or b""), policy=policy.default) for one in self.envelopes]  # type: ignore[misc]


@asynccontextmanager
async def mail_server(
    mailbox: Mailbox,
    *,
    tls: ssl.SSLContext | None = None,
    starttls: ssl.SSLContext | None = None,
    port: int = 0,
    demanding: bool = False,
) -> AsyncIterator[int]:
    """Gives the port."""

    def session() -> SMTP:
        return SMTP(
            mailbox,
            tls_context=starttls,
            require_starttls=starttls is not None,
            authenticator=mailbox.authenticate,
            auth_required=demanding,
            auth_require_tls=starttls is not None,
            enable_SMTPUTF8=True,
            hostname="localhost",
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(session, "127.0.0.1", port, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()
