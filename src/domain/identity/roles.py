"""Who somebody is to an organization."""

from enum import StrEnum


class Role(StrEnum):
    """From the least to the most trusted; `customer` stands apart: it acts for one customer record."""

    CUSTOMER = "customer"
    VIEWER = "viewer"
    OPERATOR = "operator"
    ADMIN = "admin"
    OWNER = "owner"
