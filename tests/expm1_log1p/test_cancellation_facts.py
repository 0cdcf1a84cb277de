"""The numbers that unit 06 states in prose, each measured here and then looked up in the text."""

import math

import mpmath
import numpy
import pytest
import torch
from mpmath import mpf

from course.expm1_log1p import check
from course.expm1_log1p.digits import full_digits, sample
from course.expm1_log1p.explanations import afterwards
from course.expm1_log1p.misconceptions import MISCONCEPTIONS
from course.expm1_log1p.questions import quiz
from tests.expm1_log1p import reference
from tests.expm1_log1p.right import RIGHT
from tests.notebooks import cell, source

NOTEBOOK = source(reference.UNIT)
HALVES = (torch.float16, torch.bfloat16)
ALL = (*HALVES, torch.float32, torch.float64)
FEATURES = torch.tensor([10002.0, 9999.25, 10002.0, 9999.25])


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


def explanation(exercise, name):
    (said,) = [m.explanation for m in MISCONCEPTIONS[exercise] if m.name == name]
    return said


def scalar(x, dtype=torch.float32):
    return torch.tensor(x, dtype=dtype)


def textbook(x):
    return (x * x).mean() - x.mean() ** 2


def short(x, digits=2):
    return mpmath.nstr(x, digits, min_fixed=0, max_fixed=0).replace("e+", "e")


# The opening, and who lost the digits.


def test_the_small_loss_of_an_easy_example_is_0_by_one_road_and_right_by_the_other():
    assert torch.log(1 + torch.exp(scalar(-18.0))).item() == 0
    assert f"{torch.log1p(torch.exp(scalar(-18.0))).item():.3g}" == "1.52e-08"
    assert short(mpmath.exp(-18)) == "1.5e-8"
    assert "exp(-18) is 1.5e-8" in afterwards["lost-in-one"]
    assert f"{torch.finfo(torch.float32).eps:.1e}" == "1.2e-07"
    assert "the numbers are 1.2e-7 apart" in afterwards["lost-in-one"]
    assert "**epsilon**, 1.2e-7 in float32, so float32 has 6.9 digits" in prose("who")
    assert f"{full_digits('float32'):.1f}" == "6.9"


def test_the_exponential_of_a_hundred_thousandth_has_three_digits_once_1_is_taken_away():
    power = torch.exp(scalar(1e-5)).item()
    difference = (torch.exp(scalar(1e-5)) - 1).item()
    assert f"{power:.10f}" == "1.0000100136"
    assert mpmath.nstr(mpmath.exp(mpf(scalar(1e-5).item())), 12) == "1.00001000005"
    assert "exp(0.00001) is 1.00001000005; the float32 nearest to it is 1.0000100136" in afterwards["innocent"]
    assert difference == power - 1  # Python's float64 subtracts these exactly
    assert power == numpy.float32(math.exp(scalar(1e-5).item()))
    assert f"{difference:.6g}" == "1.00136e-05"
    assert mpmath.nstr(mpmath.expm1(mpf("1e-5")), 7) == "1.000005e-5"
    assert "The exact value is 1.000005e-5, so three digits of seven are right" in prose("who-question")


def test_the_result_of_the_warm_up_far_below_0():
    assert short(mpmath.log1p(mpmath.exp(-50)), 1) == "2.0e-22"
    assert "at x = -50, where the result is 2e-22" in prose("log1pexp-task")


def test_the_first_power_of_ten_whose_exponential_less_1_is_0():
    lost = [k for k in range(-20, 0) if torch.exp(scalar(10.0**k)) - 1 == 0]
    assert max(lost) == -8
    assert lost == list(range(-20, -7))
    assert f"{(torch.exp(scalar(1e-7)) - 1).item():.3g}" == "1.19e-07"
    assert f"{torch.finfo(torch.float32).eps / 2:.0e}" == "6e-08"
    assert "Below 6e-8" in afterwards["first-zero"]
    assert "1.19e-7" in afterwards["first-zero"]


def test_one_digit_for_each_power_of_ten():
    for dtype, lowest in (("float32", -6), ("float64", -14)):
        full = full_digits(dtype)
        surplus = [sample("exp(x) − 1", power, dtype).naive.digits - full - power for power in range(lowest, 0)]
        # Half an ulp is a third of a digit less than a whole one; more than that is luck.
        assert min(surplus) > 0
        assert sum(surplus) / len(surplus) < 1.2
    assert "One, in every dtype" in prose("explorer-tasks")


