"""The process that imports torch once and forks a kernel for each notebook. It runs inside the sandbox.

It is as small as can be, because it keeps the rights that make a kernel's namespaces: it reads nothing of a student's
(files go through it as an unread descriptor), opens no thread, and never runs a torch operation, after which OpenMP
would hang in every fork. The grader talks to it over one socket of short JSON messages, and to each kernel's keeper in
here over a socket of that kernel's own, on which the last message says how the kernel ended. So whoever holds that
socket, in whatever process, can interrupt, kill and wait without anyone in between.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import io
import json
import os
import selectors
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.kernels import kernel, syscalls, usage
from autograder.kernels.launched import MESSAGE_BYTES

WATCH_SECONDS = 0.1


@dataclass
class Child:
    """A kernel that was forked here."""

    pid: int
    handle: socket.socket
    """SOCK_SEQPACKET: "INT", or why it shall end, comes in; why it ended goes out, once."""

    pidfd: int
    home: str = ""
    """Its folder, where no namespace makes one that vanishes with it."""

    stopped_for: str = ""
    """Why it was killed from here; "" while it was not."""


class Nursery:
    """Forks kernels when told to and keeps them; `serve` returns when the grader has gone."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._children: dict[int, Child] = {}
        self._watch_again = 0.0
        # What any notebook needs comes before the grader has looked at the assignment, and the rest when it has.
        for name in _heard(control)["preload"]:
            _import(name)
        setup = _heard(control)
        self._confined: bool = setup["confined"]
        self._limits: dict[str, int] = setup["limits"]
        self._kept: list[str] = setup["kept"]
        for name in setup["preload"]:
            _import(name)
        self._own_pids = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ, self._launch)
        if not self._confined:
            syscalls.become_subreaper()
        _draw_once()
        gc.freeze()
        gc.enable()
        _gather_memory()

    def serve(self) -> None:
        """Tell the grader that all is imported, and do what it says until it closes its end."""
        self._control.send(b"ready")
        while self._control.fileno() >= 0:
            for key, _ in self._selector.select(WATCH_SECONDS if self._children else None):
                key.data()
            self._watch_memory()
        for child in list(self._children.values()):
            self._kill(child, "was stopped with its sandbox")
            self._bury(child)

    def _launch(self) -> None:
        message, fds, _, _ = socket.recv_fds(self._control, MESSAGE_BYTES, 16)
        if not message:
            self._selector.unregister(self._control)
            self._control.close()
            return
        for fd in fds:
            os.set_inheritable(fd, False)
        handle = socket.socket(fileno=fds[0])
        home = "" if self._confined else tempfile.mkdtemp(dir=Path.home())
        try:
            pid = self._fork()
        except OSError as error:
            _report(handle, f"could not be started: {error}")
            for fd in fds[1:]:
                os.close(fd)
            return
        if pid == 0:
            self._become_kernel(json.loads(message), handle, fds[1:], home)
        for fd in fds[1:]:
            os.close(fd)
        child = Child(pid, handle, os.pidfd_open(pid), home)
        self._children[pid] = child
        self._selector.register(handle, selectors.EVENT_READ, lambda: self._obey(child))
        self._selector.register(child.pidfd, selectors.EVENT_READ, lambda: self._bury(child))

    def _fork(self) -> int:
        if not self._confined:
            return os.fork()
        # A process cannot move into a new pid namespace, only its next child can; and it can make another such child
        # only after it has come back.
        syscalls.unshare(syscalls.CLONE_NEWPID)
        pid = -1
        try:
            pid = os.fork()
        finally:
            if pid != 0:
                syscalls.setns(self._own_pids, syscalls.CLONE_NEWPID)
        return pid

    def _become_kernel(self, launch: dict[str, Any], handle: socket.socket, fds: list[int], home: str) -> None:
        """In the fork: close what is the nursery's, become a kernel, never come back."""
        status = 1
        try:
            os.setsid()
            syscalls.die_with_parent(signal.SIGKILL)  # with a namespace of its own it does so anyway
            self._selector.close()
            self._control.close()
            os.close(self._own_pids)
            for child in self._children.values():
                child.handle.close()
                os.close(child.pidfd)
            nothing = os.open(os.devnull, os.O_RDWR)
            for standard in (0, 1, 2):
                os.dup2(nothing, standard)
            os.close(nothing)
            application = kernel.prepare(launch, fds, self._limits, self._kept, home)
            handle.close()
            application.start()
            status = 0
        except BaseException as error:
            if handle.fileno() >= 0:
                _report(handle, f"could not be started: {type(error).__name__}: {error}")
        finally:
            os._exit(status)

    def _obey(self, child: Child) -> None:
        if self._children.get(child.pid) is not child:
            return  # its end was in the same batch of events
        try:
            order = child.handle.recv(MESSAGE_BYTES)
        except ConnectionError:
            order = b""
        if order == b"INT":
            # Its process group, as Jupyter does it, so that a program started by a cell is interrupted too.
            try:
                os.killpg(child.pid, signal.SIGINT)
            except ProcessLookupError:  # it has ended, or not come as far as making its group
                return
        else:  # a reason to end it, or nothing, because nobody is left who could say more
            self._kill(child, order.decode(errors="replace") or "was stopped")

    def _kill(self, child: Child, reason: str) -> None:
        child.stopped_for = child.stopped_for or reason
        if self._confined:
            os.kill(child.pid, signal.SIGKILL)
        else:
            _kill_family(child.pid, usage.parents())

    def _bury(self, child: Child) -> None:
        _, status, used = os.wait4(child.pid, 0)
        self._selector.unregister(child.handle)
        self._selector.unregister(child.pidfd)
        os.close(child.pidfd)
        del self._children[child.pid]
        if not self._confined:
            self._sweep()
            shutil.rmtree(child.home, ignore_errors=True)
        cpu = used.ru_utime + used.ru_stime
        _report(child.handle, child.stopped_for or _why(status, cpu >= self._limits["cpu_seconds"] - 0.5))

    def _sweep(self) -> None:
        """Without a namespace, what a kernel leaves behind falls to the nursery."""
        while True:
            everyone = usage.parents()
            orphans = [pid for pid, parent in everyone.items() if parent == os.getpid() and pid not in self._children]
            if not orphans:
                return
            for orphan in orphans:
                _kill_family(orphan, everyone)
                os.waitpid(orphan, 0)

    def _watch_memory(self) -> None:
        start = time.monotonic()
        if start < self._watch_again:
            return
        everyone = usage.parents() if self._children else {}
        for child in self._children.values():
            family = list(usage.family(child.pid, everyone))
            if not child.stopped_for and usage.exceeds(family, self._limits["memory_bytes"]):
                self._kill(child, "used too much memory")
        now = time.monotonic()
        # Where watching is slow, because a kernel makes it so, others' kernels must be launched and ended all the same.
        self._watch_again = now + max(WATCH_SECONDS / 2, 2 * (now - start))


