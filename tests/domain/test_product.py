"""A product: what the catalogue says of it changes, is archived, comes back; its stock moves beside that."""

import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from domain.catalogue.product import Product, ProductStatus
from domain.shared.money import Money
from tests.domain.examples import NOW
from tests.strategies import amounts, products, texts
from tests.trials import trials

some = settings(max_examples=trials(1_000, 30), deadline=None)
LATER = NOW + timedelta(hours=1)

WHAT = st.fixed_dictionaries(
    {}, optional={"sku": texts(), "name": texts(), "unit_price": amounts(), "status": st.sampled_from(ProductStatus)}
)


@some
@given(products(), WHAT)
def test_a_change_is_one_version_and_one_event_unless_it_says_nothing_new(product: Product, said: Any) -> None:
    before = copy.deepcopy(product)
    facts = {
        **said,
        "unit_price": Money(said.get("unit_price", product.unit_price.amount), product.unit_price.currency),
    }
    wanted = replace(product, **facts)
    changed = product.change(at=LATER, **said)
    if wanted == product:
        assert changed is product
    else:
        [event] = changed.events[len(product.events) :]
        assert (event.type, event.product_id, event.at, event.moves) == ("product.changed", product.id, LATER, ())
        assert changed == replace(
            wanted, version=product.version + 1, updated_at=LATER, events=(*product.events, event)
        )
        assert changed.change(at=LATER, **said) is changed, "and saying it again changes nothing"
    assert product == before


@some
@given(products())
def test_archived_is_archived_and_can_come_back(product: Product) -> None:
    archived = product.archive(at=LATER)
    assert archived.status is ProductStatus.ARCHIVED
    assert archived.archive(at=LATER) is archived
    back = archived.change(at=LATER, status=ProductStatus.ACTIVE)
    assert (back.status, back.stock, back.version) == (ProductStatus.ACTIVE, product.stock, archived.version + 1)
