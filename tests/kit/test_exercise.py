"""The check engine on a small exercise of its own: three outcomes, every fault named, nothing thrown at the student."""

import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch
from mpmath import mp, mpf
from torch.utils._python_dispatch import _get_current_dispatch_mode

from course.kit.check import Behaviour, Case, Conduct, Exercise, Truth
from course.kit.check.conduct import Breach
from course.kit.check.guard import Failure, call
from course.kit.check.observe import Observation
from course.kit.misconception import Misconception


def log_truth(case, dtype):
    """log(1 + x), elementwise, from 50 digits."""
    x = case.arguments(dtype)["x"].double()
    weights = case.weights(x.shape, dtype).double()
    info = torch.finfo(dtype)
    with mp.workdps(50):
        value = torch.tensor([float(mp.log(1 + mpf(v))) for v in x.flatten().tolist()], dtype=torch.float64).reshape(
            x.shape
        )
        slope = torch.tensor([float(1 / (1 + mpf(v))) for v in x.flatten().tolist()], dtype=torch.float64).reshape(
            x.shape
        )
    return Truth(value, 8 * info.eps * value.abs(), {"x": weights * slope}, {"x": 16 * info.eps * weights.abs()})


SMALL = Case("small numbers", {"x": torch.tensor([2.0**-9, 0.5, 2.0], dtype=torch.float64)})
LARGE = Case("large numbers", {"x": torch.tensor([[1e3, 3e3]], dtype=torch.float64)})
check = Exercise(
    name="log_of_one_more",
    behaviours=(
        Behaviour("small", "is exact for small numbers", (SMALL,)),
        Behaviour("large", "is exact for large numbers", (LARGE,)),
        Behaviour("form", "keeps shape and dtype", (SMALL, LARGE), frozenset({"form"})),
        Behaviour("gradient", "can be differentiated", (SMALL,), frozenset({"gradient"})),
        Behaviour("conduct", "does not call log1p on doubles", (SMALL,), frozenset({"conduct"})),
    ),
    truth=log_truth,
    misconceptions=(
        Misconception("no-log", "No logarithm", "You return one more than x.", (lambda x: 1 + x,)),
        Misconception("twice", "Twice", "You add 1 twice.", (lambda x: torch.log1p(1 + x),)),
    ),
    hints={
        "": ("one", "two", "three"),
        "gradient": ("g1", "g2", "g3"),
        "conduct": ("c1", "c2", "c3"),
        "twice": ("t1", "t2", "t3"),
        "large numbers": ("l1", "l2", "l3"),
    },
    conduct=Conduct(forbidden=frozenset({"logaddexp"})),
)


def right(x):
    return torch.log1p(x.float() if x.dtype in (torch.float16, torch.bfloat16) else x).to(x.dtype)


def test_a_right_function_is_correct_in_every_behaviour():
    result = check(right)
    assert result.outcome == "correct"
    assert result.passed == ("small", "large", "form", "gradient", "conduct")
    assert check(right, "large").passed == ("large",)


def test_an_unwritten_function_is_not_attempted():
    def stub(x):
        raise NotImplementedError()

    for nothing in (stub, None, ...):
        assert check(nothing).outcome == "not attempted"


def test_a_known_mistake_is_named_from_another_writing_of_it():
    result = check(lambda x: torch.add(x, 1.0) * 1.0)
    assert (result.outcome, result.misconception, result.title) == ("incorrect", "no-log", "No logarithm")
    assert "You return one more than x." in result.message
    assert check(lambda x: (x + 2).log()).misconception == "twice"


def test_an_unknown_mistake_gets_the_failing_case_what_came_out_and_what_kind_of_number_was_expected():
    result = check(lambda x: -torch.log1p(x))
    assert result.misconception is None
    assert "small numbers, in float32" in result.message
    assert "a positive number between 0.001 and 0.01" in result.message
    assert "wrong sign" in result.message
    assert dict(result.details)["input"] == "x = [0.00195312, 0.5, 2], in float32"
    assert "the result" in dict(result.details)
    assert f"{float(log_truth(SMALL, torch.float32).value[1]):.4g}" not in str(result)


def test_a_mistake_without_a_name_gets_the_exercises_own_symptom_where_there_is_one():
    def grows(value, case):
        return f"It has {value.numel()} numbers above 1." if bool((value > 1).all()) else ""

    with_symptom = replace(check, symptom=grows)
    assert "It has 3 numbers above 1." in with_symptom(lambda x: right(x) + 7, "small").message
    assert "numbers above 1" not in with_symptom(lambda x: right(x) - 7, "small").message
    assert "numbers above 1" not in with_symptom(lambda x: 1 + x, "small").message  # this one has a name