def test_each_form_fails_at_one_end():
    by_expm1 = sample("log(1 − exp(−x)) by expm1", 1.0, "float32").stable.digits
    assert f"at 10 it has {by_expm1:.1f} digits of 6.9 left" in prose("explorer-tasks")
    assert torch.log(-torch.expm1(scalar(-20.0))).item() == 0
    assert sample("log(1 − exp(−x)) by log1p", -7.0, "float32").stable.digits < 2


def test_adams_first_division_in_bfloat16():
    assert (1 - scalar(0.999, torch.bfloat16)).item() == 0
    assert "1 - βᵗ with β = 0.999" in prose("growth")


def test_the_far_end_of_the_expm1_form():
    assert short(reference.log1mexp(20.0), 3) == "-2.06e-9"
    assert "the exact value is -2.06e-9" in prose("predict-far-end")
    assert "-expm1(-20) is 1 - 2e-9" in afterwards["far-end"]


def test_the_slope_of_the_branch_that_is_thrown_away_is_infinite():
    x = torch.tensor([1e-9], requires_grad=True)
    torch.log1p(-torch.exp(-x)).sum().backward()
    assert not x.grad.isfinite().all()


# Factorials, norms, variances.


def test_the_last_factorials():
    assert f"{math.lgamma(172):.1f}" == "711.7"
    assert "171! is beyond float64, and its logarithm is 711.7" in prose("elsewhere")
    for dtype, last in ((torch.float64, 170), (torch.float32, 34), (torch.float16, 8)):
        assert mpmath.factorial(last) <= torch.finfo(dtype).max < mpmath.factorial(last + 1)
        assert f"{last}!" in explanation("log_factorial", "logarithm-of-the-factorial")
    assert "711.7 for 171!" in explanation("log_factorial", "logarithm-of-the-factorial")
    missing = -(0.5 * math.log(2 * math.pi) - 1)
    assert f"{missing:.2f}" == "0.08"


def test_the_norm_of_256_in_float16():
    def norm(n):
        x = torch.tensor([n, 0.0], dtype=torch.float16)
        return torch.sqrt((x * x).sum()).item()

    assert norm(255) == 255
    assert norm(256) == math.inf
    assert torch.finfo(torch.float16).max == 65504
    assert 256 * 256 == 65536
    assert "256 · 256 is 65536, and float16 ends at 65504" in afterwards["first-infinite"]
    assert scalar(1e-4, torch.float16).square().item() == 0
    assert "every entry of size 0.0001 has a square of 0 in float16" in prose("norm-after")
    assert torch.finfo(torch.float16).max < 1 / 1e-5


def test_the_textbook_variance_of_the_features_is_minus_8_in_whatever_order_they_are_summed():
    import itertools

    single = numpy.float32
    numbers = [single(x) for x in FEATURES.tolist()]
    found = set()
    for a, b, c, d in itertools.permutations(numbers):
        for total in (lambda w, x, y, z: ((w + x) + y) + z, lambda w, x, y, z: (w + x) + (y + z)):
            mean = total(a, b, c, d) / single(4)
            found.add(float(total(a * a, b * b, c * c, d * d) / single(4) - mean * mean))
    assert found == {-8.0}
    assert textbook(FEATURES).item() == -8
    exact = sum((mpf(x) - mpf("10000.625")) ** 2 for x in FEATURES.tolist()) / 4
    assert exact == mpf("1.890625")
    assert "worked out by hand, is 1.890625" in prose("variance")
    assert numpy.spacing(single(1e8)) == 8
    assert textbook(torch.tensor([10000.0, 10001.0, 10002.0, 10003.0])).item() == 0
    assert "for 10000, 10001, 10002, 10003 it is" in afterwards["negative"]
    assert "float32 numbers are 8 apart" in afterwards["negative"]


def test_batches_of_one_and_the_whole_give_the_variance_of_the_features():
    for function in RIGHT["running_variance"].values():
        assert function([FEATURES]).item() == pytest.approx(1.890625)


# The claims.


def test_g17_both_functions_keep_digits_that_the_formulas_lose():
    for function in ("exp(x) − 1", "log(1 + x)"):
        for dtype in ("float32", "float64"):
            seen = sample(function, -5.0, dtype)
            assert seen.naive.digits < full_digits(dtype) - 3
            assert seen.stable.digits > full_digits(dtype) - 0.4
    assert "| A: both curves in the explorer |" in worked("G17")


