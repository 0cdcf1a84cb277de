"""The unit's GPU demo: how far exp, expm1, log1p and tanh are from the right number, and where two of them differ.

A function of a library is right to a few units in the last place (ulps), never always to the last bit: that would cost
several times as much. Which bit is wrong depends on how the range is reduced, on which polynomial stands in for the
function, and on whether a product and a sum are rounded once or twice. So results differ from device to device and from
library to library, without anyone having made a mistake.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import torch

from course.kit import gpu
from course.kit.frontend import show
from course.kit.progress import Progress

RANGES: Mapping[str, tuple[float, float]] = {
    "exp": (-10.0, 10.0),
    "expm1": (-2.0, 2.0),
    "log1p": (-0.5, 2.0),
    "tanh": (-3.0, 3.0),
}
"""The functions, and between which numbers each is tried."""

_COUNT = {"cpu": (50_000, 200_000), "cuda": (200_000, 2_000_000)}
_BINS = 60
_BITS = 23
"""Of a float32's fraction."""


@dataclass(frozen=True)
class Errors:
    """How far one implementation of one function was from the exact value, in ulps of float32."""

    largest: float
    not_nearest: float
    """Share of results that are not the float32 nearest to the exact value."""

    profile: tuple[float, ...]
    """Largest error in each of the equal parts of the range."""


@dataclass(frozen=True)
class Comparison:
    """What the demo measured. Shows itself as a table."""

    device: str
    """Name of the device that PyTorch was tried on first."""

    count: int
    """Numbers that each function was given."""

    errors: Mapping[str, Mapping[str, Errors]]
    """By function and by implementation."""

    differing: Mapping[str, float]
    """Share of inputs for which the first two implementations give different numbers, by function."""

    @property
    def implementations(self) -> tuple[str, ...]:
        """Their names; the first two are compared with each other."""
        return tuple(next(iter(self.errors.values())))

    def percent_different(self, function: str) -> float:
        """In how many of a hundred inputs the first two implementations differ."""
        return 100 * self.differing[function]

    def __repr__(self) -> str:
        first, second, *_ = self.implementations
        lines = [f"{'function':9} {'computed by':22} {'largest error':>14} {'not the nearest':>16}"]
        for function, by in self.errors.items():
            for name, e in by.items():
                lines.append(f"{function:9} {name:22} {e.largest:10.2f} ulp {e.not_nearest:16.2%}")
            lines.append(f"{function:9} {first} and {second} differ for {self.differing[function]:.2%}")
        return "\n".join(lines)


def run(device: str | torch.device | None = None) -> Comparison:
    """Compare, show the device used and the picture, and return the numbers. Takes a few seconds.

    `device` is the GPU if there is one that works. PyTorch on the CPU and NumPy are compared in any case.
    """
    found = gpu.or_on_the_cpu(_largest, gpu.device(device))
    _show(found)
    return found


def _largest(where: torch.device) -> Comparison:
    progress = Progress(steps=len(RANGES))
    counts = gpu.sizes(where, cpu=_COUNT["cpu"], cuda=_COUNT["cuda"], bytes_needed=lambda n: 64 * n)
    found = gpu.largest_that_fits(lambda n: _compare(where, n, progress), counts, say=progress.close)
    device = gpu.describe(where)
    progress.close(f"{device[0].upper()}{device[1:]}.")
    return found


def _compare(where: torch.device, count: int, progress: Progress) -> Comparison:
    implementations = _implementations(where)
    errors, differing = {}, {}
    for function, (low, high) in RANGES.items():
        progress.step(function)
        x = torch.linspace(low, high, count, dtype=torch.float64).float()
        exact = exact_values(function, x)
        results = {name: implementation(function, x) for name, implementation in implementations.items()}
        errors[function] = {name: _errors(result, exact) for name, result in results.items()}
        one, other, *_ = results.values()
        differing[function] = float((one != other).double().mean())
    return Comparison(gpu.name(where), count, errors, differing)


def exact_values(function: str, x: torch.Tensor) -> torch.Tensor:
    """`function` of float32 numbers, worked out in float64: its error there is 29 bits below float32's last."""
    return getattr(torch, function)(x.double())


def _implementations(where: torch.device) -> dict[str, Callable[[str, torch.Tensor], torch.Tensor]]:
    def torch_on(device: torch.device) -> Callable[[str, torch.Tensor], torch.Tensor]:
        return lambda function, x: getattr(torch, function)(x.to(device)).cpu()

    on_gpu = {"PyTorch on the GPU": torch_on(where)} if where.type == "cuda" else {}
    return {
        **on_gpu,
        "PyTorch on the CPU": torch_on(torch.device("cpu")),
        "NumPy on the CPU": lambda function, x: torch.from_numpy(getattr(np, function)(x.numpy())),
    }


def ulps(found: torch.Tensor, exact: torch.Tensor) -> torch.Tensor:
    """|found - exact| in units of the last place of the float32 nearest to `exact`; `exact` is float64."""
    _, exponent = torch.frexp(exact)
    unit = torch.ldexp(torch.ones_like(exact), exponent - 1 - _BITS)
    return torch.where(exact == 0, 0.0, (found.double() - exact).abs() / unit)


def _errors(found: torch.Tensor, exact: torch.Tensor) -> Errors:
    off = ulps(found, exact)
    profile = tuple(float(part.max()) for part in off.chunk(_BINS))
    return Errors(float(off.max()), float((found != exact.float()).double().mean()), profile)


def _show(found: Comparison) -> None:
    try:
        from course.expm1_log1p.gpu_figure import picture
    except ModuleNotFoundError as error:
        print(f"No picture, because {error.name} is not installed; the table has its numbers.")
    else:
        show(picture(found))
