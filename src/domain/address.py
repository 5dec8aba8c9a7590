"""A postal address, as customers and orders both write it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where something is sent. `country` is ISO 3166-1 alpha-2; every text has 1 … 500 characters."""

    name: str
    line1: str
    line2: str | None = None
    city: str
    region: str | None = None
    postal_code: str
    country: str
