"""Everything that can be set from outside: read once from the environment, all errors reported at once."""

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Self, TypeVar, cast
from urllib.parse import urlsplit

from adapters.http.client_address import Networks, networks
from adapters.jwt import KeyFile, KeySource, SigningKeys
from adapters.mail import MAILBOX, SmtpServer
from adapters.postgres import Pooler
from application.identity.rates import HOUSE_RATES, Rate, Rates
from entrypoints.keys import parsed_master_key
from entrypoints.logs import ORDERWRIGHT_LOG, Log

T = TypeVar("T")

POOLER: Final = "ORDERWRIGHT_DATABASE_POOLER"

_ORIGIN: Final = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[1-9][0-9]{0,4})?")

PAYMENTS: Final = "ORDERWRIGHT_PAYMENTS"
STRIPE_KEY: Final = "ORDERWRIGHT_STRIPE_KEY"
STRIPE_WEBHOOK_SECRET: Final = "ORDERWRIGHT_STRIPE_WEBHOOK_SECRET"  # noqa: S105 - its name

SMTP: Final = "ORDERWRIGHT_SMTP_URL"
MAIL_FROM: Final = "ORDERWRIGHT_MAIL_FROM"

HOW_TO_PAY: Final = f"stripe (with {STRIPE_KEY}), or simulated, where no money moves; sandboxes are always simulated"

ANYWHERE: Final = "anywhere"

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
    types carry it. Figures are read from addresses in `metrics_from`, None: from anywhere; traces are told to the
    collector at `otlp_endpoint`, None: to nobody. `worker`: whether who serves also does what is due. Of the master
    keys the first is used; the others are still believed. Signing keys that came from a file change with it. Without a
    `stripe_key`, payments are simulated; without a `stripe_webhook_secret`, nothing is believed that Stripe tells of
    its own accord. `webhooks_allow_private`: whether webhooks may go to our own machines, and without TLS.
    """

    database_url: str | None = field(repr=False)
    database_pooler: Pooler
    host: str
    port: int
    public_url: str
    signup_open: bool
    limits: Rates
    limit_per_principal: Rate
    trusted_proxies: Networks
    cors_origins: tuple[str, ...]
    log: Log
    metrics_from: Networks | None
    otlp_endpoint: str | None
    worker: bool
    master_keys: tuple[bytes, ...] = field(repr=False)
    signing_keys: KeySource = field(repr=False)
    stripe_key: str | None = field(repr=False)
    stripe_webhook_secret: str | None = field(repr=False)
    smtp: SmtpServer | None
    mail_from: str
    webhooks_allow_private: bool

    @classmethod
    def read(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Raises: SettingsInvalid."""
        reading = _Reading(environment)
        host = reading.value("ORDERWRIGHT_HOST", str, default="127.0.0.1")
        port = reading.value("ORDERWRIGHT_PORT", _port, default="8000")
        public_url = reading.value("ORDERWRIGHT_PUBLIC_URL", _web_url, default=_url_of(host, port))
        database_url = reading.optional("DATABASE_URL", _database_url)
        database_pooler = reading.value(POOLER, _pooler, default=Pooler.NONE)
        signup = reading.value("ORDERWRIGHT_SIGNUP", _open_or_closed, default="closed")
        limits = {
            limit: reading.value(f"ORDERWRIGHT_LIMIT_{limit.name}", Rate.parse, default=usual)
            for limit, usual in HOUSE_RATES.items()
        }
        per_principal = reading.value("ORDERWRIGHT_LIMIT_PER_PRINCIPAL", Rate.parse, default="200/second")
        proxies = reading.optional("ORDERWRIGHT_TRUSTED_PROXIES", networks)
        origins = reading.optional("ORDERWRIGHT_CORS_ORIGINS", _origins)
        log = reading.value(ORDERWRIGHT_LOG, _log, default=Log.JSON)
        metrics_from = reading.value("ORDERWRIGHT_METRICS_FROM", _anywhere_or_networks, default="127.0.0.0/8,::1")
        otlp_endpoint = reading.optional("ORDERWRIGHT_OTLP_ENDPOINT", _web_url)
        worker = reading.value("ORDERWRIGHT_WORKER", _on_or_off, default="on")
        master_keys = reading.secret("ORDERWRIGHT_MASTER_KEY", _master_keys)
        signing_keys = reading.secret("ORDERWRIGHT_SIGNING_KEY", _signing_keys, of_file=_signing_key_file)
        stripe_key = reading.payments()
        stripe_webhook_secret = reading.optional_secret(STRIPE_WEBHOOK_SECRET, str)
        smtp = reading.optional_secret(SMTP, SmtpServer.parse)
        mail_from = reading.mail_from(needed=smtp is not None)
        allow_private = reading.value("ORDERWRIGHT_WEBHOOKS_ALLOW_PRIVATE", _true_or_false, default="false")
        if reading.errors:
            raise SettingsInvalid(reading.errors)
        return cls(
            database_url=database_url,
            database_pooler=database_pooler,
            host=host,
            port=port,
            public_url=public_url,
            signup_open=signup,
            limits=limits,
            limit_per_principal=per_principal,
            trusted_proxies=proxies or (),
            cors_origins=origins or (),
            log=log,
            metrics_from=metrics_from,
            otlp_endpoint=otlp_endpoint,
            worker=worker,
            master_keys=master_keys,
            signing_keys=signing_keys,
            stripe_key=stripe_key,
            stripe_webhook_secret=stripe_webhook_secret,
            smtp=smtp,
            mail_from=mail_from,
            webhooks_allow_private=allow_private,
        )


