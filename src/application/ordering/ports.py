"""What ordering needs of the world."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol
from uuid import UUID

from application.ordering.order_view import OrderView
from application.ordering.policy_view import PolicyView
from application.ordering.proof import OrderProof
from application.ordering.timeline import Timeline
from application.shared.pages import NumberedPage, NumberedRequest, Page, PageRequest, Sort
from application.shared.work import Begin, Work
from domain.ids import CustomerId, OrderId, PaymentId, ProductId
from domain.ordering.basket import Basket
from domain.ordering.lifecycle import State
from domain.ordering.number import OrderNumber
from domain.ordering.order import Order
from domain.ordering.payment import Told, Verb
from domain.ordering.policy import StandingPolicy
from domain.shared.money import Money


class Baskets(Protocol):
    async def look(self, customer: CustomerId, products: Collection[ProductId]) -> Basket:
        """Return what is true of this customer, of those of the products that exist, and of the policy.

        What it returned still holds at commit, or commit raises Outdated.
        """


class Orders(Protocol):
    async def get(self, id: OrderId) -> Order:
        """Return the order as it is now, without events. Raises: OrderNotFound."""

    def save(self, order: Order) -> None:
        """Stage the order and its events; stock and ledger follow from them. A new order is one that was not read."""


class Policies(Protocol):
    async def get(self) -> StandingPolicy:
        """Return the policy of the organization that is served, as it is now. Raises: OrganizationMissing."""

    def save(self, standing: StandingPolicy) -> None:
        """Stage the policy, which was read."""


class OrderingWork(Work, Protocol):
    @property
    def baskets(self) -> Baskets: ...
    @property
    def orders(self) -> Orders: ...
    @property
    def policies(self) -> Policies: ...


BeginOrdering = Begin[OrderingWork]


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderFilters:
    """Which orders: those in one of `statuses` (all, when empty), and all that else is said of them. None says nothing.

    `…_from` is included, `…_to` is not; totals are in minor units, whatever the currency.
    """

    statuses: frozenset[State] = frozenset()
    customer_id: CustomerId | None = None
    product_id: ProductId | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    total_from: int | None = None
    total_to: int | None = None
    number: str | None = None
    external_reference: str | None = None


DEAREST: Final = Sort("total", int, descending=True)
"""How orders are sorted by what they are worth, without regard to the currency. What they are sorted by never changes
once they are placed: so who walks through them meets each once, whatever happens to them meanwhile."""


class OrderQueries(Protocol):
    async def get(self, organization: UUID, id: OrderId) -> OrderView:
        """Raises: OrderNotFound."""

    async def page(self, organization: UUID, filters: OrderFilters, request: PageRequest) -> Page[OrderView]:
        """Return a page in the order of the request: by creation or by total."""

    async def numbered_page(
        self, organization: UUID, filters: OrderFilters, request: NumberedRequest
    ) -> NumberedPage[OrderView]:
        """Return a page by its number, and how many orders there are, all of one instant."""

    async def timeline(self, organization: UUID, id: OrderId, request: PageRequest, *, notes: bool) -> Timeline:
        """Return a page of the order's events, the oldest first; without those that note something, unless `notes`.

        Events only ever follow: who walks to the end meets every one once. Raises: OrderNotFound.
        """


class PolicyQueries(Protocol):
    async def get(self, organization: UUID) -> PolicyView:
        """Raises: OrganizationMissing."""


class OrderProofs(Protocol):
    async def of(self, organization: UUID, id: OrderId) -> OrderProof:
        """Return every invariant of the order, recomputed from what the store holds of it at one instant.

        Raises: OrderNotFound.
        """


class NumberFactory(Protocol):
    def __call__(self) -> OrderNumber:
        """Return a random order number; it may be taken (then the store says Outdated, and a rerun draws again)."""


class DueOrders(Protocol):
    async def due(self, organization: UUID, at: datetime, limit: int) -> Sequence[OrderId]:
        """Return orders that are pending and expire at this instant or before, those first that expire first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Instruction:
    """What a gateway is to do with `amount` of a payment, under a `key` for which it does it once.

    `reference`: what the gateway called the payment when it authorised it, where it said so.
    """

    organization: UUID
    order_id: OrderId
    payment_id: PaymentId
    key: str
    verb: Verb
    method: str
    amount: Money
    reference: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Somebody who moves money says that something has become of a payment of this order; what, is to be asked."""

    organization: UUID
    order_id: OrderId


class Notices(Protocol):
    def read(self, body: bytes, signature: str) -> Notice | None:
        """Return what it is about, None where that is nothing of ours. Raises: NoticeForged, also for a late one."""


class Gateway(Protocol):
    """Moves money. It answers within two seconds; whoever asks holds no connection meanwhile."""

    async def carry_out(self, instruction: Instruction) -> Told:
        """Do it, unless it was done under this key, and say what came of it. No answer in time is Unknown."""

    async def look_up(self, instruction: Instruction) -> Told | None:
        """Say what came of it, None where nothing has arrived under this key (yet). Does nothing."""
