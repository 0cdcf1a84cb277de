"""The numbers that unit 01 states in prose, each measured here and then looked up in the text."""

import math

import mpmath
import pytest
import torch

from course.exp_asymmetry import check
from course.exp_asymmetry.explanations import afterwards
from course.exp_asymmetry.misconceptions import MISCONCEPTIONS
from course.exp_asymmetry.questions import quiz
from course.exp_asymmetry.spread import compare
from tests.notebooks import cell, source

NOTEBOOK = source("01-exp-asymmetry")


def prose(*identities):
    return "\n".join(cell(NOTEBOOK, identity).source for identity in identities)


def names_of(*identities):
    """What code cells of the notebook define, run in order."""
    namespace = {"torch": torch, "math": math, "afterwards": afterwards, "predict": lambda *a, **k: None}
    namespace |= {"explore": None, "gpu_demo": None}
    for identity in identities:
        exec(cell(NOTEBOOK, identity).source, namespace)
    return namespace


def said(exercise, name):
    (misconception,) = [m for m in MISCONCEPTIONS[exercise] if m.name == name]
    return misconception.explanation


def right(claim, letter):
    """What the quiz tells whoever gives the right verdict; fails if the verdict is not the right one."""
    result = quiz(claim, letter)
    assert result.outcome == "correct", claim
    return result.message


def gradient(function, *numbers, dtype=torch.float32):
    x = torch.tensor(numbers, dtype=dtype, requires_grad=True)
    value = function(x)
    value.sum().backward()
    return value.detach(), x.grad


# The step too far.


def test_one_step_from_ten_and_from_minus_ten():
    one_step = names_of("penalty")["one_step"]
    assert f"{one_step(10.0):.0f}" == "-2193"
    assert one_step(-10.0) == pytest.approx(-9.900005)
    # The text below the prediction can be read before it is locked in.
    assert [number for number in ("2193", "22 000") if number in prose("step-after")] == []
    slopes = [math.exp(x) - 1 for x in (10, -10)]
    assert f"{slopes[0]:.0f} at 10" in afterwards["step"]
    assert f"{slopes[1]:.5f} at -10" in afterwards["step"]
    assert round(slopes[0] / -slopes[1], -3) == 22000
    assert "22 000 times as long" in afterwards["step"]


def test_the_way_back_takes_twenty_thousand_steps():
    steps_back = names_of("penalty", "predict-back")["steps_back"]
    assert steps_back(10.0) == 21921
    assert steps_back(-10.0) == 95
    assert "there are 2192 to go" in afterwards["back"]
    assert "From -10 it takes 95." in afterwards["back"]
    assert "twenty thousand" not in prose("title")  # a prediction asks for it
    assert math.exp(-2192.5) == 0


def test_the_table_of_values_that_are_slopes():
    table = prose("own-derivative")
    assert f"{math.exp(-10):.7f}" == "0.0000454"
    assert "| -10 | 0.0000454 |" in table
    assert f"{math.exp(10):.0f}" == "22026"
    assert "| 10 | 22026 |" in table
    for x in (-10.0, 0.0, 10.0):
        value, slope = gradient(torch.exp, x)
        assert torch.equal(value, slope)
    assert "22025 at $x = 10$, and never more than 1 on the left of 0" in prose("own-derivative-answer")
    penalties = gradient(names_of("penalty")["penalty"], *range(-100, 1))[1]
    assert penalties.abs().max() <= 1
    assert "whose slope is -1 everywhere" in table


# The batch.


def test_what_the_largest_of_a_hundred_holds():
    percentage = names_of("predict-share")["percentage_of_largest"]
    assert percentage(5.0) == pytest.approx(80.73, abs=0.01)
    seen = compare(0, 5, torch.float32)
    assert 100 * float(seen.exact_share) == pytest.approx(percentage(5.0), rel=1e-4)
    assert f"{100 * math.fsum(seen.stable.shares[-10:]):.1f} %" == "99.4 %"
    assert "At a width of 5 the ten largest hold 99.4 % of the sum" in afterwards["share"]
    share = float(seen.exact_share)
    assert f"p(1 - p), {share * (1 - share):.3f} here" in afterwards["share"]
    all_in_one = compare(0, 30, torch.float32)
    exact = float(all_in_one.exact_share * (1 - all_in_one.exact_share))
    assert "At a width of 30 it is 0.000005 (and float32 has one digit of that right" in afterwards["share"]
    assert f"{exact:.0e}" == "5e-06"
    found = [way.slope for way in (all_in_one.naive, all_in_one.stable)]
    assert all(f"{slope:.0e}" == f"{exact:.0e}" for slope in found), (exact, found)
    assert torch.finfo(torch.float32).eps / 2 > 0.01 * exact  # what 1 - p is a multiple of, near p = 1
    assert (f"{seen.inputs[0]:.1f}", f"{seen.inputs[-1]:.1f}") == ("-12.9", "12.9")
    assert "the smallest is -12.9, the largest 12.9" in prose("batch")


