"""The numbers that unit 03 states in prose, each measured here and then looked up in the text."""

import warnings

import mpmath
import numpy
import pytest
import torch

from course.max_shift import gpu_demo
from course.max_shift.explanations import afterwards
from course.max_shift.misconceptions import MISCONCEPTIONS
from course.max_shift.misconceptions.softmax_slips import softmax_rounded_logarithm
from course.max_shift.questions import quiz
from course.max_shift.shifted import compare
from tests.notebooks import cell, source

NOTEBOOK = source("03-max-shift")
BATCH = torch.tensor([[2.0, 1.0, 0.1], [1000.0, 1.0, -1000.0], [3.0, 2.0, 1.0]])
TARGETS = torch.tensor([0, 2, 1])


def prose(*identities):
    return "\n".join(cell(NOTEBOOK, identity).source for identity in identities)


def evidence(claim, verdict):
    """What the quiz tells whoever gives the right verdict; fails if the verdict is not the right one."""
    result = quiz(claim, verdict)
    assert result.outcome == "correct", claim
    return result.message


def worked(claim):
    """The line of the table of claims that are judged already."""
    (line,) = [line for line in prose("facts").splitlines() if line.startswith(f"| {claim} |")]
    return line


def naive(logits):
    weights = torch.exp(logits)
    return weights / weights.sum(-1, keepdim=True)


def gradients(loss):
    logits = BATCH.clone().requires_grad_()
    value = loss(logits)
    value.backward()
    return value.item(), logits.grad


def naive_loss(logits):
    return -torch.log(naive(logits)[range(3), TARGETS]).mean()


def digits(row, places=4):
    return " ".join(f"{number:.{places}f}" for number in row.tolist())


@pytest.fixture
def right_softmax():
    """A shifted softmax in five operations."""

    def softmax(logits, dim=-1):
        powers = torch.exp(logits - torch.amax(logits, dim, True))
        return powers / torch.sum(powers, dim, True)

    return softmax


def test_a1_row_two_is_nan_0_0():
    row = naive(BATCH)[1]
    assert row.isnan().tolist() == [True, False, False]
    assert row[1:].tolist() == [0, 0]
    assert "C: `nan, 0, 0`" in worked("A1")


def test_a2_the_printed_probabilities_of_the_good_rows_are_right():
    claimed = prose("facts")
    assert f"`{digits(naive(BATCH)[0])}` and `{digits(naive(BATCH)[2])}`" in claimed
    assert worked("A2").endswith("| A: the result of your first prediction |")
    for row, logits in ((0, BATCH[0]), (2, BATCH[2])):
        with mpmath.workdps(50):
            weights = [mpmath.exp(mpmath.mpf(x)) for x in logits.tolist()]
            exact = [float(w / mpmath.fsum(weights)) for w in weights]
        assert naive(BATCH)[row].tolist() == pytest.approx(exact, rel=1e-6)


def test_a3_and_a5_the_naive_loss_is_inf_and_the_bad_rows_gradient_all_nan():
    value, gradient = gradients(naive_loss)
    assert value == float("inf")
    assert gradient[1].isnan().all()
    assert "A: one row's -log(0) is inf" in worked("A3")
    evidence("A5", "A")


def test_a4_the_true_gradients_stand_in_the_evidence_and_the_printed_ones_differ():
    _, gradient = gradients(naive_loss)
    said = evidence("A4", "C")
    assert digits(gradient[0]) in said
    assert digits(gradient[2]) in said
    printed = torch.tensor([[0.1137, -0.0808, -0.0329], [0.1117, -0.2518, 0.1400]])
    assert digits(printed[0]) in prose("facts")
    assert digits(printed[1]) in prose("facts")
    assert torch.allclose(-printed[0], gradient[0], atol=1e-4)  # all its signs are reversed
    wrong = (printed[1] - gradient[2]).abs() > 1e-3
    assert wrong.tolist() == [True, False, True]  # two of its three numbers
    assert abs(printed[1].sum()) < 2e-4  # and yet it sums to 0, like the true one


