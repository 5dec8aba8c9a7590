"""The contract: the file that says what is on the wire. It is kept by hand, and served as it is."""

from functools import cache
from pathlib import Path
from typing import Any, Final

import yaml

Json = dict[str, Any]

NAME: Final = "orderwright.openapi.yaml"

HOMES: Final = (Path(__file__).parents[3] / "contracts", Path(__file__).parent)
"""Where the file lies: beside `src` in a checkout, in the package when it was installed."""

_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""Ten times as fast where PyYAML was built with libyaml."""


@cache
def contract_yaml() -> str:
    """Return the contract as it is written. Raises: FileNotFoundError."""
    found = next((home / NAME for home in HOMES if (home / NAME).exists()), HOMES[0] / NAME)
    return found.read_text(encoding="utf-8")


@cache
def contract() -> Json:
    """Return the contract; it takes a tenth of a second, once. Nobody may change it."""
    return read(contract_yaml())


def read(text: str) -> Json:
    """Return a contract from what is written. Raises: yaml.YAMLError."""
    said: Json = yaml.load(text, Loader=_LOADER)  # noqa: S506 - both are safe loaders
    return said
