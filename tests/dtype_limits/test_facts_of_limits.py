"""The numbers that unit 02 states in prose, each measured here and then looked up in the text."""

import math

import mpmath
import numpy
import pytest
import torch

from course.dtype_limits import explore
from course.dtype_limits.explanations import afterwards
from course.dtype_limits.exponentials import compare, result
from course.dtype_limits.gpu_demo import OPERATORS, SCORE
from course.dtype_limits.misconceptions import MISCONCEPTIONS
from course.dtype_limits.questions import quiz
from tests.dtype_limits.harness import DTYPES, INF, neighbour, spacing
from tests.dtype_limits.right import RIGHT
from tests.notebooks import cell, source

NOTEBOOK = source("02-dtype-limits")
HALF, BRAIN, FULL, DOUBLE = torch.float16, torch.bfloat16, torch.float32, torch.float64
LAST = {d: RIGHT["largest_finite_exp"]["bisection-over-bits"](d) for d in DTYPES}
FIRST = {d: RIGHT["smallest_nonzero_exp"]["bisection-over-bits"](d) for d in DTYPES}


def prose(*identities):
    return "\n".join(cell(NOTEBOOK, identity).source for identity in identities)


def worked(claim):
    """The line of the table of claims that are judged already."""
    (line,) = [line for line in prose("facts").splitlines() if line.startswith(f"| {claim} |")]
    return line


def evidence(claim, verdict):
    """What the quiz tells whoever gives the right verdict; fails if the verdict is not the right one."""
    said = quiz(claim, verdict)
    assert said.outcome == "correct", claim
    return said.message


def explanation(exercise, name):
    (said,) = [m.explanation for m in MISCONCEPTIONS[exercise] if m.name == name]
    return said


def exp(x, dtype):
    return torch.exp(torch.tensor(x, dtype=dtype)).item()


def short(x, digits=2):
    """As the prose writes it: 1.2e-38."""
    mantissa, exponent = f"{float(x):.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def subnormal(dtype):
    return float(mpmath.mpf(torch.finfo(dtype).smallest_normal) * mpmath.mpf(torch.finfo(dtype).eps))


def test_exp_of_12_on_paper_and_in_the_dtypes():
    assert f"{float(mpmath.exp(12)):.0f}" == "162755"
    assert torch.finfo(HALF).max == 65504
    assert "On paper exp(12) is 162755. The largest number of float16 is 65504" in prose("predict-exp-12")
    assert exp(12, HALF) == math.inf
    assert exp(12, BRAIN) == 162816
    assert "prints 162816" in afterwards["spacing"]
    weights = [float(mpmath.exp(x) / sum(map(mpmath.exp, (12, 3, 1)))) for x in (12, 3, 1)]
    assert torch.tensor(weights, dtype=HALF).tolist() == pytest.approx(weights, rel=0.01)  # all three fit
    assert "held every one of the three right weights" in afterwards["exp-12"]


@pytest.mark.parametrize(
    ("dtype", "name"), [(HALF, "float16"), (BRAIN, "bfloat16"), (FULL, "float32"), (DOUBLE, "float64")]
)
def test_the_fields_of_the_formats(dtype, name):
    info = torch.finfo(dtype)
    fraction = round(-math.log2(info.eps))
    exponent = info.bits - 1 - fraction
    assert f"| {name} | 1 | {exponent} | {fraction} |" in prose("fields")
    # The largest number is nearly 2 to the power of half of what the exponent bits can say.
    assert math.floor(math.log2(info.max / 1.0000001)) == 2 ** (exponent - 1) - 1


def test_the_bias_and_the_exponent_of_infinity():
    assert result(0.0, HALF).bits[1:6] == f"{15:05b}"  # exp(0) is 1 = 2 to the power of 0
    assert result(0.0, FULL).bits[1:9] == f"{127:08b}"
    assert result(1000.0, FULL).bits[1:9] == "1" * 8
    assert "The bias, 15 in float16 and 127 in float32" in prose("fields")


def test_the_three_ends_in_the_text():
    said = prose("limits-after")
    assert f"about {math.log(torch.finfo(HALF).max):.2f} in float16" in said
    assert f"{math.log(torch.finfo(FULL).max):.1f} in bfloat16 and float32" in said
    assert f"{math.log(torch.finfo(BRAIN).max):.1f}" == "88.7"
    assert f"{math.log(torch.finfo(DOUBLE).max):.1f} in float64" in said


