"""The unit's GPU demo: one loss, four backward passes, and what each costs in time and memory.

Every method computes the mean cross-entropy of a batch of logits and its gradient with respect to them. What autograd
derives keeps every intermediate tensor until the way back; what is written by hand keeps what it chooses.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from course.kit import gpu
from course.kit.check.guard import Failure, call
from course.kit.frontend import show
from course.kit.progress import Progress

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
Shape = tuple[int, int]

_CPU = torch.device("cpu")

_BATCHES = {"cpu": (16, 64, 256), "cuda": (256, 1024, 4096)}
"""Rows, each with the middle one of the vocabularies."""
_VOCABULARIES = {"cpu": (2048, 8192, 32768), "cuda": (8192, 32768, 131072)}
"""Classes, with the middle one of the batches."""

_PATIENCE = 0.5
"""Seconds for 16 rows of 2048 classes, a thousand times what whole-tensor operators need."""


def _naive(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    powers = torch.exp(logits)
    p = torch.div(powers, torch.sum(powers, 1, True))
    return -torch.gather(p, 1, targets[:, None]).log().mean()


def _composed(logits: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    shifted = logits - torch.amax(logits, 1, True)
    return (torch.exp(shifted).sum(1).log() - torch.gather(shifted, 1, targets[:, None])[:, 0]).mean()


NAIVE, COMPOSED, YOURS, FUSED = "naive", "log-sum-exp", "yours", "fused"

LOSSES: Mapping[str, Loss] = {NAIVE: _naive, COMPOSED: _composed, FUSED: torch.nn.functional.cross_entropy}
"""The methods that need nothing from the student."""

MEANS: Mapping[str, str] = {
    NAIVE: "−log softmax, autograd",
    COMPOSED: "LSE − z, autograd",
    YOURS: "your Function",
    FUSED: "cross_entropy",
}


def own(loss: Loss | None, where: torch.device = _CPU) -> Loss | None:
    """The student's `stable_cross_entropy`, or None, after a line that says why, where it cannot be measured yet."""
    if loss is None:
        return None
    logits, targets = torch.zeros(16, 2048).requires_grad_(), torch.zeros(16, dtype=torch.long)
    start = time.perf_counter()
    failure = _failure(loss, logits, targets)
    if failure is not None:
        print(f"Without yours, stable_cross_entropy from exercise 6. {failure.text}")
        return None
    if time.perf_counter() - start > _PATIENCE:
        print("Without yours: it would take too long here. Does it loop over the rows?")
        return None
    failure = _failure(loss, logits.detach().to(where).requires_grad_(), targets.to(where))
    if failure is not None:
        print(f"Without yours: it works on the CPU only. {failure.text}")
        return None
    return loss


def _failure(loss: Loss, logits: torch.Tensor, targets: torch.Tensor) -> Failure | None:
    """What goes wrong on the way there or back."""
    found, failure = call(loss, logits, targets)
    if failure is None:
        _, failure = call(torch.autograd.grad, found, logits)
    return failure


@dataclass(frozen=True)
class Timings:
    """What the demo measured. Shows itself as a table of the largest vocabulary."""

    device: str
    """Its name, as in `"Tesla T4"`."""

    measurements: Mapping[tuple[str, Shape], gpu.Measurement]
    """By method and shape of the float32 logits, (rows, classes); one forward and one backward pass each."""

    @property
    def methods(self) -> tuple[str, ...]:
        """What was measured, in order."""
        return tuple(dict.fromkeys(method for method, _ in self.measurements))

    @property
    def shapes(self) -> tuple[Shape, ...]:
        return tuple(dict.fromkeys(shape for _, shape in self.measurements))

    @property
    def largest(self) -> Shape:
        """The shape with the most classes, at which the prediction is judged."""
        return max(self.shapes, key=lambda shape: (shape[1], shape[0]))

    def seconds(self, method: str, shape: Shape) -> float:
        return self.measurements[method, shape].seconds

    def memory(self, method: str) -> float:
        """Peak memory beyond the logits at the largest shape, as a multiple of the logits' size."""
        if method not in self.methods:
            raise ValueError(f"there is no method {method!r}; choose one of {', '.join(self.methods)}")
        rows, classes = self.largest
        return self.measurements[method, self.largest].peak_bytes / (rows * classes * torch.float32.itemsize)

    def __repr__(self) -> str:
        rows, classes = self.largest
        lines = [
            f"{rows:,} rows of {classes:,} classes in float32, {rows * classes * 4 / 1e6:.0f} MB, on the {self.device}",
            f"{'method':12} {'time':>9} {'peak memory beyond the logits':>32}",
        ]
        for method in self.methods:
            time = f"{self.seconds(method, self.largest) * 1e3:.3g} ms"
            lines.append(f"{method:12} {time:>9} {f'{self.memory(method):.2f} × the logits':>32}")
        return "\n".join(lines)