def test_a_nan_is_pointed_at_before_a_number_that_is_merely_off():
    result = check(lambda x: torch.where(x == 2, torch.nan, right(x) * 1.5))
    assert "the result is `nan` at [2]" in result.message


@pytest.mark.parametrize(
    ("answer", "words", "name"),
    [
        (lambda x: None, "It returns None", "returns-nothing"),
        (lambda x: right(x).tolist(), "It returns a list; a torch.Tensor is wanted", None),
        (lambda x: right(x).float().numpy(), "It returns a numpy.ndarray", None),
        (lambda x: 3.0, "It returns a float", None),
        (lambda x: right(x).long(), "dtype int64; floating-point numbers are wanted", None),
        (lambda x: right(x).sum(), "It returns shape () where (3,) is wanted", None),
        (lambda x: right(x)[None], "A dimension of length 1 is left over; `squeeze(dim)` drops it.", None),
        (lambda x: right(x).to_sparse().to(torch.complex64), "floating-point numbers are wanted", None),
        (lambda x: right(x).to("meta"), "whose numbers cannot be read", None),
        (lambda x: right(x).double(), "It gets float32 and returns float64", "wrong-dtype"),
        (lambda x: right(x).detach(), "cut off from its input", "detached"),
        (lambda x: torch.tensor(right(x).tolist(), dtype=x.dtype), "cut off from its input", "detached"),
        (lambda x: torch.logaddexp(x.log(), torch.zeros_like(x)), "It calls `logaddexp`", "library-call"),
        (lambda x: right(x.double()).to(x.dtype), "to float64", "float64-detour"),
        (lambda x: undefined_name, "NameError: name 'undefined_name' is not defined", None),  # noqa: F821
        (lambda: 1, "TypeError", None),
        (lambda x: print("x" * 2_000_000), "prints more than 64 kB", None),
        (lambda x: exit(), "SystemExit", None),
        ([1, 2], "A function is wanted here, but this is a list", None),
        ("right", "A function is wanted here, but this is a str", None),
    ],
)
def test_each_kind_of_bad_answer_is_incorrect_with_a_sentence_that_says_which(answer, words, name):
    result = check(answer)
    assert result.outcome == "incorrect"
    assert words in result.message
    assert result.misconception == name
    assert "Traceback" not in str(result)


def test_an_input_changed_in_place_is_noticed_although_the_value_is_right():
    def in_place(x):
        x += 1
        return torch.log(x)

    result = check(in_place, "form")
    assert result.misconception == "modifies-input"
    assert "changes `x`" in result.message


@pytest.mark.parametrize(
    ("number", "outcome"), [(0.0, "incorrect"), (float("inf"), "incorrect"), (torch.nan, "correct")]
)
def test_a_truth_of_nan_asks_for_nan(number, outcome):
    def undefined(case, dtype):
        truth = log_truth(case, dtype)
        return replace(truth, value=torch.full_like(truth.value, torch.nan))

    result = replace(check, truth=undefined)(lambda x: torch.full_like(x, number), "small")
    assert result.outcome == outcome
    assert outcome == "correct" or "`nan` is expected there" in result.message


def test_an_endless_loop_costs_one_time_limit_and_no_more():
    def loop(x):
        while True:
            pass

    start = time.monotonic()
    result = check(loop)
    assert "still running after 5 seconds" in result.message
    assert time.monotonic() - start < 4 * 5
    assert result.failed == ("small",)


def test_a_call_that_fails_while_its_operators_are_recorded_is_incorrect_and_says_so():
    def hides(x):
        if _get_current_dispatch_mode() is not None:
            raise RuntimeError("not while you look")
        return torch.logaddexp(x.log(), torch.zeros_like(x)).to(x.dtype)

    result = check(hides, "conduct")
    assert result.outcome == "incorrect"
    assert result.misconception is None
    assert "to record which operators it runs, and that call fails" in result.message
    assert "RuntimeError: not while you look" in result.message
    assert dict(result.details) == {"input": "x = [0.00195312, 0.5, 2], in float32"}
    assert result.hint(1) == "Hint 1 of 3: c1"


def test_a_call_that_outlasts_the_limit_while_its_operators_are_recorded_is_incorrect(monkeypatch):
    def slow(x):
        if _get_current_dispatch_mode() is not None:
            time.sleep(60)
        return right(x)

    monkeypatch.setitem(call.__kwdefaults__, "seconds", 0.2)
    result = check(slow, "conduct")
    assert result.outcome == "incorrect"
    assert "It was still running after 0.2 seconds" in result.message


