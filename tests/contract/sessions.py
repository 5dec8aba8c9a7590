"""What the tests of sessions ask of a house: who is still in, and what has become known."""

import asyncio
import json
from time import monotonic
from typing import Any, Final
from uuid import UUID

from application.identity.authenticate import AuthenticateHandler
from application.identity.ports import Bearer
from domain.identity.errors import InvalidToken
from tests.contract.backend import Row
from tests.contract.house import House
from tests.people import OPAQUE

WITHIN: Final = 1.0
"""Seconds within which every process knows what was revoked."""


async def live(house: House, member: UUID | None = None) -> list[Row]:
    """The rows of sessions, of all or of one member, that nobody has revoked."""
    rows = await house.rows("sessions")
    return [row for row in rows if row["revoked_at"] is None and member in {None, row["member_id"]}]


async def reasons(house: House) -> list[str]:
    """Why sessions are over, in the order of the alphabet."""
    rows = await house.rows("sessions")
    return sorted(row["revoked_because"] for row in rows if row["revoked_because"] is not None)


async def told(house: House, member: UUID) -> list[tuple[str, dict[str, Any]]]:
    """What happened to a member, and to its sessions: type and facts, in the order in which it happened."""
    events = [row for row in await house.rows("events") if row["subject_id"] == member]
    bodies = (json.loads(row["body"]) for row in sorted(events, key=lambda row: row["sequence"]))
    return [(body["type"], body["facts"]) for body in bodies]


def door(house: House) -> AuthenticateHandler:
    store = house.backend
    return AuthenticateHandler(house.people.tokens, OPAQUE, store.bearers, store.revocations)


async def enter(house: House, token: str) -> Bearer:
    """Present an access token or an API key, as every request does."""
    return await door(house)(token)


async def shut_out(house: House, token: str) -> bool:
    """Whether the token is refused within a second."""
    end = monotonic() + WITHIN
    while monotonic() < end:
        try:
            await enter(house, token)
        except InvalidToken:
            return True
        await asyncio.sleep(0.005)
    return False
