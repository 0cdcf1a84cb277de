"""The numbers that unit 05 states in prose, each measured here and then looked up in the text."""

import math

import mpmath
import pytest
import torch
from torch.nn import functional

from course.bce_with_logits import losses
from course.bce_with_logits.explanations import afterwards
from course.bce_with_logits.misconceptions import MISCONCEPTIONS
from course.bce_with_logits.questions import quiz
from tests.notebooks import cell, source

NOTEBOOK = source("05-bce-with-logits")
INF = float("inf")
HALF = torch.float16


def prose(*identities):
    return "\n".join(cell(NOTEBOOK, identity).source for identity in identities)


def evidence(claim, verdict):
    """What the quiz tells whoever gives the right verdict; fails if the verdict is not the right one."""
    result = quiz(claim, verdict)
    assert result.outcome == "correct", claim
    return result.message


def said_about(exercise, mistake):
    (found,) = [m.explanation for m in MISCONCEPTIONS[exercise] if m.name == mistake]
    return found


def number(value, dtype=torch.float32):
    return torch.tensor(float(value), dtype=dtype)


def value_and_slope(function, z, dtype=torch.float32, **keywords):
    leaf = torch.tensor([float(z)], dtype=dtype, requires_grad=True)
    value = function(leaf, **keywords)
    value.sum().backward()
    return value.item(), leaf.grad.item()


def by_hand(z, y, dtype=torch.float32):
    return value_and_slope(lambda leaf: losses.by_hand(leaf, torch.tensor([float(y)], dtype=dtype)), z, dtype)


def library(z, y, dtype=torch.float32):
    return value_and_slope(
        lambda leaf: functional.binary_cross_entropy(torch.sigmoid(leaf), torch.tensor([float(y)], dtype=dtype)),
        z,
        dtype,
    )


def test_the_notebook_and_the_explorer_compute_the_same_loss_by_hand():
    namespace = {"torch": torch}
    exec(cell(NOTEBOOK, "by-hand").source, namespace)
    for z, y in ((20.0, 1.0), (20.0, 0.0), (-3.0, 0.25)):
        ours, theirs = losses.by_hand(number(z), number(y)), namespace["by_hand"](number(z), number(y))
        assert torch.equal(ours, theirs) or (ours.isnan() and theirs.isnan())


def test_a_right_and_certain_answer_is_nan_and_a_wrong_one_inf():
    assert math.isnan(by_hand(20, 1)[0])
    assert by_hand(20, 0)[0] == INF
    assert mpmath.nstr(mpmath.log1p(mpmath.exp(-20)), 3) == "2.06e-9"
    assert "which is 2.06e-9" in prose("labels-question")
    assert mpmath.nstr(1 / (1 + mpmath.exp(-20)), 9) == "0.999999998"
    assert "σ(20) is 0.999999998" in afterwards["certain"]
    assert torch.sigmoid(number(20)) == 1


def test_the_sigmoid_is_1_from_17_on_because_the_sum_in_it_rounds_to_1():
    below, above = torch.nextafter(number(1), number(0)), torch.nextafter(number(1), number(2))
    assert f"{above.item() - 1:.1e}" == "1.2e-07"
    assert mpmath.nstr(mpmath.exp(-17), 1) == "4.0e-8"
    assert 1 + torch.exp(number(-17)) == 1  # it is this sum that rounds: below is the float nearest to σ(17)
    assert float(1 / (1 + mpmath.exp(-17))) < 1 - (1 - below.item()) / 2
    assert "Above 1 floats are 1.2e-7 apart, and exp(-17) is only 4e-8" in prose("ends")


def test_the_mirrored_sigmoid_keeps_its_digits_up_to_87():
    for z in range(17, 88):
        assert 1 - torch.sigmoid(number(z)) == 0
        assert torch.sigmoid(number(-z)).item() == pytest.approx(float(1 / (1 + mpmath.exp(z))), rel=1e-6)
    assert "from z = 17 on, the second keeps its digits up to z = 87" in prose("ends-after")


