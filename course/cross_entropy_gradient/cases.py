"""What the six functions of unit 07 are tried on, grouped by behaviour."""

from __future__ import annotations

from dataclasses import replace

import torch

from course.cross_entropy_gradient.functions import Function
from course.cross_entropy_gradient.probes import differentiates_through_p, is_a_function_that_passes_gradcheck
from course.kit.check import Behaviour, Case

_INF = float("inf")
_WIDE = (torch.float32, torch.float64, torch.bfloat16)
"""The dtypes that hold numbers beyond 65504."""
_FLOAT64 = (torch.float64,)
"""Where a finite difference has digits to spare."""

GRADIENT = frozenset({"gradient"})
CONDUCT = frozenset({"form", "conduct"})

SURE_AND_WRONG = "a row that is sure of a wrong class"
SURE_AND_RIGHT = "a row that is sure of the right class"
UNUSED = "a function that ignores an element"
"""Labels of cases that have hints of their own."""


def _t(numbers: object) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def _noise(*shape: int) -> torch.Tensor:
    """Fixed normal numbers, rounded so that every dtype holds them exactly."""
    generator = torch.Generator().manual_seed(7)
    return (16 * torch.randn(shape, generator=generator, dtype=torch.float64)).round() / 16


def _products(vector: str) -> tuple[Behaviour, ...]:
    """The behaviours of both Jacobian products: the same but for the vector's name."""

    def product(label: str, p: torch.Tensor, v: torch.Tensor, **keywords: object) -> Case:
        return Case(label, {"p": p, vector: v}, keywords)

    def random(label: str, *shape: int, dim: int | None = None) -> Case:
        keywords = {} if dim is None else {"dim": dim}
        return product(label, torch.softmax(_noise(*shape), -1 if dim is None else dim), 2 * _noise(*shape), **keywords)

    three = _t([0.25, 0.5, 0.25])
    ordinary = (
        product("one row of three probabilities", three, _t([1, -2, 3])),
        product("two ordinary rows", _t([[0.125, 0.375, 0.5], [0.5, 0.25, 0.25]]), _t([[1, 2, -1], [0.5, -3, 2]])),
        product("a vector of ones, which changes no probability", three, _t([1, 1, 1])),
        product("a probability of 0", _t([[0.5, 0, 0.5]]), _t([[2, 5, -1]])),
        product("a one-hot row", _t([[0, 1, 0]]), _t([[3, -2, 4]])),
        product("a large vector", _t([[0.25, 0.75]]), _t([[2000, -1000]])),
    )
    return (
        Behaviour("ordinary", "multiplies the Jacobian of softmax by the vector", ordinary),
        Behaviour(
            "each-row",
            "treats every row as if it were alone, along whichever dimension `dim` names",
            (
                random("the columns of a matrix", 2, 3, dim=0),
                random("the columns of a square matrix", 3, 3, dim=0),
                random("the rows of a square matrix", 3, 3, dim=-1),
                random("the middle dimension of three", 2, 3, 2, dim=1),
                random("the last dimension, not named", 2, 2, 3),
            ),
        ),
        Behaviour(
            "gradient",
            f"can itself be differentiated, in p and in {vector}",
            tuple(replace(case, dtypes=_FLOAT64) for case in ordinary[:2]),
            GRADIENT,
            differentiates_through_p,
        ),
        Behaviour(
            "conduct",
            "returns a new tensor of p's shape, dtype and device, leaves its arguments alone, and never builds an "
            "n × n tensor",
            (
                random("a row of 24", 24),
                random("three rows of 16", 3, 16),
                product("a transposed matrix", torch.softmax(_noise(4, 6), 0).T, _noise(4, 6).T, dim=-1),
            ),
            CONDUCT,
        ),
    )


SOFTMAX_VJP = _products("v")
SOFTMAX_JVP = _products("t")


def _row(label: str, logits: object, targets: object, dtypes: tuple | None = None, **keywords: object) -> Case:
    more = {} if dtypes is None else {"dtypes": dtypes}
    return Case(label, {"logits": _t(logits), "targets": torch.tensor(targets)}, keywords, **more)


