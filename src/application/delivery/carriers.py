"""The two ways in which a delivery goes: as a signed webhook, and as a notice to a customer."""

from dataclasses import dataclass

from application.delivery.notices import Notice, Notifier, Recipient
from application.delivery.ports import Batch, Claimed, Target
from application.shared.ports import Clock
from application.webhooks.ports import NotSent, Sender, Sent, SigningSecrets
from domain.webhooks.signature import signed

CONTENT_TYPE = "application/cloudevents+json; charset=utf-8"
"""The structured mode of CloudEvents 1.0 (HTTP protocol binding, section 3.2)."""


@dataclass(frozen=True, slots=True)
class WebhookCarrier:
    """Implements Carrier. `webhook-id` is the event's: who is told twice knows it by that."""

    sender: Sender
    secrets: SigningSecrets
    clock: Clock

    async def carry(self, batch: Batch, delivery: Claimed) -> Sent | NotSent:
        assert isinstance(delivery.to, Target)  # noqa: S101 - a lane of webhooks carries nothing else
        organization, endpoint = batch.lane.organization, batch.lane.endpoint_id
        assert endpoint is not None  # noqa: S101
        secrets = [self.secrets.unseal(sealed, organization, endpoint) for sealed in delivery.to.secrets]
        body = delivery.body.encode()
        headers = signed(str(delivery.event_id), body, secrets, at=self.clock.now())
        return await self.sender.send(delivery.to.url, {**headers, "Content-Type": CONTENT_TYPE}, body)


@dataclass(frozen=True, slots=True)
class MailCarrier:
    """Implements Carrier."""

    notifier: Notifier

    async def carry(self, batch: Batch, delivery: Claimed) -> Sent | NotSent:
        assert isinstance(delivery.to, Recipient)  # noqa: S101 - a lane of mail carries nothing else
        notice = Notice(
            id=delivery.id,
            type=delivery.type,
            shop=batch.shop,
            recipient=delivery.to,
            order=delivery.data,
            facts=delivery.facts,
        )
        return await self.notifier.notify(notice)
