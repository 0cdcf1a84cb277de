"""The numbers that unit 07 states in prose, each measured here and then looked up in the text."""

import math
import re

import mpmath
import pytest
import torch
from mpmath import mp, mpf

from course.cross_entropy_gradient.explanations import afterwards
from course.cross_entropy_gradient.misconceptions import MISCONCEPTIONS
from course.cross_entropy_gradient.questions import quiz
from course.cross_entropy_gradient.slopes import GRID, curves
from tests.notebooks import cell, source

NOTEBOOK = source("07-cross-entropy-gradient")
ROW = torch.tensor([-20.0, 20.0, 0.0])
Y = torch.tensor([1.0, 0.0, 0.0])


def prose(*identities):
    return "\n".join(cell(NOTEBOOK, identity).source for identity in identities)


def evidence(claim, verdict):
    """What the quiz tells whoever gives the right verdict; fails if the verdict is not the right one."""
    result = quiz(claim, verdict)
    assert result.outcome == "correct", claim
    return result.message


def said(exercise, name):
    (text,) = [m.explanation for m in MISCONCEPTIONS[exercise] if m.name == name]
    return text


def notebook_names(*identities):
    """What the notebook's own cells define."""
    names = {"torch": torch, "re": re, "warnings": __import__("warnings")}
    for identity in identities:
        exec(cell(NOTEBOOK, identity).source, names)
    return names


@pytest.fixture(scope="module")
def losses():
    names = notebook_names("two-losses")
    return names["cross_entropy"], names["squared_error"], names["with_slopes"]


def exact_softmax(logits):
    terms = [mp.exp(mpf(z)) for z in logits]
    return [term / mp.fsum(terms) for term in terms]


def test_the_row_that_is_sure_and_wrong(losses):
    cross_entropy, squared_error, with_slopes = losses
    with mp.workdps(50):
        p = exact_softmax([-20, 20, 0])
        slope = 2 * p[0] * ((p[0] - 1) - (p[0] * (p[0] - 1) + p[1] ** 2 + p[2] ** 2))
        assert mp.nstr(p[0], 1) == "4.0e-18"
        assert mp.nstr(-mp.log(p[0]), 4) == "40.0"
        assert mp.nstr(slope, 2) == "-1.7e-17"
    assert with_slopes(cross_entropy, ROW)["slopes"][0] == -1
    assert with_slopes(cross_entropy, ROW)["loss"] == 40
    found = with_slopes(squared_error, ROW)
    assert found["loss"] == 2
    assert found["slopes"][0].item() == pytest.approx(float(slope), rel=1e-6)
    assert abs(found["slopes"][0]) < 0.5e-16
    assert "to sixteen decimal places" in afterwards["squared-slope"]
    assert "probability of 4e-18" in prose("wrong-row")
    assert "-1.7e-17" in evidence("C2", "C").replace("−", "-")


def test_one_loss_relearns_the_row_and_the_other_does_not_move(losses):
    names = notebook_names("two-losses")
    exec(cell(NOTEBOOK, "predict-relearned").source.split("\n\n\npredict(")[0], names)
    after = names["after_training"]
    assert after(names["cross_entropy"], 30) > 0.9
    assert "within thirty steps" in prose("title")
    assert f"{after(names['cross_entropy']):.3f}" == "0.999"
    assert after(names["squared_error"]) == torch.softmax(ROW, 0)[0].item()
    assert f"{torch.softmax(ROW, 0)[0].item():.0e}" == "4e-18"
    assert f"{after(names['squared_error']):.1g}" == "4e-18"  # as the prediction's choice is written
    assert "for ever" not in prose("title")  # a prediction asks for it


def test_the_naive_row_that_breaks_by_underflow():
    names = notebook_names("two-losses")
    exec(cell(NOTEBOOK, "break-run").source.split("\n\nfar = ")[0], names)
    found = names["with_slopes"](names["naive_cross_entropy"], torch.tensor([-100.0, 20.0, 0.0]))
    assert found["loss"] == math.inf
    assert found["slopes"].isnan().all()
    assert mp.nstr(mp.exp(-120), 1) == "8.0e-53"
    assert "e⁻¹²⁰ = 8e-53" in prose("break-after")
    assert torch.exp(torch.tensor(-120.0)) == 0


