"""What the five functions of unit 04 are tried on, grouped by behaviour."""

from __future__ import annotations

import torch

from course.kit.check import Behaviour, Case

_INF = float("inf")
_WIDE = (torch.float32, torch.float64, torch.bfloat16)
"""The dtypes that hold numbers beyond 65504."""

GRADIENT = frozenset({"gradient"})
CONDUCT = frozenset({"form", "conduct"})

ALL_IGNORED = "a batch in which every target is ignored"
HIDDEN_CLASS = "a class with the logit -inf beside the true one"
TIED = "tied logits"
"""Labels of cases that have hints of their own."""


def _t(numbers: object) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float64)


def _noise(*shape: int, seed: int = 4) -> torch.Tensor:
    """Fixed normal numbers, rounded so that every dtype holds them exactly."""
    generator = torch.Generator().manual_seed(seed)
    return (16 * torch.randn(shape, generator=generator, dtype=torch.float64)).round() / 16


def _logits(batches: dict[str, object], **keywords: object) -> tuple[Case, ...]:
    return tuple(Case(label, {"logits": _t(x) if isinstance(x, list) else x}, keywords) for label, x in batches.items())


_ROWS = [[0, 1, 2], [1000, 1001, 1002], [-1000, -1001, -1002], [-96, -97, -98]]

LOG_SOFTMAX = (
    Behaviour(
        "ordinary",
        "gives the log-probabilities log(exp(zᵢ) / Σ exp(zⱼ)) of ordinary logits",
        _logits({"ordinary logits": [2.0, 1.0, 0.5], "two ordinary rows": [[3, 2, 1], [0.5, -0.5, 0]]}),
    ),
    Behaviour(
        "far-apart",
        "is exact where a probability is too small for the dtype, and for logits of any size",
        (
            *_logits(
                {
                    "logits that span 2000": [[1000, 1, -1000]],
                    "logits that span 30": [[30, 29, 0]],
                    "logits around 1000": [[1000, 1001, 1002]],
                    "logits around -1000": [[-1000, -1002, -1001]],
                    "logits near the end of float16": [[60000, 60000, 59936]],
                    "a -inf among the logits": [[-_INF, 0, 1]],
                }
            ),
            Case("logits of 1e30", {"logits": _t([[1e30, -1e30, 1e30]])}, dtypes=_WIDE),
        ),
    ),
    Behaviour(
        "each-row",
        "treats every row as if it were alone, along whichever dimension `dim` names",
        (
            *_logits({"a batch whose rows differ by thousands": _ROWS}),
            *_logits({"the columns of a matrix": _noise(2, 3)}, dim=0),
            *_logits({"the columns of a square matrix": _noise(3, 3)}, dim=0),
            *_logits({"the rows of a square matrix": _noise(3, 3)}, dim=-1),
            *_logits({"the middle dimension of three": _noise(2, 3, 2)}, dim=1),
            *_logits({"the last dimension, not named": _noise(2, 2, 3)}),
        ),
    ),
    Behaviour(
        "near-certainty",
        "keeps its digits where a probability is so close to 1 that its logarithm is tiny",
        _logits(
            {
                "two logits that lie 20 apart": [[0, -20]],
                "three logits of which one leads by 12": [[5, -7, -8], [-400, -412, -412]],
                "a leading logit in the middle": [[0, 9, 0.5]],
                "two leaders that tie": [[4, 4, -9]],
            }
        ),
    ),
    Behaviour(
        "gradient",
        "can be differentiated, with right and finite gradients, at ties too and where the probability is 0",
        _logits(
            {
                "ordinary logits": [[2.0, 1.0, 0.5], [3, 2, 1]],
                TIED: [[1, 1, 0]],
                "logits that span 2000": [[1000, 1, -1000], [-1000, -1001, -1002]],
                "two logits that lie 20 apart": [[0, -20]],
            }
        ),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        "returns a new tensor of the input's shape, dtype and device, leaves the input alone, and is built from "
        "arithmetic, exp, log, maximum and sum, in a dtype it was given (float32 for halves)",
        _logits(
            {
                "one row": _noise(5),
                "a matrix": _noise(2, 3),
                "a stack of scores": _noise(2, 1, 2, 3),
                "a transposed matrix": _noise(3, 2).T,
                "a single number in each row": _noise(3, 1),
            }
        ),
        CONDUCT,
    ),
)