def test_what_the_first_backward_pass_imports_is_there_before_the_clock_runs():
    script = (
        "import sys, torch\n"
        "from course.kit.check import observe\n"
        "from course.kit.check.case import Case\n"
        "at_first_call = []\n"
        "def watched(function, *arguments, **keywords):\n"
        "    at_first_call.append('sympy' in sys.modules)\n"
        "    return function(*arguments, **keywords), None\n"
        "observe.call = watched\n"
        "before = 'sympy' in sys.modules\n"
        "observe.observe(torch.exp, Case('one', {'x': torch.ones(1)}), torch.float32, gradient=True)\n"
        "after = 'sympy' in sys.modules\n"
        "assert before or at_first_call[0] == after, (before, at_first_call, after)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)


def test_one_wrong_behaviour_leaves_the_others_right_and_gives_its_own_hints():
    result = check(lambda x: right(x).detach())
    assert result.failed == ("gradient",)
    assert result.passed == ("small", "large", "form", "conduct")
    assert result.hint(2) == "Hint 2 of 3: g2"


def test_hints_are_those_of_the_mistake_or_of_the_case_where_they_have_any():
    assert check(lambda x: torch.log1p(1 + x)).hint(1) == "Hint 1 of 3: t1"  # a mistake with a name
    assert check(lambda x: right(x) + (x > 100)).hint(1) == "Hint 1 of 3: l1"  # only large numbers are wrong
    assert check(lambda x: right(x) + 7).hint(1) == "Hint 1 of 3: one"
    sum_of_exponentials = check(lambda x: torch.logaddexp(x.log(), torch.zeros_like(x)))
    assert sum_of_exponentials.hint(1) == "Hint 1 of 3: c1"  # what it may not call is no matter of a case


def test_a_float64_result_that_was_float32_on_the_way_is_called_so():
    result = check(lambda x: torch.log1p(x.float()).to(x.dtype))
    assert result.misconception == "narrower-dtype"
    assert "half of float64's digits were dropped" in result.message
    assert check(lambda x: right(x) * (1 + 1e-9)).misconception is None


def test_a_dimension_that_a_bare_squeeze_dropped_is_not_blamed_on_a_reduction():
    batch = Case("one row", {"x": LARGE.tensors["x"]})
    one_row = replace(check, behaviours=(Behaviour("shape", "keeps the shape", (batch,)),))
    assert "A bare `squeeze()` drops every dimension of length 1" in one_row(lambda x: right(x).squeeze()).message
    assert "of length 1" not in one_row(lambda x: right(x)[:, :1]).message


def test_a_backward_pass_that_fails_is_one_sentence():
    class Broken(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return right(x)

        @staticmethod
        def backward(ctx, g):
            raise ZeroDivisionError("no way back")

    result = check(Broken.apply)
    assert result.failed == ("gradient",)
    assert "Its backward pass fails. It raises ZeroDivisionError: no way back" in result.message


def test_numpy_inside_a_function_with_its_own_backward_is_accepted():
    class WithNumpy(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            wide = x.detach().to(torch.float64 if x.dtype == torch.float64 else torch.float32)
            return torch.from_numpy(np.log1p(wide.numpy())).to(x.dtype)

        @staticmethod
        def backward(ctx, g):
            return g / (1 + ctx.saved_tensors[0])

    assert check(WithNumpy.apply).outcome == "correct"


def test_an_instructors_own_case_is_judged_and_its_numbers_are_not_shown():
    numbers = torch.tensor([0.123456, 77.7], dtype=torch.float64)
    assert check(right, "small", x=numbers).outcome == "correct"
    result = check(lambda x: right(x) * 1.1, "small", x=numbers)
    assert result.outcome == "incorrect"
    for secret in ("0.123", "77.7"):
        assert secret not in str(result)


def test_an_instructors_own_case_is_tried_only_in_the_dtypes_that_hold_it():
    seen = set()

    def note(x):
        seen.add(x.dtype)
        return right(x)

    check(note, "large", x=torch.tensor([1e30], dtype=torch.float64))
    assert seen == {torch.float32, torch.float64, torch.bfloat16}


def test_an_instructors_own_case_has_the_tensors_that_its_behaviour_has():
    def scaled(x, scale):
        return right(x) * scale

    def truth(case, dtype):
        true = log_truth(case, dtype)
        return replace(true, value=true.value * case.arguments(dtype).get("scale", torch.ones(1)).double())

    pair = {"x": SMALL.tensors["x"], "scale": torch.tensor([2.0], dtype=torch.float64)}
    with_scale = Behaviour("scaled", "is scaled", (Case("a scale", pair),))
    exercise = replace(check, behaviours=(check.behaviours[0], with_scale), truth=truth)
    seen = set()

    def note(x, scale):
        seen.add((x.dtype, scale.dtype))
        return scaled(x, scale)

    assert exercise(note, "scaled", **pair).outcome == "correct"
    assert all(a == b for a, b in seen)
    with pytest.raises(ValueError, match="wants a tensor for scale"):
        exercise(note, "scaled", x=pair["x"])


def test_a_mistake_in_the_grade_cell_itself_is_an_error_that_says_what_there_is():
    with pytest.raises(ValueError, match="no behaviour 'tiny'; it has small, large"):
        check(right, "tiny")
    with pytest.raises(ValueError, match="wants a tensor for x"):
        check(right, "small", y=1)
    with pytest.raises(ValueError, match="go with one behaviour"):
        check(right, x=torch.ones(2))


def _ones_truth(case, dtype):
    value = torch.ones(case.keywords["length"], dtype=torch.float64)
    return Truth(value, torch.zeros_like(value))


made = Exercise(
    name="ones",
    behaviours=(
        Behaviour("value", "is 1", (Case("three", {}, {"length": 3}, dtype_keyword="dtype"),)),
        Behaviour(
            "conduct",
            "is of the dtype asked for",
            (Case("three", {}, {"length": 3}, dtype_keyword="dtype"),),
            frozenset({"form", "conduct"}),
        ),
    ),
    truth=_ones_truth,
    misconceptions=(),
    hints={"": ("one", "two", "three")},
    conduct=Conduct(largest_new=1.0, float64_detour=True),
)


def test_a_function_that_makes_its_tensor_is_told_each_dtype_by_keyword():
    seen = []

    def ones(length, dtype=torch.float32):
        seen.append((length, dtype))
        return torch.ones(length, dtype=dtype)

    assert made(ones).outcome == "correct"
    assert {dtype for _, dtype in seen} == {torch.float16, torch.bfloat16, torch.float32, torch.float64}
    assert made(ones, "value", length=7).outcome == "correct"
    assert (7, torch.bfloat16) in seen
    assert made(lambda length, dtype: torch.ones(length), "conduct").misconception == "wrong-dtype"
    assert made(lambda length, dtype: torch.ones(2 * length, dtype=dtype)[::2], "conduct").misconception == "allocates"


def _copy_truth(case, dtype):
    value = case.arguments(dtype)["x"].double()
    return Truth(value, torch.zeros_like(value))


_COPY = Case("a vector", {"x": torch.ones(3, dtype=torch.float64), "out": torch.full((3,), -7.0).double()}, fills="out")
filling = Exercise(
    name="copy_into",
    behaviours=(
        Behaviour("value", "fills `out`", (_COPY,)),
        Behaviour("form", "returns `out`", (_COPY,), frozenset({"form"})),
    ),
    truth=_copy_truth,
    misconceptions=(),
    hints={"": ("one", "two", "three")},
)


def test_a_function_that_fills_an_argument_is_judged_by_what_stands_there():
    assert filling(lambda x, out: out.copy_(x)).outcome == "correct"
    assert filling(lambda x, out: x.clone(), "value").outcome == "incorrect"
    own = {"x": torch.zeros(2).double(), "out": torch.ones(2).double()}
    assert filling(lambda x, out: out.copy_(x), "form", **own).outcome == "correct"


def test_a_function_that_fills_an_argument_has_to_return_it_and_to_leave_the_others_alone():
    def returns_another(x, out):
        return out.copy_(x).clone()

    def changes_both(x, out):
        out.copy_(x)
        x.zero_()
        return out

    assert filling(returns_another, "value").outcome == "correct"
    result = filling(returns_another)
    assert (result.misconception, result.failed) == ("returns-another", ("form",))
    assert "another tensor than `out`" in result.message
    assert filling(changes_both).misconception == "modifies-input"


def _deterministic(function, case, dtype):
    """A probe: two calls on one input have to agree."""
    x = case.arguments(dtype)["x"]
    if torch.equal(function(x), function(x)):
        return None
    return Breach("random", "A result of chance", "Two calls on one input differ.")


def test_a_probe_is_a_test_of_its_own_and_names_what_it_found():
    probed = replace(
        check,
        behaviours=(*check.behaviours, Behaviour("same", "is the same twice", (SMALL,), frozenset(), _deterministic)),
    )
    assert probed(right).outcome == "correct"
    result = probed(lambda x: right(x) * (1 + torch.rand(()) * torch.finfo(x.dtype).eps), "same")
    assert (result.outcome, result.misconception, result.title) == ("incorrect", "random", "A result of chance")
    assert "Two calls on one input differ." in result.message
    assert "one" in str(result.hint(1))


CHECKED = frozenset({"value", "form", "conduct"})


def count_above_one(case, dtype):
    above = bool((case.arguments(dtype)["x"] > 1).any())
    return Truth(torch.tensor(float(above), dtype=torch.float64), torch.zeros((), dtype=torch.float64), returns=bool)


def twice_in_float32(case, dtype):
    value = 2 * case.arguments(dtype)["x"].double()
    return Truth(value, 0 * value, returns=torch.float32)


def test_an_exercise_may_ask_for_a_python_number():
    asks = replace(
        check, truth=count_above_one, behaviours=(Behaviour("any", "looks at all of it", (SMALL, LARGE), CHECKED),)
    )
    turned = Misconception("turned", "Turned round", "It is the other way round.", (lambda x: bool((x <= 1).any()),))
    asks = replace(asks, misconceptions=(turned,))
    assert asks(lambda x: bool((x > 1).any())).outcome == "correct"
    assert "It returns a torch.Tensor; True or False (`bool(...)`" in asks(lambda x: (x > 1).any()).message
    assert "It returns None" in asks(lambda x: None).message
    assert "the result is `False`; `True` is expected there" in asks(lambda x: False).message
    assert asks(lambda x: not (x > 1).any()).misconception is None
    assert asks(lambda x: not bool((x > 1).all())).misconception == "turned"


def test_an_exercise_may_ask_for_another_dtype_than_the_inputs():
    both = Behaviour("all", "doubles", (SMALL,), frozenset({"value", "form"}))
    kept = Misconception("kept", "The dtype is kept", "You keep the dtype.", (lambda x: 2 * x,))
    asks = replace(check, truth=twice_in_float32, behaviours=(both,), misconceptions=(kept,))
    assert asks(lambda x: 2 * x.float()).outcome == "correct"
    wrong = asks(lambda x: x + x)
    assert (wrong.misconception, wrong.outcome) == ("kept", "incorrect")
    assert "It gets float64 and returns float64; float32 is wanted." in wrong.message
    assert replace(asks, misconceptions=())(lambda x: 2 * x).misconception == "wrong-result-dtype"
    value_only = replace(asks, behaviours=(replace(both, aspects=frozenset({"value"})),))
    assert "came back as float16, not in the dtype it was given" in value_only(lambda x: x.half()).message


def test_a_wrong_python_number_is_named_only_by_a_mistake_that_gives_the_same():
    def seven(case, dtype):
        return Truth(torch.tensor(7.0, dtype=torch.float64), torch.zeros((), dtype=torch.float64), returns=float)

    near = (Misconception("six", "Six", "You return 6.", (lambda x: 6.0,)),)
    asks = replace(check, truth=seven, behaviours=(Behaviour("all", "is 7", (SMALL,)),), misconceptions=near)
    assert asks(lambda x: 6.0).misconception == "six"
    assert asks(lambda x: 6.2).misconception is None
    assert "a Python float" in asks(lambda x: 7).message


def test_inputs_of_ones_own_are_cast_to_the_dtypes_of_the_exercise_alone():
    seen = set()

    def watched(x):
        seen.add(x.dtype)
        return right(x)

    doubles = tuple(
        replace(b, cases=tuple(replace(case, dtypes=(torch.float64,)) for case in b.cases)) for b in check.behaviours
    )
    own = torch.tensor([0.25, 4.0], dtype=torch.float64)
    assert replace(check, behaviours=doubles)(watched, "small", x=own).outcome == "correct"
    assert seen == {torch.float64}
    check(watched, "small", x=own)
    assert len(seen) == 4


def test_a_failing_input_says_its_dtype_once():
    tensors = {"x": torch.tensor([1.0])}
    assert Case("any", tensors, {"dim": 0}).describe(torch.float16) == "x = [1], dim=0, in float16"
    assert Case("any", {}, {"dtype": torch.float16}).describe(torch.float16) == "dtype=torch.float16"


def test_a_mistake_that_was_too_slow_once_is_tried_again(monkeypatch):
    from course.kit.check import diagnose

    def late(function, case, dtype, **options):
        failure = Failure("too slow", "It was still running.")
        return Observation(case, dtype, None, None, None, failure)

    with monkeypatch.context() as busy:
        busy.setattr(diagnose, "observe", late)
        assert diagnose._known(right, SMALL, torch.float32, gradient=False).failure.kind == "too slow"
    first = diagnose._known(right, SMALL, torch.float32, gradient=False)
    assert first.failure is None
    assert diagnose._known(right, SMALL, torch.float32, gradient=False) is first