def test_x8_the_naive_form_at_1e7_is_minus_infinity_or_short_of_digits():
    for dtype in HALVES:
        assert torch.log(1 - torch.exp(-scalar(1e-7, dtype))).item() == -math.inf
    for dtype in (torch.float32, torch.float64):
        x = scalar(1e-7, dtype)
        held, info = x.item(), torch.finfo(dtype)
        difference = (1 - torch.exp(-x)).item()
        exact = -mpmath.expm1(-mpf(held))
        lost = math.log10(abs(mpf(difference) - exact) / exact / info.eps)
        assert 5.5 < lost < 6.7
        logarithm = torch.log(1 - torch.exp(-x)).item()
        lost = math.log10(abs((mpf(logarithm) - mpmath.log(exact)) / mpmath.log(exact)) / info.eps)
        assert 4.5 < lost < 5.5
    assert "the difference is short of six digits, its logarithm of five" in worked("X8")


def test_x9_the_expm1_form_is_exact_for_small_x_and_empty_for_large_x():
    def epsilons(x):
        exact = reference.log1mexp(scalar(x).item())
        return float(abs((mpf(torch.log(-torch.expm1(-scalar(x))).item()) - exact) / exact)) / 2**-23

    assert all(epsilons(x) < 1 for x in (1e-7, 0.1, 1.0))
    assert 5 < epsilons(4.0) < 100
    assert epsilons(10.0) > 1000
    assert epsilons(20.0) == pytest.approx(2**23)
    said = evidence("X9", "B")
    assert "From about 3 on it loses digits, and at 20 float32 has none left" in said


def test_x10_only_float64_keeps_the_summand():
    sums = {dtype: (1 + scalar(1e-10, dtype)).item() for dtype in ALL}
    assert [dtype for dtype, total in sums.items() if total != 1] == [torch.float64]
    kept = math.log10(1e-10 / torch.finfo(torch.float64).eps)
    assert 5 < kept < 6
    assert "2.2e-16" in evidence("X10", "B")


def test_x11_the_last_factorial_of_float64_is_gamma_of_171():
    assert f"{float(mpmath.gamma(170)):.1e}" == "4.3e+304"
    assert f"{float(mpmath.gamma(171)):.1e}" == "7.3e+306"
    said = evidence("X11", "C")
    assert "169! = 4.3e304" in said
    assert "170! = Γ(171) = 7.3e306" in said


@pytest.mark.parametrize("style", ["merged", "one-number-at-a-time"])
def test_x12_the_textbook_formula_has_no_digit_at_10000_and_welfords_none_at_ten_million(style):
    function = RIGHT["running_variance"][style]
    for mean, textbook_fails, welford_fails in ((10, False, False), (1e4, True, False), (1e5, True, False)):
        numbers = mean + torch.randn(500, generator=torch.Generator().manual_seed(0))
        exact = numbers.double().var(correction=0).item()
        assert (abs(textbook(numbers).item() - exact) > 0.1 * exact) is textbook_fails
        assert (abs(function(numbers.split(1)).item() - exact) > 0.1 * exact) is welford_fails
    numbers = 1e7 + torch.randn(500, generator=torch.Generator().manual_seed(0))
    exact = numbers.double().var(correction=0).item()
    assert abs(function(numbers.split(1)).item() - exact) > exact
    assert "B: -8 for 1.89 is no digit; but in float32 Welford's has none left either" in worked("X12")
    shifted = RIGHT["running_variance"]["shifted-sums"]  # merges no means, hence the "if" in the claim's evidence
    assert shifted(numbers.split(1)).item() == pytest.approx(exact, rel=0.01)
    assert "(next cell, if yours merges means)" in worked("X12")


def test_x13_quotient_and_product_are_infinite_from_the_same_gap_on():
    def both(gap):
        logits = torch.tensor([0.0, -gap])
        return 1 / torch.softmax(logits, -1)[1], torch.exp(-torch.log_softmax(logits, -1)[1])

    assert all(value.isfinite() for value in both(88.0))
    assert all(value.isinf() for value in both(90.0))
    assert f"{math.log(torch.finfo(torch.float32).max):.1f}" == "88.7"
    evidence("X13", "C")
    assert "below 88.7" in quiz("X13", "B").message


@pytest.mark.parametrize("dtype", ALL, ids=str)
def test_x14_the_square_of_an_entry_above_the_root_is_infinite_in_every_dtype(dtype):
    root = math.sqrt(torch.finfo(dtype).max)
    below, above = (torch.tensor([factor * root], dtype=dtype) for factor in (0.98, 1.02))
    assert torch.sqrt((below * below).sum()).isfinite()
    assert torch.sqrt((above * above).sum()).isinf()
    evidence("X14", "A")


