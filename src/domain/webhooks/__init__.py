"""Webhooks: whom an organization wants to be told what happens."""
