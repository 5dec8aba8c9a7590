"""A customer: registered, suspended, welcome back; and one mailbox however it is spelled."""

import copy
import unicodedata
from dataclasses import asdict, fields
from datetime import timedelta
from typing import Any, Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from domain.address import Address
from domain.customers.customer import Customer
from domain.customers.lifecycle import Status
from domain.email import same_mailbox
from domain.shared.errors import IllegalTransition, RulesBroken
from tests.domain.examples import BUYER, NOW, draft
from tests.strategies import addresses, customers, emails, texts
from tests.trials import trials

some = settings(max_examples=trials(1_000, 20), deadline=None)
LATER = NOW + timedelta(hours=1)
STANDING: Final = (Status.ACTIVE, Status.SUSPENDED)


def test_a_new_customer_is_active_at_version_one() -> None:
    address = draft().shipping_address
    new = Customer.register(BUYER.id, email="Ada@example.com", name="Ada", shipping_address=address, at=NOW)
    assert (new.id, new.email, new.name, new.shipping_address) == (BUYER.id, "Ada@example.com", "Ada", address)
    assert (new.status, new.version, new.created_at, new.updated_at) == ("active", 1, NOW, NOW)
    assert [(event.type, event.customer_id, event.at) for event in new.events] == [("customer.changed", BUYER.id, NOW)]


@some
@given(customers(*STANDING))
def test_suspending_and_reactivating_each_add_one_version_and_one_event(customer: Customer) -> None:
    before = copy.deepcopy(customer)
    active = customer.status is Status.ACTIVE
    after = customer.suspend(at=LATER) if active else customer.reactivate(at=LATER)
    assert after.status == (Status.SUSPENDED if active else Status.ACTIVE)
    assert (after.version, after.updated_at) == (customer.version + 1, LATER)
    assert after.events[:-1] == customer.events
    assert (after.events[-1].customer_id, after.events[-1].at) == (customer.id, LATER)
    assert (after.email, after.name, after.shipping_address) == (
        customer.email,
        customer.name,
        customer.shipping_address,
    )
    assert customer == before


@some
@given(customers(*STANDING))
def test_whoever_is_erased_is_nobody_any_more(customer: Customer) -> None:
    after = customer.erase(at=LATER)
    assert (after.status, after.name, after.shipping_address) == ("erased", "erased", None)
    assert after.email == f"erased-{customer.id}@erased.invalid"
    assert (after.version, after.updated_at) == (customer.version + 1, LATER)
    assert [event.at for event in after.events[len(customer.events) :]] == [LATER]
    ways = (after.erase, after.suspend, after.reactivate, after.change)
    for way in ways:
        with pytest.raises(IllegalTransition) as refused:
            way(at=LATER)
        assert (refused.value.current, refused.value.allowed) == ("erased", ())


@some
@given(customers(*STANDING))
def test_what_a_customer_is_already_it_cannot_become(customer: Customer) -> None:
    again = customer.reactivate if customer.status is Status.ACTIVE else customer.suspend
    with pytest.raises(IllegalTransition) as refused:
        again(at=LATER)
    assert refused.value.current == customer.status


@some
@given(emails(), st.sampled_from(("NFC", "NFD")), st.sampled_from((str, str.lower, str.upper)))
def test_the_same_address_in_another_spelling_is_the_same_mailbox(email: str, form: str, case: type[str]) -> None:
    assert same_mailbox(unicodedata.normalize(form, case(email))) == same_mailbox(email)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Ada@Example.com", "ada@example.COM"),
        ("é@example.com", "e\u0301@example.com"),
        ("É@example.com", "e\u0301@example.com"),
        ("\u0390@example.com", "\u0390@example.com".upper()),
        ("\u1fb3\u0323@example.com", "\u0391\u0323\u0399@example.com"),
        ("straße@example.com", "STRASSE@example.com"),
    ],
)
def test_case_and_composition_make_no_other_mailbox(one: str, other: str) -> None:
    assert same_mailbox(one) == same_mailbox(other)


@pytest.mark.parametrize("other", ["ad@example.com", "ada@example.org", "àda@example.com", "ada+shop@example.com"])
def test_another_address_is_another_mailbox(other: str) -> None:
    assert same_mailbox("ada@example.com") != same_mailbox(other)


OPTIONAL: Final = ("line2", "region")

CHANGES: Final = st.fixed_dictionaries(
    {},
    optional={
        "email": emails(),
        "name": texts(),
        "shipping_address": st.none()
        | addresses().flatmap(
            lambda a: st.sets(st.sampled_from(sorted(asdict(a)))).map(
                lambda names: {name: asdict(a)[name] for name in sorted(names)}
            )
        ),
    },
)


@some
@given(customers(*STANDING), CHANGES)
def test_a_change_is_one_version_and_one_event_unless_it_says_nothing_new(customer: Customer, said: Any) -> None:
    before = copy.deepcopy(customer)
    wanted = {**asdict(customer), **said, "events": customer.events}
    if (patch := said.get("shipping_address")) is not None:  # RFC 7396, section 2, one level down
        wanted["shipping_address"] = {
            **(asdict(customer.shipping_address) if customer.shipping_address else {}),
            **patch,
        }
    address = wanted["shipping_address"]
    if address is not None and (missing := {f.name for f in fields(Address)} - address.keys() - {*OPTIONAL}):
        with pytest.raises(RulesBroken) as refused:
            customer.change(at=LATER, **said)
        assert len(refused.value.violations) == len(missing)
        return
    wanted["shipping_address"] = None if address is None else Address(**address)
    same = Customer(**wanted) == customer
    changed = customer.change(at=LATER, **said)
    if same:
        assert changed is customer
    else:
        assert changed == Customer(
            **{**wanted, "version": customer.version + 1, "updated_at": LATER, "events": changed.events}
        )
        assert changed.events[:-1] == customer.events
        assert changed.events[-1].at == LATER
    assert customer == before
