"""Every known mistake of the unit is rejected and called by its own name; so are faults of form."""

import inspect
import re

import pytest
import torch

from course.dtype_limits import check
from course.dtype_limits.misconceptions import MISCONCEPTIONS
from course.kit.feedback import INCORRECT
from tests.dtype_limits.right import RIGHT

MISTAKES = [
    pytest.param(exercise, misconception, variant, id=f"{exercise}-{misconception.name}-{variant.__name__}")
    for exercise, misconceptions in MISCONCEPTIONS.items()
    for misconception in misconceptions
    for variant in misconception.variants
]
FORMAL = {"modifies-input", "wrong-dtype", "wrong-result-dtype", "library-call", "float64-detour", "never-asks-exp"}


@pytest.mark.parametrize(("exercise", "misconception", "variant"), MISTAKES)
def test_a_misconception_is_rejected_and_named_in_the_check_and_in_the_grade_cells(exercise, misconception, variant):
    checked = getattr(check, exercise)
    result = checked(variant)
    assert result.outcome == INCORRECT
    assert result.misconception == misconception.name
    assert misconception.explanation in result.message
    assert result.title == misconception.title
    failed = [checked(variant, name) for name in result.failed]
    assert {each.misconception for each in failed} - FORMAL == {misconception.name}


@pytest.mark.parametrize("exercise", MISCONCEPTIONS)
def test_names_are_unique_and_explanations_are_paragraphs(exercise):
    names = [m.name for m in MISCONCEPTIONS[exercise]]
    assert len(set(names)) == len(names) >= 2
    assert [name for name in names if not re.fullmatch(r"[a-z]+(-[a-z0-9]+)*", name)] == []
    for misconception in MISCONCEPTIONS[exercise]:
        sentences = re.findall(r"[.?!](?= |$)", misconception.explanation)
        assert 3 <= len(sentences) <= 6, misconception.name
        assert "\n" not in misconception.explanation
        assert not misconception.title.endswith(".")


def test_the_unit_knows_more_than_a_dozen_mistakes():
    assert len({(exercise, m.name) for exercise, known in MISCONCEPTIONS.items() for m in known}) >= 40


@pytest.mark.parametrize(("exercise", "misconception", "variant"), MISTAKES)
def test_a_misconception_stands_alone_when_its_source_is_pasted(exercise, misconception, variant):
    namespace = {"torch": torch}
    exec(inspect.getsource(variant), namespace)
    case = getattr(check, exercise).behaviours[0].cases[0]
    dtype = case.dtypes[0]
    found = [f(*case.arguments(dtype).values(), **case.keywords) for f in (namespace[variant.__name__], variant)]
    assert torch.equal(*(torch.as_tensor(value).nan_to_num() for value in found))


def test_other_writings_of_a_mistake_get_its_name():
    import math

    def limit_from_numpy(dtype):
        import numpy

        return float(numpy.log(torch.finfo(dtype).max))

    def fine_bisection(dtype):
        low, high = 1.0, 800.0
        for _ in range(90):
            middle = (low + high) / 2
            finite = torch.exp(torch.tensor(middle, dtype=dtype)).isfinite()
            low, high = (middle, high) if finite else (low, middle)
        return low

    def ulp_by_power(x):
        e = torch.floor(torch.log2(x.abs().clamp(min=torch.finfo(x.dtype).smallest_normal)))
        return torch.exp2(e.clamp(max=round(math.log2(torch.finfo(x.dtype).max / 1.5)))) * torch.finfo(x.dtype).eps

    assert check.largest_finite_exp(limit_from_numpy).misconception == "off-the-grid"
    assert check.largest_finite_exp(fine_bisection).misconception == "off-the-grid"
    assert "float16 has no such number" in check.largest_finite_exp(lambda dtype: 11.0898).message
    assert check.ulp(ulp_by_power).misconception == "rounded-logarithm"
    assert check.exp_in_float32(lambda x: x.exp().to(torch.float32)).misconception == "cast-up-after"
    assert check.exp_in_float32(lambda x: x.float().exp().to(x.dtype)).misconception == "result-in-half"


def test_an_exponential_of_the_whole_input_is_found_out_and_one_of_single_numbers_is_not():
    result = check.exp_is_safe(lambda x: not torch.exp(x).isinf().any().item())
    assert result.failed == ("conduct",)
    assert result.misconception == "computes-exp"
    assert "takes `exp` of as many numbers as x has" in result.message
    assert "largest_finite_exp" in result.hint(2)
    assert check.exp_is_safe(RIGHT["exp_is_safe"]["none-above"]).outcome == "correct"


