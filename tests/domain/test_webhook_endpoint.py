"""An endpoint: what it wants to hear, how it changes, and which secrets sign."""

import importlib
import pkgutil
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

import domain
from domain.ids import WebhookEndpointId
from domain.shared.events import Event
from domain.webhooks.endpoint import OVERLAP, Because, Endpoint, EndpointStatus
from domain.webhooks.errors import WebhookEndpointNotFound
from domain.webhooks.event_filter import EventFilter

AT = datetime(2026, 1, 31, 12, tzinfo=UTC)


def endpoint(*types: EventFilter) -> Endpoint:
    return Endpoint.open(
        WebhookEndpointId(UUID(int=1)), url="https://a.example.com", event_types=types, secret=b"one", at=AT
    )


def event_types() -> set[str]:
    for module in pkgutil.walk_packages(domain.__path__, "domain."):
        importlib.import_module(module.name)
    found, kinds = set(), [Event]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if "type" in vars(kind):
            found.add(kind.type)
    return found


def test_every_event_can_be_asked_for_and_so_can_its_family() -> None:
    types = event_types()
    assert "order.placed" in types
    families = {f"{known.partition('.')[0]}.*" for known in types}
    assert {*EventFilter} == {*types, *families}


@pytest.mark.parametrize(
    ("wanted", "type", "told"),
    [
        (EventFilter.ORDER, "order.placed", True),
        (EventFilter.ORDER, "orders.placed", False),
        (EventFilter.ORDER, "payment.captured", False),
        (EventFilter.ORDER_PLACED, "order.placed", True),
        (EventFilter.ORDER_PLACED, "order.placed.again", False),
    ],
)
def test_what_an_endpoint_is_told(wanted: EventFilter, type: str, told: bool) -> None:
    assert endpoint(wanted).wants(type) is told
    assert not endpoint(wanted).change(status=EndpointStatus.DISABLED).wants(type)


def test_any_of_its_filters_will_do_and_none_counts_twice() -> None:
    one = endpoint(EventFilter.STOCK, EventFilter.ORDER_PLACED, EventFilter.STOCK)
    assert one.event_types == (EventFilter.STOCK, EventFilter.ORDER_PLACED)
    assert one.wants("stock.adjusted")
    assert one.wants("order.placed")
    assert not one.wants("order.shipped")


def test_without_a_filter_it_is_told_everything() -> None:
    assert all(map(endpoint().wants, event_types()))
    assert not endpoint().disable(Because.GONE).wants("order.placed")


def test_why_it_is_told_nothing_is_known_as_long_as_that_is_so() -> None:
    gone = endpoint().disable(Because.GONE)
    assert (gone.status, gone.disabled_because, gone.version) == (EndpointStatus.DISABLED, Because.GONE, 2)
    assert gone.disable(Because.ASKED) is gone
    assert gone.change(status=EndpointStatus.DISABLED) is gone
    back = gone.change(status=EndpointStatus.ENABLED)
    assert (back.disabled_because, back.version) == (None, 3)
    assert back.change(status=EndpointStatus.DISABLED).disabled_because is Because.ASKED


def test_a_change_raises_the_version_and_no_change_does_not() -> None:
    one = endpoint()
    assert one.change(status=EndpointStatus.ENABLED, event_types=()) is one
    other = one.change(url="https://b.example.com", status=EndpointStatus.DISABLED)
    assert (other.url, other.status, other.version) == ("https://b.example.com", EndpointStatus.DISABLED, 2)


def test_two_secrets_sign_for_a_day_and_never_three() -> None:
    one = endpoint()
    assert one.secrets(AT) == (b"one",)
    two = one.rotate(b"two", at=AT)
    assert two.secrets(AT) == (b"two", b"one")
    assert two.secrets(AT + OVERLAP - timedelta(microseconds=1)) == (b"two", b"one")
    assert two.secrets(AT + OVERLAP) == (b"two",)
    assert timedelta(hours=24) == OVERLAP
    three = two.rotate(b"three", at=AT + timedelta(hours=1))
    assert three.secrets(AT + timedelta(hours=2)) == (b"three", b"two")
    assert three.version == 3


def test_what_is_removed_keeps_no_secret_and_is_not_removed_twice() -> None:
    gone = endpoint().rotate(b"two", at=AT).remove(at=AT)
    assert (gone.secret, gone.previous_secret, gone.previous_until) == (b"", None, None)
    assert (gone.status, gone.disabled_because) == (EndpointStatus.DISABLED, Because.REMOVED)
    with pytest.raises(WebhookEndpointNotFound):
        gone.remove(at=AT)
