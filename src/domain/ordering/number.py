"""Order numbers for people: short, unambiguous, from no counter (a counter locks every order and tells the sales)."""

from typing import Final, NewType

OrderNumber = NewType("OrderNumber", str)
"""8 characters of Crockford base32 and a check character: `7KQ2-9XMB-9`."""

BITS: Final = 40
"""How many random bits make a number: 8 characters of 5 bits."""

_DIGITS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CHECKS: Final = _DIGITS + "*~$=U"


def order_number(value: int) -> OrderNumber:
    """Write `value` (0 … 2**40 - 1) as an order number (Crockford's base32, its check symbol modulo 37).

    Raises: ValueError, outside that range.
    """
    if not 0 <= value < 1 << BITS:
        raise ValueError(f"an order number has {BITS} bits: {value}")
    digits = "".join(_DIGITS[value >> shift & 31] for shift in range(BITS - 5, -1, -5))
    return OrderNumber(f"{digits[:4]}-{digits[4:]}-{_CHECKS[value % 37]}")
