"""The trusted end of the sandbox: starts the nursery inside bubblewrap and asks it for kernels.

bubblewrap makes what is the same for all notebooks: a read-only view of the system and of the interpreter, no network,
no other processes, an environment of our own. What must differ between notebooks is made for each fork by
`confinement`. Nothing is shared with the outside but sockets made here and handed in: one for the nursery's orders and,
for each kernel, one to end it by, one for the referee, and Jupyter's own.
"""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import itertools
import json
import os
import secrets
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

from autograder.kernels import bubblewrap, confinement
from autograder.kernels.launched import MESSAGE_BYTES, STOP_SECONDS, Kernel, SandboxError, connection, ports
from autograder.limits import Limits

TORCH = ("torch", "torch._dynamo")
"""The second is what torch loads with the first optimizer or dispatch mode, and as large as itself."""

COMMON_PRELOAD = (
    "numpy.random",
    "matplotlib.pyplot",
    "matplotlib_inline.backend_inline",
    "PIL.BmpImagePlugin",  # Pillow loads these five with the first picture
    "PIL.GifImagePlugin",
    "PIL.JpegImagePlugin",
    "PIL.PngImagePlugin",
    "PIL.PpmImagePlugin",
    "debugpy",
    "ipykernel.debugger",
    "IPython.core.completerlib",  # and IPython these with the first shell
    "IPython.core.debugger",
    "IPython.core.magics.execution",
    "IPython.core.oinspect",
    "IPython.extensions.storemagic",
    "tornado.platform.asyncio",
    "stack_data.formatting",  # and these with the first traceback
    "pygments.formatters.terminal256",
    "pygments.styles.default",
    "ipywidgets",
    "course",
)
"""What is imported once for all kernels, whatever they are to run; what is missing is skipped."""

DEFAULT_PRELOAD = (*COMMON_PRELOAD, *TORCH)
"""The same for a sandbox that is told nothing else."""

START_SECONDS = 120.0
"""How long the imports may take, on a cold and busy disk."""

_FOLDER_PREFIX = "warm-kernels-"
_identities = itertools.count()


def missing() -> str | None:
    """Why no sandbox can be made on this machine, in one line that says what to do; None where one can."""
    return bubblewrap.missing()


