"""Right answers are accepted; every known mistake is rejected and called by its own name."""

import inspect
import re

import pytest
import torch

from course.bce_with_logits import check
from course.bce_with_logits.misconceptions import MISCONCEPTIONS
from course.kit.feedback import INCORRECT
from tests.bce_with_logits.right import RIGHT

EXERCISES = ("softplus", "log_sigmoid", "bce_with_logits", "bce_grad", "multilabel_loss")
FORMAL = {"modifies-input", "wrong-dtype", "library-call", "float64-detour"}
HALVES = {"threshold-over-log": {"threshold", "naive-softplus", "log-not-log1p"}}
"""A mistake made of two: a grade cell that sees one half of it names that half."""
ANSWERS = [
    pytest.param(exercise, function, id=f"{exercise}-{style}")
    for exercise, styles in RIGHT.items()
    for style, function in styles.items()
]
MISTAKES = [
    pytest.param(exercise, misconception, variant, id=f"{exercise}-{misconception.name}-{variant.__name__}")
    for exercise, misconceptions in MISCONCEPTIONS.items()
    for misconception in misconceptions
    for variant in misconception.variants
]


@pytest.mark.parametrize(("exercise", "function"), ANSWERS)
def test_a_right_answer_is_accepted_whatever_its_style(exercise, function):
    result = getattr(check, exercise)(function)
    assert result.outcome == "correct", str(result)
    assert result.misconception is None


@pytest.mark.parametrize("exercise", EXERCISES)
def test_there_are_at_least_five_styles_and_four_dtypes_and_enough_misconceptions(exercise):
    assert len(RIGHT[exercise]) >= 5
    assert len(getattr(check, exercise).behaviours[0].cases[0].dtypes) == 4
    assert len(MISCONCEPTIONS[exercise]) >= 8


@pytest.mark.parametrize(("exercise", "misconception", "variant"), MISTAKES)
def test_a_misconception_is_rejected_and_named_and_no_behaviour_that_it_gets_right_is_failed(
    exercise, misconception, variant
):
    result = getattr(check, exercise)(variant)
    assert result.outcome == INCORRECT
    assert result.misconception == misconception.name
    assert misconception.explanation in result.message
    assert result.title == misconception.title
    assert set(result.passed) | set(result.failed) == {b.name for b in getattr(check, exercise).behaviours}


@pytest.mark.parametrize(
    ("exercise", "misconception", "variant"), [p for p in MISTAKES if p.values[1].variants[0] is p.values[2]]
)
def test_the_grade_cells_that_fail_name_it_too(exercise, misconception, variant):
    checked = getattr(check, exercise)
    for name in checked(variant).failed:
        result = checked(variant, name)
        assert result.outcome == INCORRECT
        assert {result.misconception} - FORMAL <= {misconception.name} | HALVES.get(misconception.name, set())


@pytest.mark.parametrize("exercise", EXERCISES)
def test_names_are_unique_and_explanations_are_paragraphs_of_three_to_five_sentences(exercise):
    names = [m.name for m in MISCONCEPTIONS[exercise]]
    assert len(set(names)) == len(names)
    for misconception in MISCONCEPTIONS[exercise]:
        assert re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", misconception.name)
        sentences = re.findall(r"[.?!](?=\)? \(?[A-Z`]|\)?$)", misconception.explanation)
        assert 3 <= len(sentences) <= 7, misconception.name
        assert not misconception.title.endswith(".")


@pytest.mark.parametrize("exercise", EXERCISES)
def test_every_hint_comes_in_threes_and_belongs_to_something(exercise):
    checked = getattr(check, exercise)
    known = {"", *(b.name for b in checked.behaviours), *(m.name for m in MISCONCEPTIONS[exercise])}
    known |= {case.label for b in checked.behaviours for case in b.cases}
    known |= {"wrong-dtype", "modifies-input", "narrower-dtype"}
    assert set(checked.hints) <= known
    assert all(len(hints) == 3 for hints in checked.hints.values())


@pytest.mark.parametrize("function", [v for styles in RIGHT.values() for v in styles.values()])
def test_a_right_answer_stands_alone_when_its_source_is_pasted(function):
    namespace = {"torch": torch}
    exec(inspect.getsource(function), namespace)
    arguments = {"z": torch.ones(2), "y": torch.ones(2), "weight": torch.ones(2)}
    arguments |= {"logits": torch.ones(1, 2), "targets": torch.ones(1, 2)}
    names = [name for name, p in inspect.signature(function).parameters.items() if p.default is p.empty]
    given = [arguments[name] for name in names]
    assert torch.equal(namespace[function.__name__](*given), function(*given))


@pytest.mark.parametrize(
    ("exercise", "function", "name"),
    [
        ("softplus", torch.nn.functional.softplus, "library-call"),
        ("log_sigmoid", torch.nn.functional.logsigmoid, "library-call"),
        ("log_sigmoid", lambda z: -torch.nn.functional.softplus(-z), "library-call"),
        ("softplus", lambda z: torch.logaddexp(z.double(), torch.zeros_like(z).double()).to(z.dtype), "float64-detour"),
        ("softplus", lambda z: torch.logsumexp(torch.stack([z, torch.zeros_like(z)]), 0), "library-call"),
    ],
)
def test_a_library_function_that_is_the_answer_is_noticed(exercise, function, name):
    assert getattr(check, exercise)(function, "conduct").misconception == name


def _by_autograd(z, y):
    leaf = z.detach().requires_grad_()
    loss = torch.maximum(leaf, torch.zeros_like(leaf)) - leaf * y + torch.log1p(torch.exp(-leaf.abs()))
    return torch.autograd.grad(loss.sum(), leaf)[0]


def test_a_gradient_by_autograd_is_told_that_the_loss_is_not_wanted():
    result = check.bce_grad(_by_autograd, "conduct")
    assert result.misconception == "library-call"
    assert "log1p" in result.message
    assert "without autograd" in result.message


@pytest.mark.parametrize("nonsense", [None, [1.0], 3, lambda *_: None, lambda *_: 1.5, lambda *_: [1], lambda: None])
@pytest.mark.parametrize("exercise", EXERCISES)
def test_bad_input_gets_a_sentence(exercise, nonsense):
    result = getattr(check, exercise)(nonsense)
    assert result.outcome in ("incorrect", "not attempted")
    assert result.message
