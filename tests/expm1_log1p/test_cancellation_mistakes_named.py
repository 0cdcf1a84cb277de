"""Every known mistake is rejected and called by its own name, in the whole check and in the grade cells it breaks."""

import inspect
import math
import re

import pytest
import torch

from course.expm1_log1p import check
from course.expm1_log1p.misconceptions import MISCONCEPTIONS
from course.kit.feedback import INCORRECT

MISTAKES = [
    pytest.param(exercise, misconception, variant, id=f"{exercise}-{misconception.name}-{variant.__name__}")
    for exercise, misconceptions in MISCONCEPTIONS.items()
    for misconception in misconceptions
    for variant in misconception.variants
]
EXPLAINED = [
    pytest.param(misconception, id=f"{exercise}-{misconception.name}")
    for exercise, misconceptions in MISCONCEPTIONS.items()
    for misconception in misconceptions
]
FORMAL = {"modifies-input", "wrong-dtype", "library-call", "float64-detour"}


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
    failed = [r for r in (checked(variant, b.name) for b in checked.behaviours) if r.outcome == INCORRECT]
    assert failed
    assert {result.misconception for result in failed} - FORMAL == {misconception.name}


def test_a_product_or_a_loop_over_the_factors_of_a_large_python_int_has_a_hint_of_its_own():
    def log_factorial(n):
        if isinstance(n, int) and n > 10**6:
            raise RuntimeError("stands for an hour of multiplication")
        return torch.lgamma(n + 1) if torch.is_tensor(n) else math.lgamma(n + 1)

    result = check.log_factorial(log_factorial, "python-int")
    assert "more than 10**9 digits" in result.hint(1)
    assert math.lgamma(10**9 + 1) / math.log(10) > 10**9


def test_a_loop_over_the_periods_has_a_hint_of_its_own():
    def compound(rate, periods):
        if periods > 10**6:
            raise RuntimeError("stands for an hour of compounding")
        return torch.expm1(periods * torch.log1p(rate))

    assert "one at a time" in check.compound(compound, "tiny-rates").hint(1)
    assert "one at a time" not in check.compound(lambda rate, periods: (1 + rate) ** periods - 1).hint(1)


def test_a_python_int_that_went_through_float32_is_not_sent_to_look_at_casts_alone():
    def log_factorial(n):
        return torch.lgamma(n + 1) if torch.is_tensor(n) else torch.lgamma(torch.tensor(n + 1.0)).item()

    result = check.log_factorial(log_factorial)
    assert result.misconception == "narrower-dtype"
    assert "Python int" in result.hint(1)
    assert "`torch.tensor` of a Python float is float32" in result.hint(2)


def test_there_are_at_least_two_misconceptions_for_each_exercise_and_no_name_twice():
    for misconceptions in MISCONCEPTIONS.values():
        names = [misconception.name for misconception in misconceptions]
        assert len(names) >= 2
        assert len(set(names)) == len(names)
        assert all(re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name) for name in names)


@pytest.mark.parametrize("misconception", EXPLAINED)
def test_an_explanation_is_a_paragraph_of_three_to_five_sentences(misconception):
    sentences = re.findall(r"[.?!](?= [A-Z0-9]|$| [a-z]+\d? )", misconception.explanation)
    assert 3 <= len(sentences) <= 6
    assert "\n" not in misconception.explanation
    assert not misconception.title.endswith(".")


@pytest.mark.parametrize(("exercise", "misconception", "variant"), MISTAKES)
def test_a_misconception_stands_alone_when_its_source_is_pasted(exercise, misconception, variant):
    namespace = {"torch": torch}
    exec(inspect.getsource(variant), namespace)
    assert callable(namespace[variant.__name__])


# Mistakes without a name of their own get the case, the result and the kind of number that was expected.


def _trebled(x):
    return 3 * (torch.maximum(x, torch.zeros_like(x)) + torch.log1p(torch.exp(-x.abs())))


def test_a_nameless_mistake_is_told_the_case_and_the_kind_of_number_but_not_the_number():
    result = check.log1pexp(_trebled)
    assert result.outcome == INCORRECT
    assert result.misconception is None
    assert "For ordinary x, in float32" in result.message
    assert "a positive number between" in result.message
    assert "0.1269" not in result.message


@pytest.mark.parametrize("exercise", MISCONCEPTIONS)
@pytest.mark.parametrize("thing", [None, [1, 2], 3.0, "log"], ids=["None", "a list", "a number", "a text"])
def test_what_is_no_function_is_answered_in_a_sentence(exercise, thing):
    result = getattr(check, exercise)(thing)
    assert result.outcome in ("not attempted", INCORRECT)
    assert "A function is wanted here" in result.message


def _returns_nothing(*arguments, **keywords):
    return None


def _returns_a_list(*arguments, **keywords):
    return [1.0]


def _raises(*arguments, **keywords):
    raise KeyError("oh")


def _unwritten(*arguments, **keywords):
    raise NotImplementedError()


@pytest.mark.parametrize("exercise", MISCONCEPTIONS)
def test_functions_that_return_nothing_usable_are_answered_in_a_sentence(exercise):
    checked = getattr(check, exercise)
    assert checked(_returns_nothing).misconception == "returns-nothing"
    assert "a list" in checked(_returns_a_list).message
    assert "KeyError" in checked(_raises).message
    assert checked(_unwritten).outcome == "not attempted"


@pytest.mark.parametrize(
    ("exercise", "function", "name"),
    [
        ("log1pexp", lambda x: torch.nn.functional.softplus(x), "library-call"),
        ("l2_norm", lambda x: torch.linalg.vector_norm(x.double()).to(x.dtype), "library-call"),
        ("running_variance", lambda batches: torch.cat(list(batches)).var(correction=0), "keeps-the-stream"),
    ],
)
def test_the_library_function_that_is_the_answer_is_not_one(exercise, function, name):
    checked = getattr(check, exercise)
    found = {checked(function, behaviour.name).misconception for behaviour in checked.behaviours}
    assert name in found
