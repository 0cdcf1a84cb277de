"""One end of the channel between the referee and a student's process: calls, their results, and what they changed.

Both ends are the same, as calls go both ways: a grade cell calls the student's function, and that may call a function
which it was given as an argument. While one end waits for an answer it serves what the other asks. A call is by copy
and restore: arguments go over as data, and what the call changed in place is changed in the caller's own objects. A
result that is one of the arguments comes back as that argument, a view of one as a view of it.
"""

from __future__ import annotations

import itertools
import secrets
import socket
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from autograder.channel import bridge, changes
from autograder.channel.decoder import Decoder
from autograder.channel.encoder import Encoder
from autograder.channel.errors import raised_from, told
from autograder.channel.wire import WireError, receive, send
from autograder.limits import Limits

NESTING = 16
"""Calls within calls, back and forth."""


class Peer:
    """One end. `Session` and `Remote` say what it may be asked for, and what stands in for the other's objects."""

    swallow: type[BaseException] = Exception
    """What of a call's exceptions goes to the other end; the rest ends this one's own wait."""

    into_leaves = False
    """Whether a backward pass also adds to the gradients of leaves on this side, such as a model's parameters."""

    def __init__(self, sock: socket.socket, limits: Limits):
        self.limits = limits
        self.exports: dict[int, Any] = {}
        self.records: dict[int, bridge.Record] = {}
        self.done_with: list[int] = []
        """Records and objects of the other end that nothing here refers to any more."""

        self._sock = sock
        # So that nobody can answer before they are asked, nor answer another end on the same socket.
        self._numbers = itertools.count(secrets.randbits(48))
        self._ids: dict[int, int] = {}
        self._nesting = 0
        # The request that everything else waits for; None before the first one is sent.
        self._outermost: int | None = None

    # What an end has to add.

    def refer(self, value: Any) -> dict:
        """The tree of something that is no data, or WireError."""
        raise NotImplementedError

    def stand_in(self, tree: dict) -> Any:
        """What stands in here for the other end's object, or this end's object that comes back; or WireError."""
        raise NotImplementedError

    def operation(self, name: Any) -> Any:
        """The method that serves a request, or WireError."""
        raise NotImplementedError

    def environment(self) -> dict:
        """What the other end shall set before it runs a call of this one."""
        return bridge.environment()

    def drawn(self) -> list | None:
        """The states of the shared random generators that have moved since the last call; None if none has."""
        return None

    def heed(self, answer: dict, decoder: Decoder) -> None:
        """Take what an answer says beside the result, such as what was printed."""

    def read(self, view: memoryview) -> None:
        """Fill a buffer from the socket."""
        while len(view):
            count = self._sock.recv_into(view)
            if not count:
                raise EOFError("the other end has gone")
            view = view[count:]

    def hear(self) -> tuple[dict, list[bytearray]]:
        """The next message."""
        return receive(self.read, self.limits)

    def write(self, tree: dict, buffers: Sequence[Any] = ()) -> None:
        """Send a message."""
        send(self._sock, tree, buffers)

    # Asking.

    def ask(self, tree: dict, buffers: Sequence[Any] = ()) -> tuple[dict, list[bytearray]]:
        """Send a request and wait for its answer; meanwhile the other end's own requests are served."""
        number = next(self._numbers)
        released, self.done_with = self.done_with, []
        self.write({**tree, "q": number, **({"free": released} if released else {})}, buffers)
        if not self._nesting:
            self._outermost = number
        return self.answer_to(number)

    def answer_to(self, number: int) -> tuple[dict, list[bytearray]]:
        """Wait for the answer to a request; answers to earlier ones, given up on since, are dropped."""
        while True:
            tree, buffers = self.hear()
            if tree.get("a") == number:
                return tree, buffers
            if "q" in tree:
                self.serve(tree, buffers)

    def call(self, request: Mapping[str, Any], arguments: Sequence[Any], keywords: Mapping[str, Any]) -> Any:
        """Have the other end call something.

        Args:
            request: the operation and what it is applied to.
            arguments, keywords: of the call.

        Raises:
            WireError: if an argument cannot be sent or the answer is none.
            Exception: what the call raised there, as far as there is such a class here.
        """
        tree, encoder = self.request(request, arguments, keywords)
        answer, buffers = self.ask(tree, encoder.buffers)
        return self.understand(answer, buffers, encoder)

    def request(
        self, request: Mapping[str, Any], arguments: Sequence[Any], keywords: Mapping[str, Any]
    ) -> tuple[dict, Encoder]:
        """The request of a call, ready to be asked."""
        encoder = Encoder(self.limits, self.refer)
        args = [encoder.encode(argument) for argument in arguments]
        named = {str(name): encoder.encode(value) for name, value in keywords.items()}
        tree = {**request, "args": args, "kw": named, "env": self.environment()}
        drawn = self.drawn()
        return (tree if drawn is None else {**tree, "rng": encoder.encode(drawn)}), encoder

    def understand(self, answer: dict, buffers: Sequence[bytearray], asked: Encoder | None = None) -> Any:
        """What an answer holds; what it says was changed is changed here.

        Raises:
            WireError: if it is no answer.
            Exception: what it says was raised.
        """
        sent = asked.sent if asked is not None else []
        outs: list[Any] = []

        def resolve(tree: dict) -> Any:
            table, key = {"given": (sent, "n"), "out": (outs, "k")}.get(tree["t"], (None, ""))
            if table is None:
                return self.stand_in(tree)
            number = tree.get(key)
            if type(number) is not int or not 0 <= number < len(table):
                raise WireError("an answer refers to something that was not sent")
            return table[number]

        decoder = Decoder(self.limits, buffers, resolve)
        self.heed(answer, decoder)
        try:
            if answer.get("outs"):
                raw = [decoder.decode(tree) for tree in answer["outs"]]
                given = asked.differentiable if asked is not None else []
                outs += bridge.join(self, answer.get("record"), raw, given)
            result = decoder.decode(answer.get("ok"))
            changed = [(resolve({"t": "given", "n": n}), decoder.decode(new)) for n, new in answer.get("changed", [])]
            for mine, new in changed:
                changes.restore(mine, new)
        except WireError:
            raise
        except Exception as error:  # an answer with fields of the wrong kind
            raise WireError(f"an answer is none ({type(error).__name__})") from error
        if "raised" in answer:
            raise self.raised(answer["raised"])
        return result

    def raised(self, data: Any) -> Exception:
        """The exception that an answer tells of."""
        return raised_from(data)

    # Serving.

    def serve(self, tree: dict, buffers: Sequence[bytearray]) -> None:
        """Do what the other end asks and answer it, whatever becomes of it."""
        self._nesting += 1
        try:
            if self._nesting > NESTING:
                raise WireError("calls within calls go too deep")
            for number in tree.get("free", ()):
                self.forget(number)
            answer, encoder = self.operation(tree.get("op"))(tree, buffers)
            reply, data = {**answer, "a": tree["q"]}, encoder.buffers
        except self.swallow as error:
            reply, data = {"a": tree.get("q"), "raised": self.told(error)}, []
        finally:
            self._nesting -= 1
        try:
            self.write(reply, data)
        except WireError as error:
            self.write({"a": tree.get("q"), "raised": self.told(error)})

    def run(self, function: Any, tree: dict, buffers: Sequence[bytearray]) -> tuple[dict, Encoder]:
        """Call `function` with the arguments of a request, and say what came of it."""
        decoder = Decoder(self.limits, buffers, self.stand_in)
        arguments = [decoder.decode(argument) for argument in tree["args"]]
        keywords = {name: decoder.decode(value) for name, value in tree["kw"].items()}
        before = {number: changes.snapshot(value) for number, value in decoder.received.items()}
        tree = {**tree, "rng": decoder.decode(tree.get("rng"))}
        more: dict[str, Any] = {}
        raised = result = None
        with bridge.as_there(tree.get("env") or {}):
            try:
                result = self.perform(function, arguments, keywords, tree, more)
            except self.swallow as error:
                raised = error
            changed = [n for n in before if changes.is_changed(decoder.received[n], before[n])]
            answer, encoder = self.express(result, decoder, changed)
        if raised is not None:
            answer["raised"] = self.told(raised)
        if "rng" in more:
            more["rng"] = encoder.encode(more["rng"])
        return {**answer, **more}, encoder

    def told(self, error: BaseException) -> dict:
        """An exception as data."""
        return told(error)

    def perform(self, function: Any, arguments: list, keywords: dict, tree: dict, more: dict) -> Any:
        """Make the call itself; what to say beside the result goes to `more`."""
        return function(*arguments, **keywords)

    def express(self, result: Any, decoder: Decoder | None = None, changed: Iterable[int] = ()) -> tuple[dict, Encoder]:
        """The answer that holds a result, what became of the arguments, and the tensors in both that have a graph."""
        given = decoder.received if decoder is not None else {}
        known = {id(value): {"t": "given", "n": number} for number, value in given.items()}
        outs: list[Any] = []

        def out(tensor: Any) -> dict | None:
            if not tensor.requires_grad or tensor.is_leaf:
                return None
            for k, earlier in enumerate(outs):
                if earlier is tensor:
                    return {"t": "out", "k": k}
            outs.append(tensor)
            return {"t": "out", "k": len(outs) - 1}

        encoder = Encoder(self.limits, self.refer, known, out)
        for number in decoder.whole if decoder is not None else ():
            encoder.aliases.add(given[number], {"t": "given", "n": number})
        answer: dict[str, Any] = {"ok": encoder.encode(result)}
        trees = [[n, changes.content(encoder, given[n])] for n in changed]
        if trees:
            answer["changed"] = trees
        if outs:
            answer["outs"] = [encoder.encode(tensor.detach().clone()) for tensor in outs]
            answer["record"] = self.keep_record(bridge.Record(decoder.leaves if decoder is not None else [], outs))
        return answer, encoder

    def vjp(self, tree: dict, buffers: Sequence[bytearray]) -> tuple[dict, Encoder]:
        """Serve a request for a vector-Jacobian product."""
        record = self.records.get(tree.get("record"))
        if record is None:
            raise WireError("there is no such graph")
        decoder = Decoder(self.limits, buffers, self.stand_in)
        weights = [decoder.decode(weight) for weight in tree["grads"]]
        found, graph = self.pull_back(record, weights, bool(tree.get("create")))
        encoder = Encoder(self.limits, self.refer)
        answer: dict[str, Any] = {"ok": encoder.encode([None if g is None else g.detach() for g in found])}
        if graph is not None:
            answer["record"] = self.keep_record(graph)
        return answer, encoder

    def pull_back(self, record: bridge.Record, weights: list, create: bool) -> tuple[list, bridge.Record | None]:
        """Run the backward pass itself."""
        return bridge.pull_back(record, weights, create=create, into_leaves=self.into_leaves)

    # What the ends remember for each other.

    def keep_record(self, record: bridge.Record) -> int:
        """Remember a graph until the other end is done with it."""
        number = next(self._numbers)
        self.records[number] = record
        return number

    def export(self, value: Any) -> int:
        """A number under which the other end may refer to an object of this one."""
        number = self._ids.get(id(value))
        if number is None:
            number = self._ids[id(value)] = next(self._numbers)
            self.exports[number] = value
        return number

    def let_go(self, number: int) -> None:
        """Tell the other end, with the next request, that it may forget a graph or an object."""
        self.done_with.append(number)

    def forget(self, number: Any) -> None:
        """Take a graph that the other end is done with for gone."""
        self.records.pop(number, None)