def run(loss: Loss | None = None, device: str | torch.device | None = None) -> Timings:
    """Measure, show the device used and the picture, and return the numbers.

    `loss` is the student's `stable_cross_entropy(logits, targets)`. Takes some five seconds. `device` is the GPU if
    there is one that works; the logits are as large as half of the free memory allows.
    """
    where = gpu.device(device)
    mine = own(loss, where)
    losses = dict(LOSSES) if mine is None else {NAIVE: _naive, COMPOSED: _composed, YOURS: mine, FUSED: LOSSES[FUSED]}
    timings = gpu.or_on_the_cpu(lambda chosen: _all(chosen, losses), where)
    _show(timings)
    return timings


def _all(where: torch.device, losses: Mapping[str, Loss]) -> Timings:
    shapes = _shapes(where)
    progress = Progress(steps=len(shapes) * len(losses))
    measured: dict[tuple[str, Shape], gpu.Measurement] = {}
    for shape in shapes:
        try:
            measured |= gpu.largest_that_fits(
                lambda rows, classes=shape[1]: _measure(where, (rows, classes), losses, progress),
                [shape[0]],
                say=progress.close,
            )
        except MemoryError:
            if not measured:
                raise
            break  # the shapes that follow are larger
    ordered = {(m, s): measured[m, s] for m in losses for s in dict.fromkeys(s for _, s in measured)}
    device = gpu.describe(where)
    disturbed = any(m.disturbed for m in ordered.values())
    advice = ". Something else was using it meanwhile: run again for steadier times" if disturbed else ""
    progress.close(f"{device[0].upper()}{device[1:]}{advice}.")
    return Timings(gpu.name(where), ordered)


def _shapes(where: torch.device) -> list[Shape]:
    """Batches with the middle vocabulary and vocabularies with the middle batch, as far as they fit."""
    kind = "cuda" if where.type == "cuda" else "cpu"
    batches, vocabularies = _BATCHES[kind], _VOCABULARIES[kind]
    rows, classes = batches[len(batches) // 2], vocabularies[len(vocabularies) // 2]
    wanted = sorted({(n, classes) for n in batches} | {(rows, v) for v in vocabularies}, key=lambda s: s[0] * s[1])
    room = gpu.free_bytes(where) / 2
    return [shape for shape in wanted if shape == wanted[0] or _bytes_needed(shape) <= room]


def _bytes_needed(shape: Shape) -> int:
    """Two inputs, or as many as a cache takes, and up to seven tensors of their size at once."""
    return 9 * shape[0] * shape[1] * torch.float32.itemsize + (128 << 20)


def _measure(
    where: torch.device, shape: Shape, losses: Mapping[str, Loss], progress: Progress
) -> dict[tuple[str, Shape], gpu.Measurement]:
    rows, classes = shape
    generator = torch.Generator(device=where).manual_seed(rows)
    targets = torch.randint(classes, (rows,), generator=generator, device=where)
    inputs = [(logits, targets) for (logits,) in gpu.random_inputs(shape, where)]
    found = {}
    for method, loss in losses.items():
        progress.step(f"{method}, {rows} × {classes}")
        found[method, shape] = gpu.measure(
            _there_and_back(loss),
            bytes_moved=3 * inputs[0][0].nbytes,  # the logits read twice, the gradient written: no method can do less
            device=where,
            inputs=inputs,
            budget=0.1,
        )
    return found


def _there_and_back(loss: Loss) -> Callable[[torch.Tensor, torch.Tensor], tuple[torch.Tensor, ...]]:
    def both(logits: torch.Tensor, targets: torch.Tensor) -> tuple[torch.Tensor, ...]:
        leaf = logits.detach().requires_grad_()
        return torch.autograd.grad(loss(leaf, targets), leaf)

    return both


def _show(timings: Timings) -> None:
    try:
        from course.cross_entropy_gradient.gpu_figure import picture
    except ModuleNotFoundError as error:
        print(f"No picture, because {error.name} is not installed; the table has its numbers.")
    else:
        show(picture(timings))
