"""Place an order: reserve its stock at today's prices, or say everything that stands against it."""

from dataclasses import dataclass

from application.ordering.ownership import disclosed
from application.ordering.ports import BeginOrdering, NumberFactory
from application.shared.caller import Caller
from application.shared.ports import IdFactory
from domain.address import Address
from domain.ids import CustomerId, LineId, OrderId, ProductId
from domain.ordering.draft import Draft, Item
from domain.ordering.order import Order


@dataclass(frozen=True, slots=True)
class WantedItem:
    """`quantity` (1 … 999) units of a product."""

    product_id: ProductId
    quantity: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceOrder:
    caller: Caller
    customer_id: CustomerId
    items: tuple[WantedItem, ...]
    shipping_address: Address
    note: str | None = None
    external_reference: str | None = None


@dataclass(frozen=True, slots=True)
class PlaceOrderHandler:
    """Raises: RulesBroken, InventoryInsufficient, Taken (externalReference)."""

    begin: BeginOrdering
    new_id: IdFactory
    new_number: NumberFactory

    async def __call__(self, command: PlaceOrder) -> Order:
        async with self.begin(command.caller) as work:
            basket = await work.baskets.look(command.customer_id, [item.product_id for item in command.items])
            order = disclosed(basket, to=command.caller).place(
                draft_of(command, self.new_id, self.new_number), at=work.now()
            )
            work.orders.save(order)
            return await work.commit(order)


def draft_of(command: PlaceOrder, new_id: IdFactory, new_number: NumberFactory) -> Draft:
    """Return the order that is asked for, as nobody has promised it yet."""
    return Draft(
        id=OrderId(new_id()),
        number=new_number(),
        customer_id=command.customer_id,
        items=tuple(
            Item(line_id=LineId(new_id()), product_id=item.product_id, quantity=item.quantity) for item in command.items
        ),
        shipping_address=command.shipping_address,
        note=command.note,
        external_reference=command.external_reference,
    )
