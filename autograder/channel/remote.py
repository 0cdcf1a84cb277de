"""The referee's end of the channel: names of the student's notebook, calls, and what stands in for objects.

Whatever happens on the other side, a grade cell sees data, a proxy, or one of the exceptions that are named here.
"""

from __future__ import annotations

import linecache
import socket
import types
from collections.abc import Callable, Sequence
from typing import Any

from autograder.channel import asides, bridge, generators
from autograder.channel.decoder import Decoder
from autograder.channel.encoder import Encoder
from autograder.channel.errors import BadReply, Died, Missing, StudentExit, Timeout, Unsendable, raised_from
from autograder.channel.handles import Handles, bases_of
from autograder.channel.proxies import Proxy
from autograder.channel.successors import follow
from autograder.channel.timed_peer import TimedPeer
from autograder.channel.wire import WireError
from autograder.limits import Limits

__all__ = ["BadReply", "Died", "Missing", "Remote", "StudentExit", "Timeout", "Unsendable", "is_proxy"]

_GRAPH_BYTES = 512 << 20
"""Arguments and results of the grade cell's own functions whose graphs the student's side may hold on to."""

_RESEEDED = 20
"""Calls after which a shared random generator was not where drawing takes it; then the student's is left alone."""

_RUNS_CODE = ("act", "assign", "delete", "vjp")


def is_proxy(value: Any) -> bool:
    """Whether a value stands in for something of the student's that is no data."""
    return issubclass(type(value), Proxy)


