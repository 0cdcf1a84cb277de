"""A process that grades one submission after another, and the end of it that the main process holds."""

from __future__ import annotations

import contextlib
import copy
import enum
import errno
import multiprocessing
import os
import select
import signal
import socket
import time
import warnings
from collections.abc import Iterator, Sequence
from multiprocessing.connection import Connection

from autograder.grading import GradedSubmission, Task, grade, not_graded
from autograder.kernels import syscalls
from autograder.kernels.sandbox import Sandbox, SandboxError
from autograder.records.gradebook_access import is_full

QUEUED = 2
"""Submissions that a worker is given at a time: it need not wait for the main process to record one."""

_SCARCE = frozenset([errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE])
"""What a machine says when it is short of processes, memory or files; the submission cannot help it."""

_SETTLE_SECONDS = 0.5


class Trouble(enum.Enum):
    """Why there is no result; none of it is the fault of the submission."""

    NURSERY = "there is no nursery any more"
    FULL = "there is no room for temporary files"


class Worker:
    """One process, forked from this one: what has been imported here it need not import, and shares in memory.

    Attributes:
        given: numbers of the submissions that it was given and has not sent a result of, the present one first.
        ears: what becomes readable when it has sent something or ended.
    """

    def __init__(self, sandbox: Sandbox, tasks: Sequence[Task]) -> None:
        """`tasks` are all that it may be given, by their number."""
        self.given: list[int] = []
        self.ears, mouth = multiprocessing.Pipe(duplex=False)
        self._orders, self._inbox = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        context = multiprocessing.get_context("fork")
        arguments = (os.getpid(), sandbox, tasks, self._inbox, mouth)
        self._process = context.Process(target=_work, args=arguments, daemon=True)
        with _signals_held(), warnings.catch_warnings():
            # The one thread that there may be is the progress bar's, which the fork never touches.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._process.start()
        mouth.close()

    def give(self, number: int) -> None:
        """Give it one more submission; where it has died already, its `ears` tell."""
        self.given.append(number)
        self._orders.send(number.to_bytes(4, "big"))

    def take_back(self) -> list[int]:
        """Take away what it has been given and has not begun with."""
        untouched = []
        with contextlib.suppress(BlockingIOError):
            while True:
                # The other end of the socket was never closed here: what lies in it can be read by whoever comes first.
                untouched.append(int.from_bytes(self._inbox.recv(4, socket.MSG_DONTWAIT), "big"))
        self.given = [number for number in self.given if number not in untouched]
        return untouched

    def left(self) -> tuple[list[int], list[int]]:
        """Of what it has given no result of, what it had begun with and what not."""
        untouched = self.take_back()
        return self.given, untouched

    def hear(self) -> tuple[list[tuple[int, GradedSubmission]], Trouble | None, bool]:
        """What it has sent, without waiting: results by number, why there is none, and whether it lives on."""
        results: list[tuple[int, GradedSubmission]] = []
        try:
            while self.ears.poll():
                number, outcome = self.ears.recv()
                if isinstance(outcome, Trouble):
                    return results, outcome, False
                self.given.remove(number)
                results.append((number, outcome))
        except (EOFError, OSError):
            return results, None, False
        return results, None, True

    def end(self) -> None:
        """Kill it, if it lives, and wait until it is gone."""
        self._process.kill()
        self._process.join()
        self._process.close()
        for end in (self.ears, self._orders, self._inbox):
            end.close()


@contextlib.contextmanager
def _signals_held() -> Iterator[None]:
    """Signals that end a run wait until a new process knows what to do about them."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(parent: int, sandbox: Sandbox, tasks: Sequence[Task], inbox: socket.socket, mouth: Connection) -> None:
    """The worker's life."""
    _die_with(parent)
    # So does the referee, which is a fork of this process, and with them go the last who hold a kernel.
    me = os.getpid()
    os.register_at_fork(after_in_child=lambda: _die_with(me))
    # Ctrl-C is the main process's to handle; it ends its workers itself.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT, signal.SIGTERM})
    while True:
        number = int.from_bytes(inbox.recv(4), "big")
        # A copy, so that nothing of one submission can be there when the next is graded.
        outcome = _outcome(copy.deepcopy(tasks[number]), sandbox)
        mouth.send((number, outcome))
        if isinstance(outcome, Trouble):
            return


def _die_with(parent: int) -> None:
    syscalls.die_with_parent(signal.SIGKILL)
    if os.getppid() != parent:  # it was killed before this process could ask to be told
        os._exit(1)


def _outcome(task: Task, sandbox: Sandbox) -> GradedSubmission | Trouble:
    try:
        graded = grade(task, sandbox)
    except SandboxError:
        return Trouble.NURSERY
    except OSError as error:
        if is_full(error):
            return Trouble.FULL
        if error.errno in _SCARCE:
            return Trouble.NURSERY
        graded = not_graded(task, _failure(error))
    except Exception as error:  # whatever one submission brings about, the others are to be graded
        graded = not_graded(task, _failure(error))
    return graded if _still_there(sandbox, graded) else Trouble.NURSERY


def _still_there(sandbox: Sandbox, graded: GradedSubmission) -> bool:
    """Whether the nursery lives, so that what ended a kernel was the submission itself."""
    if _was_run(graded) and graded.failure:
        # Its kernels end a moment before the nursery does.
        deadline = time.monotonic() + _SETTLE_SECONDS
        while sandbox.alive and time.monotonic() < deadline:
            select.select([], [], [], 0.02)
    return sandbox.alive


def _was_run(graded: GradedSubmission) -> bool:
    return any(notebook.metadata["autograder"].get("seconds") for notebook in graded.notebooks.values())


def _failure(error: Exception) -> str:
    return "the grader failed: " + f"{type(error).__name__}: {error}".split("\n")[0][:200]