@pytest.mark.parametrize("exercise", ["largest_finite_exp", "smallest_nonzero_exp"])
def test_a_table_of_right_answers_is_refused_in_both_cells_and_a_search_that_asks_exp_is_not(exercise):
    search = RIGHT[exercise]["bisection-over-bits"]
    table = {dtype: search(dtype) for dtype in (torch.float16, torch.bfloat16, torch.float32, torch.float64)}
    result = getattr(check, exercise)(lambda dtype: table[dtype])
    assert result.misconception == "never-asks-exp"
    assert result.failed == ("half-precision", "float32-and-float64")
    assert "torch.exp(torch.tensor(number, dtype=dtype))" in result.hint(2)
    assert getattr(check, exercise)(search).outcome == "correct"


def test_a_detour_through_float64_is_told_why_this_exercise_does_not_need_it():
    exponential = check.exp_in_float32(lambda x: x.double().exp().float())
    spacing = check.ulp(lambda x: RIGHT["ulp"]["nextafter"](x).double().to(x.dtype))
    for result in (exponential, spacing):
        assert result.failed == ("conduct",)
        assert result.misconception == "float64-detour"
        assert "88 to 709" not in result.message
    assert "float32 is wide enough" in exponential.message
    assert "A spacing of x's dtype is itself a number of that dtype" in spacing.message


def test_a_maximum_is_no_substitute_where_there_are_nans():
    def limit(x):
        return RIGHT["largest_finite_exp"]["bisection-over-bits"](x.dtype)

    for answer in (lambda x: not (x.max() > limit(x)).item(), lambda x: x[~x.isnan()].max().item() <= limit(x)):
        assert check.exp_is_safe(answer).failed == ("no-overflow",)


def test_a_wrong_kind_of_result_is_said_in_a_sentence():
    tensor = check.largest_finite_exp(lambda dtype: torch.tensor(11.0, dtype=dtype))
    assert "It returns a torch.Tensor; a Python float (`.item()`" in tensor.message
    assert "True or False" in check.exp_is_safe(lambda x: (x < 11).all()).message
    assert check.exp_is_safe(lambda x: None).misconception == "returns-nothing"


def test_an_unknown_mistake_gets_its_case_and_the_kind_of_number_that_is_wanted_and_not_the_number():
    result = check.largest_finite_exp(lambda dtype: 4.25)
    assert result.misconception is None
    assert "the upper end of float16" in result.message
    assert "a positive number between 10 and 100" in result.message
    for secret in ("11.08", "88.5", "88.7", "709"):
        assert secret not in str(result)


def test_a_number_that_the_dtype_does_not_have_is_pointed_out_whatever_it_is():
    result = check.largest_finite_exp(lambda dtype: 11.08)
    assert result.misconception is None
    assert "float16 has no such number; it would make 11.078125 of it" in result.message
    assert "float16 has no" not in check.smallest_nonzero_exp(lambda dtype: -10.0).message


def test_a_spacing_that_is_no_power_of_two_is_pointed_out():
    result = check.ulp(lambda x: 0.3 * torch.ones_like(x))
    assert result.misconception is None
    assert "A spacing is a power of two, which 0.3" in result.message


def test_a_change_of_the_callers_tensor_is_noticed():
    assert check.exp_in_float32(lambda x: x.add_(1).sub(1).float().exp(), "conduct").misconception == "modifies-input"


@pytest.mark.parametrize("exercise", MISCONCEPTIONS)
@pytest.mark.parametrize(
    "answer",
    [None, ..., [1, 2], "right", lambda: 1, lambda *a, **k: 1 / 0],
    ids=["None", "ellipsis", "list", "text", "no-arguments", "raises"],
)
def test_anything_at_all_may_be_handed_in(exercise, answer):
    result = getattr(check, exercise)(answer)
    assert result.outcome in ("incorrect", "not attempted")
    assert "Traceback" not in str(result)


@pytest.mark.parametrize("exercise", MISCONCEPTIONS)
def test_there_are_three_hints_for_everything(exercise):
    for hints in getattr(check, exercise).hints.values():
        assert len(hints) == 3
        assert len({*hints}) == 3