def test_a4_the_gradient_is_p_minus_y_over_the_number_of_rows():
    _, gradient = gradients(naive_loss)
    y = torch.nn.functional.one_hot(TARGETS, 3)
    expected = (naive(BATCH) - y) / 3
    for row in (0, 2):
        assert torch.allclose(gradient[row], expected[row], atol=1e-6)


def test_a4_and_a7_the_sign_and_sum_tests_catch_one_wrong_row_of_three():
    printed = {
        0: torch.tensor([0.1137, -0.0808, -0.0329]),
        2: torch.tensor([0.1117, -0.2518, 0.1400]),
        1: torch.tensor([1 / 3, 1 / 3, -2 / 3]),
    }
    caught = []
    for row, gradient in printed.items():
        signs_fit = all((entry < 0) == (i == TARGETS[row]) for i, entry in enumerate(gradient))
        sums_to_zero = abs(gradient.sum()) < 2e-4
        caught.append(not (signs_fit and sums_to_zero))
    assert caught == [True, False, False]
    assert "two of the three wrong gradients pass both tests" in prose("facts-after")
    true = BATCH.softmax(-1)
    assert f"{true[2, 0]:.4f}" == "0.6652"
    assert f"{true[2, 0] / 3:.4f}" == "0.2217"
    assert true[1].tolist() == [1, 0, 0]
    assert "0.6652, a third of which is 0.2217 and not 0.1117" in prose("facts-after")
    assert "Row two's $p$ is (1, 0, 0)" in prose("facts-after")


def test_the_slope_of_a_rows_loss_is_p_minus_y():
    row = BATCH[2].double().requires_grad_()
    (torch.logsumexp(row, 0) - row[1]).backward()
    torch.testing.assert_close(row.grad, row.detach().softmax(0) - torch.tensor([0.0, 1.0, 0.0]))
    assert "LSE}(x) - x_t$" in prose("facts-method")


def test_a6_and_a7_the_stable_loss_and_gradient():
    value, gradient = gradients(lambda logits: torch.nn.functional.cross_entropy(logits, TARGETS))
    assert f"{value:.2f}" == "667.27"
    assert "667.27" in evidence("A6", "C")
    assert gradient[1].tolist() == pytest.approx([1 / 3, 0, -1 / 3], abs=1e-7)
    assert "(1/3, 0, -1/3)" in evidence("A7", "C")
    losses = torch.nn.functional.cross_entropy(BATCH, TARGETS, reduction="none")
    assert losses.tolist() == pytest.approx([0.417, 2000, 1.408], rel=1e-3)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float32, torch.float64])
def test_a8_both_exponentials_are_exactly_zero_in_every_dtype(dtype):
    assert torch.exp(torch.tensor([-999.0, -2000.0], dtype=dtype)).tolist() == [0, 0]
    assert "C: exactly 0, in float64 too" in worked("A8")


def test_a8_the_exact_values_and_the_smallest_double():
    said = prose("underflow-after")
    for x in (-999, -2000):
        mantissa, exponent = mpmath.nstr(mpmath.exp(x), 2).split("e")
        assert f"{mantissa}e{exponent}" in said
    assert float(numpy.nextafter(0, 1)) == 5e-324
    assert mpmath.nstr(mpmath.ldexp(1, -1074), 2) == "4.9e-324"
    assert "4.9e-324" in said


