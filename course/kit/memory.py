"""How much memory is free, and how much of it one call takes at its peak."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import torch
from torch.multiprocessing.reductions import StorageWeakRef
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

_NO_MEMORY = ("DefaultCPUAllocator", "CUDA error: out of memory", "CUBLAS_STATUS_ALLOC_FAILED")
_UNKNOWN = 2 << 30  # what a small laptop or a free container can spare, for systems that do not say


def free_bytes(device: torch.device, cuda=torch.cuda) -> int:
    """Bytes that tensors on `device` can still take.

    On a GPU: what the driver reports as free, and what PyTorch's allocator holds without using it. On a CPU: what the
    operating system calls available, or what is left of the container's limit where that is less.
    """
    if device.type == "cuda":
        idle = cuda.memory_reserved(device) - cuda.memory_allocated(device)
        return cuda.mem_get_info(device)[0] + idle
    return min((n for n in (_available(), _left_in_container()) if n is not None), default=_UNKNOWN)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that memory ran out, on a GPU or on the CPU.

    PyTorch has a class of its own only for its allocator on the GPU. Its CPU allocator raises a bare RuntimeError, and
    so do the driver and cuBLAS when the memory that they want for themselves is not there.
    """
    return isinstance(error, (MemoryError, torch.cuda.OutOfMemoryError)) or (
        isinstance(error, RuntimeError) and any(words in str(error) for words in _NO_MEMORY)
    )


def cpu_peak_bytes(call: Callable[[], object]) -> int:
    """Largest number of bytes of CPU tensors, made by `call()` itself, that were alive at once.

    Counted from what the operators return: each new storage from the operator that made it until Python or autograd
    lets it go. Scratch memory inside one operator is not seen. The operating system's own figure, the resident set,
    would be worse: it includes pages kept for later, and never goes down within one process on some systems.
    """
    with _LiveStorage() as live:
        call()
    return live.peak


class _LiveStorage(TorchDispatchMode):
    def __init__(self) -> None:
        super().__init__()
        self.peak = 0
        self._sizes: dict[StorageWeakRef, int] = {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        kwargs = kwargs or {}
        before = _storages((args, kwargs))
        result = func(*args, **kwargs)
        self._sizes |= {ref: size for ref, size in _storages(result).items() if ref not in before}
        self._sizes = {ref: size for ref, size in self._sizes.items() if not ref.expired()}
        self.peak = max(self.peak, sum(self._sizes.values()))
        return result


def _storages(tree: object) -> dict[StorageWeakRef, int]:
    """The CPU storages behind the tensors in a nested structure, with their sizes in bytes."""
    tensors = (leaf for leaf in tree_leaves(tree) if isinstance(leaf, torch.Tensor))
    storages = (t.untyped_storage() for t in tensors if t.device.type == "cpu" and t.layout == torch.strided)
    return {StorageWeakRef(storage): storage.nbytes() for storage in storages}


def _available() -> int | None:
    try:
        for line in Path("/proc/meminfo").read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:  # not a Linux
        pass
    try:
        import psutil  # comes with ipykernel
    except ImportError:
        return None
    return psutil.virtual_memory().available


def _left_in_container(group: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Bytes left under the control group's limit, as set by Docker and so by Binder; None without a limit.

    Files that the system keeps in memory count as used there, but go as soon as the room is needed.
    """
    for limit, used, statistics, files in (
        ("memory.max", "memory.current", "memory.stat", "inactive_file"),
        (*(f"memory/memory.{name}" for name in ("limit_in_bytes", "usage_in_bytes", "stat")), "total_inactive_file"),
    ):
        try:
            taken = int((group / used).read_text()) - _entry(group / statistics, files)
            return max(0, int((group / limit).read_text()) - taken)
        except (OSError, ValueError):  # another version of control groups, or the word "max": no limit
            continue
    return None


def _entry(path: Path, name: str) -> int:
    """The number after `name` in a file of names and numbers, 0 where it has none."""
    lines = (line.split() for line in path.read_text().splitlines())
    return next((int(words[1]) for words in lines if words[:1] == [name]), 0)
