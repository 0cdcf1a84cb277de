"""Softmax whose maximum and sum come from one pass over the row: what the notebook's loop and the Triton kernel share.

M. Milakov and N. Gimelshein, Online normalizer calculation for softmax, 2018.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from course.kit import gpu

DTYPES = (torch.float16, torch.bfloat16, torch.float32)
"""What the kernel takes; it computes in float32."""

BLOCK = 4096
"""The most numbers that the kernel looks at together; longer rows take several blocks."""

RESCALINGS = {"1: it stays as it is": 1.0, "exp(5 - 3)": math.exp(2), "exp(3 - 5)": math.exp(-2), "0: start again": 0.0}
"""What the sum of the first block could be multiplied by, as the notebook asks."""


@dataclass(frozen=True)
class Rescaled:
    """What each of `RESCALINGS` makes of the row 1, 3, 5, 0 in two blocks. Shows itself as a table."""

    sums: Mapping[str, float]
    exact: float
    """The sum of exp(x - 5) over the whole row."""

    @property
    def right(self) -> str:
        """The factor that leads to the exact sum."""
        return min(self.sums, key=lambda factor: abs(self.sums[factor] - self.exact))

    def __repr__(self) -> str:
        lines = [f"{'factor':22}{'sum after both blocks':>22}", *(f"{f:22}{s:22.4f}" for f, s in self.sums.items())]
        return "\n".join([*lines, f"{'the whole row at once':22}{self.exact:22.4f}"])


def rescaled() -> Rescaled:
    """Try every factor on the row 1, 3, 5, 0, in blocks of two."""
    first = math.exp(1 - 3) + math.exp(3 - 3)
    second = math.exp(5 - 5) + math.exp(0 - 5)
    exact = math.fsum(math.exp(x - 5) for x in (1, 3, 5, 0))
    return Rescaled({name: first * factor + second for name, factor in RESCALINGS.items()}, exact)


def kernel_softmax(logits: torch.Tensor) -> torch.Tensor:
    """Softmax along the last dimension, by the kernel; the result is contiguous, of the same dtype and on the same GPU.

    A row of -inf, one with +inf and one with nan become nan, as in `torch.softmax`. There is no gradient.

    Raises:
        ImportError: where Triton is not installed.
        TypeError: for other dtypes than `DTYPES`.
        ValueError: for a tensor without dimensions.
    """
    from course.max_shift.online_kernel import OPTIONS, online_softmax_kernel

    if logits.dtype not in DTYPES:
        raise TypeError(f"the kernel takes float16, bfloat16 and float32, and not {logits.dtype}: convert first")
    if logits.dim() == 0:
        raise ValueError("a number alone is no row: give a tensor of at least one dimension")
    out = torch.empty(logits.shape, dtype=logits.dtype, device=logits.device)
    if not logits.numel():
        return out
    columns = logits.shape[-1]
    rows = logits.reshape(-1, columns)  # a copy only where no view will do
    block = min(BLOCK, max(16, 1 << (columns - 1).bit_length()))
    with torch.cuda.device_of(rows):  # Triton launches on the current GPU
        options = OPTIONS | {"num_warps": 8 if block > 2048 else 4}
        online_softmax_kernel[(len(rows),)](out, rows, columns, *rows.stride(), BLOCK=block, **options)
    return out


def kernel_trouble(where: torch.device) -> str | None:
    """Why the kernel does not run on `where`, in one clause, or None if it does."""
    if where.type != "cuda":
        return gpu.gpu_trouble() or "the CPU was asked for"
    if importlib.util.find_spec("triton") is None:
        return "Triton is not installed"
    try:
        kernel_softmax(torch.randn(2, 3, device=where))
    except Exception as error:  # Triton compiles here, with whatever compiler and driver it finds
        if gpu.is_out_of_memory(error):
            raise
        reason = next(iter(str(error).splitlines()), "")
        return f"Triton is installed but does not run on the {gpu.name(where)} ({type(error).__name__}: {reason[:80]})"
    return None


def against_bound(softmax: Callable[[torch.Tensor], torch.Tensor], logits: torch.Tensor) -> float:
    """Largest error of `softmax(logits)` as a share of the unit's bound; inf where it is nan or inf and should not be.

    The bound is 8·eps·(1 + |x - max|)·|result| + 8 of the smallest numbers, eps that of the dtype. A GPU may flush
    subnormals to 0, so there the smallest normal number counts, elsewhere the smallest subnormal one. `logits` has
    finite maxima. The exact value comes from float64 on the CPU.
    """
    info = torch.finfo(logits.dtype)
    smallest = info.smallest_normal * (1 if logits.device.type == "cuda" else info.eps)
    wide = logits.detach().cpu().double()
    exact = torch.softmax(wide, -1)
    argument = torch.where(exact > 0, wide - wide.amax(-1, keepdim=True), 0.0).abs()
    error = (softmax(logits).detach().cpu().double() - exact).abs()
    share = error / (8 * info.eps * (1 + argument) * exact + 8 * smallest)
    return float(share.nan_to_num(nan=math.inf, posinf=math.inf).max())