def _picked(label: str, log_probs: object, targets: object, **keywords: object) -> Case:
    log_p = _t(log_probs) if isinstance(log_probs, list) else log_probs
    return Case(label, {"log_probs": log_p, "targets": torch.tensor(targets)}, keywords)


_LOG_PROBS = _t([[-0.5, -1.5, -2.0], [-3.0, -0.25, -1.75]])
_SQUARE = _t([[-0.5, -1.5, -2.0], [-3.0, -0.25, -1.75], [-1.0, -1.25, -0.875]])
_IMAGE = -_noise(2, 3, 2, 2).abs()
_IMAGE_TARGETS = [[[0, 2], [1, 1]], [[2, 0], [0, 1]]]

NLL = (
    Behaviour(
        "picks",
        "is the mean of minus the log-probability of each row's target",
        (
            _picked("two rows of three classes", _LOG_PROBS, [0, 2]),
            _picked("as many rows as classes", _SQUARE, [2, 0, 2]),
            _picked("one row without a batch", [-0.5, -1.5, -2.0], 1),
        ),
    ),
    Behaviour(
        "dimensions",
        "finds the classes on dimension 1 of anything with two or more dimensions",
        (
            _picked("a sequence: batch, classes, positions", -_noise(2, 3, 4).abs(), [[0, 1, 2, 0], [2, 2, 1, 0]]),
            _picked("a sequence as long as there are classes", -_noise(2, 3, 3).abs(), [[0, 1, 2], [2, 2, 1]]),
            _picked("an image: batch, classes, height, width", _IMAGE, _IMAGE_TARGETS),
        ),
    ),
    Behaviour(
        "reductions",
        'takes the mean over all positions, their sum, or with "none" gives every loss in the shape of the targets',
        (
            _picked("two rows, summed", _LOG_PROBS, [0, 2], reduction="sum"),
            _picked("two rows, not reduced", _LOG_PROBS, [0, 2], reduction="none"),
            _picked("three rows, not reduced", _SQUARE, [2, 0, 2], reduction="none"),
            _picked("an image, not reduced", _IMAGE, _IMAGE_TARGETS, reduction="none"),
            _picked("an image, summed", _IMAGE, _IMAGE_TARGETS, reduction="sum"),
        ),
    ),
    Behaviour(
        "infinite",
        "is not disturbed by a log-probability of -inf elsewhere in the row, and gives inf where the target has it",
        (
            _picked("-inf at another class", [[-0.5, -_INF, -1.0], [-_INF, -0.25, -1.5]], [0, 1]),
            _picked("-inf at another class, not reduced", [[-0.5, -_INF], [-1.0, -0.75]], [0, 1], reduction="none"),
            _picked("-inf at the target of one row", [[-0.5, -1.0], [-_INF, -0.125]], [0, 0], reduction="none"),
        ),
    ),
    Behaviour(
        "conduct",
        "can be differentiated, returns the dtype it was given, leaves its input alone, and is built from indexing and "
        "arithmetic",
        (
            _picked("two rows of three classes", _LOG_PROBS, [0, 2]),
            _picked("-inf at another class", [[-0.5, -_INF, -1.0], [-_INF, -0.25, -1.5]], [0, 1]),
            _picked("three rows, not reduced", _SQUARE, [2, 0, 2], reduction="none"),
        ),
        CONDUCT | GRADIENT,
    ),
)


def _classified(label: str, logits: object, targets: object, dtypes: tuple | None = None, **keywords: object) -> Case:
    z = _t(logits) if isinstance(logits, list) else logits
    more = {} if dtypes is None else {"dtypes": dtypes}
    return Case(label, {"logits": z, "targets": torch.tensor(targets)}, keywords, **more)


_BATCH = [[2.0, 1.0, 0.5], [0.25, -0.5, 1.5], [3, 2, 1]]

