"""What the five functions of unit 05 are tried on, grouped by behaviour."""

from __future__ import annotations

import torch

from course.kit.check import Behaviour, Case

_WIDE = (torch.float32, torch.float64, torch.bfloat16)
"""The dtypes that hold numbers beyond 65504."""

GRADIENT = frozenset({"gradient"})
CONDUCT = frozenset({"form", "conduct"})

AT_ZERO = "a logit of 0"
"""Label of a case that has hints of its own."""


def _t(numbers: object) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def _noise(*shape: int, seed: int = 5) -> torch.Tensor:
    """Fixed normal numbers, rounded so that every dtype holds them exactly."""
    generator = torch.Generator().manual_seed(seed)
    return (16 * torch.randn(shape, generator=generator, dtype=torch.float64)).round() / 16


def _labels(*shape: int) -> torch.Tensor:
    """Fixed labels 0 and 1."""
    return (_noise(*shape, seed=8) > 0).double()


_BATCHES = {
    "a vector": _noise(5),
    "a matrix": _noise(2, 3),
    "a stack of matrices": _noise(2, 1, 2, 3),
    "a transposed matrix": _noise(3, 2).T,
    "a single number": _noise(1),
}


def _logits(batches: dict[str, object]) -> tuple[Case, ...]:
    return tuple(Case(label, {"z": z if isinstance(z, torch.Tensor) else _t(z)}) for label, z in batches.items())


SOFTPLUS = (
    Behaviour(
        "ordinary",
        "gives log(1 + exp(z)) of ordinary numbers, 0 among them",
        _logits({"ordinary numbers": [2.0, 0.5, -0.5, -2.0], "zero": [0.0], "two rows": [[1, -1], [3, -3]]}),
    ),
    Behaviour(
        "small-results",
        "keeps the digits of a result that is close to 0, for z far below 0",
        (
            *_logits({"z from -9 to -5": [-5, -7, -9]}),
            Case("z from -40 to -16", {"z": _t([-16, -20, -30, -40])}, dtypes=_WIDE),
        ),
    ),
    Behaviour(
        "large",
        "is right for z of any size, positive or negative, and finite wherever z is",
        (
            *_logits({"z from 12 to 30": [12, 17, 21, 30], "z of 100 and 1000": [100, 1000, -1000]}),
            *_logits({"z near the end of float16": [60000, -60000]}),
            Case("z of 1e30", {"z": _t([1e30, -1e30])}, dtypes=_WIDE),
        ),
    ),
    Behaviour(
        "gradient",
        "can be differentiated: the gradient is σ(z), at 0 too, and finite for z of any size",
        _logits({"ordinary numbers": [2.0, 0.5, -0.5, -2.0], AT_ZERO: [0.0, 1.0], "z of 100 and 1000": [100, 1000]})
        + _logits({"z of -1000 and -8": [-1000, -8]}),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        "returns a new tensor of the input's shape, dtype and device, leaves the input alone, and is built from "
        "arithmetic, exp, log1p, maximum and the like, in a dtype it was given (float32 for halves)",
        _logits(_BATCHES),
        CONDUCT,
    ),
)

LOG_SIGMOID = (
    Behaviour(
        "ordinary",
        "gives log σ(z) of ordinary numbers, 0 among them",
        _logits({"ordinary numbers": [2.0, 0.5, -0.5, -2.0], "zero": [0.0], "two rows": [[1, -1], [3, -3]]}),
    ),
    Behaviour(
        "both-ends",
        "is right for z of any size: about z far below 0, and a negative number with all its digits far above 0",
        (
            *_logits({"z of -100 and -1000": [-100, -1000], "z from -30 to -12": [-12, -17, -21, -30]}),
            *_logits({"z from 5 to 9": [5, 7, 9], "z of 1000": [1000]}),
            Case("z from 16 to 40", {"z": _t([16, 20, 30, 40])}, dtypes=_WIDE),
            *_logits({"z near the end of float16": [60000, -60000]}),
        ),
    ),
    Behaviour(
        "gradient",
        "can be differentiated: the gradient is σ(-z), at 0 too, and finite for z of any size",
        _logits({"ordinary numbers": [2.0, 0.5, -0.5, -2.0], AT_ZERO: [0.0, 1.0], "z of -100 and -1000": [-100, -1000]})
        + _logits({"z of 1000 and 8": [1000, 8]}),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        "returns a new tensor of the input's shape, dtype and device, leaves the input alone, and is built from "
        "arithmetic, exp, log1p, minimum and the like, or from your own softplus, in a dtype it was given (float32 for "
        "halves)",
        _logits(_BATCHES),
        CONDUCT,
    ),
)


def _pair(
    label: str,
    z: object,
    y: object,
    reduction: str | None = None,
    pos_weight: object = None,
    dtypes: tuple | None = None,
) -> Case:
    """A case with labels; `reduction` None leaves the default to the function."""
    tensors = {"z": z if isinstance(z, torch.Tensor) else _t(z), "y": y if isinstance(y, torch.Tensor) else _t(y)}
    if pos_weight is not None:
        tensors["pos_weight"] = _t(pos_weight)
    keywords = {} if reduction is None else {"reduction": reduction}
    more = {} if dtypes is None else {"dtypes": dtypes}
    return Case(label, tensors, keywords, **more)


