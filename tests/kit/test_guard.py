"""Whatever a student's function does, a call of it ends in a value or in one readable sentence."""

import sys
import threading
import warnings

import pytest
import torch

from course.expm1_log1p.adapters import takes_stream
from course.kit.check.guard import a_kind_of, call


def test_a_function_that_works_gives_its_value():
    assert call(lambda a, b=1: a + b, 2, b=3) == (5, None)


def test_an_exception_becomes_its_type_its_text_and_the_line_it_came_from():
    def broken(x):
        return x.undefined_attribute

    value, failure = call(broken, torch.ones(2))
    assert value is None
    assert failure.kind == "raised"
    assert failure.exception == "AttributeError"
    assert "undefined_attribute" in failure.text
    assert "return x.undefined_attribute" in failure.text
    assert "\n" not in failure.text
    assert "site-packages" not in failure.text


def test_a_tensor_overwritten_where_it_has_a_gradient_is_answered_with_what_to_write_instead():
    def subtracts_in_place(x):
        x -= 1
        return x

    def assigns_to_a_part(x):
        x[0] = 1
        return x

    for function in (subtracts_in_place, assigns_to_a_part):
        text = call(function, torch.ones(2, requires_grad=True))[1].text
        assert "overwrites the tensor that you were given. Make a new one: `x = x - y`" in text


def test_an_exception_that_cannot_be_printed_is_still_reported():
    class SlyError(Exception):
        def __str__(self):
            raise RuntimeError("no text for you")

    def sly():
        raise SlyError

    assert "SlyError" in call(sly)[1].text


def test_an_unwritten_function_is_not_a_wrong_one():
    def stub():
        raise NotImplementedError()

    def stub_with_a_note():
        raise NotImplementedError("later")

    assert call(stub)[1].kind == "not implemented"
    assert call(stub_with_a_note)[1].kind == "not implemented"


def test_an_operator_that_torch_lacks_is_an_error_of_the_answer_and_not_an_unwritten_function():
    def missing_operator():
        torch.ones(2, device="meta").tolist()

    failure = call(missing_operator)[1]
    assert failure.kind == "raised"
    assert failure.exception == "NotImplementedError"


def test_an_endless_loop_ends_at_the_time_limit():
    def loop():
        while True:
            pass

    failure = call(loop, seconds=0.2)[1]
    assert failure.kind == "too slow"
    assert "0.2 seconds" in failure.text


def test_a_bare_except_inside_an_endless_loop_does_not_outlive_the_time_limit():
    def stubborn():
        while True:
            try:
                while True:
                    pass
            except Exception:
                pass

    def more_stubborn():
        rings = 0
        while rings < 3:
            try:
                while True:
                    pass
            except:  # noqa: E722 - the very thing under test
                rings += 1
        return rings

    assert call(stubborn, seconds=0.2)[1].kind == "too slow"
    assert call(more_stubborn, seconds=0.2) == (3, None)


def test_a_megabyte_of_output_is_stopped_and_named():
    def chatty():
        for _ in range(10**6):
            print("x" * 1000)

    failure = call(chatty)[1]
    assert failure.kind == "too much output"
    assert "64 kB" in failure.text


def test_a_little_output_on_either_stream_and_a_warning_cost_nothing(capsys):
    def talkative():
        print("hello")
        print("problem", file=sys.stderr)
        warnings.warn("careful", stacklevel=1)
        return 1

    assert call(talkative) == (1, None)
    assert capsys.readouterr() == ("", "")


def test_exiting_does_not_end_the_notebook():
    failure = call(sys.exit, 3)[1]
    assert failure.kind == "exited"
    assert "SystemExit" in failure.text


def test_an_interrupt_is_the_students_own_and_passes_through():
    def interrupted():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        call(interrupted)


def test_torchs_global_state_is_as_before():
    def meddle():
        torch.manual_seed(1)
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)

    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    call(meddle)
    assert torch.equal(torch.rand(3), expected)
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()


def test_outside_the_main_thread_a_call_works_without_a_time_limit():
    results = []
    thread = threading.Thread(target=lambda: results.append(call(lambda: 4)))
    thread.start()
    thread.join()
    assert results == [(4, None)]


@pytest.mark.parametrize(
    ("thing", "words"),
    [(None, "None"), ([1], "a list"), (3, "an int"), (torch.float32, "a torch.dtype")],
)
def test_a_wrong_thing_is_called_by_its_name(thing, words):
    assert a_kind_of(thing) == words


@pytest.mark.parametrize(
    ("function", "advice"),
    [
        (lambda x: x - x.max(-1), "take its `.values`, or use `amax`"),
        (lambda x: x - x.min(-1, keepdim=True), "take its `.values`, or use `amax`"),
        (lambda y: y, "Keep the names of the parameters"),
    ],
)
def test_an_error_that_is_hard_to_read_comes_with_what_to_do(function, advice):
    _, failure = call(function, x=torch.ones(2, 2))
    assert advice in failure.text


def test_a_line_of_the_course_is_never_cited_as_the_students():
    def keeps(batches):
        return list(batches)

    _, failure = call(takes_stream(keeps), torch.arange(12.0), lengths=(4, 4, 4))
    assert "KeptStreamError" in failure.text
    assert "in keeps: `return list(batches)`" in failure.text
    assert "raise KeptStreamError" not in failure.text


def test_other_errors_come_without_advice():
    _, failure = call(lambda x: x @ torch.ones(3), x=torch.ones(2))
    assert "amax" not in failure.text
    assert "parameters that" not in failure.text
