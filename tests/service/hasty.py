"""A worker whose claims of deliveries hold for a short while only, so that nobody waits long for what a dead one had.

python -m tests.service.hasty SECONDS
"""

import asyncio
import signal
import sys
from random import random

from dishka import Provider, Scope

from application.delivery.carriers import MailCarrier, WebhookCarrier
from application.delivery.carry import CarryHandler
from application.delivery.notices import Notifier
from application.delivery.ports import DeliveryQueue
from application.shared.ports import Clock
from application.webhooks.ports import Sender, SigningSecrets
from entrypoints.container import container_of
from entrypoints.logs import log_as
from entrypoints.settings import Settings
from entrypoints.worker import worker_of


async def main(lease: float) -> None:
    def carry(
        queue: DeliveryQueue, sender: Sender, secrets: SigningSecrets, mail: Notifier, clock: Clock
    ) -> CarryHandler:
        webhooks = WebhookCarrier(sender, secrets, clock)
        return CarryHandler(queue, webhooks, MailCarrier(mail), clock, random, lease)

    settings = Settings.read()
    log_as(settings.log)
    provider = Provider(scope=Scope.APP)
    provider.provide(carry, override=True)
    container = container_of(settings, provider)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    worker = await worker_of(container, settings)
    worker.start()
    await stop.wait()
    await worker.stop()
    await container.close()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1])))
