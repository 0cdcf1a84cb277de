"""Every known mistake is rejected and called by its own name, in the whole check and in the grade cells it breaks."""

import inspect
import re

import pytest
import torch

from course.cross_entropy_gradient import check
from course.cross_entropy_gradient.misconceptions import MISCONCEPTIONS
from course.kit.feedback import INCORRECT

MISTAKES = [
    pytest.param(exercise, misconception, variant, id=f"{exercise}-{misconception.name}-{variant.__name__}")
    for exercise, misconceptions in MISCONCEPTIONS.items()
    for misconception in misconceptions
    for variant in misconception.variants
]
FORMAL = {"modifies-input", "wrong-dtype", "library-call", "float64-detour", "allocates", "backward-changes-state"}


@pytest.mark.parametrize(("exercise", "misconception", "variant"), MISTAKES)
def test_a_misconception_is_rejected_and_named(exercise, misconception, variant):
    result = getattr(check, exercise)(variant)
    assert result.outcome == INCORRECT
    assert result.misconception == misconception.name
    assert misconception.explanation in result.message
    assert result.title == misconception.title


@pytest.mark.parametrize(("exercise", "misconception", "variant"), MISTAKES)
def test_the_grade_cells_that_fail_name_it_too(exercise, misconception, variant):
    checked = getattr(check, exercise)
    results = [checked(variant, behaviour.name) for behaviour in checked.behaviours]
    failed = [result for result in results if result.outcome == INCORRECT]
    assert failed
    assert {result.misconception for result in failed} - FORMAL == {misconception.name}


@pytest.mark.parametrize("exercise", MISCONCEPTIONS)
def test_every_exercise_has_at_least_eight_mistakes_with_a_name_and_a_real_explanation(exercise):
    names = [m.name for m in MISCONCEPTIONS[exercise]]
    assert len(names) >= 8
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)] == []
    for misconception in MISCONCEPTIONS[exercise]:
        sentences = re.findall(r"[.?!](?= [A-Z`\d(]|$)", misconception.explanation)
        assert 3 <= len(sentences) <= 6, misconception.name
        assert not misconception.title.endswith(".")


@pytest.mark.parametrize(("exercise", "misconception", "variant"), MISTAKES)
def test_a_misconception_stands_alone_when_its_source_is_pasted(exercise, misconception, variant):
    namespace = {"torch": torch}
    exec(inspect.getsource(variant), namespace)
    assert callable(namespace[variant.__name__])


def _plain_autograd(logits, targets):
    return -torch.log_softmax(logits, 1).gather(1, targets[:, None]).mean()


def test_a_loss_without_a_backward_pass_of_its_own_is_told_so():
    result = check.stable_cross_entropy(_plain_autograd)
    assert (result.outcome, result.misconception) == (INCORRECT, "no-function")
    assert result.failed == ("gradcheck",)
    assert "apply" in str(result.hint(3))