CROSS_ENTROPY = (
    Behaviour(
        "hard-targets",
        "is the mean of -log pₜ over the rows, classes on dimension 1",
        (
            _classified("three ordinary rows", _BATCH, [0, 1, 1]),
            _classified("one row without a batch", [2.0, 1.0, 0.5], 2),
            _classified("a sequence: batch, classes, positions", _noise(2, 3, 4), [[0, 1, 2, 0], [2, 2, 1, 0]]),
            _classified("a sequence as long as there are classes", _noise(2, 3, 3), [[0, 1, 2], [2, 2, 1]]),
        ),
    ),
    Behaviour(
        "extreme-logits",
        "is exact for logits of any size, confidently wrong rows and hidden classes included",
        (
            _classified("a confidently wrong row", [[1000, 1, -1000], [2, 1, 0]], [2, 0]),
            _classified("rows around 1000 and -1000", [[1000, 1001, 1002], [-1000, -1001, -1002]], [0, 2]),
            _classified("a probability of exp(-30)", [[30, 0, 29]], [1]),
            _classified(HIDDEN_CLASS, [[0.5, -_INF, 1], [-_INF, 2, 0]], [0, 2]),
        ),
    ),
    Behaviour(
        "smoothing",
        "smooths labels as PyTorch does: label_smoothing / K on every class, the true one included",
        (
            _classified("three ordinary rows, smoothed by 0.1", _BATCH, [0, 1, 1], label_smoothing=0.1),
            _classified("two classes, smoothed by 0.5", [[1, -1], [2, 0]], [0, 1], label_smoothing=0.5),
            _classified("a row smoothed by 1", [[2.0, 1.0, 0.5, -1.0]], [3], label_smoothing=1.0),
            _classified("a confidently wrong row, smoothed", [[1000, 1, -1000]], [2], label_smoothing=0.25),
            _classified("a smoothed sequence", _noise(2, 3, 2), [[0, 1], [2, 2]], label_smoothing=0.25),
        ),
    ),
    Behaviour(
        "ignored",
        "leaves rows whose target is ignore_index out of the sum and out of the count, and gives nan where none is "
        "left",
        (
            _classified("a row with the target -100", _BATCH, [0, -100, 1]),
            _classified("padding that is class 0", _BATCH, [0, 1, 1], ignore_index=0),
            _classified("ignored rows with smoothing", _BATCH, [-100, 1, 2], label_smoothing=0.25),
            _classified("ignored positions of a sequence", _noise(2, 3, 2), [[0, -1], [-1, 2]], ignore_index=-1),
            _classified(ALL_IGNORED, _BATCH, [-100, -100, -100]),
        ),
    ),
    Behaviour(
        "gradient",
        "can be differentiated: (p - q) / number of rows counted, and 0 for ignored rows, finite throughout",
        (
            _classified("three ordinary rows", _BATCH, [0, 1, 1]),
            _classified("a confidently wrong row", [[1000, 1, -1000], [2, 1, 0]], [2, 0]),
            _classified(TIED, [[1, 1, 0]], [1]),
            _classified("three ordinary rows, smoothed by 0.1", _BATCH, [0, 1, 1], label_smoothing=0.1),
            _classified("a row with the target -100", _BATCH, [0, -100, 1]),
            _classified(HIDDEN_CLASS, [[0.5, -_INF, 1], [-_INF, 2, 0]], [0, 2]),
        ),
        GRADIENT,
    ),
    Behaviour(
        "conduct",
        "returns one number in the dtype it was given, leaves logits and targets alone, and is built from what this "
        "notebook has, in a dtype it was given (float32 for halves)",
        (
            _classified("three ordinary rows", _BATCH, [0, 1, 1]),
            _classified("three ordinary rows, smoothed by 0.1", _BATCH, [0, 1, 1], label_smoothing=0.1),
            _classified("an image with ignored pixels", _noise(2, 3, 2, 2), [[[0, -100], [1, 1]], [[2, 0], [0, 1]]]),
        ),
        CONDUCT,
    ),
)

