"""Addresses as JSON columns."""

import json
from dataclasses import fields
from typing import Final

from domain.address import Address

_NAMES: Final = tuple(field.name for field in fields(Address))


def address_to_json(address: Address | None) -> str | None:
    if address is None:
        return None
    facts = {name: getattr(address, name) for name in _NAMES}
    return json.dumps(facts, ensure_ascii=False, separators=(",", ":"))


def address_from_json(text: object) -> Address:
    return Address(**json.loads(str(text)))
