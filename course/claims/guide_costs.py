"""Claims of the exp guide about time and about two devices: each is a reading of this machine, then a judgement of it.

Readings are plain data, so that those of another machine (`readings.py`) can be judged by the same code.
"""

from __future__ import annotations

import datetime
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from course.claims.exact import number
from course.claims.ledger import Evidence, claim, judge
from course.kit import gpu

_EXP, _DTYPE, _DIGITS = "01-exp-asymmetry", "02-dtype-limits", "06-expm1-log1p"
_MILLION = 10**6


def this_machine() -> str:
    """Processor, GPU, versions and the day, in one line."""
    names = [platform.processor() or platform.machine()]
    if Path("/proc/cpuinfo").is_file():
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")] or names
    capability = torch.backends.cpu.get_cpu_capability()
    card = torch.cuda.get_device_name() if _has_gpu() else "no GPU"
    day = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    return f"{names[0]} ({capability}), one thread, {card}, torch {torch.__version__}, {day}"


def _has_gpu() -> bool:
    return gpu.gpu_trouble() is None


def _devices() -> dict[str, torch.device]:
    return {"CPU": torch.device("cpu"), **({"GPU": gpu.device()} if _has_gpu() else {})}


def _seconds(function: Any, elements: int, where: torch.device, dtype: torch.dtype) -> float:
    """Time of `function(x, out)`, both of which exist already: the best of many calls, since others' work only adds."""
    out = torch.empty(elements, device=where, dtype=dtype)
    inputs = gpu.random_inputs((elements,), where, dtype)

    def call(x: torch.Tensor) -> None:
        function(x, out)

    found = gpu.measure(call, bytes_moved=2 * out.nbytes, device=where, inputs=inputs, repeats=40, budget=0.5)
    return float(f"{min(found.samples):.3g}")


def _exp(x: torch.Tensor, out: torch.Tensor) -> None:
    torch.exp(x, out=out)


def _new_exp(x: torch.Tensor, _: torch.Tensor) -> None:
    torch.exp(x)


def _copy(x: torch.Tensor, out: torch.Tensor) -> None:
    out.copy_(x)


def _negation(x: torch.Tensor, out: torch.Tensor) -> None:
    torch.neg(x, out=out)


def _at_sizes(*sizes: int) -> dict[str, Any]:
    """Seconds of float32 exp by device and size, and the bandwidth of a copy in bytes per second."""
    found: dict[str, Any] = {"machine": this_machine(), "seconds": {}, "bandwidth": {}}
    for name, where in _devices().items():
        found["seconds"][name] = {n: _seconds(_exp, n, where, torch.float32) for n in sizes}
        copied = 10 * _MILLION
        found["bandwidth"][name] = float(f"{8 * copied / _seconds(_copy, copied, where, torch.float32):.3g}")
    return found


def _one_and_ten_million() -> dict[str, Any]:
    sizes = (_MILLION, 10 * _MILLION)
    found = _at_sizes(*sizes)
    found["seconds with a new result"] = {n: _seconds(_new_exp, n, torch.device("cpu"), torch.float32) for n in sizes}
    return found


def _in_milliseconds(times: Mapping[int, float]) -> str:
    return ", ".join(f"{n / _MILLION:g} million in {number(1e3 * t, 2)} ms" for n, t in times.items())


@claim(
    "G9",
    unit=_EXP,
    says="On a modern GPU, exp over 1 to 10 million elements takes low single-digit milliseconds.",
    take=_one_and_ten_million,
)
def time_on_gpu(readings: Mapping[str, Any], shortest: float = 1e-3, longest: float = 4e-3) -> Evidence:
    """Where there is a GPU, its times; elsewhere the memory bandwidth that the claimed times would mean.

    Exp in float32 reads 4 bytes and writes 4 for each element, which bounds its time from below.
    """
    if "GPU" in readings["seconds"]:
        times = readings["seconds"]["GPU"]
        return judge(
            {f"{n:,} elements": shortest <= t <= longest for n, t in times.items()},
            {"float32": _in_milliseconds(times)},
            false=f"Measured: {_in_milliseconds(times)}.",
            machine=readings["machine"],
        )
    few, many = readings["seconds"]["CPU"]
    needed = {n: (8 * n / longest / 1e9, 8 * n / shortest / 1e9) for n in (few, many)}
    both_ends = needed[few][1] >= needed[many][0]
    return judge(
        {
            "as an upper bound": longest >= shortest,
            "as the size of both times, which no one bandwidth gives": both_ends,
        },
        {
            **{
                f"{n:,} elements in {1e3 * shortest:g} to {1e3 * longest:g} ms mean": f"{low:.3g} to {high:.3g} GB/s"
                for n, (low, high) in needed.items()
            },
            "a copy on this CPU": f"{readings['bandwidth']['CPU'] / 1e9:.1f} GB/s",
            "a GPU": "not here; measured where there is one",
        },
        only_if=f"it is read as an upper bound and the card moves more than {needed[many][0]:.3g} GB/s. A card that "
        f"takes {1e3 * longest:g} ms for {many:,} takes a tenth of it for {few:,}.",
        machine=readings["machine"],
    )


