"""The ledger's numbers once more, by mpmath or by paper, without the ledger's own code."""

import math
import re

import mpmath
import pytest
import torch

from course import claims
from course.claims import exact
from course.claims.markdown import judged

mp = mpmath.mp.clone() if hasattr(mpmath.mp, "clone") else mpmath.MPContext()
mp.dps = 80


def said(identity):
    """Everything the ledger says about a claim, as one text."""
    found = judged(claims.get(identity))
    return " ".join([found.because, *(f"{label}: {text}" for label, text in found.measured)])


def rounded(number, digits):
    """An mpf as the ledger writes it."""
    return mp.nstr(number, digits, min_fixed=-3, max_fixed=6).replace("e+", "e").replace(".0e", "e").removesuffix(".0")


@pytest.mark.parametrize(
    ("identity", "expression", "digits"),
    [
        ("G1", lambda: mp.exp(-10), 3),
        ("G1", lambda: mp.exp(10), 7),
        ("G1", lambda: 50256 * mp.exp(-10), 3),
        ("G2", lambda: 1000 + mp.log(1 + mp.e + mp.e**2), 10),
        ("G3", lambda: mp.log((2 - mp.mpf(2) ** -23) * mp.mpf(2) ** 127), 5),
        ("G5", lambda: mp.log(65504), 6),
        ("G6", lambda: mp.log((2 - mp.mpf(2) ** -7) * mp.mpf(2) ** 127), 6),
        ("G7", lambda: mp.log((2 - mp.mpf(2) ** -52) * mp.mpf(2) ** 1023), 6),
        ("G8", lambda: mp.log(200), 4),
        ("G15", lambda: mp.exp(-100), 3),
        ("G22", lambda: mp.log(65504), 4),
        ("X1", lambda: mp.exp(100), 3),
        ("X2", lambda: mp.exp(1000), 3),
        ("X3", lambda: mp.mpf(2) ** -126, 5),
        ("X3", lambda: mp.mpf(2) ** 128, 5),
        ("X4", lambda: mp.log(70000), 4),
        ("X5", lambda: -mp.log1p(mp.exp(-20)), 3),
        ("X6", lambda: -mp.log1p(mp.exp(-80)), 3),
        ("X7", lambda: mp.log1p(mp.exp(-20)), 3),
        ("X7", lambda: mp.log1p(mp.exp(-5)), 3),
        ("X8", lambda: mp.log(-mp.expm1(-mp.mpf(1e-7))), 6),
        ("X9", lambda: mp.log1p(-mp.exp(-40)), 3),
        ("X11", lambda: mp.factorial(169), 4),
        ("X11", lambda: mp.gamma(171), 4),
        ("X11", lambda: mp.factorial(171), 4),
        ("X12", lambda: mp.mpf(334) / 500, 4),
        ("X13", lambda: mp.e, 5),
        ("A8", lambda: mp.exp(-999), 2),
        ("A8", lambda: mp.exp(-2000), 2),
        ("L4", lambda: mp.log1p(mp.exp(-20)), 4),
        ("L4", lambda: mp.log(2), 4),
        ("L6", lambda: 1001 + mp.log1p(1 / mp.e), 7),
        ("L9", lambda: 1002 + mp.log1p(mp.exp(-2)), 8),
        ("L10", lambda: mp.log(mp.mpf(2) ** 128) / mp.sqrt(4096), 3),
        ("C2", lambda: mp.exp(-30) / (1 + 2 * mp.exp(-30)), 2),
        ("C5", lambda: 1 + mp.exp(80), 2),
    ],
)
def test_a_number_of_the_ledger_is_what_80_digits_give(identity, expression, digits):
    assert rounded(expression(), digits) in said(identity)


def test_exact_softmax_and_logsumexp_agree_with_sums_written_out():
    numbers = [1000.0, 1.5, -700.25]
    total = sum(mp.exp(mp.mpf(x)) for x in numbers)
    for x, p in zip(numbers, exact.softmax(numbers), strict=True):
        assert abs(mp.mpf(p) - mp.exp(mp.mpf(x)) / total) < mp.mpf(10) ** -50
    assert abs(mp.mpf(exact.logsumexp(numbers)) - mp.log(total)) < mp.mpf(10) ** -50


