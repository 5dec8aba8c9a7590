"""Webhooks: endpoints, and telling them what happens."""
