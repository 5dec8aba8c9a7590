"""Random order numbers."""

import secrets

from domain.ordering.number import BITS, OrderNumber, order_number


def new_number() -> OrderNumber:
    """Implements NumberFactory: nobody can guess the next one, nor how many orders there are.

    Numbers whose check character is a sign (`*`, `~` …) are drawn again: people read numbers out.
    """
    while not (number := order_number(secrets.randbits(BITS)))[-1].isalnum():
        pass
    return number
