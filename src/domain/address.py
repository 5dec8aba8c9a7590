"""A postal address, as customers and orders both write it."""

from dataclasses import asdict, dataclass
from typing import Any, Final, TypedDict

from domain.shared.errors import RulesBroken, Violation


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where something is sent. `country` is ISO 3166-1 alpha-2; every text has 1 … 500 characters."""

    name: str
    line1: str
    line2: str | None = None
    city: str
    region: str | None = None
    postal_code: str
    country: str


class AddressChange(TypedDict, total=False):
    """What an address says from now on; what is left out stays as it is, None clears."""

    name: str
    line1: str
    line2: str | None
    city: str
    region: str | None
    postal_code: str
    country: str


_NEEDED: Final = {"name": "name", "line1": "line1", "city": "city", "postal_code": "postalCode", "country": "country"}
"""What no address is without, and how a request calls it."""


def changed_address(address: Address | None, change: AddressChange, *, pointer: str) -> Address:
    """Return the address (None: there is none yet) with what is said of it; `pointer` is where a request says it.

    Raises: RulesBroken (address-incomplete), with everything that still is missing.
    """
    facts: dict[str, Any] = {**(asdict(address) if address else {}), **change}
    missing = [
        Violation(f"{pointer}/{word}", "address-incomplete", f"There is no address yet, and this one has no {word}.")
        for name, word in _NEEDED.items()
        if name not in facts
    ]
    if missing:
        raise RulesBroken(missing)
    return Address(**facts)