def test_bfloat16_is_float32_without_its_last_16_bits():
    whole = torch.tensor([1.0, 3.14159, -2e-30, 1e38])
    cut = (whole.view(torch.int32) >> 16).to(torch.int16).view(BRAIN)
    kept = (cut.view(torch.int16).to(torch.int32) << 16).view(FULL)
    assert torch.equal(cut.float(), kept)
    assert "float32 with the last 16 fraction bits cut off" in prose("limits-after")


def test_spacings_near_162755():
    assert 2**17 < 162755 < 2**18
    assert spacing(162755.0, FULL) == 1 / 64
    assert spacing(162755.0, BRAIN) == 1024 == 2**17 / 2**7
    assert "a number every 1/64" in prose("predict-spacing")
    assert "128 steps out of a stretch that is 131072 long" in afterwards["spacing"]
    assert "near 162755 it was 1024 in bfloat16" in prose("ulp-intro")


def test_two_to_three_digits_of_bfloat16():
    digits = [-math.log10(spacing(x, BRAIN) / 2 / x) for x in (1.0, 1.999, 7.3, 162755.0)]
    assert 2.4 < min(digits) < max(digits) < 3


def test_the_gaps_at_4():
    assert spacing(4.0, FULL) == 2**-21
    assert 4 - neighbour(4.0, FULL, 0) == 2**-22
    assert "above are 2⁻²¹ apart and those below 2⁻²²" in prose("ulp-intro")


def test_the_smallest_numbers_of_float32():
    info = torch.finfo(FULL)
    said = prose("below")
    assert f"{short(info.smallest_normal)}, which is exp({math.log(info.smallest_normal):.1f})" in said
    assert f"{short(subnormal(FULL))}, which is exp({float(mpmath.log(subnormal(FULL))):.1f})" in said


def test_exp_of_minus_100():
    true = mpmath.exp(-100)
    assert short(true, 5) == "3.7201e-44"
    assert short(exp(-100, FULL), 5) == "3.7835e-44"
    assert mpmath.nstr(true / mpmath.mpf(subnormal(FULL)), 3) == "26.5"
    assert exp(-100, FULL) / subnormal(FULL) == 27
    assert mpmath.nstr(100 * (mpmath.mpf(exp(-100, FULL)) / true - 1), 2) == "1.7"
    assert 100 * torch.finfo(FULL).eps / 2 < 0.00001
    assert "It is 26.5 times that number on paper" in afterwards["minus-100"]
    assert "became 27 of them: 1.7 % off, where float32 is otherwise good to 0.00001 %" in afterwards["minus-100"]


def test_flush_to_zero_takes_away_what_is_below_the_smallest_normal_number():
    assert exp(-88, FULL) < torch.finfo(FULL).smallest_normal < exp(-87, FULL)
    x = torch.tensor([-87.3, -87.4, -103.9])
    if not torch.set_flush_denormal(True):
        pytest.skip("this processor has no such switch")
    flushed = 1.0 * torch.exp(x)
    torch.set_flush_denormal(False)
    assert (flushed > 0).tolist() == [True, False, False]
    assert (torch.exp(x) > 0).all()
    assert exp(-103, FULL) > 0
    assert "ends at exp(-87.3) and no longer reaches exp(-103)" in prose("flush-after")


def test_exp_of_minus_17_in_float16():
    smallest = subnormal(HALF)
    assert short(smallest, 3) == "5.96e-8"
    assert f"exp({math.log(smallest):.2f})" == "exp(-16.64)"
    assert "5.96e-8, which is exp(-16.64)" in prose("flush-after")
    assert short(mpmath.exp(-17), 3) == "4.14e-8"
    assert exp(-17, HALF) == smallest
    assert f"{100 * (smallest / math.exp(-17) - 1):.0f} % off" in afterwards["minus-17"]
    assert mpmath.exp(-17) > smallest / 2
    assert mpmath.nstr(mpmath.log(2), 2) == "0.69"
    assert "about ln 2 = 0.69 further down" in afterwards["minus-17"]
    for dtype in DTYPES:  # half of the smallest number is where 0 becomes the nearest
        edge = float(mpmath.log(mpmath.mpf(subnormal(dtype)) / 2))
        assert abs(FIRST[dtype] - edge) <= spacing(edge, dtype)


