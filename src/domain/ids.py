"""The ids by which contexts name each other's things without importing each other. All are UUIDs (v7), made outside."""

from typing import NewType
from uuid import UUID

OrganizationId = NewType("OrganizationId", UUID)
MemberId = NewType("MemberId", UUID)
CustomerId = NewType("CustomerId", UUID)
ProductId = NewType("ProductId", UUID)
OrderId = NewType("OrderId", UUID)
LineId = NewType("LineId", UUID)
ShipmentId = NewType("ShipmentId", UUID)
ReturnId = NewType("ReturnId", UUID)
NoteId = NewType("NoteId", UUID)
PaymentId = NewType("PaymentId", UUID)
AdjustmentId = NewType("AdjustmentId", UUID)
SessionId = NewType("SessionId", UUID)
RefreshTokenId = NewType("RefreshTokenId", UUID)
ApiKeyId = NewType("ApiKeyId", UUID)
WebhookEndpointId = NewType("WebhookEndpointId", UUID)
DeliveryId = NewType("DeliveryId", UUID)