def test_the_explorers_tasks():
    text = prose("explorer-tasks")
    for width, answer in ((3.0, "At 3 it holds 50.7 %"), (0.1, "At 0.1 it holds 1.29 %")):
        share = 100 * float(compare(0, width, torch.float32).exact_share)
        assert f"{share:.3g} %" in answer
        assert answer in text
    assert compare(75, 5, torch.float32).naive.right
    broken = compare(76, 5, torch.float32)
    assert math.isnan(broken.naive.share)
    assert broken.stable.right
    assert "From 76 on the largest exponential is inf" in text
    assert '"from 76 on the explorer breaks"' in prose("next")


# Ratios.


def test_the_ratio_of_two_long_texts():
    new, old = torch.tensor([-998.0, -1000.0], dtype=torch.float64)
    assert (new.exp() / old.exp()).isnan()
    assert (new.float().exp() / old.float().exp()).isnan()
    assert mpmath.nstr(mpmath.exp(-1000), 2) == "5.1e-435"
    assert "exp(-1000) is 5.1e-435" in afterwards["ratio"]
    assert f"{math.exp(2):.3f}" == "7.389"


def test_one_long_text_makes_the_loss_nan_and_only_as_a_fraction(capsys):
    names_of("predict-ratio", "ratio-run")
    fraction, difference = capsys.readouterr().out.splitlines()
    assert "nan" in fraction
    assert "nan" not in difference


def test_the_example_of_the_warm_up():
    assert f"{10 / math.log(10):.2f}" == "4.34"
    assert "it is 4.34, since exp(10) is about $10^{4.34}$" in prose("log10_ratio-task")


def test_what_the_mistakes_of_the_warm_up_cost():
    assert torch.exp(torch.tensor(89.0)).isinf()
    assert torch.exp(torch.tensor(88.0)).isfinite()
    assert torch.exp(torch.tensor(-104.0)) == 0
    assert "a difference of 89 makes the exponential inf, one of -104 makes it 0" in said(
        "log10_ratio", "exp-of-the-difference"
    )
    assert "a ratio of 7.4 turns into 1" in said("log10_ratio", "clamped")
    assert f"{math.log(10):.1f}" == "2.3"
    converted = torch.tensor(1e6) / math.log(10)
    spacing = (torch.nextafter(converted, converted * 2) - converted).item()
    assert f"{spacing:.2f}" == "0.03"
    assert "float32 rounds to steps of 0.03" in said("log10_ratio", "converted-first")
    assert 0.45 < math.log10(3) < 0.5
    assert "a factor of 3 is about half a digit" in said("log10_ratio", "rounded")
    assert f"{math.log(10):.4f}" == "2.3026"
    short = torch.log(torch.tensor(10.0)).item()
    assert 1e-9 < abs(short / math.log(10) - 1) < 1e-7
    assert "2.3026 is ln 10 to five digits" in said("log10_ratio", "short-constant")


# Decay and schedules.


def test_a_shift_by_the_last_overflows_at_88_or_709():
    for dtype, last in ((torch.float32, 88.0), (torch.float64, 709.0)):
        assert torch.tensor(last, dtype=dtype).exp().isfinite()
        assert torch.tensor(last + 1, dtype=dtype).exp().isinf()
    text = said("decay_weights", "shifted-by-the-last")
    assert "in float32 once the arguments span 88, in float64 709" in text


def test_decay_that_grows():
    weights = names_of("decay-run")["naive_weights"]
    assert weights(5, 30.0).isfinite().all()
    assert weights(5, -30.0).isnan().any()


def test_counting_in_half_precision():
    assert torch.tensor(2049.0).half() == 2048
    assert torch.tensor(2050.0).half() == 2050
    assert torch.tensor(257.0).bfloat16() == 256
    assert (torch.tensor(1499.5).half(), torch.tensor(1499.5).bfloat16()) == (1500, 1496)
    text = said("decay_weights", "half-precision-arguments")
    assert "no odd whole numbers beyond 2048" in text
    assert "an argument of 1499.5 becomes 1500 in float16 and 1496" in text


def test_clamped_arguments_share_the_sum():
    arguments = (300.0 * torch.arange(5)).clamp(-80, 80)
    shares = torch.softmax(arguments, 0)
    assert shares[1:].tolist() == pytest.approx([0.25] * 4)
    assert "at a rate of -300 the last four of five share the sum" in said("decay_weights", "clamped")


