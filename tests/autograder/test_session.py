"""Calls into a student's process behave like calls in one process."""

import collections

import numpy as np
import pytest
import torch
from session_source import SOURCE
from wire_helpers import Student, same

from autograder.channel.errors import BadReply, Missing


@pytest.fixture(scope="module")
def student():
    with Student(SOURCE) as student:
        yield student


VALUES = [
    None,
    (1, [2.5, {"a": {3}}]),
    torch.arange(6).reshape(2, 3).T,
    np.array(["a", "b"]),
    collections.Counter("aab"),
    1 << 100,
]


@pytest.mark.parametrize("value", VALUES, ids=lambda value: type(value).__name__)
def test_a_value_goes_there_and_comes_back(student, value):
    assert same(student.same(value), value)


def test_all_kinds_of_parameters_work(student):
    assert student.add(1, 2) == 4
    assert student.add(1, b=2, c=3) == 6
    with pytest.raises(TypeError):
        student.add(a=1, b=2)


def test_partials_and_lambdas_are_functions(student):
    assert (student.twice(3), student.half(3)) == (9, 1.5)


def test_generators_are_read_one_by_one(student):
    numbers = student.count(10**9)

    assert [next(numbers), next(numbers)] == [0, 1]
    assert list(student.count(3)) == [0, 1, 2]
    assert sum(student.squares()) == 5


@pytest.mark.parametrize("make", [np.zeros, torch.zeros], ids=["numpy", "torch"])
def test_an_array_that_is_changed_in_place_is_changed_here_and_is_the_result(student, make):
    x = make(3)

    assert student.add_in_place(x) is x
    assert student.silently(x) is None
    assert x.tolist() == [2, 2, 2]


def test_a_view_of_an_array_is_changed_in_place_in_the_array(student):
    x, y = np.zeros((3, 2)), torch.zeros(3, 2)

    student.silently(x[:, 1])
    student.silently(y[:, 1])

    assert x.tolist() == y.tolist() == [[0, 1]] * 3


def test_containers_that_are_changed_in_place_are_changed_here(student):
    items = [3, 1, 2]
    array = np.zeros(2)
    tree = {"x": array, "list": []}

    assert student.sort(items) is items
    added = student.deep(tree)

    assert items == [1, 2, 3]
    assert tree["new"] is tree["x"] is array
    assert array.tolist() == [1, 0]
    assert tree["list"] == [[1]]
    assert tree["list"][0] is added


def test_parts_that_change_places_stay_the_same_objects(student):
    a, b = [1], [2]
    pair = [a, b]
    student.swap(pair)

    assert pair[0] is b
    assert pair[1] is a
    assert student.first(pair) is b


def test_numbers_in_a_list_are_changed_in_place(student):
    values = [float(i) for i in range(50)]
    student.halves(values)

    assert values == [i / 2 for i in range(50)]


@pytest.mark.parametrize(
    ("value", "method", "arguments"),
    [
        (collections.deque(), "append", [5]),
        (collections.OrderedDict(), "update", [{5: 6}]),
        (bytearray(), "append", [5]),
        (set(), "add", [5]),
    ],
    ids=["deque", "OrderedDict", "bytearray", "set"],
)
def test_other_containers_are_changed_in_place(student, value, method, arguments):
    student.do(value, method, *arguments)

    assert 5 in value


def test_what_was_changed_before_an_exception_is_changed_here(student):
    items = []
    with pytest.raises(ValueError, match="half way"):
        student.breaks(items)

    assert items == [1]


def test_an_array_that_may_not_be_written_to_may_not_be_written_to_there(student):
    x = np.zeros(2)
    x.flags.writeable = False

    with pytest.raises(ValueError, match="read-only"):
        student.silently(x)


def test_a_view_of_an_argument_comes_back_as_a_view(student):
    x, y = np.zeros(4), torch.zeros(4)
    for array in (x, y):
        student.rest(array)[0] = 5
        assert array.tolist() == [0, 5, 0, 0]
    matrix = np.zeros((2, 3))
    assert np.shares_memory(student.turned(matrix), matrix)
    assert student.turned(matrix).shape == (3, 2)
    student.backwards(x)[0] = 9
    assert x[3] == 9


def test_a_copy_of_an_argument_comes_back_as_a_copy(student):
    x = np.zeros(4)

    assert not np.shares_memory(student.as_float(x), x)


def test_arguments_that_share_memory_share_it_there(student):
    x = np.zeros(3)
    view = x[:2]

    assert student.to_both(x, view) is view
    assert view[0] == 7


def test_a_restored_bookmark_brings_names_back(student):
    student.remote.bookmark("here")
    student.remote.assign("quiz", "C")
    student.remote.delete("half")
    assert student.quiz == "C"

    student.remote.restore("here")

    assert student.quiz == "B"
    assert student.half(4) == 2


def test_a_deleted_name_is_missing(student):
    student.remote.bookmark("before")
    student.remote.delete("half")
    with pytest.raises(Missing):
        student.remote.lookup("half")
    with pytest.raises(Missing):
        student.remote.delete("half")
    student.remote.restore("before")


def test_an_unknown_bookmark_is_an_error(student):
    with pytest.raises(KeyError):
        student.remote.restore("never made")


# Functions of the grade cell's.


def test_a_function_that_is_handed_over_is_called_here(student):
    seen = []

    def mine(x):
        seen.append(x)
        return 2 * x

    assert student.call(mine, 4) == 8
    assert seen == [4]
    assert student.compose(mine, student.half)(3.0) == 3.0


def test_a_function_that_comes_back_is_the_same(student):
    assert student.same(max) is max


def test_a_students_function_that_is_handed_over_is_theirs(student):
    calls = student.remote.calls

    assert student.call(student.half, 3) == 1.5
    assert student.remote.calls == calls + 1


def test_an_exception_of_a_function_that_was_handed_over_reaches_the_student(student):
    assert student.catches(lambda: 1 / 0) == "caught"


def test_the_grade_cells_settings_hold_in_a_call(student):
    with torch.no_grad():
        assert student.defaults()[1] is False
    with torch.inference_mode():
        assert student.defaults()[2] is True
    torch.set_default_dtype(torch.float64)
    try:
        assert student.defaults()[0] is torch.float64
    finally:
        torch.set_default_dtype(torch.float32)
    assert student.defaults() == (torch.float32, True, False)
    with np.errstate(all="raise"), pytest.raises(FloatingPointError):
        student.divide()


@pytest.mark.parametrize("name", ["nested", "cyclic", "huge", "many", "long"])
def test_a_result_that_cannot_be_sent_is_a_bad_reply(student, name):
    with pytest.raises(BadReply):
        student.remote.lookup(name)()
    assert student.same(1) == 1


def test_a_tensor_of_a_lying_class_is_a_tensor(student):
    result = student.sub_tensor()

    assert type(result) is torch.Tensor
    assert not torch.equal(result, torch.zeros(2))


def test_a_module_is_of_no_use(student):
    with pytest.raises(BadReply, match="import"):
        student.module().testing  # noqa: B018


def test_operators_are_written_down(student):
    operators, result = student.operators.trace(torch.zeros(3))

    assert [operator["name"] for operator in operators] == ["exp", "add"]
    assert operators[0] == {"name": "exp", "dtypes": ["float32", "float32"], "sizes": [3, 3], "new": 3}
    assert result.tolist() == [2, 2, 2]
