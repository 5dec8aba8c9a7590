"""Random order numbers."""

import secrets

from domain.ordering.number import BITS, OrderNumber, order_number


def new_number() -> OrderNumber:
    """Implements NumberFactory: nobody can guess the next one, nor how many orders there are."""
    return order_number(secrets.randbits(BITS))