def test_a_rounded_factor_loses_three_digits():
    from course.exp_asymmetry.misconceptions.decay_weights import decay_weights_power

    found = decay_weights_power(3000, 0.001).double()
    true = torch.softmax(-0.001 * torch.arange(3000, dtype=torch.float64), 0)
    worst = ((found - true).abs() / true).max().item()
    assert 1e-5 < worst < 1e-3  # where one rounding would be 6e-8
    assert "after 3000 steps three digits are gone" in said("decay_weights", "powers-of-a-rounded-number")


def test_halfway_and_the_ends_of_a_schedule():
    halfway = math.exp((math.log(0.01) + math.log(50)) / 2)
    assert f"{halfway:.4f}" == "0.7071"
    assert prose("schedules-after").startswith("0.7071: as many factors above 0.01 as below 50")
    ends = torch.tensor([0.01, 50.0])
    assert not torch.equal(ends.log().exp(), ends)


def test_what_the_mistakes_of_a_schedule_cost():
    from course.exp_asymmetry.misconceptions import geometric_schedule as wrong

    linear = wrong.geometric_schedule_linear(0.01, 50.0, 100)
    assert f"{linear[1]:.2f}" == "0.51"
    levels = [0.01 * 5000 ** (k / 99) for k in range(100)]
    assert sum(level < 0.51 for level in levels) == 46
    assert "the first step then leads to 0.51, where forty-six of the hundred" in said("geometric_schedule", "linear")
    drift = abs(wrong.geometric_schedule_drifting_powers(1.0, 2.0, 20001)[-1].item() - 2) / 2
    assert 3e-4 < drift < 1e-3
    assert "several parts in ten thousand" in said("geometric_schedule", "drifting-ratio")
    assert f"{math.log(1e60):.0f}" == "138"
    assert "that difference is 138" in said("geometric_schedule", "ratio-overflows")
    assert f"{10 ** math.log(0.01):.6f}" == "0.000025"
    assert f"{math.exp(math.log10(0.01)):.2f}" == "0.14"
    assert "ends at 0.000025 or at 0.14" in said("geometric_schedule", "mixed-bases")
    assert f"{math.log(2) / 20000:.0e}" == "3e-05"


# Odds.


def test_the_sigmoid_at_minus_a_thousand_has_a_right_value_and_a_nan_gradient():
    value, slope = gradient(lambda x: 1 / (1 + torch.exp(-x)), -1000.0)
    assert value == 0
    assert slope.isnan()


def test_two_clamps_double_the_slope_at_zero_and_two_minima_share_it():
    (known,) = [m for m in MISCONCEPTIONS["sigmoid_odds"] if m.name == "slope-counted-twice"]
    (clamps,) = known.variants
    assert gradient(clamps, 0.0)[1].item() == 0.5
    assert "the slope comes out as 0.5" in known.explanation

    def minima(x):
        e, zero = torch.exp(torch.minimum(x, torch.zeros_like(x))), torch.zeros_like(x)
        return e / (e + torch.exp(torch.minimum(-x, zero)))

    assert gradient(minima, 0.0)[1].item() == 0.25


def test_where_at_the_end_is_too_late_at_both_ends():
    def chosen(x):
        return torch.where(x >= 0, 1 / (1 + torch.exp(-x)), torch.exp(x) / (1 + torch.exp(x)))

    value, slope = gradient(chosen, -1000.0, 0.0, 1000.0)
    assert value.tolist() == [0, 0.5, 1]
    assert slope.isnan().tolist() == [True, False, True]
    assert slope[1] == 0.25
    assert "nan again, and now at both ends" in prose("odds-where-after")


def test_the_kink_at_zero_has_no_slope():
    from course.exp_asymmetry.misconceptions import sigmoid_odds as wrong

    for kink in (
        wrong.sigmoid_odds_kink,
        wrong.sigmoid_odds_kink_reflected,
        wrong.sigmoid_odds_kink_strict,
    ):
        value, slope = gradient(kink, 0.0)
        assert (value, slope) == (0.5, 0)
    told = check.sigmoid_odds(wrong.sigmoid_odds_kink).message
    assert "a negative number" in told
    assert "although its slope should be 0.25. (The check multiplies each slope by a weight, some of them neg" in told


def test_what_other_mistakes_of_the_sigmoid_cost():
    assert torch.exp(torch.tensor(12.0).half()).isinf()
    assert torch.exp(torch.tensor(11.0).half()).isfinite()
    assert "where exp overflows for an argument of 12" in said("sigmoid_odds", "clamped")
    assert torch.tensor(2.0).half().clamp(1e-6, 1 - 1e-6) == 1
    assert "In float16 the limits are rounded, the upper one to 1" in said("sigmoid_odds", "clipped-probability")
    assert "2.3 times as steep" in said("sigmoid_odds", "base-ten")