@pytest.mark.parametrize(
    ("dtype", "one", "zero"),
    [(torch.float16, 9, -18), (torch.bfloat16, 7, -89), (torch.float32, 17, -89), (torch.float64, 37, -710)],
)
def test_where_the_sigmoid_ends_in_each_dtype(dtype, one, zero):
    assert next(z for z in range(100) if torch.sigmoid(number(z, dtype)) == 1) == one
    assert next(z for z in range(0, -1000, -1) if torch.sigmoid(number(z, dtype)) == 0) == zero


def test_the_ends_are_told_in_words():
    assert "-89, five times as far out as 17" in afterwards["zero"]
    assert round(89 / 17) == 5
    assert mpmath.nstr(1 / (1 + mpmath.exp(89)), 2) == "2.2e-39"
    smallest = torch.finfo(torch.float32).smallest_normal
    assert smallest * torch.finfo(torch.float32).eps < 2.2e-39 < smallest  # subnormal, and float32 holds it
    assert torch.exp(number(89)) == INF
    assert "the two ends are 37 and -710" in afterwards["zero"]
    assert "From z = 17 on the sigmoid *is* 1" in prose("ends")


def test_the_clamped_loss_is_100_whatever_the_logit_and_without_a_gradient():
    for z in (17, 200):
        assert library(z, 0) == (100, 0)
    assert "whether the logit was 17 or 200" in afterwards["clamped"]
    assert library(17, 1)[0] == 0


def test_the_clamped_loss_outlives_its_gradient():
    assert mpmath.nstr(1 / (1 + mpmath.exp(40)), 1) == "4.0e-18"
    assert "σ(-40) is 4e-18" in prose("clamped-after")
    for z in range(-88, 0):
        assert library(z, 1)[0] == pytest.approx(float(mpmath.log1p(mpmath.exp(-z))), rel=1e-4)
    assert library(-89, 1)[0] == 100
    assert "right down to z = -88" in prose("clamped-after")
    right = [z for z in range(-88, 0) if library(z, 1)[1] < -0.99]
    assert min(right) == -27
    assert "-27. The way back" in afterwards["frozen"]
    assert 1 / (1 + mpmath.exp(28)) < 1e-12 < 1 / (1 + mpmath.exp(27))
    loss, slope = library(-40, 1)
    assert loss == 40
    assert f"{slope:.0e}" == "-4e-06"
    assert "the gradient is -4e-6" in afterwards["frozen"]
    assert "loss 40, gradient -4e-6 instead of -1" in prose("explain-rubric")
    assert "-4e-6 where -1 is right" in quiz("quiz-2", "C").message


def test_where_the_loss_by_hand_breaks_in_the_explorer():
    for dtype, z in ((torch.float32, 17), (torch.float16, 9), (torch.float64, 37)):
        assert math.isnan(by_hand(z, 1, dtype)[0])
        assert by_hand(z, 0, dtype)[0] == INF
        assert math.isfinite(by_hand(z - 1, 1, dtype)[0])
        assert math.isfinite(by_hand(z - 1, 0, dtype)[0])
    assert math.isnan(by_hand(8.5, 1, HALF)[0])
    assert math.isfinite(by_hand(8, 1, HALF)[0])
    assert "At 9 in float16 (8.5 if you go in steps of one half), at 37 in float64" in prose("explorer-tasks")
    said = prose("explorer-tasks")
    assert "the loss by hand is nan from z = 17 on" in said
    assert (by_hand(-88, 1)[0], by_hand(-89, 1)[0]) == (88, INF)
    assert "At -89, and it is inf" in said
    assert (library(-88, 1)[0], library(-89, 1)[0]) == (88, 100)
    assert "The clamped loss jumps from 88 to 100" in said
    assert math.isfinite(by_hand(-88, 0)[0])
    assert math.isnan(by_hand(-89, 0)[0])
    assert "inf from 17 on, nan from -89 on" in said


def test_a_label_of_one_half():
    assert by_hand(200, 0.5)[0] == INF
    assert library(200, 0.5)[0] == 50
    assert losses.compare(200, 0.5, torch.float32).loss == 100
    assert "The exact loss is 100" in prose("explorer-tasks")
    assert "Clamped it is 50: half of 100" in prose("explorer-tasks")


