"""The unit's GPU demo: one loss over a growing vocabulary, composed, fused and in chunks, and what each costs.

Every way gets hidden vectors and an output layer and returns the mean loss, forward only: the logits are made inside,
because how many of them exist at once is what the ways differ in.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention

from course.kit import gpu
from course.kit.check.guard import call
from course.kit.frontend import show
from course.kit.progress import Progress

WIDTH = {"cpu": 64, "cuda": 1024}
"""Numbers in a hidden vector."""

ROWS = {"cpu": 512, "cuda": 2048}
"""Positions: rows of the logits."""

_VOCABULARIES = {"cpu": (4096, 8192, 16384), "cuda": (32768, 65536, 131072)}
_CPU = torch.device("cpu")
_PARTS = 8
"""Into how many chunks the rows are cut."""

_BUDGET = 0.25
"""Seconds for the timed calls of one way at one size."""


def _composed(hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    logits = hidden @ weight.T
    p = torch.softmax(logits, dim=-1)
    log_p = torch.log(p)
    return -log_p[torch.arange(len(targets), device=targets.device), targets].mean()


def _fused(hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    return F.cross_entropy(hidden @ weight.T, targets)


WAYS: Mapping[str, Callable[..., torch.Tensor]] = {"composed": _composed, "fused": _fused}
"""The ways that need nothing from the student; `chunked` adds the student's own."""


def chunked(loss: Callable[..., torch.Tensor], where: torch.device = _CPU) -> Callable[..., torch.Tensor] | None:
    """The student's `chunked_cross_entropy(hidden, weight, targets, chunk)` as a way, with the rows in eight chunks.

    None, after a line that says why, where it does not work yet, or not on `where`, or is no loss.
    """
    hidden, weight = torch.linspace(-1, 1, 12).reshape(6, 2), torch.linspace(-1, 1, 10).reshape(5, 2)
    targets = torch.arange(6) % 5
    found, failure = call(loss, hidden, weight, targets, chunk=4)
    if failure is not None:
        print(f"Without the chunked loss, which is yours, from exercise 5. {failure.text}")
        return None
    right = _fused(hidden, weight, targets)
    if not isinstance(found, torch.Tensor) or found.shape != right.shape or not torch.allclose(found, right, rtol=1e-3):
        print("Without the chunked loss, which is yours, from exercise 5: it is not right yet, says its check.")
        return None
    _, failure = call(loss, hidden.to(where), weight.to(where), targets.to(where), chunk=4)
    if failure is not None:
        print(f"Without the chunked loss, which is yours: it works on the CPU only. {failure.text}")
        return None
    return functools.partial(_in_parts, loss)


