"""Objects of the student's are usable, and gain nothing by lying."""

import copy
import inspect
import operator
import pickle

import pytest
from proxies_source import SOURCE
from wire_helpers import Student

from autograder.channel.errors import BadReply


@pytest.fixture(scope="module")
def student():
    with Student(SOURCE) as student:
        yield student


@pytest.fixture
def liar(student):
    return student.liar()


def test_what_decides_has_to_be_true_or_false(student):
    a, b = student.NotBool(), student.NotBool()

    with pytest.raises(BadReply):
        a == b  # noqa: B015


def test_a_class_of_the_students_makes_objects(student):
    v = student.Vector(1, 2)

    assert v.parts == [1, 2]
    assert v.size == v.dim() == len(v) == 2
    assert list(v) == [1, 2]
    assert v[1] == 2
    assert abs(student.Vector(3, 4)) == 5
    assert (-v).parts == [-1, -2]
    assert str(v) == "Vector(1, 2)"
    assert student.Vector.zero() == student.Vector(0, 0)
    assert v.scaled(2, offset=1).parts == [3, 5]
    assert isinstance(v, student.Vector)
    assert 2 in v
    assert 5 not in v


def test_objects_are_compared_and_added_among_themselves(student):
    a, b, c = student.Vector(1, 2), student.Vector(1, 2), student.Vector(0, 5)

    assert a == b
    assert a != c
    assert c < a
    assert (a + c).parts == [1, 7]
    assert len({a, b, c}) == 2


def test_attributes_and_items_can_be_set(student):
    v, s = student.Vector(1, 2), student.Slotted(3)
    v[0] = 9
    v.parts = [*v.parts, 4]
    s.x = 5

    assert v.parts == [9, 2, 4]
    assert s.x == 5
    with pytest.raises(AttributeError):
        s.y = 1
    assert not hasattr(s, "y")


def test_a_context_manager_works(student):
    v = student.Vector()
    with v as entered:
        assert entered is v

    assert v.parts == ["in", "out"]


def test_inheritance_shows(student):
    dog = student.Dog()

    assert dog.speak() == "Woof"
    assert isinstance(dog, student.Animal)
    assert issubclass(student.Dog, student.Animal)
    assert not isinstance(student.Animal(), student.Dog)
    assert not isinstance(3, student.Dog)


def test_dataclasses_work(student):
    assert student.Point(1) == student.Point(1, 2)
    assert student.Point(1).y == 2
    assert sorted([student.Key(2), student.Key(1)])[0].n == 1
    with pytest.raises(TypeError):
        hash(student.Point(1))


def test_a_class_that_descends_from_list_keeps_its_methods(student):
    stack = student.Stack()
    stack.push(3)

    assert stack.peek() == 3
    assert list(stack) == [3]
    assert len(stack) == 1


def test_members_of_an_enumeration_are_the_same_object(student):
    assert student.Color.RED is student.Color.RED
    assert student.Color.RED != student.Color.BLUE
    assert student.Color.RED.value == 1


def test_iterators_and_callable_objects_work(student):
    assert list(student.Countdown(3)) == [2, 1, 0]
    assert student.Adder(3)(4) == 7
    assert callable(student.Adder(3))
    assert not callable(student.Slotted(3))


def test_an_endless_iteration_ends(student):
    with student.allowed(message_items=50), pytest.raises(BadReply, match="too much"):
        list(student.Endless())


def test_an_object_can_be_copied_on_its_side_and_not_pickled(student):
    v = student.Vector(1)
    other = copy.deepcopy(v)
    other[0] = 5

    assert v[0] == 1
    with pytest.raises(TypeError):
        pickle.dumps(v)


def test_an_object_that_was_handed_out_goes_back_as_itself(student):
    v = student.Vector(1)

    assert student.Vector(1) == v
    assert student.make("Adder", 1) is not student.make("Adder", 1)
    assert operator.eq(v, student.Vector(1))


def test_a_function_has_a_signature_and_words(student):
    signature = inspect.signature(student.with_default)

    assert str(signature) == "(x, dim=-1, *args, mode='sum', other=Ellipsis, **kwargs)"
    assert student.Vector(1).scaled.__doc__ == "Scaled."
    assert student.with_default.__name__ == "with_default"


def test_the_text_of_a_function_can_be_read():
    text = "def f(x):\n    return x\n"
    with Student(text, source_of={"f": text}.get) as student:
        assert inspect.getsource(student.f) == text


@pytest.mark.filterwarnings("ignore")  # of what the search for the session touches
def test_objects_that_nobody_holds_are_let_go(student):
    before = student.exports()
    for _ in range(200):
        student.liar()

    assert student.exports() < before + 20


def test_an_object_of_another_process_cannot_be_handed_over(student):
    import dataclasses

    from autograder.channel.errors import Unsendable
    from autograder.channel.remote import Remote

    v = student.Vector(1)
    other = Remote(student.remote._sock, interrupt=int, kill=int, limits=dataclasses.replace(student.remote.limits))
    f = other.lookup("make")

    with pytest.raises(Unsendable):
        f(v)


def test_an_object_shows_no_more_than_its_name(liar):
    assert repr(liar) == "<the student's Liar>"
    assert not hasattr(liar, "_repr_html_")
    assert not hasattr(liar, "__array__")
    assert not hasattr(liar, "__torch_function__")
