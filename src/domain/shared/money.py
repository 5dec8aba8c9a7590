"""All arithmetic with money: integers of minor units (cents, yen …) beside an ISO 4217 currency; never a float."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NewType

Currency = NewType("Currency", str)
"""An ISO 4217 code in capitals that is in use today."""

MAX_AMOUNT: Final = 9_007_199_254_740_991
"""The largest amount, in minor units: 2**53 - 1, which every JSON reader keeps exact (RFC 8259, section 6)."""

CURRENCIES: Final = frozenset(
    "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY"
    " COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR"
    " ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK"
    " MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF"
    " SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU"
    " UZS VED VES VND VUV WST XAF XCD XCG XOF XPF YER ZAR ZMW ZWG".split()
)
"""ISO 4217, the codes of money that people pay with (no funds, metals or testing codes)."""


class AmountOutOfRange(ValueError):
    """An amount below 0 or above `MAX_AMOUNT`."""


@dataclass(frozen=True, slots=True)
class Money:
    """An amount of 0 … `MAX_AMOUNT` minor units in one currency.

    Raises: AmountOutOfRange; ValueError for a currency that ISO 4217 does not list; TypeError for what is no integer.
    """

    amount: int
    currency: Currency

    def __post_init__(self) -> None:
        if type(self.amount) is not int:
            raise TypeError(f"an amount is an integer of minor units, not {self.amount!r}")
        if not 0 <= self.amount <= MAX_AMOUNT:
            raise AmountOutOfRange(f"{self.amount} is not within 0 … {MAX_AMOUNT} minor units")
        if self.currency not in CURRENCIES:
            raise ValueError(f"{self.currency!r} is not a currency of ISO 4217")

    def __add__(self, other: "Money") -> "Money":
        return Money(self.amount + other._in(self.currency), self.currency)

    def __sub__(self, other: "Money") -> "Money":
        return Money(self.amount - other._in(self.currency), self.currency)

    def __mul__(self, quantity: int) -> "Money":
        return Money(self.amount * quantity, self.currency)

    def __lt__(self, other: "Money") -> bool:
        return self.amount < other._in(self.currency)

    def __le__(self, other: "Money") -> bool:
        return self.amount <= other._in(self.currency)

    def split(self, weights: Sequence[int]) -> tuple["Money", ...]:
        """Share this out in proportion to `weights`, losing no cent: largest remainder, earlier shares first in a tie.

        Raises: ValueError, when a weight is negative or all are zero.
        """
        whole = sum(weights)
        if whole <= 0 or min(weights) < 0:
            raise ValueError("shares need weights of zero or more, and at least one above zero")
        shares = [self.amount * weight // whole for weight in weights]
        by_remainder = sorted(range(len(weights)), key=lambda i: (-(self.amount * weights[i] % whole), i))
        for i in by_remainder[: self.amount - sum(shares)]:
            shares[i] += 1
        return tuple(Money(share, self.currency) for share in shares)

    def _in(self, currency: Currency) -> int:
        if self.currency != currency:
            raise ValueError(f"{self.currency} is not {currency}: there is no exchange rate here")
        return self.amount


def total(amounts: Iterable[Money], currency: Currency) -> Money:
    """Return the sum, zero for nothing.

    Raises: AmountOutOfRange; ValueError for a mix of currencies.
    """
    return sum(amounts, Money(0, currency))
