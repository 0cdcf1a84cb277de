"""The unit's GPU demo on the CPU: sizes, floor, line and what is said about them."""

import sys

import pytest
import torch
from matplotlib.text import Text

from course.exp_asymmetry import gpu_demo, gpu_figure
from course.exp_asymmetry.gpu_demo import CURVES, Sweep, Timings

SIZES = (1, 1_000, 1_000_000)


def made_up(device="Tesla T4", copy=100.0, slower=1.0):
    """Times of 2 µs to start and 1 ns an element; copying at 100 GB/s takes 0.08 ns."""
    seconds = {name: tuple(slower * (2e-6 + 1e-9 * size) for size in SIZES) for name in CURVES}
    return Sweep(device, SIZES, seconds, copy)


@pytest.fixture(scope="module")
def measured():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gpu_demo, "SIZES", {"cpu": (1, 1_000, 100_000), "cuda": (1, 1_000)})
        patch.setattr(gpu_demo, "_BUDGET", 0.02)
        patch.setattr(gpu_demo, "_measured", {})
        yield gpu_demo.run("cpu")


def test_floor_knee_and_line_follow_from_the_times():
    sweep = made_up()
    assert sweep.floor == pytest.approx(2.001e-6)
    assert sweep.knee == pytest.approx(2.001e-6 / (1.002e-3 / 1e6))
    assert sweep.copy_seconds(1_000_000) == pytest.approx(8e6 / 100e9)
    assert sweep.copy_seconds(1_000_000, torch.float16) == pytest.approx(4e6 / 100e9)
    assert sweep.against_copy == pytest.approx(1.002e-3 / 8e-5)


def test_a_run_measures_every_dtype_and_size(measured):
    (sweep,) = measured.sweeps
    assert sweep.sizes == (1, 1_000, 100_000)
    assert set(sweep.seconds) == set(CURVES)
    assert {dtype for dtype, _ in CURVES.values()} == {torch.float16, torch.bfloat16, torch.float32, torch.float64}
    assert all(len(times) == 3 and min(times) > 0 for times in sweep.seconds.values())
    assert sweep.seconds["float32"][-1] > sweep.floor
    assert sweep.knee > 0
    assert sweep.copy_bandwidth > 0
    assert sweep.device.startswith("CPU")


def test_a_card_that_emulates_bfloat16_is_not_measured_in_it(monkeypatch, capsys):
    monkeypatch.setattr(gpu_demo, "SIZES", {"cpu": (1, 1_000), "cuda": (1, 1_000)})
    monkeypatch.setattr(gpu_demo, "_BUDGET", 0.005)
    monkeypatch.setattr(gpu_demo, "_measured", {})
    monkeypatch.setattr(gpu_demo.gpu, "emulates", lambda where, dtype: dtype == torch.bfloat16)
    timings = gpu_demo.run("cpu")
    assert set(timings.main.seconds) == set(CURVES) - {"bfloat16"}
    assert timings.main.floor > 0
    assert "emulates bfloat16, which is left out" in capsys.readouterr().out
    assert "bfloat16" not in repr(timings)
    assert "bfloat16" not in gpu_figure.alt(timings)
    gpu_figure.figure(timings)


def test_what_was_measured_once_is_not_measured_again(monkeypatch, capsys):
    monkeypatch.setattr(gpu_demo, "_measured", {})
    calls = []

    def sweep(where, chosen):
        calls.append(where.type)
        return made_up()

    monkeypatch.setattr(gpu_demo, "_sweep", sweep)
    first = gpu_demo.run("cpu")
    assert gpu_demo.run("cpu") is first
    gpu_demo.run("cpu", again=True)
    assert calls == ["cpu", "cpu"]


def test_with_a_gpu_both_devices_are_measured_and_the_gpu_answers(monkeypatch):
    monkeypatch.setattr(gpu_demo, "_measured", {})
    monkeypatch.setattr(gpu_demo.gpu, "device", lambda wanted: torch.device("cuda", 0))
    monkeypatch.setattr(gpu_demo, "_sweep", lambda where, chosen: made_up(where.type))
    timings = gpu_demo.run()
    assert [sweep.device for sweep in timings.sweeps] == ["cpu", "cuda"]
    assert timings.main.device == "cuda"


