"""Whose order it is: asked of every use case of ordering that there is, wired or not, today's and tomorrow's."""

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields, replace
from importlib import import_module
from inspect import getmembers, isclass
from pkgutil import iter_modules
from typing import Any, Final, get_type_hints
from uuid import UUID

import pytest
from dishka import AsyncContainer

import application.ordering
from adapters.memory import MemoryStore
from adapters.system import new_id
from application.ordering.browse_orders import BrowseOrders, BrowseOrdersHandler
from application.ordering.change_policy import ChangePolicyHandler
from application.ordering.get_policy import GetPolicyHandler
from application.ordering.hear_of_payment import HearOfPaymentHandler
from application.ordering.list_orders import ListOrders, ListOrdersHandler
from application.ordering.note_order import Note
from application.ordering.place_order import PlaceOrderHandler
from application.ordering.ports import OrderFilters
from application.ordering.quote_order import QuoteOrderHandler
from application.ordering.reconcile_payment import ReconcilePaymentHandler
from application.ordering.timeline import OLDEST
from application.shared.caller import Caller, Principal, PrincipalKind
from application.shared.pages import NumberedRequest, Page, PageRequest
from domain.catalogue.product import Product
from domain.customers.customer import Customer
from domain.ids import CustomerId, OrderId
from domain.ordering.errors import OrderNotFound
from domain.ordering.lifecycle import State
from domain.ordering.order import OrderChange
from domain.shared.errors import IllegalTransition, RulesBroken
from entrypoints.container import COMMANDS, QUERIES
from tests.contract.backend import MemoryBackend
from tests.contract.house import House
from tests.strategies import PATHS

MODULES: Final = [
    import_module(f"{application.ordering.__name__}.{found.name}")
    for found in iter_modules(application.ordering.__path__)
]
HANDLERS: Final = {
    handler
    for module in MODULES
    for name, handler in getmembers(module, isclass)
    if name.endswith("Handler") and handler.__module__ == module.__name__
}
ASKED: Final = {handler: next(iter(get_type_hints(handler.__call__).values())) for handler in HANDLERS}
"""What each use case takes."""

OF_THE_HOUSE: Final = {GetPolicyHandler, ChangePolicyHandler, ReconcilePaymentHandler, HearOfPaymentHandler}
"""What is about no customer at all, and what the house does by itself."""
OF_ONE_ORDER: Final = sorted(
    (one for one in HANDLERS - OF_THE_HOUSE if "order_id" in ASKED[one].__dataclass_fields__),
    key=lambda one: one.__name__,
)
OTHERS: Final = {PlaceOrderHandler, QuoteOrderHandler, ListOrdersHandler, BrowseOrdersHandler}
"""Use cases that name no order: what each does with another customer's is said below, one by one."""

EXAMPLES: Final[Mapping[Any, Any]] = {
    str: "words",
    OrderChange: {"note": "words"},
    PageRequest: PageRequest(sort=OLDEST),
}
"""A value for what a command cannot do without, by its type."""

STATES: Final = [(state, path) for state, paths in PATHS.items() for path in paths[:1]]


@dataclass(frozen=True)
class Shop:
    """A house with two customers who call for themselves, and a product that both want."""

    house: House
    mine: Customer
    theirs: Customer
    product: Product

    def calling(self, customer: Customer) -> Caller:
        principal = Principal(PrincipalKind.USER, id=new_id(), role="customer", customer_id=customer.id)
        return replace(self.house.caller, principal=principal)

    def for_itself(self, customer: Customer) -> House:
        return replace(self.house, caller=self.calling(customer))

    async def order(self, customer: Customer, path: tuple[str, ...] = ()) -> OrderId:
        order = await self.house.place(customer, (self.product, 1))
        for action in path:
            await getattr(self.house, action)(order.id)
        return order.id


@pytest.fixture
async def shop(container: AsyncContainer) -> Shop:
    house = await House.found(MemoryBackend(store=await container.get(MemoryStore)))
    return Shop(house, await house.customer(), await house.customer(), await house.product(stock=99))


def asking(handler: type, caller: Caller, order: OrderId, **more: Any) -> Any:
    """Return what the use case takes, about this order, with an example for everything else that it needs."""
    asked = ASKED[handler]
    hints = get_type_hints(asked)
    needed = {f.name for f in fields(asked) if f.default is MISSING and f.default_factory is MISSING}
    examples = {name: EXAMPLES[hints[name]] for name in needed - {"caller", "order_id", *more}}
    return asked(**{"caller": caller, "order_id": order, **examples, **more})


async def refusal(use_case: Any, command: Any) -> str:
    """Return how the order is said not to be there, without its id."""
    with pytest.raises(OrderNotFound) as refused:
        await use_case(command)
    assert refused.value.id == command.order_id
    return str(refused.value).replace(str(command.order_id), "…")


