"""The unit's training demo on the CPU: two runs that start alike, numbers and a picture that say the same."""

import math
import sys

import pytest
import torch

from course.bce_with_logits import gpu_demo, gpu_figure
from course.bce_with_logits.gpu_demo import BY_HAND, FROM_LOGITS, STEPS, Run, Training
from course.kit import gpu, timing
from tests.bce_with_logits.right import RIGHT

OWN = RIGHT["bce_with_logits"]["two-softplus"]


def made_up(by_hand=(0.7, 0.5, math.nan, math.nan)):
    norms = tuple(math.nan if math.isnan(loss) else loss / 10 for loss in by_hand)
    runs = {
        BY_HAND: Run(by_hand, norms, (1.0, 7.0, 8.4, math.nan)),
        FROM_LOGITS: Run((0.7, 0.5, 0.4, 0.3), (0.07, 0.05, 0.04, 0.03), (1.0, 7.0, 8.4, 9.0)),
    }
    return Training("Tesla T4", 4096, runs)


@pytest.fixture(scope="module")
def trained():
    return gpu_demo.run(OWN, "cpu")


def test_both_runs_start_alike_and_stay_together_until_one_dies(trained):
    hand, logits = trained.runs[BY_HAND], trained.runs[FROM_LOGITS]
    assert round(hand.losses[0], 1) == round(logits.losses[0], 1) == 0.7
    for a, b in zip(hand.losses[: hand.finite_steps], logits.losses, strict=False):
        assert a == pytest.approx(b, rel=0.02)


def test_by_hand_dies_of_a_logit_beyond_8_3_and_never_recovers(trained):
    hand = trained.runs[BY_HAND]
    assert 20 < hand.finite_steps < 200
    assert hand.largest[hand.finite_steps] > 8.3
    assert max(hand.largest[: hand.finite_steps]) < 8.5
    assert all(map(math.isnan, hand.losses[hand.finite_steps :]))
    assert all(map(math.isnan, hand.norms[hand.finite_steps :]))


def test_with_logits_every_step_is_finite_and_the_loss_falls(trained):
    run = trained.runs[FROM_LOGITS]
    assert run.finite_steps == len(run.losses) == STEPS
    assert run.losses[-1] < 0.1 * run.losses[0]
    assert all(map(math.isfinite, run.norms))


def test_the_forward_pass_is_in_float16(trained):
    model = gpu_demo._model(torch.device("cpu"))
    features, _ = gpu_demo._data(torch.device("cpu"), 4)
    with torch.autocast("cpu", dtype=torch.float16):
        assert model(features).dtype == torch.float16


def test_finite_steps_follow_from_the_losses():
    assert made_up().finite_steps(BY_HAND) == 2
    assert made_up().finite_steps(FROM_LOGITS) == 4
    assert made_up(by_hand=(math.inf,) * 4).finite_steps(BY_HAND) == 0
    with pytest.raises(ValueError, match="by hand, with logits"):
        made_up().finite_steps("fast")


def test_the_table_has_a_row_for_each_run():
    _, hand, logits = repr(made_up()).splitlines()
    assert hand.split()[:5] == ["by", "hand", "2", "of", "4"]
    assert logits.split()[-1] == "0.03"


def test_the_picture_s_words_name_its_numbers():
    alt = gpu_figure.picture(made_up()).alt
    assert "4,096 photos of 32 features and 16 labels" in alt
    assert "float16 autocast, on the Tesla T4" in alt
    assert "by hand: loss 0.700 at first and 0.5 after 1 steps; the loss before step 3 is nan" in alt
    assert "with logits: loss 0.700 at first and 0.3 at the end, every step finite, gradient norm 0.03" in alt
    assert "no finite loss at all" in gpu_figure.alt(made_up(by_hand=(math.nan,) * 4))


def test_the_picture_draws_what_was_measured_and_tells_the_runs_apart_without_colour():
    loss, norm = gpu_figure.figure(made_up()).axes
    hand, cross, logits = loss.lines
    assert list(hand.get_ydata()) == [0.7, 0.5]
    assert list(logits.get_ydata()) == [0.7, 0.5, 0.4, 0.3]
    assert (list(cross.get_xdata()), cross.get_marker()) == ([2], "X")
    assert hand.get_linestyle() != logits.get_linestyle()
    assert [t.get_text() for t in loss.texts] == ["nan from step 3 on"]
    assert loss.get_xlabel() and loss.get_ylabel() and norm.get_xlabel() and norm.get_ylabel()


def test_no_words_leave_the_picture():
    training = Training("NVIDIA GeForce RTX 4060 Laptop GPU", 4096, made_up().runs)
    drawn = gpu_figure.figure(training)
    drawn.canvas.draw()
    for axes in drawn.axes:
        for text in (axes.title, axes.xaxis.label, axes.yaxis.label, *axes.texts, *drawn.texts, drawn._suptitle):
            box = text.get_window_extent()
            assert drawn.bbox.x0 <= box.x0, text
            assert box.x1 <= drawn.bbox.x1, text


def _unwritten(z, y, pos_weight=None, reduction="mean"):
    raise NotImplementedError()


def _not_a_scalar(z, y, pos_weight=None, reduction="mean"):
    return (z - y) ** 2


@pytest.mark.parametrize("function", [_unwritten, _not_a_scalar, lambda *_: None])
def test_a_loss_that_does_not_work_costs_a_line_and_the_librarys_takes_its_place(monkeypatch, capsys, function):
    monkeypatch.setattr(gpu_demo, "STEPS", 2)
    result = gpu_demo.run(function, "cpu")
    assert list(result.runs) == [BY_HAND, FROM_LOGITS]
    assert result.runs[FROM_LOGITS].finite_steps == 2
    assert capsys.readouterr().out.startswith("With the library's loss in the place of yours, from exercise 3.")


def test_the_device_is_said_in_one_line(monkeypatch, capsys):
    monkeypatch.setattr(gpu_demo, "STEPS", 2)
    monkeypatch.setattr(gpu, "describe", lambda where: "no GPU found: measuring on the CPU (1 thread)")
    gpu_demo.run(OWN, "cpu")
    assert capsys.readouterr().out.startswith("No GPU found: measuring on the CPU (1 thread).\n")


def test_a_gpu_without_room_is_given_up_for_the_cpu(monkeypatch):
    def train(loss, where, photos):
        if where.type == "cuda":
            raise torch.cuda.OutOfMemoryError("CUDA out of memory")
        return made_up().runs[FROM_LOGITS]

    monkeypatch.setattr(gpu, "device", lambda wanted: torch.device("cuda", 0))
    monkeypatch.setattr(gpu_demo, "_train", train)
    monkeypatch.setattr(gpu_demo, "timer_for", lambda where: timing.CpuTimer())
    assert gpu_demo.run().device == "CPU (1 thread)"


def test_without_matplotlib_the_table_remains(monkeypatch, capsys):
    monkeypatch.setattr(gpu_demo, "STEPS", 2)
    monkeypatch.delitem(sys.modules, "course.bce_with_logits.gpu_figure", raising=False)
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.axes", None)
    gpu_demo.run(OWN, "cpu")
    assert "No picture, because matplotlib" in capsys.readouterr().out
