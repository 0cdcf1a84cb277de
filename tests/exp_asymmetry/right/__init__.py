"""Right answers in many styles: what a check has to accept.

Each function is self-contained (torch, math and NumPy only, helpers nested), so its source can be pasted into a cell.
"""

from __future__ import annotations

from collections.abc import Callable

from tests.exp_asymmetry.right.memory import EXP_INTO
from tests.exp_asymmetry.right.odds import SIGMOID_ODDS
from tests.exp_asymmetry.right.ratios import LOG10_RATIO
from tests.exp_asymmetry.right.schedules import DECAY_WEIGHTS, GEOMETRIC_SCHEDULE

RIGHT: dict[str, dict[str, Callable]] = {
    "log10_ratio": LOG10_RATIO,
    "decay_weights": DECAY_WEIGHTS,
    "geometric_schedule": GEOMETRIC_SCHEDULE,
    "sigmoid_odds": SIGMOID_ODDS,
    "exp_into": EXP_INTO,
}
"""Exercise to style to function."""