def test_every_use_case_of_ordering_is_asked() -> None:
    wired = {handler for handler in (*COMMANDS, *QUERIES) if handler.__module__.startswith("application.ordering.")}
    assert wired <= HANDLERS == {*OF_ONE_ORDER, *OTHERS, *OF_THE_HOUSE}
    assert len(OF_ONE_ORDER) >= 6


def of_which(told: Any) -> OrderId:
    """Return of which order something is told: itself, a note, or what happened to it."""
    match told:
        case Page():
            return OrderId(UUID(told.items[0].data["id"]))
        case Note():
            return told.order_id
        case _:
            return OrderId(told.id)


@pytest.mark.parametrize("handler", OF_ONE_ORDER, ids=lambda handler: handler.__name__)
@pytest.mark.parametrize(("state", "path"), STATES, ids=lambda one: str(one) if isinstance(one, State) else "")
async def test_another_customers_order_does_not_exist_whatever_its_state_and_version(
    container: AsyncContainer, shop: Shop, handler: type, state: State, path: tuple[str, ...]
) -> None:
    use_case: Any = await container.get(handler)
    order, me = await shop.order(shop.theirs, path), shop.calling(shop.mine)
    before = await shop.house.everything()
    versions = [{}, *({"expected_version": n} for n in (1, 99) if "expected_version" in get_type_hints(ASKED[handler]))]
    said = {
        await refusal(use_case, asking(handler, me, one, **v)) for one in (order, OrderId(new_id())) for v in versions
    }
    assert said == {"There is no order …."}
    assert await shop.house.everything() == before


@pytest.mark.parametrize("handler", OF_ONE_ORDER, ids=lambda handler: handler.__name__)
@pytest.mark.parametrize(("state", "path"), STATES, ids=lambda one: str(one) if isinstance(one, State) else "")
async def test_ones_own_order_is_there_for_its_customer_and_everybodys_for_the_house(
    container: AsyncContainer, shop: Shop, handler: type, state: State, path: tuple[str, ...]
) -> None:
    use_case: Any = await container.get(handler)
    for caller in (shop.calling(shop.mine), shop.house.caller):
        order = await shop.order(shop.mine, path)
        with suppress(IllegalTransition):
            assert of_which(await use_case(asking(handler, caller, order))) == order


async def test_a_list_holds_only_ones_own_whoever_is_asked_for(container: AsyncContainer, shop: Shop) -> None:
    own = [await shop.order(shop.mine) for _ in range(2)]
    theirs = await shop.order(shop.theirs)
    use_case, browse = await container.get(ListOrdersHandler), await container.get(BrowseOrdersHandler)

    async def listed(caller: Caller, customer: UUID | None) -> list[OrderId]:
        filters = OrderFilters(customer_id=None if customer is None else CustomerId(customer))
        page = await use_case(ListOrders(caller=caller, filters=filters, page=PageRequest()))
        numbered = await browse(BrowseOrders(caller=caller, filters=filters, page=NumberedRequest()))
        assert (numbered.items, numbered.total_count) == (page.items, len(page.items))
        return [view.id for view in page.items]

    me = shop.calling(shop.mine)
    assert await listed(me, None) == await listed(me, shop.mine.id) == own[::-1]
    assert await listed(me, shop.theirs.id) == await listed(me, new_id()) == []
    assert await listed(shop.house.caller, None) == [theirs, *own[::-1]]
    assert await listed(shop.house.caller, shop.theirs.id) == [theirs]


@pytest.mark.parametrize("suspended", [False, True])
async def test_nobody_places_for_another_customer_or_learns_how_it_stands(shop: Shop, suspended: bool) -> None:
    if suspended:
        await shop.house.suspend(shop.theirs)
    before = await shop.house.everything()
    with pytest.raises(RulesBroken) as refused:
        await shop.for_itself(shop.mine).place(shop.theirs, (shop.product, 1), (shop.product, 1))
    codes = [violation.code for violation in refused.value.violations]
    assert codes == ["customer-not-found", "duplicate-product"]
    quoted = await shop.for_itself(shop.mine).quote(shop.theirs, (shop.product, 1), (shop.product, 1))
    assert quoted.violations == refused.value.violations
    assert await shop.house.everything() == before


async def test_what_a_customer_does_is_done_by_it(shop: Shop) -> None:
    me = shop.for_itself(shop.mine)
    order = await me.place(shop.mine, (shop.product, 1))
    cancelled = await me.cancel(order.id)
    assert cancelled.cancellation is not None
    assert cancelled.cancellation.by == "customer"
    events = [row for row in await shop.house.rows("events") if row["subject_id"] == order.id]
    assert [row["type"] for row in events] == ["order.placed", "order.cancelled"]
    assert {row["actor"] for row in events} == {f"user:{me.caller.principal.id}"}
