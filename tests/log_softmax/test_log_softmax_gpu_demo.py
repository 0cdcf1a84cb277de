"""The unit's GPU demo: three losses that agree, numbers and a picture that say the same, and a full memory."""

import sys

import pytest
import torch

from course.kit import gpu
from course.log_softmax import gpu_demo, gpu_figure
from course.log_softmax.gpu_demo import Costs
from tests.log_softmax import exact
from tests.log_softmax.right import RIGHT

OWN = RIGHT["chunked_cross_entropy"]["row-slices"]
ORDER = ["composed", "fused", "chunked"]


def costs():
    """A made-up result: logits of 4096 × 32768 and 4096 × 65536 numbers."""
    measurements = {
        way: {
            size: gpu.Measurement(t * size, (t * size,) * 3, 1, int(peak * 4 * 4096 * size)) for size in (32768, 65536)
        }
        for way, t, peak in (("composed", 3e-7, 3), ("fused", 2e-7, 2), ("chunked", 1e-7, 0.4))
    }
    return Costs("Tesla T4", 4096, 1024, measurements)


@pytest.fixture(scope="module")
def measured():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gpu_demo, "_VOCABULARIES", {"cpu": (256, 512), "cuda": (256, 512)})
        patch.setattr(gpu_demo, "ROWS", {"cpu": 64, "cuda": 64})
        patch.setattr(gpu_demo, "_BUDGET", 0.02)
        return gpu_demo.run(OWN, "cpu")


@pytest.mark.parametrize("way", ORDER)
def test_every_way_is_the_mean_cross_entropy(way):
    generator = torch.Generator().manual_seed(1)
    hidden, weight = (torch.randn(n, 5, generator=generator) for n in (11, 7))
    targets = torch.randint(7, (11,), generator=generator)
    ways = {**gpu_demo.WAYS, "chunked": gpu_demo.chunked(OWN)}
    want = sum(
        exact.loss((weight.double() @ h).tolist(), t) for h, t in zip(hidden.double(), targets.tolist(), strict=True)
    )
    assert ways[way](hidden, weight, targets).item() == pytest.approx(float(want / 11), rel=1e-5)


def test_a_run_measures_every_way_at_every_size(measured):
    assert list(measured.measurements) == ORDER
    assert measured.vocabularies == (256, 512)
    assert all(m.seconds > 0 for way in measured.measurements.values() for m in way.values())


def test_the_composed_loss_holds_three_tensors_the_fused_two_and_chunks_less_than_one(measured):
    assert measured.memory("composed") == pytest.approx(3, abs=0.1)
    assert measured.memory("fused") == pytest.approx(2, abs=0.1)
    assert measured.memory("chunked") < 1


def test_memory_and_slowdown_follow_from_the_measurements():
    result = costs()
    assert result.memory("chunked") == pytest.approx(0.4)
    assert result.memory("composed", 32768) == pytest.approx(3)
    assert result.slowdown("composed") == pytest.approx(1.5)
    assert result.logits_bytes(65536) == 4 * 4096 * 65536
    with pytest.raises(ValueError, match="composed, fused, chunked"):
        result.memory("sharded")


def test_the_table_has_a_row_for_each_way_and_size():
    heading, *rows = repr(costs()).splitlines()
    assert "peak memory" in heading
    assert len(rows) == 6
    assert rows[0].split() == ["32,768", "composed", "9.83", "ms", "1611", "MB", "3.00", "×"]


def test_a_call_of_more_than_a_second_leaves_the_columns_in_line():
    result = costs()
    result.measurements["composed"][65536] = gpu.Measurement(1.0614, (1.0614,) * 3, 1, 10**8)
    assert result.milliseconds("composed") == "1061 ms"
    assert len({len(line) for line in repr(result).splitlines()[1:]}) == 1


@pytest.mark.parametrize("broken", ["unwritten", "wrong", "a number"])
def test_a_loss_that_is_not_there_yet_costs_a_line(capsys, broken):
    def student(hidden, weight, targets, chunk=1024):
        if broken == "unwritten":
            raise NotImplementedError()
        return 2 * OWN(hidden, weight, targets, chunk) if broken == "wrong" else 1.0

    assert gpu_demo.chunked(student) is None
    assert capsys.readouterr().out.startswith("Without the chunked loss, which is yours, from exercise 5")


def test_a_loss_that_works_on_the_cpu_only_costs_a_line_on_another_device(capsys):
    def on_the_cpu(hidden, weight, targets, chunk=1024):
        return OWN(*(torch.from_numpy(t.numpy()) for t in (hidden, weight, targets)), chunk)

    elsewhere = torch.device("meta")  # a device without numbers, which NumPy cannot read either
    assert gpu_demo.chunked(on_the_cpu) is not None
    assert gpu_demo.chunked(on_the_cpu, elsewhere) is None
    assert "it works on the CPU only." in capsys.readouterr().out


def test_what_does_not_fit_costs_a_line_and_the_smaller_sizes_are_shown(monkeypatch, capsys):
    def measure(where, kind, size, ways, progress):
        progress.step("composed")
        if size > 32768:
            raise RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory")
        return {way: costs().measurements[way][size] for way in ways}

    monkeypatch.setattr(gpu_demo, "_measure", measure)
    monkeypatch.setattr(gpu, "free_bytes", lambda where: 1 << 44)
    monkeypatch.setattr(gpu_demo, "_VOCABULARIES", {"cpu": (32768, 65536), "cuda": (32768,)})
    assert gpu_demo.run(OWN, "cpu").vocabularies == (32768,)
    assert "Out of memory at a vocabulary of 65,536" in capsys.readouterr().out


def test_a_gpu_without_room_is_given_up_for_the_cpu(monkeypatch, capsys):
    def measure(where, kind, size, ways, progress):
        if where.type == "cuda":
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return {way: costs().measurements[way][32768] for way in ways}

    monkeypatch.setattr(gpu, "device", lambda wanted: torch.device("cuda", 0))
    monkeypatch.setattr(gpu, "free_bytes", lambda where: 1 << 44)
    monkeypatch.setattr(gpu_demo, "_measure", measure)
    monkeypatch.setattr(gpu_demo, "_VOCABULARIES", {"cpu": (32768,), "cuda": (32768,)})
    gpu_demo.run()
    assert "The GPU has no memory left: the CPU does it instead." in capsys.readouterr().out


def test_the_picture_s_words_name_its_numbers():
    alt = gpu_figure.picture(costs()).alt
    assert "32,768, 65,536 words" in alt
    assert "4,096 rows, hidden vectors of 1024, float32, on the Tesla T4" in alt
    assert "composed 19.7 ms and 3221 MB, 3.00 tensors of logits" in alt


def test_the_picture_draws_what_was_measured_and_tells_ways_apart_without_colour():
    times, peaks = gpu_figure.figure(costs()).axes
    assert list(times.lines[0].get_ydata()) == pytest.approx([9.8304, 19.6608])
    assert len(peaks.lines) == 4  # the three ways, and one tensor of logits
    assert len({(line.get_marker(), line.get_linestyle()) for line in peaks.lines}) == 4
    assert all(axes.get_xlabel() and axes.get_ylabel() for axes in (times, peaks))


def test_without_matplotlib_the_table_remains(monkeypatch, capsys):
    monkeypatch.setattr(gpu_demo, "_measure_all", lambda where, ways: costs())
    monkeypatch.delitem(sys.modules, "course.log_softmax.gpu_figure", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    assert gpu_demo.run(OWN, "cpu").memory("composed") == pytest.approx(3)
    assert "No picture, because matplotlib" in capsys.readouterr().out