def test_a9_the_window_of_shifts_that_work():
    four = torch.tensor([1000.0, 1.5, 0.2, -2.0])
    truth = torch.tensor([1.0, 0.0, 0.0, 0.0])
    good = [c for c in range(2001) if torch.equal(naive(four - c), truth)]
    assert (good[0], good[-1]) == (912, 1103)
    assert good == list(range(912, 1104))
    assert "from 912 to 1103" in afterwards["window"]
    assert torch.exp(torch.tensor(89.0)).isinf()  # 1000 - 911
    assert torch.exp(torch.tensor(88.0)).isfinite()
    assert torch.exp(torch.tensor(-104.0)) == 0
    assert torch.exp(torch.tensor(-103.0)) > 0
    assert f"{len(good)} of the 2001" in afterwards["window"]
    assert "1000 - c, then lies between -103 and 88" in afterwards["window"]
    assert "At 911 a term breaks: 1000 - 911 = 89, and exp(89) is inf" in prose("explorer-tasks")
    assert "exp(-104), is 0" in prose("explorer-tasks")
    assert "in float32, 192 of 2001 did" in worked("A9")
    two_peaks = torch.tensor([1000.0, 999.0])
    assert torch.allclose(naive(two_peaks - 1000)[0], torch.tensor(0.7311), atol=1e-4)
    assert not torch.allclose(naive(two_peaks - 1103)[0], torch.tensor(0.7311), atol=0.1)


@pytest.mark.parametrize(
    ("dtype", "said"),
    [
        (torch.float16, "In float16 it has 29 whole numbers, 989 to 1017."),
        (torch.bfloat16, "In bfloat16 the slider shows 183, 910 to 1092, nearly"),
    ],
)
def test_the_window_in_half_precision(dtype, said):
    four = torch.tensor([1000.0, 1.5, 0.2, -2.0], dtype=dtype)
    truth = torch.tensor([1.0, 0.0, 0.0, 0.0], dtype=dtype)
    good = [c for c in range(2001) if torch.equal(naive(four - torch.tensor(c, dtype=dtype)), truth)]
    assert good == list(range(good[0], good[-1] + 1))
    assert all(str(number) in said for number in (len(good), good[0], good[-1]))
    assert said in prose("explorer-tasks")


def test_bfloat16_holds_every_fourth_whole_number_near_a_thousand():
    held = {torch.tensor(float(c), dtype=torch.bfloat16).item() for c in range(600, 1001)}
    assert held == set(range(600, 1001, 4))
    assert "only every fourth whole number" in prose("explorer-tasks")


def test_at_the_other_side_of_the_explorer_the_naive_weights_are_right():
    seen = compare(-1000, 0, torch.float32)
    assert seen.naive.within
    assert seen.naive.weights[0] == 0
    assert mpmath.nstr(seen.exact[0], 2) == "8.7e-436"
    assert "8.7e-436" in prose("explorer-tasks")


def test_a_fused_softmax_saves_six_of_eight_trips(right_softmax):
    trips = gpu_demo.shifted(right_softmax).trips
    assert (gpu_demo.METHODS["naive"].trips, trips, gpu_demo.MINIMUM_TRIPS) == (5, 8, 2)
    assert trips / gpu_demo.MINIMUM_TRIPS == 4
    assert "five for the naive version, eight for a shifted one" in prose("gpu-after")
    assert "two trips for eight: up to four times as fast" in prose("gpu-after")


def test_a10_no_weight_survives_one_row_of_nan_not_even_behind_a_zero_input():
    layer = torch.nn.Linear(4, 3)
    hidden = torch.randn(3, 4)
    hidden[1] = 0
    upstream = torch.tensor([[0.1, -0.1, 0.0], [torch.nan] * 3, [0.1, 0.2, -0.3]])
    layer(hidden).backward(upstream)
    assert layer.weight.grad.isnan().all()
    assert "A: none of the 9 survived" in worked("A10")


def test_l5_other_shifts_do_as_well_for_one_row():
    assert "192 of them" in evidence("L5", "A")
    assert len(range(912, 1104)) == 192


def test_l6_the_pages_formula_fails_on_infinite_and_empty_rows():
    namespace = {}
    exec(cell(NOTEBOOK, "facts-page").source.split("for x in")[0], namespace)
    formula = namespace["page_logsumexp"]
    with numpy.errstate(all="ignore"):
        assert numpy.isnan(formula(numpy.array([-numpy.inf, -numpy.inf])))
        assert numpy.isnan(formula(numpy.array([numpy.inf, 0.0])))
    with pytest.raises(ValueError, match="zero-size"):
        formula(numpy.array([]))
    assert formula(numpy.array([1000.0, 1001.0])) == pytest.approx(float(mpmath.mpf(1001) + mpmath.log1p(mpmath.e**-1)))
    assert "finite rows that are not empty" in evidence("L6", "B")


