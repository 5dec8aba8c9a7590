"""Everything that can be set from outside: read once from the environment, all errors reported at once."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self, TypeVar, cast
from urllib.parse import urlsplit

from adapters.jwt import SigningKeys
from entrypoints.keys import parsed_master_key

T = TypeVar("T")

HOW_TO_MAKE_KEYS: Final = "./orderwright keys new DIRECTORY makes both"


class SettingsInvalid(Exception):
    """The environment does not say what it must; `errors` is every reason, each with what to do."""

    def __init__(self, errors: list[str]) -> None:
        super().__init__("\n".join(errors))
        self.errors = errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the environment says.

    `database_url` None means that our own PostgreSQL serves. `public_url` is where clients find us: tokens and problem
    types carry it. Of the master keys the first is used; the others are still believed.
    """

    database_url: str | None = field(repr=False)
    host: str
    port: int
    public_url: str
    signup_open: bool
    master_keys: tuple[bytes, ...] = field(repr=False)
    signing_keys: SigningKeys = field(repr=False)

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Raises: SettingsInvalid."""
        reading = _Reading(environment)
        host = reading.value("ORDERWRIGHT_HOST", str, default="127.0.0.1")
        port = reading.value("ORDERWRIGHT_PORT", _port, default="8000")
        public_url = reading.value("ORDERWRIGHT_PUBLIC_URL", _web_url, default=_url_of(host, port))
        database_url = reading.optional("DATABASE_URL", _database_url)
        signup = reading.value("ORDERWRIGHT_SIGNUP", _open_or_closed, default="closed")
        master_keys = reading.secret("ORDERWRIGHT_MASTER_KEY", _master_keys)
        signing_keys = reading.secret("ORDERWRIGHT_SIGNING_KEY", SigningKeys.parse)
        if reading.errors:
            raise SettingsInvalid(reading.errors)
        return cls(
            database_url=database_url,
            host=host,
            port=port,
            public_url=public_url,
            signup_open=signup,
            master_keys=master_keys,
            signing_keys=signing_keys,
        )


class _Reading:
    """Reads names one by one and collects what is wrong; what it returns counts only while `errors` is empty."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self.errors: list[str] = []

    def value(self, name: str, parse: Callable[[str], T], *, default: str) -> T:
        return self._parsed(name, self._environment.get(name) or default, parse)

    def optional(self, name: str, parse: Callable[[str], T]) -> T | None:
        text = self._environment.get(name)
        return self._parsed(name, text, parse) if text else None

    def secret(self, name: str, parse: Callable[[str], T]) -> T:
        """Read `name`, or the file that `name`_FILE names."""
        if text := self._environment.get(name):
            return self._parsed(name, text.strip(), parse)
        if file := self._environment.get(f"{name}_FILE"):
            return self._parsed(f"{name}_FILE", file, lambda file: parse(_content(file)))
        self.errors.append(f"{name} is not set, nor {name}_FILE: {HOW_TO_MAKE_KEYS}.")
        return cast("T", None)

    def _parsed(self, name: str, text: str, parse: Callable[[str], T]) -> T:
        try:
            return parse(text)
        except ValueError as error:
            self.errors.append(f"{name}: {error}.")
            return cast("T", None)


def _content(file: str) -> str:
    try:
        return Path(file).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read {file} ({error.__class__.__name__})") from None


def _url_of(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in str(host) else f"http://{host}:{port}"


def _port(text: str) -> int:
    if not (text.isdecimal() and 0 < int(text) < 65536):
        raise ValueError("expected a port, 1 … 65535")
    return int(text)


def _web_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query or parts.fragment:
        raise ValueError("expected an address such as https://orders.example.com")
    return text.rstrip("/")


def _database_url(text: str) -> str:
    if urlsplit(text).scheme not in {"postgres", "postgresql"}:
        raise ValueError("expected postgresql://…")
    return text


def _open_or_closed(text: str) -> bool:
    if text not in {"open", "closed"}:
        raise ValueError("expected open or closed")
    return text == "open"


def _master_keys(text: str) -> tuple[bytes, ...]:
    """One key, or two while they rotate, with a comma between them."""
    keys = tuple(parsed_master_key(part.strip()) for part in text.split(","))
    if len(keys) > 2:
        raise ValueError("at most two master keys, the new one first")
    return keys
