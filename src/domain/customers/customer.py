"""A customer of an organization."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Self

from domain.address import Address
from domain.customers.events import CustomerChanged
from domain.customers.lifecycle import LIFECYCLE, Action, Status
from domain.ids import CustomerId


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer as it is, and the `events` that made it so since it was read. Every action adds 1 to `version`."""

    id: CustomerId
    email: str
    name: str
    status: Status
    shipping_address: Address | None
    created_at: datetime
    updated_at: datetime
    version: int = 1
    events: tuple[CustomerChanged, ...] = ()

    @classmethod
    def register(cls, id: CustomerId, *, email: str, name: str, shipping_address: Address | None, at: datetime) -> Self:
        """Return a new active customer."""
        return cls(
            id=id,
            email=email,
            name=name,
            status=LIFECYCLE.initial,
            shipping_address=shipping_address,
            created_at=at,
            updated_at=at,
            events=(CustomerChanged(customer_id=id, at=at),),
        )

    def suspend(self, *, at: datetime) -> Self:
        """No new orders from now on.

        Raises: IllegalTransition, when suspended already.
        """
        return self._move(Action.SUSPEND, at)

    def reactivate(self, *, at: datetime) -> Self:
        """Orders are welcome again.

        Raises: IllegalTransition, when active already.
        """
        return self._move(Action.REACTIVATE, at)

    def _move(self, action: Action, at: datetime) -> Self:
        return replace(
            self,
            status=LIFECYCLE.step(self.status, action),
            updated_at=at,
            version=self.version + 1,
            events=(*self.events, CustomerChanged(customer_id=self.id, at=at)),
        )