def _spoils_what_it_saved(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            ctx.p, ctx.targets = torch.softmax(logits, 1), targets
            return -torch.log_softmax(logits, 1).gather(1, targets[:, None]).mean()

        @staticmethod
        def backward(ctx, grad):
            ctx.p[torch.arange(len(ctx.p)), ctx.targets] -= 1
            return grad * ctx.p / len(ctx.p), None

    return Loss.apply(logits, targets)


def test_a_backward_pass_that_spoils_what_it_saved_is_found_out_by_asking_twice():
    result = check.stable_cross_entropy(_spoils_what_it_saved)
    assert result.misconception == "backward-changes-state"
    assert result.failed == ("gradcheck",)
    assert "retain_graph" in str(result.hint(1))


def _wrong_under_weights(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            ctx.calls = 0
            ctx.save_for_backward(torch.softmax(logits, 1), targets)
            return -torch.log_softmax(logits, 1).gather(1, targets[:, None]).mean()

        @staticmethod
        def backward(ctx, grad):
            p, targets = ctx.saved_tensors
            y = torch.zeros_like(p).scatter(1, targets[:, None], 1.0)
            return grad * (p - y) / len(p) * (1 if grad.abs() < 1 else 2), None

    return Loss.apply(logits, targets)


def test_gradcheck_itself_runs_and_its_complaint_is_passed_on():
    result = check.stable_cross_entropy(_wrong_under_weights, "gradcheck")
    assert result.outcome == INCORRECT
    assert result.misconception in ("gradcheck-fails", None)
    assert "gradcheck" in result.message


def _jacobian_built(p, v, dim=-1):
    p, v = p.movedim(dim, -1), v.movedim(dim, -1)
    jacobian = torch.diag_embed(p) - p.unsqueeze(-1) * p.unsqueeze(-2)
    return (jacobian @ v.unsqueeze(-1)).squeeze(-1).movedim(-1, dim)


@pytest.mark.parametrize("exercise", ["softmax_vjp", "softmax_jvp"])
def test_a_jacobian_that_is_built_is_found_out(exercise):
    result = getattr(check, exercise)(_jacobian_built)
    assert (result.misconception, result.failed) == ("allocates", ("conduct",))
    assert "n × n" in str(result.hint(2))


def _float_target(logits, targets, label_smoothing=0.0, reduction="mean"):
    y = torch.nn.functional.one_hot(targets, logits.shape[1]).float()
    g = torch.softmax(logits, 1) - ((1 - label_smoothing) * y + label_smoothing / logits.shape[1])
    return g / len(g) if reduction == "mean" else g


def test_a_one_hot_target_that_is_made_float32_gets_the_hint_about_dtypes():
    result = check.cross_entropy_grad(_float_target)
    assert (result.misconception, result.failed) == ("target-in-float32", ("smoothing", "conduct"))
    assert "one_hot" in str(result.hint(3))


def _by_autograd(logits, targets, label_smoothing=0.0, reduction="mean"):
    with torch.enable_grad():
        leaf = logits.detach().clone().requires_grad_()
        loss = torch.nn.functional.cross_entropy(leaf, targets, label_smoothing=label_smoothing, reduction=reduction)
        return torch.autograd.grad(loss, leaf)[0]


def test_a_gradient_that_a_library_computed_is_found_out():
    result = check.cross_entropy_grad(_by_autograd)
    assert (result.misconception, result.failed) == ("library-call", ("conduct",))


@pytest.mark.parametrize("returned", [torch.tensor(0.5), None, [0.5], True, "0.5"])
def test_a_gradient_check_that_returns_no_python_float_is_told_so(returned):
    result = check.gradient_check(lambda f, x, eps: returned)
    assert result.outcome == INCORRECT
    assert "None" in result.message if returned is None else "Python float" in result.message
    assert "line" not in result.message  # none of the student's raised it


@pytest.mark.parametrize("nothing", [None, ...])
@pytest.mark.parametrize("exercise", MISCONCEPTIONS)
def test_nothing_is_not_attempted(exercise, nothing):
    assert getattr(check, exercise)(nothing).outcome == "not attempted"


@pytest.mark.parametrize("exercise", MISCONCEPTIONS)
def test_bad_input_gets_a_sentence(exercise):
    def raises(*args, **keywords):
        raise KeyError("lost")

    for bad in (raises, 3, lambda *args, **keywords: [1, 2], lambda *args, **keywords: torch.zeros(7, 7, 7)):
        result = getattr(check, exercise)(bad)
        assert result.outcome == INCORRECT
        assert len(result.message) > 20


def test_an_unexplained_wrong_answer_is_shown_its_case_and_not_the_number():
    result = check.cross_entropy_grad(lambda logits, targets, label_smoothing=0.0, reduction="mean": logits * 0.37)
    assert result.outcome == INCORRECT
    assert result.misconception is None
    assert " number between " in result.message
    assert any("logits" in text for _, text in result.details)


def _unfinished(*args):
    raise NotImplementedError()


@pytest.mark.parametrize("exercise", MISCONCEPTIONS)
def test_an_unwritten_function_is_not_attempted(exercise):
    assert getattr(check, exercise)(lambda *args, **keywords: _unfinished()).outcome == "not attempted"


@pytest.mark.parametrize("exercise", ["softmax_vjp", "softmax_jvp"])
def test_probabilities_that_are_cut_off_are_found_out_where_the_product_is_differentiated(exercise):
    def detached(p, v, dim=-1):
        p = p.detach()
        return p * (v - (p * v).sum(dim, keepdim=True))

    result = getattr(check, exercise)(detached)
    assert (result.misconception, result.failed) == ("detached-probabilities", ("gradient",))


def _forward_only(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            return -torch.log_softmax(logits, 1).gather(1, targets[:, None]).mean()

        @staticmethod
        def backward(ctx, grad):
            raise NotImplementedError()

    return Loss.apply(logits, targets)


def test_a_forward_pass_without_its_backward_pass_is_right_so_far():
    result = check.stable_cross_entropy(_forward_only)
    assert result.passed == ("value", "conduct")
    assert "Its backward pass fails" in result.message


def _no_entry_for_the_targets(logits, targets):
    class Loss(torch.autograd.Function):
        @staticmethod
        def forward(ctx, logits, targets):
            ctx.save_for_backward(torch.softmax(logits, 1), targets)
            return -torch.log_softmax(logits, 1).gather(1, targets[:, None]).mean()

        @staticmethod
        def backward(ctx, grad):
            p, targets = ctx.saved_tensors
            return grad * (p - torch.zeros_like(p).scatter(1, targets[:, None], 1.0)) / len(p)

    return Loss.apply(logits, targets)


def test_a_missing_entry_for_the_targets_is_said_in_words_and_hinted_at():
    result = check.stable_cross_entropy(_no_entry_for_the_targets)
    assert "incorrect number of gradients (expected 2, got 1)" in result.message
    assert "None for the targets" in str(result.hint(3))


def _right_once(logits, targets):
    _right_once.calls += 1
    if _right_once.calls > 16:
        raise RuntimeError("tired")
    return _plain_autograd(logits, targets)


def test_a_function_that_fails_only_under_a_probe_gets_a_sentence_too():
    _right_once.calls = 13
    result = check.stable_cross_entropy(_right_once, "gradcheck")
    assert result.outcome == INCORRECT
    assert len(result.message) > 20


def _writes_into_x(f, x, eps):
    leaf = x.clone().requires_grad_()
    (slope,) = torch.autograd.grad(f(leaf), leaf)
    flat, worst = x.view(-1), 0.0
    for i in range(len(flat)):
        flat[i] += eps
        up = f(x).item()
        flat[i] -= 2 * eps
        down = f(x).item()
        n, a = (up - down) / (2 * eps), slope.flatten()[i].item()
        worst = max(worst, abs(a - n) / (max(abs(a), abs(n)) or 1))
    return worst


def test_a_gradient_check_that_leaves_x_moved_is_told_so():
    result = check.gradient_check(_writes_into_x, "conduct")
    assert result.misconception == "modifies-input"