def test_where_the_explorers_curves_turn():
    naive, _, squared = curves(20.0, torch.float32)
    steepest = min(range(len(squared)), key=squared.__getitem__)
    assert abs(GRID[steepest] - 19.3) <= 0.25
    # 4p(1 - p)² is largest at p = 1/3, where z₁ = 20 - ln 2
    assert f"{-16 / 27:.2f}" == "-0.59"
    assert mp.nstr(20 - mp.log(2), 3) == "19.3"
    assert "Near z₁ = 19.3, where the two classes compete: -0.59" in prose("explorer-tasks")
    assert "at z₂ = 89" in prose("explorer-tasks")
    assert torch.exp(torch.tensor(89.0)).isinf()
    assert torch.exp(torch.tensor(88.5)).isfinite()
    assert any(map(math.isnan, naive))


def test_the_two_links_of_the_chain():
    p = torch.softmax(ROW, 0)
    to_p = -Y / p
    assert f"{to_p[0].item():.1e}" == "-2.4e+17"
    jacobian = torch.diag(p) - torch.outer(p, p)
    assert torch.allclose(jacobian @ to_p, p - Y)
    assert "A slope of -2.4e17 on the way, and -1 at the end" in prose("two-links-after")
    assert "−2.4e17" in evidence("C5", "B")


def test_the_size_of_a_jacobian():
    assert 50_000**2 * 4 == 10 * 10**9
    assert "50 000 × 50 000 numbers of 4 bytes" in afterwards["jacobian-size"]


def test_smoothing_pulls_a_right_answer_down():
    target = mpf("0.9") + mpf("0.1") / 10
    assert mp.nstr(target, 4) == "0.91"
    assert mp.nstr(mpf("0.999") - target, 4) == "0.089"
    assert "smoothed target is 0.91, the model says 0.999, and p − q is 0.089" in afterwards["too-sure"]
    assert "0.95 against your 0.9" in said("cross_entropy_grad", "smoothing-on-the-others")
    assert pytest.approx(0.95) == 0.9 + 0.1 / 2


def test_p_minus_y_cancels_and_expm1_does_not():
    logits = torch.tensor([0.0, math.log(1e-9)])
    assert (torch.softmax(logits, 0)[0] - 1).item() == 0
    # float32's log-softmax has lost it too; from a log p that is exact, expm1 has all digits.
    assert torch.expm1(torch.tensor(-1e-9)).item() == pytest.approx(-1e-9, rel=1e-6)
    assert "In float32 that p is stored as 1, and p - y is 0" in prose("cross_entropy_grad-task")


def test_the_best_step_of_a_central_difference():
    names = notebook_names("two-losses")
    exec(cell(NOTEBOOK, "predict-best-step").source.split("\n\n\npredict(")[0], names)
    errors = names["errors_of_differences"]()
    assert min(errors, key=errors.get) == "1e-05"
    assert errors["1e-05"] < 1e-9
    assert "expect ten right digits" in prose("float32-after")
    assert f"{(2.0**-52) ** (1 / 3):.0e}" == "6e-06"
    assert "near 1e-5, the cube root of machine epsilon" in afterwards["best-step"]
    assert names["errors_of_differences"](torch.float32)["1e-08"] == 1


def test_what_scales_the_example_function():
    names = notebook_names("function-example")
    assert names["x"].grad.item() == 60
    assert "60: the slope 2x = 6, times the 10" in prose("function-after")