@claim(
    "G10",
    unit=_EXP,
    says="On a CPU, exp over 1 to 10 million elements takes tens of milliseconds.",
    take=_one_and_ten_million,
)
def time_on_cpu(readings: Mapping[str, Any], shortest: float = 10e-3, longest: float = 100e-3) -> Evidence:
    """Times of float32 exp in one thread, into a tensor that exists already, and into a new one."""
    times = {
        "into a tensor that is there": readings["seconds"]["CPU"],
        "into a new one": readings["seconds with a new result"],
    }
    return judge(
        {f"{n:,} elements {how}": shortest <= t <= longest for how, ts in times.items() for n, t in ts.items()},
        {f"float32 {how}": _in_milliseconds(ts) for how, ts in times.items()},
        only_if="there are {yes}; not: {no}.",
        false=f"Here it takes {_in_milliseconds(times['into a tensor that is there'])}.",
        machine=readings["machine"],
    )


def _many_sizes() -> dict[str, Any]:
    return _at_sizes(10, 100, 1000, 10**4, 10**5, _MILLION, 10 * _MILLION)


@claim("G11", unit=_EXP, says="The cost of exp is linear in the number of elements.", take=_many_sizes)
def linear_cost(readings: Mapping[str, Any], factor: float = 2.0) -> Evidence:
    """Nanoseconds for an element, size by size; linear means within a factor of the cost at the largest size."""
    cases, measured = {}, {}
    for device, times in readings["seconds"].items():
        each = {n: 1e9 * t / n for n, t in times.items()}
        reference = each[max(each)]
        cases |= {f"{n:,} on the {device}": cost <= factor * reference for n, cost in each.items()}
        measured[f"{device}, ns for an element"] = ", ".join(f"{n:,}: {number(c, 2)}" for n, c in each.items())
    return judge(
        cases,
        measured,
        only_if=f"there are enough elements (within a factor of {factor:g} of the cost at the largest size: {{yes}}). "
        "For fewer, the call itself is what it costs.",
        machine=readings["machine"],
    )


def _two_implementations() -> dict[str, Any]:
    """Whether the order of elements matters to exp and to a sum, and where two implementations of exp differ."""
    x = torch.arange(-100_000, 100_000, dtype=torch.float32) / 8192
    order = (torch.arange(len(x)) * 7919) % len(x)
    computed = x.exp()
    by_numpy = torch.from_numpy(np.exp(x.numpy()))
    large = torch.tensor(1e8)
    rounded = torch.from_numpy(np.exp(x.numpy().astype(np.float64)).astype(np.float32))
    found = {
        "machine": this_machine(),
        "inputs": len(x),
        "exp depends on the order": not torch.equal(x[order].exp(), computed[order]),
        "a sum depends on the order": ((large - large) + 1).item() != (large + (1 - large)).item(),
        "differ: torch on the CPU and numpy on the CPU": int((computed != by_numpy).sum()),
        "differ: torch on the CPU and the nearest float32": int((computed != rounded).sum()),
    }
    if _has_gpu():
        found["differ: torch on the CPU and on the GPU"] = int((x.to(gpu.device()).exp().cpu() != computed).sum())
    return found


