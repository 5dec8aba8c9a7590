"""Mail to customers, handed to a server that speaks SMTP on this machine."""

import json
import logging
import ssl
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from adapters.mail import LogNotifier, SmtpNotifier, SmtpServer
from adapters.mail.letters import letter
from adapters.mail.wording import WORDINGS
from adapters.system import SystemClock
from application.delivery.notices import NOTICED, Notice, Recipient
from application.webhooks.ports import NotSent, Sent, Why
from tests.adapters.mail_server import Mailbox, mail_server

FROM = "orders@shop.example"
SHIPMENT = "019aa000-0000-7000-8000-0000000000aa"
ORDER: dict[str, Any] = {
    "id": "019aa000-0000-7000-8000-000000000001",
    "number": "7KQ2-9XMB-H",
    "currency": "EUR",
    "total": 123456,
    "refunded": 500,
    "lines": [{"id": "l1", "name": "Čajník", "quantity": 2, "unitPrice": 61728, "lineTotal": 123456}],
    "shippingAddress": {
        "name": "Zoë Ünal", "line1": "Straße 1", "line2": None, "city": "Łódź", "region": None, "postalCode": "90-001",
        "country": "PL",
    },
    "shipments": [
        {"id": SHIPMENT, "carrier": "Kurýr", "trackingNumber": "TN<1>", "lines": [{"lineId": "l1", "quantity": 1}]}
    ],
    "cancellation": {"reason": "changed my mind", "by": "customer", "at": "2026-11-23T10:00:00Z"},
    "expiresAt": "2026-11-24T10:00:00Z",
}  # fmt: skip
FACTS = {"order.shipped": {"shipmentId": SHIPMENT}, "payment.refunded": {"amount": 500}}


def notice(type: str = "order.placed", *, to: str = "zoe@example.com", name: str = "Zoë", **other: Any) -> Notice:
    return Notice(
        id=UUID("019aa000-0000-7000-8000-0000000000bb"),
        type=type,
        shop=other.pop("shop", "Böttcher & Söhne"),
        recipient=Recipient(email=to, name=name),
        order={**ORDER, **other},
        facts=FACTS.get(type, {}),
    )


def to(port: int, options: str = "?starttls=off", **how: Any) -> SmtpNotifier:
    return SmtpNotifier(SmtpServer.parse(f"smtp://127.0.0.1:{port}{options}"), FROM, SystemClock(), **how)


def parts(mail: EmailMessage) -> tuple[str, str]:
    text, html = mail.iter_parts()
    assert [part.get_content_type() for part in (text, html)] == ["text/plain", "text/html"]
    return text.get_content(), html.get_content()  # type: ignore[attr-defined]


def test_everything_that_customers_are_told_has_words() -> None:
    assert set(WORDINGS) == NOTICED


@pytest.mark.parametrize(
    ("type", "subject", "words"),
    [
        (
            "order.placed",
            "Your order 7KQ2-9XMB-H at Böttcher & Söhne",
            ["until 2026-11-24 10:00", "2 × Čajník: EUR 1,234.56"],
        ),
        ("order.confirmed", "Order 7KQ2-9XMB-H is confirmed", ["Total: EUR 1,234.56", "90-001 Łódź"]),
        ("order.shipped", "Order 7KQ2-9XMB-H is on its way", ["1 × Čajník", "Carrier: Kurýr", "number: TN"]),
        ("order.cancelled", "Order 7KQ2-9XMB-H is cancelled", ["changed my mind"]),
        ("order.expired", "Order 7KQ2-9XMB-H has expired", ["Nothing was charged"]),
        ("payment.refunded", "Refund for order 7KQ2-9XMB-H", ["EUR 5.00 of your order", "EUR 5.00 of EUR 1,234.56"]),
    ],
)  # fmt: skip
async def test_each_type_arrives_with_both_parts_and_every_accent(type: str, subject: str, words: list[str]) -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        assert isinstance(sent := await to(port).notify(notice(type)), Sent)
    assert sent.status == 250
    (mail,) = mailbox.messages
    (envelope,) = mailbox.envelopes
    assert (envelope.mail_from, envelope.rcpt_tos) == (FROM, ["zoe@example.com"])
    assert mail["Subject"] == subject
    assert mail["From"].addresses[0].display_name == "Böttcher & Söhne"
    assert mail["To"].addresses[0].display_name == "Zoë"
    assert mail["Message-ID"] == "<019aa000-0000-7000-8000-0000000000bb@shop.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert abs(mail["Date"].datetime - datetime.now(UTC)) < timedelta(minutes=1)
    text, html = parts(mail)
    assert "Hello Zoë," in text
    assert "<p>Hello Zoë,</p>" in html
    for word in words:
        assert word in " ".join(text.split())
        assert word.split(": EUR")[0].replace("×", "&times;") in html or word in html
    assert "Böttcher &amp; Söhne" in html
    assert "$" not in text + html


