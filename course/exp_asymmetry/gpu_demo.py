"""The unit's GPU demo: how long `torch.exp` takes for one number and for a hundred million, in four dtypes.

Two things bound it from below. Starting any operator costs some microseconds, however little it has to do: the floor.
And every number has to be read and written, at the speed of memory: the line. What lies above both is arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch

from course.kit import gpu
from course.kit.frontend import show
from course.kit.progress import Progress

SIZES = {
    "cpu": (1, 1_000, 10_000, 100_000, 1_000_000, 10_000_000),
    "cuda": (1, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000),
}
"""Numbers of elements to measure on each kind of device; the single one shows what starting costs."""

CURVES: Mapping[str, tuple[torch.dtype, bool]] = {
    "float64": (torch.float64, True),
    "float32": (torch.float32, True),
    "float16": (torch.float16, True),
    "bfloat16": (torch.bfloat16, True),
    "new float32": (torch.float32, False),
}
"""What is measured: a dtype, and whether the result goes into a tensor that is there already."""

MAIN = "float32"

_BUDGET = 0.12
"""Seconds for the timed calls of one point, and again for its warm-up."""


@dataclass(frozen=True)
class Sweep:
    """What one device took."""

    device: str
    """Its name, as in `"Tesla T4"`."""

    sizes: tuple[int, ...]
    """Numbers of elements, ascending, the first of them 1."""

    seconds: Mapping[str, tuple[float, ...]]
    """Median time of a call by curve, for each size; no bfloat16 from a GPU that emulates it."""

    copy_bandwidth: float
    """GB/s of a plain copy of the largest float32 tensor, each byte counted twice: read and written."""

    disturbed: bool = False
    """Whether something else was using the device meanwhile."""

    @property
    def floor(self) -> float:
        """Seconds for a single element, in the quickest of the dtypes: what starting the operator costs."""
        return min(times[0] for times in self.seconds.values())

    @property
    def knee(self) -> float:
        """The number of float32 elements whose work takes as long as starting it, at the best speed of any size."""
        return self.floor / min(seconds / size for seconds, size in zip(self.seconds[MAIN], self.sizes, strict=True))

    def copy_seconds(self, elements: int, dtype: torch.dtype = torch.float32) -> float:
        """What reading and writing so many elements takes at the bandwidth of a copy."""
        return 2 * elements * dtype.itemsize / self.copy_bandwidth / 1e9

    @property
    def against_copy(self) -> float:
        """How many times as long as a copy the exponential of the largest float32 tensor takes."""
        return self.seconds[MAIN][-1] / self.copy_seconds(self.sizes[-1])

    def __repr__(self) -> str:
        heads = "".join(f"{name:>13}" for name in self.seconds)
        lines = [f"{self.device}, time of one call", f"{'elements':>11}{heads}"]
        for i, size in enumerate(self.sizes):
            times = "".join(f"{_time(self.seconds[name][i]):>13}" for name in self.seconds)
            lines.append(f"{size:>11,}{times}")
        each = "".join(f"{seconds[-1] / self.sizes[-1] * 1e9:>10.3g} ns" for seconds in self.seconds.values())
        lines.append(f"{'per element':>11}{each}")
        return "\n".join(lines)


@dataclass(frozen=True)
class Timings:
    """One sweep for each device. Shows itself as a table."""

    sweeps: tuple[Sweep, ...]

    @property
    def main(self) -> Sweep:
        """The GPU's where there is one, else the CPU's."""
        return self.sweeps[-1]

    def __repr__(self) -> str:
        return "\n\n".join(map(repr, self.sweeps))


_measured: dict[str, Timings] = {}


def run(device: str | torch.device | None = None, *, again: bool = False) -> Timings:
    """Measure on the CPU, and on the GPU if there is one that works; say which, and return the times.

    Takes a few seconds, once: later calls return what was measured, unless `again` is true. `device` restricts it to
    one of the two. The largest tensors take up to half of the free memory.
    """
    key = str(device)
    if again or key not in _measured:
        where = gpu.device(device)
        sweeps = [_sweep(torch.device("cpu"), where)] if where.type == "cpu" or device is None else []
        if where.type == "cuda":
            try:
                sweeps.append(_sweep(where, where))
            except MemoryError:  # a GPU that others have filled
                if not sweeps:
                    raise
                print("The GPU has no memory left: the CPU's times have to do.")
        _measured[key] = Timings(tuple(sweeps))
    return _measured[key]


def draw(device: str | torch.device | None = None) -> None:
    """Show the picture of what `run` measured."""
    timings = run(device)
    try:
        from course.exp_asymmetry.gpu_figure import picture
    except ModuleNotFoundError as error:
        print(f"No picture, because {error.name} is not installed; the table has its numbers.")
    else:
        show(picture(timings))


def _sweep(where: torch.device, chosen: torch.device) -> Sweep:
    sizes = gpu.sizes(where, cpu=SIZES["cpu"], cuda=SIZES["cuda"], bytes_needed=_bytes_needed)
    progress = Progress(steps=1 + len(CURVES))
    sweep = gpu.largest_that_fits(
        lambda largest: _measure(where, tuple(n for n in sizes if n <= largest), progress),
        [n for n in sizes if n > 1] or sizes,
        say=progress.close,
    )
    text = gpu.describe(chosen) if where.type == chosen.type else gpu.name(where)
    advice = ". Something else was using it meanwhile: run again for steadier times" if sweep.disturbed else ""
    omitted = ", emulates bfloat16, which is left out" if gpu.emulates(where, torch.bfloat16) else ""
    progress.close(f"{text[0].upper()}{text[1:]}{omitted}{advice}.")
    return sweep


def _bytes_needed(elements: int) -> int:
    """Two inputs and two results in float64, or as many as a cache takes."""
    return 4 * elements * torch.float64.itemsize + (256 << 20)


def _measure(where: torch.device, sizes: tuple[int, ...], progress: Progress) -> Sweep:
    progress.step("copying")
    bandwidth = gpu.copy_bandwidth(where, elements=max(sizes[-1], 1 << 20), budget=_BUDGET)
    seconds, disturbed = {}, False
    for name, (dtype, into) in CURVES.items():
        if gpu.emulates(where, dtype):
            continue
        progress.step(name)
        found = [_time_of(where, size, dtype, into) for size in sizes]
        seconds[name] = tuple(m.seconds for m in found)
        disturbed = disturbed or found[-1].disturbed
    return Sweep(gpu.name(where), sizes, seconds, bandwidth, disturbed)


def _time_of(where: torch.device, size: int, dtype: torch.dtype, into: bool) -> gpu.Measurement:
    inputs = gpu.random_inputs((size,), where, dtype)
    if into:
        inputs = gpu.with_targets(inputs)
    function = _written if into else torch.exp
    moved = 2 * size * dtype.itemsize
    return gpu.measure(function, bytes_moved=moved, device=where, inputs=inputs, repeats=50, budget=_BUDGET)


def _written(x: torch.Tensor, out: torch.Tensor) -> None:
    torch.exp(x, out=out)


def _time(seconds: float) -> str:
    unit, scale = next((u, s) for u, s in (("s", 1), ("ms", 1e3), ("µs", 1e6)) if seconds * s >= 1 or u == "µs")
    return f"{seconds * scale:.3g} {unit}"