class Sandbox:
    """A nursery, in bubblewrap unless `confined` is False, from which kernels are launched.

    Start it from a thread that lives as long as it shall: the operating system ends it with that thread.

    Args:
        limits: what every kernel runs under; may be assigned anew until `instruct` is called.
        confined: False: no bubblewrap; student code then has all rights of whoever grades.
        readable: further files and folders that student code may read, at the same place.
        hidden: folders that it must not see even where they lie inside something readable.
        preload: modules to import once for all; what is missing is skipped.
        environment: environment variables on top of the sandbox's own few.
    """

    def __init__(
        self,
        limits: Limits,
        *,
        confined: bool = True,
        readable: Iterable[str | Path] = (),
        hidden: Iterable[str | Path] = (),
        preload: Iterable[str] = DEFAULT_PRELOAD,
        environment: Mapping[str, str] | None = None,
    ) -> None:
        self.limits = limits
        self._confined = confined
        self._readable = [Path(path) for path in readable]
        self._hidden = [Path(path) for path in hidden]
        self._preload = list(preload)
        self._environment = dict(environment or {})
        self._process: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._folder: Path | None = None
        self._lock = -1
        self._launched = itertools.count()
        self._owner = -1
        self._pidfd = -1
        self._complaints: IO[bytes] | None = None
        self._instructed = False

    def __enter__(self) -> Sandbox:
        self.start()
        return self

    def __exit__(self, *exc_info: object) -> None:
        self.close()

    @property
    def alive(self) -> bool:
        """Is there a nursery to launch kernels from?"""
        if self._process is None:
            return False
        if self._owner == os.getpid():
            return self._process.poll() is None
        # A fork cannot wait for what is not its child, but it sees the end of it.
        return not select.select([self._pidfd], [], [], 0)[0]

    @property
    def pid(self) -> int:
        """The process with which the whole sandbox ends; 0 where there is none."""
        return self._process.pid if self._process is not None else 0

    def begin(self) -> None:
        """Start the nursery without waiting for it, so that it can import while this process does something else.

        Raises SandboxError.
        """
        if self.alive:
            return
        self.close()
        if self._confined and shutil.which("bwrap") is None:
            raise SandboxError(str(missing()))
        self._folder, self._lock = _private_folder()
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115  (it is closed once the nursery is ready)
        with theirs:
            self._process = subprocess.Popen(
                [*self._prefix(), sys.executable, "-m", "autograder.kernels.nursery", str(theirs.fileno())],
                pass_fds=[theirs.fileno()],
                env=bubblewrap.environment("" if self._confined else str(self._folder)) | self._environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self._complaints,
                start_new_session=True,  # a Ctrl-C in the terminal is the grader's to handle
            )
        self._owner, self._pidfd = os.getpid(), os.pidfd_open(self._process.pid)
        self._instructed = False
        self._send({"preload": self._preload})

    def instruct(self, preload: Iterable[str] = ()) -> None:
        """Tell the nursery its limits and what else to import, without waiting; starts it where `begin` has not.

        Does nothing the second time. Raises SandboxError.
        """
        self.begin()
        if self._instructed:
            return
        self._instructed = True
        limits = {name: int(value) for name, value in dataclasses.asdict(self.limits).items()}
        kept = bubblewrap.kept(self._readable)
        self._send({"preload": list(preload), "limits": limits, "confined": self._confined, "kept": kept})

    def start(self) -> None:
        """Start the nursery, where that has not been done, and wait until it has imported everything.

        Raises SandboxError.
        """
        self.instruct()
        if self._complaints is None:
            return
        with self._complaints as complaints:
            self._complaints = None
            if not self._ready(self._control):
                complaints.seek(0)
                lines = complaints.read().decode(errors="replace").strip().splitlines()
                self.close()
                reason = lines[-1] if lines else f"nothing was heard of it for {START_SECONDS:g} seconds"
                raise SandboxError((self._confined and missing()) or f"The sandbox did not start: {reason}")

    def _prefix(self) -> list[str]:
        return bubblewrap.command(self._readable, self._hidden) if self._confined else []

    def _send(self, message: Mapping[str, object]) -> None:
        with contextlib.suppress(OSError):  # the nursery has ended; `start` finds out why
            self._control.send(json.dumps(message).encode())

    def _ready(self, control: socket.socket) -> bool:
        control.settimeout(START_SECONDS)
        try:
            return control.recv(MESSAGE_BYTES) == b"ready"
        except OSError:  # it has ended, or time is up
            return False

    def close(self) -> None:
        """End the nursery and every kernel; nothing of them is left when this returns. Does nothing the second time.

        In a fork of the process that started it, only the fork lets go of it.
        """
        if self._owner not in (-1, os.getpid()):
            self._control = self._process = self._folder = None
            return
        if self._control is not None:
            # Forks of this process may hold the socket too, so that closing it here would say nothing to the nursery.
            with contextlib.suppress(OSError):  # the nursery may have gone first
                self._control.shutdown(socket.SHUT_RDWR)
            self._control.close()
            self._control = None
        if self._process is not None:
            try:
                self._process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            os.close(self._pidfd)
            self._process = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            os.close(self._lock)
            self._folder = None

    def launch(self, files: Mapping[str, bytes | Path], seed: int) -> Kernel:
        """Have a kernel forked, with `files` in its work folder; does not wait for it to come up.

        `seed` is for the student's process alone, which can read it: never one that grade cells draw from. Paths in
        `files` are followed wherever they lead. Raises SandboxError where the sandbox is not there, ValueError where
        files have unusable names or are larger together than `limits.disk_bytes`, OSError where one cannot be read.
        """
        if self._control is None or self._folder is None:
            raise SandboxError("The sandbox has not been started.")
        # Forks of the process that started the sandbox launch from it too.
        address = str(self._folder / f"{os.getpid()}-{next(self._launched)}")
        key = secrets.token_hex(16)
        packed = confinement.pack(files, self.limits.disk_bytes)
        session, its_session = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        handle, its_handle = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        given = [its_handle.detach(), packed, its_session.detach()]
        try:
            given += [_listen(f"{address}-{port}") for channel, port in ports().items() if channel != "hb"]
            order = {"identity": _identity(), "connection": connection(address, key), "seed": seed}
            socket.send_fds(self._control, [json.dumps(order).encode()], given)
        except ConnectionError as error:
            raise SandboxError("The sandbox has ended.") from error
        finally:
            for fd in given:
                os.close(fd)
        return Kernel(connection(address, key), session, handle)


def _listen(path: str) -> int:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(path)
        listener.listen()
        listener.setblocking(False)
        return listener.detach()


def _identity() -> int | None:
    """A user id that nobody else on this machine has at this time, so that limits for a user are one notebook's.

    None where this process cannot become another user.
    """
    if not bubblewrap.can_switch_user():
        return None
    first, count = bubblewrap.ids()
    return first + count // 4 + (os.getpid() * 16 + next(_identities) % 16) % (count // 4)


def _private_folder() -> tuple[Path, int]:
    """A folder that only this user can enter, and its lock. Those whose owners were killed are removed on the way."""
    # A socket's path must be shorter than 108 bytes.
    parent = Path(tempfile.gettempdir() if len(tempfile.gettempdir()) < 60 else "/tmp")
    for folder in parent.glob(f"{_FOLDER_PREFIX}*"):
        _remove_if_abandoned(folder)
    folder = Path(tempfile.mkdtemp(prefix=_FOLDER_PREFIX, dir=parent))
    lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(lock, fcntl.LOCK_EX)
    return folder, lock


def _remove_if_abandoned(folder: Path) -> None:
    try:
        if time.time() - folder.stat().st_mtime < STOP_SECONDS:
            return  # it may have been made just now, and be locked next
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except OSError:  # another user's, or another worker has removed it
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(folder, ignore_errors=True)
    except BlockingIOError:
        return
    finally:
        os.close(lock)
