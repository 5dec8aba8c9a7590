"""Refusals about webhooks.

NotFound
└── WebhookEndpointNotFound
"""

from typing import ClassVar

from domain.shared.errors import NotFound


class WebhookEndpointNotFound(NotFound):
    resource: ClassVar[str] = "webhook-endpoint"
