"""What stands where somebody was, once everything that is personal is erased."""

from typing import Final
from uuid import UUID

from domain.address import Address
from domain.email import same_mailbox

ERASED: Final = "erased"

NOWHERE: Final = "@erased.invalid"
"""Where addresses of those who are erased end."""


def erased_email(id: UUID) -> str:
    """Return an address that nobody has: mail under `.invalid` goes nowhere (RFC 2606, section 2)."""
    return f"{ERASED}-{id}{NOWHERE}"


def stands_for_the_erased(email: str) -> bool:
    """Say whether this address is kept for those who are erased: who had it before would stand in the way of it."""
    return same_mailbox(email).endswith(NOWHERE)


def erased_address(address: Address) -> Address:
    """Return an address that says no more than the country, by which the sums of an order are taxed."""
    return Address(name=ERASED, line1=ERASED, city=ERASED, postal_code=ERASED, country=address.country)
