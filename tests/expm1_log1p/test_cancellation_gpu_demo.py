"""The unit's comparison of two implementations: honest references, numbers and a picture that say the same."""

import sys

import numpy as np
import pytest
import torch
from mpmath import mp, mpf

from course.expm1_log1p import gpu_demo, gpu_figure
from course.expm1_log1p.gpu_demo import RANGES, Comparison, Errors
from course.kit import gpu
from tests.expm1_log1p.reference import ulps

CPU, NUMPY, GPU = "PyTorch on the CPU", "NumPy on the CPU", "PyTorch on the GPU"
EXACT = {"exp": mp.exp, "expm1": mp.expm1, "log1p": mp.log1p, "tanh": mp.tanh}


@pytest.fixture(scope="module")
def measured():
    """One run at a small size, as `gpu_demo.run` does it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gpu_demo, "_COUNT", {"cpu": (6000,), "cuda": (6000,)})
        return gpu_demo.run("cpu")


def made_up(*names):
    errors = {f: {n: Errors(0.5 + k, 0.1 * (k + 1), (0.5,) * 60) for k, n in enumerate(names)} for f in RANGES}
    return Comparison("NVIDIA H200", 1000, errors, dict.fromkeys(RANGES, 0.25))


@pytest.mark.parametrize("function", RANGES)
def test_the_reference_is_right_far_beyond_the_last_bit_of_float32(function):
    low, high = RANGES[function]
    x = torch.linspace(low, high, 301, dtype=torch.float64).float()
    for number, found in zip(x.tolist(), gpu_demo.exact_values(function, x).tolist(), strict=True):
        with mp.workdps(40):
            true = EXACT[function](mpf(number))
        if true != 0:
            assert ulps(found, true, torch.float32) < 1e-6


def test_an_ulp_is_the_distance_between_floats():
    exact = torch.tensor([1.0, 1.5, -2.0, 0.75, 0.0], dtype=torch.float64)
    off = torch.tensor([1 + 2**-23, 1.5, -2 - 2**-21, 0.75 - 2**-24, 0.0], dtype=torch.float64)
    assert gpu_demo.ulps(off, exact).tolist() == [1, 0, 2, 1, 0]


def test_pytorch_and_numpy_are_compared_on_the_cpu(measured):
    assert measured.implementations == (CPU, NUMPY)
    for by in measured.errors.values():
        for errors in by.values():
            # Half an ulp is the best there is; a library that is off by more than this one has a defect.
            assert 0.4 < errors.largest < 8
            assert 0 <= errors.not_nearest < 1
            assert max(errors.profile) == errors.largest


def test_the_share_that_differs_is_counted(measured):
    x = torch.linspace(*RANGES["exp"], 6000, dtype=torch.float64).float()
    differing = sum(a != b for a, b in zip(torch.exp(x).tolist(), np.exp(x.numpy()).tolist(), strict=True))
    assert measured.percent_different("exp") == pytest.approx(100 * differing / 6000)


def test_the_table_has_a_row_for_each_function_and_implementation(measured):
    rows = repr(measured).splitlines()
    assert len(rows) == 1 + 3 * len(RANGES)
    assert "largest error" in rows[0]
    assert rows[3].startswith("exp")
    assert f"{CPU} and {NUMPY} differ for" in rows[3]


def test_the_device_is_said_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(gpu_demo, "_COUNT", {"cpu": (600,), "cuda": (600,)})
    monkeypatch.setattr(gpu, "describe", lambda where: "no GPU found: measuring on the CPU (1 thread)")
    gpu_demo.run("cpu")
    line, text = capsys.readouterr().out.splitlines()
    assert line.startswith("No GPU found: measuring on the CPU (1 thread)")
    assert text.startswith("Line charts of the error of four functions in float32")


def test_a_gpu_without_room_is_given_up_for_the_cpu(monkeypatch):
    def compare(where, count, progress):
        if where.type == "cuda":
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return made_up(CPU, NUMPY)

    monkeypatch.setattr(gpu, "device", lambda wanted: torch.device("cuda", 0))
    monkeypatch.setattr(gpu, "free_bytes", lambda where: 1 << 40)
    monkeypatch.setattr(gpu_demo, "_compare", compare)
    assert gpu_demo.run().implementations == (CPU, NUMPY)


def test_with_a_gpu_it_is_compared_with_the_cpu_first():
    found = gpu_demo._implementations(torch.device("cuda", 0))
    assert tuple(found) == (GPU, CPU, NUMPY)


def test_the_picture_s_words_name_its_numbers():
    alt = gpu_figure.picture(made_up(GPU, CPU, NUMPY)).alt
    assert "1,000 numbers each" in alt
    assert f"exp from -10 to 10: largest error in ulps {GPU} 0.50, {CPU} 1.50, {NUMPY} 2.50" in alt
    assert f"{GPU} and {CPU} differ for 25.0 % of the numbers" in alt


def test_the_picture_draws_a_labelled_panel_for_each_function_and_tells_lines_apart_without_colour():
    axes = gpu_figure.figure(made_up(GPU, CPU, NUMPY)).axes
    assert [a.get_title(loc="left").split(":")[0] for a in axes] == list(RANGES)
    for panel in axes:
        assert panel.get_xlabel()
        assert panel.get_ylabel()
        lines = [line for line in panel.lines if line.get_label() in (GPU, CPU, NUMPY)]
        assert len({(line.get_linestyle(), line.get_marker()) for line in lines}) == 3


def test_no_words_leave_the_picture():
    drawn = gpu_figure.figure(made_up(GPU, CPU, NUMPY))
    drawn.canvas.draw()
    frame = drawn.bbox
    words = [*drawn.texts, *drawn.legends]
    for panel in drawn.axes:
        words += [panel.xaxis.label, panel.yaxis.label, panel._left_title]
    for text in words:
        box = text.get_window_extent()
        assert frame.x0 <= box.x0, text
        assert box.x1 <= frame.x1, text


def test_without_matplotlib_the_table_remains(monkeypatch, capsys):
    monkeypatch.setattr(gpu_demo, "_compare", lambda where, count, progress: made_up(CPU, NUMPY))
    monkeypatch.delitem(sys.modules, "course.expm1_log1p.gpu_figure", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.axes", None)
    assert gpu_demo.run("cpu").percent_different("exp") == 25
    assert "No picture, because matplotlib" in capsys.readouterr().out
