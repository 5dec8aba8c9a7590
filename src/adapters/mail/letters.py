"""A notice as a letter: subject, plain text and HTML, from the same words.

What people or shops have written is never markup and never a header: in HTML it is escaped, in a header it is one line.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from html import escape
from string import Template
from textwrap import fill
from typing import Any, Final
from uuid import UUID

from adapters.mail.wording import LINES, WORDINGS
from application.delivery.notices import Notice, Recipient
from domain.shared.minor_units import readable

WIDTH: Final = 72

_CONTROLS: Final = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]+")
"""Line breaks of every kind, and what turns the direction of writing around."""

_PAGE: Final = Template(
    '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>$title</title></head>'
    '<body style="font-family:sans-serif;line-height:1.5;max-width:36em;margin:2em auto">$body</body></html>\n'
)
_ROW: Final = Template(
    '<tr><td>$quantity &times; $what</td><td style="text-align:right;padding-left:2em">$amount</td></tr>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """`subject` and `recipient` are single lines."""

    id: UUID
    sender: str
    recipient: Recipient
    subject: str
    text: str
    html: str


@dataclass(frozen=True, slots=True)
class _Line:
    quantity: int
    what: str
    amount: str


def letter(notice: Notice) -> Letter:
    """Raises: LookupError, for what is never told by mail, or for an order that lacks what every order has."""
    wording = WORDINGS[notice.type]
    known = _known(notice)
    lines, total = _lines(notice.order), known["total"] or ""
    subject = wording.subject.substitute(known)
    spoken = [paragraph for paragraph in wording.paragraphs if _is_known(paragraph, known)]
    safe = {name: escape(value) for name, value in known.items() if value is not None}
    return Letter(
        id=notice.id,
        sender=one_line(notice.shop),
        recipient=Recipient(email=one_line(notice.recipient.email), name=one_line(notice.recipient.name)),
        subject=subject,
        text="\n\n".join(
            _text_of(lines, total) if paragraph.template == LINES else _wrapped(paragraph.substitute(known))
            for paragraph in spoken
        )
        + "\n",
        html=_PAGE.substitute(
            title=escape(subject),
            body="".join(
                _html_of(lines, total) if paragraph.template == LINES else f"<p>{paragraph.substitute(safe)}</p>"
                for paragraph in spoken
            ),
        ),
    )


def one_line(text: str) -> str:
    """Return it without line breaks, and without anything else that is not to be seen."""
    return _CONTROLS.sub(" ", text).strip()


def _is_known(paragraph: Template, known: Mapping[str, str | None]) -> bool:
    return all(known[name] is not None for name in paragraph.get_identifiers())


def _known(notice: Notice) -> dict[str, str | None]:
    """Return what a wording may speak of, each a single line; None: nobody knows."""
    order, facts = notice.order, notice.facts
    currency = order["currency"]
    parcel = next((one for one in order["shipments"] if one["id"] == facts.get("shipmentId")), None) or {}
    names = {line["id"]: line["name"] for line in order["lines"]}
    said = {
        "name": notice.recipient.name,
        "shop": notice.shop,
        "number": order["number"],
        "total": readable(order["total"], currency),
        "expires": order["expiresAt"][:16].replace("T", " "),
        "address": _address(order["shippingAddress"]),
        "reason": (order["cancellation"] or {}).get("reason"),
        "parcel": ", ".join(f"{line['quantity']} × {names[line['lineId']]}" for line in parcel.get("lines", ()))
        or None,
        "carrier": parcel.get("carrier"),
        "tracking": parcel.get("trackingNumber"),
        "refunded": readable(facts["amount"], currency) if notice.type == "payment.refunded" else None,
        "refunded_so_far": readable(order["refunded"], currency),
    }
    return {name: None if value is None else one_line(value) for name, value in said.items()}


def _address(address: Mapping[str, str | None] | None) -> str | None:
    if address is None:
        return None
    town = " ".join(filter(None, (address["postalCode"], address["city"])))
    parts = (address["name"], address["line1"], address.get("line2"), town, address.get("region"), address["country"])
    return ", ".join(part for part in parts if part)


def _lines(order: Mapping[str, Any]) -> list[_Line]:
    return [
        _Line(line["quantity"], one_line(line["name"]), readable(line["lineTotal"], order["currency"]))
        for line in order["lines"]
    ]


def _wrapped(paragraph: str) -> str:
    return fill(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False)


def _text_of(lines: list[_Line], total: str) -> str:
    return "\n".join((*(f"  {line.quantity} × {line.what}: {line.amount}" for line in lines), f"  Total: {total}"))


def _html_of(lines: list[_Line], total: str) -> str:
    return "<table>" + "".join(_rows(lines)) + f"</table><p><strong>Total: {escape(total)}</strong></p>"


def _rows(lines: list[_Line]) -> Iterator[str]:
    for line in lines:
        yield _ROW.substitute(quantity=line.quantity, what=escape(line.what), amount=escape(line.amount))
