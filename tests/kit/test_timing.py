"""The two timers: CUDA events and allocator statistics on a fake `torch.cuda`, and the CPU."""

import pytest
import torch

from course.kit import gpu, timing
from course.kit.timing import CpuTimer, CudaTimer, timer_for

CPU = torch.device("cpu")
CUDA = torch.device("cuda", 1)


class FakeCuda:
    """As much of `torch.cuda` as a timer uses: time passes when work is put into a stream, and is known later."""

    def __init__(self):
        self.milliseconds = 0.0
        self.synchronized = True
        self.allocated = 5_000
        self.peak = 99_000
        self.streams = []
        self.made = 0

    def run(self, milliseconds, peak=0):
        self.milliseconds += milliseconds
        self.peak = max(self.peak, self.allocated + peak)
        self.synchronized = False

    def current_stream(self, device):
        assert device == CUDA
        return f"stream of {device}"

    def Event(self, enable_timing):  # noqa: N802 - torch's name
        assert enable_timing
        self.made += 1
        return FakeEvent(self)

    def synchronize(self, device):
        assert device == CUDA
        self.synchronized = True

    def memory_allocated(self, device):
        return self.allocated

    def reset_peak_memory_stats(self, device):
        self.peak = self.allocated

    def max_memory_allocated(self, device):
        assert self.synchronized
        return self.peak


class FakeEvent:
    def __init__(self, cuda):
        self.cuda = cuda

    def record(self, stream):
        self.cuda.streams.append(stream)
        self.at = self.cuda.milliseconds

    def elapsed_time(self, end):
        assert self.cuda.synchronized, "torch raises when an event has not completed"
        return end.at - self.at


def test_cuda_events_are_read_in_seconds_after_synchronizing():
    cuda = FakeCuda()
    found = gpu.measure(
        lambda: cuda.run(2.5), bytes_moved=5_000_000, device=CUDA, repeats=4, timer=CudaTimer(CUDA, cuda)
    )
    assert found.seconds == pytest.approx(0.0025)
    assert len(found.samples) == 4
    assert found.bandwidth == pytest.approx(2.0)


def test_cuda_events_are_recorded_in_the_measured_device_s_stream():
    cuda = FakeCuda()
    gpu.measure(lambda: cuda.run(1), bytes_moved=0, device=CUDA, repeats=3, timer=CudaTimer(CUDA, cuda))
    assert set(cuda.streams) == {"stream of cuda:1"}


def test_no_event_is_made_while_calls_are_timed():
    cuda = FakeCuda()
    made = []

    def work():
        cuda.run(1)
        made.append(cuda.made)

    gpu.measure(work, bytes_moved=0, device=CUDA, repeats=50, budget=9, timer=CudaTimer(CUDA, cuda))
    assert set(made[-50:]) == {cuda.made}
    assert cuda.made >= 100


def test_events_serve_again_once_they_were_read():
    cuda = FakeCuda()
    timer = CudaTimer(CUDA, cuda)
    for milliseconds in range(1, 100):
        start = timer.mark()
        cuda.run(milliseconds)
        end = timer.mark()
        timer.synchronize()
        assert timer.elapsed(start, end) == pytest.approx(milliseconds / 1e3)
    assert cuda.made == 2


def test_a_card_that_rested_is_kept_busy_before_it_is_timed(monkeypatch):
    timer = CudaTimer(CUDA, FakeCuda())
    clock = [0.0]
    monkeypatch.setattr(timing, "_last_work", {})
    monkeypatch.setattr(timer, "now", lambda: clock[0])
    assert timer.lead_in() > 0.1  # it was never measured before
    with timer.steady():
        clock[0] = 50.0
    clock[0] = 50.5
    assert timer.lead_in() == 0
    clock[0] = 60.0
    assert timer.lead_in() > 0.1
    assert CpuTimer().lead_in() == 0


def test_cuda_peak_memory_is_what_the_call_adds():
    cuda = FakeCuda()
    peak = CudaTimer(CUDA, cuda).peak_bytes(lambda: cuda.run(1, peak=700))
    assert peak == 700


def test_each_kind_of_device_gets_its_timer():
    assert isinstance(timer_for(CPU), CpuTimer)
    assert isinstance(timer_for(CUDA), CudaTimer)


def test_the_cpu_is_measured_on_one_thread_and_gets_the_others_back():
    torch.set_num_threads(2)
    seen = []
    gpu.measure(lambda: seen.append(torch.get_num_threads()), bytes_moved=0, device=CPU, repeats=3)
    assert set(seen) == {1}
    assert torch.get_num_threads() == 2
