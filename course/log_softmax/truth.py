"""The right results of unit 04, from 50-digit arithmetic, with the error that each dtype may make.

The course's bound, |error| ≤ 8·eps·(1 + |argument of the exponential|)·|result| + 8 smallest subnormals, reads for a
log-probability 8·eps·(|log pᵢ| + Σ pⱼ |zⱼ - max z|): the sum is what a rounded shift does to the log of the sum.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

import torch
from mpmath import mp, mpf

from course.kit.check import Case, Truth

DIGITS = 50

# Gradients go through more roundings than values: shift, exp, sum, logarithm, and back through each.
_VALUE, _GRADIENT = 8, 24


class Row:
    """The log-probabilities of one row of logits, and what a dtype may get wrong about them."""

    def __init__(self, logits: Sequence, dtype: torch.dtype):
        info = torch.finfo(dtype)
        self.eps, self.tiny, self.largest = info.eps, info.smallest_normal * info.eps, info.max
        z = [mpf(x) for x in logits]
        peak = z.index(max(z))
        self.shifted = [x - z[peak] for x in z]
        terms = [mp.exp(a) for a in self.shifted]
        # The others are summed on their own: 1 plus something tiny would lose it, at any number of digits.
        others = mp.fsum(t for j, t in enumerate(terms) if j != peak)
        self.log_p = [a - mp.log1p(others) for a in self.shifted]
        self.p = [t / (1 + others) for t in terms]
        self.stretch = [1 + abs(a) if mp.isfinite(a) else mpf(1) for a in self.shifted]
        self.mass = mp.fsum(p * (s - 1) for p, s in zip(self.p, self.stretch, strict=True))

    def value(self, i: int) -> mpf:
        """log pᵢ; -inf where the dtype has no number that large."""
        return self.log_p[i] if abs(self.log_p[i]) <= self.largest else mpf("-inf")

    def value_tolerance(self, i: int) -> mpf:
        """Of log pᵢ, relative to itself."""
        value = self.value(i)
        return _VALUE * (self.eps * (abs(value) + self.mass) + self.tiny) if mp.isfinite(value) else mpf(0)

    def loss(self, weights: list[mpf]) -> mpf:
        """Σ qᵢ (-log pᵢ); where qᵢ is 0, log pᵢ may be -inf."""
        return mp.fsum(-q * self.value(i) for i, q in enumerate(weights) if q)

    def loss_tolerance(self, weights: list[mpf]) -> mpf:
        """Of that loss. A loss far below 1 may be as wrong as one of 1: the log of a sum near 1 is."""
        return _VALUE * (self.eps * (1 + abs(self.loss(weights)) + self.mass) + self.tiny)

    def slope(self, weights: list[mpf], scale: mpf) -> tuple[list[mpf], list[mpf]]:
        """The gradient of `scale` times the loss with respect to the logits, and its tolerance."""
        gradient = [scale * (p - q) for p, q in zip(self.p, weights, strict=True)]
        tolerance = [
            _GRADIENT * (self.eps * abs(scale) * (p * s + q + (1 + self.mass) * (a == 0)) + 4 * self.tiny)
            for p, q, s, a in zip(self.p, weights, self.stretch, self.shifted, strict=True)
        ]
        return gradient, tolerance


def _double(numbers: list, shape: torch.Size) -> torch.Tensor:
    return torch.tensor([float(x) for x in numbers], dtype=torch.float64).reshape(shape)


def _matrix(tensor: torch.Tensor, dim: int) -> list[list[float]]:
    """The rows along `dim` as lists, in the order of the other dimensions."""
    return tensor.movedim(dim, -1).reshape(-1, tensor.shape[dim]).tolist()


def _along(numbers: list, like: torch.Tensor, dim: int) -> torch.Tensor:
    return _double([x for row in numbers for x in row], like.movedim(dim, -1).shape).movedim(-1, dim)


def _blank(rows: int, columns: int) -> list[list[mpf]]:
    return [[mpf(0)] * columns for _ in range(rows)]


def _weights(case: Case, shape: torch.Size, dtype: torch.dtype) -> torch.Tensor:
    return case.weights(shape, dtype).to(torch.float64)


def _one_hot(target: int, classes: int, smoothing: float = 0.0) -> list[mpf]:
    """The target distribution as PyTorch smooths it: smoothing/K on every class, the rest on the true one."""
    share = mpf(smoothing) / classes
    return [share + (1 - mpf(smoothing)) * (i == target) for i in range(classes)]


def log_softmax(case: Case, dtype: torch.dtype) -> Truth:
    """log(exp(z_i) / Σ exp(z_j)) along `dim` of the logits as `dtype` holds them."""
    z = case.arguments(dtype)["logits"].to(torch.float64)
    dim = case.keywords.get("dim", -1)
    v = _weights(case, z.shape, dtype)
    values, tolerances, gradients, gradient_tolerances = [], [], [], []
    with mp.workdps(DIGITS):
        for logits, upstream in zip(_matrix(z, dim), _matrix(v, dim), strict=True):
            row = Row(logits, dtype)
            places = range(len(logits))
            values.append([row.value(i) for i in places])
            tolerances.append([row.value_tolerance(i) for i in places])
            w = [mpf(x) for x in upstream]
            total, size = mp.fsum(w), mp.fsum(map(abs, w))
            gradients.append([w[i] - row.p[i] * total for i in places])
            gradient_tolerances.append(
                [
                    _GRADIENT
                    * (
                        row.eps
                        * (abs(w[i]) + size * (row.p[i] * row.stretch[i] + (1 + row.mass) * (row.shifted[i] == 0)))
                        + 4 * row.tiny
                    )
                    for i in places
                ]
            )
        return Truth(
            _along(values, z, dim),
            _along(tolerances, z, dim),
            {"logits": _along(gradients, z, dim)},
            {"logits": _along(gradient_tolerances, z, dim)},
        )


def nll(case: Case, dtype: torch.dtype) -> Truth:
    """Minus the log-probability of each target, classes on dimension 1 (a 1-D input is one row); reduced."""
    arguments = case.arguments(dtype)
    log_p, targets = arguments["log_probs"].to(torch.float64), arguments["targets"]
    reduction = case.keywords.get("reduction", "mean")
    dim = min(1, log_p.dim() - 1)
    rows, chosen = _matrix(log_p, dim), targets.reshape(-1).tolist()
    eps, tiny = torch.finfo(dtype).eps, torch.finfo(dtype).smallest_normal * torch.finfo(dtype).eps
    scale = 1 / mpf(len(rows)) if reduction == "mean" else mpf(1)
    shape = targets.shape if reduction == "none" else torch.Size(())
    v = _weights(case, shape, dtype).reshape(-1).tolist()
    with mp.workdps(DIGITS):
        losses = [-scale * mpf(row[t]) for row, t in zip(rows, chosen, strict=True)]
        bounds = [_VALUE * (eps * abs(loss) + tiny) if mp.isfinite(loss) else mpf(0) for loss in losses]
        slopes = [-scale * mpf(x) for x in (v if reduction == "none" else v * len(rows))]
        gradient = [[slopes[r] * (i == t) for i in range(len(rows[r]))] for r, t in enumerate(chosen)]
        if reduction != "none":
            losses, bounds = [sum(losses)], [mp.fsum(bounds)]
        return Truth(
            _double(losses, shape),
            _double(bounds, shape),
            {"log_probs": _along(gradient, log_p, dim)},
            {
                "log_probs": _along(
                    [[_GRADIENT * (eps * abs(g) + (tiny if g else 0)) for g in row] for row in gradient], log_p, dim
                )
            },
        )


def _mean_loss(
    z: torch.Tensor, dim: int, targets: torch.Tensor, dtype: torch.dtype, smoothing: float = 0.0, ignored: int = -100
) -> Iterator[tuple[Row, list[mpf]] | None]:
    """For each row its log-probabilities and the distribution it should have, or None where it is ignored."""
    for logits, target in zip(_matrix(z, dim), targets.reshape(-1).tolist(), strict=True):
        yield None if target == ignored else (Row(logits, dtype), _one_hot(target, len(logits), smoothing))


def cross_entropy(case: Case, dtype: torch.dtype) -> Truth:
    """The mean over rows that are not ignored of Σ qᵢ (-log pᵢ), as `torch.nn.functional.cross_entropy` defines it."""
    arguments = case.arguments(dtype)
    z, targets = arguments["logits"].to(torch.float64), arguments["targets"]
    dim = min(1, z.dim() - 1)
    scalar = torch.Size(())
    v = mpf(_weights(case, scalar, dtype).item())
    with mp.workdps(DIGITS):
        smoothing, ignored = case.keywords.get("label_smoothing", 0.0), case.keywords.get("ignore_index", -100)
        rows = list(_mean_loss(z, dim, targets, dtype, smoothing, ignored))
        counted = [row for row in rows if row]
        if not counted:
            undefined = torch.full(scalar, torch.nan, dtype=torch.float64)
            return Truth(undefined, torch.zeros(scalar, dtype=torch.float64))
        n = len(counted)
        value = mp.fsum(row.loss(q) for row, q in counted) / n
        bound = mp.fsum(row.loss_tolerance(q) for row, q in counted) / n
        blank = [mpf(0)] * z.shape[dim]
        slopes = [row[0].slope(row[1], v / n) if row else (blank, blank) for row in rows]
        return Truth(
            _double([value], scalar),
            _double([bound], scalar),
            {"logits": _along([g for g, _ in slopes], z, dim)},
            {"logits": _along([t for _, t in slopes], z, dim)},
        )


def perplexity(case: Case, dtype: torch.dtype) -> Truth:
    """exp of the mean loss over all positions, classes on the last dimension; inf where the dtype cannot hold it."""
    arguments = case.arguments(dtype)
    z, targets = arguments["logits"].to(torch.float64), arguments["targets"]
    scalar = torch.Size(())
    v = mpf(_weights(case, scalar, dtype).item())
    info = torch.finfo(dtype)
    # Long texts are made of few different tokens: each is worked out once.
    tokens = list(zip(map(tuple, _matrix(z, -1)), targets.reshape(-1).tolist(), strict=True))
    with mp.workdps(DIGITS):
        known = {(logits, t): (Row(logits, dtype), _one_hot(t, len(logits))) for logits, t in set(tokens)}
        counts = {token: mpf(count) / len(tokens) for token, count in Counter(tokens).items()}
        mean = mp.fsum(share * known[token][0].loss(known[token][1]) for token, share in counts.items())
        off = mp.fsum(share * known[token][0].loss_tolerance(known[token][1]) for token, share in counts.items())
        value = mp.exp(mean)  # off is absolute in the exponent, and so relative here
        if value > info.max:
            return Truth(torch.tensor(torch.inf, dtype=torch.float64), torch.zeros(scalar, dtype=torch.float64))
        slopes = {token: row.slope(q, v * value / len(tokens)) for token, (row, q) in known.items()}
        widened = {
            token: [t + 3 * abs(g) * off for g, t in zip(gradient, tolerance, strict=True)]
            for token, (gradient, tolerance) in slopes.items()
        }
        return Truth(
            _double([value], scalar),
            _double([value * (off + _VALUE * info.eps)], scalar),
            {"logits": _along([slopes[token][0] for token in tokens], z, -1)},
            {"logits": _along([widened[token] for token in tokens], z, -1)},
        )


def chunked_cross_entropy(case: Case, dtype: torch.dtype) -> Truth:
    """The mean loss of the logits hidden @ weight.T; their own rounding counts: eps times the sum of |products|."""
    arguments = case.arguments(dtype)
    hidden, weight = (arguments[name].to(torch.float64).tolist() for name in ("hidden", "weight"))
    targets = arguments["targets"].tolist()
    scalar = torch.Size(())
    v = mpf(_weights(case, scalar, dtype).item())
    info = torch.finfo(dtype)
    eps, tiny = mpf(info.eps), mpf(info.smallest_normal) * mpf(info.eps)
    n, d, classes = len(hidden), len(hidden[0]), len(weight)
    value, bound = mpf(0), mpf(0)
    grads, errors = ((_blank(n, d), _blank(classes, d)) for _ in range(2))
    with mp.workdps(DIGITS):
        h = [[mpf(x) for x in row] for row in hidden]
        w = [[mpf(x) for x in row] for row in weight]
        for i, t in enumerate(targets):
            z = [mp.fdot(h[i], w[j]) for j in range(classes)]
            size = max(mp.fsum(abs(a * b) for a, b in zip(h[i], w[j], strict=True)) for j in range(classes))
            row, q = Row(z, dtype), _one_hot(t, classes)
            value += row.loss(q) / n
            bound += (row.loss_tolerance(q) + _VALUE * eps * size) / n
            slope, off = row.slope(q, v / n)
            for j in range(classes):
                # An error of the logits moves p by twice p times that error at most.
                off_j = off[j] + _GRADIENT * eps * size * row.p[j] * 2 * abs(v) / n
                for k in range(d):
                    grads[0][i][k] += slope[j] * w[j][k]
                    errors[0][i][k] += off_j * abs(w[j][k]) + 4 * tiny
                    grads[1][j][k] += slope[j] * h[i][k]
                    errors[1][j][k] += off_j * abs(h[i][k]) + 4 * tiny
        shapes = (arguments["hidden"].shape, arguments["weight"].shape)
        flat = [[[x for r in rows for x in r] for rows in pair] for pair in (grads, errors)]
        return Truth(
            _double([value], scalar),
            _double([bound], scalar),
            {name: _double(x, s) for name, x, s in zip(("hidden", "weight"), flat[0], shapes, strict=True)},
            {name: _double(x, s) for name, x, s in zip(("hidden", "weight"), flat[1], shapes, strict=True)},
        )