class Remote(TimedPeer):
    """The student's side, as the referee sees it."""

    def __init__(
        self,
        sock: socket.socket,
        *,
        interrupt: Callable[[], None],
        kill: Callable[[], None],
        limits: Limits,
        source_of: Callable[[str], str | None] = lambda name: None,
    ):
        """`interrupt` and `kill` do so to the student's process; `source_of` gives the submitted text of a function."""
        super().__init__(sock, limits, interrupt, kill)
        self.calls = 0
        """Requests that ran the student's code."""

        self.is_reading = False
        """Whether an answer is being read, so that nothing may be asked."""

        self._source_of = source_of
        self._handles = Handles(self)
        self._trace: Any = None
        self._random: list | None = None
        self._reseeded = 0
        self._graph_bytes = 0

    # The student's notebook.

    def bookmark(self, key: str) -> None:
        """Have the student's side remember its names under `key`. If it cannot, it is ended: see `dead`."""
        try:
            self._simply({"op": "bookmark", "key": key})
        except Exception as error:
            if not isinstance(error, (BadReply, Died, Timeout)) and not getattr(error, "remote", False):
                raise
            self.end()

    def restore(self, key: str) -> None:
        """Give the student's side the names again that it had at a bookmark."""
        self._simply({"op": "restore", "key": key})

    def lookup(self, name: str) -> Any:
        """What a name stands for: data itself, or a proxy.

        Raises:
            Missing: if there is no such name.
        """
        value = self._simply({"op": "lookup", "name": name})
        self._handles.ask_for(name, value)
        return value

    def assign(self, name: str, value: Any) -> None:
        """Bind a name in the student's name space."""
        self._called({"op": "assign", "name": name}, [value], {})

    def delete(self, name: str) -> None:
        """Unbind a name in the student's name space.

        Raises:
            Missing: if there is no such name.
        """
        self._simply({"op": "delete", "name": name})

    def act(self, proxy: Proxy, how: str, args: Sequence[Any], keywords: dict[str, Any]) -> Any:
        """Do something to an object of the student's."""
        return self._called({"op": "act", "how": how, "to": proxy._tree["n"]}, args, keywords)

    def trace(self, proxy: Proxy, args: Sequence[Any], keywords: dict[str, Any]) -> tuple[list[dict], Any]:
        """Call, and have the operators that ran written down."""
        request = {"op": "act", "how": "call", "to": proxy._tree["n"], "trace": True}
        result = self._called(request, args, keywords)
        try:
            return asides.operators(self._trace), result
        except WireError as error:
            raise BadReply(str(error)) from error

    def bases_of(self, tree: dict) -> tuple[type, ...]:
        """What a class of the student's descends from, as far as it is known here."""
        return bases_of(tree)

    def was_asked_for(self, number: int | None) -> bool:
        """Whether a test named the class that has this number."""
        return self._handles.was_asked_for(number)

    def source_of(self, name: str) -> types.FunctionType | None:
        """A function that is never called, but has the text that the student handed in under this name."""
        source = self._source_of(name)
        if source is None:
            return None
        file = f"<the student's {name}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        try:
            constants = compile(source, file, "exec").co_consts
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            return None
        for code in constants:
            if isinstance(code, types.CodeType) and code.co_name == name and not code.co_freevars:
                return types.FunctionType(code, {})
        return None

    # What Peer asks for.

    def operation(self, name: Any) -> Any:
        operations = {"callback": self._callback, "vjp": self.vjp}
        if name not in operations:
            raise WireError("there is no such request")
        return operations[name]

    def refer(self, value: Any) -> dict:
        if is_proxy(value):
            if value._remote is not self:
                raise Unsendable("an object of a student's process that has ended")
            return {"t": "back", "n": value._tree["n"]}
        if (number := self._handles.number_of(value)) is not None:
            return {"t": "back", "n": number}
        if not callable(value) or isinstance(value, types.ModuleType):
            kind = type(value).__name__
            raise Unsendable(f"an object of type {kind} cannot be handed to the student's process")
        return {"t": "callback", "n": self.export(value), "name": str(getattr(value, "__name__", "function"))}

    def stand_in(self, tree: dict) -> Any:
        if tree["t"] == "back" and tree.get("n") in self.exports:
            return self.exports[tree["n"]]
        if tree["t"] != "handle":
            raise WireError("a message holds something unknown")
        return self._handles.stand_in(tree)

    def drawn(self) -> list | None:
        shared = generators.everyones()
        now = [generators.snapshot(generator) for generator in shared]
        before, self._random = self._random or [], now
        if before == now:
            return None
        is_old = [before[i : i + 1] == [state] for i, state in enumerate(now)]
        return [None if old else generators.state_of(g) for old, g in zip(is_old, shared, strict=True)]

    def heed(self, answer: dict, decoder: Decoder) -> None:
        self._trace = answer.get("trace")
        if answer.get("rng") is not None:
            try:
                self._follow(decoder.decode(answer["rng"]))
            except WireError:
                raise
            except Exception as error:  # states with fields of the wrong kind
                raise WireError("a generator has a state that is none") from error
        asides.repeat(answer)

    def keep_record(self, record: bridge.Record) -> int:
        if self._graph_bytes + record.bytes > _GRAPH_BYTES:
            raise WireError("too many graphs are held on to")
        self._graph_bytes += record.bytes
        return super().keep_record(record)

    def forget(self, number: Any) -> None:
        record = self.records.pop(number, None)
        self._graph_bytes -= record.bytes if record is not None else 0

    def raised(self, data: Any) -> Exception:
        numbers = data.get("classes") if isinstance(data, dict) else None
        return raised_from(data, self._handles.errors(numbers))

    def ask(self, tree: dict, buffers: Sequence[Any] = ()) -> tuple[dict, list[bytearray]]:
        if self.is_reading:
            raise WireError("an answer asks for more while it is read")
        self.calls += tree["op"] in _RUNS_CODE
        return super().ask(tree, buffers)

    def understand(self, answer: dict, buffers: Sequence[bytearray], asked: Encoder | None = None) -> Any:
        self.is_reading = True
        try:
            return super().understand(answer, buffers, asked)
        finally:
            self.is_reading = False

    def _simply(self, tree: dict) -> Any:
        answer, buffers = self.ask(tree)
        try:
            return self.understand(answer, buffers)
        except WireError as error:
            raise BadReply(str(error)) from error

    def _called(self, request: dict, args: Sequence[Any], keywords: dict[str, Any]) -> Any:
        try:
            tree, encoder = self.request(request, args, keywords)
        except WireError as error:
            raise Unsendable(f"an argument cannot be handed to the student's process: {error}") from error
        try:
            answer, buffers = self.ask(tree, encoder.buffers)
            return self.understand(answer, buffers, encoder)
        except WireError as error:
            raise BadReply(str(error)) from error

    def _callback(self, tree: dict, buffers: Sequence[bytearray]) -> tuple[dict, Encoder]:
        number = tree.get("to")
        if number not in self.exports:
            raise WireError("there is no such function")
        return self.run(self.exports[number], tree, buffers)

    def _follow(self, states: Any) -> None:
        """Move the shared random generators on, as far as the call has drawn from them."""
        shared = generators.everyones()
        for generator, state in zip(shared, states if isinstance(states, list) else (), strict=False):
            if state is not None and self._reseeded < _RESEEDED and not follow(generator, state):
                self._reseeded += 1
        self._random = [generators.snapshot(generator) for generator in shared]
