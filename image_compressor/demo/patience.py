"""Closes slow connections, because a page on this machine is fast."""

import asyncio
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol

PATIENCE = 30  # seconds for a whole request, and for a client to read the response
CONNECTIONS = 64  # at a time; a browser opens six


class Protocol(H11Protocol):
    """uvicorn's protocol with timeouts; its own waits for ever for headers, body and client."""

    _timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        self._watch()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def pause_writing(self) -> None:
        super().pause_writing()
        self._start()

    def resume_writing(self) -> None:
        super().resume_writing()
        self._watch()

    def connection_lost(self, exc: Exception | None) -> None:
        super().connection_lost(exc)
        self._stop()

    def _watch(self):
        """Runs the timer until the whole request has arrived and the server must respond."""
        cycle = self.cycle
        if cycle is None or cycle.more_body or cycle.response_complete:
            self._start()
        else:
            self._stop()

    def _start(self):
        if self._timer is None:
            self._timer = self.loop.call_later(PATIENCE, self.transport.abort)

    def _stop(self):
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
