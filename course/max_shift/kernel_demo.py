"""The optional deep dive: the online softmax in PyTorch and as a Triton kernel, how right they are and how fast."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from course.kit import gpu
from course.kit.check.case import name_of
from course.kit.check.guard import call
from course.kit.progress import Progress
from course.max_shift.online import (
    BLOCK,
    DTYPES,
    RESCALINGS,
    against_bound,
    kernel_softmax,
    kernel_trouble,
    rescaled,
)

__all__ = ["RESCALINGS", "rescaled", "run"]

Softmax = Callable[[torch.Tensor], torch.Tensor]

COLUMNS = (1024, 4096, 16384, 32768)
"""Lengths of row that are timed; the longer ones take the kernel several blocks."""

KERNEL, LOOP, FUSED = "Triton kernel", "loop in PyTorch", "torch.softmax"

_ELEMENTS = (1 << 22, 1 << 24, 1 << 26)
_STILL = "the loop in PyTorch is the same algorithm"
_ODD = BLOCK + 905
"""A row of two blocks, the second of them cut short."""


@dataclass(frozen=True)
class Report:
    """What the deep dive found. Shows itself as tables."""

    device: str
    """Its name, as in `"Tesla T4"`."""

    errors: Mapping[str, Mapping[str, float]]
    """Largest error as a share of the unit's bound, by implementation and dtype; at most 1 is within it."""

    speeds: Mapping[str, Mapping[int, float]]
    """GB/s by implementation and length of row, one read and one write counted; empty without a GPU."""

    copy_bandwidth: float = 0.0
    """GB/s of a plain copy of as many numbers; 0 without a GPU."""

    def against_copy(self, name: str, columns: int) -> float:
        """An implementation's bandwidth as a share of the copy's."""
        return self.speeds[name][columns] / self.copy_bandwidth

    def __repr__(self) -> str:
        dtypes = list(next(iter(self.errors.values())))
        lines = [f"{'largest error / bound':22}" + "".join(f"{dtype:>12}" for dtype in dtypes)]
        for name, by_dtype in self.errors.items():
            lines.append(f"{name:22}" + "".join(f"{share:12.2f}" for share in by_dtype.values()))
        if self.speeds:
            lines.append(f"{'float32, GB/s':22}" + "".join(f"{f'rows of {n:,}':>16}" for n in COLUMNS))
            for name, by_columns in self.speeds.items():
                shares = (f"{by_columns[n]:.3g} ({self.against_copy(name, n):.0%})" for n in COLUMNS)
                lines.append(f"{name:22}" + "".join(f"{share:>16}" for share in shares))
            lines.append(f"a copy: {self.copy_bandwidth:.3g} GB/s, which is 100 %")
        return "\n".join(lines)


def run(online_softmax: Softmax | None = None, device: str | torch.device | None = None) -> Report:
    """Compare with the exact values, on a GPU with Triton also with the copy's bandwidth, and return the numbers.

    `online_softmax` is the notebook's loop in PyTorch, taken along the last dimension. Takes a few seconds on a GPU,
    most of them for compiling.
    """
    return gpu.or_on_the_cpu(lambda where: _report(online_softmax, where), gpu.device(device))


def _report(loop: Softmax | None, where: torch.device) -> Report:
    trouble = kernel_trouble(where)
    if trouble is not None:
        print(f"{trouble[0].upper()}{trouble[1:]}, so the Triton kernel stays unused; {_STILL}.")
    else:
        print(f"{gpu.describe(where)}: the kernel runs.")
    ways = {KERNEL: kernel_softmax} if trouble is None else {}
    if loop is not None and _works(loop):
        ways[LOOP] = loop
    ways[FUSED] = fused
    rows = _rows(where)
    errors = {name: {name_of(x.dtype): against_bound(way, x) for x in rows} for name, way in ways.items()}
    if trouble is not None:
        return Report(gpu.name(where), errors, {})
    sizes = gpu.sizes(where, cpu=(), cuda=_ELEMENTS, bytes_needed=lambda n: 6 * n * 4 + (128 << 20))
    progress = Progress(steps=1 + len(COLUMNS))
    timed = {KERNEL: kernel_softmax, FUSED: fused}
    copied, speeds = gpu.largest_that_fits(
        lambda n: speeds_of(timed, where, n, COLUMNS, progress), sizes, progress.close
    )
    progress.close("Done.")
    return Report(gpu.name(where), errors, speeds, copied)


def _works(loop: Softmax) -> bool:
    _, failure = call(loop, torch.linspace(-2, 2, 15).reshape(3, 5))
    if failure is not None:
        print(f"Without the loop in PyTorch. {failure.text}")
    return failure is None


def fused(logits: torch.Tensor) -> torch.Tensor:
    return torch.softmax(logits, -1)


def _rows(where: torch.device) -> list[torch.Tensor]:
    """A batch for each dtype: scores far apart, of which one row grows from block to block."""
    generator = torch.Generator().manual_seed(3)
    scores = 8 * torch.randn(8, _ODD, generator=generator)
    scores[0] += torch.linspace(0, 60, _ODD)  # so that the maximum so far is overtaken again and again
    return [scores.to(dtype).to(where) for dtype in DTYPES if not gpu.emulates(where, dtype)]


def speeds_of(
    ways: Mapping[str, Softmax], where: torch.device, elements: int, lengths: Sequence[int], progress: Progress
) -> tuple[float, dict[str, dict[int, float]]]:
    """GB/s of a copy of `elements` float32 numbers; and of each way on as many, by length of row."""
    progress.step("copying")
    copied = gpu.copy_bandwidth(where, elements=elements, budget=0.25)
    speeds: dict[str, dict[int, float]] = {name: {} for name in ways}
    for columns in lengths:
        progress.step(f"rows of {columns:,}")
        inputs = gpu.random_inputs((elements // columns, columns), where)
        moved = 2 * inputs[0][0].nbytes
        for name, way in ways.items():
            found = gpu.measure(way, bytes_moved=moved, device=where, inputs=inputs, repeats=50, budget=0.25)
            speeds[name][columns] = found.bandwidth
    return copied, speeds