def test_the_explorers_tasks():
    said = prose("explorer-tasks")
    brain, full = result(12.0, BRAIN), result(12.0, FULL)
    assert brain.bits[1:9] == full.bits[1:9] == "10010000"
    assert int("10010000", 2) - 127 == 17
    assert f"bfloat16 is off by {brain.ulps:.2f} ulp and float32 by {full.ulps:.2f}" in said
    assert (spacing(162755.0, BRAIN), spacing(162755.0, FULL)) == (1024, 1 / 64)
    assert "1024 in bfloat16 and 1/64 in float32" in said
    exponents = {x: result(float(x), FULL).bits[1:9] for x in range(-104, -84)}
    assert [x for x, field in exponents.items() if field == "0" * 8] == list(range(-104, -87))
    assert "At -88: from there on the number is subnormal" in said
    assert all(result(float(x), FULL).ulps <= 0.5 for x in range(-103, -87))
    assert result(-103.0, FULL).bits == "0" * 31 + "1"
    seen = compare(-20.0, HALF)
    assert seen.late.value == 0
    assert short(seen.early.value, 3) == "2.06e-9"
    assert "the late cast holds 0 and the early one 2.06e-9; at 12 inf and 162755" in said
    assert explore(x=-17, dtype="float16").defaults["x"] == -17


def test_the_size_of_the_search():
    between = torch.tensor([88.72, 88.73]).view(torch.int32)
    assert between[1] - between[0] > 1000
    assert "more than a thousand numbers between 88.72 and 88.73" in prose("search")
    up_to_2 = torch.tensor([2.0], dtype=DOUBLE).view(torch.int64).item()
    assert f"{up_to_2 / 1e18:.1f} × 10¹⁸" in prose("search")
    assert math.log2(up_to_2) == 62
    assert "About 62" in prose("search-bits")


def test_the_logarithm_of_the_largest_number_is_rounded_to_the_wrong_side_in_float16_and_float32():
    for dtype, wrong in ((HALF, True), (BRAIN, False), (FULL, True), (DOUBLE, False)):
        limit = math.log(torch.finfo(dtype).max)
        rounded = torch.tensor(limit, dtype=dtype).item()
        assert (rounded > LAST[dtype]) is wrong
        assert (rounded == neighbour(LAST[dtype], dtype, INF)) is wrong  # the hole is one number wide
        passes = torch.tensor([neighbour(LAST[dtype], dtype, INF)], dtype=dtype) <= limit
        assert passes.item() is wrong
    assert torch.tensor(math.log(65504), dtype=HALF).item() == 11.09375
    assert f"{math.log(65504):.4f}" == "11.0899"
    assert "11.0899 is rounded to float16 before it is compared, *up*, to 11.09375" in prose("guard-after")


def test_where_the_next_walls_are():
    assert (exp(89, FULL), exp(710, DOUBLE)) == (INF, INF)
    assert "A score of 89 is too much for it, one of 710 for float64" in prose("fixed-after")
    four, five = (torch.finfo(d) for d in (torch.float8_e4m3fn, torch.float8_e5m2))
    assert (four.max, five.max) == (448, 57344)
    assert f"ends at 448, which is exp({math.log(448):.1f})" in prose("fixed-after")
    assert f"ends at 57344, exp({math.log(57344):.2f})" in prose("fixed-after")


def test_g5_g6_g7_the_ends_of_exp():
    assert 11 < LAST[HALF] < 12
    assert exp(11, HALF) < INF == exp(12, HALF)
    assert "at 11.09" in worked("G5")
    assert exp(88.5, BRAIN) < INF == exp(89, BRAIN)
    assert "88.5 is fine, 89 is inf" in worked("G6")
    assert f"at {LAST[DOUBLE]:.2f}" in worked("G7")


def test_x1_x2_powers_on_paper():
    assert f"A: {short(mpmath.exp(100))}" in worked("X1")
    assert exp(100, FULL) == INF
    assert mpmath.nstr(mpmath.exp(1000), 2) == "2.0e+434"
    assert "A: 2.0e434" in worked("X2")
    assert f"float64 ends at {short(torch.finfo(DOUBLE).max)}" in worked("X2")
    assert exp(1000, DOUBLE) == INF


def test_x3_the_ends_of_float32():
    info = torch.finfo(FULL)
    assert evidence("X3", "A").startswith(f"{short(info.max, 3)} and {short(info.smallest_normal, 3)}.")
    assert short(subnormal(FULL)) in evidence("X3", "A")


