"""Right answers in many styles: what a check has to accept. Each function stands alone when pasted into a cell."""

from __future__ import annotations

from collections.abc import Callable

from tests.log_softmax.right.chunked import CHUNKED
from tests.log_softmax.right.cross_entropy import CROSS_ENTROPY
from tests.log_softmax.right.log_softmax import LOG_SOFTMAX
from tests.log_softmax.right.nll import NLL
from tests.log_softmax.right.perplexity import PERPLEXITY

RIGHT: dict[str, dict[str, Callable]] = {
    "log_softmax": LOG_SOFTMAX,
    "nll": NLL,
    "cross_entropy": CROSS_ENTROPY,
    "perplexity": PERPLEXITY,
    "chunked_cross_entropy": CHUNKED,
}
"""Exercise to style to function."""