def _in_parts(
    loss: Callable[..., torch.Tensor], hidden: torch.Tensor, weight: torch.Tensor, targets: torch.Tensor
) -> torch.Tensor:
    return loss(hidden, weight, targets, chunk=max(1, len(hidden) // _PARTS))


@dataclass(frozen=True)
class Costs:
    """What the demo measured. Shows itself as a table."""

    device: str
    """Its name, as in `"Tesla T4"`."""

    rows: int
    """Positions, and so rows of the logits."""

    width: int
    """Numbers in a hidden vector."""

    measurements: Mapping[str, Mapping[int, gpu.Measurement]]
    """By way, then by size of the vocabulary, ascending. All float32."""

    @property
    def vocabularies(self) -> tuple[int, ...]:
        """The sizes measured, ascending."""
        return tuple(next(iter(self.measurements.values())))

    def logits_bytes(self, vocabulary: int) -> int:
        """Bytes of one full tensor of logits."""
        return self.rows * vocabulary * torch.float32.itemsize

    def memory(self, way: str, vocabulary: int | None = None) -> float:
        """Peak memory of one call beyond its inputs, in tensors of logits; at the largest vocabulary by default."""
        size = vocabulary or self.vocabularies[-1]
        return self._of(way)[size].peak_bytes / self.logits_bytes(size)

    def slowdown(self, way: str, against: str = "fused", vocabulary: int | None = None) -> float:
        """How many times as long as `against` a way takes; at the largest vocabulary by default."""
        size = vocabulary or self.vocabularies[-1]
        return self._of(way)[size].seconds / self._of(against)[size].seconds

    def milliseconds(self, way: str, vocabulary: int | None = None) -> str:
        """Time of one call in words; at the largest vocabulary by default. Never as 1.06e+03: that is too wide."""
        ms = 1e3 * self._of(way)[vocabulary or self.vocabularies[-1]].seconds
        return f"{ms:.0f} ms" if ms >= 999.5 else f"{ms:.3g} ms"

    def _of(self, way: str) -> Mapping[int, gpu.Measurement]:
        if way not in self.measurements:
            raise ValueError(f"there is no way {way!r}; choose one of {', '.join(self.measurements)}")
        return self.measurements[way]

    def __repr__(self) -> str:
        lines = [f"{'vocabulary':>10}  {'way':10} {'time':>9} {'peak memory':>12} {'in logits':>10}"]
        for size in self.vocabularies:
            for way, found in self.measurements.items():
                m = found[size]
                time, peak = self.milliseconds(way, size), f"{m.peak_bytes / 1e6:.4g} MB"
                lines.append(f"{size:10,}  {way:10} {time:>9} {peak:>12} {self.memory(way, size):>8.2f} ×")
        return "\n".join(lines)


def run(
    chunked_cross_entropy: Callable[..., torch.Tensor] | None = None, device: str | torch.device | None = None
) -> Costs:
    """Measure, show the device used and the picture, and return the numbers.

    `chunked_cross_entropy` is the student's own. Takes some seconds. `device` is the GPU if there is one that works;
    vocabularies that would take more than half of its free memory are left out.
    """
    where = gpu.device(device)
    own = None if chunked_cross_entropy is None else chunked(chunked_cross_entropy, where)
    ways = {**WAYS, **({} if own is None else {"chunked": own})}
    costs = gpu.or_on_the_cpu(lambda chosen: _measure_all(chosen, ways), where)
    _show(costs)
    return costs


def _measure_all(where: torch.device, ways: Mapping[str, Callable[..., torch.Tensor]]) -> Costs:
    kind = "cuda" if where.type == "cuda" else "cpu"
    sizes = gpu.sizes(where, cpu=_VOCABULARIES["cpu"], cuda=_VOCABULARIES["cuda"], bytes_needed=_bytes_needed(kind))
    progress = Progress(steps=len(sizes) * len(ways))
    found: dict[str, dict[int, gpu.Measurement]] = {way: {} for way in ways}
    for size in sizes:
        try:
            for way, measurement in _measure(where, kind, size, ways, progress).items():
                found[way][size] = measurement
        except (RuntimeError, MemoryError) as error:
            if not gpu.is_out_of_memory(error):
                raise
            if size == sizes[0]:
                raise MemoryError("Not even the smallest vocabulary fits into memory. Close other notebooks.") from None
            progress.close(f"Out of memory at a vocabulary of {size:,}: the smaller ones are shown.")
            break
    device = gpu.describe(where)
    disturbed = any(m.disturbed for way in found.values() for m in way.values())
    advice = ". Something else was using it meanwhile: run again for steadier times" if disturbed else ""
    progress.close(f"{device[0].upper()}{device[1:]}{advice}.")
    return Costs(gpu.name(where), ROWS[kind], WIDTH[kind], found)


def _bytes_needed(kind: str) -> Callable[[int], int]:
    """Four tensors of logits, and two copies of the inputs."""

    def needed(size: int) -> int:
        return torch.float32.itemsize * (4 * ROWS[kind] * size + 2 * WIDTH[kind] * (size + ROWS[kind]))

    return needed


def _measure(
    where: torch.device, kind: str, size: int, ways: Mapping[str, Callable[..., torch.Tensor]], progress: Progress
) -> dict[str, gpu.Measurement]:
    generator = torch.Generator(device=where).manual_seed(0)
    rows, width = ROWS[kind], WIDTH[kind]
    hidden = torch.randn(rows, width, generator=generator, device=where)
    weight = torch.randn(size, width, generator=generator, device=where) / width**0.5
    targets = torch.randint(size, (rows,), generator=generator, device=where)
    measurements = {}
    with torch.no_grad(), gpu.full_float32():
        for name, way in ways.items():
            progress.step(f"{name}, {size:,}")
            # Logits are far larger than a cache, so the same inputs may serve every call.
            measurements[name] = gpu.measure(
                way,
                bytes_moved=2 * rows * size * torch.float32.itemsize,
                device=where,
                inputs=[(hidden, weight, targets)],
                warmup=1,
                repeats=10,
                budget=_BUDGET,
            )
    return measurements


def _show(costs: Costs) -> None:
    try:
        from course.log_softmax.gpu_figure import picture
    except ModuleNotFoundError as error:
        print(f"No picture, because {error.name} is not installed; the table has its numbers.")
    else:
        show(picture(costs))
