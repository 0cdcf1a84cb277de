"""Grades many submissions at a time: processes that share one nursery, and whose deaths cost nobody a result."""

from __future__ import annotations

import contextlib
import gc
import multiprocessing.connection
import signal
import threading
import time
from collections import Counter, deque
from collections.abc import Iterable, Iterator, Sequence

from autograder.grading import GradedSubmission, Task, not_graded
from autograder.head_start import HeadStart
from autograder.interrupts import interrupt
from autograder.judging import referee
from autograder.kernels.launched import SandboxError
from autograder.kernels.sandbox import COMMON_PRELOAD, START_SECONDS, TORCH, Sandbox
from autograder.limits import Limits
from autograder.records.gradebook_access import DiskFullError, is_full
from autograder.scratch import Scratch
from autograder.worker import QUEUED, Trouble, Worker

ATTEMPTS = 3
"""How often a submission is tried when the process that grades it dies; the last time alone, so that no submission
suffers for another that brings the processes down."""

_SIGNALS = {signal.SIGINT: interrupt, signal.SIGTERM: interrupt}

NO_ROOM = "there is no room for temporary files: make room in {} first"


class Pool:
    """`jobs` workers and a nursery. One that dies is replaced, and what it was at is graded again.

    While it is open, SIGTERM is answered like Ctrl-C, and both can be held back (`interrupts.held_back`).
    """

    def __init__(
        self,
        jobs: int,
        limits: Limits,
        *,
        confined: bool = True,
        hidden: Sequence = (),
        preload: Sequence[str] = TORCH,
        begun: HeadStart | None = None,
    ):
        """See `Sandbox` for the options.

        Args:
            preload: what kernels shall find imported beside what all need.
            begun: has a sandbox that began with the same options, and the folder that it is in.
        """
        self.jobs = jobs
        self._options = {"limits": limits, "confined": confined, "hidden": tuple(hidden), "preload": COMMON_PRELOAD}
        self._preload = tuple(preload)
        self._begun = begun
        self._scratch: Scratch | None = None
        self._sandbox: Sandbox | None = None
        self._workers: list[Worker] = []
        self._answered: dict[int, object] = {}

    def __enter__(self) -> Pool:
        if threading.current_thread() is threading.main_thread():
            self._answered = {number: signal.signal(number, handler) for number, handler in _SIGNALS.items()}
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
        for number, handler in self._answered.items():
            signal.signal(number, handler)

    def map(self, tasks: Iterable[Task]) -> Iterator[GradedSubmission]:
        """Grade all tasks; results come as they are finished.

        Raises:
            autograder.kernels.sandbox.SandboxError: if the sandbox cannot be started.
            autograder.records.gradebook_access.DiskFullError: if there is no room for temporary files.
        """
        tasks = list(tasks)
        queue = _Queue(len(tasks))
        while queue.unfinished:
            if self._sandbox is None:
                self._open(tasks)
            while len(self._workers) < min(self.jobs, queue.unfinished):
                self._workers.append(Worker(self._sandbox, tasks))
            self._hand_out(queue)
            for number, graded in self._collect(queue):
                queue.finish(number)
                yield graded
            for number in queue.hopeless():
                queue.finish(number)
                said = f"the process that graded it ended {ATTEMPTS} times; look at it by hand"
                yield not_graded(tasks[number], said)

    def close(self) -> None:
        """End all processes, and remove what they wrote."""
        self._end()
        if self._scratch is not None:
            self._scratch.close()
            self._scratch = None

    def _open(self, tasks: Sequence[Task]) -> None:
        with self._room():
            begun = None
            if self._begun is not None:
                (self._scratch, begun), self._begun = self._begun.take(), None
            if self._scratch is None:
                self._scratch = Scratch()
            for attempt in range(1, ATTEMPTS + 1):
                began = time.monotonic()
                self._sandbox, begun = begun or Sandbox(**self._options), None
                self._sandbox.limits = self._options["limits"]
                try:
                    self._sandbox.instruct(self._preload)
                    # What workers need is imported once for all of them, while the nursery does the same on its side.
                    _read_ahead(tasks)
                    self._sandbox.start()
                    return
                except SandboxError:
                    self._end()
                    # Killed, perhaps. Where it is merely too slow, or cannot be started, it will be so next time.
                    if attempt == ATTEMPTS or time.monotonic() - began > START_SECONDS:
                        raise

    def _end(self) -> None:
        for worker in self._workers:
            worker.end()
        self._workers = []
        if self._sandbox is not None:
            self._sandbox.close()
            self._sandbox = None

    def _hand_out(self, queue: _Queue) -> None:
        busy = [worker for worker in self._workers if worker.given]
        idle = [worker for worker in self._workers if not worker.given]
        if idle and not queue.fresh:
            # One of those that wait behind a long one. It may have begun in this moment; then it cannot be taken.
            for worker in sorted(busy, key=lambda worker: -len(worker.given)):
                queue.fresh.extend(worker.take_back())
        for _ in range(QUEUED):
            for worker in sorted(self._workers, key=lambda worker: len(worker.given)):
                if queue.fresh and len(worker.given) < QUEUED:
                    worker.give(queue.fresh.popleft())
        if queue.suspects and not queue.fresh and not any(worker.given for worker in self._workers):
            self._workers[0].give(queue.suspects.popleft())

    def _collect(self, queue: _Queue) -> Iterator[tuple[int, GradedSubmission]]:
        """Wait for news, and pass results on; where something has died, what it was at goes back to the queue."""
        ready = multiprocessing.connection.wait([worker.ears for worker in self._workers])
        troubles, ended = set(), []
        for worker in self._workers:
            if worker.ears not in ready:
                continue
            results, trouble, alive = worker.hear()
            yield from results
            troubles |= {trouble} - {None}
            ended += [] if alive else [worker]
        if Trouble.FULL in troubles:
            raise DiskFullError(NO_ROOM.format(self._scratch.folder.parent))
        if Trouble.NURSERY in troubles:
            for worker in self._workers:
                yield from worker.hear()[0]
            ended = list(self._workers)
        for worker in ended:
            queue.lost(*worker.left())
            worker.end()
            self._workers.remove(worker)
        if Trouble.NURSERY in troubles:
            self._end()

    @contextlib.contextmanager
    def _room(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if not is_full(error):
                raise
            where = self._scratch.folder.parent if self._scratch is not None else "the temporary folder"
            raise DiskFullError(NO_ROOM.format(where)) from error


class _Queue:
    """Numbers of the tasks that are not finished, and how often the processes at each of them have died."""

    def __init__(self, count: int):
        self.fresh = deque(range(count))
        self.suspects: deque[int] = deque()
        self._unfinished = set(range(count))
        self._deaths: Counter[int] = Counter()

    @property
    def unfinished(self) -> int:
        """How many there are."""
        return len(self._unfinished)

    def lost(self, begun: Sequence[int], untouched: Sequence[int]) -> None:
        """A process has died that was at the first of these, and would have come to the others."""
        if not begun:  # or nobody would ever be blamed where processes die as soon as they live
            begun, untouched = untouched[:1], untouched[1:]
        self.fresh.extendleft(untouched)
        for number in begun:
            self._deaths[number] += 1
            if self._deaths[number] < ATTEMPTS:
                (self.suspects if self._deaths[number] == ATTEMPTS - 1 else self.fresh).append(number)

    def finish(self, number: int) -> None:
        """There is a result, whatever it says."""
        self._unfinished.discard(number)

    def hopeless(self) -> list[int]:
        """Those whose attempts are used up."""
        return sorted(number for number in self._unfinished if self._deaths[number] >= ATTEMPTS)


def _read_ahead(tasks: Sequence[Task]) -> None:
    referee.prepare()
    for skeleton in tasks[0].assignment.notebooks.values():
        referee.read_ahead(skeleton.notebook, tasks[0].assignment.hidden_marks, skeleton.solutions)
    gc.freeze()  # it stays for good, and what is not looked at again is shared with all forks
    gc.enable()
