"""What must be unique in its organization, and how a clash is told: Taken where the caller chose, else Outdated."""

import pytest

from application.shared.errors import Interrupted, Outdated
from domain.ordering.number import OrderNumber, order_number
from domain.shared.errors import Refused, Taken
from tests.contract.backend import Backend
from tests.contract.house import House


async def test_a_sku(house: House) -> None:
    await house.create_product(sku="MUG-1")
    with pytest.raises(Taken) as refused:
        await house.create_product(sku="MUG-1")
    assert refused.value.fields == ("sku",)
    await house.create_product(sku="mug-1")


async def test_the_sku_of_an_archived_product_is_free(house: House) -> None:
    old = await house.create_product(sku="MUG-1")
    await house.overwrite("products", {"id": old.id}, status="archived")
    new = await house.create_product(sku="MUG-1")
    await house.overwrite("products", {"id": new.id}, status="archived")
    await house.create_product(sku="MUG-1")
    with pytest.raises(Taken):
        await house.create_product(sku="MUG-1")


@pytest.mark.parametrize(
    ("one", "same"),
    [
        ("ada@example.com", "ada@example.com"),
        ("ada@example.com", "Ada@EXAMPLE.com"),
        ("Ren\u00e9@example.com", "rene\u0301@example.com"),
        ("stra\u00dfe@example.com", "STRASSE@example.com"),
    ],
    ids=["spelled alike", "case", "composition", "sharp s"],
)
async def test_a_customers_email(house: House, one: str, same: str) -> None:
    customer = await house.customer(one)
    with pytest.raises(Taken) as refused:
        await house.customer(same)
    assert refused.value.fields == ("email",)
    assert customer.email == one, "it is kept as it was written"
    await house.customer("someone.else@example.com")


async def test_an_external_reference(house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=9)
    await house.place(customer, (product, 1), external_reference="PO-1")
    with pytest.raises(Taken) as refused:
        await house.place(customer, (product, 1), external_reference="PO-1")
    assert refused.value.fields == ("externalReference",)
    assert await house.counters(product.id) == (9, 1)


async def test_no_external_reference_is_nobodys(house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=9)
    for _ in range(3):
        await house.place(customer, (product, 1), external_reference=None)
    assert len(await house.rows("orders")) == 3


async def test_a_slug_among_all_organizations(backend: Backend, house: House) -> None:
    with pytest.raises(Taken) as refused:
        await House.found(backend, slug=house.slug)
    assert refused.value.fields == ("slug",)
    await House.found(backend, slug=f"{house.slug}-too")


class Numbers:
    """Numbers as they are drawn: the same one for a while, then another."""

    def __init__(self, *values: int) -> None:
        self.values = list(values)

    def __call__(self) -> OrderNumber:
        return order_number(self.values.pop(0))


async def test_a_number_that_is_taken_is_drawn_again(house: House, other_house: House) -> None:
    customer, product = await house.customer(), await house.product(stock=9)
    drawing = House(house.backend, house.caller, house.slug, house.email, number=Numbers(7, 7, 7, 8))
    command = drawing.order_of(customer, (product, 1))
    assert (await drawing.placing(command)).number == order_number(7)
    before = await house.everything()
    with pytest.raises(Outdated):
        await drawing.placing(command)
    assert await house.everything() == before
    assert (await drawing.answer(drawing.placing, command)).number == order_number(8)


async def test_the_same_values_in_another_organization_clash_with_nothing(house: House, other_house: House) -> None:
    for one in (house, other_house):
        customer, product = await one.customer("ada@example.com"), await one.product(sku="MUG-1", stock=5)
        drawing = House(one.backend, one.caller, one.slug, one.email, number=Numbers(7))
        await drawing.place(customer, (product, 1), external_reference="PO-1")


async def test_the_same_ids_in_another_organization_clash_with_nothing(house: House, other_house: House) -> None:
    customer, product = await house.customer(), await house.create_product(sku="MUG-1")
    before = await house.everything()
    async with other_house.begin() as work:
        await work.look()
        work.customers.save(customer)
        work.products.save(product)
        await work.commit(None)
    queries, theirs = house.backend, other_house.caller.organization
    assert (await queries.customers.get(theirs, customer.id)).email == customer.email
    assert (await queries.products.get(theirs, product.id)).sku == "MUG-1"
    await other_house.suspend(customer)
    await other_house.adjust(product.id, 5)
    assert await house.everything() == before


async def test_an_id_that_is_taken_is_a_bug(house: House) -> None:
    """Ids are made, not chosen: this is no refusal that a caller could understand, and no rerun helps."""
    customer = await house.customer()
    before = await house.everything()
    async with house.begin() as work:
        await work.look()
        work.customers.save(customer)
        with pytest.raises(Exception, match=r"customers_pkey|events_\w+_key") as error:
            await work.commit(None)
    assert not isinstance(error.value, Refused | Interrupted)
    assert await house.everything() == before
