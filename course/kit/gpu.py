"""Measures time, bandwidth and memory on the GPU if there is one, and on the CPU otherwise.

Sizes are bytes, times are seconds, bandwidths are GB/s of 10⁹ bytes.
"""

from __future__ import annotations

import functools
import itertools
import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

import torch

from course.kit.hardware import bfloat16_is_native, describe, device, emulates, full_float32, gpu_trouble, name
from course.kit.memory import free_bytes, is_out_of_memory
from course.kit.timing import DeviceTimer, timer_for

__all__ = [
    "Measurement",
    "bfloat16_is_native",
    "copy_bandwidth",
    "describe",
    "device",
    "emulates",
    "free_bytes",
    "full_float32",
    "gpu_trouble",
    "is_out_of_memory",
    "largest_that_fits",
    "measure",
    "name",
    "or_on_the_cpu",
    "random_inputs",
    "sizes",
    "with_targets",
]

T = TypeVar("T")

_CPU_CACHE = 64 << 20  # a guess on the large side: PyTorch does not tell the size of a CPU's last-level cache
_MIN_SAMPLES = 3


@dataclass(frozen=True)
class Measurement:
    """What `measure` found out about one function."""

    seconds: float
    """Median time of one call."""

    samples: tuple[float, ...]
    """Time of each timed call, in order."""

    bytes_moved: int
    """What one call reads and writes, as counted by whoever asked for the measurement."""

    peak_bytes: int
    """Largest amount of memory that one call held at once, results included, inputs not."""

    @property
    def bandwidth(self) -> float:
        """`bytes_moved` per second, in GB/s."""
        return self.bytes_moved / self.seconds / 1e9

    @property
    def disturbed(self) -> bool:
        """Whether a typical call took far longer than the best: something else was using the device."""
        return self.seconds > 1.5 * min(self.samples)


def sizes(
    where: torch.device, *, cpu: Iterable[int], cuda: Iterable[int], bytes_needed: Callable[[int], int]
) -> list[int]:
    """Of the sizes meant for this kind of device, those that fit into half of its free memory, in ascending order.

    `bytes_needed(size)` is all that will be allocated at once, inputs included. The smallest size is always kept: if
    even that does not fit, it is for the allocator to say so.
    """
    candidates = sorted(cuda if where.type == "cuda" else cpu)
    free = free_bytes(where)
    return [n for n in candidates if n == candidates[0] or bytes_needed(n) <= free / 2]


def largest_that_fits(
    attempt: Callable[[int], T], candidates: Iterable[int], say: Callable[[str], object] = print
) -> T:
    """Result of `attempt(size)` for the largest size that fits into memory; `say` gets a line for each that does not.

    Raises:
        MemoryError: when none fits.
    """
    for size in sorted(candidates, reverse=True):
        try:
            return attempt(size)
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
        say(f"Out of memory at size {size:,}: trying less.")
        if torch.cuda.is_initialized():
            torch.cuda.empty_cache()
    raise MemoryError("Not even the smallest size fits into memory. Close other notebooks that use this device.")


def or_on_the_cpu(work: Callable[[torch.device], T], where: torch.device, say: Callable[[str], object] = print) -> T:
    """Result of `work(where)`; where that is a GPU whose memory runs out, `say` gets a line and the CPU does it."""
    try:
        return work(where)
    except (RuntimeError, MemoryError) as error:
        if where.type == "cpu" or not is_out_of_memory(error):
            raise
    # Not in the handler, where the error would keep all that had been allocated before it.
    torch.cuda.empty_cache()
    say("The GPU has no memory left: the CPU does it instead.")
    return work(torch.device("cpu"))


def random_inputs(shape: Sequence[int], where: torch.device, dtype: torch.dtype = torch.float32) -> list[tuple]:
    """Standard normal tensors, each in a tuple: as many as `measure` needs for a call not to find its input in a cache.

    Never zeros: a page of zeros that was never written to may be one page for the whole tensor, and special values
    take other paths through some functions.
    """
    generator = torch.Generator(device=where).manual_seed(0)
    first = torch.randn(*shape, generator=generator, device=where, dtype=dtype)
    cache = _CPU_CACHE
    if where.type == "cuda":
        cache = getattr(torch.cuda.get_device_properties(where), "L2_cache_size", _CPU_CACHE)
    others = min(15, max(1, math.ceil(2 * cache / first.nbytes) - 1))
    # Rolled copies: other memory, the same distribution, and far cheaper to make on a CPU.
    return [(first,), *((first.roll(i, dims=0),) for i in range(1, 1 + others))]