def test_a_gpu_without_room_leaves_the_times_of_the_cpu(monkeypatch, capsys):
    def sweep(where, chosen):
        if where.type == "cuda":
            raise MemoryError
        return made_up("CPU (1 thread)")

    monkeypatch.setattr(gpu_demo, "_measured", {})
    monkeypatch.setattr(gpu_demo.gpu, "device", lambda wanted: torch.device("cuda", 0))
    monkeypatch.setattr(gpu_demo, "_sweep", sweep)
    assert gpu_demo.run().main.device == "CPU (1 thread)"
    assert "the CPU's times have to do" in capsys.readouterr().out
    with pytest.raises(MemoryError):
        gpu_demo.run("cuda")


def test_the_device_is_said_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(gpu_demo, "_measured", {})
    monkeypatch.setattr(gpu_demo, "_measure", lambda where, sizes, progress: made_up())
    monkeypatch.setattr(gpu_demo.gpu, "describe", lambda where: "no GPU found: measuring on the CPU (1 thread)")
    gpu_demo.run("cpu")
    assert capsys.readouterr().out.startswith("No GPU found: measuring on the CPU (1 thread)")


def test_what_does_not_fit_costs_a_line_and_less_is_measured(monkeypatch, capsys):
    def measure(where, sizes, progress):
        if sizes[-1] > 1_000:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
        return made_up()

    monkeypatch.setattr(gpu_demo, "_measured", {})
    monkeypatch.setattr(gpu_demo, "SIZES", {"cpu": (1, 1_000, 2_000), "cuda": (1,)})
    monkeypatch.setattr(gpu_demo, "_measure", measure)
    gpu_demo.run("cpu")
    assert capsys.readouterr().out.startswith("Out of memory at size 2,000: trying less.\n")


def test_the_table_has_a_row_for_each_size_and_the_time_of_one_element():
    lines = repr(Timings((made_up(),))).splitlines()
    assert lines[0] == "Tesla T4, time of one call"
    assert len(lines) == 2 + len(SIZES) + 1
    assert "1,000,000" in lines[4]
    assert lines[-1].split()[:4] == ["per", "element", "1", "ns"]
    assert max(map(len, lines)) <= 80


def test_the_picture_draws_what_was_measured_for_each_device():
    timings = Timings((made_up("CPU (1 thread)"), made_up("Tesla T4", slower=0.1)))
    figure = gpu_figure.figure(timings)
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["CPU (1 thread)", "Tesla T4"]
    for axes, sweep in zip(figure.axes, timings.sweeps, strict=True):
        assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")
        assert axes.get_xlabel()
        curves = axes.lines[: len(CURVES)]
        for line, name in zip(curves, CURVES, strict=True):
            assert list(line.get_xdata()) == [1_000, 1_000_000]
            assert list(line.get_ydata()) == pytest.approx(sweep.seconds[name][1:])
        copy, floor = axes.lines[len(CURVES) :]
        assert list(copy.get_ydata()) == pytest.approx([sweep.copy_seconds(n) for n in (1_000, 1_000_000)])
        assert floor.get_ydata()[0] == pytest.approx(sweep.floor)
        # Colour is not the only thing that tells the curves apart.
        assert len({(line.get_marker(), line.get_linestyle()) for line in curves}) == len(curves)


def test_no_words_leave_the_picture():
    figure = gpu_figure.figure(Timings((made_up("CPU (1 thread)"), made_up("NVIDIA GeForce RTX 4060 Laptop GPU"))))
    figure.canvas.draw()
    words = [*figure.texts, *figure.legends]
    for axes in figure.axes:
        words += [
            axes.xaxis.label,
            axes.yaxis.label,
            *axes.findobj(lambda t: isinstance(t, Text) and "CPU" in t.get_text()),
        ]
    for text in words:
        box = text.get_window_extent()
        assert figure.bbox.x0 <= box.x0, text
        assert box.x1 <= figure.bbox.x1 + 1, text


def test_the_words_of_the_picture_name_its_numbers():
    alt = gpu_figure.picture(Timings((made_up(),))).alt
    assert "exp on the Tesla T4, from 1,000 to 1,000,000 elements" in alt
    assert "12.5 times as long as the copy" in alt
    assert "Beyond about 1,997 elements" in alt


def test_drawing_shows_a_picture_or_says_why_not(monkeypatch, capsys):
    monkeypatch.setattr(gpu_demo, "_measured", {"cpu": Timings((made_up(),))})
    gpu_demo.draw("cpu")
    assert "Time of exp on the Tesla T4" in capsys.readouterr().out
    monkeypatch.delitem(sys.modules, "course.exp_asymmetry.gpu_figure", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    gpu_demo.draw("cpu")
    assert "No picture, because matplotlib" in capsys.readouterr().out
