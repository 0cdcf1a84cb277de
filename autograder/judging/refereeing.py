"""Phase two of grading: the referee in a process of its own, which can be killed without losing what it has found."""

from __future__ import annotations

import json
import os
import resource
import select
import shutil
import signal
import socket
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path

from nbformat import NotebookNode

from autograder.assignment import Skeleton
from autograder.channel.remote import Remote
from autograder.judging import referee
from autograder.judging.referee import Verdict
from autograder.kernels.replay import TIMED_OUT, Replay
from autograder.limits import Limits

SLACK_SECONDS = 5.0
"""What a grade cell has beyond its limit to stop by itself, before the referee is killed."""


def referee_apart(
    skeleton: Skeleton,
    notebook: NotebookNode,
    replay: Replay,
    verdicts: dict[str, Verdict],
    done: frozenset[str],
    files: Mapping[str, Path],
    seed: int,
    marks: tuple[str, str],
) -> tuple[str, str]:
    """Run the grade cells that are not in `done` in a process forked from this one; what it finds goes to `verdicts`.

    The fork has this process's modules, imported once, and none of an earlier submission's state. What it decodes is
    hostile: it may be made to crash or to swallow memory, and takes only itself along.

    `files` are the instructor's, by path relative to the notebook: grade cells may import and open them.

    Returns:
        Why a new kernel is wanted for the rest, and the grade id of the cell to blame; or ("", "") when all that can be
        run has been run.
    """
    with tempfile.TemporaryDirectory(prefix="referee-") as folder:
        _lay_out(files, Path(folder))
        return _watched(skeleton, notebook, replay, verdicts, done, Path(folder), seed, marks)


def _watched(
    skeleton: Skeleton,
    notebook: NotebookNode,
    replay: Replay,
    verdicts: dict[str, Verdict],
    done: frozenset[str],
    folder: Path,
    seed: int,
    marks: tuple[str, str],
) -> tuple[str, str]:
    limits = replay.limits
    with warnings.catch_warnings():
        # Its threads are zmq's, which the fork never touches.
        warnings.simplefilter("ignore", DeprecationWarning)
        reading, writing = os.pipe()
        child = os.fork()
    if child == 0:
        os.close(reading)
        _referee(writing, skeleton, notebook, replay.kernel.session, limits, folder, seed, marks, done)
    os.close(writing)
    watch = _Watch(notebook, replay, verdicts)
    try:
        for message in _messages(reading, watch, replay.deadline):
            watch.hear(message)
    finally:
        os.close(reading)
        # It has said all it will say, or will never say it.
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
    return watch.verdict_on_the_kernel()


def _lay_out(files: Mapping[str, Path], folder: Path) -> None:
    """Copy the instructor's files to where grade cells look for them, so that they cannot change the originals."""
    for name, path in files.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


class _Watch:
    """Follows what the referee says, and knows until when it may be silent."""

    def __init__(self, notebook: NotebookNode, replay: Replay, verdicts: dict[str, Verdict]):
        self.verdicts = verdicts
        self.until = time.monotonic() + replay.limits.cell_seconds
        self._notebook = notebook
        self._replay = replay
        self._limits = replay.limits
        self._running = ""
        self._last = ""
        self._done = False
        self._died = False

    def hear(self, message: dict) -> None:
        """Take one message of the referee's."""
        if "started" in message:
            self._running = message["started"]
            self.until = time.monotonic() + self._limits.cell_seconds + SLACK_SECONDS
        elif "verdict" in message:
            verdict = Verdict.from_json(message["verdict"])
            self.verdicts[verdict.grade_id] = verdict
            self._running, self._last = "", verdict.grade_id
            self._died = self._died or verdict.died
        elif message.get("do") == "interrupt":
            self._replay.kernel.interrupt()
        elif message.get("do") == "kill":
            self._replay.kernel.kill()
        elif message.get("done"):
            self._done = True

    def verdict_on_the_kernel(self) -> tuple[str, str]:
        """Why a new one is wanted and which cell is to blame, or two empty strings."""
        if self._done and not self._died:
            return "", ""
        if self._running and self._running not in self.verdicts:
            late = time.monotonic() > self.until
            seconds = self._limits.cell_seconds
            self._give_up(f"This test was stopped after {seconds:g} seconds." if late else _CRASHED)
        if time.monotonic() > self._replay.deadline:
            return "", ""
        return self._replay.kernel.why_dead or "it no longer answered", self._running or self._last

    def _give_up(self, said: str) -> None:
        (cell,) = (c for c in self._notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == self._running)
        name = TIMED_OUT if said != _CRASHED else "RefereeEnded"
        self.verdicts[self._running] = Verdict(
            grade_id=self._running,
            outputs=[{"output_type": "error", "ename": name, "evalue": said, "traceback": [f"{name}: {said}"]}],
            score=0.0,
            max_score=float(cell.metadata.nbgrader.points),
            outcome="incorrect",
            messages=[said],
        )


_CRASHED = "What the answer gave could not be read, and the test that tried to was ended."


def _messages(pipe: int, watch: _Watch, deadline: float) -> Iterator[dict]:
    """What the referee says, line by line, until it ends or is silent for too long."""
    rest = b""
    while True:
        patience = min(watch.until, deadline + SLACK_SECONDS) - time.monotonic()
        if patience <= 0 or not select.select([pipe], [], [], patience)[0]:
            return
        chunk = os.read(pipe, 1 << 16)
        if not chunk:
            return
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            yield json.loads(line)


def _use_one_thread() -> None:
    """Whoever grades may have run a parallel torch operation already; OpenMP's threads are not in a fork, and the next
    such operation would wait for them for ever. Submissions are graded side by side in any case."""
    if "torch" in sys.modules:
        sys.modules["torch"].set_num_threads(1)


def _referee(
    pipe: int,
    skeleton: Skeleton,
    notebook: NotebookNode,
    session: socket.socket,
    limits: Limits,
    folder: Path,
    seed: int,
    marks: tuple[str, str],
    done: frozenset[str],
) -> None:
    """The forked process: it never returns."""
    try:
        _limit_memory(limits.memory_bytes)
        _use_one_thread()
        os.chdir(folder)
        sys.path.insert(0, str(folder))
        remote = Remote(
            session,
            interrupt=lambda: _say(pipe, do="interrupt"),
            kill=lambda: _say(pipe, do="kill"),
            limits=limits,
        )

        def report(news: Verdict | str) -> None:
            if isinstance(news, str):
                _say(pipe, started=news)
            else:
                _say(pipe, verdict=news.to_json())

        referee.run(
            skeleton.notebook,
            notebook,
            remote,
            limits=limits,
            seed=seed,
            hidden_marks=marks,
            done=done,
            report=report,
            solutions=skeleton.solutions,
        )
        _say(pipe, done=True)
    finally:
        # No clean-up: sockets, threads and exit handlers are the parent's.
        os._exit(0)


def _say(pipe: int, **message: object) -> None:
    data = json.dumps(message).encode() + b"\n"
    while data:
        data = data[os.write(pipe, data) :]


def _limit_memory(more: int) -> None:
    """Let this process grow by `more` bytes, so that a reply that is a bomb ends it and not the machine."""
    with open("/proc/self/statm", "rb") as statm:
        now = int(statm.read().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    resource.setrlimit(resource.RLIMIT_AS, (now + more, now + more))
