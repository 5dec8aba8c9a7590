"""This run has the walls that it says it has."""

import asyncpg
import pytest

from adapters.records.tables import orders
from tests.tenants.street import Street
from tests.walls import filters, importers


def test_the_filter_is_up_unless_it_was_taken_away(without_wall: list[str]) -> None:
    rooms = importers()
    assert len(rooms) > 10
    assert {filters(room.of_organization, orders) for room in rooms} == {"1" not in without_wall}


@pytest.mark.parametrize("table", ["orders", "members", "organizations", "events"])
async def test_row_security_is_up_unless_it_was_taken_away(
    street: Street, behind: asyncpg.Connection, without_wall: list[str], table: str
) -> None:
    active = await behind.fetchval("SELECT relrowsecurity FROM pg_class WHERE oid = $1::regclass", table)
    assert active == ("2" not in without_wall)
