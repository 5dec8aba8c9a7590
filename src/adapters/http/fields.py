"""What single values on the wire look like: the vocabulary of every request body and query.

Patterns must mean the same in Python and in ECMA-262, which clients read them by: so none says `\\s`, which means other
characters to either. Every text excludes U+0000, which PostgreSQL cannot store; where a length is not fixed, `$(?!\n)`
keeps Python's `$` from overlooking a last line feed.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Final, TypeVar, cast

from msgspec import UNSET, Meta, Struct, UnsetType

from domain.shared.money import CURRENCIES, MAX_AMOUNT
from domain.webhooks.target import LONGEST

_BLANKS: Final = "\\u0000-\\u0020\\u007f-\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff"
"""White space and control characters, written out as the inside of a character class."""

UUID_PATTERN: Final = "^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"

NO_NUL: Final = "^[^\\u0000]*$"
_SKU: Final = f"^[^{_BLANKS}]+$(?!\\n)"
_EMAIL: Final = f"^[^@{_BLANKS}]+@[^@{_BLANKS}]+$(?!\\n)"
_SLUG: Final = "^[a-z0-9]+(-[a-z0-9]+)*$(?!\\n)"
_CURRENCY: Final = f"^({'|'.join(sorted(CURRENCIES))})$"
_COUNTRY: Final = "^[A-Z]{2}$"
_WEBHOOK_URL: Final = "^https?://[!-~]+$(?!\\n)"

WORDS: Final[Mapping[str, str]] = {
    UUID_PATTERN: "Expected a UUID with its dashes.",
    NO_NUL: "Expected a text without the character U+0000.",
    _SKU: "Expected a text without white space and control characters.",
    _EMAIL: "Expected an e-mail address: one @, no white space.",
    _SLUG: "Expected lower-case letters a-z, digits, and single dashes between them.",
    _CURRENCY: "Expected a currency that is in use, by its ISO 4217 code in capitals, such as EUR.",
    _WEBHOOK_URL: "Expected an address such as https://hooks.example.com/orders, in ASCII.",
    _COUNTRY: "Expected a country by its ISO 3166-1 code of two capitals, such as DE.",
}
"""What each pattern wants, in words."""

Id = Annotated[str, Meta(pattern=UUID_PATTERN, min_length=36, max_length=36, extra_json_schema={"format": "uuid"})]
"""A UUID, with its dashes."""

Text = Annotated[str, Meta(min_length=1, max_length=500, pattern=NO_NUL)]
Sku = Annotated[str, Meta(min_length=1, max_length=64, pattern=_SKU)]
Email = Annotated[str, Meta(min_length=3, max_length=254, pattern=_EMAIL)]
Slug = Annotated[str, Meta(min_length=3, max_length=63, pattern=_SLUG)]
Password = Annotated[str, Meta(min_length=15, max_length=128, pattern=NO_NUL)]
CurrencyCode = Annotated[
    str,
    Meta(
        pattern=_CURRENCY,
        min_length=3,
        max_length=3,
        description="ISO 4217, in capitals, in use today.",
        examples=["EUR"],
    ),
]
CountryCode = Annotated[
    str, Meta(pattern=_COUNTRY, min_length=2, max_length=2, description="ISO 3166-1 alpha-2.", examples=["DE"])
]
Amount = Annotated[int, Meta(ge=0, le=MAX_AMOUNT, description="Minor units (cents, yen …) of the currency beside it.")]
Instant = Annotated[datetime, Meta(tz=True)]
"""RFC 3339, in UTC with `Z`."""

Said = TypeVar("Said")

WebhookUrl = Annotated[
    str,
    Meta(
        min_length=8,
        max_length=LONGEST,
        pattern=_WEBHOOK_URL,
        description="A plain URL: https, a host on the public internet, no user information, no fragment.",
        examples=["https://hooks.example.com/orders"],
    ),
]

Quantity = Annotated[int, Meta(ge=1, le=999)]


class Request(Struct, rename="camel", forbid_unknown_fields=True, kw_only=True):
    """A body or a query: unknown fields are refused, never ignored."""


class Answer(Struct, rename="camel", kw_only=True):
    """A body that we send. It is converted from a read model by the names of its fields."""


class FieldInvalid(ValueError):
    """What no schema can say of a field (by its name on the wire); a body raises it in `__post_init__`.

    Once something is invalid, `__post_init__` is asked again without what is: every field can be UNSET there.
    """

    def __init__(self, name: str, code: str, message: str) -> None:
        super().__init__(message)
        self.name = name
        self.code = code


def in_utc(instant: Said, name: str) -> Said:
    """Return it in UTC, UNSET as it is. Raises: FieldInvalid, for an instant beyond what calendars have there."""
    try:
        return cast("Said", instant.astimezone(UTC)) if isinstance(instant, datetime) else instant
    except OverflowError:
        raise FieldInvalid(name, "out-of-range", "No such instant in UTC.") from None


class Nothing(Request):
    """An empty object: an action that needs no more to be said."""


class AddressBody(Request, kw_only=True):
    """Where something is sent."""

    name: Text
    line1: Text
    line2: Text | None = None
    city: Text
    region: Text | None = None
    postal_code: Text
    country: CountryCode


class AddressPatch(Request, kw_only=True):
    """What an address says from now on: what is left out stays, null clears `line2` and `region`."""

    name: Text | UnsetType = UNSET
    line1: Text | UnsetType = UNSET
    line2: Text | UnsetType | None = UNSET
    city: Text | UnsetType = UNSET
    region: Text | UnsetType | None = UNSET
    postal_code: Text | UnsetType = UNSET
    country: CountryCode | UnsetType = UNSET


class AddressAnswer(Answer):
    """Where something is sent."""

    name: str
    line1: str
    line2: str | None
    city: str
    region: str | None
    postal_code: str
    country: str