def test_a7_the_gradient_of_row_two():
    logits = torch.tensor([[2.0, 1.0, 0.1], [1000.0, 1.0, -1000.0], [3.0, 2.0, 1.0]], requires_grad=True)
    torch.nn.functional.cross_entropy(logits, torch.tensor([0, 2, 1])).backward()
    assert logits.grad[1].tolist() == pytest.approx([1 / 3, 0, -1 / 3], abs=1e-7)
    assert "| C: p - y is 1, 0, -1; a third of it is `1/3, 0, -1/3` |" in prose("facts")


def test_c2_a_wrong_class_with_a_large_logit_has_the_largest_slope_at_the_true_class():
    for gap in (40.0, 2000.0):
        logits = torch.tensor([[0.0, gap]], requires_grad=True)
        torch.nn.functional.cross_entropy(logits, torch.tensor([0])).backward()
        assert logits.grad.tolist() == [[-1, 1]]
    assert "the slope at the true class is −1, the largest there is" in evidence("C2", "C")


def test_c4_the_fused_backward_is_p_minus_y():
    generator = torch.Generator().manual_seed(4)
    for scale in (1, 30):
        logits = (scale * torch.randn(200, 12, generator=generator)).requires_grad_()
        targets = torch.randint(12, (200,), generator=generator)
        torch.nn.functional.cross_entropy(logits, targets, reduction="sum").backward()
        expected = torch.softmax(logits.detach(), 1) - torch.nn.functional.one_hot(targets, 12)
        assert (logits.grad - expected).abs().max() <= 2 * torch.finfo(torch.float32).eps
    assert "To the last bit or two" in evidence("C4", "A")


def test_c5_a_weights_slope_is_p_minus_y_times_its_input():
    inputs, weight = torch.tensor([[1e6, 1.0]]), torch.tensor([[-2e-5, 0.0], [2e-5, 0.0]], requires_grad=True)
    torch.nn.functional.cross_entropy(inputs @ weight.T, torch.tensor([0])).backward()
    assert weight.grad.abs().max().item() == pytest.approx(1e6)
    assert "p − y times an input" in evidence("C5", "B")


def test_g22_dividing_by_the_root_of_d_makes_up_for_d_and_not_for_the_entries():
    torch.manual_seed(1)
    for size, spread, weight in ((1, 1, 0.1), (10, 100, 0.95)):
        for d in (64, 4096):
            q, k = size * torch.randn(256, d), size * torch.randn(256, d)
            scores = q @ k.T / d**0.5
            top = torch.softmax(scores, 1).amax(1).mean()
            assert scores.std().item() == pytest.approx(spread, rel=0.05)
            assert (top > weight) == (size == 10)
    message = evidence("G22", "B")
    assert "a standard deviation of 1 for every d. With entries of size 10 it is 100" in message


def test_the_playbooks_tools_find_the_first_bad_module_and_the_first_bad_backward():
    names = notebook_names("playbook-tools", "playbook-forward")
    assert type(names["module"]).__name__ == "NaiveSoftmax"
    assert names["given"].isfinite().all()
    assert names["returned"][1].isnan().all()
    assert names["given"][1].max() < -160
    assert torch.exp(names["given"][1]).tolist() == [0, 0, 0]
    assert "all three numbers below -160" in prose("playbook-question")
    exec(cell(NOTEBOOK, "predict-first-nan").source.split("\n\n\npredict(")[0], names)
    assert names["patched_loss"]().isfinite()
    assert names["first_bad_backward"](names["patched_loss"]) == "LogBackward0"
    assert names["first_bad_backward"](lambda: torch.ones(2, requires_grad=True).sum()) is None
    assert names["first_bad_module"](torch.nn.Sequential(torch.nn.Linear(2, 2)), torch.ones(1, 2)) is None


def test_adams_averages_keep_a_nan_for_ever_and_clipping_can_stop_before():
    weight = torch.nn.Parameter(torch.ones(2))
    optimiser = torch.optim.Adam([weight])
    weight.grad = torch.tensor([torch.nan, 1.0])
    with pytest.raises(RuntimeError, match="non-finite"):
        torch.nn.utils.clip_grad_norm_([weight], 1.0, error_if_nonfinite=True)
    weight.grad = torch.tensor([torch.nan, 1.0])
    optimiser.step()
    with torch.no_grad():
        weight.fill_(1.0)
    for _ in range(3):
        weight.grad = torch.ones(2)
        optimiser.step()
    assert weight[0].isnan()
    assert "Adam's averages keep a nan for ever" in prose("playbook")


