"""The clock of an organization, which stands on its row."""

from typing import Final

from adapters.records.changes import Bounds, Changes, Row, Touch
from domain.identity.sandbox import FURTHEST, SandboxClock

CLOCK_COLUMNS: Final = ("id", "sandbox", "clock_offset_seconds")

_BOUNDS: Final = Bounds(columns=("clock_offset_seconds",), most=FURTHEST)


def clock_from(row: Row) -> SandboxClock:
    return SandboxClock(id=row["id"], sandbox=row["sandbox"], ahead=row["clock_offset_seconds"])


def clock_changes(clock: SandboxClock) -> Changes:
    """Return what it means that a clock was moved: so much further, wherever others have moved it to meanwhile."""
    touch = Touch(
        table="organizations",
        key={},
        seen={"sandbox": clock.sandbox},
        by={"clock_offset_seconds": clock.moved},
        bounds=_BOUNDS,
    )
    return Changes.of([touch])
