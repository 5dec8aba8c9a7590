"""Tells customers nothing: it writes into the log what would be told. What house and demo do where no server is set."""

import logging
from dataclasses import dataclass
from typing import Final

from adapters.mail.letters import letter
from application.delivery.notices import Notice
from application.webhooks.ports import NotSent, Sent

LOGGER: Final = "orderwright.mail"
"""Its records carry their members in the attribute `members`."""

_LOG: Final = logging.getLogger(LOGGER)


@dataclass(frozen=True, slots=True)
class LogNotifier:
    """Implements Notifier. Names, addresses and words of people stay out of the log, unless `all_of_it`: for demos."""

    all_of_it: bool = False

    async def notify(self, notice: Notice) -> Sent | NotSent:
        written = letter(notice)
        told = {"delivery": str(notice.id), "type": notice.type, "order": notice.order["number"]}
        shown = {"to": written.recipient.email, "subject": written.subject, "text": written.text}
        _LOG.info("mail", extra={"members": told | shown if self.all_of_it else told})
        return Sent(250, 0)
