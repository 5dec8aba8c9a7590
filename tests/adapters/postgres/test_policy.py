"""The database keeps to the bounds of a policy, whoever writes."""

import asyncpg
import pytest

from domain.ordering.policy import BOUNDS
from tests.adapters.postgres.shop import Shop

BEYOND = [(name, value) for name, (least, most) in BOUNDS.items() for value in (least - 1, most + 1)]


@pytest.mark.parametrize(("demand", "value"), BEYOND)
async def test_nothing_beyond_its_bounds_is_stored(
    shop: Shop, behind: asyncpg.Connection, demand: str, value: int
) -> None:
    change = f"UPDATE organizations SET {demand} = $2 WHERE id = $1"
    with pytest.raises(asyncpg.CheckViolationError, match=demand):
        await behind.execute(change, shop.organization, value)
    for bound in BOUNDS[demand]:
        assert await behind.execute(change, shop.organization, bound) == "UPDATE 1"