def test_exact_sigmoid_and_softplus_agree_with_other_forms():
    for z in (-50.0, -0.5, 0.0, 3.0, 50.0):
        assert abs(mp.mpf(exact.sigmoid(z)) - (1 + mp.tanh(mp.mpf(z) / 2)) / 2) < mp.mpf(10) ** -50
        assert abs(mp.mpf(exact.softplus(z)) + mp.log(exact.sigmoid(-z))) < mp.mpf(10) ** -38


@pytest.mark.parametrize(
    ("number", "digits", "text"),
    [
        (1e6, 4, "1e6"),
        (0.0, 4, "0"),
        (-2.5, 4, "-2.5"),
        (float("nan"), 4, "nan"),
        (4.54e-5, 3, "4.54e-5"),
        (2001, 4, "2001"),
    ],
)
def test_how_numbers_are_written(number, digits, text):
    assert exact.number(number, digits) == text


@pytest.mark.parametrize(("dtype", "largest"), [("float16", 65504.0), ("bfloat16", 3.3895e38), ("float32", 3.4028e38)])
def test_where_exp_ends_is_the_logarithm_of_the_largest_number(dtype, largest):
    assert exact.exp_limit(getattr(torch, dtype)) == pytest.approx(math.log(largest), rel=1e-5)


def test_a1_and_a5_by_hand():
    # exp(1000) is inf, exp(1) finite, exp(-1000) 0; inf/inf is nan, and finite/inf and 0/inf are 0.
    assert "nan, 0, 0" in said("A1")
    assert "nan, nan, nan" in said("A5")


def test_a2_and_a4_are_weights_and_p_minus_y_over_three():
    for logits, target in (((2.0, 1.0, mp.mpf(torch.tensor(0.1).item())), 0), ((3.0, 2.0, 1.0), 1)):
        powers = [mp.exp(x) for x in logits]
        p = [power / sum(powers) for power in powers]
        assert " ".join(f"{float(x):.4f}" for x in p) in said("A2")
        assert " ".join(f"{float((x - (i == target)) / 3):.4f}" for i, x in enumerate(p)) in said("A4")


def test_a6_is_a_third_of_three_losses():
    one = mp.log1p(mp.exp(-1) + mp.exp(mp.mpf(torch.tensor(0.1).item()) - 2))
    three = 1 + mp.log1p(mp.exp(-1) + mp.exp(-2))
    assert f"{float((one + 2000 + three) / 3):.2f}" in said("A6")


def test_l7_so_many_terms_of_half_the_smallest_float16_pass_an_ulp_of_1():
    smallest = mp.mpf(2) ** -24
    assert 60_000 * smallest / 2 > mp.mpf(2) ** -10
    assert 10_000 * smallest / 2 < mp.mpf(2) ** -10
    assert "60,000 terms in float16" in claims.get("L7").evidence.because


def test_x13_and_l11_gaps_are_where_the_exponential_passes_the_largest_number():
    for dtype, gap in (("float16", 12), ("float32", 89), ("float64", 710)):
        largest = mp.mpf(torch.finfo(getattr(torch, dtype)).max)
        assert mp.exp(gap - 1) < largest < mp.exp(gap)
        assert re.search(rf"{dtype}: 1/p, exp\(-log p\) are inf from a gap of: {gap}, {gap}", said("X13"))


def test_c3_label_smoothing_by_its_definition():
    # q = (1 - ε) y + ε/K
    assert "0.92, 0.02, 0.02, 0.02, 0.02" in said("C3")
    assert "0.9, 0.025, 0.025, 0.025, 0.025" in said("C3")


def test_g9_what_the_claimed_times_mean_as_bandwidth():
    # 8 bytes for each of 10⁷ elements in 4 and in 1 milliseconds
    assert f"{8e7 / 4e-3 / 1e9:g} to {8e7 / 1e-3 / 1e9:g} GB/s" == "20 to 80 GB/s"
    assert "20 to 80 GB/s" in said("G9")


def test_x15_a_centred_batch_divided_by_its_own_deviation_has_variance_1():
    assert "variance plus epsilon 1" in said("X15")
    # Eight numbers with mean 3 and variance 10.5/8, divided by 3 instead of their deviation.
    assert f"squared mean plus epsilon {10.5 / 8 / 9:.3g}" in said("X15")
