"""A quote as it is shown."""

from dataclasses import dataclass
from typing import Self

from domain.ids import ProductId
from domain.ordering.line import Line
from domain.ordering.quote import Quote
from domain.shared.errors import Violation
from domain.shared.money import AmountOutOfRange, Currency


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedLine:
    """One line. Amounts are minor units of its own currency: lines that cannot stand in one order have several.

    `line_total` is None where it is more than an amount can say.
    """

    product_id: ProductId
    sku: str
    name: str
    unit_price: int
    currency: Currency
    quantity: int
    line_total: int | None

    @classmethod
    def of(cls, line: Line) -> Self:
        return cls(
            product_id=line.product_id,
            sku=line.sku,
            name=line.name,
            unit_price=line.unit_price.amount,
            currency=line.unit_price.currency,
            quantity=line.quantity,
            line_total=_line_total(line),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteView:
    """What placing would come to. `total` is in minor units of `currency`; None is what cannot be known."""

    lines: tuple[QuotedLine, ...]
    total: int | None
    currency: Currency | None
    violations: tuple[Violation, ...]

    @classmethod
    def of(cls, quote: Quote) -> Self:
        return cls(
            lines=tuple(QuotedLine.of(line) for line in quote.lines),
            total=quote.total.amount if quote.total else None,
            currency=quote.currency,
            violations=quote.violations,
        )


def _line_total(line: Line) -> int | None:
    try:
        return line.line_total.amount
    except AmountOutOfRange:
        return None