def test_g3_the_edge_and_the_clamp():
    said = evidence("G3", "A")
    assert f"exp(88) is {short(exp(88, FULL))}" in said
    assert 0.4 < exp(88, FULL) / torch.finfo(FULL).max < 0.6
    assert exp(89, FULL) == INF
    x = torch.tensor([-INF, -1e30, -81.0, 0.0, 81.0, INF], requires_grad=True)
    clamped = torch.exp(x.clamp(-80, 80))
    assert ((clamped >= torch.finfo(FULL).smallest_normal) & clamped.isfinite()).all()
    clamped.sum().backward()
    assert x.grad[[0, 1, 2, 4, 5]].tolist() == [0] * 5


def test_g15_exp_of_minus_100_is_subnormal():
    assert 0 < exp(-100, FULL) < torch.finfo(FULL).smallest_normal
    assert short(exp(-100, FULL)) == "3.8e-44"
    assert "It is 3.8e-44" in evidence("G15", "C")


def naive_logsumexp(row):
    return torch.log(torch.exp(row).sum()).item()


def test_l8_the_sum_overflows_before_a_term_does():
    rows = {n: naive_logsumexp(torch.full((n,), 10.0, dtype=HALF)) for n in (1, 2, 3)}
    assert [math.isfinite(value) for value in rows.values()] == [True, True, False]
    steps = torch.arange(3.5, 5, 2**-8, dtype=DOUBLE).to(HALF)
    from_there = min(x for x in steps.tolist() if math.isinf(naive_logsumexp(torch.full((1000,), x, dtype=HALF))))
    assert f"{from_there:.1f}" == "4.2"
    assert "Three logits of 10 overflow, and a thousand of them from 4.2 on" in evidence("L8", "B")
    assert exp(10, HALF) == 22032
    assert "exp(10) is 22032 in float16" in quiz("L8", "?").hint(1)


def test_g16_the_register_has_a_rule_for_cuda_only_and_the_cpu_keeps_the_dtype():
    for operator in ("aten::exp", "aten::softmax.int"):
        known = torch._C._dispatch_has_kernel_for_dispatch_key
        assert (known(operator, "AutocastCPU"), known(operator, "AutocastCUDA")) == (False, True)
    for dtype in (HALF, BRAIN):
        with torch.autocast("cpu", dtype=dtype):
            x = torch.zeros(2, 2, dtype=dtype)
            assert torch.exp(x).dtype == torch.softmax(x, -1).dtype == dtype
            assert (x @ x).dtype == dtype
    evidence("G16", "B")


def test_what_is_said_once_the_dtype_of_a_sum_is_predicted():
    for operator in ("exp", "softmax.int", "log", "sum"):
        known = torch._C._dispatch_has_kernel_for_dispatch_key
        assert (known(f"aten::{operator}", "AutocastCPU"), known(f"aten::{operator}", "AutocastCUDA")) == (False, True)
    assert "A GPU's autocast has a rule for exp, softmax, log and sum" in afterwards["autocast"]
    assert "goes out as float16" not in prose("gpu-after")  # it stands below the question
    assert OPERATORS["sum"](torch.zeros(1)).item() == 1000 * 100
    assert f"scores up to {SCORE:g}, and sum for a thousand times 100" in afterwards["autocast"]


def test_the_quiz_on_a_counter_in_bfloat16():
    assert (torch.tensor(256, dtype=BRAIN) + 1).item() == 256
    assert spacing(256.0, BRAIN) == spacing(510.0, BRAIN) == 2
    assert all(torch.tensor(float(n), dtype=BRAIN).item() == n for n in range(257))
    assert short(torch.finfo(BRAIN).max) == "3.4e38"


def test_the_quiz_on_the_logarithm_of_an_exponential():
    x = torch.tensor(-100.0, requires_grad=True)
    y = torch.log(torch.exp(x))
    y.backward()
    assert f"y is {y.item():.2f}" in quiz("quiz-3", "C").message
    assert abs(y.item() + 100) < 0.1
    assert x.grad.item() == INF
    assert torch.finfo(FULL).max < 1 / 3.8e-44


def test_the_quiz_on_two_close_logits():
    stored = torch.tensor([1000.0, 1000.2], dtype=HALF)
    assert (stored[1] - stored[0]).item() == 0
    assert spacing(1000.0, HALF) == 0.5
    assert "The spacing at 1000 is 0.5" in quiz("quiz-5", "B").message


