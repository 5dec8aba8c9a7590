"""Whatever was read and decided upon still holds at commit, or the commit is outdated and writes nothing.

Each race is injected where it hurts: after the look, before the commit.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest

from application.shared.errors import Outdated
from domain.catalogue.product import AdjustmentReason, Product
from domain.customers.customer import Customer
from domain.ids import AdjustmentId
from domain.ordering.order import CancelledBy, Order
from domain.shared.errors import IllegalTransition, RulesBroken
from domain.stock import MAX_STOCK, InventoryInsufficient
from tests.contract.house import House


@dataclass(frozen=True)
class Scene:
    """A buyer, a product of which there are 5, and a bystander."""

    house: House
    customer: Customer
    product: Product
    bystander: Product

    async def product_says(self, **columns: object) -> None:
        await self.house.overwrite("products", {"id": self.product.id}, **columns)

    async def customer_says(self, **columns: object) -> None:
        await self.house.overwrite("customers", {"id": self.customer.id}, **columns)

    async def policy_says(self, **columns: object) -> None:
        await self.house.overwrite("organizations", {}, **columns)


@pytest.fixture
async def scene(house: House) -> Scene:
    return Scene(house, await house.customer(), await house.product(stock=5), await house.product(stock=5))


async def staged(scene: Scene, meanwhile: Callable[[Scene], Awaitable[object]]) -> Order:
    """Look, let something happen, then place 3 of the product."""
    house = scene.house
    async with house.begin() as work:
        basket = await work.baskets.look(scene.customer.id, [scene.product.id])
        draft = house.draft(scene.customer, (scene.product, 3))
        order = basket.place(draft, at=work.now())
        await meanwhile(scene)
        work.orders.save(order)
        return await work.commit(order)


OUTDATING: dict[str, Callable[[Scene], Awaitable[object]]] = {
    "price": lambda scene: scene.product_says(unit_price=1001),
    "currency": lambda scene: scene.product_says(currency="USD"),
    "sku": lambda scene: scene.product_says(sku="ANOTHER"),
    "name": lambda scene: scene.product_says(name="Another Thing"),
    "archived": lambda scene: scene.product_says(status="archived"),
    "stock taken away": lambda scene: scene.house.adjust(scene.product.id, -3),
    "stock sold": lambda scene: scene.house.place(scene.customer, (scene.product, 3)),
    "customer suspended": lambda scene: scene.house.suspend(scene.customer),
    "customer's status alone": lambda scene: scene.customer_says(status="suspended"),
    "most items": lambda scene: scene.policy_says(max_items_per_order=9),
    "least value": lambda scene: scene.policy_says(minimum_order_value=1001),
    "hours until it expires": lambda scene: scene.policy_says(auto_cancel_after_hours=25),
}

HARMLESS: dict[str, Callable[[Scene], Awaitable[object]]] = {
    "nothing": lambda scene: scene.house.rows("orders"),
    "stock received": lambda scene: scene.house.adjust(scene.product.id, 1),
    "stock sold, enough left": lambda scene: scene.house.place(scene.customer, (scene.product, 2)),
    "customer's name": lambda scene: scene.customer_says(name="Robert", version=2),
    "the policy of no interest": lambda scene: scene.policy_says(name="The Same House", version=2),
    "another product": lambda scene: scene.house.overwrite("products", {"id": scene.bystander.id}, unit_price=1),
    "the product's version alone": lambda scene: scene.product_says(version=2),
}


@pytest.mark.parametrize("meanwhile", OUTDATING.values(), ids=OUTDATING)
async def test_what_a_basket_was_decided_upon_must_hold(
    scene: Scene, meanwhile: Callable[[Scene], Awaitable[object]]
) -> None:
    before: object = None

    async def disturbed(scene: Scene) -> None:
        await meanwhile(scene)
        nonlocal before
        before = await scene.house.everything()

    with pytest.raises(Outdated):
        await staged(scene, disturbed)
    assert await scene.house.everything() == before


@pytest.mark.parametrize("meanwhile", HARMLESS.values(), ids=HARMLESS)
async def test_what_an_order_does_not_depend_upon_does_not_disturb_it(
    scene: Scene, meanwhile: Callable[[Scene], Awaitable[object]]
) -> None:
    order = await staged(scene, meanwhile)
    stored = await scene.house.backend.orders.get(scene.house.caller.organization, order.id)
    assert stored.status == "pending"


REFUSED: dict[str, tuple[Callable[[Scene], Awaitable[object]], type[Exception], str]] = {
    "archived": (OUTDATING["archived"], RulesBroken, "archived"),
    "suspended": (OUTDATING["customer suspended"], RulesBroken, "suspended"),
    "least value": (lambda scene: scene.policy_says(minimum_order_value=3001), RulesBroken, "3001"),
    "stock sold": (OUTDATING["stock sold"], InventoryInsufficient, "2 available"),
}


@pytest.mark.parametrize(("meanwhile", "refusal", "words"), REFUSED.values(), ids=REFUSED)
async def test_after_a_rerun_the_domain_says_what_is_wrong(
    scene: Scene, meanwhile: Callable[[Scene], Awaitable[object]], refusal: type[Exception], words: str
) -> None:
    """The store itself only ever says Outdated."""
    disturbances = iter([meanwhile])

    async def place(_: None) -> Order:
        return await staged(scene, next(disturbances, HARMLESS["nothing"]))

    with pytest.raises(refusal, match=words):
        await scene.house.answer(place, None)


async def test_after_a_rerun_the_order_has_the_new_price(scene: Scene) -> None:
    disturbances = iter([OUTDATING["price"]])

    async def place(_: None) -> Order:
        return await staged(scene, next(disturbances, HARMLESS["nothing"]))

    assert (await scene.house.answer(place, None)).total.amount == 3003


async def test_two_looks_that_contradict_each_other_are_outdated(scene: Scene) -> None:
    async def twice() -> None:
        async with scene.house.begin() as work:
            await work.baskets.look(scene.customer.id, [scene.product.id])
            await scene.product_says(unit_price=1001)
            await work.baskets.look(scene.customer.id, [scene.product.id])
            await work.commit(None)

    with pytest.raises(Outdated):
        await twice()


async def test_of_two_changes_of_one_order_the_second_is_outdated(scene: Scene) -> None:
    house = scene.house
    order = await house.place(scene.customer, (scene.product, 3))
    async with house.begin() as one, house.begin() as two:
        first, second = await one.orders.get(order.id), await two.orders.get(order.id)
        one.orders.save(first.confirm(at=one.now(), payment_method="pm_ok"))
        two.orders.save(second.cancel(at=two.now(), by=CancelledBy.MEMBER, reason=None))
        await one.commit(None)
        before = await house.everything()
        with pytest.raises(Outdated):
            await two.commit(None)
    assert await house.everything() == before
    assert (await house.backend.orders.get(house.caller.organization, order.id)).status == "confirmed"


async def test_of_two_changes_of_one_customer_the_second_is_outdated(scene: Scene) -> None:
    house = scene.house
    async with house.begin() as one, house.begin() as two:
        first, second = await one.customers.get(scene.customer.id), await two.customers.get(scene.customer.id)
        one.customers.save(first.suspend(at=one.now()))
        two.customers.save(second.suspend(at=two.now()))
        await one.commit(None)
        with pytest.raises(Outdated):
            await two.commit(None)
    with pytest.raises(IllegalTransition):
        await house.suspend(scene.customer)


async def test_an_adjustment_of_a_product_that_changed_is_outdated(scene: Scene) -> None:
    async with scene.house.begin() as work:
        product = await work.products.get(scene.product.id)
        work.products.save(adjusted(product, 1, scene.house))
        await scene.product_says(version=2)
        with pytest.raises(Outdated):
            await work.commit(None)


async def test_adjustments_of_one_product_add_up(scene: Scene) -> None:
    """Stock moves without a version: neither is outdated, and none is lost."""
    house = scene.house
    async with house.begin() as one, house.begin() as two:
        first, second = await one.products.get(scene.product.id), await two.products.get(scene.product.id)
        one.products.save(adjusted(first, 2, house))
        two.products.save(adjusted(second, -4, house))
        await one.commit(None)
        await two.commit(None)
    assert await house.counters(scene.product.id) == (3, 0)


async def test_an_adjustment_below_what_was_reserved_meanwhile_is_outdated(scene: Scene) -> None:
    house = scene.house
    async with house.begin() as work:
        product = await work.products.get(scene.product.id)
        work.products.save(adjusted(product, -3, house))
        await house.place(scene.customer, (scene.product, 3))
        with pytest.raises(Outdated):
            await work.commit(None)
    assert await house.counters(scene.product.id) == (5, 3)
    with pytest.raises(InventoryInsufficient):
        await house.adjust(scene.product.id, -3)


async def test_an_adjustment_beyond_all_counting_is_outdated(scene: Scene) -> None:
    house = scene.house
    async with house.begin() as work:
        product = await work.products.get(scene.product.id)
        work.products.save(adjusted(product, MAX_STOCK - 5, house))
        await house.adjust(scene.product.id, 1)
        with pytest.raises(Outdated):
            await work.commit(None)
    assert await house.counters(scene.product.id) == (6, 0)


async def test_what_was_read_but_not_saved_must_hold_too(scene: Scene) -> None:
    """A decision rests on everything that was read for it."""
    house = scene.house
    order = await house.place(scene.customer, (scene.product, 1))
    disturbances: dict[str, Callable[[], Awaitable[object]]] = {
        "order": lambda: house.confirm(order.id),
        "product": lambda: scene.product_says(version=2),
        "customer": lambda: house.suspend(scene.customer),
    }
    for what, disturb in disturbances.items():
        async with house.begin() as work:
            await work.orders.get(order.id)
            await work.products.get(scene.product.id)
            await work.customers.get(scene.customer.id)
            other = await work.products.get(scene.bystander.id)
            work.products.save(adjusted(other, 1, house))
            await disturb()
            with pytest.raises(Outdated):
                await work.commit(what)
    assert await house.counters(scene.bystander.id) == (5, 0)


def adjusted(product: Product, change: int, house: House) -> Product:
    own = AdjustmentId(house.backend.new_id())
    at = house.backend.clock.now()
    return product.adjust(own, change=change, reason=AdjustmentReason.CORRECTION, note=None, at=at)
