"""What happened to an order, as it is shown: every event with the order as it was afterwards."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from application.shared.pages import Page, Sort
from domain.ids import CustomerId, OrderId

OLDEST: Final = Sort("sequence", int)
"""How the events of an order are sorted: they are numbered, without a gap, in the order in which they happened."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One event. `facts` is what it says of itself, `data` the order afterwards: both as JSON has them.

    What was personal in them is null once it is erased.
    """

    id: UUID
    sequence: int
    type: str
    at: datetime
    actor: str
    facts: Mapping[str, object]
    data: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Timeline:
    """A page of what happened to one order, and whose order it is."""

    id: OrderId
    customer_id: CustomerId
    page: Page[TimelineEntry]