def _kill_family(ancestor: int, parents: Mapping[int, int]) -> None:
    for process in usage.family(ancestor, parents):
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _heard(control: socket.socket) -> dict[str, Any]:
    """The grader's next message; where it is gone, so is this process."""
    message = control.recv(MESSAGE_BYTES)
    if not message:
        sys.exit(0)
    return json.loads(message)


def _import(name: str) -> None:
    """Import a module unless there is none of that name; no course needs everything that is on the list."""
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        if f"{name}.".startswith(f"{error.name}."):
            return
        raise


def _draw_once() -> None:
    """Have matplotlib look for its fonts before the fork; each notebook with a picture would do it again."""
    if "matplotlib.pyplot" in sys.modules:
        figure = importlib.import_module("matplotlib.figure").Figure()
        canvas = importlib.import_module("matplotlib.backends.backend_agg").FigureCanvasAgg(figure)
        figure.subplots().set_title("warm")
        canvas.print_png(io.BytesIO())


def _gather_memory() -> None:
    """Move the heap into large pages: each fork copies an entry for every page that there is, and its end drops it."""
    large = 2 << 20
    for start, end in usage.own_memory():
        for page in range(-(-start // large) * large, end - large + 1, large):
            syscalls.collapse(page, large)


def _report(handle: socket.socket, reason: str) -> None:
    """Send the last message to whoever still listens, and close."""
    with handle:
        try:
            handle.send(reason.encode()[:MESSAGE_BYTES], socket.MSG_NOSIGNAL | socket.MSG_DONTWAIT)
        except OSError:
            return


def _why(status: int, out_of_time: bool) -> str:
    """A kernel's end in words, from what wait(2) says."""
    if os.WIFEXITED(status):
        return f"ended itself (exit status {os.WEXITSTATUS(status)})"
    number = os.WTERMSIG(status)
    if number in (signal.SIGKILL, signal.SIGXCPU) and out_of_time:
        return "used too much CPU time"
    if number == signal.SIGKILL:
        return "was killed, by itself or by the system for want of memory"
    return f"crashed ({signal.Signals(number).name})"


def main() -> None:
    """Serve on the socket whose descriptor is the only argument."""
    syscalls.die_with_parent(signal.SIGKILL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.disable()  # imports make objects that stay: looking through them again and again takes an eighth of the time
    Nursery(socket.socket(fileno=int(sys.argv[1]))).serve()


if __name__ == "__main__":
    main()
