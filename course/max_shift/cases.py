"""What the four functions of unit 03 are tried on, grouped by behaviour."""

from __future__ import annotations

import torch

from course.kit.check import Behaviour, Case

_INF = float("inf")
_WIDE = (torch.float32, torch.float64, torch.bfloat16)
"""The dtypes that hold numbers beyond 65504."""

GRADIENT = frozenset({"gradient"})
CONDUCT = frozenset({"form", "conduct"})


def _t(numbers: object) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def _noise(*shape: int) -> torch.Tensor:
    """Fixed normal numbers, rounded so that every dtype holds them exactly."""
    generator = torch.Generator().manual_seed(3)
    return (16 * torch.randn(shape, generator=generator, dtype=torch.float64)).round() / 16


_ROWS = _t([[0, 1, 2], [1000, 1001, 1002], [-1000, -1001, -1002], [-96, -97, -98]])
_BATCHES = {
    "one row": _noise(5),
    "a matrix": _noise(2, 3),
    "a stack of attention scores": _noise(2, 1, 2, 3),
    "a transposed matrix": _noise(3, 2).T,
    "a single number in each row": _noise(3, 1),
}


ONE_MINUS_INF = "a -inf beside ordinary numbers"
MINUS_INF_ABOVE = "a row of -inf above an ordinary one"
PLUS_INF_ABOVE = "a row with +inf above an ordinary one"
ALL_HIDDEN = "a fully masked row above one that is not"
"""Labels of cases that have hints of their own."""

_LACKED = "one mask for every row, along the columns"


def _named(argument: str, batches: dict[str, torch.Tensor], **keywords: object) -> tuple[Case, ...]:
    return tuple(Case(label, {argument: x}, keywords) for label, x in batches.items())


def _along(argument: str, **keywords: object) -> tuple[Case, ...]:
    """Cases that notice when `dim` is ignored, fixed or mixed up; the square ones notice a lost dimension."""
    return (
        Case("the columns of a matrix", {argument: _noise(2, 3)}, {"dim": 0, **keywords}),
        Case("the columns of a square matrix", {argument: _noise(3, 3)}, {"dim": 0, **keywords}),
        Case("the rows of a square matrix", {argument: 4 * _noise(3, 3)}, {"dim": -1, **keywords}),
        Case("the middle dimension of three", {argument: _noise(2, 3, 2)}, {"dim": 1, **keywords}),
        Case("the last but one dimension", {argument: _noise(2, 2, 3)}, {"dim": -2, **keywords}),
        Case("the last dimension, not named", {argument: _noise(2, 2, 3)}, keywords),
    )


SOFTMAX = (
    Behaviour(
        "ordinary",
        "gives the weights exp(xᵢ) / Σ exp(xⱼ) of ordinary logits",
        _named(
            "logits", {"ordinary logits": _t([2.0, 1.0, 0.1]), "two ordinary rows": _t([[3, 2, 1], [0.5, -0.5, 0]])}
        ),
    ),
    Behaviour(
        "large-logits",
        "gives the exact weights for logits of any size, positive or negative",
        (
            *_named(
                "logits",
                {
                    "logits that span 2000": _t([[1000, 1, -1000]]),
                    "logits around 1000": _t([[1000, 1002, 1004]]),
                    "logits around -1000": _t([[-1000, -1002, -1004]]),
                    "logits near the end of float16": _t([[60000, 59968, -60000]]),
                    "a -inf among the logits": _t([[-_INF, 0, 1]]),
                },
            ),
            Case("logits of 1e30", {"logits": _t([[1e30, -1e30, 1e30]])}, dtypes=_WIDE),
        ),
    ),
    Behaviour(
        "each-row",
        "treats every row as if it were alone, along whichever dimension `dim` names",
        (*_named("logits", {"a batch whose rows differ by thousands": _ROWS}), *_along("logits")),
    ),
    Behaviour(
        "gradient",
        "can be differentiated, with right and finite gradients for large logits and for ties too",
        _named(
            "logits",
            {
                "ordinary logits": _t([[2.0, 1.0, 0.1], [3, 2, 1]]),
                "tied logits": _t([[1, 1, 0]]),
                "logits that span 2000": _t([[1000, 1, -1000], [-1000, -1001, -1002]]),
            },
        ),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        "returns a new tensor of the input's shape, dtype and device, leaves the input alone, and is built from "
        "arithmetic, exp, maximum and sum, in a dtype it was given (float32 for halves)",
        _named("logits", _BATCHES),
        CONDUCT,
    ),
)

