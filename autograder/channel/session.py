"""The student's end of the channel, inside the kernel: looks up names, calls what is there, remembers name spaces.

It runs among the student's own code, which can change anything here. So nothing depends on it: what it answers is data
that the grader distrusts, and a student who breaks it breaks only their own answers.
"""

from __future__ import annotations

import contextlib
import io
import select
import signal
import socket
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

from autograder.channel import bridge, generators
from autograder.channel.actions import ACTIONS, Whole, description, made_by
from autograder.channel.encoder import Encoder
from autograder.channel.errors import Missing, told
from autograder.channel.peer import Peer
from autograder.channel.trace_recorder import recorder
from autograder.channel.wire import WireError
from autograder.limits import Limits

PRINTED = 256 * 1024
"""Characters that one call may print; what comes after is counted and dropped."""

WARNINGS = 20

_ABSENT = object()


class Session(Peer):
    """Serves the referee's requests on the kernel's main thread, between cells."""

    swallow = BaseException
    into_leaves = True

    def __init__(self, sock: socket.socket, shell: Any, limits: Limits):
        super().__init__(sock, limits)
        self._shell = shell
        self._bookmarks: dict[str, dict[str, Any]] = {}
        self._random: list | None = None
        self._operations = {
            "bookmark": self._bookmark,
            "restore": self._restore,
            "lookup": self._lookup,
            "assign": self._assign,
            "delete": self._delete,
            "act": self._act,
            "vjp": self.vjp,
        }

    def ready(self) -> bool:
        """Serve one request; False when the referee has gone."""
        try:
            tree, buffers = self.hear()
        except (EOFError, OSError, WireError):
            return False
        self.serve(tree, buffers)
        return True

    def hear(self) -> tuple[dict, list[bytearray]]:
        if self._nesting:
            select.select([self._sock], [], [])
        with _whole():
            return super().hear()

    def write(self, tree: dict, buffers: Sequence[Any] = ()) -> None:
        with _whole():
            super().write(tree, buffers)

    def operation(self, name: Any) -> Any:
        if name not in self._operations:
            raise WireError("there is no such request")
        return self._operations[name]

    def refer(self, value: Any) -> dict:
        if type(value) is Whole:
            value = value.thing
        if type(value) is _Callback:
            return {"t": "back", "n": value.number}
        tree = {"t": "handle", "n": self.export(value), **description(value)}
        if not issubclass(type(value), type):
            # An object of a class that the test asked for by its name.
            tree["of"] = self._ids.get(id(type(value)))
        elif issubclass(value, Exception):
            tree["error"] = True
            parent = next((base for base in value.__mro__[1:] if base.__module__ == "__main__"), None)
            tree["parent"] = self.refer(parent) if parent is not None and issubclass(parent, Exception) else None
        return tree

    def stand_in(self, tree: dict) -> Any:
        if tree["t"] == "back":
            return self.exports[tree["n"]]
        if tree["t"] == "callback":
            return _Callback(self, tree["n"], tree["name"])
        raise WireError("a request holds something unknown")

    def told(self, error: BaseException) -> dict:
        return {**told(error), "classes": [self._ids[id(k)] for k in type(error).__mro__ if id(k) in self._ids]}

    def forget(self, number: Any) -> None:
        super().forget(number)
        value = self.exports.pop(number, _ABSENT)
        if value is not _ABSENT:
            self._ids.pop(id(value), None)

    def perform(self, function: Any, arguments: list, keywords: dict, tree: dict, more: dict) -> Any:
        """Call with everything caught that a call can leave around: prints, warnings, random numbers, operators."""
        shared = generators.everyones()
        for generator, state in zip(shared, tree.get("rng") or (), strict=False):
            if state is not None:
                generators.set_state(generator, state)
        if self._random is None or tree.get("rng"):
            self._random = [generators.snapshot(generator) for generator in shared]
        out, err = _Capped(), _Capped()
        record = recorder() if tree.get("trace") else None
        caught: list[warnings.WarningMessage] = []
        try:
            with (
                contextlib.redirect_stdout(out),
                contextlib.redirect_stderr(err),
                warnings.catch_warnings(record=True) as caught,
                _interruptible(),
                record or contextlib.nullcontext(),
            ):
                warnings.simplefilter("always")
                return function(*arguments, **keywords)
        finally:
            if record is not None:
                more["trace"] = record.operators
            if caught:
                more["warned"] = [[w.category.__name__, str(w.message)[:500]] for w in caught[:WARNINGS]]
            for name, stream in (("out", out), ("err", err)):
                if stream.written:
                    more[name] = stream.getvalue()
            now = [generators.snapshot(generator) for generator in shared]
            if now != self._random:
                pairs = zip(shared, now, self._random, strict=True)
                more["rng"] = [generators.state_of(g) if new != old else None for g, new, old in pairs]
                self._random = now

    def pull_back(self, record: bridge.Record, weights: list, create: bool) -> tuple[list, bridge.Record | None]:
        """A backward pass, which may be the student's own code."""
        with _interruptible():
            return super().pull_back(record, weights, create)

    def _bookmark(self, tree: dict, _: Sequence[bytearray]) -> tuple[dict, Encoder]:
        self._bookmarks[tree["key"]] = dict(self._shell.user_ns)
        return self.express(None)

    def _restore(self, tree: dict, _: Sequence[bytearray]) -> tuple[dict, Encoder]:
        # The functions of a notebook have this very dict for their globals.
        names = self._shell.user_ns
        saved = self._bookmarks[tree["key"]]
        for name in [name for name in names if name not in saved]:
            del names[name]
        names.update(saved)
        return self.express(None)

    def _lookup(self, tree: dict, _: Sequence[bytearray]) -> tuple[dict, Encoder]:
        if tree["name"] not in self._shell.user_ns:
            raise Missing(tree["name"])
        return self.express(self._shell.user_ns[tree["name"]])

    def _assign(self, tree: dict, buffers: Sequence[bytearray]) -> tuple[dict, Encoder]:
        return self.run(lambda value: self._shell.user_ns.__setitem__(tree["name"], value), tree, buffers)

    def _delete(self, tree: dict, _: Sequence[bytearray]) -> tuple[dict, Encoder]:
        if self._shell.user_ns.pop(tree["name"], _ABSENT) is _ABSENT:
            raise Missing(tree["name"])
        return self.express(None)

    def _act(self, tree: dict, buffers: Sequence[bytearray]) -> tuple[dict, Encoder]:
        action, thing = ACTIONS[tree["how"]], self.exports[tree["to"]]
        return self.run(lambda *args, **keywords: made_by(thing, action(thing, *args, **keywords)), tree, buffers)


