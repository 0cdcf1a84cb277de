"""The right results of unit 05, from 50-digit arithmetic, with the error that each dtype may make.

Everything here comes from softplus(x) = log(1 + exp(x)): log σ(z) = -softplus(-z), and the loss of a label y is
(1 - y)·softplus(z) + w·y·softplus(-z), with w the weight of positives (1 without `pos_weight`).
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from mpmath import mp, mpf

from course.kit.check import Case, Truth

DIGITS = 50

# Gradients go through more roundings than values.
_VALUE, _GRADIENT = 8, 24


class Format:
    """What a dtype may get wrong."""

    def __init__(self, dtype: torch.dtype):
        info = torch.finfo(dtype)
        self.eps, self.tiny = mpf(info.eps), mpf(info.smallest_normal) * mpf(info.eps)

    def softplus(self, x: mpf) -> tuple[mpf, mpf]:
        """log(1 + exp(x)), and its tolerance.

        The course's bound, |argument| · |result|, taken for the part that comes of an exponential: the other part,
        max(x, 0), is the input itself, and no dtype has a reason to be wrong about that.
        """
        far = abs(x)
        small = mp.log1p(mp.exp(-far))
        ramp = max(x, mpf(0))
        return ramp + small, _VALUE * (self.eps * (ramp + (1 + far) * small) + self.tiny)

    def sigmoid_pull_back(self, x: mpf, v: mpf) -> tuple[mpf, mpf]:
        """v·σ(x), and its tolerance, a little of it absolute: some right forms add up slopes of 1/2 and -1/2."""
        p = sigmoid(x)
        stretch = p + abs(x) * p * (1 - p)
        return v * p, _GRADIENT * (self.eps * stretch * abs(v) + 4 * self.tiny) + 2 * self.eps * abs(v)

    def loss(self, z: mpf, y: mpf, w: mpf) -> tuple[mpf, mpf]:
        """The loss of one label, and its tolerance: relative for labels 0 and 1, absolute for those between."""
        negative, negative_tolerance = self.softplus(z)
        positive, positive_tolerance = self.softplus(-z)
        value = (1 - y) * negative + w * y * positive
        if y == 0:
            return value, negative_tolerance
        if y == 1:
            return value, w * positive_tolerance + _VALUE * self.tiny
        return value, _VALUE * (self.eps * (1 + abs(z)) * max(w, mpf(1)) + self.tiny)

    def loss_pull_back(self, z: mpf, y: mpf, w: mpf, v: mpf) -> tuple[mpf, mpf]:
        """v times the loss's slope along z, and its tolerance, an absolute one: p and y may cancel."""
        slope = (1 - y) * sigmoid(z) - w * y * sigmoid(-z)
        return v * slope, _GRADIENT * (self.eps * (1 + w) * abs(v) + 4 * self.tiny)


def sigmoid(x: mpf) -> mpf:
    """σ(x) = 1 / (1 + exp(-x)), at mpmath's working precision."""
    return 1 / (1 + mp.exp(-x))


def _numbers(tensor: torch.Tensor) -> list[mpf]:
    return [mpf(x) for x in tensor.to(torch.float64).reshape(-1).tolist()]


def _tensor(numbers: Sequence[mpf], shape: torch.Size) -> torch.Tensor:
    return torch.tensor([float(x) for x in numbers], dtype=torch.float64).reshape(shape)


def _truth(name: str, shape: torch.Size, values: list, pulled: list, x: torch.Tensor) -> Truth:
    """From pairs (number, tolerance): those of the result, of shape `shape`, and those of the gradient along `x`."""
    value, tolerance = (_tensor(column, shape) for column in zip(*values, strict=True))
    gradient, gradient_tolerance = (_tensor(column, x.shape) for column in zip(*pulled, strict=True))
    return Truth(value, tolerance, {name: gradient}, {name: gradient_tolerance})


