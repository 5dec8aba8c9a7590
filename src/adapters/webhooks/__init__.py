"""Webhooks on their way: over HTTP, to nowhere but the public internet."""

from adapters.webhooks.resolving import Resolve, SystemResolver
from adapters.webhooks.sender import HttpSender

__all__ = ["HttpSender", "Resolve", "SystemResolver"]
