"""Finds the grader's processes by their part in it, and those that it left behind."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

GRACE_SECONDS = 4.0
"""How long processes may take to be gone, on a busy machine, once they were killed."""

_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Process:
    """A living process."""

    pid: int
    parent: int
    command: tuple[str, ...]


@contextlib.contextmanager
def adopting() -> Iterator[set[int]]:
    """Meanwhile orphans of what this process started become its children; gives out the children it has already."""
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    try:
        yield {process.pid for process in _all() if process.parent == os.getpid()}
    finally:
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 0)


def orphans(before: set[int]) -> list[str]:
    """Commands of the children that are not in `before` and do not end by themselves. They are ended then."""
    deadline = time.monotonic() + GRACE_SECONDS
    while True:
        left = [process for process in _all() if process.parent == os.getpid() and process.pid not in before]
        for process in left:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(process.pid, os.WNOHANG)
        left = [process for process in left if Path(f"/proc/{process.pid}").exists()]
        if not left:
            return []
        if time.monotonic() > deadline:
            break
        time.sleep(0.02)
    for process in left:
        _end(process.pid)
    return [" ".join(process.command) for process in left]


def find(role: str, grader: int) -> list[int]:
    """Ids of the processes of a running grader that have this role: grader, worker, bubblewrap, nursery, referee."""
    everyone = {process.pid: process for process in _all()}
    if grader not in everyone:
        return []
    children = [process for process in everyone.values() if process.parent == grader]
    outer = [child.pid for child in children if "autograder.kernels.nursery" in child.command]
    # Where there is no nursery yet, a child like its parent is one that will be bubblewrap in a moment.
    workers = [child.pid for child in children if outer and child.command == everyone[grader].command]
    found = {
        "grader": [grader],
        "worker": workers,
        "bubblewrap": outer,
        "nursery": [process.pid for process in everyone.values() if process.parent in outer],
        "referee": [process.pid for process in everyone.values() if process.parent in workers],
    }
    return found[role]


def _end(pid: int) -> None:
    for process in [process for process in _all() if process.parent == pid]:
        _end(process.pid)
    with contextlib.suppress(ProcessLookupError, ChildProcessError):
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)


def _all() -> list[Process]:
    found = []
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):  # it has ended meanwhile
                stat = Path(entry.path, "stat").read_bytes().rpartition(b")")[2].split()
                command = Path(entry.path, "cmdline").read_bytes().decode(errors="replace").split("\0")
                found.append(Process(int(entry.name), int(stat[1]), tuple(command)))
    return found
