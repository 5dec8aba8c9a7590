"""Refusals about customers.

NotFound
└── CustomerNotFound
"""

from typing import ClassVar

from domain.shared.errors import NotFound


class CustomerNotFound(NotFound):
    resource: ClassVar[str] = "customer"
