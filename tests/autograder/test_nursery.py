"""What forking a kernel from a warm process must not break, and what is left when parts of it are killed."""

import threading
import time
from pathlib import Path

import pytest
from sandbox_helpers import children, execute, fully_warm, run, text, warm

from autograder.kernels.sandbox import Sandbox
from autograder.limits import Limits
from autograder.provisioner import warm_kernel


def test_parallel_torch_operations_run_in_a_fork():
    source = """import torch
x = torch.randn(1000, 2000)
print(torch.get_num_threads(), bool(torch.isfinite(x.exp().sum())), tuple((x @ x.T).shape))"""
    assert run(fully_warm(), source) == "2 True (1000, 1000)"


def test_backward_runs_in_a_fork():
    source = """import torch
x = torch.randn(700, 700, requires_grad=True)
(x @ x).exp().sum().backward()
print(tuple(x.grad.shape))"""
    assert run(fully_warm(), source) == "(700, 700)"


def test_a_data_loader_with_workers_runs_in_a_fork():
    source = """import torch
from torch.utils.data import DataLoader, TensorDataset
loader = DataLoader(TensorDataset(torch.arange(100.0)), batch_size=10, num_workers=2)
print(sum(batch.sum().item() for batch, in loader))"""
    assert run(fully_warm(), source) == "4950.0"


def test_a_pool_of_processes_runs_in_a_fork():
    source = "from multiprocessing import Pool\nwith Pool(2) as pool:\n    print(pool.map(abs, [-1, -2]))"
    assert run(fully_warm(), source) == "[1, 2]"


@pytest.mark.parametrize("draw", ["plt.plot([1, 2])", "fig, ax = plt.subplots()", "plt.imshow([[1]])\nplt.show()"])
def test_a_figure_appears_without_a_magic(draw):
    with warm_kernel(fully_warm(), files={}, seed=1) as kernel:
        outputs = execute(kernel, f"import matplotlib.pyplot as plt\n{draw}")[0]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 1


def test_a_figure_appears_where_pyplot_was_not_preloaded():
    with warm_kernel(warm(), files={}, seed=1) as kernel:
        outputs = execute(kernel, "import matplotlib.pyplot as plt", "plt.plot([1, 2]);")[1]
    assert ["image/png" in output["data"] for output in outputs] == [True]


DRAW = """import random, numpy as np, torch
print(random.random(), np.random.rand(), torch.rand(1).item())"""


def test_random_numbers_repeat_with_the_seed():
    assert run(fully_warm(), DRAW, seed=5) == run(fully_warm(), DRAW, seed=5)


def test_every_random_stream_differs_between_seeds():
    one, other = (run(fully_warm(), DRAW, seed=seed).split() for seed in (5, 6))
    assert not set(one) & set(other)


def test_a_large_seed_is_accepted():
    assert run(fully_warm(), DRAW, seed=2**100 + 1)


def test_the_order_of_a_set_does_not_depend_on_the_nursery():
    source = "print(set('abcdefgh'))"
    with Sandbox(Limits(), preload=[]) as other:
        assert run(warm(), source) == run(other, source)


@pytest.mark.parametrize(
    "source",
    [
        "while True: pass",
        "import time; time.sleep(100)",
        "import torch\nx = torch.randn(500, 500)\nwhile True: x = (x @ x).clamp(-1, 1)",
        "import subprocess; subprocess.run(['sleep', '100'])",
        "!sleep 100",
    ],
    ids=["loop", "sleep", "torch", "program", "shell"],
)
def test_an_interrupt_ends_a_cell_and_leaves_the_kernel_usable(source):
    with warm_kernel(fully_warm(), files={}, seed=1) as kernel:
        execute(kernel, "kept = 17")
        threading.Timer(1.0, kernel.interrupt).start()
        start = time.monotonic()
        outputs = execute(kernel, source, "print(kept)", timeout=20)
        assert time.monotonic() - start < 10
        assert text(outputs[1]) == "17"
        assert source.startswith("!") or text(outputs[0]).endswith("KeyboardInterrupt:")


def test_an_interrupt_of_an_idle_kernel_changes_nothing():
    with warm_kernel(warm(), files={}, seed=1) as kernel:
        kernel.interrupt()
        assert text(execute(kernel, "print(1)")[0]) == "1"
        kernel.interrupt()
        assert text(execute(kernel, "print(2)")[0]) == "2"


def test_input_fails_with_a_reason():
    assert run(warm(), "input('name? ')").startswith("StdinNotImplementedError")


def test_a_shell_command_shows_its_output():
    assert run(warm(), "get_ipython().system('echo hello')") == "hello"


def test_output_of_a_program_and_of_a_forked_process_appears():
    source = "import os, sys\nos.system('echo from a program')\nsys.stdout.flush()\nimport time; time.sleep(0.3)"
    assert run(warm(), source) == "from a program"


def test_nothing_is_written_by_a_history():
    assert run(warm(), "import glob\nprint(glob.glob('/home/student/**/history*', recursive=True))") == "[]"


def test_the_nursery_has_one_thread_when_it_forks():
    nursery = children(fully_warm().pid)[0]
    assert len(list(Path(f"/proc/{nursery}/task").iterdir())) == 1


def test_what_is_missing_on_the_preload_list_is_skipped():
    with Sandbox(Limits(), preload=["no_such_module_anywhere", "json.no_such_part"]) as own:
        assert run(own, "print(1)") == "1"
