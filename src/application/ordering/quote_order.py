"""Quote an order: what placing it would come to now, or everything that stands against it. Writes nothing."""

from dataclasses import dataclass

from application.ordering.ownership import disclosed
from application.ordering.place_order import PlaceOrder, draft_of
from application.ordering.ports import BeginOrdering, NumberFactory
from application.ordering.quote_view import QuoteView
from application.shared.caller import Caller
from application.shared.ports import IdFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class QuoteOrder:
    """What would come of this `wish`?"""

    wish: PlaceOrder

    @property
    def caller(self) -> Caller:
        return self.wish.caller


@dataclass(frozen=True, slots=True)
class QuoteOrderHandler:
    """The very look and the very decision of placing; what only a write would meet (Taken) it cannot tell."""

    begin: BeginOrdering
    new_id: IdFactory
    new_number: NumberFactory

    async def __call__(self, query: QuoteOrder) -> QuoteView:
        wish = query.wish
        async with self.begin(wish.caller) as work:
            basket = await work.baskets.look(wish.customer_id, [item.product_id for item in wish.items])
        return QuoteView.of(disclosed(basket, to=wish.caller).quote(draft_of(wish, self.new_id, self.new_number)))
