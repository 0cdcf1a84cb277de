"""How a device's time and memory are read: the seam between `gpu.measure` and the hardware."""

from __future__ import annotations

import functools
import math
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

import torch

from course.kit.memory import cpu_peak_bytes


class DeviceTimer(ABC):
    """What `gpu.measure` asks of a device.

    `mark` is called right before and right after each timed call, possibly while earlier calls are still running;
    `elapsed` once for each pair of marks, and only after `synchronize`. Implement these four to measure on another kind
    of device.
    """

    def steady(self) -> AbstractContextManager[None]:
        """Entered around all calls of one measurement, to keep away what disturbs this kind of device."""
        return nullcontext()

    def lead_in(self) -> float:
        """Seconds of work that the device needs now before it runs at its usual speed."""
        return 0.0

    @abstractmethod
    def mark(self) -> Any:
        """A point in the device's work, behind everything handed to it so far."""

    @abstractmethod
    def elapsed(self, start: Any, end: Any) -> float:
        """Seconds the device took from one mark to a later one."""

    @abstractmethod
    def synchronize(self) -> None:
        """Wait until the device has finished everything handed to it."""

    @abstractmethod
    def peak_bytes(self, call: Callable[[], object]) -> int:
        """Run `call` and return its peak memory, in bytes above what was allocated before."""

    def now(self) -> float:
        """Wall-clock seconds, by which the budget is kept."""
        return time.perf_counter()


_LARGE = 31 << 20

_EVENTS = 100
"""Enough for fifty timed calls."""

_LEAD_IN, _REST = 0.3, 1.0
"""Seconds of work that a rested card gets before it is timed, and of idling that make a card rested."""

_last_work: dict[str, float] = {}
"""When each GPU was last measured, on the clock of `DeviceTimer.now`."""


class CpuTimer(DeviceTimer):
    """Wall clock, and the storages that operators make (`memory.cpu_peak_bytes`)."""

    def __init__(self) -> None:
        # glibc gives large blocks back to the system at once, and then the fresh pages cost more than the arithmetic.
        # Once a block of nearly 32 MB has been freed it keeps blocks up to that size for the next call
        # (M_MMAP_THRESHOLD in mallopt(3)), as PyTorch's allocator does on a GPU.
        torch.empty(_LARGE, dtype=torch.uint8)

    @contextmanager
    def steady(self) -> Iterator[None]:
        """One thread: with several, each operator waits for the slowest, and if another program holds one of the cores
        that is a time slice of the scheduler, several times what the operator itself takes."""
        threads = torch.get_num_threads()
        torch.set_num_threads(1)
        try:
            yield
        finally:
            torch.set_num_threads(threads)

    def mark(self) -> float:
        return time.perf_counter()

    def elapsed(self, start: float, end: float) -> float:
        return end - start

    def synchronize(self) -> None:
        """A CPU operator has finished when it returns."""

    def peak_bytes(self, call: Callable[[], object]) -> int:
        return cpu_peak_bytes(call)


class CudaTimer(DeviceTimer):
    """CUDA events, and the statistics of PyTorch's allocator.

    A kernel is launched and Python goes on, so a wall clock would time the launch. Events are recorded in the stream
    between the kernels and carry the GPU's own time stamps. `cuda` is `torch.cuda`, or a stand-in for a test.
    """

    def __init__(self, device: torch.device, cuda: Any = torch.cuda) -> None:
        self._device = device
        self._cuda = cuda
        self._idle: list[Any] = []

    @functools.cached_property
    def _stream(self) -> Any:
        """Named, because the default is the stream of the current device, which need not be this one."""
        return self._cuda.current_stream(self._device)

    @contextmanager
    def steady(self) -> Iterator[None]:
        """With events made beforehand: making one takes as long as launching a small kernel, and would be timed."""
        fresh = [self._cuda.Event(enable_timing=True) for _ in range(_EVENTS - len(self._idle))]
        for event in fresh:
            event.record(self._stream)  # only now does the driver make it
        self._idle += fresh
        self.synchronize()
        yield
        _last_work[str(self._device)] = self.now()

    def lead_in(self) -> float:
        """A card that has nothing to do lowers its clocks, and takes some tenths of a second to raise them again."""
        rest = self.now() - _last_work.get(str(self._device), -math.inf)
        return _LEAD_IN if rest > _REST else 0.0

    def mark(self) -> Any:
        event = self._idle.pop() if self._idle else self._cuda.Event(enable_timing=True)
        event.record(self._stream)
        return event

    def elapsed(self, start: Any, end: Any) -> float:
        seconds = start.elapsed_time(end) / 1e3  # from milliseconds
        self._idle += (start, end)
        return seconds

    def synchronize(self) -> None:
        self._cuda.synchronize(self._device)

    def peak_bytes(self, call: Callable[[], object]) -> int:
        self.synchronize()
        self._cuda.reset_peak_memory_stats(self._device)
        before = self._cuda.memory_allocated(self._device)
        call()
        self.synchronize()
        return self._cuda.max_memory_allocated(self._device) - before


def timer_for(device: torch.device) -> DeviceTimer:
    """The timer for a device: CUDA events on a GPU, the wall clock elsewhere."""
    return CudaTimer(device) if device.type == "cuda" else CpuTimer()
