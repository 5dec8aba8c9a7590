"""What it means when the store refuses a row: every unique constraint by its name."""

from typing import Final

from domain.shared.errors import Taken

RERUN: Final = frozenset(
    {
        "orders_organization_id_number_key",
        "orders_organization_id_placed_by_key_hash_key",
        "refresh_tokens_organization_id_parent_id_key",
        "idempotency_keys_pkey",
        "events_organization_id_position_key",
        "deliveries_organization_id_endpoint_id_event_id_n_key",
    }
)
"""Constraints that a rerun gets past: it draws a new number, it finds the successor, the answer that stands, the
place in the feed that is free, or how often something was told again."""

TAKEN: Final = {
    "organizations_slug_key": ("slug",),
    "members_organization_id_mailbox_key": ("email",),
    "customers_organization_id_mailbox_key": ("email",),
    "products_sku_key": ("sku",),
    "orders_organization_id_external_reference_key": ("externalReference",),
}
"""Constraints over what callers choose, and how a request calls it."""


def taken(constraint: str) -> Taken | None:
    """Return the refusal for a violated constraint, None where it is not the caller's doing."""
    fields = TAKEN.get(constraint)
    return Taken(fields) if fields else None
