"""The unit's GPU demo: four softmaxes that agree, numbers and a picture that say the same, and a full memory."""

import re
import sys
import time
from dataclasses import replace

import pytest
import torch
from mpmath import exp, mp, mpf

from course.kit import gpu
from course.max_shift import gpu_demo, gpu_figure
from course.max_shift.gpu_demo import KEYS, Timings, shifted
from tests.max_shift.right import RIGHT

OWN = RIGHT["softmax"]["textbook"]
METHODS = {"naive": gpu_demo.METHODS["naive"], "shifted": shifted(OWN), **gpu_demo.METHODS}
ORDER = ["naive", "shifted", "in place", "torch.softmax"]


def timings(**seconds):
    """A made-up result on tensors of 4 MiB: copying at 100 GB/s."""
    tensor = 1024 * KEYS * 4
    memory = {"naive": 2 * tensor, "shifted": 2 * tensor, "in place": 4096, "torch.softmax": tensor}
    defaults = {"naive": 300e-6, "shifted": 400e-6, "in place": 350e-6, "torch.softmax": 100e-6}
    measurements = {
        name: gpu.Measurement(t, (t, t, t), 2 * tensor, memory[name]) for name, t in (defaults | seconds).items()
    }
    return Timings("Tesla T4", 1024, 100.0, measurements, METHODS)


