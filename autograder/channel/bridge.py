"""Joins the graphs of two processes: a call across the channel is one node, differentiable as often as one likes."""

from __future__ import annotations

import contextlib
import sys
import weakref
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from autograder.channel.decoder import Decoder
from autograder.channel.encoder import Encoder
from autograder.channel.errors import BadReply
from autograder.channel.wire import WireError

if TYPE_CHECKING:
    from autograder.channel.peer import Peer

_DEFAULT_DTYPES = ("float16", "bfloat16", "float32", "float64")
_USUAL_ERRORS = {"divide": "warn", "over": "warn", "under": "ignore", "invalid": "warn"}


@dataclass(eq=False)
class Record:
    """A graph that was built for the other end: its results, and the leaves that its arguments became."""

    inputs: Sequence[Any]
    outputs: Sequence[Any]

    @property
    def bytes(self) -> int:
        """Memory of both."""
        return sum(tensor.nbytes for tensor in (*self.inputs, *self.outputs))


def environment() -> dict:
    """What a call should find set: whether gradients are recorded, the default dtype, NumPy's floating-point errors."""
    wanted: dict[str, Any] = {}
    errors = np.geterr()
    if errors != _USUAL_ERRORS:
        wanted["errors"] = errors
    torch = sys.modules.get("torch")
    if torch is not None:
        wanted["grad"] = torch.is_grad_enabled()
        wanted["dtype"] = str(torch.get_default_dtype()).removeprefix("torch.")
        if torch.is_inference_mode_enabled():
            wanted["inference"] = True
    return wanted


@contextlib.contextmanager
def as_there(wanted: dict) -> Iterator[None]:
    """Set what the other end's `environment` says, for a while."""
    torch = sys.modules.get("torch")
    with contextlib.ExitStack() as stack:
        if wanted.get("errors"):
            stack.enter_context(np.errstate(**wanted["errors"]))
        if torch is not None and "grad" in wanted:
            if wanted.get("inference"):
                stack.enter_context(torch.inference_mode())
            if torch.is_grad_enabled() is not wanted["grad"]:
                stack.enter_context(torch.set_grad_enabled(wanted["grad"] is True))
            before = torch.get_default_dtype()
            if wanted.get("dtype") in _DEFAULT_DTYPES and getattr(torch, wanted["dtype"]) != before:
                stack.callback(torch.set_default_dtype, before)
                torch.set_default_dtype(getattr(torch, wanted["dtype"]))
        yield


def pull_back(
    record: Record, weights: Sequence[Any], *, create: bool, into_leaves: bool
) -> tuple[list[Any], Record | None]:
    """The vector-Jacobian product of a recorded call.

    Args:
        record: of the call.
        weights: a tensor or None for each of its outputs.
        create: whether the product shall be differentiable itself.
        into_leaves: whether other leaves of the graph get their share in `.grad`.

    Returns:
        A gradient or None for each input, and, with `create`, the record of this product: its inputs are those of the
        call and then the weights that were no None.
    """
    import torch

    if len(weights) != len(record.outputs):
        raise WireError("a backward pass has too many weights, or too few")
    pairs = [(output, weight) for output, weight in zip(record.outputs, weights, strict=True) if weight is not None]
    outputs = [output for output, _ in pairs]
    given = [weight.detach().requires_grad_(create) for _, weight in pairs]
    inputs = list(record.inputs)
    if create:
        found = torch.autograd.grad(outputs, inputs, given, create_graph=True, allow_unused=True) if inputs else []
        later = [gradient for gradient in found if gradient is not None and gradient.requires_grad]
        return list(found), Record([*inputs, *given], later)
    if not into_leaves:
        found = torch.autograd.grad(outputs, inputs, given, retain_graph=True, allow_unused=True) if inputs else []
        return list(found), None
    for leaf in inputs:
        leaf.grad = None
    torch.autograd.backward(outputs, given, retain_graph=True)
    return [leaf.grad for leaf in inputs], None


