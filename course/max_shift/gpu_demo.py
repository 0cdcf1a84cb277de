"""The unit's GPU demo: four ways to take a softmax, and what each costs in time, bandwidth and memory.

Softmax does little arithmetic for each number, so on a GPU its time is the time the numbers need to travel between
memory and chip. One journey of the whole tensor, read or written, is called a trip here. A copy takes two. A function
that runs as several operators makes more trips than the result needs, because each operator reads and writes it all.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from course.kit import gpu
from course.kit.check.conduct import trace
from course.kit.check.guard import call
from course.kit.frontend import show
from course.kit.progress import Progress

KEYS = 1024  # columns: as many scores a row as a short attention context has
_CPU = torch.device("cpu")
_QUERIES = {"cpu": (1536, 3072, 6144), "cuda": (4096, 16384, 65536)}


def _naive(scores: torch.Tensor) -> torch.Tensor:
    powers = torch.exp(scores)
    return torch.div(powers, torch.sum(powers, 1, True))


def _in_place(scores: torch.Tensor) -> torch.Tensor:
    """For inference only: the division overwrites what the gradient of exp is made of, and `backward` says so."""
    scores.sub_(torch.amax(scores, 1, True)).exp_()
    return scores.div_(torch.sum(scores, 1, True))


def _fused(scores: torch.Tensor) -> torch.Tensor:
    return torch.softmax(scores, 1)


@dataclass(frozen=True)
class Method:
    """One way to take a softmax over the rows of a 2-D tensor."""

    function: Callable[[torch.Tensor], torch.Tensor]
    passes: str
    """The operators it runs, for a label."""

    trips: int
    """How often the whole tensor is read or written, operator by operator; the row sums and maxima do not count."""

    overwrites: bool = False
    """Whether it destroys its input, and so has to be given a copy."""


METHODS: Mapping[str, Method] = {
    # exp reads and writes (2), the sum reads (1), the division reads and writes (2)
    "naive": Method(_naive, "exp, sum, ÷", 5),
    # the maximum and the sum read (1 each); subtraction, exp and division read and write (2 each)
    "in place": Method(_in_place, "max, −, exp, sum, ÷", 8, overwrites=True),
    # reads once and writes once: no softmax that leaves its input alone can do with less
    "torch.softmax": Method(_fused, "one fused pass", 2),
}
"""The ways that need nothing from the student; `shifted` adds the student's own."""

MINIMUM_TRIPS = 2

_PATIENCE = 0.25
"""Seconds for 1024 rows, a hundred times what operators on the whole tensor need. Thousands of rows are measured, tens
of times over."""

_VIEWS = frozenset(
    {
        "alias",
        "detach",
        "expand",
        "permute",
        "reshape",
        "select",
        "slice",
        "squeeze",
        "t",
        "transpose",
        "unbind",
        "unsqueeze",
        "view",
    }
)
"""Operators that move no numbers."""


def shifted(softmax: Callable[..., torch.Tensor], where: torch.device = _CPU) -> Method | None:
    """The student's `softmax(logits, dim=-1)` as a method, its trips counted from the operators that it runs.

    None, after a line that says why, where it does not work yet, or not on `where`, or would keep the reader waiting.
    """
    rows = torch.linspace(-2, 2, 15).reshape(3, 5)
    operators, failure = trace(softmax, rows)
    if failure is not None:
        print(f"Without the shifted softmax, which is yours, from exercise 1. {failure.text}")
        return None
    _, failure = call(softmax, rows.to(where))
    if failure is not None:
        print(f"Without the shifted softmax, which is yours: it works on the CPU only. {failure.text}")
        return None
    more_operators, _ = trace(softmax, rows.repeat(2, 1))
    if len(more_operators) > len(operators) or _seconds(softmax, torch.zeros(1024, KEYS)) > _PATIENCE:
        print("Without the shifted softmax, which is yours: it would take too long here. Does it loop over the rows?")
        return None
    trips = sum(size == rows.numel() for o in operators if o.name not in _VIEWS for size in o.sizes)
    return Method(softmax, "your function", trips)


def _seconds(softmax: Callable[..., torch.Tensor], rows: torch.Tensor) -> float:
    start = time.perf_counter()
    call(softmax, rows)
    return time.perf_counter() - start


