"""Claims of the stabilisation card."""

from __future__ import annotations

import torch
from mpmath import mp
from torch.nn import functional

from course.claims import exact, naive
from course.claims.exact import DTYPES, number, row
from course.claims.ledger import Evidence, claim, judge

_SHIFT, _LOG, _GRADIENT = "03-max-shift", "04-log-softmax", "07-cross-entropy-gradient"


@claim("C1", unit=_SHIFT, says="Subtracting the maximum leaves the probabilities unchanged.")
def same_probabilities(logits: tuple[float, ...] = (2.0, 1.0, 0.1, -3.0), power: float = 1.0) -> Evidence:
    """Naive and shifted against the exact weights of the unshifted logits; `power` would raise the shifted weights."""
    cases, alike = {}, []
    for name, dtype in DTYPES.items():
        x = torch.tensor(logits, dtype=dtype)
        true = exact.softmax(x.tolist())
        plain, shifted = naive.softmax(x), naive.shifted_softmax(x) ** power
        bound = 8 * torch.finfo(dtype).eps * (1 + max(logits) - min(logits))
        cases[name] = max(exact.worst(p.tolist(), true) for p in (plain, shifted)) <= bound
        alike += [f"{name} {row(shifted.tolist())}"]
    large = torch.tensor([1000.0, 999.0])
    return judge(
        cases,
        {
            "exact": row(map(float, exact.softmax(logits))),
            "shifted": "; ".join(alike),
            "logits 1000, 999 in float32": f"naive {', '.join(map(str, naive.softmax(large).tolist()))}, shifted "
            f"{row(naive.shifted_softmax(large).tolist())}",
        },
        holds="Unchanged to rounding, where both forms have a value; where exp overflows only the shifted one has.",
        false="They change.",
    )


def _slope_of_true_class(loss, logits: tuple[float, ...]) -> tuple[float, list[float]]:
    x = torch.tensor([logits], dtype=torch.float64, requires_grad=True)
    loss(x).backward()
    return x.grad[0, 0].item(), x.detach().softmax(-1)[0].tolist()


def _squared_error(x: torch.Tensor) -> torch.Tensor:
    return (x.softmax(-1) - functional.one_hot(torch.tensor([0]), x.shape[-1])).square().sum()


_LOSSES = {
    "cross-entropy": lambda x: functional.cross_entropy(x, torch.tensor([0])),
    "squared error of the probabilities": _squared_error,
}


@claim(
    "C2",
    unit=_GRADIENT,
    says="With softmax and cross-entropy, extremely positive logits on wrong classes give nearly one-hot outputs and "
    "tiny gradients on the correct class.",
)
def confidently_wrong(wrong: float = 30, tiny: float = 1e-6, loss: str = "cross-entropy") -> Evidence:
    """Logits 0, wrong, 0 with the first class true: its gradient under two losses, in float64."""
    slopes, weights = {}, []
    for name, function in _LOSSES.items():
        slopes[name], weights = _slope_of_true_class(function, (0.0, wrong, 0.0))
    one_hot = max(weights) > 0.99
    small = [name for name, slope in slopes.items() if abs(slope) < tiny]
    return judge(
        {loss: one_hot and loss in small},
        {
            "outputs": ", ".join(number(p, 2) for p in weights),
            **{f"gradient on the true logit, {name}": number(slope, 2) for name, slope in slopes.items()},
        },
        holds="It is p - y through softmax's Jacobian, which vanishes there.",
        false=f"Nearly one-hot: {'yes' if one_hot else 'no'}. But the gradient is {number(slopes[loss], 2)}, and p - 1 "
        f"can be no larger than 1 in size. Tiny is that of the {', '.join(small) or 'none of these'}.",
    )


@claim("C3", unit=_LOG, says="Label smoothing spreads its mass over the classes other than the true one.")
def smoothed_targets(smoothing: float = 0.1, classes: int = 5, true_gets: float = 0.0) -> Evidence:
    """PyTorch's target distribution, read off the gradient p - q; `true_gets` is the true class's share of the mass."""
    x = torch.arange(classes, dtype=torch.float64).unsqueeze(0).requires_grad_()
    functional.cross_entropy(x, torch.tensor([0]), label_smoothing=smoothing).backward()
    q = (x.detach().softmax(-1) - x.grad)[0].tolist()
    share = (q[0] - (1 - smoothing)) / smoothing
    return judge(
        {"PyTorch": abs(share - true_gets) < 1e-9},
        {
            f"targets for ε = {number(smoothing)}, {classes} classes, the first true": ", ".join(number(v) for v in q),
            "with the mass on the others alone they would be": ", ".join(
                number(v) for v in [1 - smoothing, *[smoothing / (classes - 1)] * (classes - 1)]
            ),
        },
        holds=f"The true class gets {number(true_gets)} of the mass.",
        false=f"PyTorch spreads it over all {classes} classes: each gets ε/K = {number(smoothing / classes)}, the true "
        f"one too, {number(q[0])} in all.",
    )


