"""Random number generators as data: which kind, and in what state."""

from __future__ import annotations

import random
import sys
from typing import Any

import numpy as np

from autograder.channel.wire import WireError

TAG = "generator"
_BITS = ("PCG64", "PCG64DXSM", "MT19937", "Philox", "SFC64")


def is_generator(value: Any) -> bool:
    """Whether a value is a generator of Python's, NumPy's or torch's."""
    torch = sys.modules.get("torch")
    kinds = (random.Random, np.random.Generator, np.random.RandomState)
    return issubclass(type(value), kinds) or (torch is not None and type(value) is torch.Generator)


def state_of(value: Any) -> list:
    """What differs when numbers were drawn: a value of plain data."""
    if isinstance(value, random.Random):
        _, words, gauss = random.Random.getstate(value)
        return ["random", np.array(words, dtype=np.uint32), gauss]
    if isinstance(value, np.random.Generator):
        return ["numpy", type(value.bit_generator).__name__, value.bit_generator.state]
    if isinstance(value, np.random.RandomState):
        return ["RandomState", value.get_state(legacy=False)]
    return ["torch", value.get_state().numpy()]


def snapshot(value: Any) -> Any:
    """Equal for a generator in the same state, and cheap."""
    if isinstance(value, random.Random):
        return random.Random.getstate(value)
    return _frozen(state_of(value))


def _frozen(state: Any) -> Any:
    if isinstance(state, np.ndarray):
        return state.tobytes()
    if isinstance(state, dict):
        return tuple(map(_frozen, state.values()))
    return tuple(map(_frozen, state)) if isinstance(state, list) else state


def set_state(value: Any, state: Any) -> None:
    """Put a generator into a state that `state_of` gave for one of its kind.

    Raises:
        WireError: if it is none; or any other Exception.
    """
    kind = state[0]
    if isinstance(value, random.Random) and kind == "random":
        random.Random.setstate(value, (3, tuple(np.asarray(state[1], dtype=np.uint32).tolist()), state[2]))
    elif isinstance(value, np.random.Generator) and kind == "numpy":
        _check_position(state[2])
        value.bit_generator.state = state[2]
    elif isinstance(value, np.random.RandomState) and kind == "RandomState":
        _check_position(state[1])
        value.set_state(state[1])
    elif kind == "torch":
        import torch

        data = np.array(state[1], dtype=np.uint8)
        left, following = torch_position(data)
        if left + following != 625 and (left, following) != (1, 0):
            raise WireError("a generator has a state that is none")
        value.set_state(torch.from_numpy(data))
    else:
        raise WireError("a generator has the state of another kind")


def _check_position(state: dict) -> None:
    """NumPy takes any position in a generator's table, also one outside of it; so does torch, to some degree."""
    position = state["state"].get("pos", 0)
    if not (type(position) is int and 0 <= position <= 624) or state.get("buffer_pos", 0) not in range(5):
        raise WireError("a generator has a state that is none")


def torch_position(data: np.ndarray) -> tuple[int, int]:
    """How many words of its table torch's CPU generator has left, and which is the next, from its state's bytes."""
    # Seed, words left, whether it was seeded, next word, table.
    (left,), (following,) = data[8:12].view(np.int32).tolist(), data[16:24].view(np.uint64).tolist()
    return left, following


def made(state: Any) -> Any:
    """A new generator in a state."""
    kind = state[0]
    if kind == "random":
        new: Any = random.Random()
    elif kind == "numpy" and state[1] in _BITS:
        new = np.random.Generator(getattr(np.random, state[1])())
    elif kind == "RandomState":
        new = np.random.RandomState()
    elif kind == "torch":
        import torch

        new = torch.Generator()
    else:
        raise WireError("a generator is of a kind that cannot be sent")
    set_state(new, state)
    return new


def everyones() -> list[Any]:
    """The three generators that functions such as `random.random` and `torch.randn` draw from."""
    torch = sys.modules.get("torch")
    return [random._inst, np.random.mtrand._rand, *([torch.default_generator] if torch is not None else [])]
