"""Their things answer as things that do not exist, ours are answered, and nothing of theirs changes or shows."""

import pytest

from tests.tenants.asking import ASKINGS, Asking, Caller, callers
from tests.tenants.street import Street, same

ASKED = [(operation, caller) for operation in ASKINGS for caller in callers(operation)]
SIGNED = {"hearFromStripe"}
"""Whoever cannot sign it is nobody to them: tests/http/test_payment_notifications.py."""
NAMED = [(operation, place, caller) for operation, caller in ASKED for place in ASKINGS[operation].names]


@pytest.mark.parametrize(("operation", "place", "caller"), NAMED)
async def test_a_thing_of_theirs_answers_as_one_that_nobody_has(
    street: Street, operation: str, place: str, caller: Caller
) -> None:
    thing, own = ASKINGS[operation].names[place], street.prepared[operation, "spare"]
    before = await street.their_rows()
    theirs = thing.smuggled(street.wanted[operation, caller][place], street.ours)
    unknown = thing.unknown(street.ours)
    asked = [await street.ask(operation, caller, {**own, place: name}) for name in (theirs, unknown)]
    assert same(asked[0], theirs) == same(asked[1], unknown)
    assert await street.their_rows() == before


@pytest.mark.parametrize(("operation", "caller"), [(o, c) for o, c in ASKED if c != "customer" and o not in SIGNED])
async def test_a_thing_of_ours_is_answered(street: Street, operation: str, caller: Caller) -> None:
    """So the refusals above are refusals of whose it is, and of nothing else."""
    before = await street.their_rows()
    answer = await street.ask(operation, caller, street.prepared[operation, caller])
    assert answer.is_success, answer.text
    assert await street.their_rows() == before


@pytest.mark.parametrize("operation", [o for o, c in ASKED if c == "customer" and ASKINGS[o] == Asking()])
async def test_a_customer_is_answered_without_anything_of_theirs(street: Street, operation: str) -> None:
    assert (await street.ask(operation, "customer", {})).is_success