def test_what_the_quiz_says_of_its_rows():
    z = torch.tensor([[0.0, 2000.0]], requires_grad=True)
    loss = torch.nn.functional.cross_entropy(z, torch.tensor([0]))
    loss.backward()
    assert loss.item() == 2000
    assert z.grad.tolist() == [[-1, 1]]
    assert torch.softmax(torch.tensor([0.0, 200.0]), 0)[0] == 0
    for number in (0.25, 0.3, 0.5, 1.0, 3.0, 100.0):
        assert torch.tensor(number) + 1e-8 == torch.tensor(number)
    assert torch.tensor(0.125) + 1e-8 != torch.tensor(0.125)
    assert "every float32 of 0.25 or more" in quiz("quiz-4", "C").message
    # the relative differences |a - n| / max(|a|, |n|) of a wrong sign and of a missing factor of 2
    assert abs(1 - -1) / 1 == 2
    assert abs(1 - 2) / 2 == 0.5
    assert "of 2" in quiz("quiz-4", "A").message
    assert "0.5" in quiz("quiz-4", "D").message


def test_numbers_in_the_names_of_mistakes():
    assert "27.6 where 2000 is right" in said("stable_cross_entropy", "log-of-softmax")
    assert f"{-math.log(1e-12):.1f}" == "27.6"
    thousand = torch.tensor(1000.0)
    apart = (torch.nextafter(thousand, torch.tensor(2000.0)) - thousand).item()
    assert f"{apart:.5f}" == "0.00006"
    assert "0.00006 apart" in said("stable_cross_entropy", "adds-before-it-subtracts")
    assert "from logits of 89 upwards in float32" in said("cross_entropy_grad", "no-shift")
    assert "the true one is 1 at most" in said("cross_entropy_grad", "gradient-of-p")


def test_one_sided_differences_have_half_of_the_digits():
    def f(x):
        return torch.logsumexp(x, 0)

    x = torch.tensor([2.0, 1.0, 0.1], dtype=torch.float64)
    true = torch.softmax(x, 0)[0].item()
    step = torch.tensor([1e-5, 0, 0], dtype=torch.float64)
    one_sided = ((f(x + step) - f(x)) / 1e-5).item()
    central = ((f(x + step) - f(x - step)) / 2e-5).item()
    assert 1e-7 < abs(one_sided - true) / true < 1e-5
    assert abs(central - true) / true < 1e-9
    assert "five good digits and ten" in said("gradient_check", "one-sided")


# The reference card: each row's stable form, as the card writes it, beside 50 digits, where the naive form fails.