# Memory.


def test_what_out_and_in_place_do_to_autograd():
    x = torch.tensor([0.0, 1.0], requires_grad=True)
    y = torch.exp(x)
    y.mul_(2)
    with pytest.raises(RuntimeError, match="one of the variables needed for gradient computation has been modified"):
        y.sum().backward()
    with pytest.raises(RuntimeError, match="don't support automatic differentiation"):
        torch.exp(x, out=torch.empty(2))
    (x * 1).exp_().sum().backward()
    assert torch.equal(x.grad, x.detach().exp())
    assert "`out=` refuses tensors that want a gradient" in prose("memory-after")


# The claims.


def test_g1_fifty_thousand_small_numbers_outweigh_one():
    scores = torch.full((50257,), -10.0)
    scores[0] = 0
    weights = scores.exp()
    text = right("G1", "B")
    assert f"{weights[1:].sum().item():.2f} to 1" in text
    assert "exp(10) is 22026" in text
    assert "a share of 0.30" in quiz("G1", "A").message
    assert f"{(weights[0] / weights.sum()).item():.2f}" == "0.30"
    assert math.exp(10) > 22000


def test_g8_torch_log_refuses_python_floats():
    with pytest.raises(TypeError, match="must be Tensor, not float"):
        torch.log(50.0 / 0.01)
    assert "raises a TypeError" in right("G8", "C")


def test_g13_three_ways_in_which_the_round_trip_fails():
    def there_and_back(x):
        return torch.log(torch.exp(torch.tensor(x))).item()

    assert there_and_back(1e-8) == 0
    assert there_and_back(100.0) == math.inf
    assert there_and_back(-200.0) == -math.inf
    x = torch.linspace(-5, 5, 1000)
    assert 0 < int((torch.log(torch.exp(x)) != x).sum()) < 1000
    assert "(1e-8 comes back as 0)" in right("G13", "A")


def test_g11_holds_far_above_the_floor_only():
    from course.kit import gpu

    def seconds(size):
        inputs = gpu.random_inputs((size,), torch.device("cpu"))
        target = torch.empty(size)
        here = torch.device("cpu")
        measured = gpu.measure(
            lambda x: torch.exp(x, out=target), bytes_moved=1, device=here, inputs=inputs, repeats=50, budget=0.2
        )
        return min(measured.samples)  # what the machine does when nobody disturbs it

    assert seconds(1000) < 100 * seconds(1)  # a thousand times the work
    assert 4 < seconds(1_000_000) / seconds(100_000) < 25  # ten times the work, on a machine that others use too
    assert "from 100 000 elements on" in right("G11", "B")


# The quiz.


def test_quiz_1_and_4():
    assert (torch.tensor(1000.0).exp() / torch.tensor(998.0).exp()).isnan()
    assert torch.tensor(198.0).exp().isinf()
    assert torch.tensor(99.0).exp().isinf()
    k = torch.arange(100.0)
    for origin, fine in ((0.0, False), (99.0, True), (49.5, False)):
        terms = torch.exp(2 * (k - origin))
        assert bool((terms / terms.sum()).isfinite().all()) is fine
    assert quiz("quiz-4", "B").outcome == "correct"


def test_quiz_2_in_half_precision():
    value, slope = gradient(lambda x: 1 / (1 + torch.exp(-x)), 20.0, -20.0, dtype=torch.float16)
    assert value.tolist() == [1, 0]
    assert f"{math.exp(-20):.0e}" == "2e-09"
    info = torch.finfo(torch.float16)
    assert math.exp(-20) < info.smallest_normal * info.eps / 2  # so 0 is the nearest number that float16 has
    assert slope.isnan().tolist() == [False, True]
    assert quiz("quiz-2", "A").outcome == "correct"


def test_quiz_3_adding_in_place_after_exp_is_an_error():
    x = torch.tensor([1.0], requires_grad=True)
    h = torch.exp(x)
    h.add_(1)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        torch.log(h).sum().backward()
    assert quiz("quiz-3", "D").outcome == "correct"


def test_quiz_5_and_6():
    assert f"{math.exp(24):.1e}" == "2.6e+10"
    assert "2.6e10" in quiz("quiz-5", "C").message
    assert f"{math.exp(-12):.6f}" == "0.000006"
    levels = [1e-4 * 1e6 ** (k / 6) for k in range(7)]
    assert levels[3] == pytest.approx(0.1)
    assert levels[-1] == pytest.approx(100)
    assert quiz("quiz-6", "D").outcome == "correct"
    assert (1e-4 + 100) / 2 == 50.00005
