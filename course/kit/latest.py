"""Something that is asked for more often than it can be done, such as a drawing: done for the last request only."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Callable

_LOOK = 0.001
"""Seconds between two looks at whether more requests came."""

_QUIET = 4
"""Looks in a row without a new request before the action is done: a message takes a kernel's event loop a few turns
from its socket to its handler, and each look is at least one turn."""

_LONGEST = 0.05
"""Seconds after which it is done although requests keep coming, so that a picture follows a long drag. Where the action
took longer than that, as long as it took, so that no machine is too slow to get through the requests."""

_IDLE = 0.1
"""Seconds without a drawing after which a request is no part of a drag, so that there is nothing to wait for."""


class Latest:
    """Calls `action` on the first request, and soon after each later one, once for all that were waiting by then.

    The throttle of ipywidgets cannot be relied on. It is in the front end, where it holds a slider's next value back
    until the kernel is idle; but some front ends of 2022 forget it after one message (ipywidgets issue 3469), and that
    of Colab does not ask the kernel. There a fast drag fills the kernel's queue. The kernel's event loop takes some
    turns for each message in it, so that an action which lets the loop turn first comes after them all.
    """

    def __init__(self, action: Callable[[], None]) -> None:
        self._action = action
        self._loop: asyncio.AbstractEventLoop | None = None
        self._fresh = False
        self._quiet = 0
        self._until = 0.0
        self._took = 0.0
        self._ended = -math.inf

    def ask(self) -> None:
        """Have the action done; at once where no event loop runs, because then nothing can be waiting."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self._action()
            return
        if self._loop is None and loop.time() > self._ended + _IDLE:
            self._do(loop)
            return
        self._fresh = True
        if loop is not self._loop:  # none is due, or it is on a loop of another thread, which may have ended
            self._loop = loop
            self._until = loop.time() + max(_LONGEST, self._took)
            loop.call_later(_LOOK, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._quiet = 0 if self._fresh else self._quiet + 1
        self._fresh = False
        if self._quiet < _QUIET and loop.time() < self._until:
            loop.call_later(_LOOK, self._look, loop)
            return
        self._loop, self._quiet = None, 0
        self._do(loop)

    def _do(self, loop: asyncio.AbstractEventLoop) -> None:
        began = loop.time()
        self._action()
        self._ended = loop.time()
        self._took = self._ended - began
