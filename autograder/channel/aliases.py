"""Arrays and tensors that share their memory with another one of the same message, or of the call that it answers.

Only what lies inside a contiguous array is described this way; everything else goes as a copy.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from autograder.channel.simple_values import shape_of
from autograder.channel.wire import WireError


class Aliases:
    """The contiguous arrays that have been sent so far, by the memory that they lie in."""

    def __init__(self) -> None:
        self._owners: dict[Any, tuple[Any, dict]] = {}

    def add(self, value: Any, tree: dict) -> None:
        """Remember that `value` is known to the other end as `tree`."""
        key = _memory(value) if is_whole(value) else None
        if key is not None:
            self._owners.setdefault(key, (value, tree))

    def describe(self, value: Any) -> dict | None:
        """The tree of a view of one of them, without its number; None if it is no such view."""
        owner, tree = self._owners.get(_memory(value), (None, None)) if self._owners else (None, None)
        if owner is None or type(owner) is not type(value) or owner.dtype != value.dtype:
            return None
        if isinstance(value, np.ndarray):
            if not value.flags.writeable:
                return None
            strides, offset = value.strides, _address(value) - _address(owner)
        else:
            strides, offset = value.stride(), value.storage_offset() - owner.storage_offset()
        if not _inside(owner, value.shape, strides, offset):
            return None
        return {"t": "view", "of": tree, "s": list(value.shape), "st": list(strides), "o": offset}


def is_whole(value: Any) -> bool:
    """Whether views of an array can be described: it is contiguous, not empty, and may be written to."""
    if isinstance(value, np.ndarray):
        return bool(value.flags.c_contiguous and value.flags.writeable and value.size) and value.dtype.kind != "O"
    plain = not value.requires_grad and str(value.layout) == "torch.strided" and value.device.type == "cpu"
    return plain and value.numel() > 0 and value.is_contiguous() and not value.is_conj() and not value.is_neg()


def view_of(owner: Any, tree: dict, most: int) -> Any:
    """The view that a tree describes.

    Args:
        owner: the array that it is a view of.
        tree: as `Aliases.describe` made it; not trusted.
        most: elements that it may have.

    Raises:
        WireError: if it does not lie inside the owner.
    """
    shape, strides, offset = shape_of(tree["s"]), tree["st"], tree["o"]
    torch = sys.modules.get("torch")
    known = isinstance(owner, np.ndarray) or (torch is not None and isinstance(owner, torch.Tensor))
    if not known or not is_whole(owner) or type(offset) is not int:
        raise WireError("a message holds a view of something that has none")
    if not isinstance(strides, list) or len(strides) != len(shape) or not all(type(n) is int for n in strides):
        raise WireError("a message holds a view that is none")
    if _product(shape) > most or not _inside(owner, shape, strides, offset):
        raise WireError("a message holds a view of more than there is")
    if isinstance(owner, np.ndarray):
        return np.ndarray(shape, owner.dtype, owner, offset, strides)
    return owner.detach().as_strided(shape, strides, owner.storage_offset() + offset)


def _inside(owner: Any, shape: Sequence[int], strides: Sequence[int], offset: int) -> bool:
    """Whether all of a view lies inside its owner. Strides and offset are bytes for arrays, elements for tensors."""
    if 0 in shape:
        return False
    item, size = (owner.itemsize, owner.nbytes) if isinstance(owner, np.ndarray) else (1, owner.numel())
    reach = [(n - 1) * stride for n, stride in zip(shape, strides, strict=True)]
    low, high = offset + sum(min(r, 0) for r in reach), offset + sum(max(r, 0) for r in reach)
    return low >= 0 and high + item <= size


def _product(shape: Sequence[int]) -> int:
    total = 1
    for n in shape:
        total *= n
    return total


def _address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]


def _memory(value: Any) -> Any:
    """What is equal for arrays that share their memory."""
    if isinstance(value, np.ndarray):
        while isinstance(value.base, np.ndarray):
            value = value.base
        return "array", id(value)
    if value.requires_grad or str(value.layout) != "torch.strided":
        return None
    return "tensor", value.untyped_storage().data_ptr()