@dataclass(frozen=True)
class Timings:
    """What the demo measured. Shows itself as a table."""

    device: str
    """Its name, as in `"Tesla T4"`."""

    queries: int
    """Rows of the float32 tensor; each has `KEYS` scores."""

    copy_bandwidth: float
    """GB/s of a plain copy of a tensor of this size on the same device."""

    measurements: Mapping[str, gpu.Measurement]
    """By method. `bytes_moved` is the useful minimum, one read and one write, for every method, so that `bandwidth`
    compares results delivered and not work done: unnecessary trips lower it, as they should."""

    methods: Mapping[str, Method]
    """What was measured, by name."""

    @property
    def tensor_bytes(self) -> int:
        return self.queries * KEYS * torch.float32.itemsize

    def slowdown(self, method: str, against: str = "torch.softmax") -> float:
        """How many times as long as `against` a method takes."""
        return self._of(method).seconds / self._of(against).seconds

    def memory(self, method: str) -> float:
        """Peak memory of one call beyond its input, as a multiple of the tensor's size."""
        return self._of(method).peak_bytes / self.tensor_bytes

    def traffic_seconds(self, method: str) -> float:
        """What a method's trips alone would take at the copy bandwidth, if arithmetic and allocation were free."""
        self._of(method)
        return self.methods[method].trips * self.tensor_bytes / self.copy_bandwidth / 1e9

    def explained(self, method: str) -> float:
        """The share of a method's time that its trips explain: 1.0 is as fast as a copy of as many bytes."""
        return self.traffic_seconds(method) / self._of(method).seconds

    def against_copy(self, method: str) -> float:
        """A method's bandwidth, counted in results, as a share of the copy's."""
        return self._of(method).bandwidth / self.copy_bandwidth

    def _of(self, method: str) -> gpu.Measurement:
        if method not in self.measurements:
            raise ValueError(f"there is no method {method!r}; choose one of {', '.join(self.measurements)}")
        return self.measurements[method]

    def __repr__(self) -> str:
        heads = f"{'time':>9} {'bandwidth':>11} {'of a copy':>10} {'trips alone':>12} {'peak memory':>12}"
        lines = [f"{'method':14} {'trips':>5} {heads}"]
        for name, m in self.measurements.items():
            time, bandwidth = f"{m.seconds * 1e3:.3g} ms", f"{m.bandwidth:.3g} GB/s"
            share = f"{self.explained(name):.0%}" if self.explained(name) <= 1 else "cached"
            found = (
                f"{time:>9} {bandwidth:>11} {self.against_copy(name):>10.0%} {share:>12} {self.memory(name):10.3f} ×"
            )
            lines.append(f"{name:14} {self.methods[name].trips:5} {found}")
        lines.append(f"a copy of the tensor: {self.copy_bandwidth:.3g} GB/s")
        return "\n".join(lines)


def run(softmax: Callable[..., torch.Tensor] | None = None, device: str | torch.device | None = None) -> Timings:
    """Measure, show the device used and the picture, and return the numbers.

    `softmax` is the student's own, measured as the shifted one. Takes a few seconds. `device` is the GPU if there is
    one that works; the tensor is as large as half of the free memory allows, up to 268 MB on a GPU and 25 MB on a CPU.
    """
    where = gpu.device(device)
    own = None if softmax is None else shifted(softmax, where)
    naive, *others = METHODS.items()
    methods = dict([naive, *([] if own is None else [("shifted", own)]), *others])
    timings = gpu.or_on_the_cpu(lambda chosen: _largest(chosen, methods), where)
    _show(timings)
    return timings


def _largest(where: torch.device, methods: Mapping[str, Method]) -> Timings:
    progress = Progress(steps=1 + len(methods))
    queries = gpu.sizes(where, cpu=_QUERIES["cpu"], cuda=_QUERIES["cuda"], bytes_needed=_bytes_needed)
    timings = gpu.largest_that_fits(lambda n: _measure(where, n, methods, progress), queries, say=progress.close)
    device = gpu.describe(where)
    disturbed = any(m.disturbed for m in timings.measurements.values())
    advice = ". Something else was using it meanwhile: run again for steadier times" if disturbed else ""
    progress.close(f"{device[0].upper()}{device[1:]}{advice}.")
    return timings


def _bytes_needed(queries: int) -> int:
    """Several inputs, because each call gets another, two tensors of intermediate results, and a clone."""
    return 6 * queries * KEYS * torch.float32.itemsize + (128 << 20)


def _measure(where: torch.device, queries: int, methods: Mapping[str, Method], progress: Progress) -> Timings:
    progress.step("copying")
    copy_bandwidth = gpu.copy_bandwidth(where, elements=queries * KEYS)
    inputs = gpu.random_inputs((queries, KEYS), where)
    measurements = {}
    for name, method in methods.items():
        progress.step(name)
        measurements[name] = gpu.measure(
            method.function,
            bytes_moved=MINIMUM_TRIPS * inputs[0][0].nbytes,
            device=where,
            inputs=inputs,
            budget=0.5,
            prepare=_clone if method.overwrites else None,
        )
    return Timings(gpu.name(where), queries, copy_bandwidth, measurements, methods)


def _clone(scores: torch.Tensor) -> tuple[torch.Tensor]:
    return (scores.clone(),)


def _show(timings: Timings) -> None:
    try:
        from course.max_shift.gpu_figure import picture
    except ModuleNotFoundError as error:
        print(f"No picture, because {error.name} is not installed; the table has its numbers.")
    else:
        show(picture(timings))
