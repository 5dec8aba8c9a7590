"""Amounts as people read them: `EUR 12.34`, from integers of minor units."""

from typing import Final

NONE: Final = frozenset("BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split())
THREE: Final = frozenset("BHD IQD JOD KWD LYD OMR TND".split())


def decimals(currency: str) -> int:
    """Return how many digits of an amount are minor units (ISO 4217)."""
    return 0 if currency in NONE else 3 if currency in THREE else 2


def readable(amount: int, currency: str) -> str:
    """Return `EUR 1,234.56` for 123456: the code, not a sign, as signs are shared by currencies."""
    digits = decimals(currency)
    whole, minor = divmod(amount, 10**digits)
    return f"{currency} {whole:,}" + (f".{minor:0{digits}}" if digits else "")
