"""Stops a grade cell that takes too long, where Python can still be reached."""

from __future__ import annotations

import contextlib
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

_TICK_SECONDS = 0.05


class TimeUp(BaseException):
    """Not an Exception, so that no `except Exception` swallows it."""


class Watchdog:
    """A thread that interrupts this, the main, thread with a signal of its own: checks in grade cells use SIGALRM.

    What never comes back to Python is not reached; the parent process has to see to that.
    """

    def __init__(self):
        self._block: _Block | None = None
        self._overdue: _Block | None = None
        self._closed = threading.Event()

    def __enter__(self) -> Watchdog:
        self._before = signal.signal(signal.SIGUSR1, self._ring)
        self._thread = threading.Thread(target=self._watch, args=(threading.get_ident(),), daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closed.set()
        self._thread.join()
        signal.signal(signal.SIGUSR1, self._before)

    @contextlib.contextmanager
    def limit(self, seconds: float, again: float) -> Iterator[None]:
        """Raise `TimeUp` in the block once the time is over, and every `again` seconds until it ends."""
        self._block = _Block(time.monotonic() + seconds, again)
        try:
            yield
        finally:
            while self._block is not None:
                # Too late to be heard: the block has come to its end.
                with contextlib.suppress(TimeUp):
                    self._block = None

    def _ring(self, *_: object) -> None:
        # The signal may arrive when its block has ended.
        if self._block is not None and self._overdue is self._block:
            raise TimeUp

    def _watch(self, main: int) -> None:
        while not self._closed.wait(_TICK_SECONDS):
            block = self._block
            if block is not None and time.monotonic() > block.until:
                block.until = time.monotonic() + block.again
                self._overdue = block
                signal.pthread_kill(main, signal.SIGUSR1)


@dataclass(eq=False)
class _Block:
    until: float
    again: float
