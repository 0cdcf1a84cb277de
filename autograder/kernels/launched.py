"""A kernel as the trusted side holds it once it was launched: its sockets, its end, and how to bring that about.

Its end shows on a socket of its own to every process that holds it, without a thread and without using anything up: the
nursery sends the reason, once, and it is only ever peeked at. So all this works the same in a fork.
"""

from __future__ import annotations

import select
import socket
import time
from pathlib import Path
from typing import Any

MESSAGE_BYTES = 1 << 16
"""The longest message to or from a nursery."""

STOP_SECONDS = 10.0
"""How long it may take to end a kernel or a nursery, on a busy machine."""


class SandboxError(Exception):
    """The sandbox cannot be started or has ended; the message is one line that says what to do."""


def connection(address: str, key: str) -> dict[str, Any]:
    """Jupyter's connection information for a kernel whose sockets are the files `address`-1 and so on."""
    numbers = {f"{channel}_port": port for channel, port in ports().items()}
    return {"transport": "ipc", "ip": address, "key": key, "signature_scheme": "hmac-sha256", **numbers}


def ports() -> dict[str, int]:
    """Jupyter's channels, in the order in which their sockets are handed over; the heartbeat, the last, gets none."""
    return {channel: port for port, channel in enumerate(("shell", "iopub", "stdin", "control", "hb"), start=1)}


class Kernel:
    """A kernel that was launched, maybe not up yet. Works in the process that launched it and in forks of that.

    Attributes:
        connection: where it listens, as `jupyter_client.KernelConnectionInfo`.
        session: the trusted end of the stream socket on which `autograder.channel.session` serves inside.
    """

    def __init__(self, connection: dict[str, Any], session: socket.socket, handle: socket.socket) -> None:
        self.connection = connection
        self.session = session
        self._handle = handle
        self._closed_after = ""
        handle.setblocking(False)

    def fileno(self) -> int:
        """A descriptor that becomes readable when the kernel has ended, and stays so."""
        return self._handle.fileno()

    def _end(self) -> str | None:
        """Why it ended; None while it has not."""
        if self._handle.fileno() < 0:
            return self._closed_after
        for _ in range(2):
            try:
                reason = self._handle.recv(MESSAGE_BYTES, socket.MSG_PEEK)
            except BlockingIOError:
                return None
            except ConnectionResetError:
                continue  # said once if an order came too late; what the nursery had sent comes after it
            return reason.decode() or "ended together with its sandbox"
        return "ended together with its sandbox"

    @property
    def alive(self) -> bool:
        """Has it not ended yet? True also while it is coming up."""
        return self._end() is None

    @property
    def why_dead(self) -> str:
        """How it ended, in words that continue "The notebook's process ..."; "" while it has not."""
        return self._end() or ""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait up to `timeout` seconds (None: for ever) for its end; was there one?"""
        deadline = None if timeout is None else time.monotonic() + timeout
        while self.alive:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                return False
            poll = select.poll()
            poll.register(self._handle, select.POLLIN)
            poll.poll(None if left is None else left * 1000)
        return True

    def _order(self, order: bytes) -> None:
        try:
            self._handle.send(order)
        except OSError:  # it has ended; or orders have piled up unread, which only a nursery that is ending lets happen
            return

    def interrupt(self) -> None:
        """Send SIGINT to the kernel and to programs that its cells started; does nothing where it has ended."""
        self._order(b"INT")

    def kill(self, reason: str = "was stopped") -> None:
        """End everything of this kernel for a reason, and wait until all is gone, with all that was written.

        Raises SandboxError where that takes unreasonably long: the sandbox must be closed then.
        """
        self._order(reason.encode())
        if not self.wait(STOP_SECONDS):
            raise SandboxError("A notebook's process could not be ended; the sandbox must be closed.")

    def close(self) -> None:
        """Kill it and free what the trusted side holds of it. Does nothing the second time."""
        if self._handle.fileno() < 0:
            return
        self.kill()
        self._closed_after = self.why_dead
        self._handle.close()
        self.session.close()
        for port in ports().values():
            Path(f"{self.connection['ip']}-{port}").unlink(missing_ok=True)
