"""What a real card does in the seven GPU demos: measured once for all tests, and for docs/gpu.md."""

from __future__ import annotations

import functools
import importlib
import platform
import shutil
import subprocess
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import metadata

import torch

from course.kit import gpu
from course.kit.progress import Progress
from course.max_shift import kernel_demo, online

UNITS = (
    "exp_asymmetry",
    "dtype_limits",
    "max_shift",
    "log_softmax",
    "bce_with_logits",
    "expm1_log1p",
    "cross_entropy_gradient",
)
OWN = {
    "max_shift": ("softmax", "textbook"),
    "log_softmax": ("chunked_cross_entropy", "row-slices"),
    "bce_with_logits": ("bce_with_logits", "two-softplus"),
    "cross_entropy_gradient": ("stable_cross_entropy", "saves-log-p"),
}
"""The right answer that takes the student's place, for the demos that measure one."""

LENGTHS = tuple(1024 << k for k in range(6))
"""Of the rows, from 1 k to 32 k."""

_ELEMENTS = (1 << 22, 1 << 24, 1 << 26)


@dataclass(frozen=True)
class Figures:
    """All of it as plain numbers. Ratios are to what the same card did in the same run."""

    card: str
    driver: str
    versions: Mapping[str, str]
    seconds: Mapping[str, float]
    """Of each unit's demo, run for the first time, by unit."""

    copy_bandwidth: float
    """GB/s."""

    shares: Mapping[str, Mapping[int, float]]
    """Bandwidth of a softmax in float32 as a share of the copy's, by implementation and length of row."""

    kernel_trouble: str | None
    """Why the Triton kernel did not run; None if it did."""

    findings: Mapping[str, float]
    """Ratios that the demos found, by what they are."""

    events_against_wall: float
    """Time of a series of copies by the card's events, as a share of the wall clock's."""


@functools.cache
def measured() -> Figures:
    """The figures of the current GPU; takes a minute or two, once."""
    where = gpu.device()
    seconds, found = {}, {}
    for unit in UNITS:
        demo = importlib.import_module(f"course.{unit}.gpu_demo")
        start = time.perf_counter()
        found[unit] = demo.run(*_own(unit))
        seconds[unit] = time.perf_counter() - start
    trouble = online.kernel_trouble(where)
    ways: dict[str, Callable] = {kernel_demo.FUSED: kernel_demo.fused}
    if trouble is None:
        ways[kernel_demo.KERNEL] = online.kernel_softmax
    sizes = gpu.sizes(where, cpu=(), cuda=_ELEMENTS, bytes_needed=lambda n: 6 * n * 4 + (128 << 20))
    copied, speeds = kernel_demo.speeds_of(ways, where, sizes[-1], LENGTHS, Progress(steps=1 + len(LENGTHS)))
    shares = {name: {n: speed / copied for n, speed in by_length.items()} for name, by_length in speeds.items()}
    return Figures(
        gpu.describe(where),
        _driver(),
        _versions(),
        seconds,
        copied,
        shares,
        trouble,
        _findings(found),
        _events_against_wall(where),
    )


def _own(unit: str) -> tuple[Callable, ...]:
    if unit not in OWN:
        return ()
    exercise, style = OWN[unit]
    return (importlib.import_module(f"tests.{unit}.right").RIGHT[exercise][style],)


def _findings(found: Mapping[str, object]) -> dict[str, float]:
    sweep, softmax, losses = found["exp_asymmetry"].main, found["max_shift"], found["log_softmax"]
    training, errors, gradients = found["bce_with_logits"], found["expm1_log1p"], found["cross_entropy_gradient"]
    return {
        "time of exp on the largest float32 tensor / time of a copy": sweep.against_copy,
        "float32 elements whose exp takes as long as starting it": sweep.knee,
        "speed of exp in float16 / in float32": found["dtype_limits"].speedup("float16"),
        "time of the naive softmax / torch.softmax": softmax.slowdown("naive"),
        "time of the shifted softmax / torch.softmax": softmax.slowdown("shifted"),
        "bandwidth of the shifted softmax / copy": softmax.against_copy("shifted"),
        "peak memory of the composed cross-entropy / logits": losses.memory("composed"),
        "peak memory of the fused cross-entropy / logits": losses.memory("fused"),
        "peak memory of the chunked cross-entropy / logits": losses.memory("chunked"),
        "largest vocabulary": losses.vocabularies[-1],
        "steps with a finite loss by hand, of 300": training.finite_steps("by hand"),
        "inputs for which exp differs from the CPU's / all": errors.differing["exp"],
        "peak memory of the naive loss and gradient / logits": gradients.memory("naive"),
        "peak memory of the fused loss and gradient / logits": gradients.memory("fused"),
    }


def _events_against_wall(where: torch.device, calls: int = 50) -> float:
    x = torch.randn(1 << 24, device=where)
    out = torch.empty_like(x)
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    for _ in range(calls):
        out.copy_(x)
    torch.cuda.synchronize(where)
    begin = time.perf_counter()
    start.record()
    for _ in range(calls):
        out.copy_(x)
    end.record()
    torch.cuda.synchronize(where)
    return start.elapsed_time(end) / 1e3 / (time.perf_counter() - begin)


def _driver() -> str:
    if shutil.which("nvidia-smi") is None:
        return "unknown"
    asked = ["nvidia-smi", "--query-gpu=driver_version", "--format=csv,noheader"]
    said = subprocess.run(asked, capture_output=True, text=True)
    return said.stdout.strip().partition("\n")[0] or "unknown"


def _versions() -> dict[str, str]:
    try:
        triton = metadata.version("triton")
    except metadata.PackageNotFoundError:
        triton = "none"
    return {
        "Python": platform.python_version(),
        "PyTorch": torch.__version__,
        "CUDA": str(torch.version.cuda),
        "Triton": triton,
    }