def test_the_librarys_softplus_has_a_threshold_and_loses_five_digits_in_float64():
    at = {z: functional.softplus(number(z, torch.float64)).item() for z in (19, 21)}
    exact = {z: mpmath.mpf(z) + mpmath.log1p(mpmath.exp(-z)) for z in (19, 21)}
    assert abs(at[19] - exact[19]) < 1e-14
    assert at[21] == 21
    lost = mpmath.log10(abs(at[21] - exact[21]) / exact[21]) - mpmath.log10(torch.finfo(torch.float64).eps)
    assert 5 <= lost < 6
    assert "lost five of float64's sixteen digits" in prose("threshold-after")
    assert functional.softplus(number(21)) == 21  # and no float32 number is closer to 21.00000000076
    assert f"{20 + math.exp(-20):.11g}" == "20.000000002"  # eleven digits, the last of them lost
    assert "wrong from the eleventh digit on" in said_about("softplus", "threshold")
    assert mpmath.nstr(exact[21] - 21, 2) == "7.6e-10"
    assert "7.6e-10 at z = 21" in said_about("softplus", "threshold-over-log")


def test_the_plain_logarithm_loses_digits_long_before_it_loses_the_number():
    assert torch.log(1 + torch.exp(number(-20))) == 0
    assert torch.log(1 + torch.exp(number(-16.7))) == 0
    assert "for z below about -17 the sum 1 + exp(z) rounds" in said_about("softplus", "naive-softplus")
    got, exact = torch.log(1 + torch.exp(number(-9))).item(), mpmath.log1p(mpmath.exp(-9))
    lost = mpmath.log10(abs(got - exact) / exact) - mpmath.log10(torch.finfo(torch.float32).eps)
    assert 3 <= lost < 4
    for exercise in ("softplus", "log_sigmoid", "bce_with_logits"):
        assert "three of" in said_about(exercise, "log-not-log1p")


def test_the_two_mirror_images():
    z, y = torch.tensor([20.0, -20.0]), torch.tensor([1.0, 0.0])
    found = functional.binary_cross_entropy_with_logits(z, y, reduction="none")
    assert found.tolist() == [pytest.approx(2.06115e-9, rel=1e-5), 0]
    z.requires_grad_()
    functional.binary_cross_entropy_with_logits(z, y, reduction="sum").backward()
    assert z.grad.tolist() == pytest.approx([-2.06e-9, 2.06e-9], abs=3e-9)  # within an eps of right: nothing is lost
    assert number(-20) + number(20.000000002) == 0
    assert "-20 + 20.000000002" in afterwards["mirror"]


def test_the_form_with_one_exponential_keeps_its_digits_for_both_labels():
    for z, y in ((20.0, 1.0), (-20.0, 0.0), (13.7, 1.0), (-13.7, 0.0)):
        large = torch.maximum(number(z), number(0)) - number(z) * number(y)
        assert large == 0
        found = large + torch.log1p(torch.exp(-number(z).abs()))
        assert found.item() == pytest.approx(math.log1p(math.exp(-abs(z))), rel=1e-5)
    assert "here 0 - 0, at z = 20 and y = 1 it is 20 - 20" in prose("one-exponential")


