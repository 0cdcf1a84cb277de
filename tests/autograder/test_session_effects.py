"""What a call does beside returning something: it draws random numbers, prints, warns and raises."""

import contextlib
import io
import random
import sys
import unittest
import warnings

import numpy as np
import pytest
import torch
from session_source import SOURCE
from wire_helpers import Student

from autograder.channel.errors import StudentExit


@pytest.fixture(scope="module")
def student():
    with Student(SOURCE) as student:
        yield student


# Random numbers.


def in_one_process():
    return [np.random.rand(3).tolist(), random.gauss(0, 1), torch.randn(3).tolist()]


def seed():
    np.random.seed(0)
    random.seed(0)
    torch.manual_seed(0)


def test_seeds_of_the_grade_cell_count_in_the_students_process(student):
    seed()
    expected = in_one_process() + in_one_process()
    seed()
    got = [student.numpy_draw(3).tolist(), student.python_draw(), student.torch_draw(3).tolist()]

    # And the grade cell goes on from where the calls have drawn.
    assert got + in_one_process() == expected


def test_a_function_that_seeds_does_not_choose_what_the_grade_cell_draws(student):
    seed()
    expected = in_one_process()
    seed()
    student.seeds()

    assert in_one_process() == expected


@pytest.mark.parametrize(
    "make",
    [
        lambda: np.random.default_rng(3),
        lambda: np.random.Generator(np.random.PCG64DXSM(3)),
        lambda: np.random.Generator(np.random.MT19937(3)),
        lambda: np.random.RandomState(3),
        lambda: random.Random(3),
        lambda: torch.Generator().manual_seed(3),
    ],
    ids=["default_rng", "dxsm", "mt19937", "RandomState", "Random", "torch"],
)
def test_a_generator_that_is_drawn_from_moves_on(student, make):
    mine, reference = make(), make()

    for _ in range(300):
        got = student.draw_from(mine)
    if isinstance(reference, torch.Generator):
        expected = [torch.rand(3, generator=reference).tolist() for _ in range(300)]
    else:
        expected = [
            reference.random() if isinstance(reference, random.Random) else reference.random(3).tolist()
            for _ in range(300)
        ]

    assert got == expected[-1]


@pytest.mark.parametrize("kind", [random.Random, np.random.RandomState])
def test_a_generator_that_is_seeded_there_stays_where_it_was(student, kind):
    generator = kind(3)
    student.reseed(generator)

    assert generator.random() == kind(3).random()


# What is printed, warned and raised.


def test_what_is_printed_appears_here(student):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        student.loud(3)

    assert (out.getvalue(), err.getvalue()) == ("hello 3\n", "oops\n")


def test_a_warning_appears_here_with_its_category(student):
    with pytest.warns(DeprecationWarning, match="old"):
        student.loud(3)


def test_a_flood_of_prints_is_cut(student, capsys):
    student.flood()

    assert len(capsys.readouterr().out) <= 256 * 1024


def test_what_is_printed_before_an_exception_appears(student, capsys):
    with pytest.raises(RuntimeError, match="after"):
        student.loud_and_wrong()

    assert capsys.readouterr().out == "before\n"


def test_an_exception_says_where_it_arose(student):
    with pytest.raises(ValueError, match="half way") as caught:
        student.breaks([])

    assert caught.value.remote
    assert 'in breaks: `raise ValueError("half way")`)' in caught.value.where


def test_an_exception_keeps_its_arguments(student):
    with pytest.raises(KeyError) as caught:
        {}[student.odd()]

    assert caught.value.args == ("k", 3)
    assert str(caught.value) == "odd!"
    assert type(caught.value).__name__ == "Odd"


@pytest.mark.parametrize("name", ["exits", "interrupts"])
def test_what_would_end_a_process_is_an_exception_here(student, name):
    with pytest.raises(StudentExit):
        student.remote.lookup(name)()


def test_what_would_end_a_loop_here_is_an_error(student):
    with pytest.raises(RuntimeError, match="StopIteration"):
        list(map(lambda _: student.stops(), [1]))  # noqa: C417


def test_a_skipped_test_is_no_passed_test(student):
    with pytest.raises(Exception, match="not today") as caught:
        student.skips()

    assert not isinstance(caught.value, unittest.SkipTest)


def test_an_exception_of_the_notebooks_own_cells_is_the_one_that_the_test_knows(student, monkeypatch):
    Given = type("Given", (Exception,), {"__module__": "__main__"})  # noqa: N806
    monkeypatch.setattr(sys.modules["__main__"], "Given", Given, raising=False)

    with pytest.raises(Given, match="so"):
        student.raises_named("Given")


def test_an_exception_that_the_test_only_imports_is_not_raised_by_its_name(student, monkeypatch):
    monkeypatch.setattr(sys.modules["__main__"], "SkipTest", unittest.SkipTest, raising=False)

    with pytest.raises(Exception, match="so") as caught:
        student.raises_named("SkipTest")

    assert not isinstance(caught.value, unittest.SkipTest)


def test_exceptions_of_libraries_are_what_tests_expect(student):
    with pytest.raises(np.linalg.LinAlgError):
        student.singular()
    with pytest.raises(UnicodeDecodeError):
        student.undecodable()
    with pytest.raises(RecursionError):
        student.too_deep()


def test_an_exception_that_lies_is_an_exception(student):
    with pytest.raises(Exception):  # noqa: B017
        student.liar()


def test_an_exception_class_of_the_students_can_be_expected(student):
    NotInvertible, TooFar = student.NotInvertible, student.TooFar  # noqa: N806

    assert issubclass(NotInvertible, ValueError)
    assert issubclass(TooFar, NotInvertible)
    with pytest.raises(NotInvertible, match="zero"):
        student.custom()
    with pytest.raises(NotInvertible, match="far") as caught:
        student.too_far()
    assert type(caught.value).__mro__[1] is TooFar or isinstance(caught.value, TooFar)