@claim("C4", unit=_GRADIENT, says="For the loss of one row, the fused cross-entropy's backward is p_i - 1[i = y].")
def backward_of_cross_entropy(
    logits: tuple[tuple[float, ...], ...] = ((2.0, 1.0, 0.1), (-1.0, 3.0, 0.5)),
    targets: tuple[int, ...] = (0, 2),
    label_smoothing: float = 0.0,
) -> Evidence:
    """Row by row in float64, against p - y from 60 digits; then two settings that change it."""
    true = [
        [float(p - (i == y)) for i, p in enumerate(exact.softmax(numbers))]
        for numbers, y in zip(logits, targets, strict=True)
    ]

    def backward(**keywords) -> list[list[float]]:
        x = torch.tensor(logits, dtype=torch.float64, requires_grad=True)
        functional.cross_entropy(x, torch.tensor(targets), **keywords).backward()
        return x.grad.tolist()

    got = backward(reduction="sum", label_smoothing=label_smoothing)
    cases = {
        f"row {k}": all(abs(a - b) < 1e-12 for a, b in zip(g, t, strict=True))
        for k, (g, t) in enumerate(zip(got, true, strict=True), 1)
    }
    return judge(
        cases,
        {
            "p - y": "; ".join(row(r) for r in true),
            "each row's own loss": "; ".join(row(r) for r in got),
            'reduction="mean", the default': "; ".join(row(r) for r in backward()),
            "label_smoothing=0.1": "; ".join(row(r) for r in backward(reduction="sum", label_smoothing=0.1)),
        },
        holds="The mean over rows divides it by their number, and label smoothing replaces 1[i = y].",
        false="It is p minus the smoothed targets.",
    )


@claim("C5", unit=_GRADIENT, says="Even a stable softmax can produce gradients that are finite yet enormous.")
def enormous_gradients(enormous: float = 1000) -> Evidence:
    """The largest gradient of one row's cross-entropy, sure and wrong, with respect to four things, in float32."""
    x = torch.tensor([[0.0, 80.0]], requires_grad=True)
    functional.cross_entropy(x, torch.tensor([0])).backward()
    p = x.detach().softmax(-1).requires_grad_()
    (-p[0, 0].log()).backward()
    weight = torch.tensor([[0.0], [80e-6]], requires_grad=True)
    functional.cross_entropy(torch.tensor([[1e6]]) @ weight.T, torch.tensor([0])).backward()
    cold = torch.tensor([[0.0, 80e-6]], requires_grad=True)
    functional.cross_entropy(cold / 1e-6, torch.tensor([0])).backward()
    sizes = {
        "the logits": x.grad,
        "the probabilities": p.grad,
        "weights behind an input of 1e6": weight.grad,
        "logits divided by a temperature of 1e-6": cold.grad,
    }
    largest = {name: g.abs().max().item() for name, g in sizes.items()}
    return judge(
        {f"with respect to {name}": enormous < size < float("inf") for name, size in largest.items()},
        {f"largest gradient, {name}": number(size, 2) for name, size in largest.items()},
        only_if="it is {yes}. Not: {no}, where |p - y| is at most 1.",
        false="None of these is as large as that.",
    )


@claim(
    "C6",
    unit=_LOG,
    says="A fused log-softmax avoids computing probabilities and so avoids underflow in the logs.",
)
def fused_log_softmax(gap: float = 1000) -> Evidence:
    """The log-probability of the smaller of two logits, composed and fused, in every dtype; then the backward pass."""
    cases, shown = {}, []
    for name, dtype in DTYPES.items():
        x = torch.tensor([0.0, -gap], dtype=dtype)
        fused, composed = torch.log_softmax(x, -1)[1].item(), x.softmax(-1).log()[1].item()
        with mp.workdps(exact.DIGITS):
            true = x[1].item() - exact.softplus(x[1].item())
        cases[name] = exact.relative_error(fused, true) <= 8 * torch.finfo(dtype).eps
        shown.append(f"{name} {number(composed)} and {number(fused)}")
    leaf = torch.tensor([0.0, -gap], requires_grad=True)
    torch.log_softmax(leaf, -1)[0].backward()
    return judge(
        cases,
        {
            f"logits 0, -{number(gap)}: log(softmax) and log_softmax of the second": "; ".join(shown),
            "gradient of the first log-probability": ", ".join(number(g) for g in leaf.grad.tolist()),
        },
        holds="It takes no logarithm of a weight. Its backward pass does compute weights, and there they may be 0.",
        false="The logarithms are not right either.",
    )
