"""Claims of the softmax article: one batch of three rows, its loss and its gradients. Unit 03 fact-checks them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch.nn import functional

from course.claims import exact, naive
from course.claims.exact import DTYPES, number, row
from course.claims.ledger import Evidence, claim, judge

_SHIFT = "03-max-shift"
_BATCH = ((2.0, 1.0, 0.1), (1000.0, 1.0, -1000.0), (3.0, 2.0, 1.0))
_TARGETS = (0, 2, 1)


def _batch() -> torch.Tensor:
    return torch.tensor(_BATCH, dtype=torch.float32)


def _naive_loss(logits: torch.Tensor) -> torch.Tensor:
    return -naive.softmax(logits)[range(3), _TARGETS].log().mean()


def _stable_loss(logits: torch.Tensor) -> torch.Tensor:
    return functional.cross_entropy(logits, torch.tensor(_TARGETS))


def _loss_and_gradient(loss: Callable[[torch.Tensor], torch.Tensor]) -> tuple[float, list[list[float]]]:
    logits = _batch().requires_grad_()
    value = loss(logits)
    value.backward()
    return value.item(), logits.grad.tolist()


def _same(got: Sequence[float], printed: Sequence[float], places: int = 4) -> bool:
    """Whether numbers print alike; nan is like nan."""
    return row(got, places) == row(printed, places)


@claim(
    "A1",
    unit=_SHIFT,
    says="For logits [[2, 1, 0.1], [1000, 1, -1000], [3, 2, 1]], naive float32 softmax gives row two as nan, 0, nan.",
)
def broken_row(printed: tuple[float, ...] = (float("nan"), 0.0, float("nan"))) -> Evidence:
    """Row two of the naive softmax."""
    got = naive.softmax(_batch())[1].tolist()
    shown = ", ".join(number(v) for v in got)
    return judge({"row two": _same(got, printed)}, {"row two": shown}, false=f"It is {shown}: exp(-1000) / inf is 0.")


@claim("A2", unit=_SHIFT, says="Rows one and three print as 0.6590 0.2424 0.0986 and 0.6652 0.2447 0.0900.")
def good_rows(one: str = "0.6590 0.2424 0.0986", three: str = "0.6652 0.2447 0.0900") -> Evidence:
    """The two rows of the naive softmax with four decimals, and from 60 digits."""
    weights = naive.softmax(_batch())
    got = [row(weights[i].tolist()) for i in (0, 2)]
    true = [row(map(float, exact.softmax(weights_of))) for weights_of in _batch()[[0, 2]].tolist()]
    return judge(
        {"row one": got[0] == one, "row three": got[1] == three},
        {"computed": " and ".join(got), "exact": " and ".join(true)},
    )


@claim("A3", unit=_SHIFT, says="With targets 0, 2, 1 the naive mean loss is inf.")
def naive_mean_loss(value: float = float("inf")) -> Evidence:
    """The loss in float32."""
    got = _loss_and_gradient(_naive_loss)[0]
    losses = -naive.softmax(_batch())[range(3), _TARGETS].log()
    return judge(
        {"mean loss": got == value},
        {"mean": number(got), "by row": ", ".join(number(v) for v in losses.tolist())},
        false=f"It is {number(got)}.",
    )


@claim(
    "A4",
    unit=_SHIFT,
    says="Under the naive loss the good rows' gradients are 0.1137, -0.0808, -0.0329 and 0.1117, -0.2518, 0.1400.",
)
def good_gradients(
    one: tuple[float, ...] = (0.1137, -0.0808, -0.0329), three: tuple[float, ...] = (0.1117, -0.2518, 0.1400)
) -> Evidence:
    """Autograd's gradients with four decimals; (p - y)/3 from 60 digits beside them."""
    gradient = _loss_and_gradient(_naive_loss)[1]
    true = []
    for i in (0, 2):
        weights = exact.softmax(_batch()[i].tolist())
        true.append(row(float((p - (k == _TARGETS[i])) / 3) for k, p in enumerate(weights)))
    return judge(
        {"row one": _same(gradient[0], one), "row three": _same(gradient[2], three)},
        {"row one": row(gradient[0]), "row three": row(gradient[2]), "exact": " and ".join(true)},
        holds="They are (p - y)/3.",
        false=f"They are {row(gradient[0])} and {row(gradient[2])}. The first row's signs are reversed; of the second, "
        f"{sum(abs(a - b) > 1e-3 for a, b in zip(gradient[2], three, strict=True))} numbers of three are wrong.",
    )


@claim("A5", unit=_SHIFT, says="The bad row's gradient is all nan.")
def bad_gradient(expected: tuple[bool, ...] = (True, True, True)) -> Evidence:
    """Which entries of row two's gradient are nan."""
    gradient = _loss_and_gradient(_naive_loss)[1][1]
    shown = ", ".join(number(v) for v in gradient)
    return judge({"row two": tuple(v != v for v in gradient) == expected}, {"row two": shown}, false=f"It is {shown}.")


