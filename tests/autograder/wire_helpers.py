"""A student's side in a real second process, and fakes that answer what nobody should."""

import contextlib
import dataclasses
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import numpy as np
import torch

from autograder.channel.decoder import Decoder
from autograder.channel.encoder import Encoder
from autograder.channel.remote import Remote
from autograder.channel.wire import WireError, pack, receive
from autograder.limits import Limits

ROOT = Path(__file__).resolve().parents[2]

LIMITS = dataclasses.replace(Limits(), call_seconds=20.0, grace_seconds=1.0, message_bytes=8 << 20)

CHILD = """
import asyncio, linecache, signal, socket, sys, types

import numpy, torch

from autograder.channel import session
from autograder.limits import Limits

source = sys.stdin.read()
file = "<ipython-input-1>"
linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
# The notebook is the module __main__, as in a kernel.
main = sys.modules["__main__"]
names = main.__dict__
loop = asyncio.new_event_loop()
limits = Limits(message_bytes=8 << 20)
session.attach(socket.socket(fileno=int(sys.argv[1])), types.SimpleNamespace(user_ns=names), loop, limits)
signal.signal(signal.SIGINT, signal.SIG_IGN)
exec(compile(source, file, "exec"), names)
print("listening", flush=True)
loop.run_forever()
"""


class Student:
    """A process that has run one cell, and the trusted end of the channel to it."""

    def __init__(self, source, limits=LIMITS, **options):
        ours, theirs = socket.socketpair()
        self.process = subprocess.Popen(
            [sys.executable, "-c", CHILD, str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        theirs.close()
        self.process.stdin.write(source.encode())
        self.process.stdin.close()
        self.interrupts = 0
        self.remote = Remote(ours, interrupt=self._interrupt, kill=self.process.kill, limits=limits, **options)
        self.process.stdout.readline()

    def _interrupt(self):
        self.interrupts += 1
        self.process.send_signal(signal.SIGINT)

    def __getattr__(self, name):
        return self.remote.lookup(name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.remote.close()
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    @contextlib.contextmanager
    def allowed(self, **limits):
        """Other limits for a while."""
        before, self.remote.limits = self.remote.limits, dataclasses.replace(self.remote.limits, **limits)
        try:
            yield
        finally:
            self.remote.limits = before


class Liar:
    """A remote whose other end sends what `answer` gives for a request: trees, bytes, None to hang up, seconds."""

    def __init__(self, answer, limits=LIMITS):
        ours, self._sock = socket.socketpair()
        self.killed = threading.Event()
        self.interrupts = 0
        self.requests = []
        self._answer = answer
        self.remote = Remote(ours, interrupt=self._interrupt, kill=self._kill, limits=limits)
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _interrupt(self):
        self.interrupts += 1

    def _kill(self):
        self.killed.set()
        with contextlib.suppress(OSError):
            self._sock.shutdown(socket.SHUT_RDWR)

    def _read(self, view):
        while len(view):
            count = self._sock.recv_into(view)
            if not count:
                raise EOFError
            view = view[count:]

    def _serve(self):
        with contextlib.suppress(EOFError, OSError):
            while True:
                tree, _ = receive(self._read, Limits())
                self.requests.append(tree)
                for part in self._answer(tree):
                    if isinstance(part, (int, float)):
                        self.killed.wait(part)
                    elif part is None:
                        self._sock.shutdown(socket.SHUT_RDWR)
                    else:
                        self._sock.sendall(part if isinstance(part, bytes) else message({"a": tree.get("q"), **part}))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._kill()
        self.remote.close()
        self._thread.join(5)
        self._sock.close()


def message(tree, buffers=()):
    """A message as bytes."""
    return b"".join(bytes(piece) for piece in pack(tree, buffers))


def liar(*parts, limits=LIMITS):
    """A remote whose other end answers every request with the same."""
    return Liar(lambda request: parts, limits)


def no_object(value):
    raise WireError("no data")


def there_and_back(value, limits=LIMITS):
    """A value, encoded, packed, read and decoded."""
    encoder = Encoder(limits, no_object)
    data = memoryview(message({"v": encoder.encode(value)}, encoder.buffers))

    def read(view):
        nonlocal data
        view[:] = data[: len(view)]
        data = data[len(view) :]

    tree, buffers = receive(read, limits)
    return Decoder(limits, buffers, no_object).decode(tree["v"])


def same(a, b):
    """Whether two values are of the same type and equal in every bit, all the way down."""
    if type(a) is not type(b):
        return False
    if isinstance(a, torch.Tensor):
        equal = torch.equal(a.nan_to_num(7.5), b.nan_to_num(7.5)) if a.is_floating_point() else torch.equal(a, b)
        return a.dtype == b.dtype and a.shape == b.shape and a.requires_grad == b.requires_grad and equal
    if isinstance(a, (np.ndarray, np.generic)):
        is_same = a.dtype == b.dtype and a.shape == b.shape
        if a.dtype == object:
            return is_same and all(map(same, a.flat, b.flat))
        return is_same and a.tobytes() == b.tobytes()
    if isinstance(a, (list, tuple)) or type(a).__name__ == "deque":
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, dict):
        return len(a) == len(b) and all(same(x, y) for x, y in zip(a.items(), b.items(), strict=True))
    if isinstance(a, (float, complex)):
        return repr(a) == repr(b)
    return a == b


def seconds_of(function, *arguments):
    """How long a call took, and what it raised."""
    began = time.monotonic()
    try:
        function(*arguments)
    except Exception as error:
        return time.monotonic() - began, error
    return time.monotonic() - began, None
