"""Right answers in many styles: what a check has to accept.

Each function is self-contained (torch, math and NumPy only, helpers nested), so its source can be pasted into a cell.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.max_shift.right.boltzmann import BOLTZMANN
from tests.max_shift.right.logsumexp import LOGSUMEXP
from tests.max_shift.right.masked_softmax import MASKED_SOFTMAX
from tests.max_shift.right.softmax import SOFTMAX

RIGHT: dict[str, dict[str, Callable]] = {
    "softmax": SOFTMAX,
    "logsumexp": LOGSUMEXP,
    "masked_softmax": MASKED_SOFTMAX,
    "boltzmann": BOLTZMANN,
}
"""Exercise to style to function."""
