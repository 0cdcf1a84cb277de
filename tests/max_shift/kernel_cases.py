"""Rows on which the Triton kernel is tried, in Triton's interpreter as on a GPU, and how far off its results are."""

from __future__ import annotations

import math

import torch

from tests.max_shift.truth import truth

BLOCK = 32
"""What the kernel's blocks are set to in the interpreter, where every number costs time."""

_LENGTH = 75  # two blocks and a part of a third

NAN_ROWS = {"all masked": True, "an infinite score": True, "a nan": True}
"""The cases whose first row is nan all over, as `torch.softmax` has it; their second row is an ordinary one."""


def cases(dtype: torch.dtype) -> dict[str, torch.Tensor]:
    """Logits by name. Those that are not contiguous become so when they are sent through a file."""
    generator = torch.Generator().manual_seed(7)

    def scores(*shape: int, spread: float = 5.0) -> torch.Tensor:
        return (spread * torch.randn(*shape, generator=generator)).to(dtype)

    large = 0.9 * torch.finfo(dtype).max
    made = {
        "one column": scores(3, 1),
        "shorter than the shortest block": scores(2, 13),
        "exactly one block": scores(2, BLOCK),
        "one more than a block": scores(2, BLOCK + 1),
        "blocks and a part": scores(2, _LENGTH),
        "rising from block to block": torch.linspace(-40, 40, _LENGTH).to(dtype)[None],
        "falling": torch.linspace(40, -40, _LENGTH).to(dtype)[None],
        "huge logits": torch.tensor([[-large, large, 0.0, large, 1.0], [-large] * 5]).to(dtype),
        "three dimensions": scores(2, 2, 33),
        "one dimension": scores(70),
        "transposed": scores(_LENGTH, 2).T,
        "every other column": scores(2, 4 * BLOCK + 20)[:, ::2],
        "a part of a larger tensor": scores(4, _LENGTH)[1:3, 5:70],
    }
    masked = {"masked beyond the first block": slice(0, 50), "masked at the end": slice(45, None)}
    for name, hidden in masked.items():
        made[name] = scores(2, _LENGTH)
        made[name][0, hidden] = -math.inf
    for name, places, value in (
        ("all masked", slice(None), -math.inf),
        ("an infinite score", slice(60, 61), math.inf),
        ("a nan", slice(60, 61), math.nan),
    ):
        made[name] = scores(2, _LENGTH)
        made[name][0, places] = value
    return made


def worst(found: torch.Tensor, logits: torch.Tensor, smallest: float = 0.0) -> float:
    """Largest error as a share of the unit's bound, by 50-digit arithmetic; rows must have a finite maximum.

    `smallest` is an absolute error that is forgiven on top: what a GPU that flushes subnormals to 0 may lose.
    """
    true = truth("softmax", logits.cpu(), torch.zeros(logits.shape), {})
    share = (found.cpu().double() - true.value).abs() / (true.tolerance + smallest)
    return float(share.nan_to_num(nan=math.inf).max())
