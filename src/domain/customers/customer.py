"""A customer of an organization."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self, TypedDict, Unpack

from domain.address import Address, AddressChange, changed_address
from domain.customers.events import CustomerChanged
from domain.customers.lifecycle import LIFECYCLE, Action, Status
from domain.erasure import ERASED, erased_email
from domain.ids import CustomerId
from domain.shared.errors import IllegalTransition


class CustomerChange(TypedDict, total=False):
    """What we know of a customer from now on; what is left out stays as it is, an address None is none."""

    email: str
    name: str
    shipping_address: AddressChange | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer as it is, and the `events` that made it so since it was read. Every change adds 1 to `version`."""

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

    def change(self, *, at: datetime, **said: Unpack[CustomerChange]) -> Self:
        """Know something new. What is known already changes nothing: no version, no event.

        Raises: RulesBroken (address-incomplete), for a first address that lacks something; IllegalTransition, when it
        is erased.
        """
        if self.status is Status.ERASED:
            raise IllegalTransition(self.status, "change", LIFECYCLE.verbs(self.status))
        facts: dict[str, Any] = {**said}
        if (address := said.get("shipping_address")) is not None:
            facts["shipping_address"] = changed_address(self.shipping_address, address, pointer="/shippingAddress")
        return self if replace(self, **facts) == self else self._known(at, **facts)

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

    def erase(self, *, at: datetime) -> Self:
        """Forget who it is, for good. Nobody orders for it any more.

        Raises: IllegalTransition, when erased already.
        """
        return self._move(Action.ERASE, at, email=erased_email(self.id), name=ERASED, shipping_address=None)

    def _move(self, action: Action, at: datetime, **facts: Any) -> Self:
        return self._known(at, status=LIFECYCLE.step(self.status, action), **facts)

    def _known(self, at: datetime, **facts: Any) -> Self:
        """With these facts, one version more, and the event that says so."""
        event = CustomerChanged(customer_id=self.id, at=at)
        return replace(self, **facts, updated_at=at, version=self.version + 1, events=(*self.events, event))
