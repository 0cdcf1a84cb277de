"""Starts the nursery before anything else is known, so that it imports while the main process does."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from autograder.kernels.launched import SandboxError
from autograder.kernels.sandbox import COMMON_PRELOAD, Sandbox
from autograder.limits import Limits
from autograder.scratch import Scratch


class HeadStart:
    """A sandbox that has begun, in a scratch folder; both go to whoever takes them, or are closed with this."""

    def __init__(self, *, confined: bool = True, hidden: Sequence[Path] = ()):
        """Whatever is wrong is left to be found, and said, by whoever needs them."""
        self._scratch: Scratch | None = None
        self._sandbox: Sandbox | None = None
        with suppress(SandboxError, OSError):
            self._scratch = Scratch()
            sandbox = Sandbox(Limits(), confined=confined, hidden=hidden, preload=COMMON_PRELOAD)
            sandbox.begin()
            self._sandbox = sandbox

    def take(self) -> tuple[Scratch | None, Sandbox | None]:
        """What there is of them, from now on the caller's to close."""
        taken = self._scratch, self._sandbox
        self._scratch = self._sandbox = None
        return taken

    def close(self) -> None:
        """Close what nobody took."""
        scratch, sandbox = self.take()
        if sandbox is not None:
            sandbox.close()
        if scratch is not None:
            scratch.close()
