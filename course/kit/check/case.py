"""What a function is tried on: cases, and the behaviours they are grouped by."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from course.kit.check.conduct import Breach

DTYPES = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
"""The dtypes a case is tried in, most familiar first: a student's first failing case should be a float32 one."""


def name_of(dtype: torch.dtype) -> str:
    """`"float32"` for `torch.float32`."""
    return str(dtype).removeprefix("torch.")


@dataclass(frozen=True, eq=False)
class Case:
    """One input, given in float64 and cast to each dtype in which the case is tried."""

    label: str
    """What is special about it, as it would stand after "for": `"a row of very negative logits"`."""

    tensors: Mapping[str, Any]
    """The tensor arguments by name, in the order of the signature; floating-point ones are cast, others kept."""

    keywords: Mapping[str, Any] = field(default_factory=dict)
    """Arguments that are no tensors; passed by keyword."""

    dtypes: tuple[torch.dtype, ...] = DTYPES
    """Where the numbers are representable."""

    hidden: bool = False
    """Whether its numbers are kept from the student: an instructor's own case in a hidden test."""

    dtype_keyword: str = ""
    """For a function that makes its tensors: the keyword by which it is told their dtype."""

    fills: str = ""
    """The tensor argument that a right function writes its result into, and returns; empty where there is none."""

    def arguments(self, dtype: torch.dtype) -> dict[str, torch.Tensor]:
        """Fresh tensors, floating-point ones in `dtype`, with the strides of the originals."""
        return {
            name: (value.to(dtype) if value.is_floating_point() else value).clone(memory_format=torch.preserve_format)
            for name, value in self.tensors.items()
        }

    def called_with(self, dtype: torch.dtype) -> dict[str, Any]:
        """What a call gets by keyword."""
        return {**self.keywords, **({self.dtype_keyword: dtype} if self.dtype_keyword else {})}

    def weights(self, shape: torch.Size, dtype: torch.dtype) -> torch.Tensor:
        """The vector of a vector-Jacobian product for this case: fixed, in [-1, 1], no two equal."""
        seed = int.from_bytes(hashlib.sha256(self.label.encode()).digest()[:4], "big")
        generator = torch.Generator().manual_seed(seed)
        return (2 * torch.rand(shape, generator=generator, dtype=torch.float64) - 1).to(dtype)

    def describe(self, dtype: torch.dtype) -> str:
        """The call's arguments in a line: `logits = [1000, 1, -1000] (float32), dim=0`."""
        parts = [f"{name} = {short(value)}" for name, value in self.arguments(dtype).items()]
        parts += [f"{name}={value!r}" for name, value in self.keywords.items()]
        said = dtype in self.keywords.values()
        return ", ".join(parts if said else [*parts, f"in {name_of(dtype)}"])


@dataclass(frozen=True)
class Behaviour:
    """One thing a function has to get right, and so one grade cell."""

    name: str
    """The part of the grade id after the function's name (`"large-logits"`)."""

    means: str
    """What a right function does, as a clause: `"copes with logits of any size"`."""

    cases: tuple[Case, ...]
    aspects: frozenset[str] = frozenset({"value"})
    """Any of `"value"`, `"gradient"`, `"form"` (type, shape, dtype, device, input unmodified) and `"conduct"`."""

    probe: Callable[[Callable, Case, torch.dtype], Breach | None] | None = None
    """A test that none of the aspects makes, such as `torch.autograd.gradcheck`: it calls the function on a case in a
    dtype and gives the rule that was broken, or None. It runs last, on functions that have the aspects right."""


def short(tensor: torch.Tensor, most: int = 16) -> str:
    """A tensor's numbers on one line, or its shape where there are more than `most` of them."""
    if tensor.numel() > most:
        return f"a tensor of shape {tuple(tensor.shape)}"

    def text(item: Any) -> str:
        if isinstance(item, list):
            return f"[{', '.join(map(text, item))}]"
        return str(item) if isinstance(item, bool) else f"{item:.6g}"

    return text(tensor.tolist())
