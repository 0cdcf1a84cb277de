"""Measuring: the arithmetic and the order of events on a scripted device, the CPU for real, the choice of a device."""

import math
import warnings
from types import SimpleNamespace

import pytest
import torch

from course.kit import gpu
from course.kit.timing import DeviceTimer

CPU = torch.device("cpu")
CUDA = torch.device("cuda", 1)


class ScriptedTimer(DeviceTimer):
    """A device on which every call takes as long as `seconds` says, in turn; `log` keeps the order of events."""

    def __init__(self, seconds):
        self.seconds = seconds
        self.calls = 0
        self.log = []

    def work(self, *_):
        self.log.append("call")
        self.calls += 1

    def clock(self):
        return sum(self.seconds[i % len(self.seconds)] for i in range(self.calls))

    def mark(self):
        self.log.append("mark")
        return self.clock()

    def elapsed(self, start, end):
        return end - start

    def synchronize(self):
        self.log.append("synchronize")

    def peak_bytes(self, call):
        self.log.append("peak")
        call()
        return 123

    def now(self):
        return self.clock()


def scripted(seconds, **options):
    timer = ScriptedTimer(seconds)
    options = {"bytes_moved": 1000, "device": CPU, "warmup": 2, "repeats": 5, "budget": 100.0} | options
    return timer, gpu.measure(timer.work, timer=timer, **options)


def test_the_time_is_the_median_of_the_timed_calls():
    # Two warm-up calls, one for the peak, five timed: 4, 5, 100, 7, 6.
    _, found = scripted([1, 2, 3, 4, 5, 100, 7, 6])
    assert found.samples == (4, 5, 100, 7, 6)
    assert found.seconds == 6


def test_bandwidth_is_bytes_over_seconds_in_units_of_a_billion():
    assert gpu.Measurement(0.5, (0.5,), 320_000_000_000, 0).bandwidth == 640.0


def test_a_measurement_knows_that_it_was_disturbed():
    assert gpu.Measurement(8.0, (1.0, 8.0, 9.0), 1, 0).disturbed
    assert not gpu.Measurement(1.1, (1.0, 1.1, 9.0), 1, 0).disturbed


def test_the_peak_is_taken_after_warm_up_and_outside_the_timed_calls():
    timer, found = scripted([1], repeats=3)
    warm = ["synchronize", "call", "synchronize", "call", "synchronize"]
    assert timer.log == [*warm, "peak", "call", *3 * ["mark", "call", "mark"], "synchronize"]
    assert found.peak_bytes == 123


@pytest.mark.parametrize(("seconds", "calls"), [(0.001, 20), (0.1, 10), (0.25, 4), (5.0, 3)])
def test_the_budget_limits_the_number_of_calls_but_not_below_three(seconds, calls):
    _, found = scripted([seconds], repeats=20, budget=1.0 + 1e-9)
    assert len(found.samples) == calls


def test_a_disturbed_round_is_timed_again_and_the_quietest_counts():
    # One call to warm up and one for the peak, then a round with interruptions and a quiet one.
    _, found = scripted([1, 1, 1, 9, 9, 1, 1, 1], warmup=1, repeats=3)
    assert found.samples == (1, 1, 1)


def test_a_device_that_never_comes_to_rest_is_not_waited_for():
    timer, found = scripted([1, 9, 9], warmup=1, repeats=3, budget=40.0)
    # 8 calls of 6 1/3 s on average: three rounds of three exceed 40 s, so there is no fourth.
    assert found.disturbed
    assert timer.calls == 2 + 3 * 3


def test_a_slow_function_is_warmed_up_once():
    timer, _ = scripted([5.0], warmup=10, repeats=3, budget=1.0)
    assert timer.calls == 1 + 1 + 3


def test_a_first_call_that_loads_its_kernels_does_not_cost_the_samples():
    # The first call alone exceeds the budget, so it is the only one to warm up; the others take a hundredth of it.
    _, found = scripted([5.0, *200 * [0.01]], warmup=3, repeats=20, budget=1.0)
    assert len(found.samples) == 20


def test_a_device_that_has_to_get_up_to_speed_is_kept_busy_first():
    timer = ScriptedTimer([0.1])
    timer.lead_in = lambda: 0.95
    gpu.measure(timer.work, bytes_moved=0, device=CPU, warmup=2, repeats=3, budget=9, timer=timer)
    assert timer.log.index("peak") == 1 + 2 * 10  # ten calls of 0.1 s, each waited for


def test_inputs_are_used_in_turn():
    seen = []
    gpu.measure(seen.append, bytes_moved=0, device=CPU, inputs=[("a",), ("b",), ("c",)], warmup=2, repeats=3)
    assert "".join(seen).startswith("abcabc")


