"""The numbers that unit 04 states in prose, each measured here and then looked up in the text."""

import math

import pytest
import torch
import torch.nn.functional as F  # noqa: N812 - torch's own convention
from mpmath import mp, mpf

from course.kit.verdict import compare_numbers
from course.log_softmax.composed import compare
from course.log_softmax.explanations import afterwards
from course.log_softmax.misconceptions import MISCONCEPTIONS
from course.log_softmax.questions import quiz
from tests.log_softmax import exact
from tests.notebooks import cell, source

NOTEBOOK = source("04-log-softmax")
BATCH = torch.tensor([[2.0, 1.0, 0.1], [1000.0, 1.0, -1000.0], [3.0, 2.0, 1.0]])
TARGETS = torch.tensor([0, 2, 1])


def prose(*identities):
    return "\n".join(cell(NOTEBOOK, identity).source for identity in identities)


def names(*identities):
    """What the notebook's code cells define."""
    namespace = {"torch": torch, "predict": lambda *a, **k: None, "afterwards": afterwards}
    for identity in ("composed", *identities):
        exec(cell(NOTEBOOK, identity).source, namespace)
    return namespace


def evidence(claim, verdict):
    """What the quiz tells whoever gives the right verdict; fails if the verdict is not the right one."""
    result = quiz(claim, verdict)
    assert result.outcome == "correct", claim
    return result.message


def explanation(exercise, name):
    (found,) = [m.explanation for m in MISCONCEPTIONS[exercise] if m.name == name]
    return found


def loss_and_gradient(k, dtype, epsilon=0.0):
    """-log of the second softmax weight of (0, -k), and its gradient."""
    z = torch.tensor([0.0, -k], dtype=dtype, requires_grad=True)
    loss = -torch.log(torch.softmax(z, -1)[1] + epsilon)
    loss.backward()
    return loss.item(), z.grad


def last_finite(dtype):
    return max(k for k in range(800) if math.isfinite(loss_and_gradient(k, dtype)[0]))


def first_nan(dtype):
    return min(k for k in range(800) if loss_and_gradient(k, dtype)[1].isnan().any())


def test_the_right_softmax_of_the_batch_has_an_infinite_loss_and_2000_is_right():
    losses = names()["composed_losses"](BATCH, TARGETS)
    assert losses[1] == torch.inf
    assert losses[[0, 2]].isfinite().all()
    assert exact.loss(BATCH[1].tolist(), 2) == 2000
    assert "The right loss is 2000" in prose("still-inf-after")


def test_the_numpy_version_gives_the_exact_losses_of_the_batch():
    found = names("numpy-run")["numpy_losses"](BATCH.numpy(), TARGETS.numpy())
    want = [float(exact.loss(row, t)) for row, t in zip(BATCH.tolist(), TARGETS.tolist(), strict=True)]
    assert found.tolist() == pytest.approx(want, rel=1e-6)


DTYPES = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


def test_the_cliff_in_every_dtype():
    assert [last_finite(dtype) for dtype in DTYPES] == [17, 92, 103, 745]
    assert "17 in float16, 92 in bfloat16, 103 in float32 and 745 in float64" in prose("explorer-tasks")
    assert "the loss of our row was 2000" in afterwards["cliff"]
    assert torch.exp(torch.tensor(-103.0)) > 0
    assert torch.exp(torch.tensor(-104.0)) == 0
    assert f"{torch.exp(torch.tensor(-103.0)).item():.1e}" == "1.4e-45"
    assert "exp(-103) rounds to 1.4e-45" in afterwards["cliff"]
    assert f"{-torch.log(torch.exp(torch.tensor(-103.0))).item():.6g}" == "103.279"
    assert "whose -log is 103.279" in afterwards["cliff"]


