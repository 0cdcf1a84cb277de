"""The inputs on which answers and misconceptions are compared: ordinary ones and every extreme the unit speaks of."""

from __future__ import annotations

from dataclasses import dataclass, field

import torch

ALL = (torch.float32, torch.float64, torch.float16, torch.bfloat16)
WIDE = (torch.float32, torch.float64, torch.bfloat16)
INF, NAN = float("inf"), float("nan")


@dataclass(frozen=True, eq=False)
class Case:
    """One call: a float64 tensor to be cast, and the other arguments by name."""

    label: str
    x: torch.Tensor
    keywords: dict = field(default_factory=dict)
    dtypes: tuple[torch.dtype, ...] = ALL


def _normal(*shape: int, scale: float = 3.0) -> torch.Tensor:
    generator = torch.Generator().manual_seed(sum(k * n for k, n in enumerate(shape, 17)))
    return scale * torch.randn(shape, generator=generator, dtype=torch.float64)


def _float(*rows) -> torch.Tensor:
    return torch.tensor(rows[0] if len(rows) == 1 else rows, dtype=torch.float64)


LOGITS = (
    Case("a vector", _normal(5)),
    Case("one number", _normal(1)),
    Case("a batch", _normal(3, 4)),
    Case("a square batch", _normal(3, 3)),
    Case("dimension 0", _normal(3, 3), {"dim": 0}),
    Case("dimension 1 of three", _normal(2, 4, 3), {"dim": 1}),
    Case("dimension -2 of four", _normal(2, 3, 4, 2), {"dim": -2}),
    Case("a transposed batch", _normal(4, 3).t()),
    Case("every second logit", _normal(3, 8)[:, ::2]),
    Case("ties", _float([2, 2, 0], [1, 1, 1])),
    Case("large logits", _float([1000, 1, -1000], [1000, 1001, 998])),
    Case("very negative logits", _float([-1000, -1001, -999])),
    Case("logits near -60", _float([-60, -61])),
    Case("logits near -110", _float([-110, -112, -111])),
    Case("logits near -20", _float([-20, -21, -22])),
    Case("logits near 20", _float([20, 21, 15])),
    Case("rows far apart", _float([0, 1, 2], [-500, -501, -499], [500, 499, 480])),
    Case("100 and 90", _float([100, 90])),
    Case("12 and 11", _float([12, 11, 0])),
    Case("a spread of 200", _float([200, 0], [0, -200])),
    Case("one far above nine", _float([0, 0, 0, 0, 0, 0, 0, 0, 0, 1000])),
    Case("a spread of 60", _float([0, -60, -30])),
    Case("tens, whose float16 exponentials have an infinite sum", torch.full((10,), 10.0, dtype=torch.float64)),
    Case("the ends of float16", _float([60000, -60000, 59968])),
    Case("a logit of -inf", _float([0, -INF, 1], [-INF, 300, -INF])),
    Case("the ends of float32", _float([3e38, -3e38, 0]), dtypes=WIDE),
)

SUMS = (
    *LOGITS,
    Case("keepdim", _normal(2, 3), {"keepdim": True}),
    Case("one row of a batch", _normal(1, 3)),
    Case("attention scores with one head", _normal(2, 1, 2, 3)),
    Case("a -inf beside ordinary numbers", _float([-INF, 3, 4])),
    Case("keepdim along dimension 0", _normal(3, 3), {"dim": 0, "keepdim": True}),
    Case("a result of 0", torch.tensor([0.5, 0.5], dtype=torch.float64).log()),
    Case("a row of -inf", _float([-INF, -INF, -INF], [1, 2, 3])),
    Case("nothing but -inf", _float([-INF, -INF])),
    Case("an entry of +inf", _float([INF, 1, 2], [1, 2, 3])),
    Case("both infinities", _float([INF, -INF, INF], [-INF, -INF, -INF])),
)


def _masked(label: str, x: torch.Tensor, mask: list, dtypes: tuple[torch.dtype, ...] = ALL, **keywords) -> Case:
    return Case(label, x, {"mask": torch.tensor(mask).bool(), **keywords}, dtypes)


