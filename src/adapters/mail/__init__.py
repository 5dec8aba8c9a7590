"""Mail to customers: what it says, and two ways to send it: by SMTP, and into the log."""

from adapters.mail.log_notifier import LogNotifier
from adapters.mail.message import MAILBOX
from adapters.mail.smtp_notifier import SmtpNotifier
from adapters.mail.smtp_server import SmtpServer

__all__ = ["MAILBOX", "LogNotifier", "SmtpNotifier", "SmtpServer"]