def test_the_gradient_is_lost_before_the_loss():
    assert [first_nan(dtype) for dtype in DTYPES] == [12, 89, 89, 710]
    assert "12 on in float16, 89 in bfloat16 and float32, 710 in float64" in prose("explorer-tasks")
    assert "From a distance of 89 on" in afterwards["before-the-cliff"]
    seen = compare(20.0, -75.0, torch.float32)
    assert f"{seen.naive.loss:.4f}" == "95.0000"
    assert math.isnan(seen.naive.gradient[2])
    assert f"{seen.probability:.1e}" == "5.5e-42"
    assert 1 / seen.probability > torch.finfo(torch.float32).max
    assert "p is 5.5e-42" in afterwards["before-the-cliff"]


def test_few_digits_of_a_subnormal_probability():
    seen = compare(20.0, -80.0, torch.float32)
    assert f"{seen.naive.loss:.2f}" == "99.98"
    assert round(seen.naive.ulps) == 2216
    assert "99.98 for 100, or 2216 ulps" in prose("explorer-tasks")


def test_an_epsilon_caps_the_loss_and_ends_the_gradient():
    row = BATCH[1].clone().requires_grad_()
    loss = -torch.log(torch.softmax(row, -1)[2] + 1e-8)
    loss.backward()
    assert f"{loss.item():.1f}" == "18.4"
    assert row.grad.tolist() == [0, 0, 0]
    assert "-log(1e-8) = 18.4" in afterwards["epsilon"]
    assert "with 1e-8 no log-probability is below -18.4" in explanation("log_softmax", "epsilon-in-log")
    assert "with 1e-8 no row can cost more than 18.4" in explanation("cross_entropy", "epsilon-in-log")
    clamped = BATCH[1].clone().requires_grad_()
    (-torch.log(torch.softmax(clamped, -1)[2].clamp(min=1e-8))).backward()
    assert clamped.grad.tolist() == [0, 0, 0]


def test_the_right_gradient_of_row_two():
    z = BATCH.clone().requires_grad_()
    F.cross_entropy(z, TARGETS, reduction="sum").backward()
    assert z.grad[1].tolist() == [1, 0, -1]
    assert "The right gradient there is -1" in prose("epsilon")
    assert "a gradient of 1, 0, -1" in prose("fixed-after")


def test_two_probabilities_in_bfloat16_that_sum_to_more_than_1():
    p = names("predict-sum-of-two")["two_probabilities"]()
    assert f"{p.sum().item():.4g}" == "1.135"
    assert p.tolist() == pytest.approx([0.135, 1], abs=5e-4)
    lse = exact.row([300.0, 302.0])
    assert mp.nstr(302 - lse.log_p[1], 5) == "302.13"
    assert "The log-sum-exp, 302.13, is rounded to 302" in afterwards["sum-of-two"]
    z = torch.tensor([300.0, 302.0], dtype=torch.bfloat16, requires_grad=True)
    loss = -(z - torch.logsumexp(z, dim=-1))[1]
    loss.backward()
    assert loss.item() == 0
    assert z.grad[1] == 0
    assert mp.nstr(-lse.log_p[1], 3) == "0.127"
    assert mp.nstr(mp.exp(lse.log_p[1]) - 1, 3) == "-0.119"
    assert "exactly 0 (0.127 is right)" in afterwards["sum-of-two"]
    assert "along that logit is 0 (-0.119 is right)" in afterwards["sum-of-two"]
    here = torch.tensor(300.0, dtype=torch.bfloat16)
    assert torch.nextafter(here, here + 8) - here == 2


def test_the_log_probability_of_a_near_certain_class():
    assert mp.nstr(exact.row([0.0, -20.0]).log_p[0], 2) == "-2.1e-9"
    assert torch.log_softmax(torch.tensor([0.0, -20.0]), -1)[0] == 0
    assert "about -2.1e-9" in prose("shift-first")
    assert "the answer is -2.1e-9" in explanation("log_softmax", "rounded-sum")