@claim("A6", unit=_SHIFT, says="The stable mean loss of that batch is 2000.")
def stable_mean_loss(value: float = 2000) -> Evidence:
    """torch's cross_entropy with mean and by row, and the mean from 60 digits."""
    got = _loss_and_gradient(_stable_loss)[0]
    losses = functional.cross_entropy(_batch(), torch.tensor(_TARGETS), reduction="none").tolist()
    true = sum(exact.logsumexp(r) - r[t] for r, t in zip(_batch().tolist(), _TARGETS, strict=True)) / 3
    return judge(
        {"mean loss": abs(got - value) < 0.01},
        {"mean": f"{got:.2f}", "exact": f"{float(true):.2f}", "by row": ", ".join(number(v) for v in losses)},
        false=f"It is {got:.2f}; {number(max(losses))} is the loss of row two alone.",
    )


@claim("A7", unit=_SHIFT, says="The stable gradient of the bad row is 1/3, 1/3, -2/3.")
def stable_gradient(printed: tuple[float, ...] = (1 / 3, 1 / 3, -2 / 3)) -> Evidence:
    """Row two of the gradient of torch's cross_entropy."""
    gradient = _loss_and_gradient(_stable_loss)[1][1]
    weights = ", ".join(number(p) for p in _batch()[1].softmax(-1).tolist())
    return judge(
        {"row two": _same(gradient, printed)},
        {"row two": row(gradient), "its p": weights},
        false=f"It is {row(gradient)}: a third of p - y, with p = {weights}.",
    )


@claim("A8", unit=_SHIFT, says="After the shift, exp(-999) and exp(-2000) are tiny but not quite zero.")
def tiny_terms(arguments: tuple[float, ...] = (-999.0, -2000.0)) -> Evidence:
    """The computed exponentials in every dtype."""
    computed = {name: torch.tensor(arguments, dtype=dtype).exp().tolist() for name, dtype in DTYPES.items()}
    return judge(
        {name: all(v != 0 for v in values) for name, values in computed.items()},
        {
            "computed": "; ".join(f"{name} {', '.join(map(number, values))}" for name, values in computed.items()),
            "exact": ", ".join(number(exact.exp(x), 2) for x in arguments),
            "smallest positive float64": number(2.0**-1074, 2),
        },
        false="Both are exactly 0, in float64 too.",
    )


@claim("A9", unit=_SHIFT, says="Any number may be subtracted from the logits.")
def any_shift(shifts: Sequence[int] = range(2001), logits: tuple[float, ...] = (1000.0, 1.5, 0.2, -2.0)) -> Evidence:
    """Every whole number from 0 to 2000 as the shift, in float32; right means the exact weights."""
    true = exact.softmax(logits)
    shifted = torch.tensor(logits) - torch.tensor(list(shifts), dtype=torch.float32).unsqueeze(-1)
    bound = 8 * torch.finfo(torch.float32).eps
    weights = naive.softmax(shifted).tolist()
    right = [
        c
        for c, p in zip(shifts, weights, strict=True)
        if all(abs(a - b) <= bound for a, b in zip(p, true, strict=True))
    ]
    moved = exact.softmax(x - 2000 for x in logits)
    in_theory = all(abs(a - b) < 1e-50 for a, b in zip(true, moved, strict=True))
    return judge(
        {"exact arithmetic": in_theory, "all shifts in float32": len(right) == len(shifts)},
        {
            "shifts that give the right weights": f"{len(right)} of {len(shifts)}"
            + (f", {right[0]} to {right[-1]}" if right else ""),
            "logits": ", ".join(number(x) for x in logits),
        },
        holds="All of these shifts are right.",
        only_if=f"the arithmetic is exact: in float32, {len(right)} of {len(shifts)} whole numbers give right weights.",
    )


@claim("A10", unit=_SHIFT, says="One nan row of gradients corrupts all weights of a linear layer.")
def nan_spreads(poison: float = float("nan")) -> Evidence:
    """A linear layer with 4 inputs and 3 outputs on 3 rows, row two of zeros; its output's gradient has one bad row."""
    hidden = torch.tensor([[1.0, -2.0, 0.5, 3.0], [0.0, 0.0, 0.0, 0.0], [2.0, 1.0, -1.0, 0.5]])
    weight = torch.zeros(3, 4, requires_grad=True)
    upstream = torch.tensor([[0.1, -0.1, 0.0], [poison] * 3, [0.1, 0.2, -0.3]])
    (hidden @ weight.T).backward(upstream)
    lost = int(weight.grad.isnan().sum())
    return judge(
        {"all weights": lost == weight.numel()},
        {"weights with a nan gradient": f"{lost} of {weight.numel()}", "inputs of the bad row": "all 0"},
        holds="Even behind inputs of 0, because 0 · nan is nan.",
        false=f"{lost} of {weight.numel()} weights are nan.",
    )
