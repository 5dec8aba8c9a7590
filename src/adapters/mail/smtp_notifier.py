"""Tells customers by SMTP: one connection a mail, encrypted unless that is switched off, with one deadline for all."""

import asyncio
import ssl
from dataclasses import dataclass, field
from time import monotonic
from typing import Final

from aiosmtplib import SMTP, SMTPConnectError, SMTPException, SMTPRecipientsRefused, SMTPResponseException

from adapters.mail.letters import letter
from adapters.mail.message import message
from adapters.mail.smtp_server import SmtpServer
from application.delivery.notices import Notice
from application.shared.ports import Clock
from application.webhooks.ports import NotSent, Sent, Why

ACCEPTED: Final = 250
"""What a server says that has taken a mail upon itself (RFC 5321, section 4.2.3)."""


@dataclass(frozen=True, slots=True)
class SmtpNotifier:
    """Implements Notifier. `sent_from`: the address that mail comes from; `tls` says whom we trust."""

    server: SmtpServer
    sent_from: str
    clock: Clock
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context, repr=False)

    async def notify(self, notice: Notice) -> Sent | NotSent:
        began = monotonic()
        try:
            mail = message(letter(notice), self.sent_from, self.clock.now())
        except ValueError:  # there is no such address
            return NotSent(Why.REFUSED, _ms(began))
        try:
            async with asyncio.timeout(self.server.timeout), self._client() as client:
                await client.send_message(mail)
        except SMTPRecipientsRefused as refused:
            return Sent(refused.recipients[0].code, _ms(began))
        except SMTPResponseException as refused:  # a code, and words that may name the mailbox
            return Sent(refused.code, _ms(began))
        except TimeoutError:
            return NotSent(Why.TIMED_OUT, _ms(began))
        except (SMTPConnectError, ssl.SSLError):
            return NotSent(Why.UNREACHABLE, _ms(began))
        except (SMTPException, OSError):
            return NotSent(Why.BROKEN, _ms(began))
        return Sent(ACCEPTED, _ms(began))

    def _client(self) -> SMTP:
        server = self.server
        return SMTP(
            hostname=server.host,
            port=server.port,
            username=server.user,
            password=server.password,
            use_tls=server.tls,
            tls_context=self.tls,
            start_tls=server.starttls,
            local_hostname="localhost",
            timeout=server.timeout,
        )


def _ms(began: float) -> int:
    return round((monotonic() - began) * 1000)
