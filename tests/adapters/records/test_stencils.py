"""A stencil that is filled in says what the mappers would have said, to the last byte of the last hash."""

import random
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.postgres.lives import FATES, PATIENT, Fate, Lives
from adapters.records.carried_out import CarriedOut
from adapters.records.changes import Changes, Insert, Touch
from adapters.records.stencils import Stencil, id_at, milliseconds
from domain.ids import CustomerId, ProductId
from domain.ordering.basket import Basket
from domain.ordering.facts import Buyer, Offer
from domain.shared.money import Currency, Money

EUR: Final = Currency("EUR")
ONE_DAY: Final = datetime(2026, 3, 1, 12, 30, 0, 1, tzinfo=UTC)
OFFERS: Final = [
    Offer(
        id=ProductId(UUID(int=n)), sku=f"s{n}", name="P", unit_price=Money(1000 * n, EUR), archived=False, available=9
    )
    for n in range(1, 6)
]


class Another(random.Random):
    """Decides everything alike, but draws other ids and other numbers."""

    def getrandbits(self, k: int, /) -> int:
        return super().getrandbits(k) ^ (1 if k >= 40 else 0)


class Again(random.Random):
    """Draws these ids."""

    def __init__(self, ids: list[UUID]) -> None:
        super().__init__()
        self._bits = iter([(i.int >> 64 & 0xFFF) << 62 | i.int & (1 << 62) - 1 for i in ids])

    def getrandbits(self, k: int, /) -> int:
        assert k == 74
        return next(self._bits)


def lives(chance: random.Random, at: datetime) -> Lives:
    return Lives(UUID(int=99), EUR, at, chance)


def basket(buyer: int) -> Basket:
    offers = {offer.id: offer for offer in OFFERS}
    return Basket(buyer=Buyer(id=CustomerId(UUID(int=buyer)), suspended=False), offers=offers, policy=PATIENT)


@given(chance=st.integers(0, 2**32), fate=st.sampled_from(FATES), later=st.integers(-(10**12), 10**12))
def test_a_copy_is_what_the_mappers_would_have_made(chance: int, fate: Fate, later: int) -> None:
    """Two orders with the same life, other ids, another number, another customer, another time."""
    stencil = Stencil(*lives(random.Random(chance), ONE_DAY).lived(basket(1000), fate))
    at = ONE_DAY + timedelta(milliseconds=later)
    other, marks, ids = lives(Another(chance), at).lived(basket(2000), fate)
    assert stencil.fill(marks, Again(ids)) == other.groups()
    assert stencil.counted == other.counted


@pytest.mark.parametrize("fate", FATES)
def test_nothing_of_the_original_is_left_in_a_copy(fate: Fate) -> None:
    done, marks, ids = lives(random.Random(5), ONE_DAY).lived(basket(1000), fate)
    _, other, _ = lives(Another(5), ONE_DAY + timedelta(days=700)).lived(basket(2000), fate)
    said = repr(Stencil(done, marks, ids).fill(other, random.Random(0)))
    assert not [word for word in (*map(str, ids), marks.number, str(marks.owner), "2026-03") if word in said]


def test_copies_differ_from_each_other() -> None:
    done, marks, ids = lives(random.Random(3), ONE_DAY).lived(basket(1000), FATES[0])
    chance = random.Random(4)
    stencil = Stencil(done, marks, ids)
    one, other = stencil.fill(marks, chance), stencil.fill(marks, chance)
    assert one.keys() == other.keys()
    (first,), (second,) = ([rows for (table, _), rows in each.items() if table == "orders"] for each in (one, other))
    assert first != second


def test_ids_are_of_their_time() -> None:
    made = id_at(milliseconds(ONE_DAY), random.Random(1))
    assert (made.version, made.variant) == (7, "specified in RFC 4122")
    assert made.int >> 80 == milliseconds(ONE_DAY) == 1772368200000


ORDER: Final = Insert("orders", {"id": UUID(int=1), "version": 1, "status": "pending"})


@pytest.mark.parametrize(
    "step",
    [
        Changes.of([], [ORDER]),
        Changes.of([Touch(table="orders", key={"id": UUID(int=1)}, seen={"version": 2}, set={"version": 3})]),
        Changes.of([Touch(table="orders", key={"id": UUID(int=2)}, set={"version": 3})]),
    ],
    ids=["there already", "not as it was seen", "of somebody else"],
)
def test_what_does_not_follow_is_not_carried_out(step: Changes) -> None:
    with pytest.raises(ValueError, match="orders"):
        CarriedOut.of([Changes.of([], [ORDER]), step])