def test_x15_batch_normalisation_divides_by_the_root_of_variance_plus_epsilon():
    batch = 3 + 2 * torch.randn(64, 1, generator=torch.Generator().manual_seed(0))
    layer, centred = torch.nn.BatchNorm1d(1), batch - batch.mean()
    assert torch.allclose(layer(batch), centred / torch.sqrt((centred**2).mean() + layer.eps), atol=1e-5)
    assert not torch.allclose(layer(batch), centred / torch.sqrt(batch.mean() ** 2 + layer.eps), atol=0.5)
    evidence("X15", "C")


# The quiz.


def test_a_wrong_value_can_have_a_right_gradient():
    x = torch.tensor(-20.0, requires_grad=True)
    y = torch.log(1 + torch.exp(x))
    y.backward()
    assert y.item() == 0
    assert x.grad.item() == pytest.approx(float(mpmath.exp(-20)), rel=1e-6)
    assert short(mpmath.exp(-20), 3) == "2.06e-9"


def test_half_a_cure_of_growth_is_0():
    rate = scalar(1e-12)
    assert (torch.exp(12 * torch.log1p(rate)) - 1).item() == 0
    assert torch.expm1(12 * torch.log1p(rate)).item() == pytest.approx(1.2e-11)


def test_the_textbook_variance_of_a_mean_of_a_thousand_has_one_digit_or_two():
    for seed in range(5):
        numbers = 1000 + torch.randn(500, generator=torch.Generator().manual_seed(seed))
        exact = numbers.double().var(correction=0).item()
        assert 1e-4 < abs(textbook(numbers).item() - exact) / exact < 0.3
    assert numpy.spacing(numpy.float32(1e6)) == 0.0625
    assert "up to 0.03 or so" in quiz("quiz-5", "B").message


# What the misconceptions' explanations say.


def test_numbers_in_the_explanations_of_growth():
    assert f"{1.05**10 - 1:.3f}" == "0.629"
    assert "0.5 and 0.629 is right" in explanation("compound", "simple-interest")
    assert f"{math.expm1(10 * 0.5):.0f}" == "147"
    assert f"{1.5**10 - 1:.1f}" == "56.7"
    assert "you return 147 and 56.7 is right" in explanation("compound", "continuous-interest")
    assert (torch.exp(scalar(1e-9)) - 1).item() == 0
    assert "1e-9 in float32 it is 0" in explanation("compound", "exponential-minus-one")


def test_numbers_in_the_explanations_of_logarithms():
    assert mpmath.exp(mpf("11.1")) > 65520 > mpmath.exp(11)
    assert "inf from 11.1 on" in explanation("log1pexp", "log1p-alone")
    assert "in float16 it does at 11.1" in explanation("log1pexp", "nan-gradient")
    assert f"{numpy.spacing(numpy.float32(20)):.0e}" == "2e-06"
    half_a_million = float(mpmath.exp(-20)) / numpy.spacing(20.0)
    assert 4e5 < half_a_million < 7e5
    assert "half a million units" in explanation("log1pexp", "identity-too-early")
    assert torch.log1p(-torch.exp(-scalar(1e-8))).item() == -math.inf
    assert "At x = 1e-8 in float32 it is -inf" in explanation("log1mexp", "log1p-everywhere")
    assert f"{math.log(1e-8):.1f}" == "-18.4"
    assert scalar(1e-8, torch.float16).item() == 0
    assert torch.expm1(scalar(89.0)).isinf()
    assert torch.expm1(scalar(88.0)).isfinite()
    assert f"{math.log(math.e - 1):.3f}" == "0.541"
    assert "log(e - 1) = 0.541" in explanation("logsubexp", "logarithm-of-difference")


def test_numbers_in_the_explanations_of_variances():
    assert numpy.spacing(numpy.float32(1e6)) == 0.0625
    assert "numbers are 0.06 apart" in explanation("running_variance", "mean-of-squares")
    assert numpy.var(range(4), ddof=1) / numpy.var(range(4)) - 1 == pytest.approx(1 / 3)
    assert "1/(n - 1) of it: by a third for four numbers" in explanation("running_variance", "sample-variance")
    assert scalar(500.0, torch.float16).square().isinf()
    assert "around 500 the square is 250 000, inf in float16" in explanation("running_variance", "first-gap-squared")
    assert scalar(1.9e19).square().isinf()
    assert scalar(1.8e19).square().isfinite()


def test_the_example_of_merging_in_the_hints():
    def squares(*numbers):
        return sum((x - sum(numbers) / len(numbers)) ** 2 for x in numbers)

    assert (squares(0, 1, 2), squares(10, 11, 12), squares(0, 1, 2, 10, 11, 12)) == (2, 2, 154)
    assert 154 - 2 - 2 == 10**2 * 3 * 3 / (3 + 3) == 150
    assert "2 + 2 is 150 short of 154" in check.running_variance.hints[""][1]
