"""Lets the check engine, which knows tensors, try functions of a stream and functions of a Python number.

An adapter takes what a case holds, gives the student's function what its signature asks for, and turns the result into
a tensor. Where the function is a stand-in for one in another process, its `trace` is passed on in the same way.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import torch

_ALIVE = 3
"""So many batches alive at once is a stream that is being kept: a loop needs one, two if it looks back."""


class KeptStreamError(RuntimeError):
    """Raised into a function that holds on to the batches it has been given."""


def takes_stream(function: Any) -> Any:
    """`function(batches)` as a function of one tensor and of the lengths of the batches it arrives in."""
    return _adapted(function, _Streamed, _StreamedElsewhere)


def takes_number(function: Any) -> Any:
    """`function(n)`, for a tensor or a Python int, as one that returns a tensor either way."""
    return _adapted(function, _Numbered, _NumberedElsewhere)


def _adapted(function: Any, here: type, elsewhere: type) -> Any:
    if not callable(function):
        return function
    return (elsewhere if hasattr(type(function), "trace") else here)(function)


class _Adapter:
    def __init__(self, function: Callable) -> None:
        self._function = function
        self.__name__ = getattr(function, "__name__", "function")


class _Streamed(_Adapter):
    def __call__(self, stream: torch.Tensor, lengths: Iterable[int]) -> Any:
        return self._function(_batches(stream, lengths))


class _StreamedElsewhere(_Adapter):
    """A generator cannot travel to another process; there the batches come as a list."""

    def __call__(self, stream: torch.Tensor, lengths: Iterable[int]) -> Any:
        return self._function(list(stream.split(list(lengths))))

    def trace(self, stream: torch.Tensor, lengths: Iterable[int]) -> tuple[list[dict], Any]:
        return self._function.trace(list(stream.split(list(lengths))))


class _Numbered(_Adapter):
    def __call__(self, n: Any) -> Any:
        return _as_tensor(self._function(n), n)


class _NumberedElsewhere(_Numbered):
    def trace(self, n: Any) -> tuple[list[dict], Any]:
        operators, result = self._function.trace(n)
        return operators, _as_tensor(result, n)


def _batches(stream: torch.Tensor, lengths: Iterable[int]) -> Iterator[torch.Tensor]:
    """The batches one after the other, each made when it is asked for.

    Raises:
        KeptStreamError: into whoever asks for another batch while holding on to the earlier ones. Autograd holds on to
            them itself, so a stream that is differentiated may be kept.
    """
    seen: list[weakref.ref] = []
    start = 0
    for length in lengths:
        batch = stream[start : start + length]
        start += length
        seen.append(weakref.ref(batch))
        yield batch
        del batch
        if not stream.requires_grad and sum(ref() is not None for ref in seen) >= _ALIVE:
            raise KeptStreamError("the batches that were read earlier are still in memory")


def _as_tensor(result: Any, n: Any) -> Any:
    if isinstance(n, int) and isinstance(result, (int, float)) and not isinstance(result, bool):
        return torch.tensor(float(result), dtype=torch.float64)
    if isinstance(n, int) and isinstance(result, torch.Tensor) and result.is_floating_point():
        return result.reshape(()) if result.numel() == 1 else result
    return result
