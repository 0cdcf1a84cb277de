"""Turns values into trees and buffers: what they are, not what they say of themselves."""

from __future__ import annotations

import collections
import sys
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from autograder.channel import generators
from autograder.channel.aliases import Aliases, is_whole
from autograder.channel.simple_values import ARRAY_KINDS, TENSOR_BYTES, TYPES, big_int, checked_text, simple_tree
from autograder.channel.wire import WireError
from autograder.limits import Limits

_MAPPINGS = {collections.Counter: "Counter", collections.OrderedDict: "OrderedDict"}
_SEQUENCES = (list, tuple, set, frozenset, collections.deque)


class Encoder:
    """Turns one message's values into trees and buffers.

    Args:
        limits: what the message may hold.
        refer: makes a tree of what is no data, or raises WireError.
        known: trees for objects by id, such as those that came with the message that is answered.
        out: makes a tree of a tensor that belongs to a graph, or gives None where it goes as plain data.
    """

    def __init__(
        self,
        limits: Limits,
        refer: Callable[[Any], dict],
        known: Mapping[int, dict] | None = None,
        out: Callable[[Any], dict | None] = lambda tensor: None,
    ):
        self.buffers: list[Any] = []
        self.sent: list[Any] = []
        """The values that have a number, in its order."""
        self.differentiable: list[Any] = []
        self.aliases = Aliases()
        self._limits = limits
        self._refer = refer
        self._known = known or {}
        self._out = out
        self._memo: dict[int, int] = {}
        self._open: set[int] = set()
        self._bytes = 0
        self._items = 0
        self._torch = sys.modules.get("torch")

    def encode(self, value: Any, depth: int = 0) -> Any:
        """The tree of a value.

        Raises:
            WireError: if it is too large, too deep, contains itself, or holds something that may not pass.
        """
        kind = type(value)
        if value is None or kind is bool or kind is float:
            return value
        if kind is str:
            self._weigh(len(value))
            return checked_text(value)
        if kind is int:
            return value if -(1 << 62) < value < 1 << 62 else big_int(value)
        self._items += 1
        if depth > self._limits.message_depth or self._items > self._limits.message_items:
            raise WireError("it holds too much, or too deep inside itself")
        key = id(value)
        if key in self._known:
            return self._known[key]
        if key in self._open:
            raise WireError("it contains itself")
        if key in self._memo:
            return {"t": "ref", "n": self._memo[key]}
        return self._composite(value, kind, depth)

    def _composite(self, value: Any, kind: type, depth: int) -> Any:
        # By its type: `__class__` can be a lie.
        torch = self._torch
        if torch is not None and issubclass(kind, torch.Tensor):
            if kind is not torch.Tensor and kind is not torch.nn.Parameter:
                # The class's own method, not that of a subclass.
                with torch._C.DisableTorchFunctionSubclass():
                    value = torch.Tensor.as_subclass(value, torch.Tensor)
            return self._out(value) or self._tensor(value, depth)
        if issubclass(kind, np.ndarray):
            return self._array(value, depth)
        if issubclass(kind, np.generic):
            return self._scalar(value)
        if issubclass(kind, (dict, *_SEQUENCES)) and not (torch is not None and kind is torch.Size):
            return self._container(value, kind, depth)
        simple = simple_tree(value, kind)
        if simple is not None:
            return {**simple, "n": self._remember(value)} if kind is bytearray else simple
        if generators.is_generator(value):
            # Something with a state of its own, which a call may change like an array's content.
            number = self._remember(value)
            return {"t": generators.TAG, "n": number, "v": self.encode(generators.state_of(value), depth + 1)}
        return self._refer(value)

    def _remember(self, value: Any) -> int:
        self._memo[id(value)] = len(self.sent)
        self.sent.append(value)
        return len(self.sent) - 1

    def _weigh(self, size: int) -> None:
        self._bytes += size
        if self._bytes > self._limits.message_bytes:
            raise WireError(f"it is larger than {self._limits.message_bytes >> 20} MiB")

    def _buffer(self, data: Any) -> int:
        self.buffers.append(data)
        return len(self.buffers) - 1

    def _tensor(self, tensor: Any, depth: int) -> dict:
        torch = self._torch
        name = str(tensor.dtype).removeprefix("torch.")
        if name not in TENSOR_BYTES or tensor.is_quantized or tensor.device.type == "meta":
            raise WireError(f"a tensor of dtype {name} on {tensor.device} cannot be sent")
        plain = tensor.detach()
        view = None if tensor.requires_grad else self.aliases.describe(plain)
        if view is not None:
            return {**view, "n": self._remember(tensor)}
        # An expanded or sparse tensor can be far larger than its memory.
        self._weigh(plain.numel() * TENSOR_BYTES[name])
        if plain.layout != torch.strided:
            plain = plain.to_dense()
        plain = plain.resolve_conj().resolve_neg().cpu().contiguous()
        # NumPy has no bfloat16; a view as integers of the same size has its bytes.
        data = (plain.view(torch.int16) if name == "bfloat16" else plain).numpy().tobytes()
        tree = {"t": "tensor", "n": self._remember(tensor), "d": name, "s": list(plain.shape), "b": self._buffer(data)}
        if tensor.requires_grad:
            self._differentiable(tensor, tree, depth)
        elif is_whole(tensor):
            tree["w"] = 1
            self.aliases.add(tensor.detach(), {"t": "ref", "n": tree["n"]})
        return tree

    def _differentiable(self, tensor: Any, tree: dict, depth: int) -> None:
        self.differentiable.append(tensor)
        tree["g"] = 1 if tensor.is_leaf else 2
        if isinstance(tensor, self._torch.nn.Parameter):
            tree["p"] = 1
        if tensor.is_leaf and tensor.grad is not None:
            tree["grad"] = self.encode(tensor.grad.detach(), depth + 1)

    def _array(self, array: np.ndarray, depth: int) -> dict:
        plain = np.asarray(array)
        if plain.dtype.kind == "O":
            number = self._remember(array)
            items = self._inside(array, plain.ravel().tolist(), depth)
            return {"t": "objects", "n": number, "s": list(plain.shape), "v": items}
        if plain.dtype.kind not in ARRAY_KINDS or plain.dtype.hasobject:
            raise WireError(f"an array of dtype {plain.dtype} cannot be sent")
        view = self.aliases.describe(plain)
        if view is not None:
            return {**view, "n": self._remember(array)}
        self._weigh(plain.nbytes)
        number = self._remember(array)
        tree = {"t": "array", "n": number, "d": plain.dtype.str, "s": list(plain.shape)}
        if is_whole(plain):
            tree["w"] = 1
            self.aliases.add(plain, {"t": "ref", "n": number})
        elif not plain.flags.writeable:
            tree["w"] = -1
        return {**tree, "b": self._buffer(plain.tobytes())}

    def _scalar(self, value: np.generic) -> dict:
        plain = np.asarray(value)
        if plain.dtype.kind not in ARRAY_KINDS or plain.ndim:
            raise WireError(f"a scalar of type {type(value).__name__} cannot be sent")
        return {"t": "scalar", "d": plain.dtype.str, "v": plain.tobytes().hex()}

    def _inside(self, owner: Any, items: Any, depth: int) -> list:
        """The trees of what a container holds; while it is open, it may not hold itself."""
        self._open.add(id(owner))
        trees = [self.encode(item, depth + 1) for item in items]
        self._open.discard(id(owner))
        return trees

    def _container(self, value: Any, kind: type, depth: int) -> dict:
        number = self._remember(value)
        if issubclass(kind, dict):
            pairs = dict(dict.items(value))
            tree = {"t": "dict", "n": number, "k": self._inside(value, pairs.keys(), depth)}
            tree["v"] = self._inside(value, pairs.values(), depth)
            if kind in _MAPPINGS:
                tree["c"] = _MAPPINGS[kind]
            elif kind is collections.defaultdict and value.default_factory in (None, *TYPES.values()):
                tree |= {"c": "defaultdict", "f": getattr(value.default_factory, "__name__", None)}
            return tree
        base = next(one for one in _SEQUENCES if issubclass(kind, one))
        tree = {"t": base.__name__, "n": number, "v": self._inside(value, base.__iter__(value), depth)}
        if kind is collections.deque:
            tree["m"] = value.maxlen
        fields = getattr(kind, "_fields", None) if base is tuple else None
        if isinstance(fields, tuple) and len(fields) == len(tree["v"]) and all(isinstance(f, str) for f in fields):
            tree |= {"name": kind.__name__, "fields": list(fields)}
        return tree
