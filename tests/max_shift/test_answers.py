"""The material that the unit's check is built on: right answers are right, and every misconception is a mistake of its
own."""

from __future__ import annotations

import functools
import inspect
import itertools
import re

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from course.max_shift.misconceptions import MISCONCEPTIONS
from tests.max_shift.harness import FORBIDDEN, Operators, alike, call, fault, right_result
from tests.max_shift.inputs import ALL, CASES, INF, Case
from tests.max_shift.right import RIGHT

EXERCISES = ("softmax", "logsumexp", "masked_softmax", "boltzmann")
COMPARED_IN = (torch.float32, torch.float64, torch.float16)

styles = pytest.mark.parametrize(
    ("exercise", "style"), [(exercise, style) for exercise in EXERCISES for style in RIGHT[exercise]]
)
variants = pytest.mark.parametrize(
    ("exercise", "variant"),
    [
        pytest.param(exercise, variant, id=variant.__name__)
        for exercise in EXERCISES
        for misconception in MISCONCEPTIONS[exercise]
        for variant in misconception.variants
    ],
)
misconceptions = pytest.mark.parametrize(
    "misconception",
    [pytest.param(m, id=f"{exercise}-{m.name}") for exercise in EXERCISES for m in MISCONCEPTIONS[exercise]],
)
dtypes = pytest.mark.parametrize("dtype", ALL, ids=str)


@functools.cache
def expected(exercise: str, case: Case, dtype: torch.dtype):
    return right_result(exercise, case, dtype)


def inputs(exercise: str) -> list:
    return [(case, dtype) for case in CASES[exercise] for dtype in COMPARED_IN if dtype in case.dtypes]


@functools.cache
def outcomes(exercise: str, variant) -> list:
    return [call(variant, case, dtype) for case, dtype in inputs(exercise)]


@dtypes
@styles
def test_a_right_answer_is_right_on_every_input(exercise, style, dtype):
    faults = {
        case.label: fault(call(RIGHT[exercise][style], case, dtype), expected(exercise, case, dtype), dtype)
        for case in CASES[exercise]
        if dtype in case.dtypes
    }
    assert {label: text for label, text in faults.items() if text} == {}


@dtypes
@styles
def test_a_right_answer_uses_no_library_call_and_no_float64(exercise, style, dtype):
    case = CASES[exercise][2]
    x = case.x.to(dtype).requires_grad_()
    with Operators() as ran:
        RIGHT[exercise][style](x, **case.keywords)
    assert [name for name in ran.names if any(word in name for word in FORBIDDEN)] == []
    assert dtype == torch.float64 or torch.float64 not in ran.dtypes


@pytest.mark.parametrize("exercise", EXERCISES)
def test_there_are_enough_right_styles_and_enough_misconceptions(exercise):
    assert len(RIGHT[exercise]) >= 6
    assert len(MISCONCEPTIONS[exercise]) >= 9


@styles
def test_a_right_answer_stands_alone_when_its_source_is_pasted(exercise, style):
    answer = pasted(RIGHT[exercise][style])
    case = CASES[exercise][2]
    assert fault(call(answer, case, torch.float32), expected(exercise, case, torch.float32), torch.float32) is None


numbers = st.floats(-20000, 20000, allow_nan=False, width=16)


@st.composite
def cases(draw, exercise):
    rows, columns = draw(st.integers(1, 3)), draw(st.integers(1, 6))
    spread = draw(st.sampled_from([1e-4, 1e-2, 1.0]))
    entries = [[spread * draw(numbers) for _ in range(columns)] for _ in range(rows)]
    if exercise == "boltzmann":
        return Case("drawn", torch.tensor(entries).double(), {"temperature": draw(st.floats(1e-3, 1e3))})
    keywords = {"dim": draw(st.sampled_from([0, 1, -1, -2]))}
    if exercise == "masked_softmax":
        mask = [[draw(st.booleans()) for _ in range(columns)] for _ in range(rows)]
        keywords = {"mask": torch.tensor(mask), **keywords}
    elif exercise == "logsumexp":
        entries = [[draw(st.sampled_from([v, v, v, -INF, INF])) for v in row] for row in entries]
    return Case("drawn", torch.tensor(entries).double(), keywords)


@styles
@settings(max_examples=20, deadline=None, derandomize=True)
@given(data=st.data())
def test_a_right_answer_is_right_on_inputs_that_nobody_chose(exercise, style, data):
    case, dtype = data.draw(cases(exercise)), data.draw(st.sampled_from(ALL))
    assert fault(call(RIGHT[exercise][style], case, dtype), right_result(exercise, case, dtype), dtype) is None


@variants
def test_a_misconception_is_wrong_somewhere(exercise, variant):
    assert any(
        fault(outcome, expected(exercise, case, dtype), dtype)
        for (case, dtype), outcome in zip(inputs(exercise), outcomes(exercise, variant), strict=True)
    )


@pytest.mark.parametrize("exercise", EXERCISES)
def test_no_two_misconceptions_do_the_same_on_every_input(exercise):
    mistakes = [(m.name, variant) for m in MISCONCEPTIONS[exercise] for variant in m.variants]
    truths = [expected(exercise, case, dtype) for case, dtype in inputs(exercise)]
    twins = [
        (one.__name__, other.__name__)
        for (name, one), (other_name, other) in itertools.combinations(mistakes, 2)
        if name != other_name and all(map(alike, outcomes(exercise, one), outcomes(exercise, other), truths))
    ]
    assert twins == []


@variants
def test_a_misconception_stands_alone_when_its_source_is_pasted(exercise, variant):
    case = CASES[exercise][2]
    true = expected(exercise, case, torch.float32)
    assert alike(call(pasted(variant), case, torch.float32), call(variant, case, torch.float32), true)


@pytest.mark.parametrize("exercise", EXERCISES)
def test_names_of_misconceptions_are_unique_and_written_in_one_way(exercise):
    names = [m.name for m in MISCONCEPTIONS[exercise]]
    assert len(set(names)) == len(names)
    assert [name for name in names if not re.fullmatch(r"[a-z]+(-[a-z]+)*", name)] == []


@misconceptions
def test_an_explanation_is_a_paragraph_of_three_to_five_sentences(misconception):
    sentences = re.findall(r"[.?!](?= [A-Z]|$)", misconception.explanation)
    assert 3 <= len(sentences) <= 5
    assert "\n" not in misconception.explanation
    assert not misconception.title.endswith(".")


def pasted(function):
    """The function that its source makes in a namespace that holds nothing but torch."""
    namespace = {"torch": torch}
    exec(inspect.getsource(function), namespace)
    return namespace[function.__name__]
