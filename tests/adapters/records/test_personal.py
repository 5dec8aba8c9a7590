"""What an event says of people stands beside its body: it can be forgotten, and until then it is vouched for."""

import json

from hypothesis import given

from adapters.records.documents import document
from adapters.records.order_records import order_changes
from adapters.records.personal import parted, vouched, whole
from application.customers.ports import CustomerView
from application.ordering.order_view import OrderView
from domain.customers.customer import Customer
from domain.ordering.order import Order
from tests.adapters.records.full import AT, FULL_ORDER, stamp
from tests.strategies import arbitrary_orders, customers


@given(arbitrary_orders())
def test_nothing_is_lost_as_long_as_it_is_kept(order: Order) -> None:
    said = {"facts": {"reason": "late", "text": None}, "data": document(OrderView.of(order))}
    body, personal = parted("order", json.loads(json.dumps(said)))
    assert whole(body, personal) == said
    assert vouched(body, personal)


@given(customers())
def test_the_body_says_nothing_of_the_customer(customer: Customer) -> None:
    said = {"facts": {}, "data": document(CustomerView.of(customer))}
    body, personal = parted("customer", json.loads(json.dumps(said)))
    forgotten = whole(body, None)["data"]
    assert (forgotten["email"], forgotten["name"], forgotten["shippingAddress"]) == (None, None, None)
    assert forgotten["id"] == str(customer.id)
    assert personal is not None


def test_every_word_of_an_order_that_may_be_personal_stands_beside() -> None:
    (touch,) = [t for t in order_changes(FULL_ORDER.erase(at=AT), FULL_ORDER, stamp()).touches if t.events]
    words = {FULL_ORDER.note, FULL_ORDER.shipping_address.line1, *(one.reason for one in FULL_ORDER.returns)}
    body, personal = parted("order", {"facts": {}, "data": document(OrderView.of(FULL_ORDER))})
    assert all(word and word not in body and personal and word in personal for word in words)
    assert "erased" not in str(touch.events[0]["body"])


def test_what_was_altered_is_not_vouched_for() -> None:
    body, personal = parted("customer", {"facts": {}, "data": {"email": "a@example.com", "name": "A"}})
    assert personal is not None
    assert vouched(body, None), "forgotten is not altered"
    assert not vouched(body, personal.replace("a@example.com", "b@example.com"))


def test_the_same_words_leave_another_trace_each_time() -> None:
    """Else whoever guesses an address could find out that it was this one."""
    seals = {parted("customer", {"facts": {}, "data": {"name": "A"}})[0] for _ in range(5)}
    assert len(seals) == 5


def test_what_is_of_things_stays_where_it_is() -> None:
    said = {"facts": {"note": "counted"}, "data": {"sku": "A", "name": "Apple"}}
    assert parted("product", said) == ('{"facts":{"note":"counted"},"data":{"sku":"A","name":"Apple"}}', None)
