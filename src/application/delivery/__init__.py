"""Deliveries: carried to webhook endpoints and to mailboxes, at least once, in order, and written down."""