SCORES = (
    _masked("a vector", _float([1, 2, 3]), [0, 0, 1]),
    _masked("nothing hidden", _normal(2, 3), [[0, 0, 0], [0, 0, 0]]),
    _masked("a batch", _normal(3, 4), [[0, 1, 0, 0], [0, 0, 1, 1], [1, 0, 0, 0]]),
    _masked("one mask for all rows of a square", _normal(3, 3), [0, 1, 0]),
    _masked("one mask for all rows", _normal(2, 3), [1, 0, 0]),
    _masked("a mask of one column", _normal(2, 3), [[0], [1]]),
    _masked("a causal mask for two heads", _normal(2, 3, 3), [[0, 1, 1], [0, 0, 1], [0, 0, 0]]),
    _masked("dimension 0", _normal(3, 3), [[0, 1, 0], [0, 1, 1], [1, 1, 0]], dim=0),
    _masked("dimension 1 of four", _normal(2, 3, 2, 2), [[0, 1], [0, 0]], dim=1),
    _masked("a transposed batch", _normal(3, 2).t(), [[0, 0, 1], [1, 0, 0]]),
    _masked("a mask without dimension 0, along which it hides", _float([1, 2, 3], [3, 1, 2]), [1, 0, 0], dim=0),
    _masked("the same dimension from the end", _float([1, 2, 3], [3, 1, 2]), [1, 0, 0], dim=-2),
    _masked("scores near 1000 above a hidden row", _float([1000, 1002, 1004], [1, 2, 3]), [[0, 0, 1], [1, 1, 1]]),
    _masked("a fully hidden row", _float([1, 2, 3], [3, 2, 0]), [[1, 1, 1], [0, 1, 0]]),
    _masked("a fully hidden vector", _float([4, 5]), [1, 1]),
    _masked("large scores", _float([1000, 1001, 900], [-1000, -1001, -998]), [[0, 0, 1], [0, 0, 1]]),
    _masked("very negative scores", _float([-30000, -30001, -29000]), [0, 0, 1]),
    _masked("a large hidden score", _float([0, 1, 1000], [0, 1, 60]), [0, 0, 1]),
    _masked("a hidden score 25 above", _float([0, 1, 25]), [0, 0, 1]),
    _masked("rows far apart", _float([500, 499, 1], [-500, -501, 2]), [0, 0, 1]),
    _masked("hidden inf", _float([0, 1, INF], [0, INF, 2]), [[0, 0, 1], [0, 1, 0]]),
    _masked("hidden nan", _float([0, 1, NAN], [NAN, NAN, NAN]), [[0, 0, 1], [1, 1, 1]]),
    _masked("hidden -inf", _float([0, -INF, 1]), [0, 1, 0]),
    _masked("a visible -inf", _float([0, -INF, 1]), [0, 0, 1]),
    _masked("a visible score at the bottom of float16", _float([-65504, 3]), [0, 1], (torch.float16,)),
    _masked("hidden scores at the end of float32", _float([0, 3e38, 1], [5, -3e38, 3e38]), [0, 1, 1], WIDE),
)


def _at(label: str, x: torch.Tensor, temperature: float, dtypes: tuple[torch.dtype, ...] = ALL) -> Case:
    return Case(label, x, {"temperature": temperature}, dtypes)


ENERGIES = (
    _at("a vector", _float([0, 1, 2]), 1.0),
    _at("one state", _float([7]), 0.5),
    _at("a batch", _normal(3, 4), 2.0),
    _at("a square batch", _normal(3, 3), 0.7),
    _at("three dimensions", _normal(2, 3, 4), 3),
    _at("four dimensions", _normal(2, 2, 1, 3), 10.0),
    _at("a transposed batch", _normal(3, 2).t(), 1.5),
    _at("high energies", _float([1000, 1001, 1002]), 1.0),
    _at("deep energies", _float([-1000, -1001, -998]), 1.0),
    _at("0 and 100", _float([0, 100]), 1.0),
    _at("negative energies", _float([-200, -10, -199]), 1.0),
    _at("systems far apart", _float([0, 1, 2], [500, 501, 502]), 1.0),
    _at("ties", _float([3, 3, 4], [2, 2, 2]), 1.0),
    _at("a low temperature", _float([0, 0.0005, 0.001, 0.01]), 1e-3),
    _at("energies of 5 at a low temperature", _float([5, 5.0078125, 5.015625]), 1e-2),
    _at("bounded states at a low temperature", _float([-0.5, -0.4, -0.49]), 1e-3),
    _at("close energies of 10000", _float([10000, 10000.001953125]), 1e-3, (torch.float32, torch.float64)),
    _at("energies of a million", _float([1e6, -1e6, 999999.5], [1e6, 1e6 - 0.0625, 1e6]), 1e-3, WIDE),
    _at("the ends of float16", _float([60000, -60000, 59968]), 1e-3),
    _at("a high temperature", _float([0, 1, 5000]), 1e4),
    _at("sums below an epsilon", _float([30, 31, 32]), 1.0),
    _at("a state of infinite energy", _float([0, INF, 1]), 1.0),
)

CASES = {"softmax": LOGITS, "logsumexp": SUMS, "masked_softmax": SCORES, "boltzmann": ENERGIES}