def test_preparation_is_not_timed():
    timer = ScriptedTimer([1])

    def prepare(x):
        timer.log.append("prepare")
        return (x + 1,)

    seen = []

    def function(x):
        timer.work()
        seen.append(x)

    gpu.measure(
        function, bytes_moved=0, device=CPU, inputs=[(1,)], prepare=prepare, warmup=1, repeats=3, budget=9, timer=timer
    )
    timed = timer.log[timer.log.index("peak") :]
    assert timed == ["peak", "call", *3 * ["prepare", "mark", "call", "mark"], "synchronize"]
    assert set(seen) == {2}


def test_the_cpu_is_measured_for_real():
    x = torch.randn(64, 64)
    found = gpu.measure(torch.exp, bytes_moved=2 * x.nbytes, device=CPU, inputs=[(x,)], repeats=5)
    assert len(found.samples) == 5
    assert all(seconds > 0 for seconds in found.samples)
    assert found.peak_bytes == x.nbytes
    assert math.isfinite(found.bandwidth)


def test_copy_bandwidth_is_a_positive_number():
    assert 0 < gpu.copy_bandwidth(CPU, torch.float16, elements=1 << 20) < 1e5


def test_random_inputs_exceed_the_cache_and_hold_no_zeros():
    inputs = gpu.random_inputs((2048, 1024), CPU)
    tensors = [x for (x,) in inputs]
    assert sum(x.nbytes for x in tensors) >= 2 * (64 << 20)
    assert len({x.data_ptr() for x in tensors}) == len(tensors)
    assert {x.shape for x in tensors} == {(2048, 1024)}
    for x in tensors:
        assert abs(float(x.mean())) < 0.01
        assert abs(float(x.std()) - 1) < 0.01


def test_every_input_gets_a_target_of_its_own_that_was_written_to():
    inputs = gpu.with_targets(gpu.random_inputs((1 << 20,), CPU))
    places = {tensor.data_ptr() for pair in inputs for tensor in pair}
    assert len(places) == 2 * len(inputs)
    assert all(torch.equal(x, target) for x, target in inputs)


def test_random_inputs_leave_the_global_generator_alone():
    before = torch.get_rng_state()
    gpu.random_inputs((10,), CPU)
    assert torch.equal(torch.get_rng_state(), before)


@pytest.fixture
def no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)


@pytest.fixture
def t4(monkeypatch):
    card = SimpleNamespace(name="Tesla T4", total_memory=15_828_320_256, major=7, minor=5, L2_cache_size=4 << 20)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", lambda: 0)
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device=None: card.name)
    monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: card)
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (card.major, card.minor))
    return card


def first_kernel(monkeypatch, outcome):
    """Let the first kernel on the fake card end in `outcome`: a tensor, or an exception."""

    def ones(*size, device):
        assert device == "cuda"
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(torch, "ones", ones)


def test_without_a_gpu_the_cpu_is_measured_and_the_line_says_so(no_gpu):
    assert gpu.device() == CPU
    assert gpu.device("cuda") == CPU
    assert gpu.describe(CPU) == "no GPU found: measuring on the CPU (1 thread)"


def test_a_driver_that_is_too_old_is_said_in_the_line_and_not_in_a_warning(monkeypatch):
    def is_available():
        warnings.warn(
            "CUDA initialization: The NVIDIA driver on your system is too old (found version 11040).", stacklevel=2
        )
        return False

    monkeypatch.setattr(torch.cuda, "is_available", is_available)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert gpu.gpu_trouble() == f"the GPU's driver does not suit PyTorch {torch.__version__}"


def test_a_gpu_whose_memory_was_freed_is_used_again(t4, monkeypatch):
    first_kernel(monkeypatch, torch.cuda.OutOfMemoryError("CUDA out of memory"))
    assert gpu.device() == CPU
    first_kernel(monkeypatch, torch.zeros(1))
    assert gpu.device() == torch.device("cuda", 0)


def test_a_working_gpu_is_chosen_and_described(t4, monkeypatch):
    first_kernel(monkeypatch, torch.zeros(1))
    assert gpu.device() == torch.device("cuda", 0)
    assert gpu.describe(gpu.device()) == "Tesla T4, 15 GB, compute capability 7.5"
    assert gpu.device("cpu") == CPU


def test_a_gpu_that_this_pytorch_has_no_code_for_is_not_used(t4, monkeypatch):
    first_kernel(monkeypatch, RuntimeError("CUDA error: no kernel image is available for execution on the device"))
    assert gpu.device() == CPU
    assert gpu.describe(CPU).startswith("Tesla T4 is there but PyTorch")


