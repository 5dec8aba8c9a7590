"""HTTP/1.1 as uvicorn speaks it, with bounds: how long a request may take to arrive, and how long its head may be.

uvicorn itself waits for ever, keeps heads of any length, takes what follows an `Upgrade` for another request, merges
trailers into headers, and answers what is no HTTP with text, even where an earlier request is still to be answered.
"""

import asyncio
from enum import Enum
from typing import Any, ClassVar, Final

import httptools
from uvicorn._types import ASGI3Application
from uvicorn.config import Config
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import ServerState

from adapters.http.last_word import LastWord
from adapters.http.options import HttpOptions

MAX_HEAD: Final = 16 * 1024
"""Bytes of request line and headers together, and of trailers."""

MAX_LINE: Final = 8 * 1024
"""Bytes of a request line (RFC 9112, section 3, recommends 8000 at least)."""

MAX_FIELDS: Final = 100
"""Headers, trailers included."""

MAX_QUEUED: Final = 64
"""Requests that one connection may have sent before an earlier one is answered."""


class Part(Enum):
    """What of a request has begun to arrive, and has not ended."""

    NONE = 0
    HEAD = 1
    BODY = 2


class BoundedHttp(HttpToolsProtocol):
    """One connection. Whatever it cannot serve is answered with a problem, in its turn, and then it closes."""

    patience: ClassVar[float] = 10.0
    """Seconds from a connection, or from the first byte of a request, to the end of its body. An earlier request of
    the connection is answered first: so long, this clock does not run."""

    reading: ClassVar[float] = 60.0
    """Seconds in which a client reads something of its answer. (So long, because what the kernel holds for it goes away
    in large pieces, which somebody far away takes a while to read.)"""

    greeting: ClassVar[float] = 0.5
    """Seconds in which a client that has just come, when we are told to stop, may still begin its first request."""

    linger: ClassVar[float] = 2.0
    """Seconds in which a last answer is left to be read (RFC 9112, section 9.6)."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        options: HttpOptions = config.loaded_app.state.options
        self._options = options
        self._part = Part.NONE
        self._clock: asyncio.TimerHandle | None = None
        self._unheard = 0  # bytes since the parser last reported that the request goes on
        self._head = 0
        self._fields = 0
        self._fault = "malformed-request"
        self._deaf = False  # nothing that arrives from now on is a request
        self._last_word: LastWord | None = None
        self._feeding = False
        self._started: RequestResponseCycle | None = None  # the latest; uvicorn's `cycle` may still be in the queue
        self._ready: tuple[RequestResponseCycle, ASGI3Application] | None = None

    # The connection

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._run_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_clock()
        self._unset_keepalive_if_required()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._deaf:
            return
        self._unheard += len(data)
        self._feeding = True
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:  # we stay with HTTP/1.1; what follows could be anything
            self._end_after(self.cycle)
        except httptools.HttpParserError:
            if not self._deaf:
                self._refuse(self._fault)
        else:
            self._wait_for_the_rest()
        self._feeding = False
        if self._ready:
            ready, self._ready = self._ready, None
            self._start_asgi_task(*ready)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self.transport.is_closing():
            self._see_off()
            return
        if self._last_word and not self._answering:
            self._say(self._last_word)
        elif self._part is Part.HEAD or (self._part is Part.BODY and not self.cycle.response_complete):
            self._unset_keepalive_if_required()
            self._wait_for_the_rest()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        """Start a request once all that came with its head is parsed: what is broken then, has done nothing."""
        self._started = cycle
        if self._feeding:
            self._ready = (cycle, app)
        else:
            super()._start_asgi_task(cycle, app)

    # The request

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._unset_keepalive_if_required()
        self._part = Part.HEAD
        self._head = self._fields = 0

    def on_url(self, url: bytes) -> None:
        super().on_url(url)
        self._head = len(self.parser.get_method()) + len(self.url) + len("  HTTP/1.1\r\n")
        if self._head > MAX_LINE:
            self._stop("headers-too-large")

    def on_header(self, name: bytes, value: bytes) -> None:
        """Trailers are counted and left out (RFC 9110, section 6.5.1): nobody has asked them what headers are asked."""
        self._fields += 1
        self._head += len(name) + len(value) + len(": \r\n")
        if self._fields > MAX_FIELDS or self._head > MAX_HEAD:
            self._stop("headers-too-large")
        if self._part is Part.HEAD:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        if len(self.pipeline) >= MAX_QUEUED:
            self._end_after(self.cycle)
            self._stop("malformed-request")
        if not self._is_well_framed():
            self._stop("malformed-request")
        super().on_headers_complete()
        self._part = Part.BODY

    def on_body(self, body: bytes) -> None:
        self._unheard = 0
        super().on_body(body)

    def on_chunk_header(self) -> None:
        self._unheard = 0

    def on_chunk_complete(self) -> None:
        self._unheard = 0

    def on_message_complete(self) -> None:
        self._unheard = 0
        self._part = Part.NONE
        self._stop_clock()
        super().on_message_complete()

    def _is_well_framed(self) -> bool:
        """RFC 9112: one Host (section 3.2), no transfer coding but chunked, and none in HTTP/1.0 (section 6.1)."""
        hosts = sum(name == b"host" for name, _ in self.headers)
        codings = [value.strip(b" \t").lower() for name, value in self.headers if name == b"transfer-encoding"]
        match self.parser.get_http_version():
            case "1.1":
                return hosts == 1 and codings in ([], [b"chunked"])
            case "1.0":
                return hosts <= 1 and not codings
            case _:
                return False

    # The clock

    def _wait_for_the_rest(self) -> None:
        """Count the time of a request that has begun, unless an earlier one is still to be answered."""
        if self._part is Part.NONE or self._deaf:
            return
        if self._unheard > MAX_HEAD:
            self._refuse("headers-too-large")
        elif self._clock is None and not (self._answering if self._part is Part.HEAD else self.pipeline):
            self._run_clock()

    def _run_clock(self) -> None:
        self._clock = self.loop.call_later(self.patience, self._lose_patience)

    def _stop_clock(self) -> None:
        if self._clock is not None:
            self._clock.cancel()
            self._clock = None

    def _lose_patience(self) -> None:
        if self.flow.read_paused:  # it is we who do not read
            self._clock = self.loop.call_later(min(1.0, self.patience), self._lose_patience)
        else:
            self._refuse("request-timeout")

    # The end

    def shutdown(self) -> None:
        """End after what was begun. Whoever has only just come may have asked already, though nothing of it is here."""
        if self._started is None and not self.transport.is_closing():
            self.loop.call_later(self.greeting, self._close_if_silent)
        else:
            super().shutdown()

    def _close_if_silent(self) -> None:
        if self._started is None and self._part is Part.NONE:
            self.transport.close()

    def timeout_keep_alive_handler(self) -> None:
        self._see_off()

    def _see_off(self, unread: int = -1) -> None:
        """Close, once all has been read; whoever reads nothing of it for too long is cut off. The next request ends
        this as it ends any idling.
        """
        left = self.transport.get_write_buffer_size()
        if left == unread:
            self.transport.abort()
        elif left:
            self.timeout_keep_alive_task = self.loop.call_later(self.reading, self._see_off, left)
        else:
            self.transport.close()

    def _hang_up(self) -> None:
        """Close from our side alone at first: to close on bytes that nobody has read would take the answer back."""
        if self.transport.is_closing():
            return
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.flow.resume_reading()
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(self.linger, self._see_off)

    @property
    def _answering(self) -> bool:
        """Whether a request that was started, or waits for its turn, is still to be answered."""
        return bool(self.pipeline) or (self._started is not None and not self._started.response_complete)

    def _stop(self, slug: str) -> None:
        """Raises: what stops the parser in the middle of a call back."""
        self._fault = slug
        raise ValueError(slug)

    def _end_after(self, cycle: RequestResponseCycle) -> None:
        self._deaf = True
        cycle.keep_alive = False

    def _refuse(self, slug: str) -> None:
        """Answer what is arriving with a problem, after everything that has arrived before it."""
        self._deaf = True
        self._stop_clock()
        scope = None if self._part is Part.NONE else self.scope
        word = LastWord.of(slug, self._options, scope, self.client)
        if self._part is Part.BODY and self.pipeline:
            self.pipeline.popleft()
            self._last_word = word
        elif self._part is Part.BODY:
            self._interrupt(word)
        elif self._answering:
            self._last_word = word
        else:
            self._say(word)

    def _interrupt(self, word: LastWord) -> None:
        """Say it to a request that may be under way; one that has its answer already gets no second one."""
        if self.cycle.response_complete:
            self._hang_up()
            return
        if self.cycle.response_started:
            self.transport.close()
            return
        waiting = self._ready is not None and self._ready[0] is self.cycle
        if waiting:
            self._ready = None
        else:
            self.scope["state"]["last_word"] = word  # the journal's line of this request tells it
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        self._say(word, told=not waiting)

    def _say(self, word: LastWord, *, told: bool = False) -> None:
        if not told:
            word.tell()
        if not self.transport.is_closing():
            self.transport.write(word.answer(self.server_state.default_headers))
        self._hang_up()
