"""Right answers are accepted whatever their style; every known mistake is rejected and called by its own name."""

import math
import re

import pytest
import torch

from course.exp_asymmetry import check
from course.exp_asymmetry.misconceptions import MISCONCEPTIONS
from course.kit.feedback import INCORRECT
from tests.exp_asymmetry.right import RIGHT
from tests.notebooks import source

FORMAL = {"modifies-input", "wrong-dtype", "library-call", "float64-detour", "allocates", "returns-another"}
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
EVERY = [(exercise, m) for exercise, misconceptions in MISCONCEPTIONS.items() for m in misconceptions]


@pytest.mark.parametrize(("exercise", "function"), ANSWERS)
def test_a_right_answer_is_accepted_whatever_its_style(exercise, function):
    result = getattr(check, exercise)(function)
    assert result.outcome == "correct", str(result)
    assert result.misconception is None


@pytest.mark.parametrize("exercise", RIGHT)
def test_there_are_at_least_five_styles_and_six_misconceptions(exercise):
    assert len(RIGHT[exercise]) >= 5
    assert len(MISCONCEPTIONS[exercise]) >= 6


@pytest.mark.parametrize("exercise", ["log10_ratio", "decay_weights", "sigmoid_odds", "exp_into"])
def test_every_exercise_that_knows_a_dtype_is_tried_in_all_four(exercise):
    tried = {dtype for b in getattr(check, exercise).behaviours for case in b.cases for dtype in case.dtypes}
    assert len(tried) == 4


@pytest.mark.parametrize(("exercise", "misconception", "variant"), MISTAKES)
def test_a_misconception_is_rejected_and_named(exercise, misconception, variant):
    result = getattr(check, exercise)(variant)
    assert result.outcome == INCORRECT
    assert result.misconception == misconception.name, str(result)
    assert misconception.explanation in result.message
    assert result.title == misconception.title


@pytest.mark.parametrize(("exercise", "misconception", "variant"), MISTAKES)
def test_the_grade_cells_that_fail_name_it_too(exercise, misconception, variant):
    checked = getattr(check, exercise)
    results = [checked(variant, behaviour.name) for behaviour in checked.behaviours]
    failed = [result for result in results if result.outcome == INCORRECT]
    assert failed
    assert {result.misconception for result in failed} - FORMAL == {misconception.name}


def test_names_are_unique_within_an_exercise_and_written_in_one_way():
    for misconceptions in MISCONCEPTIONS.values():
        names = [m.name for m in misconceptions]
        assert len(set(names)) == len(names)
        assert [name for name in names if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name)] == []


@pytest.mark.parametrize(("exercise", "misconception"), EVERY, ids=[f"{e}-{m.name}" for e, m in EVERY])
def test_an_explanation_is_a_paragraph_of_three_to_five_sentences(exercise, misconception):
    sentences = re.findall(r"[.?!](?=\)? [A-Z*(]|\)?$)", misconception.explanation)
    assert 3 <= len(sentences) <= 6
    assert "\n" not in misconception.explanation
    assert not misconception.title.endswith(".")


@pytest.mark.parametrize("exercise", RIGHT)
def test_every_behaviour_case_and_mistake_gets_three_hints(exercise):
    for key, hints in getattr(check, exercise).hints.items():
        assert len(hints) == 3, key
        assert len(set(hints)) == 3, key


def test_slips_of_form_have_names_too():
    def copies(x, out):
        out.copy_(torch.exp(x))
        return out

    def spoils(x, out):
        x.exp_()
        out.copy_(x)
        return out

    def returns_a_copy(x, out):
        return torch.exp(x, out=out).clone()

    def by_softmax(length, rate, dtype=torch.float32):
        return torch.softmax(-rate * torch.arange(length, dtype=torch.float64), 0).to(dtype)

    assert check.exp_into(copies).misconception == "allocates"
    assert check.exp_into(copies).failed == ("no-new-tensor",)
    assert check.exp_into(spoils).misconception == "modifies-input"
    assert check.exp_into(returns_a_copy, "returns-out").misconception == "returns-another"
    assert check.exp_into(lambda x, out: None).misconception == "returns-nothing"
    assert check.sigmoid_odds(torch.sigmoid).misconception == "library-call"
    assert check.decay_weights(by_softmax).misconception == "library-call"
    assert check.sigmoid_odds(lambda x: (1 + torch.tanh(x / 2)) / 2).misconception == "library-call"
    assert check.sigmoid_odds(lambda x: torch.sigmoid(x.detach())).misconception == "detached"


def test_counting_in_the_default_dtype_is_told_about_the_digits_of_float64():
    def in_float32(length, rate, dtype=torch.float32):
        arguments = -rate * torch.arange(length)
        terms = torch.exp(arguments - arguments.max())
        return (terms / terms.sum()).to(dtype)

    result = check.decay_weights(in_float32)
    assert result.misconception == "narrower-dtype"
    assert result.failed == ("long",)
    assert "torch.arange(5)" in result.hint(1)
    assert (-0.5 * torch.arange(5)).dtype == torch.float32


@pytest.mark.parametrize(("exercise", "function"), ANSWERS)
def test_hidden_tests_accept_every_right_answer(exercise, function):
    for graded in source("01-exp-asymmetry").cells:
        if graded.id.startswith(f"{exercise}-") and graded.metadata.get("nbgrader", {}).get("grade"):
            exec(graded.source, {"torch": torch, "check": check, exercise: function})


def test_logspace_in_double_precision_is_right_and_still_a_library_call():
    import math

    def logspace(start, end, steps):
        wide = torch.logspace(math.log(start), math.log(end), steps, base=math.e, dtype=torch.float64)
        return wide.float()

    result = check.geometric_schedule(logspace)
    assert result.misconception == "library-call"
    assert result.failed == ("conduct",)


def test_an_end_that_is_one_bit_off_is_refused():
    def one_ulp_short(start, end, steps):
        values = torch.exp(torch.linspace(math.log(start), math.log(end), steps, dtype=torch.float64)).float()
        values[-1] = torch.nextafter(torch.tensor(float(end)), torch.tensor(0.0)) if steps > 1 else start
        return values

    result = check.geometric_schedule(one_ulp_short, "ends")
    assert result.outcome == INCORRECT
    assert "Compare `schedule[0]` with `torch.tensor(start)`" in result.hint(1)


def test_the_logarithm_of_a_python_number_is_answered_with_the_line_and_a_hint():
    def published(start, end, steps):
        return start * torch.exp(torch.linspace(0, 1, steps) * torch.log(end / start))

    result = check.geometric_schedule(published)
    assert result.outcome == INCORRECT
    assert "TypeError" in result.message
    assert "`math.log` takes a Python number" in result.hint(2)


@pytest.mark.parametrize("exercise", RIGHT)
@pytest.mark.parametrize("nonsense", [lambda *a, **k: None, lambda *a, **k: [1.0], lambda *a, **k: torch.ones(7, 7)])
def test_nonsense_is_answered_in_a_sentence(exercise, nonsense):
    result = getattr(check, exercise)(nonsense)
    assert result.outcome == INCORRECT
    assert result.message


@pytest.mark.parametrize("exercise", RIGHT)
def test_nothing_written_yet_is_not_attempted(exercise):
    def stub(*args, **keywords):
        raise NotImplementedError()

    assert getattr(check, exercise)(stub).outcome == "not attempted"
    assert getattr(check, exercise)(None).outcome == "not attempted"