_BOTH = [[2.0, -0.5, 1.0], [0.5, -2.0, -1.0]], [[1, 0, 0], [1, 1, 0]]

BCE_WITH_LOGITS = (
    Behaviour(
        "ordinary",
        "gives the mean of -y·log σ(z) - (1 - y)·log(1 - σ(z)), with labels 0, 1 or anything between",
        (
            _pair("a single logit", [2.0], [1]),
            _pair("a single logit with the label 0", [2.0], [0]),
            _pair("ordinary logits", *_BOTH),
            _pair("logits of 0", [0.0, 0.0], [0, 1]),
            _pair("labels between 0 and 1", [2.0, -1.0, 0.5], [0.25, 0.75, 0.5]),
        ),
    ),
    Behaviour(
        "confident",
        "is right where the model is sure: about |z| where it is wrong, and close to 0 with all digits where it is "
        "right, whatever the label",
        (
            _pair("sure of a 1 and wrong, z of 20", [20], [0]),
            _pair("sure of a 1 and wrong, z of 200 and 1000", [200, 1000], [0, 0]),
            _pair("sure of a 0 and wrong, z of -200 and -1000", [-200, -1000], [1, 1]),
            # Lost digits are shown at the first case that meets them: these before 200, where only float64 has any.
            _pair("sure of a 1 and right, z from 18 to 20", [18, 20], [1, 1], dtypes=_WIDE),
            _pair("sure of a 0 and right, z from -20 to -18", [-18, -20], [0, 0], dtypes=_WIDE),
            _pair("sure of a 1 and right, z from 5 to 9", [5, 7, 9], [1, 1, 1]),
            _pair("sure of a 0 and right, z from -9 to -5", [-5, -7, -9], [0, 0, 0]),
            _pair("sure of a 1 and right, z of 200 and 1000", [200, 1000], [1, 1]),
            _pair("sure of a 0 and right, z of -200 and -1000", [-200, -1000], [0, 0]),
            _pair("a label between 0 and 1, and z of 200", [200, -200], [0.25, 0.25]),
            _pair("z near the end of float16", [60000], [0]),
        ),
    ),
    Behaviour(
        "reduction",
        "gives the mean over all elements unless `reduction` asks for their sum or for none",
        (
            _pair("a matrix, `reduction` not named", *_BOTH),
            _pair("a matrix, mean", *_BOTH, "mean"),
            _pair("a matrix, sum", *_BOTH, "sum"),
            _pair("a matrix, none", *_BOTH, "none"),
            _pair("three dimensions, `reduction` not named", _noise(2, 2, 3), _labels(2, 2, 3)),
        ),
    ),
    Behaviour(
        "pos-weight",
        "multiplies the loss of positive labels, and of nothing else, by `pos_weight`, of any shape that broadcasts",
        (
            _pair("one weight for each class", *_BOTH, pos_weight=[3.0, 0.5, 2.0]),
            _pair("one weight for all", *_BOTH, pos_weight=[4.0]),
            _pair("a weight and a label between 0 and 1", [2.0, -1.0], [0.25, 0.75], pos_weight=[3.0]),
            _pair("a weight, sure and wrong", [200, -200], [0, 1], pos_weight=[3.0]),
            _pair("a weight, sure and right", [8, -8, 9, -9], [1, 0, 1, 0], pos_weight=[0.5]),
        ),
    ),
    Behaviour(
        "gradient",
        "can be differentiated along z: the gradient is σ(z) - y, at 0 too, and finite for z of any size",
        (
            _pair("ordinary logits", *_BOTH),
            _pair(AT_ZERO, [0.0, 0.0, 1.0], [0, 1, 1]),
            _pair("sure and wrong, z of 20 and 200", [20, 200, -20, -200], [0, 0, 1, 1]),
            _pair("sure and right, z of 20 and 200", [20, 200, -20, -200], [1, 1, 0, 0]),
            _pair("a weight for positives", [1.0, -1.0, 0.0, 200], [0, 1, 1, 0], pos_weight=[3.0]),
        ),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        "returns a new tensor of the logits' dtype and device, leaves its arguments alone, and is built from "
        "arithmetic, exp, log1p, maximum and the like, or from your own functions, in a dtype it was given (float32 "
        "for halves)",
        (
            _pair("a vector", _noise(5), _labels(5)),
            _pair("a matrix", _noise(2, 3), _labels(2, 3)),
            _pair("a transposed matrix", _noise(3, 2).T, _labels(2, 3)),
            _pair("a stack of matrices", _noise(2, 1, 2, 3), _labels(2, 1, 2, 3)),
            _pair("a single number", _noise(1), _labels(1)),
            _pair("a weight for each class", _noise(2, 3), _labels(2, 3), pos_weight=[3.0, 0.5, 2.0]),
        ),
        CONDUCT,
    ),
)


def _slope(label: str, z: object, y: object, dtypes: tuple | None = None) -> Case:
    return _pair(label, z, y, dtypes=dtypes)