def test_the_target_that_pytorch_smooths():
    target = names("predict-smoothed")["smoothed_target"]
    assert target(0.1, 4).tolist() == pytest.approx([0.925, 0.025, 0.025, 0.025], abs=1e-6)
    assert target(0.4, 4).tolist() == pytest.approx([0.7, 0.1, 0.1, 0.1], abs=1e-6)
    assert "smoothed_target(0.4, 4)" in prose("predict-smoothed")
    assert "0.6 + 0.1" in afterwards["smoothed"]
    # The other convention is the guess that the question is about: it must not pass as close.
    assert not compare_numbers(0.6, round(target(0.4, 4)[0].item(), 4)).right
    assert "0.9 in yours and 0.925 in PyTorch's" in explanation("cross_entropy", "smoothing-spares-true-class")
    assert "0.925 for the true class and 0.025" in evidence("C3", "C")


def test_the_formula_of_smoothing_in_the_text_is_pytorchs():
    z, t, s = BATCH[[0, 2]].double(), TARGETS[[0, 2]], 0.3
    log_p = torch.log_softmax(z, -1)
    by_hand = (1 - s) * -log_p[range(2), t] + s * -log_p.mean(-1)
    assert torch.allclose(by_hand, F.cross_entropy(z, t, label_smoothing=s, reduction="none"))
    assert r"(1 - s)\,(-\log p_t) + s \cdot \frac{1}{K} \sum_k (-\log p_k)" in prose("ignored")


def test_a_batch_without_targets_and_an_impossible_class():
    assert F.cross_entropy(torch.zeros(2, 5), torch.tensor([-100, -100])).isnan()
    assert (torch.tensor(0.0) * -torch.inf).isnan()


def test_the_perplexity_of_a_long_text():
    halves = torch.full((1200,), 0.5, dtype=torch.float64)
    assert halves.prod() == 0
    assert halves.prod() ** (-1 / 1200) == torch.inf
    assert mp.nstr(mp.exp(2.3), 2) == "10.0"
    assert "2.3} \\approx 10" in prose("perplexity-section")
    assert "should give 4, and you return 1.39" in explanation("perplexity", "no-exponential")
    assert mp.nstr(mp.log(4), 3) == "1.39"


def test_the_detour_through_the_logarithm_doubles_the_worst_error():
    found = names("predict-detour")["worst_errors"]()
    assert found["the shifted softmax"] < 40 < 55 < found["exp(log_softmax)"]
    z = 20 * torch.randn(2000, 50, generator=torch.Generator().manual_seed(4))
    assert 80 < z.max() < 95
    assert -95 < z.min() < -80
    assert z.numel() == 100_000


def test_the_logits_that_do_not_fit():
    assert f"{8192 * 131072 * 4 / 1e9:.1f}" == "4.3"
    assert "the logits take 4.3 GB in float32, more than a thousand million weights do" in prose("chunked-section")


@pytest.mark.parametrize("dtype", [torch.float64, torch.float32, torch.bfloat16, torch.float16])
def test_g14_no_log_probability_is_above_0_and_some_sums_are_above_1(dtype):
    logits = 20 * torch.randn(100_000, 10, generator=torch.Generator().manual_seed(1)).to(dtype)
    log_p = torch.log_softmax(logits, -1)
    assert log_p.max() <= 0
    assert log_p.exp().max() <= 1
    assert log_p.exp().double().sum(-1).max() > 1
    evidence("G14", "C")


def test_l2_only_the_softmax_without_a_shift_overflows():
    assert (BATCH[1].exp() / BATCH[1].exp().sum()).isnan().any()
    assert torch.softmax(BATCH[1], -1).tolist() == [1, 0, 0]
    assert "the detour is less exact" in evidence("L2", "B")


