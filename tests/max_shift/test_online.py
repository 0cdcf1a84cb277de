"""The optional deep dive of unit 03 without a GPU: the loop in PyTorch, what is said about it, the line, the tables."""

import math
import re
import sys
from types import SimpleNamespace

import pytest
import torch

from course.kit import gpu
from course.max_shift import kernel_demo, online
from tests.max_shift.kernel_cases import NAN_ROWS, cases, worst
from tests.notebooks import ROOT, cell, source

UNIT = "03-max-shift"


@pytest.fixture(scope="module")
def loop():
    """`online_softmax` as the notebook's cell defines it."""
    names = {"torch": torch}
    exec(cell(source(UNIT), "gpu-online-loop").source.rpartition("\n")[0], names)
    return names["online_softmax"]


def prose(identity):
    return cell(source(UNIT), identity).source


@pytest.mark.parametrize("name", cases(torch.float32))
def test_the_notebooks_loop_keeps_the_units_bound_except_where_the_notebook_says_so(loop, name):
    logits = cases(torch.float32)[name]
    found = loop(logits, block=32)
    if name in NAN_ROWS or name == "masked beyond the first block":
        assert found[0].isnan().all()
        logits, found = logits[1:], found[1:]
    assert worst(found, logits) <= 1


def test_the_question_about_a_masked_beginning_has_the_answer_that_stands_there(loop):
    assert "300 scores are masked" in prose("gpu-online-question")
    row = eval(re.search(r"online_softmax\((.*)\)`", prose("gpu-online-question"))[1], {"torch": torch})
    assert row.shape == (1, 302)
    assert loop(row).isnan().all()
    assert "`torch.softmax` gives 0.27 and 0.73 for the last two" in prose("gpu-online-question")
    assert [round(p, 2) for p in torch.softmax(row, -1)[0, -2:].tolist()] == [0.27, 0.73]


def test_only_one_factor_leads_to_the_sum_of_the_whole_row():
    tried = online.rescaled()
    assert tried.right == "exp(3 - 5)"
    assert tried.sums[tried.right] == pytest.approx(tried.exact, rel=1e-12)
    others = [s for name, s in tried.sums.items() if name != tried.right]
    assert all(abs(s / tried.exact - 1) > 0.1 for s in others)
    assert len(repr(tried).splitlines()) == 1 + len(online.RESCALINGS) + 1


def test_the_notebook_shows_the_kernel_that_runs():
    shown = re.search(r"```python\n(.*?)\n```", prose("gpu-kernel"), re.DOTALL)[1]
    whole = (ROOT / "course" / "max_shift" / "online_kernel.py").read_text(encoding="utf-8")
    assert shown == whole[whole.index("@triton.jit") :].replace("  # noqa: N803", "").strip()
    assert 'shift = tl.where(higher == -float("inf"), 0.0, higher)' in shown


def test_an_error_is_judged_against_the_bound():
    logits = torch.tensor([[0.0, 1.0, -3.0]])
    eps = torch.finfo(torch.float32).eps
    exact = torch.softmax(logits.double(), -1)

    def off_by(bounds):
        # The first number is 1 below the maximum, so its bound is 8 eps (1 + 1) of its weight.
        return lambda x: exact + torch.tensor([[bounds * 16 * eps, 0, 0]]) * exact

    assert online.against_bound(off_by(0.5), logits) == pytest.approx(0.5, rel=1e-6)
    assert online.against_bound(off_by(3.0), logits) == pytest.approx(3.0, rel=1e-6)
    assert online.against_bound(lambda x: x * math.nan, logits) == math.inf


def test_what_the_kernel_does_not_take_is_refused_with_a_sentence(monkeypatch):
    monkeypatch.setitem(sys.modules, "course.max_shift.online_kernel", _no_kernel())
    with pytest.raises(TypeError, match=r"float16, bfloat16 and float32, and not torch\.float64: convert first"):
        online.kernel_softmax(torch.zeros(2, 2, dtype=torch.float64))
    with pytest.raises(ValueError, match="give a tensor of at least one dimension"):
        online.kernel_softmax(torch.tensor(1.0))
    assert online.kernel_softmax(torch.zeros(0, 5)).shape == (0, 5)


def _no_kernel():
    return SimpleNamespace(OPTIONS={}, online_softmax_kernel=None)


def test_without_a_gpu_one_line_says_so_and_the_loop_is_judged(loop, monkeypatch, capsys):
    monkeypatch.setattr(gpu, "gpu_trouble", lambda: "no GPU found")
    report = kernel_demo.run(loop, "cpu")
    said = capsys.readouterr().out.splitlines()
    assert said == ["No GPU found, so the Triton kernel stays unused; the loop in PyTorch is the same algorithm."]
    assert list(report.errors) == [kernel_demo.LOOP, kernel_demo.FUSED]
    assert report.errors[kernel_demo.LOOP]["float32"] <= 1
    assert report.speeds == {}


def test_a_loop_that_was_broken_costs_a_line(capsys):
    def broken(x):
        raise ValueError("no")

    report = kernel_demo.run(broken, "cpu")
    assert list(report.errors) == [kernel_demo.FUSED]
    assert "Without the loop in PyTorch." in capsys.readouterr().out


@pytest.mark.parametrize(
    ("found", "error", "said"),
    [
        (None, None, "Triton is not installed"),
        (True, RuntimeError("Failed to find C compiler.\nmore"), r"\(RuntimeError: Failed to find C compiler\.\)"),
    ],
)
def test_a_gpu_without_a_working_triton_is_told_in_one_clause(monkeypatch, found, error, said):
    def launch(logits):
        raise error

    monkeypatch.setattr(online.importlib.util, "find_spec", lambda name: found)
    monkeypatch.setattr(online, "kernel_softmax", launch)
    monkeypatch.setattr(gpu, "name", lambda where: "Tesla T4")
    monkeypatch.setattr(online.torch, "randn", lambda *shape, device: None)
    assert re.search(said, online.kernel_trouble(torch.device("cuda", 0)))


def test_the_tables_hold_errors_speeds_and_shares_of_the_copy():
    speeds = {name: dict.fromkeys(kernel_demo.COLUMNS, 200.0) for name in (kernel_demo.KERNEL, kernel_demo.FUSED)}
    report = kernel_demo.Report("Tesla T4", {kernel_demo.KERNEL: {"float32": 0.25}}, speeds, 250.0)
    assert report.against_copy(kernel_demo.FUSED, 1024) == pytest.approx(0.8)
    lines = repr(report).splitlines()
    assert lines[1].split() == ["Triton", "kernel", "0.25"]
    assert lines[3].split()[2:4] == ["200", "(80%)"]
    assert lines[-1] == "a copy: 250 GB/s, which is 100 %"


def test_bandwidth_is_measured_for_every_length_of_row():
    from course.kit.progress import Progress

    copied, speeds = kernel_demo.speeds_of(
        {"fused": kernel_demo.fused}, torch.device("cpu"), 1 << 12, (64, 256), Progress(steps=3)
    )
    assert copied > 0
    assert {n: speed > 0 for n, speed in speeds["fused"].items()} == {64: True, 256: True}
