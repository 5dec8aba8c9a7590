"""What must be so of the feed: numbers that are given leave no gap."""

from typing import Final

from adapters.records.facts import FEED, ORGANIZATIONS, Facts
from adapters.records.judging import Invariant
from application.shared.invariants import Stated


def _places(facts: Facts) -> tuple[Stated, Stated]:
    (feed,) = facts.rows[FEED]
    numbered = feed["numbered"]
    return (f"1…{numbered}" if numbered else "none"), (f"{feed['first']}…{feed['last']}" if numbered else "none")


FEEDS: Final = (
    Invariant("feed-places", (ORGANIZATIONS,), "The events that have places in the feed have 1…n.", _places),
)
"""(That none is given twice, a constraint sees to; so the first, the last and their count say it all.)"""