PERPLEXITY = (
    Behaviour(
        "ordinary",
        "is exp of the mean of -log pₜ over all positions, with the classes on the last dimension",
        (
            _classified("three ordinary tokens", _BATCH, [0, 1, 1]),
            _classified("four classes that are all alike", [[0.5] * 4, [2.0] * 4], [3, 1]),
            _classified("one token without a batch", [2.0, 1.0, 0.5], 2),
            _classified("tokens of very different loss", [[0, 4, 0], [4, 0, 0]], [0, 0]),
        ),
    ),
    Behaviour(
        "batches",
        "counts every position once, however the positions are arranged",
        (
            _classified("two texts of four tokens", 2 * _noise(2, 4, 3), [[0, 1, 2, 0], [2, 2, 1, 0]]),
            _classified("texts as long as there are words", 2 * _noise(2, 3, 3), [[0, 1, 2], [2, 2, 1]]),
            _classified("a stack of texts", 2 * _noise(2, 2, 2, 3), [[[0, 2], [1, 1]], [[2, 0], [0, 1]]]),
        ),
    ),
    Behaviour(
        "long-texts",
        "stays right where the probability of the text, or of one token, is too small for the dtype, and becomes inf "
        "no sooner than the result itself",
        (
            _classified(
                "1200 tokens, two equally likely words", torch.zeros(1200, 2, dtype=torch.float64), [0, 1] * 600
            ),
            _classified("one surprise among 99 sure tokens", [[0.0, 120.0]] + [[0.0, 30.0]] * 99, [0] + [1] * 99),
            _classified("tokens around 1000", [[1000, 1001, 1002]] * 4, [0, 1, 2, 2]),
            _classified("a perplexity beyond every dtype", [[1000, 0, -1000]], [2]),
        ),
    ),
    Behaviour(
        "conduct",
        "can be differentiated, returns one number in the dtype it was given, leaves its input alone, and is built "
        "from what this notebook has",
        (
            _classified("three ordinary tokens", _BATCH, [0, 1, 1]),
            _classified("two texts of four tokens", 2 * _noise(2, 4, 3), [[0, 1, 2, 0], [2, 2, 1, 0]]),
        ),
        CONDUCT | GRADIENT,
    ),
)


def _projected(label: str, n: int, d: int, v: int, chunk: int | None = None, scale: float = 1.0, seed: int = 4) -> Case:
    """`n` hidden vectors of `d` numbers against `v` classes."""
    targets = (7 * torch.arange(n) + 2) % v
    tensors = {"hidden": scale * _noise(n, d, seed=seed), "weight": _noise(v, d, seed=seed + 1), "targets": targets}
    return Case(label, tensors, {} if chunk is None else {"chunk": chunk})


_MEMORY = (
    _projected("12 rows of 30 classes, 2 at a time", 12, 2, 30, 2),
    _projected("12 rows of 30 classes, 3 at a time", 12, 2, 30, 3),
)
"""The logits are more than the five times the largest input that a call may allocate, a chunk of them is less."""

CHUNKED = (
    Behaviour(
        "whole-chunks",
        "is the mean over all rows of the cross-entropy of hidden @ weight.T",
        (
            _projected("4 rows, 2 at a time", 4, 3, 5, 2),
            _projected("4 rows, one at a time", 4, 3, 5, 1),
            _projected("6 rows of 6 classes, 3 at a time", 6, 2, 6, 3),
        ),
    ),
    Behaviour(
        "any-chunk",
        "gives the same whether or not the chunks come out even, and whatever their number",
        (
            _projected("5 rows, 2 at a time", 5, 3, 4, 2),
            _projected("7 rows, 3 at a time", 7, 2, 5, 3),
            _projected("5 rows, 4 at a time", 5, 3, 4, 4),
            _projected("3 rows with room for 1024", 3, 3, 4),
            _projected("as many rows as numbers in each, 2 at a time", 3, 3, 3, 2),
        ),
    ),
    Behaviour(
        "extreme-logits",
        "is exact where probabilities are too small for the dtype",
        (
            _projected("logits in the hundreds, 2 at a time", 5, 3, 4, 2, scale=128.0),
            _projected("logits in the tens, 3 at a time", 5, 2, 6, 3, scale=16.0, seed=9),
        ),
    ),
    Behaviour(
        "gradient",
        "can be differentiated with respect to hidden and weight alike",
        (
            _projected("5 rows, 2 at a time", 5, 3, 4, 2),
            _projected("logits in the hundreds, 2 at a time", 5, 3, 4, 2, scale=128.0),
        ),
        GRADIENT,
    ),
    Behaviour(
        "memory",
        "never makes a tensor as large as the logits, returns one number in the dtype it was given and leaves its "
        "input alone",
        _MEMORY,
        CONDUCT,
    ),
)
