"""The end of the channel that does not trust the other: it waits for so long and no longer, and never mixes up answers.

A call that takes too long is interrupted and its late answer thrown away; where none comes the other end's process is
ended.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

from autograder.channel.errors import BadReply, Died, Timeout
from autograder.channel.peer import Peer
from autograder.channel.wire import WireError, pack
from autograder.limits import Limits

INTERRUPT_AGAIN = 0.3
"""Seconds after which a process that ignores an interrupt gets another: a bare `except:` swallows only one."""

_SETTLING = 0.1
"""Seconds in which an interrupt that was sent too late is sure to find the process idle, where it is ignored."""


class TimedPeer(Peer):
    """An end whose requests take at most `limits.call_seconds`, and `limits.grace_seconds` to recover from that."""

    def __init__(
        self, sock: socket.socket, limits: Limits, interrupt: Callable[[], None], kill: Callable[[], None]
    ) -> None:
        super().__init__(sock, limits)
        sock.setblocking(False)
        self.dead = False
        """The other end's process is gone, or was ended because it no longer answered."""

        self._interrupt = interrupt
        self._kill = kill
        self._deadline: float | None = None
        self._latest = 0.0
        self._broken = False
        self._lock = threading.RLock()
        self._pollers = {event: select.poll() for event in (select.POLLIN, select.POLLOUT)}
        for event, poller in self._pollers.items():
            poller.register(sock, event)

    def close(self) -> None:
        """Close this end of the channel."""
        self._sock.close()

    def end(self) -> None:
        """End the other end's process."""
        if not self.dead:
            self.dead = True
            self._kill()

    def ask(self, tree: dict, buffers: Sequence[Any] = ()) -> tuple[dict, list[bytearray]]:
        """As of Peer.

        Raises:
            Timeout: if it took too long.
            Died: if the other end's process has ended.
            BadReply: if what it sent is no message.
        """
        if self.dead:
            raise Died("the student's process has ended")
        with self._lock:
            if self._deadline is not None:  # a call within a call has what is left of its time
                return super().ask(tree, buffers)
            return self._ask_in_time(tree, buffers)

    def _ask_in_time(self, tree: dict, buffers: Sequence[Any]) -> tuple[dict, list[bytearray]]:
        self._deadline = time.monotonic() + self.limits.call_seconds
        self._latest = self._deadline + self.limits.grace_seconds
        self._outermost = None
        try:
            return super().ask(tree, buffers)
        except Timeout:
            self._recover()
            raise
        except (EOFError, OSError):
            self.end()
            raise Died("the student's process has ended") from None
        except (WireError, MemoryError, RecursionError) as error:
            self._recover()
            raise BadReply(str(error) or type(error).__name__) from error
        except BaseException:
            # A time limit of the grade cell's own, most likely.
            self._recover()
            raise
        finally:
            self._deadline = None

    def read(self, view: memoryview) -> None:
        while len(view):
            self._wait(select.POLLIN)
            # From here to the end of the message, whoever interrupts this leaves half a message behind.
            was_broken, self._broken = self._broken, True
            try:
                count = self._sock.recv_into(view)
            except BlockingIOError:
                self._broken = was_broken
                continue
            if not count:
                raise EOFError
            view = view[count:]

    def hear(self) -> tuple[dict, list[bytearray]]:
        message = super().hear()
        self._broken = False
        return message

    def write(self, tree: dict, buffers: Sequence[Any] = ()) -> None:
        for piece in pack(tree, buffers):
            view = memoryview(piece)
            while len(view):
                self._wait(select.POLLOUT)
                was_broken, self._broken = self._broken, True
                try:
                    count = self._sock.send(view)
                except BlockingIOError:
                    self._broken = was_broken
                    continue
                view = view[count:]
        self._broken = False

    def _wait(self, event: int) -> None:
        # A message that has begun to arrive may be finished, within the grace: without its end all is lost.
        left = (self._latest if self._broken else self._deadline) - time.monotonic()
        if left <= 0 or not self._pollers[event].poll(1000 * left):
            raise Timeout(f"it was still running after {self.limits.call_seconds:g} seconds")

    def _recover(self) -> None:
        """Bring the other end's process back to where it listens, or end it."""
        number = self._outermost
        if self._broken or number is None:
            self.end()
            return
        until = min(time.monotonic() + self.limits.grace_seconds, self._latest)
        try:
            while time.monotonic() < until:
                self._interrupt()
                self._deadline = min(until, time.monotonic() + INTERRUPT_AGAIN)
                if self._drained(number):
                    time.sleep(_SETTLING)
                    return
        except (EOFError, OSError, WireError):
            pass
        self.end()

    def _drained(self, number: int) -> bool:
        """Whether the late answer to a request has come, and everything before it was thrown away."""
        try:
            while True:
                tree, _ = self.hear()
                if tree.get("a") == number:
                    return True
                if "q" in tree:
                    self.write({"a": tree["q"], "raised": {"type": "Timeout", "text": "too late", "where": ""}})
        except Timeout:
            if self._broken:
                raise WireError("half an answer") from None
            return False
