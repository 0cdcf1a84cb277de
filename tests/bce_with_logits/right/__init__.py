"""Right answers in many styles: what a check has to accept.

Each function is self-contained (torch, math and NumPy only, helpers nested), so its source can be pasted into a cell.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.bce_with_logits.right.logarithms import LOG_SIGMOID, SOFTPLUS
from tests.bce_with_logits.right.losses import BCE_GRAD, BCE_WITH_LOGITS, MULTILABEL_LOSS

RIGHT: dict[str, dict[str, Callable]] = {
    "softplus": SOFTPLUS,
    "log_sigmoid": LOG_SIGMOID,
    "bce_with_logits": BCE_WITH_LOGITS,
    "bce_grad": BCE_GRAD,
    "multilabel_loss": MULTILABEL_LOSS,
}
"""Exercise to style to function."""
