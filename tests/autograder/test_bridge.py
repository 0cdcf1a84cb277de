"""Calls into a student's process are differentiable as often as one likes, and a wrong backward pass stays wrong."""

import gc

import pytest
import torch
from wire_helpers import LIMITS, Liar, Student, message

from autograder.channel.errors import BadReply, Died

SOURCE = """
import os

import torch
from torch import nn

def softmax(x, dim=-1):
    e = torch.exp(x - x.amax(dim, keepdim=True))
    return e / e.sum(dim, keepdim=True)

class Square(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * x
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x * g

class Wrong(Square):
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return x * g

class WrongTwice(Square):
    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return 2 * x.detach() * g

class WrongShape(Square):
    @staticmethod
    def backward(ctx, g):
        os._exit(1)

def square(x):
    return x * x

def detached(x):
    return x.detach() ** 2

def in_container(x, y):
    return {"sum": x + y, "parts": [x * y, (x - y,)], "same": x}

def twice_the_same(x):
    y = x * 2
    return y, y

def relu_(x):
    x.clamp_(min=0)
    return x

def scale_(x, w):
    x.mul_(w)

def some(x, y):
    return x * 2

def apply(f, x):
    return f(x) * 2

def slope(f, x):
    x = x.clone().requires_grad_()
    (g,) = torch.autograd.grad(f(x), x)
    return g

def conjugate(z):
    return z * z.conj()

def half(x):
    return x.half() ** 2

net = nn.Linear(2, 1)

class Net(nn.Module):
    def __init__(self, width=3):
        super().__init__()
        self.first = nn.Linear(2, width)
        self.drop = nn.Dropout(0.5)
        self.register_buffer("steps", torch.zeros(()))
    def forward(self, x):
        self.steps += 1
        return self.drop(torch.tanh(self.first(x)))

def records():
    return len(session_records())

def session_records():
    import gc
    from autograder.channel.session import Session
    (session,) = [thing for thing in gc.get_objects() if isinstance(thing, Session)]
    return session.records
"""


@pytest.fixture(scope="module")
def student():
    with Student(SOURCE) as student:
        yield student


@pytest.fixture
def x():
    torch.manual_seed(1)
    return torch.randn(3, dtype=torch.float64, requires_grad=True)


def test_gradients_are_right_to_second_order(student, x):
    assert torch.autograd.gradcheck(student.softmax, (x,))
    assert torch.autograd.gradgradcheck(student.softmax, (x,))


def test_a_right_autograd_function_passes(student, x):
    assert torch.autograd.gradcheck(student.Square.apply, (x,))
    assert torch.autograd.gradgradcheck(student.Square.apply, (x,))


@pytest.mark.parametrize("name", ["detached", "Wrong"])
def test_a_wrong_backward_pass_does_not_pass(student, x, name):
    function = student.remote.lookup(name)
    function = function.apply if name == "Wrong" else function

    assert not torch.autograd.gradcheck(function, (x,), raise_exception=False)


def test_a_backward_pass_that_is_wrong_to_second_order_does_not_pass(student, x):
    function = student.WrongTwice.apply

    assert torch.autograd.gradcheck(function, (x,))
    assert not torch.autograd.gradgradcheck(function, (x,), raise_exception=False)


def test_gradcheck_of_twenty_inputs_takes_less_than_a_few_seconds(student):
    import time

    x = torch.randn(20, dtype=torch.float64, requires_grad=True)
    began = time.monotonic()

    assert torch.autograd.gradcheck(student.softmax, (x,))
    assert time.monotonic() - began < 5


def test_gradients_go_on_through_the_grade_cells_own_graph(student, x):
    (student.square(x * 3) + x).sum().backward()

    torch.testing.assert_close(x.grad, 18 * x.detach() + 1)


def test_results_in_containers_have_gradients(student, x):
    y = torch.ones_like(x, requires_grad=True)
    result = student.in_container(x, y)
    (result["sum"] * result["parts"][0] * result["parts"][1][0]).sum().backward()

    a, b = (t.detach().clone().requires_grad_() for t in (x, y))
    ((a + b) * a * b * (a - b)).sum().backward()
    torch.testing.assert_close((x.grad, y.grad), (a.grad, b.grad))
    assert result["same"] is x


def test_one_tensor_twice_in_a_result_is_one(student, x):
    first, second = student.twice_the_same(x)

    assert first is second


def test_an_input_that_is_not_used_has_no_gradient(student, x):
    y = torch.ones_like(x, requires_grad=True)

    gradients = torch.autograd.grad(student.some(x, y).sum(), (x, y), allow_unused=True)

    assert gradients[0].tolist() == [2, 2, 2]
    assert gradients[1] is None


def test_a_graph_can_be_kept(student, x):
    y = student.square(x).sum()
    y.backward(retain_graph=True)
    y.backward()

    torch.testing.assert_close(x.grad, 4 * x.detach())