def softplus(case: Case, dtype: torch.dtype) -> Truth:
    """log(1 + exp(z)), elementwise."""
    z = case.arguments(dtype)["z"]
    with mp.workdps(DIGITS):
        has = Format(dtype)
        v = _numbers(case.weights(z.shape, dtype))
        values = [has.softplus(x) for x in _numbers(z)]
        pulled = [has.sigmoid_pull_back(x, w) for x, w in zip(_numbers(z), v, strict=True)]
        return _truth("z", z.shape, values, pulled, z)


def log_sigmoid(case: Case, dtype: torch.dtype) -> Truth:
    """log σ(z) = -softplus(-z), elementwise."""
    z = case.arguments(dtype)["z"]
    with mp.workdps(DIGITS):
        has = Format(dtype)
        v = _numbers(case.weights(z.shape, dtype))
        values = [(-value, tolerance) for value, tolerance in (has.softplus(-x) for x in _numbers(z))]
        pulled = [has.sigmoid_pull_back(-x, w) for x, w in zip(_numbers(z), v, strict=True)]
        return _truth("z", z.shape, values, pulled, z)


def _reduced(values: list, reduction: str, shape: torch.Size, eps: mpf) -> tuple[list, torch.Size, mpf]:
    """Values with tolerances after the reduction, their shape, and the share of each in the result."""
    if reduction == "none":
        return values, shape, mpf(1)
    share = mpf(1) / len(values) if reduction == "mean" else mpf(1)
    total = share * mp.fsum(value for value, _ in values)
    allowed = share * mp.fsum(tolerance for _, tolerance in values) + _VALUE * eps * abs(total)
    return [(total, allowed)], torch.Size([]), share


def _loss_truth(case: Case, dtype: torch.dtype, name: str, weighted: list, reduction: str) -> Truth:
    """`weighted` has a tuple (z, y, weight of positives, weight of the whole) for each element of the logits `name`."""
    z = case.arguments(dtype)[name]
    has = Format(dtype)
    losses = [has.loss(x, y, w) for x, y, w, _ in weighted]
    losses = [(u * a, u * b + _VALUE * has.tiny) for (a, b), (*_, u) in zip(losses, weighted, strict=True)]
    values, shape, share = _reduced(losses, reduction, z.shape, has.eps)
    v = _numbers(case.weights(shape, dtype)) * (1 if reduction == "none" else len(losses))
    pulled = [has.loss_pull_back(x, y, w, u * share * g) for (x, y, w, u), g in zip(weighted, v, strict=True)]
    return _truth(name, shape, values, pulled, z)


def bce_with_logits(case: Case, dtype: torch.dtype) -> Truth:
    """Binary cross-entropy of labels y in [0, 1] from logits z, reduced; as PyTorch defines it, `pos_weight` too."""
    arguments = case.arguments(dtype)
    z = arguments["z"]
    w = arguments.get("pos_weight", torch.ones((), dtype=dtype)).expand(z.shape)
    with mp.workdps(DIGITS):
        ones = [mpf(1)] * z.numel()
        weighted = list(zip(_numbers(z), _numbers(arguments["y"]), _numbers(w), ones, strict=True))
        return _loss_truth(case, dtype, "z", weighted, case.keywords.get("reduction", "mean"))


def bce_grad(case: Case, dtype: torch.dtype) -> Truth:
    """σ(z) - y, elementwise, within 4 eps."""
    arguments = case.arguments(dtype)
    z, y = arguments["z"], arguments["y"]
    with mp.workdps(DIGITS):
        slopes = [sigmoid(a) - b for a, b in zip(_numbers(z), _numbers(y), strict=True)]
        return Truth(_tensor(slopes, z.shape), torch.full(z.shape, 4 * torch.finfo(dtype).eps, dtype=torch.float64))


def multilabel_loss(case: Case, dtype: torch.dtype) -> Truth:
    """Mean over all N·C labels of the class's weight times the label's loss."""
    arguments = case.arguments(dtype)
    z = arguments["logits"]
    u = arguments["weight"].expand(z.shape)
    with mp.workdps(DIGITS):
        ones = [mpf(1)] * z.numel()
        weighted = list(zip(_numbers(z), _numbers(arguments["targets"]), ones, _numbers(u), strict=True))
        return _loss_truth(case, dtype, "logits", weighted, "mean")
