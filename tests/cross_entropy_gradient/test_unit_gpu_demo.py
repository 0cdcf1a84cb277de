"""The unit's GPU demo: four losses that agree, numbers and a picture that say the same, and a full memory."""

import sys

import pytest
import torch

from course.cross_entropy_gradient import gpu_demo, gpu_figure
from course.cross_entropy_gradient.gpu_demo import COMPOSED, FUSED, NAIVE, YOURS, Timings, own
from course.kit import gpu
from tests.cross_entropy_gradient.right import RIGHT

OWN = RIGHT["stable_cross_entropy"]["saves-log-p"]
ORDER = (NAIVE, COMPOSED, YOURS, FUSED)
SHAPES = [(16, 64), (64, 32), (64, 64), (64, 128), (256, 64)]


def _all_in_place(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            ctx.save_for_backward(logits, targets)
            return -torch.log_softmax(logits, 1).gather(1, targets[:, None]).mean()

        @staticmethod
        def backward(ctx, grad_output):
            logits, targets = ctx.saved_tensors
            p = torch.softmax(logits, 1)
            p[torch.arange(len(p)), targets] -= 1
            return p.mul_(grad_output / len(p)), None

    return Loss.apply(logits, targets)


def timings():
    """A made-up result."""
    found = {}
    for k, method in enumerate(ORDER):
        for rows, classes in SHAPES:
            seconds = (4 - k) * rows * classes * 1e-7
            found[method, (rows, classes)] = gpu.Measurement(seconds, (seconds,) * 3, 1, (6 - k) * rows * classes * 4)
    return Timings("Tesla T4", found)


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(gpu_demo, "_BATCHES", {"cpu": (4, 8, 16), "cuda": (4, 8, 16)})
    monkeypatch.setattr(gpu_demo, "_VOCABULARIES", {"cpu": (64, 256, 1024), "cuda": (64, 256, 1024)})


@pytest.mark.parametrize("name", [*gpu_demo.LOSSES, "own"])
def test_every_method_is_the_cross_entropy_and_its_gradient(name):
    loss = OWN if name == "own" else gpu_demo.LOSSES[name]
    logits = torch.randn(5, 7, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    targets = torch.tensor([0, 6, 2, 2, 5])
    (slopes,) = gpu_demo._there_and_back(loss)(logits, targets)
    y = torch.nn.functional.one_hot(targets, 7)
    assert torch.allclose(slopes, (torch.softmax(logits, 1) - y) / 5, atol=1e-14)
    assert not logits.requires_grad


def test_a_run_measures_every_method_at_every_shape(small):
    found = gpu_demo.run(OWN, "cpu")
    assert found.methods == ORDER
    assert set(found.shapes) == {(4, 256), (8, 64), (8, 256), (8, 1024), (16, 256)}
    assert found.largest == (8, 1024)


def test_peak_memory_on_the_cpu_is_what_the_notebook_says(small):
    found = gpu_demo.run(OWN, "cpu")
    assert [round(found.memory(method)) for method in (NAIVE, COMPOSED, FUSED)] == [6, 4, 3]
    lean = gpu_demo.run(RIGHT["stable_cross_entropy"]["saves-logits"], "cpu")
    assert round(lean.memory(YOURS)) == 2
    least = gpu_demo.run(_all_in_place, "cpu")
    assert round(least.memory(YOURS)) == 1


def test_the_device_is_said_in_a_line(small, capsys, monkeypatch):
    monkeypatch.setattr(gpu, "describe", lambda where: "no GPU found: measuring on the CPU (1 thread)")
    gpu_demo.run(OWN, "cpu")
    assert capsys.readouterr().out.startswith("No GPU found: measuring on the CPU (1 thread)")


def test_a_function_that_is_not_written_yet_costs_a_line_and_the_others_are_measured(small, capsys):
    def unwritten(logits, targets):
        raise NotImplementedError()

    assert gpu_demo.run(unwritten, "cpu").methods == (NAIVE, COMPOSED, FUSED)
    assert capsys.readouterr().out.startswith("Without yours, stable_cross_entropy from exercise 6.")


def test_a_function_that_would_keep_the_reader_waiting_costs_a_line(monkeypatch, capsys):
    monkeypatch.setattr(gpu_demo, "_PATIENCE", 0.0)
    assert own(OWN) is None
    assert "it would take too long here" in capsys.readouterr().out


def test_a_function_that_works_on_the_cpu_only_costs_a_line_on_another_device(capsys):
    def on_the_cpu(logits, targets):
        targets.numpy()
        return OWN(logits, targets)

    assert own(on_the_cpu) is not None
    assert own(on_the_cpu, torch.device("meta")) is None  # without numbers, which NumPy cannot read
    assert "it works on the CPU only." in capsys.readouterr().out


def test_what_does_not_fit_ends_the_series_with_a_line(small, monkeypatch, capsys):
    measure = gpu_demo._measure

    def limited(where, shape, losses, progress):
        if shape[0] * shape[1] > 2048:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
        return measure(where, shape, losses, progress)

    monkeypatch.setattr(gpu_demo, "_measure", limited)
    assert set(gpu_demo.run(OWN, "cpu").shapes) == {(4, 256), (8, 64), (8, 256)}
    assert "Out of memory" in capsys.readouterr().out


def test_a_gpu_without_room_is_given_up_for_the_cpu(small, monkeypatch, capsys):
    def measure(where, shape, losses, progress):
        if where.type == "cuda":
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return {(m, s): timings().measurements[m, s] for m in ORDER for s in SHAPES}

    monkeypatch.setattr(gpu, "device", lambda wanted: torch.device("cuda", 0))
    monkeypatch.setattr(gpu, "free_bytes", lambda where: 1 << 40)
    monkeypatch.setattr(gpu_demo, "_measure", measure)
    gpu_demo.run()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("Out of memory")
    assert any("CPU" in line for line in lines)


def test_memory_and_the_table_follow_from_the_measurements():
    assert timings().memory(NAIVE) == 6
    with pytest.raises(ValueError, match="naive, log-sum-exp, yours, fused"):
        timings().memory("fast")
    heading, names, *rows = repr(timings()).splitlines()
    assert "64 rows of 128 classes" in heading
    assert "peak memory" in names
    assert [row.split()[0] for row in rows] == list(ORDER)


def test_the_pictures_words_name_its_numbers():
    alt = gpu_figure.picture(timings()).alt
    assert "on the Tesla T4" in alt
    assert "naive 6.0, log-sum-exp 5.0, yours 4.0, fused 3.0" in alt
    assert "64 rows of 128 classes: naive 3.28 ms" in alt


def test_the_picture_draws_what_was_measured_and_tells_methods_apart_without_colour():
    by_classes, by_rows, memory = gpu_figure.figure(timings()).axes
    assert [len(line.get_xdata()) for line in by_classes.lines] == [3] * 4
    assert by_rows.lines[0].get_ydata().tolist() == pytest.approx([4 * n * 64 * 1e-4 for n in (16, 64, 256)])
    assert len({(line.get_marker(), line.get_linestyle()) for line in by_classes.lines}) == 4
    assert [bar.get_width() for bar in memory.patches] == [6, 5, 4, 3]
    assert len({bar.get_hatch() for bar in memory.patches}) == 4
    assert all(axes.get_xlabel() for axes in (by_classes, by_rows, memory))


def test_no_words_leave_the_picture():
    drawn = gpu_figure.figure(Timings("NVIDIA GeForce RTX 4060 Laptop GPU", timings().measurements))
    drawn.canvas.draw()
    words = [*drawn.texts, *drawn.legends]
    for axes in drawn.axes:
        words += [axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts]
    for text in words:
        box = text.get_window_extent()
        assert drawn.bbox.x0 <= box.x0, text
        assert box.x1 <= drawn.bbox.x1, text


def test_without_matplotlib_the_table_remains(small, monkeypatch, capsys):
    monkeypatch.delitem(sys.modules, "course.cross_entropy_gradient.gpu_figure", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    monkeypatch.setitem(sys.modules, "matplotlib.axes", None)
    assert gpu_demo.run(OWN, "cpu").methods == ORDER
    assert "No picture, because matplotlib" in capsys.readouterr().out
