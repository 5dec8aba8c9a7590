"""What must be so of customers, members, and the organization that they belong to."""

from typing import Final

from adapters.records.customer_records import customer_view
from adapters.records.documents import document
from adapters.records.facts import ORGANIZATIONS, OWNERS, Facts, data_of
from adapters.records.judging import Invariant, last_told
from adapters.records.member_records import member_view
from application.shared.invariants import Stated
from domain.email import same_mailbox


def _customer_version(facts: Facts) -> tuple[Stated, Stated]:
    return len(facts.events), facts.root["version"]


def _customer_as_told(facts: Facts) -> tuple[Stated, Stated]:
    return last_told(facts.events, customer_view(facts.root), lambda _: True)


def _member_as_told(facts: Facts) -> tuple[Stated, Stated]:
    """Not every change of a member is an event; one that is of this version tells how the member is."""
    now = document(member_view(facts.root))
    version = facts.root["version"]
    of_now = [event for event in facts.events if data_of(event).get("version") == version]
    return last_told(of_now, now, lambda _: True) if of_now else (0, 0)


def _mailbox(facts: Facts) -> tuple[Stated, Stated]:
    return same_mailbox(facts.root["email"]), facts.root["mailbox"]


def _owners(facts: Facts) -> tuple[Stated, Stated]:
    return len(facts.rows[OWNERS]), facts.root["owners"]


PEOPLE: Final = (
    Invariant("version", ("customer",), "The version counts the events.", _customer_version),
    Invariant("as-told", ("customer",), "It is as its last event tells.", _customer_as_told),
    Invariant("as-told", ("user",), "A member is as the last event of the same version tells.", _member_as_told),
    Invariant("mailbox", ("customer", "user"), "The address that is searched is the one that is shown.", _mailbox),
    Invariant("owners", (ORGANIZATIONS,), "It counts the members who own it.", _owners),
)
