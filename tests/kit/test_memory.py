"""Peak memory as counted from storages, free memory, and what counts as running out of it."""

from types import SimpleNamespace

import pytest
import torch

from course.kit import memory
from course.kit.memory import cpu_peak_bytes, free_bytes, is_out_of_memory

FLOATS = 1000
TENSOR = 4 * FLOATS  # bytes of that many float32 numbers


@pytest.fixture
def x():
    return torch.randn(FLOATS)


def test_a_result_counts_although_it_is_dropped(x):
    assert cpu_peak_bytes(lambda: x.exp()) == TENSOR


def test_tensors_alive_together_add_up(x):
    def two_alive():
        e = x.exp()
        return e + 1

    assert cpu_peak_bytes(two_alive) == 2 * TENSOR


def test_an_intermediate_result_that_is_gone_does_not_count(x):
    # Three new tensors, but the first is gone when the third is made.
    assert cpu_peak_bytes(lambda: x.exp().neg().abs()) == 2 * TENSOR


def test_in_place_work_takes_nothing(x):
    assert cpu_peak_bytes(lambda: x.sub_(1).exp_()) == 0


def test_a_view_takes_nothing(x):
    assert cpu_peak_bytes(lambda: x.view(10, 100)[2:5].T) == 0


def test_writing_into_an_existing_tensor_takes_nothing(x):
    out = torch.empty(FLOATS)
    assert cpu_peak_bytes(lambda: torch.exp(x, out=out)) == 0


def test_what_autograd_keeps_counts(x):
    x.requires_grad_()
    # exp keeps its result for the gradient, so it is still there when the product and its sum have been made.
    assert cpu_peak_bytes(lambda: (x.exp() * 2).exp()) >= 3 * TENSOR


def test_an_impossible_tensor_is_out_of_memory():
    with pytest.raises(RuntimeError) as caught:
        torch.empty(1 << 58)
    assert is_out_of_memory(caught.value)


def test_cuda_and_python_running_out_of_memory_count_too():
    assert is_out_of_memory(torch.cuda.OutOfMemoryError("CUDA out of memory"))
    assert is_out_of_memory(MemoryError())
    assert is_out_of_memory(RuntimeError("CUDA error: out of memory"))
    assert is_out_of_memory(RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`"))


@pytest.mark.parametrize("error", [RuntimeError("shapes cannot be multiplied"), ValueError("DefaultCPUAllocator")])
def test_other_errors_are_not_out_of_memory(error):
    assert not is_out_of_memory(error)


def test_free_memory_of_a_gpu_includes_what_the_allocator_holds_idle():
    cuda = SimpleNamespace(
        mem_get_info=lambda device: (5_000, 16_000),
        memory_reserved=lambda device: 3_000,
        memory_allocated=lambda device: 1_000,
    )
    assert free_bytes(torch.device("cuda", 0), cuda) == 5_000 + 2_000


def test_free_memory_of_the_cpu_can_be_had():
    free = free_bytes(torch.device("cpu"))
    assert free > 0
    assert free < 1 << 50


@pytest.mark.parametrize(
    ("limit", "used", "statistics", "files"),
    [
        ("memory.max", "memory.current", "memory.stat", "inactive_file"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes", "memory/memory.stat", "total_inactive_file"),
    ],
)
def test_a_containers_limit_counts_without_the_files_that_are_kept_in_memory(tmp_path, limit, used, statistics, files):
    (tmp_path / "memory").mkdir()
    (tmp_path / limit).write_text("2000\n")
    (tmp_path / used).write_text("1800\n")
    (tmp_path / statistics).write_text(f"anon 700\n{files} 1100\nfile_mapped 3\n")
    assert memory._left_in_container(tmp_path) == 2000 - (1800 - 1100)


def test_a_container_without_a_limit_has_none(tmp_path):
    (tmp_path / "memory.max").write_text("max\n")
    (tmp_path / "memory.current").write_text("1800\n")
    (tmp_path / "memory.stat").write_text("anon 700\n")
    assert memory._left_in_container(tmp_path) is None
