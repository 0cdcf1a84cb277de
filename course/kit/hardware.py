"""Which device there is to measure on, what it is called, and what it can compute in."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from course.kit.memory import is_out_of_memory


def device(wanted: str | torch.device | None = None) -> torch.device:
    """The device to measure on: the current GPU if PyTorch can run on it, the CPU otherwise.

    `wanted` asks for one in particular; if that is a GPU and there is none that works, the CPU is returned, and
    `describe` says so.
    """
    wanted = torch.device("cuda" if wanted is None else wanted)
    if wanted.type != "cuda":
        return wanted
    if gpu_trouble() is not None:
        return torch.device("cpu")
    return torch.device("cuda", torch.cuda.current_device() if wanted.index is None else wanted.index)


def name(where: torch.device) -> str:
    """The device's name for a heading: `"Tesla T4"`, or `"CPU (1 thread)"`, because `measure` uses one."""
    return torch.cuda.get_device_name(where) if where.type == "cuda" else "CPU (1 thread)"


def describe(where: torch.device) -> str:
    """One line on the device: `"Tesla T4, 15 GB, compute capability 7.5"`, or the CPU and why it is not a GPU."""
    if where.type == "cuda":
        card = torch.cuda.get_device_properties(where)
        return f"{card.name}, {card.total_memory / 2**30:.0f} GB, compute capability {card.major}.{card.minor}"
    trouble = gpu_trouble()
    return name(where) if trouble is None else f"{trouble}: measuring on the {name(where)}"


def gpu_trouble() -> str | None:
    """Why no GPU can be used, in a few words, or None if one can.

    That a GPU is there is not enough: a build of PyTorch carries code for some generations of GPUs only, and says so
    no sooner than at the first kernel. Its warnings, several lines each, are put into these few words.
    """
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        if not torch.cuda.is_available():
            old = any("driver" in str(warning.message) for warning in said)
            return f"the GPU's driver does not suit PyTorch {torch.__version__}" if old else "no GPU found"
        try:
            torch.ones(1, device="cuda").add_(1).item()
        except RuntimeError as error:
            full = is_out_of_memory(error)
            reason = "its memory is full" if full else f"PyTorch {torch.__version__} does not run on it"
            return f"{torch.cuda.get_device_name()} is there but {reason}"
    return None


def bfloat16_is_native(where: torch.device) -> bool:
    """Whether `where` is a GPU that computes in bfloat16.

    True from compute capability 8.0 (Ampere) on. Older cards, the T4 among them, accept the dtype and emulate it, so
    `torch.cuda.is_bf16_supported()` says True there as well.
    """
    return where.type == "cuda" and torch.cuda.get_device_capability(where)[0] >= 8


def emulates(where: torch.device, dtype: torch.dtype) -> bool:
    """Whether `where` is a GPU that only pretends to compute in `dtype`, so that its times would teach nothing."""
    return where.type == "cuda" and dtype == torch.bfloat16 and not bfloat16_is_native(where)


@contextmanager
def full_float32() -> Iterator[None]:
    """Matrix products of float32 numbers in float32, and not with the 10 bits of TensorFloat-32, whatever was set."""
    put, full = torch.set_float32_matmul_precision, "highest"
    try:
        before = torch.get_float32_matmul_precision()
    except RuntimeError:  # it was set through the interface that came with PyTorch 2.9, and this one will not say how
        put, full = functools.partial(setattr, torch.backends.cuda.matmul, "fp32_precision"), "ieee"
        before = torch.backends.cuda.matmul.fp32_precision
    if before == full:
        yield
        return
    put(full)
    try:
        yield
    finally:
        put(before)
