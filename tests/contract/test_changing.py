"""Changes of products, customers and orders: what is stored, told and guarded, on every store."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any, Final

import pytest

from application.catalogue.archive_product import ArchiveProduct, ArchiveProductHandler
from application.catalogue.change_product import ChangeProduct, ChangeProductHandler
from application.customers.change_customer import ChangeCustomer, ChangeCustomerHandler
from application.ordering.change_order import ChangeOrder, ChangeOrderHandler
from domain.catalogue.errors import ProductNotFound
from domain.catalogue.product import ProductStatus
from domain.customers.errors import CustomerNotFound
from domain.ordering.errors import OrderNotFound
from domain.shared.errors import IllegalTransition, NotFound, StaleVersion, Taken
from tests.contract.house import House
from tests.trials import trials


@dataclass(frozen=True)
class Kind:
    """Something that can be changed: how it is made, changed (to say these words) and read, and its table."""

    make: Callable[[House], Awaitable[Any]]
    change: Callable[[House, Any, str, int | None], Awaitable[Any]]
    read: Callable[[House, Any], Awaitable[Any]]
    words: Callable[[Any], str]
    table: str
    event: str
    missing: type[NotFound]


async def _make_order(house: House) -> Any:
    return await house.place(await house.customer(), (await house.product(stock=9), 1))


async def change_product(house: House, id: Any, version: int | None = None, **said: Any) -> Any:
    command = ChangeProduct(caller=house.caller, product_id=id, change=said, expected_version=version)  # type: ignore[typeddict-item]
    return await house.answer(ChangeProductHandler(house.backend.begin), command)


async def change_customer(house: House, id: Any, version: int | None = None, **said: Any) -> Any:
    command = ChangeCustomer(caller=house.caller, customer_id=id, change=said, expected_version=version)  # type: ignore[typeddict-item]
    return await house.answer(ChangeCustomerHandler(house.backend.begin), command)


async def change_order(house: House, id: Any, version: int | None = None, **said: Any) -> Any:
    command = ChangeOrder(caller=house.caller, order_id=id, change=said, expected_version=version)  # type: ignore[typeddict-item]
    return await house.answer(ChangeOrderHandler(house.backend.begin), command)


async def archive(house: House, id: Any, version: int | None = None) -> None:
    command = ArchiveProduct(caller=house.caller, product_id=id, expected_version=version)
    await house.answer(ArchiveProductHandler(house.backend.begin), command)


KINDS: Final = {
    "product": Kind(
        lambda house: house.product(stock=5),
        lambda house, one, words, version: change_product(house, one.id, version, name=words),
        lambda house, one: house.backend.products.get(house.caller.organization, one.id),
        lambda view: view.name,
        "products",
        "product.changed",
        ProductNotFound,
    ),
    "customer": Kind(
        lambda house: house.customer(),
        lambda house, one, words, version: change_customer(house, one.id, version, name=words),
        lambda house, one: house.backend.customers.get(house.caller.organization, one.id),
        lambda view: view.name,
        "customers",
        "customer.changed",
        CustomerNotFound,
    ),
    "order": Kind(
        _make_order,
        lambda house, one, words, version: change_order(house, one.id, version, note=words),
        lambda house, one: house.backend.orders.get(house.caller.organization, one.id),
        lambda view: view.note,
        "orders",
        "order.changed",
        OrderNotFound,
    ),
}


@pytest.fixture(params=KINDS.values(), ids=list(KINDS))
def kind(request: pytest.FixtureRequest) -> Kind:
    chosen: Kind = request.param
    return chosen


async def events_of(house: House, one: Any) -> list[dict[str, Any]]:
    rows = [row for row in await house.rows("events") if row["subject_id"] == one.id]
    return [{**row, "body": json.loads(row["body"])} for row in sorted(rows, key=lambda row: row["sequence"])]


async def test_a_change_is_stored_and_told(house: House, kind: Kind) -> None:
    one = await kind.make(house)
    before = len(await events_of(house, one))
    house.backend.clock.advance(hours=1)
    changed = await kind.change(house, one, "Other ☎ words", 1)
    view = await kind.read(house, one)
    assert (kind.words(view), view.version, changed.version) == ("Other ☎ words", 2, 2)
    assert view.updated_at > view.created_at == one.created_at
    [told] = (await events_of(house, one))[before:]
    assert (told["type"], told["at"], told["body"]["data"]["version"]) == (kind.event, view.updated_at, 2)
    assert told["actor"] == f"user:{house.caller.principal.id}"


async def test_what_is_so_already_leaves_no_trace(house: House, kind: Kind) -> None:
    one = await kind.make(house)
    await kind.change(house, one, "Words", None)
    everything = await house.everything()
    assert (await kind.change(house, one, "Words", 2)).version == 2
    assert await house.everything() == everything


async def test_a_rehearsal_leaves_no_trace(house: House, kind: Kind) -> None:
    one = await kind.make(house)
    everything = await house.everything()
    assert (await kind.change(house.dry, one, "Words", 1)).version == 2
    assert await house.everything() == everything


async def test_a_stale_version_and_another_house_change_nothing(house: House, other_house: House, kind: Kind) -> None:
    one = await kind.make(house)
    everything = await house.everything()
    with pytest.raises(StaleVersion):
        await kind.change(house, one, "Words", 7)
    with pytest.raises(kind.missing):
        await kind.change(other_house, one, "Words", 1)
    assert await house.everything() == everything


async def test_of_many_who_change_one_version_one_wins(house: House, kind: Kind) -> None:
    one, writers = await kind.make(house), 8
    for version in range(1, trials(100, 4)):
        outcomes = await asyncio.gather(
            *(kind.change(house, one, f"Words {version} {n}", version) for n in range(writers)), return_exceptions=True
        )
        [won] = [outcome for outcome in outcomes if not isinstance(outcome, StaleVersion)]
        view = await kind.read(house, one)
        assert (view.version, kind.words(view)) == (version + 1, kind.words(won))


async def test_of_many_who_name_no_version_nobody_is_lost(house: House, kind: Kind) -> None:
    one = await kind.make(house)
    await asyncio.gather(*(kind.change(house, one, f"Words {n}", None) for n in range(4)))
    assert (await kind.read(house, one)).version == 5


async def test_a_change_meets_a_shipment_in_either_order(house: House) -> None:
    """An order changes and ships, or ships and is changed no more; never does it change once it has shipped."""
    product, customer = await house.product(stock=1_000), await house.customer()
    for _ in range(trials(200, 5)):
        order = await house.confirm((await house.place(customer, (product, 1))).id)
        changed, shipped = await asyncio.gather(
            change_order(house, order.id, note="Late"), house.ship(order.id), return_exceptions=True
        )
        assert not isinstance(shipped, BaseException), shipped
        types = [event["type"] for event in await events_of(house, order)][2:]
        if isinstance(changed, IllegalTransition):
            assert types == ["payment.captured", "order.shipped"]
        else:
            assert types == ["order.changed", "payment.captured", "order.shipped"], changed


async def test_stock_moves_while_the_catalogue_changes(house: House) -> None:
    product = await house.product(stock=10)
    await asyncio.gather(
        *(change_product(house, product.id, unit_price=1 + n) for n in range(3)),
        *(house.adjust(product.id, 1) for _ in range(3)),
    )
    view = await house.backend.products.get(house.caller.organization, product.id)
    assert (view.stock.on_hand, view.version) == (13, 4)


async def test_an_archived_product_frees_its_sku_until_it_comes_back(house: House) -> None:
    old = await house.product(sku="A-1")
    await archive(house, old.id)
    everything = await house.everything()
    await archive(house, old.id, 2)
    assert await house.everything() == everything, "archiving it again changes nothing"
    new = await house.product(sku="A-1")
    with pytest.raises(Taken) as taken:
        await change_product(house, old.id, status=ProductStatus.ACTIVE)
    assert taken.value.fields == ("sku",)
    await change_product(house, new.id, sku="A-2")
    assert (await change_product(house, old.id, status=ProductStatus.ACTIVE)).version == 3
    with pytest.raises(Taken):
        await change_product(house, new.id, sku="A-1")
    with pytest.raises(StaleVersion):
        await archive(house, new.id, 1)


async def test_of_two_that_come_back_with_one_sku_one_does(house: House) -> None:
    for number in range(trials(100, 3)):
        archived = []
        for _ in range(2):
            archived.append(await house.product(sku=f"S-{number}"))
            await archive(house, archived[-1].id)
        outcomes = await asyncio.gather(
            *(change_product(house, one.id, status=ProductStatus.ACTIVE) for one in archived), return_exceptions=True
        )
        assert sorted(isinstance(outcome, Taken) for outcome in outcomes) == [False, True]


async def test_a_mailbox_moves_with_its_customer(house: House) -> None:
    ann, bob = await house.customer("ann@example.com"), await house.customer("bob@example.com")
    with pytest.raises(Taken) as taken:
        await change_customer(house, bob.id, email="ANN@example.com")
    assert taken.value.fields == ("email",)
    await change_customer(house, ann.id, email="eve@example.com", shipping_address=None)
    moved = await change_customer(house, bob.id, email="ANN@example.com")
    assert replace(moved, events=()) == replace(
        bob, email="ANN@example.com", version=2, updated_at=moved.updated_at, events=()
    )