LOGSUMEXP = (
    Behaviour(
        "finite-values",
        "gives log Σ exp(xᵢ) for numbers of any size, positive or negative",
        (
            *_named(
                "x",
                {
                    "ordinary numbers": _t([2.0, 1.0, 0.5]),
                    "two ordinary rows": _t([[3, 2, 1], [4, -0.5, 0]]),
                    "numbers around 1000": _t([[1000, 1002, 1004]]),
                    "numbers around -1000": _t([[-1000, -1002, -1004]]),
                    "numbers that span 2000": _t([[1000, 1, -1000]]),
                    "numbers near the end of float16": _t([[60000, 59968, -60000]]),
                },
            ),
            Case("numbers of 1e30", {"x": _t([[1e30, -1e30, 1e30]])}, dtypes=_WIDE),
        ),
    ),
    Behaviour(
        "each-row",
        "treats every row as if it were alone, along whichever dimension `dim` names, and keeps that dimension with "
        "length 1 when `keepdim` is true",
        (
            *_named("x", {"rows that differ by thousands": _ROWS}),
            *_along("x"),
            *_along("x", keepdim=True)[:4],
        ),
    ),
    Behaviour(
        "infinite-rows",
        "gives -inf for a row of -inf and +inf for a row that holds +inf, and no nan anywhere",
        _named(
            "x",
            {
                "a row of -inf": _t([[-_INF, -_INF, -_INF], [0, 1, 2]]),
                "a row that holds +inf": _t([[_INF, 0, 1], [0, 1, 2]]),
                "a row that holds both infinities": _t([[_INF, -_INF, 1]]),
                ONE_MINUS_INF: _t([[-_INF, 3, 4]]),
            },
        ),
    ),
    Behaviour(
        "gradient",
        "can be differentiated: the gradient is the softmax, at ties too, and where the result is infinite it is "
        "anything but nan",
        _named(
            "x",
            {
                "ordinary numbers": _t([[2.0, 1.0, 0.5], [3, 2, 1]]),
                "tied numbers": _t([[1, 1, 0]]),
                "numbers that span 2000": _t([[1000, 1, -1000], [-1000, -1001, -1002]]),
                MINUS_INF_ABOVE: _t([[-_INF, -_INF, -_INF], [0, 1, 2]]),
                PLUS_INF_ABOVE: _t([[_INF, 0, 1], [0, 1, 2]]),
                ONE_MINUS_INF: _t([[-_INF, 3, 4]]),
            },
        ),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        "returns a new tensor of the input's dtype and device, leaves the input alone, and is built from arithmetic, "
        "exp, log, maximum and sum, in a dtype it was given (float32 for halves)",
        _named("x", _BATCHES),
        CONDUCT,
    ),
)


def _masked(label: str, scores: object, mask: object, **keywords: object) -> Case:
    return Case(label, {"scores": _t(scores), "mask": torch.tensor(mask)}, keywords)


_SOME = _masked("a row with one place hidden", [[2, 1, 0.5], [1, 3, 2]], [[False, False, True], [True, False, False]])
_NONE_HIDDEN = _masked("a mask that hides nothing", [[2, 1, 0.5]], [[False, False, False]])
_ALL_HIDDEN = _masked(ALL_HIDDEN, [[1, 2, 3], [1, 2, 3]], [[True, True, True], [False, False, True]])
_NEGATIVE_AND_HIDDEN = _masked(
    "a hidden 1000 beside scores around -1000", [[-1000, -1002, 1000]], [[False, False, True]]
)

