"""Every known mistake is rejected and called by its own name, in the whole check and in the grade cells it breaks."""

import re

import pytest
import torch

from course.kit.feedback import CORRECT, INCORRECT, NOT_ATTEMPTED
from course.log_softmax import check
from course.log_softmax.misconceptions import MISCONCEPTIONS
from tests.log_softmax.right import RIGHT

MISTAKES = [
    pytest.param(exercise, misconception, variant, id=f"{exercise}-{misconception.name}-{variant.__name__}")
    for exercise, misconceptions in MISCONCEPTIONS.items()
    for misconception in misconceptions
    for variant in misconception.variants
]


@pytest.mark.parametrize(("exercise", "misconception", "variant"), MISTAKES)
def test_a_mistake_is_rejected_and_named(exercise, misconception, variant):
    checked = getattr(check, exercise)
    result = checked(variant)
    assert result.outcome == INCORRECT
    assert result.misconception == misconception.name
    assert misconception.explanation in result.message
    if variant is misconception.variants[0]:
        last = checked(variant, result.failed[-1])
        assert last.misconception == misconception.name


@pytest.mark.parametrize("exercise", list(MISCONCEPTIONS))
def test_there_are_enough_mistakes_each_with_a_paragraph(exercise):
    names = [m.name for m in MISCONCEPTIONS[exercise]]
    assert len(set(names)) == len(names) >= 10
    for misconception in MISCONCEPTIONS[exercise]:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", misconception.name)
        sentences = re.findall(r"[.?!](?= [A-Z`-]|$)", misconception.explanation)
        assert 3 <= len(sentences) <= 5, misconception.name
        assert "\n" not in misconception.explanation
        assert not misconception.title.endswith(".")


def test_the_textbook_formula_is_right_in_all_cells_but_near_certainty():
    def textbook(logits, dim=-1):
        shifted = logits - logits.amax(dim, keepdim=True)
        return shifted - shifted.exp().sum(dim, keepdim=True).log()

    result = check.log_softmax(textbook)
    assert result.failed == ("near-certainty",)
    assert result.misconception == "rounded-sum"
    assert "`torch.log1p(s)` is log(1 + s)" in result.hint(2)


def test_a_library_call_is_named_and_allowed_on_chunks_only():
    assert check.log_softmax(torch.nn.functional.log_softmax, "conduct").misconception == "library-call"
    for loss in (torch.nn.functional.cross_entropy, lambda z, t, **_: torch.nn.functional.cross_entropy(z, t)):
        assert check.cross_entropy(loss, "conduct").misconception == "library-call"
    assert check.nll(torch.nn.functional.nll_loss, "conduct").misconception == "library-call"

    def fused(hidden, weight, targets, chunk=1024):
        parts = zip(hidden.split(chunk), targets.split(chunk), strict=True)
        sums = [torch.nn.functional.cross_entropy(h @ weight.T, t, reduction="sum") for h, t in parts]
        return sum(sums) / len(hidden)

    assert check.chunked_cross_entropy(fused, "memory").misconception == "library-call"
    assert check.chunked_cross_entropy(RIGHT["chunked_cross_entropy"]["row-slices"], "memory").outcome == CORRECT


def test_the_full_logits_are_noticed_and_the_advice_is_about_chunks():
    def all_at_once(hidden, weight, targets, chunk=1024):
        log_p = torch.log_softmax(hidden @ weight.T, -1)
        return -log_p.gather(1, targets[:, None]).mean()

    result = check.chunked_cross_entropy(all_at_once)
    assert (result.misconception, result.failed) == ("allocates", ("memory",))
    assert "a chunk's logits, and then the next chunk's, are enough" in result.message
    assert "Slice before the matrix product" in result.hint(2)


def test_a_running_total_of_python_numbers_is_told_about_autograd():
    def with_item(hidden, weight, targets, chunk=1024):
        total = 0.0
        for h, t in zip(hidden.split(chunk), targets.split(chunk), strict=True):
            total += -torch.log_softmax(h @ weight.T, -1).gather(1, t[:, None]).sum().item()
        return torch.tensor(total / len(hidden), dtype=hidden.dtype)

    result = check.chunked_cross_entropy(with_item, "gradient")
    assert result.misconception == "detached"
    assert "`.item()`" in result.hint(2)


def test_an_empty_batch_that_gives_0_is_told_that_nan_is_wanted():
    def zero(logits, targets, label_smoothing=0.0, ignore_index=-100):
        return torch.nan_to_num(torch.nn.functional.cross_entropy(logits, targets, None, None, ignore_index))

    result = check.cross_entropy(zero, "ignored", logits=torch.zeros(2, 3), targets=torch.tensor([-100, -100]))
    assert result.outcome == INCORRECT
    assert "`nan` is expected there" in result.message


@pytest.mark.parametrize("exercise", list(RIGHT))
@pytest.mark.parametrize(
    "answer", [lambda *a, **k: None, lambda *a, **k: [0.0], lambda *a, **k: 1 / 0, lambda: torch.zeros(1), 7]
)
def test_whatever_is_no_answer_is_incorrect_in_a_sentence(exercise, answer):
    result = getattr(check, exercise)(answer)
    assert result.outcome == INCORRECT
    assert 10 < len(result.message) < 900


@pytest.mark.parametrize("exercise", list(RIGHT))
def test_an_unwritten_function_is_not_attempted(exercise):
    def stub(*arguments, **keywords):
        raise NotImplementedError()

    assert getattr(check, exercise)(stub).outcome == NOT_ATTEMPTED


def test_a_wrong_answer_without_a_name_gets_the_failing_case_and_not_the_value():
    def odd(logits, targets):
        return torch.nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), targets.reshape(-1)).exp() * 1.5

    result = check.perplexity(odd)
    assert result.misconception is None
    assert "a positive number between" in result.message
    assert dict(result.details)["input"].startswith("logits = ")
