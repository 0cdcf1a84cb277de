"""The unit's GPU demo: which dtype autocast gives each operator, what overflows for it, and what exp costs by dtype.

Autocast has a list of operators for each kind of device: some go down to 16 bits, some up to float32, and the rest are
left as they are. The demo asks by calling them, so its table is true of the machine it runs on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import torch

from course.kit import gpu
from course.kit.check.case import name_of
from course.kit.frontend import show
from course.kit.progress import Progress

SCORE = 12.0
"""The score of the unit's first row: beyond float16's exponentials, and no trouble for the others'."""

_ELEMENTS = {"cpu": (1 << 18, 1 << 20), "cuda": (1 << 24, 1 << 26)}
_COLUMNS = 1024
_TIMED = {"exp": torch.exp, "softmax": lambda x: torch.softmax(x, -1)}
_DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)
_GIVEN = (torch.float16, torch.bfloat16, torch.float32)
"""What operators are given inside autocast; float32 meets float16's autocast. A GPU that emulates bfloat16 does without
it."""


def _sum_of_exponentials(x: torch.Tensor) -> torch.Tensor:
    """The sum of a thousand numbers of moderate size, which float16 cannot hold."""
    return torch.sum(torch.full((1000,), 100.0, dtype=x.dtype, device=x.device))


OPERATORS: Mapping[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "exp": lambda x: torch.exp(x),
    "softmax": lambda x: torch.softmax(x, -1),
    "log": lambda x: torch.log(x),
    "sum": _sum_of_exponentials,
    "matmul": lambda x: x @ x,
}
"""What is tried: each takes a square matrix of positive scores, the largest of them 12."""


@dataclass(frozen=True)
class Cell:
    """One operator inside autocast."""

    dtype: str
    """Of its result, as in `"float32"`."""

    finite: bool
    """Whether all of the result is."""


@dataclass(frozen=True)
class Report:
    """What the demo found. Shows itself as a table."""

    device: str
    """Its name, as in `"Tesla T4"`."""

    native_bfloat16: bool | None
    """Whether the GPU computes in bfloat16, by its compute capability; None on a CPU."""

    elements: int
    """Numbers in each timed tensor."""

    cells: Mapping[str, Mapping[str, Cell]]
    """By operator and by the dtype that it was given, which is autocast's own, or float32 in float16's autocast."""

    times: Mapping[str, Mapping[str, gpu.Measurement]]
    """By operator, `"exp"` or `"softmax"` over rows of 1024, and by dtype: one call without autocast. One read and one
    write are counted."""

    def result_dtype(self, operator: str, given: str) -> str:
        """Name of the dtype of an operator's result inside autocast."""
        if operator not in self.cells:
            raise ValueError(f"there is no operator {operator!r}; choose one of {', '.join(self.cells)}")
        if given not in self.cells[operator]:
            raise ValueError(f"nothing was given in {given!r}; choose one of {', '.join(self.cells[operator])}")
        return self.cells[operator][given].dtype

    def speedup(self, dtype: str, operator: str = "exp", against: str = "float32") -> float:
        """How many times as fast as in `against` an operator is in `dtype`."""
        return self.times[operator][against].seconds / self.times[operator][dtype].seconds

    def __repr__(self) -> str:
        givens = list(next(iter(self.cells.values())))
        heads = "".join(f"{given + ' in':>22}" for given in givens)
        lines = [f"{'inside autocast':16}{heads}"]
        for operator, row in self.cells.items():
            lines.append(f"{operator:16}" + "".join(f"{in_words(row[given]):>22}" for given in givens))
        lines.append(f"{'one call':8}{'dtype':>12}{'time':>12}{'bandwidth':>14}{'speed':>18}")
        for operator, by_dtype in self.times.items():
            for dtype, m in by_dtype.items():
                speed = f"{self.speedup(dtype, operator):.2g} × float32's"
                time, bandwidth = f"{m.seconds * 1e3:.3g} ms", f"{m.bandwidth:.3g} GB/s"
                lines.append(f"{operator:8}{dtype:>12}{time:>12}{bandwidth:>14}{speed:>18}")
        return "\n".join(lines)


def in_words(cell: Cell) -> str:
    """`"float16, overflow"`."""
    return f"{cell.dtype}{'' if cell.finite else ', overflow'}"


def run(device: str | torch.device | None = None) -> Report:
    """Ask, measure, show the device used and the picture, and return the numbers.

    Takes a few seconds. `device` is the GPU if there is one that works; tensors have up to 67 million numbers on a GPU,
    a million on a CPU, and fit into half of the free memory.
    """
    report = gpu.or_on_the_cpu(_report, gpu.device(device))
    _show(report)
    return report


def _report(where: torch.device) -> Report:
    progress = Progress(steps=1 + len(_DTYPES))
    progress.step("asking autocast")
    given = [dtype for dtype in _GIVEN if not gpu.emulates(where, dtype)]
    cells = {name: {name_of(g): _ask(operator, g, where) for g in given} for name, operator in OPERATORS.items()}
    elements = gpu.sizes(where, cpu=_ELEMENTS["cpu"], cuda=_ELEMENTS["cuda"], bytes_needed=_bytes_needed)
    count, times = gpu.largest_that_fits(lambda n: (n, _times(where, n, progress)), elements, say=progress.close)
    native = gpu.bfloat16_is_native(where) if where.type == "cuda" else None
    progress.close(_closing_line(where, native, times))
    return Report(gpu.name(where), native, count, cells, times)


def _bytes_needed(elements: int) -> int:
    """Several float64 inputs, because each call gets another, and results."""
    return 6 * elements * torch.float64.itemsize + (128 << 20)


def _ask(operator: Callable[[torch.Tensor], torch.Tensor], given: torch.dtype, where: torch.device) -> Cell:
    """Run an operator inside autocast on a matrix in `given`."""
    scores = torch.full((8, 8), 2.0, dtype=given, device=where)
    scores[0, 0] = SCORE
    low = torch.float16 if given == torch.float32 else given
    with torch.autocast(where.type, dtype=low):
        result = operator(scores)
    return Cell(name_of(result.dtype), bool(result.isfinite().all()))


def _times(where: torch.device, elements: int, progress: Progress) -> dict[str, dict[str, gpu.Measurement]]:
    times = {operator: {} for operator in _TIMED}
    for dtype in _DTYPES:
        if gpu.emulates(where, dtype):
            continue
        progress.step(name_of(dtype))
        inputs = gpu.random_inputs((elements // _COLUMNS, _COLUMNS), where, dtype)
        moved = 2 * inputs[0][0].nbytes
        for operator, function in _TIMED.items():
            measured = gpu.measure(function, bytes_moved=moved, device=where, inputs=inputs, budget=0.25)
            times[operator][name_of(dtype)] = measured
    return times


def _closing_line(where: torch.device, native: bool | None, times: Mapping[str, Mapping[str, gpu.Measurement]]) -> str:
    device = gpu.describe(where)
    line = f"{device[0].upper()}{device[1:]}"
    if native is not None:
        line += ", computes in bfloat16" if native else ", emulates bfloat16, which is left out"
    disturbed = any(m.disturbed for by_dtype in times.values() for m in by_dtype.values())
    return f"{line}{'. Something else was using it meanwhile: run again for steadier times' if disturbed else ''}."


def _show(report: Report) -> None:
    try:
        from course.dtype_limits.gpu_figure import picture
    except ModuleNotFoundError as error:
        print(f"No picture, because {error.name} is not installed; the table has its numbers.")
    else:
        show(picture(report))
