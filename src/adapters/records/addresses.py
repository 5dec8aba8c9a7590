"""Addresses as JSON columns."""

import json
from dataclasses import asdict

from domain.address import Address


def address_to_json(address: Address | None) -> str | None:
    return None if address is None else json.dumps(asdict(address), ensure_ascii=False, separators=(",", ":"))


def address_from_json(text: object) -> Address:
    return Address(**json.loads(str(text)))