def test_the_summary_of_limits():
    rows = {line.split("|")[1].strip(): line for line in prose("closing").splitlines() if line.startswith("| ")}
    dtypes = (HALF, BRAIN, FULL, DOUBLE)

    def numbers(row):
        return [float(x) for x in rows[row].split("|")[2:-1]]

    for value, dtype in zip(numbers("exp overflows beyond"), dtypes, strict=True):
        assert value == pytest.approx(LAST[dtype], abs=0.005)
    for value, dtype in zip(numbers("exp loses digits below"), dtypes, strict=True):
        assert value == pytest.approx(math.log(torch.finfo(dtype).smallest_normal), abs=0.05)
    for value, dtype in zip(numbers("exp is 0 below"), dtypes, strict=True):
        assert value == pytest.approx(FIRST[dtype], abs=0.005)
    for value, dtype in zip(numbers("digits"), dtypes, strict=True):
        assert value == round(-math.log10(torch.finfo(dtype).eps / 2))


def test_the_rubrics_numbers():
    said = prose("explain-rubric")
    assert f"88.5 is the last in bfloat16, {LAST[FULL]:.2f} in float32" in said
    assert LAST[BRAIN] == 88.5
    assert torch.tensor([1000.2, 257.0], dtype=BRAIN).tolist() == [1000, 256]
    assert exp(-100, BRAIN) == 0
    assert f"{short(exp(-100, FULL))} in float32" in said


def test_numbers_in_the_names_of_mistakes():
    assert f"{2.0**12:.0f}, where e gives 162755" in explanation("exp_in_float32", "base-two")
    assert mpmath.nstr(1 / mpmath.log(2), 3) == "1.44"
    assert "as if the temperature were 1.44" in explanation("exp_in_float32", "base-two")
    assert spacing(1000.0, FULL) / torch.finfo(FULL).eps == 512
    assert "near 1000 it is 512 times as wide" in explanation("ulp", "eps-everywhere")
    assert torch.log2(torch.tensor(16777215.0)).item() == 24
    assert "log2 of 16777215 is 24" in explanation("ulp", "rounded-logarithm")
    assert torch.finfo(FULL).smallest_normal / subnormal(FULL) == 2**23
    assert (f"{torch.finfo(FULL).eps:.1e}", f"{torch.finfo(BRAIN).eps:.4f}") == ("1.2e-07", "0.0078")
    assert 7.5 < LAST[FULL] / LAST[HALF] < 8.5  # "about an eighth"
    assert round(math.log2(torch.finfo(FULL).max)) == 128
    assert spacing(88.0, BRAIN) == 0.5
    assert spacing(-92.5, BRAIN) == 0.5
    assert "in bfloat16, whose numbers are 0.5 apart there" in explanation(
        "smallest_nonzero_exp", "rounded-past-the-end"
    )
    assert 11 < LAST[HALF] < 12
    assert -18 < FIRST[HALF] < -17
    gap = torch.tensor([88.0, LAST[FULL]]).view(torch.int32)
    assert 20_000 < gap[1] - gap[0] < 100_000  # "tens of thousands"
    assert float(numpy.spacing(numpy.float32(-1))) < 0  # NumPy's spacing is signed
    assert torch.exp(torch.tensor(subnormal(FULL))) == 1
    x = torch.tensor(5.0)
    moved = torch.exp(x + 0.02) / torch.exp(x) - 1
    assert moved.item() == pytest.approx(0.02, rel=0.02)


def test_the_logarithm_of_half_the_smallest_number_is_rounded_to_the_wrong_side_in_bfloat16():
    rounded = torch.tensor(float(mpmath.log(mpmath.mpf(subnormal(BRAIN)) / 2)), dtype=BRAIN).item()
    assert exp(rounded, BRAIN) == 0
    assert rounded == FIRST[BRAIN] - 0.5


def test_the_bits_of_negative_numbers_run_backwards():
    order = torch.tensor([-0.0, -1.0, -17.0, -INF], dtype=HALF).view(torch.int16).tolist()
    assert order == sorted(order)


def test_the_exponent_of_zero_is_that_of_the_numbers_from_a_half_to_1():
    assert [torch.frexp(torch.tensor(x)).exponent.item() for x in (0.0, 0.5, 0.75)] == [0, 0, 0]


def test_the_comparison_in_a_hint():
    assert (torch.tensor(11.09375, dtype=HALF) <= math.log(65504)).item()
    assert math.log(65504) < 11.09375


def test_there_are_65536_patterns_in_half_precision():
    assert 2**16 == 65536
    assert "65 536 of them in half precision" in explanation("largest_finite_exp", "off-the-grid")