def join(peer: Peer, record: Any, outputs: list[Any], inputs: Sequence[Any]) -> list[Any]:
    """The results of a call as nodes of this end's graph.

    Args:
        peer: the end that made the call.
        record: the number of the graph on the other end.
        outputs: the results' numbers.
        inputs: the tensors among the arguments that require gradients, in the order in which they were sent.
    """
    import torch

    if type(record) is not int or not all(map(_may_have_gradient, outputs)):
        raise WireError("an answer claims gradients for what has none")
    return list(_node().apply(_Call(peer, record, outputs), torch.ones((), requires_grad=True), *inputs))


def _may_have_gradient(value: Any) -> bool:
    import torch

    plain = isinstance(value, torch.Tensor) and not value.requires_grad
    return plain and (value.is_floating_point() or value.is_complex())


class _Call:
    """A call that was made; when nothing here needs it any more, the other end may forget its graph."""

    def __init__(self, peer: Peer, record: int, outputs: list[Any]):
        self.peer = peer
        self.record = record
        self.outputs = outputs
        weakref.finalize(self, peer.let_go, record)


def _gradients(call: _Call, weights: Sequence[Any], inputs: Sequence[Any], create: bool) -> list[Any]:
    try:
        return _vjp(call, weights, inputs, create)
    except WireError as error:
        # It comes out of `backward()`, where nobody else would say whose error it is.
        raise BadReply(str(error)) from error


def _vjp(call: _Call, weights: Sequence[Any], inputs: Sequence[Any], create: bool) -> list[Any]:
    """Ask the other end for gradients; with `create`, join them to the graph."""
    peer = call.peer
    encoder = Encoder(peer.limits, peer.refer)
    trees = [encoder.encode(None if weight is None else weight.detach()) for weight in weights]
    request = {"op": "vjp", "record": call.record, "grads": trees, "create": create}
    answer, buffers = peer.ask(request, encoder.buffers)
    if not create or "raised" in answer:
        found = peer.understand(answer, buffers)
        return _checked(found, inputs)
    found = _checked(Decoder(peer.limits, buffers, peer.stand_in).decode(answer.get("ok")), inputs)
    later = [i for i, gradient in enumerate(found) if gradient is not None]
    if later:
        given = [*inputs, *(weight for weight in weights if weight is not None)]
        joined = join(peer, answer.get("record"), [found[i] for i in later], given)
        for i, gradient in zip(later, joined, strict=True):
            found[i] = gradient
    return found


def _checked(found: Any, inputs: Sequence[Any]) -> list[Any]:
    """Gradients of the inputs' shapes and dtypes, or WireError."""
    import torch

    if not isinstance(found, list) or len(found) != len(inputs):
        raise WireError("a backward pass gave too many gradients, or too few")
    for gradient, leaf in zip(found, inputs, strict=True):
        if gradient is None:
            continue
        if not isinstance(gradient, torch.Tensor) or gradient.shape != leaf.shape or gradient.dtype != leaf.dtype:
            raise WireError("a backward pass gave a gradient of another shape or dtype than its input")
    return found


def _node() -> Any:
    """The autograd function, made on first use, so that courses without torch never import it."""
    global _Node
    if _Node is None:
        import torch

        class Node(torch.autograd.Function):
            """A call across the channel as one node of the graph."""

            @staticmethod
            def forward(ctx, call, anchor, *inputs):
                ctx.call = call
                ctx.set_materialize_grads(False)
                ctx.save_for_backward(*inputs)
                return tuple(output.clone() for output in call.outputs)

            @staticmethod
            def backward(ctx, *weights):
                if all(weight is None for weight in weights):
                    return (None, None, *(None for _ in ctx.saved_tensors))
                return (None, None, *_gradients(ctx.call, weights, ctx.saved_tensors, torch.is_grad_enabled()))

        _Node = Node
    return _Node


_Node: Any = None
