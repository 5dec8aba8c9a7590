"""Amounts of money (D19): integers of minor units beside a currency, numbers that become decimals, and floats."""

from collections.abc import Iterator
from typing import Final

from domain.generation.amounts import Amount, Kind
from domain.generation.derivation.naming import words
from domain.generation.derivation.said import Sayings
from domain.generation.origin import Because, Confidence
from domain.generation.shapes import ListOf, Member, Number, Record, Shape, Whole

_MONEY: Final = frozenset({
    "amount", "price", "cost", "fee", "subtotal", "tax", "discount", "balance", "salary", "refund", "refunded",
    "payable", "due", "paid",
})  # fmt: skip
_TOTALS: Final = frozenset({"total", "value", "sum"})
"""Money only where a currency stands beside it."""


def amounts(sayings: Sayings) -> tuple[Amount, ...]:
    """Return every amount of money of every record, in the order of the contract."""
    return tuple(each for record in sayings.shapes.records for each in _of(record))


def _of(record: Record) -> Iterator[Amount]:
    currency = next((member.wire for member in record.members if set(words(member.wire)) & {"currency"}), None)
    for member in record.members:
        found = _amount(record, member, currency)
        if found is not None:
            yield found


def _amount(record: Record, member: Member, currency: str | None) -> Amount | None:
    shape: Shape = member.shape.element if isinstance(member.shape, ListOf) else member.shape
    if not isinstance(shape, Whole | Number):
        return None
    kind = _kind(shape)
    hinted = member.hint("money")
    if isinstance(hinted, str):
        beside = record.member(hinted) is not None
        because = Because("H-money", f"{member.wire}: money in {hinted}, a hint says so", Confidence.SAID)
        return Amount(
            origin=member.origin, because=because, record=record.name, member=member.wire,
            kind=Kind.DECIMAL if kind is Kind.FLOAT else kind,
            currency_from=hinted if beside else None, currency=None if beside else hinted,
        )  # fmt: skip
    said = set(words(member.wire))
    named = bool(said & _MONEY) or (currency is not None and bool(said & _TOTALS))
    if not named or said & {"count", "quantity", "currency", "rate", "percent", "date", "id"}:
        return None
    if isinstance(shape, Whole) and currency is None:
        return None  # nothing says that it is money, and not a number of something
    words_ = {
        Kind.MINOR: f"{member.wire}: an integer beside {currency} is an amount of its minor units",
        Kind.DECIMAL: f"{member.wire}: a number that is an amount is kept as a decimal",
        Kind.FLOAT: f"{member.wire}: money in floating point",
    }[kind]
    return Amount(
        origin=member.origin, because=Because("D19", words_), record=record.name, member=member.wire, kind=kind,
        currency_from=currency,
    )  # fmt: skip


def _kind(shape: Whole | Number) -> Kind:
    if isinstance(shape, Whole):
        return Kind.MINOR
    return Kind.FLOAT if shape.bits is not None else Kind.DECIMAL