MASKED_SOFTMAX = (
    Behaviour(
        "visible",
        "is the softmax of the visible places, exact for scores of any size, and 0 at the hidden ones",
        (
            _SOME,
            _NONE_HIDDEN,
            _masked("scores around 1000", [[1000, 1002, 1004]], [[False, False, True]]),
            _masked("scores around -1000", [[-1000, -1002, -1004]], [[False, False, True]]),
            _masked("rows that differ by thousands", [[1000, 1001, 2], [-1000, -1001, 0]], [[False, False, True]] * 2),
        ),
    ),
    Behaviour(
        "hidden",
        "gives hidden places exactly 0, lets nothing that stands there (something huge, inf, nan) touch the visible "
        "ones, and gives a row of zeros where everything is hidden",
        (
            _NEGATIVE_AND_HIDDEN,
            _masked("a hidden inf", [[1, _INF, 2]], [[False, True, False]]),
            _masked("a hidden nan", [[1, float("nan"), 2]], [[False, True, False]]),
            _masked("a hidden 1000 beside small scores", [[1, 1000, 2]], [[False, True, False]]),
            # Here a hidden place filled with the lowest finite number weighs as much as the visible one.
            Case(
                "the lowest float16 score beside a hidden one",
                {"scores": _t([[-65504, 3]]), "mask": torch.tensor([[False, True]])},
                dtypes=(torch.float16,),
            ),
            _ALL_HIDDEN,
            _masked("one row, all of it hidden", [5, 6], [True, True]),
        ),
    ),
    Behaviour(
        "any-mask",
        "accepts a mask of any shape that broadcasts to the scores', and works along whichever dimension `dim` names",
        (
            _masked("one mask for every row", [[1, 2, 3], [3, 1, 2]], [False, True, False]),
            _masked("a mask for each row, whole rows at a time", [[1, 2, 3], [3, 1, 2]], [[True], [False]]),
            _masked("one mask for a stack", [[[1, 2], [3, 1]], [[0, 1], [2, 2]]], [[False, True], [False, False]]),
            _masked(
                "the columns of a matrix", [[1, 2, 3], [3, 1, 2]], [[False, True, True], [False, False, True]], dim=0
            ),
            _masked("the columns of a square matrix", [[1, 4], [3, 1]], [[False, True], [False, False]], dim=0),
            _masked("the rows of a square matrix", [[1, 4], [3, 1]], [[False, False], [False, False]], dim=-1),
            _masked("the middle dimension of three", [[[1, 2], [3, 5]]], [[[False, True], [False, False]]], dim=1),
            # The mask has no dimension 0 of its own: every column is hidden whole or not at all.
            _masked(_LACKED, [[1, 2, 3], [3, 1, 2]], [True, False, False], dim=0),
            _masked(f"{_LACKED}, counted from the end", [[1, 2, 3], [3, 1, 2]], [True, False, False], dim=-2),
        ),
    ),
    Behaviour(
        "gradient",
        "has right gradients for the visible scores, 0 for the hidden ones, and no nan in a fully masked row",
        (
            _SOME,
            _masked(
                "a fully masked row below one that is not",
                [[1, 2, 3], [1, 2, 3]],
                [[False, False, True], [True, True, True]],
            ),
            _NEGATIVE_AND_HIDDEN,
            _masked("a hidden inf", [[1, _INF, 2]], [[False, True, False]]),
        ),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        "returns a new tensor of the scores' shape, dtype and device, leaves scores and mask alone, and is built from "
        "arithmetic, exp, maximum, sum and where, in a dtype it was given (float32 for halves)",
        (
            _SOME,
            _masked("one row", [1, 2, 3], [False, True, False]),
            _masked("a stack of attention scores", [[[[1, 2], [3, 4]]]], [[[[False, True], [False, False]]]]),
            Case("a batch", {"scores": _noise(4, 6), "mask": _noise(4, 6) > 0.5}),
        ),
        CONDUCT,
    ),
)


def _energies(label: str, energies: object, temperature: float, dtypes: tuple | None = None) -> Case:
    keywords = {"temperature": temperature}
    more = {} if dtypes is None else {"dtypes": dtypes}
    return Case(label, {"energies": _t(energies)}, keywords, **more)


BOLTZMANN = (
    Behaviour(
        "ordinary",
        "gives the weights exp(-Eᵢ/T) / Σ exp(-Eⱼ/T), the lowest energy the likeliest",
        (
            _energies("ordinary energies", [0.5, 1.0, 2.0], 1.0),
            _energies("ordinary energies at half the temperature", [[0.5, 1.0, 2.0], [1, -1, 0]], 0.5),
            _energies("ordinary energies at a high temperature", [[0.5, 1.0, 2.0]], 100.0),
        ),
    ),
    Behaviour(
        "large-energies",
        "is exact for energies of any size that the dtype holds, positive or negative, each row as if it were alone",
        (
            _energies("energies around 1000", [[1000, 1002, 1004]], 1.0),
            _energies("energies around -1000", [[-1000, -1002, -1004]], 1.0),
            _energies("energies near the end of float16", [[60000, 59968, -60000]], 10.0),
            _energies("energies around a million", [[1e6, 1e6 + 1, 1e6 + 2]], 0.5, _WIDE),
            _energies("energies of minus and plus a million", [[-1e6, 1e6, -1e6]], 2.0, _WIDE),
            _energies(
                "rows whose energies differ by thousands", [[0, 1, 2], [1000, 1001, 1002], [-1000, -999, -998]], 1.0
            ),
        ),
    ),
    Behaviour(
        "low-temperature",
        "keeps its digits down to a temperature of 0.001",
        (
            _energies("close energies at T = 0.001", [[100.0, 100.002, 100.005]], 1e-3),
            _energies("ordinary energies at T = 0.001", [[0.001, 0.002, 0.5]], 1e-3),
            _energies("energies around -1000 at T = 0.001", [[-1000, -1000, -999]], 1e-3),
        ),
    ),
    Behaviour(
        "gradient",
        "can be differentiated, with right and finite gradients",
        (
            _energies("ordinary energies", [[0.5, 1.0, 2.0], [1, -1, 0]], 0.5),
            _energies("tied energies", [[1, 1, 2]], 1.0),
            _energies("energies around 1000", [[1000, 1002, 1004], [-1000, -998, 1000]], 1.0),
        ),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        "returns a new tensor of the energies' shape, dtype and device, leaves the energies alone, and is built from "
        "arithmetic, exp, minimum and sum, in a dtype it was given (float32 for halves)",
        (
            *_named("energies", _BATCHES, temperature=0.75),
            _energies("a square matrix", [[0, 3], [1, 0]], 0.5),
        ),
        CONDUCT | {"value"},
    ),
)
