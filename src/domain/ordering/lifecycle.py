"""The lifecycle of an order: one table that the entity, the tests, the API, the drawing and the database all read."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.shared.errors import Block
from domain.shared.machine import Machine


class State(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    SHIPPED = "shipped"
    DELIVERED = "delivered"
    CANCELLED = "cancelled"
    RETURNED = "returned"


class Action(StrEnum):
    """What can be done to an order. Where one verb has several rows, the counters of the lines decide which."""

    CONFIRM = "confirm"
    CANCEL = "cancel"
    EXPIRE = "expire"
    SHIP_PART = "ship_part"
    SHIP = "ship"
    DELIVER_PART = "deliver_part"
    DELIVER = "deliver"
    RETURN_PART = "return_part"
    RETURN_LAST = "return_last"
    RETURN = "return"

    @property
    def verb(self) -> str | None:
        """The word that a caller uses, None for what only the house does to itself."""
        return None if self is Action.EXPIRE else self.value.partition("_")[0]


LIFECYCLE: Final = Machine(
    name="order",
    initial=State.PENDING,
    table={
        (State.PENDING, Action.CONFIRM): State.CONFIRMED,  # the stock is held and the payment is authorised
        (State.PENDING, Action.CANCEL): State.CANCELLED,  # nothing has been charged; the stock is released
        (State.PENDING, Action.EXPIRE): State.CANCELLED,  # not confirmed in time; the stock is released
        (State.CONFIRMED, Action.CANCEL): State.CANCELLED,  # nothing has left the house yet
        (State.CONFIRMED, Action.SHIP_PART): State.CONFIRMED,  # more is to follow
        (State.CONFIRMED, Action.SHIP): State.SHIPPED,  # the last unit has left
        (State.CONFIRMED, Action.DELIVER_PART): State.CONFIRMED,  # a parcel arrives before the last one has left
        (State.SHIPPED, Action.DELIVER_PART): State.SHIPPED,  # more is on the way
        (State.SHIPPED, Action.DELIVER): State.DELIVERED,  # the last unit has arrived
        (State.SHIPPED, Action.RETURN_PART): State.SHIPPED,  # some come back while others are on the way
        (State.SHIPPED, Action.RETURN_LAST): State.DELIVERED,  # the last ones on the way come back, others arrived
        (State.SHIPPED, Action.RETURN): State.RETURNED,  # everything comes back, undelivered or not
        (State.DELIVERED, Action.RETURN_PART): State.DELIVERED,  # the customer keeps the rest
        (State.DELIVERED, Action.RETURN): State.RETURNED,  # everything has come back
    },
)

CHANGEABLE: Final = frozenset({State.PENDING, State.CONFIRMED})
"""The states in which an order's address and note can change, as long as no unit of it has left the house."""

NOT_FOR_CUSTOMERS: Final[Mapping[tuple[State, str], Block]] = {
    (State.CONFIRMED, "cancel"): Block(
        "already-confirmed", "The order is confirmed; only the seller can cancel it now."
    ),
}
"""By state and verb: what the lifecycle knows, but who bought the order cannot ask for, and what they are told."""
