"""Erasing a customer as changes: of its orders, and of the members who act for it. Each as its own aggregate says."""

from collections.abc import Iterable
from datetime import datetime

from adapters.records.changes import Changes, Row
from adapters.records.member_records import member_changes, member_from
from adapters.records.order_records import order_changes, order_from
from adapters.records.rows import Rows
from adapters.records.stamp import Stamp


def erased_orders(orders: Iterable[Rows], stamp: Stamp, *, at: datetime) -> Changes:
    """Return what it means to erase what these orders, as they are now, say of their customer."""
    read = [order_from(rows) for rows in orders]
    return _together(order_changes(order.erase(at=at), order, stamp) for order in read)


def erased_members(members: Iterable[tuple[Row, Iterable[Row]]], stamp: Stamp, *, at: datetime) -> Changes:
    """Return what it means to erase these members, each given with those of its sessions that are not revoked."""
    read = [member_from(row, sessions) for row, sessions in members]
    return _together(member_changes(member.erase(at=at), member, stamp) for member in read)


def _together(some: Iterable[Changes]) -> Changes:
    each = list(some)
    return Changes.of(
        (touch for changes in each for touch in changes.touches), (row for changes in each for row in changes.inserts)
    )