async def test_what_is_unknown_is_not_spoken_of() -> None:
    bare = letter(notice("order.cancelled", cancellation=None, shippingAddress=None))
    assert "reason" not in bare.text
    bare = letter(notice("order.confirmed", shippingAddress=None))
    assert "go to" not in bare.text
    assert "None" not in bare.text + bare.html


@pytest.mark.parametrize(
    ("currency", "amount"), [("EUR", "EUR 1,234.56"), ("JPY", "JPY 123,456"), ("KWD", "KWD 123.456")]
)
def test_money_has_the_digits_of_its_currency(currency: str, amount: str) -> None:
    assert f"Total: {amount}" in letter(notice(currency=currency)).text


EVIL = "Eve\r\nBcc: everybody@example.com\r\n\r\n<script>alert(1)</script>\u2028X-Evil: 1\x00$number ${total}"


async def test_nothing_that_anybody_wrote_becomes_a_header_or_markup() -> None:
    mailbox = Mailbox()
    lines = [{**ORDER["lines"][0], "name": EVIL}]
    address = {**ORDER["shippingAddress"], "name": EVIL, "line1": EVIL}
    cancelled = {**ORDER["cancellation"], "reason": EVIL}
    shipments = [{**ORDER["shipments"][0], "carrier": EVIL, "trackingNumber": EVIL}]
    async with mail_server(mailbox) as port:
        for each in sorted(NOTICED):
            evil = notice(
                each, name=EVIL, shop=EVIL, lines=lines, shippingAddress=address, cancellation=cancelled,
                shipments=shipments,
            )  # fmt: skip
            assert isinstance(await to(port).notify(evil), Sent)
    headers = {"From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "MIME-Version", "Content-Type"}
    for mail in mailbox.messages:
        assert set(mail.keys()) == headers
        text, html = parts(mail)
        assert "<script" not in html
        assert "\r" not in text.replace("\r\n", "\n")
        assert "Bcc:" not in mail
        assert "$number" in text  # said as it was written, not filled in
    assert {tuple(envelope.rcpt_tos) for envelope in mailbox.envelopes} == {("zoe@example.com",)}


@pytest.mark.parametrize(
    "address", ["", "nobody", "a b@example.com", "a@b@c", "x@example.com\r\nBcc: y@example.com", "<>"]
)
async def test_what_is_no_address_is_not_written_to(address: str) -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        told = await to(port).notify(notice(to=address))
    assert isinstance(told, NotSent)
    assert told.why is Why.REFUSED
    assert mailbox.envelopes == []


async def test_an_address_in_any_script_is_written_to_where_the_server_can() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        assert isinstance(await to(port).notify(notice(to="zoë@bücher.example")), Sent)
    assert mailbox.envelopes[0].rcpt_tos == ["zoë@bücher.example"]


async def test_a_server_that_is_down_is_an_outcome_and_one_that_is_back_takes_the_mail() -> None:
    mailbox = Mailbox()
    async with mail_server(mailbox) as port:
        pass
    down = await to(port).notify(notice())
    assert isinstance(down, NotSent)
    assert down.why is Why.UNREACHABLE
    async with mail_server(mailbox, port=port):
        assert isinstance(await to(port).notify(notice()), Sent)
    assert len(mailbox.messages) == 1


async def test_a_refusal_has_the_servers_code_and_a_slow_server_is_left() -> None:
    mailbox = Mailbox(says="452 4.2.2 zoe@example.com is full")
    async with mail_server(mailbox) as port:
        assert await to(port).notify(notice()) == Sent(452, ms=pytest.approx(0, abs=5000))
        mailbox.says, mailbox.after = "250 OK", 1.5
        slow = await to(port, "?starttls=off&timeout=1").notify(notice())
    assert isinstance(slow, NotSent)
    assert slow.why is Why.TIMED_OUT


def certificate(directory: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The server's context, and that of a client who trusts it."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "t")])
    now = datetime.now(UTC)
    alternative = x509.SubjectAlternativeName([x509.IPAddress(IPv4Address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number(), now, now + timedelta(1))
        .add_extension(alternative, critical=False)
        .sign(key, hashes.SHA256())
    )
    file = directory / "server.pem"
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(private + made.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))


async def test_by_default_nothing_is_said_before_the_connection_is_encrypted(tmp_path: Path) -> None:
    server, client = certificate(tmp_path)
    mailbox = Mailbox()
    async with mail_server(mailbox, starttls=server, demanding=True) as port:
        secured = f"smtp://user%40x:right%20word@127.0.0.1:{port}"
        told = await SmtpNotifier(SmtpServer.parse(secured), FROM, SystemClock(), client).notify(notice())
        assert isinstance(told, Sent)
        assert told.status == 250
        stranger = await SmtpNotifier(SmtpServer.parse(secured), FROM, SystemClock()).notify(notice())
        assert isinstance(stranger, NotSent)  # a certificate that nobody vouches for
    assert mailbox.encrypted == [True]
    assert mailbox.authenticated == [(b"user@x", b"right word")]
    async with mail_server(mailbox) as port:  # it cannot encrypt: not a word to it
        plain = await to(port, "", tls=client).notify(notice())
    assert isinstance(plain, NotSent)
    assert len(mailbox.envelopes) == 1


async def test_tls_from_the_first_byte(tmp_path: Path) -> None:
    server, client = certificate(tmp_path)
    mailbox = Mailbox()
    async with mail_server(mailbox, tls=server) as port:
        smtps = SmtpServer.parse(f"smtps://127.0.0.1:{port}")
        assert isinstance(await SmtpNotifier(smtps, FROM, SystemClock(), client).notify(notice()), Sent)
    assert len(mailbox.envelopes) == 1


async def test_a_wrong_password_is_an_outcome_that_does_not_say_it(tmp_path: Path) -> None:
    server, client = certificate(tmp_path)
    mailbox = Mailbox()
    async with mail_server(mailbox, starttls=server, demanding=True) as port:
        there = SmtpServer.parse(f"smtp://user:wrong@127.0.0.1:{port}")
        told = await SmtpNotifier(there, FROM, SystemClock(), client).notify(notice())
    assert isinstance(told, Sent)
    assert told.status == 535
    assert "wrong" not in repr(there)


@pytest.mark.parametrize(
    "url",
    ["", "http://mail.example", "smtp://", "smtp://host?starttls=maybe", "smtp://host?timeout=60", "smtp://host?x=1",
     "smtp://user@host", "smtp://host/path", "smtp://host:99999"],
)  # fmt: skip
def test_a_server_that_is_not_said_clearly_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"expected smtp://|out of range"):
        SmtpServer.parse(url)


@pytest.mark.parametrize(("url", "port"), [("smtp://mail.example", 587), ("smtps://mail.example", 465)])
def test_ports_and_encryption_are_the_usual_ones(url: str, port: int) -> None:
    server = SmtpServer.parse(url)
    assert (server.port, server.tls or server.starttls) == (port, True)


async def test_the_log_says_that_there_was_mail_and_nothing_of_people(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "orderwright.mail")
    assert isinstance(await LogNotifier().notify(notice()), Sent)
    assert isinstance(await LogNotifier(all_of_it=True).notify(notice()), Sent)
    quiet, loud = (json.dumps(record.members, ensure_ascii=False) for record in caplog.records)  # type: ignore[attr-defined]
    assert "7KQ2-9XMB-H" in quiet
    assert not any(word in quiet for word in ("zoe", "Zoë", "Straße"))
    assert "Straße 1" in loud