def test_three_of_nine_gradients_are_nan_by_hand():
    photos = torch.tensor([[2.0, -1.0, 0.5], [20.0, -3.0, -2.0]])
    tags = torch.tensor([[1.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    weight = torch.eye(3).requires_grad_()
    losses.by_hand(photos @ weight.T, tags).mean().backward()
    assert weight.grad.isnan().sum(1).tolist() == [3, 0, 0]
    assert 'three of the nine are nan: the weights of "dog"' in prose("fixed-after")
    below, above = torch.eye(3).requires_grad_(), torch.eye(3)
    losses.by_hand(photos @ below.T @ above.T, tags).mean().backward()
    assert below.grad.isnan().all()  # with a layer between


def test_the_constant_prediction_that_a_positive_weight_makes_best():
    for share, weight in ((0.01, 99.0), (0.2, 3.0), (0.5, 1.0)):
        best = weight * share / (weight * share + 1 - share)
        z = torch.tensor(math.log(best / (1 - best)), dtype=torch.float64, requires_grad=True)
        parts = [functional.binary_cross_entropy_with_logits(z, number(label, torch.float64)) for label in (1, 0)]
        (share * weight * parts[0] + (1 - share) * parts[1]).backward()
        assert abs(z.grad.item()) < 1e-12
        if weight == 99:
            assert best == pytest.approx(0.5)
    assert quiz("quiz-5", "B").outcome == "correct"
    assert "p = wr / (wr + 1 - r)" in prose("multilabel")


def test_g4_the_formula_agrees_in_value_and_fails_in_gradient_at_one_end():
    said = prose("facts")
    for dtype, end in ((torch.float32, 88.7), (HALF, 11.1)):
        for z in torch.linspace(-1.5 * end, 1.5 * end, 61).tolist():
            a, slope = value_and_slope(lambda x: 1 / (1 + torch.exp(-x)), z, dtype)
            b, _ = value_and_slope(torch.sigmoid, z, dtype)
            if dtype == torch.float32:
                assert abs(a - b) <= 2 * torch.finfo(dtype).eps * b
            if abs(z) > 1.01 * end or abs(z) < 0.99 * end:
                assert math.isnan(slope) == (z < -end)
    assert "The formula's gradient is nan below -88.7 (in float16 below -11.1)" in said
    _, formula = value_and_slope(lambda x: 1 / (1 + torch.exp(-x)), 20)
    _, ready = value_and_slope(torch.sigmoid, 20)
    assert (f"{formula:.2e}", ready) == ("2.06e-09", 0)
    assert "it is right, 2.06e-9, and the gradient of `torch.sigmoid` is 0" in said


def test_x6_the_first_identity_keeps_its_digits_and_the_second_does_not():
    for z in torch.linspace(-80, 80, 321).tolist():
        x = number(z)
        exact = -mpmath.log1p(mpmath.exp(-mpmath.mpf(x.item())))
        assert abs(-functional.softplus(-x).item() - exact) <= 4 * torch.finfo(torch.float32).eps * abs(exact)
    evidence("X6-first", "A")
    second = {z: (-number(z) - functional.softplus(-number(z))).item() for z in (-20, -9, 9, 20)}
    exact = {z: float(-mpmath.log1p(mpmath.exp(z))) for z in second}
    assert second[-20] == 0
    assert second[-9] != pytest.approx(exact[-9], rel=1e-4)
    assert second[9] == pytest.approx(exact[9], rel=1e-6)
    assert second[20] == pytest.approx(exact[20], rel=1e-6)
    assert "only where z is not far below 0" in evidence("X6-second", "B")


def test_x7_a_plain_logarithm_is_right_in_absolute_terms_only():
    eps = torch.finfo(torch.float32).eps
    for z in torch.linspace(-80, 80, 321).tolist():
        x = number(z)
        plain = torch.clamp(x, min=0) - x + torch.log(1 + torch.exp(-x.abs()))
        exact = mpmath.log1p(mpmath.exp(-mpmath.mpf(x.item())))
        assert abs(plain.item() - exact) <= eps * max(1, exact)
        if z < 0:
            assert plain.item() == pytest.approx(float(exact), rel=1e-6)
    at_20 = number(20).requires_grad_()
    loss = torch.maximum(at_20, number(0)) - at_20 + torch.log(1 + torch.exp(-at_20.abs()))
    loss.backward()
    assert loss == 0
    assert abs(at_20.grad.item()) <= 2.1e-9  # the slope's exact value is -2.06e-9; autograd may lose it in 1 - 1
    assert "where the loss is not small" in evidence("X7", "B")
    assert "gives 0 where 2.06e-9 is right" in quiz("X7", "A").message


def test_x17_nan_if_the_label_agrees_inf_if_not_and_neither_from_the_library():
    for z in (200, -200):
        agrees = float(z > 0)
        assert math.isnan(by_hand(z, agrees)[0])
        assert by_hand(z, 1 - agrees)[0] == INF
        assert library(z, agrees)[0] == 0
        assert library(z, 1 - agrees)[0] == 100
    evidence("X17-agree", "A")
    assert "The exact loss is 200" in evidence("X17-disagree", "C")
    assert "0 or 100" in evidence("X17-library", "C")
    wide = torch.float64
    assert by_hand(-200, 0, wide)[0] == 0
    assert by_hand(-200, 1, wide)[0] == 200
    assert math.isnan(by_hand(200, 1, wide)[0])
    assert mpmath.nstr(1 / (1 + mpmath.exp(200)), 2) == "1.4e-87"
    assert "σ(-200) is 1.4e-87" in prose("facts-after")


def test_autocast_refuses_probabilities_on_a_gpu_and_casts_them_up_on_a_cpu():
    p, y = torch.full((2,), 0.5), torch.ones(2)
    autocast_on_a_gpu = torch._C.DispatchKeySet(torch._C.DispatchKey.AutocastCUDA)  # its kernel needs no GPU to refuse
    with pytest.raises(RuntimeError, match="with_logits"):
        torch.ops.aten.binary_cross_entropy.default.redispatch(autocast_on_a_gpu, p, y)
    with torch.autocast("cpu", dtype=HALF):
        assert functional.binary_cross_entropy(p.to(HALF), y).dtype == torch.float32
    assert "refused on a GPU, with a RuntimeError that recommends logits" in prose("gpu")


def test_float16_rounds_the_sigmoid_to_1_from_8_3_on():
    last = math.log(2**12 - 1)  # halfway between 1 and the number below it
    assert f"{last:.1f}" == "8.3"
    assert torch.sigmoid(number(last + 0.01, HALF)) == 1
    assert torch.sigmoid(number(last - 0.01, HALF)) < 1
    assert "passes 8.3 for a label that is 1" in prose("gpu-after")


def test_gradient_scaling_skips_the_step_and_meets_the_same_nan_again():
    layer = torch.nn.Linear(1, 1, bias=False)
    torch.nn.init.constant_(layer.weight, 20.0)
    optimiser = torch.optim.SGD(layer.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu")
    for _ in range(3):
        optimiser.zero_grad()
        loss = losses.by_hand(layer(torch.ones(1, 1)), torch.ones(1, 1)).mean()
        assert loss.isnan()
        scaler.scale(loss).backward()
        scaler.step(optimiser)
        scaler.update()
    assert layer.weight.item() == 20
    assert "A skipped step leaves the weights as they are" in prose("gpu-after")


def test_numbers_in_the_quiz():
    assert f"{math.exp(20):.1e}" == "4.9e+08"
    assert "exp(20) is 4.9e8" in quiz("quiz-1", "C").message
    z, y = number(-20), number(0)
    assert -torch.log(1 - torch.sigmoid(z)) == 0
    assert z - z * y + functional.softplus(-z) == 0
    assert torch.maximum(z, number(0)) - z * y + torch.log(1 + torch.exp(-z.abs())) == 0
    assert functional.softplus(z).item() == pytest.approx(2.06115e-9, rel=1e-5)
    logits = torch.randn(40, generator=torch.Generator().manual_seed(0))
    assert -(torch.zeros(40) * torch.log_softmax(logits, 0)).sum() == 0


def test_numbers_in_the_misconceptions():
    assert f"{math.log(1e-8):.1f}" == "-18.4"
    assert "with 1e-8 that is -18.4" in said_about("log_sigmoid", "epsilon-in-log")
    assert f"{-math.log(1e-7):.0f}" == "16"
    assert "at about 16 for 1e-7" in said_about("bce_with_logits", "epsilon-in-log")
    assert number(1e-8, HALF) == 0
    assert 1 - number(1e-8) == 1
    assert torch.log(torch.sigmoid(number(-88.7))).item() == pytest.approx(-88.7, abs=0.05)
    assert torch.log(torch.sigmoid(number(-88.8))) == -INF
    assert "from about -88.7 to -100" in said_about("log_sigmoid", "clamped-logarithm")
    p = torch.tensor(3.0)
    z = number(1000)
    assert torch.maximum(z, number(0)) - z * p + torch.log1p(torch.exp(-z.abs())) < 0
    assert "with y = 3 the formula" in said_about("bce_with_logits", "weight-inside")


def test_the_rubric_s_numbers():
    said = prose("explain-rubric")
    assert library(17, 0)[0] == 100
    assert "at z = 17 with the label 0 it is 100 where 17 is right" in said
    assert min(z for z in range(-88, 0) if library(z, 1)[1] < -0.99) - 1 == -28
    assert "from z = -28 on with the label 1" in said