BCE_GRAD = (
    Behaviour(
        "ordinary",
        "gives the slope of each logit's loss along that logit, with labels 0, 1 or anything between",
        (
            _slope("ordinary logits", *_BOTH),
            _slope("logits of 0", [0.0, 0.0], [0, 1]),
            _slope("labels between 0 and 1", [2.0, -1.0, 0.5], [0.25, 0.75, 0.5]),
        ),
    ),
    Behaviour(
        "saturated",
        "is right where σ(z) comes out as exactly 0 or 1",
        (
            _slope("sure and wrong, z of 20 and 200", [20, 200, 1000, -20, -200, -1000], [0, 0, 0, 1, 1, 1]),
            _slope("sure and right, z of 20 and 200", [20, 200, 1000, -20, -200, -1000], [1, 1, 1, 0, 0, 0]),
            _slope("a label between 0 and 1, and z of 200", [200, -200], [0.25, 0.25]),
            _slope("z near the end of float16", [60000, -60000], [0, 1]),
        ),
    ),
    Behaviour(
        "conduct",
        "returns a new tensor of the logits' shape, dtype and device, leaves its arguments alone, and comes straight "
        "from a formula, without the loss and without autograd",
        (
            _slope("a vector", _noise(5), _labels(5)),
            _slope("a transposed matrix", _noise(3, 2).T, _labels(2, 3)),
            _slope("a stack of matrices", _noise(2, 1, 2, 3), _labels(2, 1, 2, 3)),
            _slope("a single number", _noise(1), _labels(1)),
        ),
        CONDUCT,
    ),
)


def _multi(label: str, logits: object, targets: object, weight: object, dtypes: tuple | None = None) -> Case:
    tensors = {"logits": logits, "targets": targets, "weight": weight}
    tensors = {name: x if isinstance(x, torch.Tensor) else _t(x) for name, x in tensors.items()}
    return Case(label, tensors, **({} if dtypes is None else {"dtypes": dtypes}))


_SQUARE = [[2.0, -0.5, 1.0], [0.5, -2.0, -1.0], [-1.5, 0.0, 0.25]], [[1, 0, 0], [1, 1, 0], [0, 1, 1]]

MULTILABEL_LOSS = (
    Behaviour(
        "ordinary",
        "gives the mean over all labels of the loss of each, every class a yes-or-no question of its own",
        (
            _multi("weights of 1", *_BOTH, [1, 1, 1]),
            _multi("a row in which every label is 1", [[1.0, -1.0, 0.5]], [[1, 1, 1]], [1, 1, 1]),
            _multi("a row in which no label is 1", [[1.0, -1.0, 0.5]], [[0, 0, 0]], [1, 1, 1]),
        ),
    ),
    Behaviour(
        "class-weights",
        "multiplies each class's losses, of its ones and its zeros alike, by that class's weight, and still divides by "
        "the number of labels",
        (
            _multi("a weight for each class", *_BOTH, [3.0, 0.5, 2.0]),
            _multi("as many examples as classes", *_SQUARE, [3.0, 0.5, 2.0]),
            _multi("a weight of 0", *_BOTH, [0.0, 1.0, 2.0]),
            _multi("one class", [[1.0], [-2.0]], [[1], [1]], [0.25]),
        ),
    ),
    Behaviour(
        "confident",
        "is right where the model is sure, right or wrong",
        (
            _multi("sure and wrong about one label", [[200, -1], [1, 2]], [[0, 0], [1, 1]], [1.0, 2.0]),
            _multi("sure and right about one label", [[200, -1], [1, -200]], [[1, 0], [1, 0]], [1.0, 2.0]),
            _multi("sure and right about all, z of 8", [[8, -8], [9, -8]], [[1, 0], [1, 0]], [1.0, 2.0]),
            _multi("sure and right about all, z of 20", [[20, 18], [19, 20]], [[1, 1], [1, 1]], [1.0, 2.0], _WIDE),
            _multi("sure and right that nothing is there", [[-20, -18], [-19, -20]], [[0, 0]] * 2, [1.0, 2.0], _WIDE),
        ),
    ),
    Behaviour(
        "gradient",
        "can be differentiated along the logits, with right and finite gradients",
        (
            _multi("a weight for each class", *_BOTH, [3.0, 0.5, 2.0]),
            _multi(AT_ZERO, [[0.0, 0.0]], [[0, 1]], [1.0, 2.0]),
            _multi("sure labels, right and wrong", [[200, -200], [200, -200]], [[0, 0], [1, 1]], [1.0, 2.0]),
        ),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        "returns a new scalar tensor of the logits' dtype and device, leaves its arguments alone, and is built from "
        "arithmetic and your own functions, in a dtype it was given (float32 for halves)",
        (
            _multi("a batch", _noise(4, 6), _labels(4, 6), [1.0, 2.0, 0.5, 1.0, 0.25, 3.0]),
            _multi("a transposed batch", _noise(3, 2).T, _labels(2, 3), [3.0, 0.5, 2.0]),
            _multi("one example", _noise(1, 3), _labels(1, 3), [3.0, 0.5, 2.0]),
        ),
        CONDUCT,
    ),
)