def _card_rows():
    card, _ = prose("reference-card").split("**Debugging playbook**")
    lines = [line for line in card.splitlines() if line.startswith("| ")]
    return [[part.strip() for part in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[1:]]


def test_the_reference_card_has_its_rows_each_with_four_entries():
    rows = _card_rows()
    assert len(rows) == 15
    assert all(len(row) == 4 and all(row) for row in rows)
    quantities = " / ".join(row[0] for row in rows)
    for wanted in (
        *("softmax", "log-softmax", "log-sum-exp", "masked softmax", "cross-entropy gradient", "BCE from logits"),
        *("log sigmoid", "log(1 - exp(-x))", "exp(x) - 1 and log(1 + x)", "L2 norm", "variance", "log-gamma"),
        *("ratio of two softmax weights", "batch norm"),
    ):
        assert wanted in quantities


def _close(found, true, tolerance=1e-6):
    return torch.as_tensor(found).double().flatten().tolist() == pytest.approx(
        [float(t) for t in true], rel=tolerance, abs=1e-300
    )


def test_card_softmax_log_softmax_and_log_sum_exp():
    z = torch.tensor([1000.0, 999.0, 800.0])
    m = z.max()
    p = exact_softmax([0, -1, -200])
    assert (torch.exp(z) / torch.exp(z).sum()).isnan().any()
    assert _close((torch.exp(z - m) / torch.exp(z - m).sum())[:2], p[:2])
    assert torch.log(torch.softmax(z, 0))[2].isinf()
    assert _close((z - m) - torch.log(torch.exp(z - m).sum()), [mp.log(q) for q in p])
    assert torch.log(torch.exp(z).sum()).isinf()
    assert _close(m + torch.log(torch.exp(z - m).sum()), [1000 + mp.log(1 + mp.exp(-1) + mp.exp(-200))])
    n = len(z)
    assert m <= torch.logsumexp(z, 0) <= m + math.log(n)


def test_card_masked_softmax():
    scores, mask = torch.tensor([[5.0, 6.0], [1.0, 2.0]]), torch.tensor([[True, True], [False, True]])
    naive = torch.softmax(scores + mask * -1e9, 1)
    assert naive[0].sum() == 1  # attends to what is hidden
    hidden = scores.masked_fill(mask, -torch.inf)
    top = hidden.amax(1, keepdim=True)
    powers = torch.exp(hidden - top.masked_fill(top == -torch.inf, 0))
    total = powers.sum(1, keepdim=True)
    assert (powers / total.masked_fill(total == 0, 1)).tolist() == [[0, 0], [1, 0]]


def test_card_cross_entropy_and_its_gradient():
    z = torch.tensor([0.0, 2000.0])
    assert torch.log(torch.softmax(z, 0)[0]).isinf()
    assert -torch.log_softmax(z, 0)[0] == 2000
    assert "2000 where the naive form says inf" in prose("reference-card")
    p = torch.softmax(z, 0)
    y = torch.tensor([1.0, 0.0])
    jacobian = torch.diag(p) - torch.outer(p, p)
    assert (jacobian @ (-y / p)).isnan().any()
    assert (p - y).tolist() == [-1, 1]


@pytest.mark.parametrize("z", [-200.0, -20.0, -1.0, 0.0, 1.0, 20.0, 200.0])
@pytest.mark.parametrize("y", [0.0, 1.0, 0.25])
def test_card_bce_and_log_sigmoid(z, y):
    with mp.workdps(50):
        log_p, log_q = -mp.log(1 + mp.exp(-mpf(z))), -mp.log(1 + mp.exp(mpf(z)))
        true = -y * log_p - (1 - y) * log_q
    t = torch.tensor(z)
    stable = torch.maximum(t, torch.tensor(0.0)) - t * y + torch.log1p(torch.exp(-t.abs()))
    assert stable.item() == pytest.approx(float(true), rel=1e-6)
    log_sigmoid = torch.minimum(t, torch.tensor(0.0)) - torch.log1p(torch.exp(-t.abs()))
    assert log_sigmoid.item() == pytest.approx(float(log_p), rel=1e-6)
    assert log_sigmoid.item() == pytest.approx(-torch.nn.functional.softplus(-t).item(), rel=1e-6)
    if abs(z) == 200 and y == 0.25:
        sigma = torch.sigmoid(t)
        assert not (-y * torch.log(sigma) - (1 - y) * torch.log(1 - sigma)).isfinite()


@pytest.mark.parametrize("x", [1e-30, 1e-8, 0.1, 0.5, 0.6931, 0.7, 5.0, 20.0, 80.0])
def test_card_log_of_one_minus_exp(x):
    t = torch.tensor(x)
    with mp.workdps(80):
        true = float(mp.log(1 - mp.exp(-mpf(t.item()))))
    stable = torch.log(-torch.expm1(-t)) if x <= math.log(2) else torch.log1p(-torch.exp(-t))
    assert stable.item() == pytest.approx(true, rel=1e-6)
    naive = torch.log(1 - torch.exp(-t)).item()
    if x in (1e-30, 1e-8, 20.0):
        assert naive != pytest.approx(true, rel=1e-3)


def test_card_expm1_and_log1p():
    x = torch.tensor(1e-9)
    assert torch.exp(x) - 1 == 0
    assert torch.log(1 + x) == 0
    assert torch.expm1(x).item() == pytest.approx(1e-9)
    assert torch.log1p(x).item() == pytest.approx(1e-9)


def test_card_norm_variance_and_log_factorial():
    large = torch.tensor([3e30, 4e30])
    s = large.abs().max()
    assert (large**2).sum().sqrt().isinf()
    assert (s * ((large / s) ** 2).sum().sqrt()).item() == pytest.approx(5e30)
    data = torch.tensor([10000.0, 10001.0, 10002.0])
    assert (data**2).mean() - data.mean() ** 2 == 0
    assert ((data - data.mean()) ** 2).mean().item() == pytest.approx(2 / 3)
    assert "The variance: 0 for three different numbers" in prose("card-after")
    assert mpmath.factorial(170) < torch.finfo(torch.float64).max < mpmath.factorial(171)
    assert torch.lgamma(torch.tensor(172.0, dtype=torch.float64)).item() == pytest.approx(711.7, abs=0.05)
    assert mp.nstr(mp.log(mpmath.factorial(171)), 4) == "711.7"
    assert "171! is beyond float64, its logarithm is 711.7" in prose("reference-card")


def test_card_ratio_of_softmax_weights_and_batch_norm():
    log_p, log_q = (torch.log_softmax(torch.tensor([0.0, z]), 0)[1] for z in (-199.0, -200.0))
    p, q = log_p.exp(), log_q.exp()
    assert not (p / q).isfinite()
    assert not (p * torch.exp(-log_q)).isfinite()
    assert torch.exp(log_p - log_q).item() == pytest.approx(math.e, rel=1e-5)
    constant, far = torch.full((4,), 3.0), torch.tensor([10002.0, 9999.25, 10002.0, 9999.25])
    centred = constant - constant.mean()
    assert (centred / (centred**2).mean().sqrt()).isnan().all()
    assert (centred / ((centred**2).mean() + 1e-5).sqrt()).tolist() == [0, 0, 0, 0]
    assert ((far**2).mean() - far.mean() ** 2 + 1e-5).sqrt().isnan()  # the textbook variance, epsilon or not


def test_what_the_first_rule_promises_and_what_it_leaves_to_the_second():
    for row in ([1000.0, 999.0], [-1000.0, -1001.0], [0.0, -200.0]):
        z = torch.tensor(row)
        powers = torch.exp(z - z.max())
        assert powers.isfinite().all() and powers.sum() >= 1
    assert powers[1] == 0
    rule = prose("whole-picture")
    assert "No term overflows, and the sum is at least 1. What is far below the maximum still becomes 0" in rule


def test_the_last_page_holds_every_step_of_the_playbook():
    steps = re.findall(r"^\d\. \*\*(\w+)", prose("playbook"), re.MULTILINE)
    _, page = prose("reference-card").split("**Debugging playbook**")
    assert re.findall(r"^\| (\w+) \|", page, re.MULTILINE)[1:] == [step.lower() for step in steps]
    assert len(steps) == 7


def test_the_decision_guide_names_every_unit_and_functions_that_exist():
    guide = prose("whole-picture")
    assert {f"| 0{n} |" for n in range(1, 8)} <= set(re.findall(r"\| 0\d \|", guide))
    functional = torch.nn.functional
    for name, home in (
        ("softmax", torch),
        ("logsumexp", torch),
        ("log_softmax", torch),
        ("sigmoid", torch),
        ("expm1", torch),
        ("log1p", torch),
        ("lgamma", torch),
        ("cross_entropy", functional),
        ("binary_cross_entropy_with_logits", functional),
    ):
        assert name in guide
        assert hasattr(home, name)
