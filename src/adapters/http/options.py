"""What the HTTP floor must be told from outside."""

from dataclasses import dataclass

from application.shared.ports import IdFactory


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpOptions:
    """`public_url` (no slash at its end) is where clients find us; `signup_open` lets strangers found organizations."""

    public_url: str
    signup_open: bool
    new_id: IdFactory
