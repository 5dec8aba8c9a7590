"""A letter as a message of RFC 5322: text first, HTML beside it."""

import re
from datetime import datetime
from email import policy
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Final

from adapters.mail.letters import Letter

_LONGEST_NAME: Final = 64
"""Characters of a display name: a header of several hundred would be cut by some on its way."""


MAILBOX: Final = re.compile(r"[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]+@[^\s@<>()\[\]\\,;:\"\x00-\x1f\x7f]+")
"""Of any script (RFC 6531), but without quotes, comments and routes: nobody has such an address, and parsers differ."""


def message(letter: Letter, sent_from: str, at: datetime) -> EmailMessage:
    """Return the message, from the shop's name at `sent_from`, written `at` this instant.

    Its Message-ID is made of the delivery's id: what is sent twice has it twice. Raises: ValueError, for an address to
    which nothing can be sent.
    """
    made = EmailMessage(policy=policy.SMTP)
    sender, recipient = _address(letter.sender, sent_from), _address(letter.recipient.name, letter.recipient.email)
    made["From"], made["To"] = sender, recipient
    made["Subject"] = letter.subject
    made["Date"] = at
    made["Message-ID"] = f"<{letter.id}@{sender.domain}>"
    made["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's absence answers it
    made.set_content(letter.text, cte="base64" if not letter.text.isascii() else None)
    made.add_alternative(letter.html, subtype="html", cte="quoted-printable")
    return made


def _address(name: str, mailbox: str) -> Address:
    local, _, domain = mailbox.rpartition("@")
    if not MAILBOX.fullmatch(mailbox):
        raise ValueError("not an address")
    return Address(name[:_LONGEST_NAME], username=local, domain=domain)
