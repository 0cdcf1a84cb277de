"""Right answers in many styles: what a check has to accept.

Each function is self-contained (torch, math and NumPy only, helpers nested), so its source can be pasted into a cell.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.cross_entropy_gradient.right.difference import DIFFERENCE
from tests.cross_entropy_gradient.right.function import FUNCTION
from tests.cross_entropy_gradient.right.gradients import CROSS_ENTROPY, SQUARED_ERROR
from tests.cross_entropy_gradient.right.products import PRODUCTS

RIGHT: dict[str, dict[str, Callable]] = {
    "softmax_vjp": PRODUCTS,
    "softmax_jvp": PRODUCTS,
    "cross_entropy_grad": CROSS_ENTROPY,
    "mse_softmax_grad": SQUARED_ERROR,
    "stable_cross_entropy": FUNCTION,
    "gradient_check": DIFFERENCE,
}
"""Exercise to style to function."""