def with_targets(inputs: Iterable[tuple]) -> list[tuple]:
    """Each of `random_inputs` with memory for a result like it, of its own: one for all would stay in the cache."""
    # Clones, because memory that nothing was written to yet has to be found by the system at the first write.
    return [(x, x.clone()) for (x,) in inputs]


def copy_bandwidth(
    where: torch.device, dtype: torch.dtype = torch.float32, elements: int = 1 << 24, budget: float = 1.0
) -> float:
    """GB/s at which `where` copies a tensor into another that exists already: the yardstick for memory-bound work.

    Counts each byte twice, once read and once written. `budget` is in seconds, as in `measure`.
    """
    inputs = with_targets(random_inputs((elements,), where, dtype))
    moved = 2 * inputs[0][0].nbytes
    found = measure(
        lambda x, out: out.copy_(x), bytes_moved=moved, device=where, inputs=inputs, repeats=50, budget=budget
    )
    return found.bandwidth


def measure(
    function: Callable,
    *,
    bytes_moved: int,
    device: torch.device,
    inputs: Sequence[tuple] = ((),),
    prepare: Callable[..., tuple] | None = None,
    warmup: int = 3,
    repeats: int = 20,
    budget: float = 1.0,
    timer: DeviceTimer | None = None,
) -> Measurement:
    """Time `function` and find its peak memory.

    Args:
        function: called as `function(*arguments)`; its result is dropped at once.
        bytes_moved: bytes that one call reads and writes, for the bandwidth.
        device: where it works.
        inputs: tuples of positional arguments, used in turn. Give several that together exceed the cache
            (`random_inputs` does), or the second call reads from the cache and looks faster than memory is.
        prepare: makes the arguments of one call from one of `inputs`, outside the timed stretch: for a function that
            overwrites what it gets.
        warmup: calls before timing starts: the first ones load kernels, grow memory pools and raise clocks.
        repeats: timed calls, fewer where they would exceed `budget`, never fewer than 3.
        budget: seconds for all timed calls together, and again for all warm-up calls.
        timer: how to read the device; by default CUDA events on a GPU, the wall clock and one thread on a CPU.

    Where something else disturbed the calls they are timed again while the budget lasts, and the quietest round counts.
    Small tensors measure what it costs to start the work, as they would in a training loop: nothing here hides it.
    """
    timer = timer or timer_for(device)
    prepare = prepare or (lambda *arguments: arguments)
    arguments = itertools.cycle(inputs)

    with timer.steady():
        one_call = _warm_up(function, arguments, prepare, timer, warmup, budget)
        start = timer.now()
        peak_bytes = timer.peak_bytes(functools.partial(function, *prepare(*next(arguments))))
        # The first call alone may have used up the budget, because it loaded or compiled its kernels.
        one_call = min(one_call, timer.now() - start)

        count = min(repeats, max(_MIN_SAMPLES, int(budget / one_call) if one_call > 0 else repeats))
        deadline = timer.now() + budget
        best = None
        while best is None or (best.disturbed and timer.now() < deadline):
            samples = _samples(function, arguments, prepare, timer, count)
            found = Measurement(statistics.median(samples), samples, bytes_moved, peak_bytes)
            best = found if best is None else min(best, found, key=lambda m: m.seconds)
    return best


def _samples(function, arguments, prepare, timer: DeviceTimer, count: int) -> tuple[float, ...]:
    """Seconds of each of `count` calls. The device is waited for only once, so that it never idles between them."""
    marks = []
    for _ in range(count):
        ready = prepare(*next(arguments))
        start = timer.mark()
        function(*ready)
        marks.append((start, timer.mark()))
        del ready  # before the next call's are made, or both would have to fit
    timer.synchronize()
    return tuple(timer.elapsed(start, end) for start, end in marks)


def _warm_up(function, arguments, prepare, timer: DeviceTimer, calls: int, budget: float) -> float:
    """Call at least once, then `calls` times and for as long as the device's lead-in, not much longer than `budget`.

    Returns wall-clock seconds of the last call.
    """
    timer.synchronize()
    begin, lead_in = timer.now(), timer.lead_in()
    made = 0
    while True:
        start = timer.now()
        function(*prepare(*next(arguments)))
        timer.synchronize()
        end = timer.now()
        made += 1
        if end - begin > max(budget, lead_in) or (made >= calls and end - begin >= lead_in):
            return end - start