def test_a_gpu_that_is_full_is_not_used(t4, monkeypatch):
    first_kernel(monkeypatch, torch.cuda.OutOfMemoryError("CUDA out of memory"))
    assert gpu.device() == CPU
    assert gpu.describe(CPU).startswith("Tesla T4 is there but its memory is full")


@pytest.mark.parametrize(("major", "minor", "native"), [(7, 5, False), (8, 0, True), (8, 9, True), (12, 0, True)])
def test_bfloat16_is_native_from_compute_capability_8(t4, major, minor, native):
    t4.major, t4.minor = major, minor
    where = torch.device("cuda", 0)
    assert gpu.bfloat16_is_native(where) is native
    assert gpu.emulates(where, torch.bfloat16) is not native
    assert not gpu.emulates(where, torch.float16)


def test_a_cpu_is_no_gpu_with_bfloat16():
    assert not gpu.bfloat16_is_native(CPU)
    assert not gpu.emulates(CPU, torch.bfloat16)


def test_sizes_fit_into_half_of_the_free_memory(monkeypatch):
    monkeypatch.setattr(gpu, "free_bytes", lambda where: 1000)
    options = {"cpu": (400, 50, 100), "cuda": (200, 60), "bytes_needed": lambda n: 5 * n}
    assert gpu.sizes(CPU, **options) == [50, 100]
    assert gpu.sizes(CUDA, **options) == [60]


def test_the_smallest_size_is_always_tried(monkeypatch):
    monkeypatch.setattr(gpu, "free_bytes", lambda where: 0)
    assert gpu.sizes(CPU, cpu=(10, 20), cuda=(), bytes_needed=lambda n: n) == [10]


def attempt_up_to(limit, error):
    def attempt(size):
        if size > limit:
            raise error
        return size

    return attempt


@pytest.mark.parametrize(
    "error", [torch.cuda.OutOfMemoryError("CUDA out of memory"), RuntimeError("DefaultCPUAllocator: not enough memory")]
)
def test_running_out_of_memory_costs_one_line_and_goes_on(error):
    lines = []
    assert gpu.largest_that_fits(attempt_up_to(100, error), [10, 100, 1000], say=lines.append) == 100
    assert lines == ["Out of memory at size 1,000: trying less."]


def test_another_error_is_not_taken_for_a_lack_of_memory():
    with pytest.raises(RuntimeError, match="a bug"):
        gpu.largest_that_fits(attempt_up_to(0, RuntimeError("a bug")), [1, 2], say=lambda line: None)


def test_when_nothing_fits_the_error_says_what_to_do():
    with pytest.raises(MemoryError, match="Close other notebooks"):
        gpu.largest_that_fits(attempt_up_to(0, MemoryError()), [1, 2], say=lambda line: None)


@pytest.mark.parametrize(
    "error",
    [
        MemoryError("Not even the smallest size fits into memory."),
        torch.cuda.OutOfMemoryError("CUDA out of memory"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"),
    ],
)
def test_a_gpu_without_room_costs_one_line_and_the_cpu_does_the_work(error):
    def work(where):
        if where.type == "cuda":
            raise error
        return where

    lines = []
    assert gpu.or_on_the_cpu(work, CUDA, say=lines.append) == CPU
    assert lines == ["The GPU has no memory left: the CPU does it instead."]


def test_the_cpu_does_not_do_what_failed_for_another_reason():
    with pytest.raises(RuntimeError, match="a bug"):
        gpu.or_on_the_cpu(_broken, CUDA)
    with pytest.raises(MemoryError):
        gpu.or_on_the_cpu(_full, CPU)


def _broken(where):
    raise RuntimeError("a bug")


def _full(where):
    raise MemoryError


@pytest.mark.parametrize("setting", ["highest", "high", "medium"])
def test_matrix_products_are_measured_in_float32_whatever_was_set(setting):
    torch.set_float32_matmul_precision(setting)
    try:
        with gpu.full_float32():
            assert torch.get_float32_matmul_precision() == "highest"
        assert torch.get_float32_matmul_precision() == setting
    finally:
        torch.set_float32_matmul_precision("highest")


@pytest.mark.skipif(not hasattr(torch.backends.cuda.matmul, "fp32_precision"), reason="an interface of PyTorch 2.9")
def test_so_they_are_where_the_newer_interface_set_it():
    matmul = torch.backends.cuda.matmul
    before, matmul.fp32_precision = matmul.fp32_precision, "tf32"
    try:
        with gpu.full_float32():
            assert matmul.fp32_precision == "ieee"
        assert matmul.fp32_precision == "tf32"
    finally:
        matmul.fp32_precision = before
