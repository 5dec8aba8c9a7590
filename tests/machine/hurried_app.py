"""The app of `serve`, on another adapter of the one port by which it knows what time it is."""

import os
from pathlib import Path

from dishka import AsyncContainer, Provider, Scope
from litestar import Litestar

from application.shared.ports import Clock
from entrypoints import container, serving
from entrypoints.settings import Settings
from tests.machine.file_clock import CLOCK, FileClock


def app() -> Litestar:
    vars(serving)["container_of"] = _on_this_clock
    return serving.app()


def _on_this_clock(settings: Settings) -> AsyncContainer:
    def clock() -> Clock:
        return FileClock(Path(os.environ[CLOCK]))

    provider = Provider(scope=Scope.APP)
    provider.provide(clock, override=True)
    return container.container_of(settings, provider)
