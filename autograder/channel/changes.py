"""What a call changed in place: noticed on the side where it ran, done again on the side that it was called from."""

from __future__ import annotations

import collections
import operator
import sys
from typing import Any

import numpy as np

from autograder.channel import generators
from autograder.channel.encoder import Encoder
from autograder.channel.successors import follow
from autograder.channel.wire import WireError

_CONTAINERS = (list, dict, set, collections.deque, bytearray)


def snapshot(value: Any) -> Any:
    """What differs when a value was changed in place; None for what cannot be."""
    if _is_tensor(value):
        return _contents(value)
    if isinstance(value, np.ndarray):
        return list(value.flat) if value.dtype.kind == "O" else (value.shape, value.dtype.str, value.tobytes())
    if generators.is_generator(value):
        return generators.snapshot(value)
    if isinstance(value, dict):
        return [*dict.keys(value), *dict.values(value)]
    if isinstance(value, (list, set, collections.deque)):
        return list(value)
    return bytes(value) if isinstance(value, bytearray) else None


def is_changed(value: Any, before: Any) -> bool:
    """Whether a value differs from its snapshot."""
    now = snapshot(value)
    if type(now) is not list:
        return now != before
    # The very same parts: equal ones would have to be asked, and the old ones are kept alive by the snapshot.
    return len(now) != len(before) or not all(map(operator.is_, now, before))


def content(encoder: Encoder, value: Any) -> Any:
    """The tree of a changed value's new content."""
    if isinstance(value, dict):
        return encoder.encode(dict(value))
    if isinstance(value, (list, set, bytearray)):
        return encoder.encode(type(value)(value))
    if isinstance(value, collections.deque):
        return encoder.encode(list(value))
    if generators.is_generator(value):
        return encoder.encode(generators.state_of(value))
    if not _is_tensor(value):
        return encoder.encode(value.copy())
    # What was computed into it with a graph is a result like any other.
    has_graph = value.requires_grad and not value.is_leaf
    return encoder.encode(value.view_as(value) if has_graph else value.detach().clone())


def restore(mine: Any, new: Any) -> None:
    """Give a value of the caller's the content that the call left it with.

    Raises:
        WireError: if that is no content for it; or any other Exception.
    """
    if isinstance(mine, (list, bytearray)) and isinstance(new, (list, bytearray)):
        mine[:] = new
    elif isinstance(mine, collections.deque) and isinstance(new, list):
        mine.clear()
        mine.extend(new)
    elif generators.is_generator(mine) and isinstance(new, list):
        # One that was seeded anew, or that is said to be where it cannot come to, stays where it is.
        follow(mine, new)
    elif (isinstance(mine, dict) and isinstance(new, dict)) or (isinstance(mine, set) and isinstance(new, set)):
        mine.clear()
        mine.update(new)
    elif _is_tensor(mine) and _is_tensor(new):
        _overwrite(mine, new)
    elif isinstance(mine, np.ndarray) and isinstance(new, np.ndarray):
        if mine.shape != new.shape or mine.dtype != new.dtype:
            raise WireError("an answer changes the shape or dtype of an argument")
        np.copyto(mine, new)
    else:
        raise WireError("an answer changes an argument into something else")


def _is_tensor(value: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(value, torch.Tensor)


def _contents(tensor: Any) -> tuple:
    import torch

    plain = tensor.detach().cpu().contiguous().resolve_conj().resolve_neg()
    data = (plain.view(torch.int16) if plain.dtype == torch.bfloat16 else plain).numpy().tobytes()
    return tuple(tensor.shape), tensor.dtype, data


def _overwrite(mine: Any, new: Any) -> None:
    if mine.shape != new.shape or mine.dtype != new.dtype:
        raise WireError("an answer changes the shape or dtype of an argument")
    if new.grad_fn is not None:
        mine.copy_(new)
    else:
        # Behind autograd's back, as the call did it elsewhere.
        mine.data.copy_(new)