_ORDINARY = _row("three ordinary rows", [[2, 1, 0.5], [0, -1, 1.5], [3, 2, 1]], [0, 2, 1])
_ONE = _row("one row", [[0.5, -1, 2, 0]], [3])
_SQUARE = _row("a square batch", [[1, 3], [-2, 0.5]], [1, 1])
_SURE_AND_WRONG = _row(SURE_AND_WRONG, [[20, -20, 0], [1, 0, -1]], [1, 0])
_SURE_AND_RIGHT = _row(SURE_AND_RIGHT, [[9, -2, 0], [1, 0, -1]], [0, 0])
_AROUND = _row("logits around 1000", [[1000, 1002, 1004], [-1000, -1002, -1004]], [1, 0])
_SPAN = _row("logits that span 2000", [[1000, 1, -1000]], [2])
_MINUS_INF = _row("a -inf at another class", [[-_INF, 0, 1]], [2])
_HUGE = _row("logits of 1e30", [[1e30, -1e30, 0]], [0], _WIDE)
_LARGE = (_SURE_AND_WRONG, _AROUND, _SPAN, _MINUS_INF, _row("a row of equal logits", [[7, 7, 7, 7]], [1]), _HUGE)


def _with(case: Case, label: str, **keywords: object) -> Case:
    return replace(case, label=label, keywords=keywords)


_MIXED = _row("a batch of seven rows", _noise(7, 5).tolist(), [0, 4, 2, 1, 1, 3, 0])

CROSS_ENTROPY_GRAD = (
    Behaviour("ordinary", "is p - y in every row, over the number of rows", (_ORDINARY, _ONE, _SQUARE)),
    Behaviour("large-logits", "is right, and at most 1, for logits of any size", _LARGE),
    Behaviour(
        "smoothing",
        "knows label smoothing as PyTorch defines it, with its mass on all classes",
        (
            _with(_ORDINARY, "three ordinary rows, smoothed by 0.25", label_smoothing=0.25),
            _with(_ONE, "one row of four classes, smoothed by 0.5", label_smoothing=0.5),
            _with(_SURE_AND_RIGHT, "a row that is surer than smoothing wants", label_smoothing=0.125),
            _with(_SPAN, "logits that span 2000, smoothed by 0.25", label_smoothing=0.25),
            _with(_ORDINARY, "a smoothing of 1", label_smoothing=1.0),
        ),
    ),
    Behaviour(
        "reduction",
        "divides by the number of rows for the mean, and by nothing for the sum",
        (
            _with(_ORDINARY, "the sum over three rows", reduction="sum"),
            _with(_ORDINARY, "the mean over three rows", reduction="mean"),
            _with(_SQUARE, "the smoothed sum over two rows", reduction="sum", label_smoothing=0.25),
            _with(_MIXED, "the mean over seven rows", reduction="mean"),
        ),
    ),
    Behaviour(
        "conduct",
        "returns a new tensor of the logits' shape, dtype and device, leaves logits and targets alone, and calls "
        "neither a library loss nor autograd",
        (_ORDINARY, _MIXED, _row("a transposed batch", _noise(4, 3).T.tolist(), [0, 3, 2])),
        CONDUCT,
    ),
)

MSE_SOFTMAX_GRAD = (
    Behaviour(
        "ordinary",
        "is the gradient of the mean over rows of Σ (p - y)²",
        (_ORDINARY, _ONE, _SQUARE, _MIXED, _row("two classes", [[0, 0], [1, -1], [0.5, 2]], [0, 1, 0])),
    ),
    Behaviour(
        "sure",
        "is right where a row is sure: it vanishes there, whether the row is right or wrong",
        (_SURE_AND_WRONG, _SURE_AND_RIGHT, _AROUND, _SPAN, _MINUS_INF, _HUGE),
    ),
    Behaviour(
        "conduct",
        "returns a new tensor of the logits' shape, dtype and device, leaves logits and targets alone, and uses no "
        "autograd",
        (_ORDINARY, _MIXED),
        CONDUCT,
    ),
)