def test_what_is_changed_in_place_has_the_gradient_of_the_change(student, x):
    y = x * 1
    assert student.relu_(y) is y
    y.sum().backward()

    assert x.grad.tolist() == [float(v > 0) for v in x]


def test_what_is_multiplied_in_place_by_something_with_gradients_has_them_too(student):
    y, w = torch.ones(2), torch.tensor(3.0, requires_grad=True)
    student.scale_(y, w)
    y.sum().backward()

    assert y.tolist() == [3, 3]
    assert w.grad == 2


def test_without_gradients_there_are_none(student, x):
    with torch.no_grad():
        assert not student.square(x).requires_grad
    assert not student.detached(x).requires_grad


def test_a_function_of_the_grade_cells_is_differentiated_through(student, x):
    weight = torch.tensor(3.0, dtype=torch.float64, requires_grad=True)

    assert torch.autograd.gradcheck(lambda v: student.apply(lambda t: t**2 * weight, v), (x,))
    torch.testing.assert_close(student.slope(lambda t: (t**3).sum(), x), 3 * x.detach() ** 2)


def test_complex_and_half_precision_have_gradients(student):
    z = torch.tensor([1 + 2j], requires_grad=True)
    student.conjugate(z).real.sum().backward()
    assert z.grad.tolist() == [2 + 4j]

    h = torch.tensor([1.5], requires_grad=True)
    student.half(h).float().sum().backward()
    assert h.grad.tolist() == [3.0]


def test_a_models_own_parameters_get_gradients(student):
    net = student.net
    net.zero_grad()
    net(torch.ones(1, 2)).sum().backward()

    assert net.weight.grad.tolist() == [[1, 1]]
    assert [tuple(p.shape) for p in net.parameters()] == [(1, 2), (1,)]
    assert all(isinstance(p, torch.nn.Parameter) for p in net.parameters())


def test_a_model_of_a_students_class_works(student):
    net = student.Net(width=4)
    assert isinstance(net, torch.nn.Module)
    assert isinstance(net, student.Net)
    assert issubclass(student.Net, torch.nn.Module)

    net.eval()
    out = net(torch.ones(5, 2))

    assert not net.training
    assert out.shape == (5, 4)
    assert net.steps == 1
    state = net.state_dict()
    assert list(state) == ["steps", "first.weight", "first.bias"]
    torch.testing.assert_close(
        out.detach(), torch.tanh(torch.ones(5, 2) @ state["first.weight"].T + state["first.bias"])
    )
    net.load_state_dict({name: torch.zeros_like(value) for name, value in state.items()})
    assert not net(torch.ones(1, 2)).any()
    net.train()
    assert net.drop.training


@pytest.mark.filterwarnings("ignore")  # of what the search for the session touches
def test_graphs_are_forgotten_when_they_are_no_longer_needed(student, x):
    for _ in range(20):
        student.square(x)
    gc.collect()
    student.records()

    assert student.records() <= 2


def test_a_backward_pass_that_ends_the_process_is_noticed():
    with Student(SOURCE) as student:
        y = student.WrongShape.apply(torch.ones(2, requires_grad=True))
        with pytest.raises(Died):
            y.sum().backward()


FUNCTION = {"ok": {"t": "handle", "n": 7, "k": "function", "name": "f"}}
OUT = {"ok": {"t": "out", "k": 0}, "record": 5, "outs": [{"t": "tensor", "n": 0, "d": "float32", "s": [1], "b": 0}]}
GRADIENTS = {
    "none": ({"ok": None}, ()),
    "too many": ({"ok": {"t": "list", "n": 0, "v": [None, None]}}, ()),
    "a number": ({"ok": {"t": "list", "n": 0, "v": [1.5]}}, ()),
    "another shape": (
        {"ok": {"t": "list", "n": 0, "v": [{"t": "tensor", "n": 1, "d": "float32", "s": [2], "b": 0}]}},
        [bytes(8)],
    ),
    "another dtype": (
        {"ok": {"t": "list", "n": 0, "v": [{"t": "tensor", "n": 1, "d": "float64", "s": [1], "b": 0}]}},
        [bytes(8)],
    ),
    "nonsense": ({"ok": {"t": "gift"}}, ()),
}


@pytest.mark.parametrize("create", [False, True], ids=["once", "twice"])
@pytest.mark.parametrize("name", GRADIENTS)
def test_gradients_that_are_none_are_a_bad_reply(name, create):
    tree, buffers = GRADIENTS[name]

    def answer(request):
        if request["op"] == "vjp":
            return [message({"a": request["q"], **tree}, buffers)]
        return [FUNCTION if request["op"] == "lookup" else message({"a": request["q"], **OUT}, [bytes(4)])]

    with Liar(answer, LIMITS) as other:
        x = torch.ones(1, requires_grad=True)
        y = other.remote.lookup("f")(x)
        with pytest.raises(BadReply):
            torch.autograd.grad(y.sum(), x, create_graph=create)
