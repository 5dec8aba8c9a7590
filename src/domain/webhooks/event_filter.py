"""Which events an endpoint wants: single types, or whole families."""

from enum import StrEnum


class EventFilter(StrEnum):
    """A type of event as the feed names it, or a family, with all that will be in it (`order.*`)."""

    ORDER = "order.*"
    ORDER_PLACED = "order.placed"
    ORDER_CONFIRMED = "order.confirmed"
    ORDER_SHIPPED = "order.shipped"
    ORDER_DELIVERED = "order.delivered"
    ORDER_RETURNED = "order.returned"
    ORDER_CANCELLED = "order.cancelled"
    ORDER_EXPIRED = "order.expired"
    ORDER_CHANGED = "order.changed"
    ORDER_NOTED = "order.noted"
    PAYMENT = "payment.*"
    PAYMENT_DECLINED = "payment.declined"
    PAYMENT_CAPTURED = "payment.captured"
    PAYMENT_REFUNDED = "payment.refunded"
    STOCK = "stock.*"
    STOCK_ADJUSTED = "stock.adjusted"
    PRODUCT = "product.*"
    PRODUCT_CHANGED = "product.changed"
    CUSTOMER = "customer.*"
    CUSTOMER_CHANGED = "customer.changed"
    SESSION = "session.*"
    SESSION_REUSE_DETECTED = "session.reuse-detected"
    SESSION_REVOKED = "session.revoked"
    PASSWORD = "password.*"  # noqa: S105 - a family
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - an event

    def takes(self, type: str) -> bool:
        """Whether an event of this type passes."""
        return type.startswith(self[:-1]) if self.endswith("*") else type == self