class _Callback:
    """A function of the grader's that was handed to the student's as an argument."""

    def __init__(self, session: Session, number: int, name: str):
        self.number = number
        self.__name__ = self.__qualname__ = name
        self._session = session

    def __call__(self, *args: Any, **keywords: Any) -> Any:
        return self._session.call({"op": "callback", "to": self.number}, args, keywords)


class _Capped(io.StringIO):
    """Keeps the beginning of what is written."""

    written = 0

    def write(self, text: str) -> int:
        room = PRINTED - self.written
        self.written += len(text)
        if room > 0:
            super().write(text[:room])
        return len(text)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Let SIGINT raise KeyboardInterrupt, as it does while a cell runs."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def _whole() -> Iterator[None]:
    """Let an interrupt wait until a message is over: half of one would leave the channel in disorder."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGINT])
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def attach(sock: socket.socket, shell: Any, loop: Any, limits: Limits | None = None) -> Session:
    """Serve the referee on `sock` whenever the kernel's event loop is idle.

    Args:
        sock: a connected, blocking stream socket.
        shell: the kernel's InteractiveShell; its `user_ns` is the notebook's name space.
        loop: the asyncio event loop of the kernel's main thread.
        limits: what a message may hold.
    """
    session = Session(sock, shell, limits or Limits())

    def readable() -> None:
        if not session.ready():
            loop.remove_reader(sock.fileno())

    loop.add_reader(sock.fileno(), readable)
    return session
