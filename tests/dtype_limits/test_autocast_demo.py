"""The unit's GPU demo: what it asks autocast on a CPU, numbers and a picture that say the same, and a GPU's absence."""

import re

import pytest
import torch

from course.dtype_limits import gpu_demo, gpu_figure
from course.dtype_limits.gpu_demo import Cell, Report
from course.kit import gpu

NAMES = ("float16", "bfloat16", "float32", "float64")


def report(cells=None, **seconds):
    """A made-up result on a T4."""
    given = ("float16", "bfloat16", "float32")
    cells = cells or {
        name: {g: Cell("float32" if name != "matmul" else "float16", True) for g in given}
        for name in gpu_demo.OPERATORS
    }
    slow = {"float16": 1e-4, "bfloat16": 3e-4, "float32": 2e-4, "float64": 4e-4} | seconds
    times = {
        operator: {name: gpu.Measurement(s, (s, s, s), 4_000_000, 0) for name, s in slow.items()}
        for operator in ("exp", "softmax")
    }
    return Report("Tesla T4", False, 1_000_000, cells, times)


@pytest.fixture(scope="module")
def measured():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gpu_demo, "_ELEMENTS", {"cpu": (1 << 12,), "cuda": (1 << 12,)})
        return gpu_demo.run("cpu")


def test_on_a_cpu_autocast_leaves_exp_and_softmax_as_they_are_and_lowers_a_product(measured):
    for operator in ("exp", "softmax", "log", "sum"):
        for given in ("float16", "bfloat16", "float32"):
            assert measured.result_dtype(operator, given) == given
    assert measured.result_dtype("matmul", "float32") == "float16"


def test_a_score_of_12_overflows_in_float16_only_and_not_in_a_softmax(measured):
    finite = {name: [cell.finite for cell in row.values()] for name, row in measured.cells.items()}
    assert finite["exp"] == [False, True, True]
    assert finite["sum"] == [False, True, True]
    assert finite["softmax"] == finite["log"] == finite["matmul"] == [True] * 3


def test_every_dtype_is_timed_and_its_bytes_are_counted(measured):
    for by_dtype in measured.times.values():
        assert tuple(by_dtype) == NAMES
        sizes = {name: m.bytes_moved / (2 << 12) for name, m in by_dtype.items()}
        assert sizes == {"float16": 2, "bfloat16": 2, "float32": 4, "float64": 8}
        assert all(m.seconds > 0 for m in by_dtype.values())


def test_speed_follows_from_the_measurements():
    assert report().speedup("float16") == pytest.approx(2)
    assert report().speedup("float64", "softmax", against="float16") == pytest.approx(1 / 4)


def test_an_unknown_name_is_answered_with_the_known_ones():
    with pytest.raises(ValueError, match="exp, softmax, log, sum, matmul"):
        report().result_dtype("tanh", "float16")
    with pytest.raises(ValueError, match="float16, bfloat16, float32"):
        report().result_dtype("exp", "float64")


def test_the_table_has_a_row_for_each_operator_and_each_timing(measured):
    lines = repr(measured).splitlines()
    assert len(lines) == 1 + 5 + 1 + 8
    assert lines[1].split() == ["exp", "float16,", "overflow", "bfloat16", "float32"]


def test_the_picture_is_drawn_and_said_in_words(measured):
    shown = gpu_figure.picture(measured)
    assert shown.png.startswith(b"\x89PNG")
    assert "exp gives float16, overflow for float16" in shown.alt
    assert re.search(r"One call on 4,096 numbers: exp float16 [\d.e-]+ ms", shown.alt)


def test_the_device_and_what_it_makes_of_bfloat16_are_said_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(gpu_demo, "_ELEMENTS", {"cpu": (1 << 12,), "cuda": (1 << 12,)})
    monkeypatch.setattr(gpu, "describe", lambda where: "no GPU found: measuring on the CPU (1 thread)")
    gpu_demo.run("cpu")
    assert capsys.readouterr().out.startswith("No GPU found: measuring on the CPU (1 thread)")
    monkeypatch.setattr(gpu, "describe", lambda where: "Tesla T4, 15 GB, compute capability 7.5")
    where = torch.device("cuda")
    assert gpu_demo._closing_line(where, False, report().times).endswith("7.5, emulates bfloat16, which is left out.")
    assert gpu_demo._closing_line(where, True, report().times).endswith("computes in bfloat16.")


def test_a_card_that_emulates_bfloat16_is_not_asked_about_it(monkeypatch):
    monkeypatch.setattr(gpu_demo, "_ELEMENTS", {"cpu": (1 << 12,), "cuda": (1 << 12,)})
    monkeypatch.setattr(gpu, "emulates", lambda where, dtype: dtype == torch.bfloat16)
    found = gpu_demo.run("cpu")
    assert all(set(row) == {"float16", "float32"} for row in found.cells.values())
    assert all(set(by_dtype) == set(NAMES) - {"bfloat16"} for by_dtype in found.times.values())
    assert "bfloat16" not in gpu_figure.alt(found)


def test_a_gpu_without_room_is_given_up_for_the_cpu(monkeypatch, capsys):
    def measure(where, elements, progress):
        if where.type == "cuda":
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return report().times

    monkeypatch.setattr(gpu, "device", lambda wanted: torch.device("cuda", 0))
    monkeypatch.setattr(gpu, "free_bytes", lambda where: 1 << 40)
    monkeypatch.setattr(gpu, "emulates", lambda where, dtype: False)
    monkeypatch.setattr(gpu_demo, "_ask", lambda operator, given, where: Cell("float32", True))
    monkeypatch.setattr(gpu_demo, "_times", measure)
    monkeypatch.setattr(gpu_demo, "_ELEMENTS", {"cpu": (64,), "cuda": (64,)})
    gpu_demo.run()
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "Out of memory at size 64: trying less."
    assert lines[1] == "The GPU has no memory left: the CPU does it instead."


def test_a_busy_machine_is_reported():
    times = report().times
    times["exp"]["float16"] = gpu.Measurement(9.0, (1.0, 9.0, 9.0), 1, 1)
    assert "run again for steadier times" in gpu_demo._closing_line(torch.device("cpu"), None, times)


def test_a_gpu_that_has_no_room_even_for_a_question_is_given_up_for_the_cpu(monkeypatch, capsys):
    ask = gpu_demo._ask

    def refused(operator, given, where):
        if where.type == "cuda":
            raise RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`")
        return ask(operator, given, where)

    monkeypatch.setattr(gpu, "device", lambda wanted: torch.device("cuda", 0))
    monkeypatch.setattr(gpu, "emulates", lambda where, dtype: False)
    monkeypatch.setattr(gpu_demo, "_ask", refused)
    monkeypatch.setattr(gpu_demo, "_ELEMENTS", {"cpu": (1 << 12,), "cuda": (1 << 12,)})
    assert gpu_demo.run().native_bfloat16 is None
    assert capsys.readouterr().out.startswith("The GPU has no memory left: the CPU does it instead.\n")
