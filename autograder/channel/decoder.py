"""Turns trees and buffers back into values; whatever is wrong with them is a WireError."""

from __future__ import annotations

import collections
import keyword
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from autograder.channel import generators
from autograder.channel.aliases import view_of
from autograder.channel.simple_values import (
    PLAIN,
    TENSOR_BYTES,
    TYPES,
    array_type,
    checked_text,
    shape_of,
    simple_value,
)
from autograder.channel.wire import WireError
from autograder.limits import Limits

NAMED_TUPLES = 64
"""Kinds of named tuples in one message: each is a class to be made."""

_SEQUENCES = {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}


class Decoder:
    """Turns the trees of one message and its buffers back into values.

    Args:
        limits: what a message may hold.
        buffers: as many as the header said.
        resolve: makes a value of a tree with a tag that is not data's, or raises WireError.
    """

    def __init__(self, limits: Limits, buffers: Sequence[bytearray], resolve: Callable[[dict], Any]):
        self.received: dict[int, Any] = {}
        """The values that have a number, by that."""
        self.whole: list[int] = []
        """The numbers of arrays that are contiguous at the other end: views of them can be described."""
        self.leaves: list[Any] = []
        self._limits = limits
        self._buffers = buffers
        self._resolve = resolve
        self._items = 0
        self._weights: dict[int, int] = {}
        self._kinds: dict[tuple, type] = {}

    def decode(self, tree: Any, depth: int = 0) -> Any:
        """The value of a tree.

        Raises:
            WireError: if it is no tree of a value, or holds too much.
        """
        if tree is None or isinstance(tree, (bool, int, float)):
            return tree
        if isinstance(tree, str):
            return checked_text(tree)
        before = self._items
        self._count(1)
        if depth > self._limits.message_depth:
            raise WireError("a message goes too deep inside itself")
        if not isinstance(tree, dict) or not isinstance(tree.get("t"), str):
            raise WireError("a message holds something that is no value")
        try:
            value = self._tagged(tree, tree["t"], depth)
            if type(tree.get("n")) is int:
                self._weights.setdefault(tree["n"], self._items - before)
        except WireError:
            raise
        except Exception as error:  # a tag with fields of the wrong kind
            raise WireError(f"a message holds a {tree['t'][:20]} that is none ({type(error).__name__})") from error
        return value

    def _count(self, items: int) -> None:
        self._items += items
        if self._items > self._limits.message_items:
            raise WireError("a message holds too much")

    def _tagged(self, tree: dict, tag: str, depth: int) -> Any:
        if tag in PLAIN:
            value = simple_value(tree, tag)
            return self._keep(tree, value) if tag == "bytearray" else value
        if tag == "ref":
            number = tree["n"]
            if number not in self.received:
                raise WireError("a message contains itself")
            # Shared parts count each time: sixty lists of two are 2**60 elements for whoever compares or prints them.
            self._count(self._weights.get(number, 0))
            return self.received[number]
        if tag == "tensor":
            return self._keep(tree, self._tensor(tree, depth))
        if tag == "array":
            return self._keep(tree, self._array(tree))
        if tag == "view":
            return self._keep(tree, view_of(self.decode(tree["of"], depth + 1), tree, self._limits.message_bytes))
        if tag == generators.TAG:
            return self._keep(tree, generators.made(self.decode(tree["v"], depth + 1)))
        if tag in _SEQUENCES or tag in ("dict", "deque", "objects"):
            return self._container(tree, tag, depth)
        return self._resolve(tree)

    def _keep(self, tree: dict, value: Any) -> Any:
        number = tree["n"]
        if type(number) is not int or number in self.received:
            raise WireError("a message numbers its parts wrongly")
        self.received[number] = value
        if tree.get("w") == 1:
            self.whole.append(number)
        return value

    def _container(self, tree: dict, tag: str, depth: int) -> Any:
        if not isinstance(tree["v"], list):
            raise WireError("a message holds a container that is none")
        if tag == "dict":
            return self._keep(tree, self._mapping(tree, depth))
        items = [self.decode(item, depth + 1) for item in tree["v"]]
        if tag == "objects":
            array = np.empty(len(items), dtype=object)
            for index, item in enumerate(items):
                array[index] = item
            return self._keep(tree, array.reshape(shape_of(tree["s"])))
        if tag == "deque":
            return self._keep(tree, collections.deque(items, tree["m"]))
        if tag == "tuple" and "fields" in tree:
            return self._keep(tree, self._named_tuple(tree["name"], tree["fields"])(*items))
        return self._keep(tree, _SEQUENCES[tag](items))

    def _mapping(self, tree: dict, depth: int) -> dict:
        keys = [self.decode(key, depth + 1) for key in tree["k"]]
        values = [self.decode(item, depth + 1) for item in tree["v"]]
        pairs = zip(keys, values, strict=True)
        kind = tree.get("c")
        if kind == "Counter":
            return collections.Counter(dict(pairs))
        if kind == "defaultdict":
            return collections.defaultdict(None if tree["f"] is None else TYPES[tree["f"]], pairs)
        return collections.OrderedDict(pairs) if kind == "OrderedDict" else dict(pairs)

    def _filled(self, tree: dict, item_bytes: int) -> tuple[bytearray, tuple[int, ...]]:
        """The buffer of an array, if it is as long as the shape says, and the shape."""
        number, shape = tree["b"], shape_of(tree["s"])
        if type(number) is not int or not 0 <= number < len(self._buffers):
            raise WireError("a message names a buffer that it does not have")
        count = extent = 1
        for n in shape:
            count *= n
            extent *= n or 1
        if count * item_bytes != len(self._buffers[number]):
            raise WireError("an array's data are not as long as its shape says")
        # An empty array may still have sides: whoever sums over the empty one gets all of the others.
        if extent > self._limits.message_bytes:
            raise WireError("an array has a shape that is too large")
        return self._buffers[number], shape

    def _array(self, tree: dict) -> np.ndarray:
        dtype = array_type(tree["d"])
        data, shape = self._filled(tree, dtype.itemsize)
        array = np.ndarray(shape, dtype, data)
        if tree.get("w") == -1:
            array.flags.writeable = False
        return array

    def _tensor(self, tree: dict, depth: int) -> Any:
        import torch

        name = tree["d"]
        if name not in TENSOR_BYTES:
            raise WireError("a tensor has a dtype that there is not")
        data, shape = self._filled(tree, TENSOR_BYTES[name])
        dtype = getattr(torch, name)
        tensor = torch.frombuffer(data, dtype=dtype).reshape(shape) if data else torch.empty(shape, dtype=dtype)
        if tree.get("g") and (dtype.is_floating_point or dtype.is_complex):
            tensor.requires_grad_()
            if tree.get("p"):
                tensor = torch.nn.Parameter(tensor.detach())
            if tree.get("grad") is not None:
                grad = self.decode(tree["grad"], depth + 1)
                if isinstance(grad, torch.Tensor) and grad.shape == tensor.shape and grad.dtype == tensor.dtype:
                    tensor.grad = grad.detach()
            self.leaves.append(tensor)
            if tree["g"] == 2:
                # The sender's was no leaf, so that it may be changed in place.
                with torch.enable_grad():
                    tensor = tensor.clone()
        return tensor

    def _named_tuple(self, name: Any, fields: Any) -> type:
        names = (name, *fields) if isinstance(fields, list) and len(fields) < 256 else (None,)
        if not all(isinstance(n, str) and n.isidentifier() and not keyword.iskeyword(n) for n in names):
            raise WireError("a named tuple has no proper names")
        if names not in self._kinds:
            if len(self._kinds) >= NAMED_TUPLES:
                raise WireError("a message holds too many kinds of named tuples")
            self._kinds[names] = collections.namedtuple(name, fields)
        return self._kinds[names]
