"""What both drivers know of the gateway: the reconciler is called, and its books are read."""

from collections.abc import Iterable, Mapping
from uuid import UUID

from adapters.payments.simulated import Entry
from application.ordering.paying import Paying
from application.ordering.reconcile_payment import ReconcilePayment, ReconcilePaymentHandler
from application.shared.caller import SYSTEM, Caller
from domain.ids import OrderId
from tests.machine.money import Movement


async def reconciled(pay: Paying, organization: UUID, orders: Iterable[str]) -> list[str]:
    """Have the reconciler look after these orders, as a worker does; return those of which it settled the payment."""
    reconcile = ReconcilePaymentHandler(pay)
    caller = Caller(organization=organization, principal=SYSTEM, request_id="reconciler")
    return [id_ for id_ in orders if await reconcile(ReconcilePayment(caller=caller, order_id=OrderId(UUID(id_))))]


def booked(payments: Mapping[UUID, str], entries: Iterable[Entry]) -> dict[str, list[Movement]]:
    """Return what the gateway has done for each order, in the order in which it was asked. `payments` says whose they
    are.
    """
    books: dict[str, list[Movement]] = {order: [] for order in payments.values()}
    for entry in sorted(entries, key=lambda entry: int(entry.key.rpartition(":")[2])):
        if entry.landed_at is not None and entry.decline_code is None:
            books[payments[entry.payment_id]].append(Movement(str(entry.verb), entry.amount))
    return books
