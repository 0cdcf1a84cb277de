"""The Triton kernel: right on every kind of row in Triton's interpreter, and compiled for several GPUs."""

import importlib.util
import os
import subprocess
import sys

import pytest
import torch

from course.max_shift.online import DTYPES
from tests.max_shift.kernel_cases import NAN_ROWS, cases, worst
from tests.notebooks import ROOT

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("triton") is None, reason="Triton is not installed: pip install triton, on Linux"
)
NAMES = list(cases(torch.float32))


def started(module, *arguments, interpret):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))}
    environment |= {"TRITON_INTERPRET": "1" if interpret else "0", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", f"tests.max_shift.{module}", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def interpreted(tmp_path_factory):
    file = tmp_path_factory.mktemp("triton") / "results.pt"
    done = started("interpreted", file, interpret=True)
    assert done.returncode == 0, done.stderr
    return torch.load(file)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("dtype", DTYPES, ids=lambda dtype: str(dtype).removeprefix("torch."))
def test_the_kernel_keeps_the_units_bound(interpreted, dtype, name):
    logits, found = cases(dtype)[name], interpreted["results"][dtype][name]
    assert (found.dtype, found.shape) == (dtype, logits.shape)
    if name in NAN_ROWS:
        assert found[0].isnan().all()
        assert torch.softmax(logits, -1)[0].isnan().all()
        logits, found = logits[1:], found[1:]
    assert worst(found, logits) <= 1


def test_its_results_are_contiguous_whatever_came_in(interpreted):
    assert not all(logits.is_contiguous() for logits in cases(torch.float32).values())
    assert interpreted["contiguous"]


def test_it_compiles_for_a_card_without_bfloat16_and_for_a_newer_one(tmp_path, monkeypatch):
    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    done = started("compiled", interpret=False)
    assert (done.returncode, done.stderr) == (0, "")  # no warning either: a reader would see it
    assert done.stdout.splitlines() == ["T4 fp16", "T4 fp32", "H100 bf16"]