STABLE_CROSS_ENTROPY = (
    Behaviour("value", "is the mean over rows of LSE(z) - z_t, for logits of any size", (_ORDINARY, _ONE, *_LARGE)),
    Behaviour(
        "gradient",
        "sends back p - y over the number of rows, times what arrives from above",
        (_ORDINARY, _ONE, _SQUARE, _MIXED, *_LARGE),
        GRADIENT,
    ),
    Behaviour(
        "gradcheck",
        "is an autograd.Function, gives the same gradient each time it is asked, and passes `torch.autograd.gradcheck`",
        tuple(replace(case, dtypes=_FLOAT64) for case in (_ORDINARY, _ONE, _SURE_AND_WRONG)),
        GRADIENT | {"value"},
        is_a_function_that_passes_gradcheck,
    ),
    Behaviour(
        "conduct",
        "returns a scalar of the logits' dtype and device, leaves logits and targets alone, and calls no library loss",
        (_ORDINARY, _MIXED),
        CONDUCT,
    ),
)


def _check_of(label: str, function: Function, x: object, eps: float) -> Case:
    return Case(label, {"x": _t(x)}, {"f": function, "eps": eps}, _FLOAT64)


_SQUARES = Function("a sum of squares", (1, 1, 1), 2)
_HALF = Function("a sum of squares whose backward pass gives one and a half times the slope", (1, 1, 1), 2, (1.5,) * 3)
_ONE_WRONG = Function("a sum of cubes, the second slope doubled by its backward pass", (1, 1, 1, 1), 3, (1, 2, 1, 1))
_TOO_SMALL = Function("a sum of cubes, the third slope quartered by its backward pass", (1, -2, 1), 3, (1, 1, 0.25))
_SIGN = Function("a sum of squares, the first slope with the wrong sign", (2, 1), 2, (-1, 1))
_NO_SLOPE = Function("a sum of squares, the last slope lost by its backward pass", (1, 1, 3), 2, (1, 1, 0))
_NEGATIVE = Function("minus a sum of cubes, every slope doubled by its backward pass", (-1, -1), 3, (2, 2))
_FAINT = Function("a sum of squares times 1e-20, every slope twice too large", (1e-20, -3e-20), 2, (2, 2))
_CUBES = Function("a sum of cubes", (1, 1), 3)
_IGNORES = Function("a sum of cubes that ignores the second element", (1, 0, 2), 3)

GRADIENT_CHECK = (
    Behaviour(
        "wrong-backward",
        "finds the element whose gradient is wrong, and says by how much",
        (
            _check_of("a gradient that is half too large everywhere", _HALF, [1, -2, 0.5], 1e-4),
            _check_of("one wrong element among four", _ONE_WRONG, [1, 2, -1, 3], 1e-4),
            _check_of("one element that is too small", _TOO_SMALL, [1, 2, -1.5], 1e-4),
            _check_of("slopes below 0, twice too large", _NEGATIVE, [1, 2], 1e-4),
            _check_of("a gradient with the wrong sign", _SIGN, [1, 3], 1e-4),
            _check_of("a matrix with one wrong element", _ONE_WRONG, [[1, 2], [-1, 3]], 1e-4),
            _check_of("slopes around 1e-19, twice too large", _FAINT, [1, 2], 1e-4),
        ),
    ),
    Behaviour(
        "right-backward",
        "gives the error of the central difference alone where the gradient is right",
        (
            _check_of("a right gradient and a small step", _SQUARES, [1, -2, 0.5], 1e-5),
            _check_of("cubes and a step of 0.25", _CUBES, [1, -2], 0.25),
            _check_of("cubes and a step of 0.5", _CUBES, [[1], [3]], 0.5),
        ),
    ),
    Behaviour(
        "zeros",
        "gives 0 where both slopes are 0, and 1 where only one of them is",
        (
            _check_of(UNUSED, _IGNORES, [1, 2, -1], 1e-4),
            _check_of("a backward pass that loses an element", _NO_SLOPE, [1, 2, 1], 1e-4),
            _check_of("a function of which nothing is used", Function("0", (0, 0), 2), [1, 2], 1e-4),
        ),
    ),
    Behaviour(
        "conduct",
        "returns a Python float and leaves x as it was",
        (_check_of("a right gradient and a small step", _SQUARES, [1, -2, 0.5], 1e-5),),
        frozenset({"form"}),
    ),
)
