"""The one rule of unit 02 about how an answer is found: are numbers safe, without their exponentials?"""

from __future__ import annotations

from collections.abc import Callable

import torch

from course.kit.check import Case
from course.kit.check.conduct import Breach, trace

_EXPONENTIALS = frozenset(
    {"exp", "exp2", "expm1", "pow", "logaddexp", "logsumexp", "_softmax", "sigmoid", "sinh", "cosh"}
)


def exp_of_all_of_it(function: Callable, case: Case, dtype: torch.dtype) -> Breach | None:
    """A breach where the call takes the exponential of a tensor as large as its input; of a single one it may."""
    x = case.arguments(dtype)["x"]
    operators, _ = trace(function, x)
    used = sorted({o.name for o in operators if o.name in _EXPONENTIALS and max(o.sizes, default=0) >= x.numel()})
    if not used:
        return None
    return Breach(
        "computes-exp",
        "The exponential is computed after all",
        f"It takes `{used[0].strip('_')}` of as many numbers as x has. What is wanted is a check that costs a "
        "comparison, to be made before memory and time are spent on the exponential. The limit depends on the dtype "
        "alone, so it can be found from that.",
    )