def test_what_rounding_the_logarithm_of_the_sum_costs():
    (said,) = [m.explanation for m in MISCONCEPTIONS["softmax"] if m.name == "rounded-logarithm"]
    assert f"{numpy.spacing(numpy.float32(1000)):.0e}" == "6e-05"
    assert "near 1000 they end at 0.00006 in float32" in said
    thousand = torch.full((3,), 1000.0, dtype=torch.bfloat16)
    assert softmax_rounded_logarithm(thousand).tolist() == [1, 1, 1]
    assert torch.nextafter(thousand, thousand + 64)[0] - thousand[0] == 4


def test_a_thousandth_in_float32():
    (said,) = [m.explanation for m in MISCONCEPTIONS["boltzmann"] if m.name == "rounded-temperature"]
    assert f"{torch.tensor(0.001).item():.12f}" == "0.001000000047"
    assert "0.001 is then 0.001000000047" in said


def test_what_dividing_first_costs_at_ten_million():
    a, b = torch.tensor(10000.0), torch.tensor(10000 + 2**-9)
    assert b.item() == 10000.001953125  # held exactly
    assert f"Energies 10000 and {b.item()}, both exact in float32" in prose("predict-order")
    assert float(numpy.spacing(numpy.float32(1e7))) == 1
    assert ((b - a) / 1e-3).item() == pytest.approx(1.953125)
    assert (b / 1e-3 - a / 1e-3).item() == 1
    assert "ten million, where float32 numbers are 1 apart" in afterwards["order"]
    assert "difference of 1.95 to 1" in afterwards["order"]
    right = float(mpmath.exp(-(mpmath.mpf(2) ** -9) / mpmath.mpf("0.001")))  # by hand, and so in every right order
    assert torch.exp(-((b - a) / 1e-3)).item() == pytest.approx(right, rel=1e-6)


def test_the_ends_of_float32_as_exponentials():
    info = torch.finfo(torch.float32)
    said = prose("invariance")
    assert f"up to {info.max:.1e}, which is exp({float(mpmath.log(info.max)):.1f})".replace("e+", "e") in said
    smallest = info.smallest_normal * info.eps
    assert f"down to {smallest:.1e}, which is exp({float(mpmath.log(smallest)):.1f})" in said


def test_a_minus_infinity_that_was_replaced_by_0_counts():
    (said,) = [m.explanation for m in MISCONCEPTIONS["logsumexp"] if m.name == "finite-by-element"]
    wrong, right = mpmath.log(1 + mpmath.exp(3) + mpmath.exp(4)), mpmath.log(mpmath.exp(3) + mpmath.exp(4))
    assert f"for -inf, 3, 4 you return {float(wrong):.2f}, not {float(right):.2f}" in said


def test_a_hundred_millionth_is_0_in_float16():
    (said,) = [m.explanation for m in MISCONCEPTIONS["masked_softmax"] if m.name == "epsilon-denominator"]
    info = torch.finfo(torch.float16)
    assert f"{info.smallest_normal * info.eps:.0e}" == "6e-08"
    assert "smallest positive number is 6e-8" in said
    assert torch.tensor(1e-8, dtype=torch.float16) == 0


def test_the_short_masked_softmax_has_a_finite_gradient_and_stops_anomaly_detection():
    from tests.max_shift.right import RIGHT

    scores, mask = torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.tensor([[True, True], [False, True]])
    for style, stops in (("nan-replaced", True), ("minus-infinity", False)):
        leaf = scores.clone().requires_grad_()
        RIGHT["masked_softmax"][style](leaf, mask)[:, 0].sum().backward()
        assert leaf.grad.isfinite().all()
        assert stops_anomaly_detection(RIGHT["masked_softmax"][style], scores, mask) is stops
    assert "`torch.autograd.detect_anomaly()`, which you would use to hunt for a nan, stops here" in prose(
        "masked-short-way"
    )