def test_l4_the_precision_is_lost_where_the_probability_is_subnormal():
    worse = []
    for k in range(1, 104):
        pair = torch.tensor([[float(k), 0.0]])
        true = exact.loss([k, 0], 1)
        composed = mpf(-torch.log(torch.softmax(pair, -1)[0, 1]).item())
        fused = mpf(F.cross_entropy(pair, torch.tensor([1])).item())
        if abs(composed - true) > abs(fused - true) + exact.spacing(true, torch.float32):
            worse.append(k)
    assert worse
    assert min(worse) > 88
    assert {100, 101, 102, 103} <= set(worse)
    assert -math.log(torch.finfo(torch.float32).smallest_normal) == pytest.approx(87.3, abs=0.1)
    assert -math.log(torch.finfo(torch.float16).smallest_normal) == pytest.approx(9.7, abs=0.1)
    said = evidence("L4", "B")
    assert "beyond a loss of about 88 in float32, and of about 10 in float16" in said


def test_c6_the_logarithm_meets_no_zero():
    for dtype in (torch.float64, torch.float32, torch.bfloat16, torch.float16):
        assert torch.log_softmax(BATCH[1].to(dtype), -1)[2] == -2000
        assert torch.exp(torch.tensor(-2000.0, dtype=dtype)) == 0
    evidence("C6", "A")
    assert "It gave -2000 in every dtype" in quiz("C6", "B").message


def test_x5_the_two_ways_to_fail():
    namings = [torch.log(z.exp() / z.exp().sum()) for z in (torch.tensor([1000.0, 0.0]), torch.tensor([0.0, -200.0]))]
    assert namings[0][0].isnan()
    assert namings[1][1] == -torch.inf
    assert "A: nan where exp overflows, -inf where it underflows" in prose("facts")


def test_the_numbers_of_the_quiz():
    z = torch.zeros(1, 5, requires_grad=True)
    F.cross_entropy(z, torch.tensor([0]), label_smoothing=0.2).backward()
    assert (0.2 - z.grad[0, 0]).item() == pytest.approx(0.84)
    assert mp.nstr(mp.exp(-500), 1) == "7.0e-218"
    loss, gradient = loss_and_gradient(50, torch.float32, 1e-8)
    assert f"{loss:.1f}" == "18.4"
    assert abs(gradient[1].item()) < 1e-13
    assert mp.nstr(mp.exp(-50), 1) == "2.0e-22"
    assert (10 * 2 + 30 * 4) / 40 == 3.5
    here = torch.tensor(500.0, dtype=torch.bfloat16)
    assert torch.nextafter(here, here + 8) - here == 2
    z = torch.tensor([500.0, 502.0], dtype=torch.bfloat16)
    assert (z - torch.logsumexp(z, -1)).tolist() == [-2, 0]


def test_what_the_explanations_of_mistakes_state():
    assert torch.softmax(torch.tensor([0.0, -104.0]), -1)[1] == 0
    assert torch.exp(torch.tensor(89.0)) == torch.inf
    assert torch.exp(torch.tensor(-110.0)) == 0
    near = {torch.float32: 0.00006, torch.bfloat16: 4}
    for dtype, gap in near.items():
        here = torch.tensor(1000.0, dtype=dtype)
        assert (torch.nextafter(here, here + 64) - here).item() == pytest.approx(gap, rel=0.05)
    assert "float32 numbers are 0.00006 apart and bfloat16 numbers 4 apart" in explanation(
        "log_softmax", "large-minus-large"
    )
    two = exact.row([0.0, 0.0]).log_p[0]
    assert mp.nstr(two, 2) == "-0.69"
    assert mp.nstr(-mp.log(2, 10), 2) == "-0.3"
    best = torch.log_softmax(torch.tensor([1.0, 0.0, 0.0], dtype=torch.float64), -1)[0]
    assert f"{-best.item():.2f}" == "0.55"
    assert "with three classes the loss stays above 0.55" in explanation("cross_entropy", "softmax-twice")
    assert torch.finfo(torch.float32).min == pytest.approx(-3.4e38, rel=1e-2)
    assert 4e8 < mp.exp(20) < 5e8


def test_the_decision_that_a_later_unit_needs_is_in_the_closing():
    assert "a shifted softmax, not exp(log_softmax)" in prose("closing")
    assert "*BCE with logits*" in prose("next")