@pytest.fixture(scope="module")
def measured():
    """One run at the smallest size, as `gpu_demo.run` does it, and the seconds it took."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gpu_demo, "_QUERIES", {"cpu": (256,), "cuda": (256,)})
        start = time.perf_counter()
        return gpu_demo.run(OWN, "cpu"), time.perf_counter() - start


@pytest.mark.parametrize("name", METHODS)
def test_every_method_is_a_softmax(name):
    rows = torch.randn(5, 40, generator=torch.Generator().manual_seed(1)) * 3
    found = METHODS[name].function(rows.clone())
    with mp.workdps(30):
        for row, probabilities in zip(rows.tolist(), found.tolist(), strict=True):
            total = sum(exp(mpf(x)) for x in row)
            for x, p in zip(row, probabilities, strict=True):
                true = exp(mpf(x)) / total
                assert abs(p - true) <= 1e-5 * true


@pytest.mark.parametrize("name", METHODS)
def test_only_the_method_that_says_so_overwrites_its_input(name):
    rows = torch.randn(5, 40)
    before = rows.clone()
    METHODS[name].function(rows)
    assert torch.equal(rows, before) != METHODS[name].overwrites


def test_the_in_place_softmax_cannot_be_trained():
    logits = torch.randn(3, 4, requires_grad=True)
    probabilities = METHODS["in place"].function(logits.clone())
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        probabilities[:, 0].sum().backward()


@pytest.mark.parametrize("name", METHODS)
def test_the_trips_are_those_of_the_operators_it_runs(name):
    # An operator makes a trip for each large tensor it reads and for the one it writes.
    from torch.utils._python_dispatch import TorchDispatchMode
    from torch.utils._pytree import tree_leaves

    class Trips(TorchDispatchMode):
        count = 0

        def __torch_dispatch__(self, func, types, args=(), kwargs=None):
            result = func(*args, **(kwargs or {}))
            tensors = [t for t in tree_leaves((args, kwargs, result)) if isinstance(t, torch.Tensor)]
            self.count += sum(t.numel() == 200 for t in tensors)
            return result

    rows = torch.randn(5, 40)
    with Trips() as trips:
        METHODS[name].function(rows)
    assert trips.count == METHODS[name].trips


def test_slowdown_memory_and_traffic_follow_from_the_measurements():
    result = timings()
    assert result.slowdown("naive") == pytest.approx(3.0)
    assert result.slowdown("shifted", against="in place") == pytest.approx(400 / 350)
    # 2 trips of 4 MiB at 100 GB/s take 83.9 µs, of 100.
    assert result.explained("torch.softmax") == pytest.approx(0.8388608)
    assert result.against_copy("torch.softmax") == pytest.approx(0.8388608)  # it makes no trip too many
    assert result.against_copy("naive") == pytest.approx(0.8388608 / 3)
    assert result.memory("naive") == 2.0
    assert result.memory("in place") == pytest.approx(4096 / 2**22)
    # 8 trips of 4 MiB at 100 GB/s
    assert result.traffic_seconds("shifted") == pytest.approx(8 * 2**22 / 100e9)


def test_an_unknown_method_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match=r"naive, shifted, in place, torch\.softmax"):
        timings().slowdown("fast")


def test_the_table_has_a_row_for_each_method():
    heading, *rows, copy = repr(timings()).splitlines()
    assert "bandwidth" in heading
    assert [re.split(r"  +", row)[0] for row in rows] == ORDER
    assert re.split(r"  +", rows[0]) == ["naive", "5", "0.3 ms", "28 GB/s", "28%", "70%", "2.000 ×"]
    assert copy == "a copy of the tensor: 100 GB/s"
    assert max(map(len, (heading, *rows))) <= 80


def test_a_run_measures_every_method(measured):
    result, seconds = measured
    assert list(result.measurements) == ORDER
    assert result.queries == 256
    assert result.copy_bandwidth > 0
    assert seconds < 60


def test_peak_memory_on_the_cpu_is_what_the_operators_allocate(measured):
    result, _ = measured
    sums = 1 / KEYS  # a number for each row
    assert result.memory("naive") == 2 + sums
    assert result.memory("shifted") == 3 + sums  # this one keeps the shifted scores while it divides
    assert result.memory("in place") == sums
    assert result.memory("torch.softmax") == 1


def test_the_device_is_said_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(gpu_demo, "_QUERIES", {"cpu": (64,), "cuda": (64,)})
    monkeypatch.setattr(gpu, "describe", lambda where: "no GPU found: measuring on the CPU (1 thread)")
    gpu_demo.run(OWN, "cpu")
    line, text = capsys.readouterr().out.splitlines()
    assert text.startswith("Bar charts of four ways to take a softmax of 64 × 1,024 float32 scores")
    assert line.startswith("No GPU found: measuring on the CPU (1 thread)")


def test_a_softmax_that_is_not_written_yet_costs_a_line_and_the_others_are_measured(monkeypatch, capsys):
    def unwritten(logits, dim=-1):
        raise NotImplementedError()

    monkeypatch.setattr(gpu_demo, "_QUERIES", {"cpu": (64,), "cuda": (64,)})
    result = gpu_demo.run(unwritten, "cpu")
    assert list(result.measurements) == ["naive", "in place", "torch.softmax"]
    said = capsys.readouterr().out
    assert said.startswith("Without the shifted softmax, which is yours, from exercise 1.")
    assert "three ways" in said


def test_a_softmax_that_works_on_the_cpu_only_costs_a_line_on_another_device(capsys):
    def through_numpy(logits, dim=-1):
        return OWN(torch.from_numpy(logits.numpy()), dim)

    elsewhere = torch.device("meta")  # a device without numbers, which NumPy cannot read either
    assert shifted(OWN, elsewhere) is not None
    assert shifted(through_numpy) is not None
    assert shifted(through_numpy, elsewhere) is None
    assert "which is yours: it works on the CPU only." in capsys.readouterr().out


@pytest.mark.parametrize("pause", [0, 0.3])
def test_a_softmax_that_would_keep_the_reader_waiting_costs_a_line(capsys, pause):
    def slow(logits, dim=-1):
        time.sleep(pause)
        return OWN(logits, dim)

    assert shifted(slow if pause else RIGHT["softmax"]["row-loop"]) is None
    assert "it would take too long here. Does it loop over the rows?" in capsys.readouterr().out


def test_what_does_not_fit_costs_a_line_and_a_smaller_size_is_measured(monkeypatch, capsys):
    def measure(where, queries, methods, progress):
        progress.step("copying")
        if queries > 64:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
        return timings()

    monkeypatch.setattr(gpu_demo, "_measure", measure)
    monkeypatch.setattr(gpu_demo, "_QUERIES", {"cpu": (64, 128), "cuda": (64, 128)})
    gpu_demo.run(OWN, "cpu")
    assert capsys.readouterr().out.startswith("Out of memory at size 128: trying less.\n")


def test_a_gpu_without_room_is_given_up_for_the_cpu(monkeypatch, capsys):
    def measure(where, queries, methods, progress):
        if where.type == "cuda":
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return timings()

    monkeypatch.setattr(gpu, "device", lambda wanted: torch.device("cuda", 0))
    monkeypatch.setattr(gpu, "free_bytes", lambda where: 1 << 40)
    monkeypatch.setattr(gpu_demo, "_measure", measure)
    monkeypatch.setattr(gpu_demo, "_QUERIES", {"cpu": (64,), "cuda": (64, 128)})
    gpu_demo.run()
    lines = capsys.readouterr().out.splitlines()
    assert lines[:2] == ["Out of memory at size 128: trying less.", "Out of memory at size 64: trying less."]
    assert lines[2] == "The GPU has no memory left: the CPU does it instead."


def test_busy_machines_are_reported(monkeypatch, capsys):
    result = timings()
    result.measurements["naive"] = gpu.Measurement(9.0, (1.0, 9.0, 9.0), 1, 1)
    monkeypatch.setattr(gpu_demo, "_measure", lambda where, queries, methods, progress: result)
    gpu_demo.run(OWN, "cpu")
    assert "run again for steadier times" in capsys.readouterr().out


def test_the_picture_s_words_name_its_numbers():
    alt = gpu_figure.picture(timings()).alt
    assert "1,024 × 1,024 float32 scores, 4 MB, on the Tesla T4" in alt
    assert "naive 0.3 ms, 5 trips, which alone would take 70% of it" in alt
    assert "torch.softmax 0.1 ms, 2 trips, which alone would take 84% of it" in alt
    assert "Copying the tensor takes 0.0839 ms" in alt
    assert "in place 0.001" in alt


def test_the_picture_draws_what_was_measured():
    time_axes, memory_axes = gpu_figure.figure(timings()).axes
    assert [bar.get_width() for bar in time_axes.patches] == pytest.approx([0.3, 0.4, 0.35, 0.1])
    assert [bar.get_width() for bar in memory_axes.patches] == pytest.approx([2, 2, 4096 / 2**22, 1])
    diamonds = [line.get_xdata()[0] for line in time_axes.lines if line.get_marker() == "D"]
    # 5, 8, 8 and 2 trips of 4 MiB at 100 GB/s, in milliseconds
    assert diamonds == pytest.approx([n * 2**22 / 100e9 * 1e3 for n in (5, 8, 8, 2)])
    assert all(axes.get_xlabel() for axes in (time_axes, memory_axes))


def test_methods_are_told_apart_without_colour():
    bars = gpu_figure.figure(timings()).axes[0].patches
    assert len({bar.get_hatch() for bar in bars}) == len(bars)


def test_no_words_leave_the_picture():
    drawn = gpu_figure.figure(replace(timings(shifted=123.456e-3), device="NVIDIA GeForce RTX 4060 Laptop GPU"))
    drawn.canvas.draw()
    frame = drawn.bbox
    words = [*drawn.texts]  # the headings of the whole
    words += drawn.axes[0].get_yticklabels()  # the other panel shares them and shows none
    for axes in drawn.axes:
        words += [axes.title, axes.xaxis.label, *axes.texts, axes.get_legend()]
    for text in filter(None, words):
        box = text.get_window_extent()
        assert frame.x0 <= box.x0, text
        assert box.x1 <= frame.x1, text


def test_without_matplotlib_the_table_remains(monkeypatch, capsys):
    monkeypatch.setattr(gpu_demo, "_measure", lambda where, queries, methods, progress: timings())
    monkeypatch.delitem(sys.modules, "course.max_shift.gpu_figure", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert gpu_demo.run(OWN, "cpu").slowdown("naive") == pytest.approx(3.0)
    assert "No picture, because matplotlib" in capsys.readouterr().out
