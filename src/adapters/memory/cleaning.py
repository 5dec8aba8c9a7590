"""Removing what has had its time, from memory."""

from datetime import datetime
from uuid import UUID

from adapters.memory.store import MemoryStore
from adapters.records.answers import TABLE


def remove_expired_answers(store: MemoryStore, organization: UUID, at: datetime) -> int:
    """Remove an organization's answers that are no longer kept at this instant; return how many there were.

    What was made under their keys still knows them.
    """
    expired = [row for row in store.rows(organization, TABLE) if row["expires_at"] <= at]
    for row in expired:
        store.remove(organization, TABLE, row)
    return len(expired)