def stops_anomaly_detection(function, scores, mask):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with torch.autograd.detect_anomaly():
            try:
                function(scores.clone().requires_grad_(), mask).sum().backward()
            except RuntimeError as error:
                return "nan" in str(error)
    return False


def test_the_log_sum_exp_of_four_equal_numbers():
    assert mpmath.nstr(mpmath.log(4), 4) == "1.386"
    assert "ln 4 = 1.386" in prose("lse-infinite")


def test_the_shift_by_the_second_largest_of_the_quiz():
    row = torch.tensor([1000.0, 900.0, 0.0])
    terms = torch.exp(row - row.sort(descending=True).values[1])
    assert terms[0].isinf()
    assert terms[1] == 1
    assert "the gap is 100, and exp(100) is inf" in quiz("quiz-2", "D").message


def test_the_log_sum_exp_of_eight_numbers_in_the_quiz():
    assert mpmath.nstr(mpmath.log(8), 3) == "2.08"
    assert mpmath.nstr(10 - mpmath.log(8), 3) == "7.92"
    assert "between 7.92 and 10" in prose("quiz-3-question")


def test_the_half_precision_row_of_the_quiz_has_right_weights_and_a_nan_gradient(right_softmax):
    row = torch.tensor([0.0, -20.0], dtype=torch.float16, requires_grad=True)
    weights = right_softmax(row)
    exact = mpmath.exp(-20) / (1 + mpmath.exp(-20))
    assert mpmath.nstr(exact, 1) == "2.0e-9"
    info = torch.finfo(torch.float16)
    assert exact < info.smallest_normal * info.eps / 2  # so 0 is the nearest number that float16 has
    assert weights.tolist() == [1, 0]
    (-torch.log(weights[1])).backward()
    assert row.grad.isnan().all()


def test_a_loss_replaced_by_0_still_poisons_every_weight():
    hidden, weight = torch.ones(64, 4), torch.zeros(4, 3, requires_grad=True)
    hidden[5] = 0
    bump = torch.zeros(64, 3)
    bump[5] = torch.tensor([1000.0, 1.0, -1000.0])
    losses = -torch.log(naive(hidden @ weight + bump)[:, 2])
    assert losses[5].item() == float("inf")
    torch.where(losses.isfinite(), losses, 0.0).mean().backward()
    assert weight.grad.isnan().all()


def test_filling_with_minus_a_thousand_million_does_not_run_in_half_precision():
    with pytest.raises(RuntimeError):
        torch.zeros(3, dtype=torch.float16).masked_fill(torch.tensor([True, False, False]), -1e9)
    assert torch.finfo(torch.float16).max < 1e9
    assert torch.softmax(torch.full((3,), -1e9), -1).tolist() == pytest.approx([1 / 3] * 3)


def test_a_shifted_softmax_followed_by_a_logarithm_still_has_a_nan_gradient():
    logits = BATCH.clone().requires_grad_()
    powers = torch.exp(logits - logits.amax(-1, keepdim=True))
    losses = -torch.log((powers / powers.sum(-1, keepdim=True))[range(3), TARGETS])
    losses.mean().backward()
    assert losses[1].item() == float("inf")
    assert logits.grad[1].isnan().any()
    assert logits.grad[[0, 2]].isfinite().all()
    assert "The gradient of the row is nan again" in afterwards["fixed-loss"]


def test_l5_after_the_shift_by_the_maximum_no_finite_row_ends_in_inf_or_nan():
    rows = torch.tensor([[1e38, -1e38, 3e38], [-3e38, -3e38, -3e38], [0.0, 88.0, 89.0], [-104.0, -105.0, -300.0]])
    weights = naive(rows - rows.amax(-1, keepdim=True))
    assert weights.isfinite().all()
    assert torch.allclose(weights.sum(-1), torch.ones(4))
