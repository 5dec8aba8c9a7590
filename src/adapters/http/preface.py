"""What the contract says before the first operation, and of its chapters."""

from typing import Final

TAGS: Final = {
    "Identity": "Who one is: organizations, sessions, members with their roles, and the API keys of machines.",
    "Catalogue and stock": "What can be ordered, at which price, and how much of it there is.",
    "Customers": "Who orders, and where to.",
    "Orders": "From placing to delivery and back. What an order allows next, and why not, stands in every answer.",
    "Webhooks": "Who is told what happens, where, and how a receiver knows that it is us.",
    "Operations": "The policy, the clock of a sandbox; is the service well; this contract; every problem explained.",
}
"""The chapters of the documentation, in the order of a reader's day."""

PREFACE: Final = """\
Orders, stock and money of many organizations, each of which sees its own alone.

**Calling.** `POST /v1/auth/login` gives an access token, `POST /v1/api-keys` a key for a machine; either goes into
`Authorization: Bearer …`. JSON is in camelCase; unknown fields and parameters are refused. Money is an integer of minor
units beside its currency, instants are RFC 3339 in UTC. HEAD is answered wherever GET is.

**Safely again.** What is sent again under the same `Idempotency-Key` is done once, and answered alike for 24 hours.
What changes has a version: `ETag`, `If-Match` and `If-None-Match` name it.

**Trying first.** `POST /v1/orders/quote` says what an order would come to, and all that stands against it. With
`Prefer: dry-run`, placing an order and its five actions answer as they would, and nothing is done.

**Problems** are `application/problem+json` (RFC 9457), and their `type` leads to an explanation. Beside what an
operation lists, an address that does not exist answers 404, and a method that an address does not have 405, with
`Allow`.

**The examples** are one story, told from the founding of a tea house, and each of them is tried: ids, numbers, tokens,
cursors and instants in them stand for those that the service makes. Where `x-excerpt` is set, the answer has more than
the example shows.
"""
