"""Refusals of the catalogue.

NotFound
└── ProductNotFound
"""

from typing import ClassVar

from domain.shared.errors import NotFound


class ProductNotFound(NotFound):
    resource: ClassVar[str] = "product"
