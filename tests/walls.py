"""`pytest --without-wall 1` and `2`: one of the tenant walls is taken away, in this run alone. No setting does that."""

import sys
from typing import Any, Final

import asyncpg
import pytest
from sqlalchemy import select


def take_the_filter_away() -> None:
    """Wall 1: let `of_organization` filter nothing, for the rest of this process.

    The function's own code is exchanged, so that it does not matter who has imported it by name already; statements
    are compiled when they are first used, which is later. Raises: AssertionError, if a statement is still filtered.
    """
    from adapters.postgres import wall
    from adapters.records.tables import orders

    wall.of_organization.__code__ = _everybody.__code__
    for module in importers():
        assert not filters(module.of_organization, orders), f"{module.__name__} still filters by organization"


def importers() -> list[Any]:
    """Return the modules that write statements with the filter."""
    rooms = [module for name, module in sys.modules.items() if name.startswith("adapters.postgres.")]
    return [room for room in rooms if hasattr(room, "of_organization")]


def filters(of_organization: Any, table: Any) -> bool:
    """Whether a statement that is written with this function asks whose a row is."""
    from adapters.postgres.statements import compiled
    from adapters.postgres.wall import PARAMETER

    return PARAMETER in compiled(select(table.c.id).where(of_organization(table))).parameters


class RightReason:
    """Ends a run with 3 where a test could not even begin, or where all red tests are red for something else than what
    is another organization's: such a run says nothing of the walls.
    """

    def __init__(self) -> None:
        self._begun, self._seen = True, False

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            self._begun &= report.when == "call"
            self._seen |= "another organization's" in report.longreprtext

    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.TESTS_FAILED and not (self._begun and self._seen):
            session.exitstatus = pytest.ExitCode.INTERNAL_ERROR


async def take_row_security_away(superuser: str) -> None:
    """Wall 2, in one database."""
    await _alter(superuser, "DISABLE")


async def put_row_security_back(superuser: str) -> None:
    await _alter(superuser, "ENABLE")


async def _alter(superuser: str, verb: str) -> None:
    connection = await asyncpg.connect(superuser)
    try:
        for table in await connection.fetch(_BEHIND_THE_WALL):
            await connection.execute(f"ALTER TABLE {table['name']} {verb} ROW LEVEL SECURITY")
    finally:
        await connection.close()


def _everybody(table: Any) -> Any:  # it runs in the place of `of_organization`, which knows no `true`
    from sqlalchemy import true

    return true()


_BEHIND_THE_WALL: Final = """
SELECT oid::regclass::text AS name FROM pg_class
WHERE relkind IN ('r', 'p') AND relnamespace = 'public'::regnamespace AND relforcerowsecurity
"""