def pooler_of(environment: Mapping[str, str]) -> Pooler:
    """Read this setting alone, for commands that need no keys. Raises: SettingsInvalid."""
    reading = _Reading(environment)
    pooler = reading.value(POOLER, _pooler, default=Pooler.NONE)
    if reading.errors:
        raise SettingsInvalid(reading.errors)
    return pooler


def master_keys_of(environment: Mapping[str, str]) -> tuple[bytes, ...]:
    """Read this setting alone. Raises: SettingsInvalid."""
    reading = _Reading(environment)
    keys = reading.secret("ORDERWRIGHT_MASTER_KEY", _master_keys)
    if reading.errors:
        raise SettingsInvalid(reading.errors)
    return keys


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

    def secret(self, name: str, parse: Callable[[str], T], *, of_file: Callable[[str], T] | None = None) -> T:
        """Read `name`, or the file that `name`_FILE names; `of_file` reads what may change while we run."""
        if text := self._environment.get(name):
            return self._parsed(name, text.strip(), parse)
        if file := self._environment.get(f"{name}_FILE"):
            return self._parsed(f"{name}_FILE", file, of_file or (lambda file: parse(_content(file))))
        self.errors.append(f"{name} is not set, nor {name}_FILE: {HOW_TO_MAKE_KEYS}.")
        return cast("T", None)

    def optional_secret(self, name: str, parse: Callable[[str], T]) -> T | None:
        named = [self._environment.get(each) for each in (name, f"{name}_FILE")]
        return self.secret(name, parse) if any(named) else None

    def mail_from(self, *, needed: bool) -> str:
        if needed and not self._environment.get(MAIL_FROM):
            self.errors.append(f"{MAIL_FROM} is not set: mail comes from an address such as orders@shop.example.")
        return self.value(MAIL_FROM, _mail_from, default="orders@localhost")

    def payments(self) -> str | None:
        """Return the key of Stripe, None where payments are simulated: what moves money is nobody's default."""
        key = self.optional_secret(STRIPE_KEY, str)
        match self._environment.get(PAYMENTS):
            case "simulated":
                return None
            case "stripe":
                if not key:
                    self.errors.append(f"{STRIPE_KEY} is not set, nor {STRIPE_KEY}_FILE: {PAYMENTS} is stripe.")
                return key
            case None | "":
                self.errors.append(f"{PAYMENTS} is not set: {HOW_TO_PAY}.")
            case _:
                self.errors.append(f"{PAYMENTS}: expected {HOW_TO_PAY}.")
        return None

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


def _mail_from(text: str) -> str:
    if not MAILBOX.fullmatch(text) or not text.isascii():
        raise ValueError("expected an address such as orders@shop.example")
    return text


def _pooler(text: str) -> Pooler:
    try:
        return Pooler(text)
    except ValueError:
        raise ValueError("expected none or transaction") from None


def _open_or_closed(text: str) -> bool:
    if text not in {"open", "closed"}:
        raise ValueError("expected open or closed")
    return text == "open"


def _on_or_off(text: str) -> bool:
    if text not in {"on", "off"}:
        raise ValueError("expected on or off")
    return text == "on"


def _true_or_false(text: str) -> bool:
    if text not in {"true", "false"}:
        raise ValueError("expected true or false")
    return text == "true"


def _origins(text: str) -> tuple[str, ...]:
    """What a browser sends as `Origin` (RFC 6454, section 6.1): no path, and the port only where it is unusual."""
    origins = tuple(part.strip().lower() for part in text.split(","))
    if not all(map(_ORIGIN.fullmatch, origins)):
        raise ValueError("expected origins such as https://shop.example.com, with commas between them")
    return origins


def _anywhere_or_networks(text: str) -> Networks | None:
    try:
        return None if text == ANYWHERE else networks(text)
    except ValueError:
        raise ValueError(f"expected addresses and networks with commas between them, or {ANYWHERE}") from None


def _log(text: str) -> Log:
    try:
        return Log(text)
    except ValueError:
        raise ValueError("expected json or none") from None


def _signing_keys(text: str) -> KeySource:
    return SigningKeys.parse(text)


def _signing_key_file(file: str) -> KeySource:
    """A running service follows what happens to its file of signing keys."""
    return KeyFile(file)


def _master_keys(text: str) -> tuple[bytes, ...]:
    """One key, or two while they rotate, with a comma between them."""
    keys = tuple(parsed_master_key(part.strip()) for part in text.split(","))
    if len(keys) > 2:
        raise ValueError("at most two master keys, the new one first")
    return keys