@claim(
    "G12",
    unit=_DIGITS,
    says="exp differs in the last digits between CPU and GPU because floating-point addition is not associative.",
    take=_two_implementations,
)
def reason_for_last_digits(readings: Mapping[str, Any]) -> Evidence:
    """An order of additions over elements can be the reason only if reordering the elements changes their exp."""
    differ = {k.removeprefix("differ: "): v for k, v in readings.items() if k.startswith("differ: ")}
    yes_no = {True: "yes", False: "no"}
    return judge(
        {"the order": readings["exp depends on the order"]},
        {
            "exp of an element depends on the elements around it": yes_no[readings["exp depends on the order"]],
            "a sum of three numbers depends on the order": yes_no[readings["a sum depends on the order"]],
            **{f"different last bits, {pair}": f"{n:,} of {readings['inputs']:,}" for pair, n in differ.items()},
        },
        false="The reason is wrong: exp adds nothing across elements. Two implementations approximate and round "
        "differently, even on one processor; the order of additions is a reason where there are sums.",
        machine=readings["machine"],
    )


_IN_CACHE, _IN_MEMORY = 30_000, 4 * _MILLION
_SIZES = {"in the cache": _IN_CACHE, "from memory": _IN_MEMORY}


def _exp_beside_negation() -> dict[str, Any]:
    """Seconds of exp and of a negation, which moves the same bytes by the same loops and computes next to nothing."""
    found: dict[str, Any] = {"machine": this_machine(), "seconds": {}}
    for device, where in _devices().items():
        # A GPU's small tensors cost their launch, whatever is computed.
        for place, size in _SIZES.items() if device == "CPU" else [("from memory", _IN_MEMORY)]:
            for name, dtype in (("float32", torch.float32), ("float64", torch.float64)):
                pair = [_seconds(function, size, where, dtype) for function in (_exp, _negation)]
                found["seconds"][f"{name} {place} on the {device}"] = pair
    return found


@claim(
    "G20",
    unit=_EXP,
    says="exp is typically limited by memory bandwidth, not arithmetic.",
    take=_exp_beside_negation,
)
def memory_bound(readings: Mapping[str, Any], slack: float = 1.5) -> Evidence:
    """Limited by memory if exp takes hardly longer than an operation with the same traffic and no arithmetic."""
    ratios = {name: exp / negation for name, (exp, negation) in readings["seconds"].items()}
    return judge(
        {name: ratio <= slack for name, ratio in ratios.items()},
        {f"time of exp over time of a negation, {name}": f"{ratio:.1f}" for name, ratio in ratios.items()},
        only_if="the tensor comes from memory: {yes}. Arithmetic is what takes the time for {no}.",
        false="Here arithmetic takes longer than moving the data: {no}."
        + ("" if any("GPU" in place for place in ratios) else " There was no GPU to measure."),
        machine=readings["machine"],
    )


def _half_and_single(elements: int, where: torch.device) -> list[float]:
    """Seconds of float16 and of float32 exp."""
    return [_seconds(_exp, elements, where, dtype) for dtype in (torch.float16, torch.float32)]


def _without_vectors() -> list[float]:
    """The same in the cache, in a process of its own: PyTorch chooses its CPU code once, when it is imported."""
    code = (
        "import torch; from course.claims import guide_costs as g; "
        "print(*g._half_and_single(g._IN_CACHE, torch.device('cpu')))"
    )
    environment = {**os.environ, "ATEN_CPU_CAPABILITY": "default", "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True, timeout=120)
    return [float(seconds) for seconds in done.stdout.split()]


def _both_precisions() -> dict[str, Any]:
    seconds = {}
    for device, where in _devices().items():
        for place, size in _SIZES.items() if device == "CPU" else [("from memory", _IN_MEMORY)]:
            seconds[f"{place} on the {device}"] = _half_and_single(size, where)
    seconds["in the cache on the CPU, its vector instructions switched off"] = _without_vectors()
    return {"machine": this_machine(), "seconds": seconds}


@claim("G21", unit=_DTYPE, says="float16 exp is faster than float32 exp.", take=_both_precisions)
def half_is_faster(readings: Mapping[str, Any], margin: float = 1.1) -> Evidence:
    """30 000 elements from the cache and four million from memory; faster by a tenth at least counts."""
    ratios = {place: single / half for place, (half, single) in readings["seconds"].items()}
    return judge(
        {place: ratio >= margin for place, ratio in ratios.items()},
        {f"time of float32 over time of float16, {place}": f"{ratio:.2f}" for place, ratio in ratios.items()},
        holds="It is so in all of these places.",
        only_if="the processor has fast code for it: {yes}. Not: {no}.",
        false="It is slower: {no}.",
        machine=readings["machine"],
    )
