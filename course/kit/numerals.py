"""Numbers as pictures and their descriptions print them."""

from __future__ import annotations

import math

from mpmath import mp, mpf


def number(value: float | mpf, digits: int = 3) -> str:
    """A number in significant digits, with a real minus sign and no zeros in its exponent."""
    if not math.isfinite(value) or value == 0:
        return f"{float(value):.3g}".replace("-", "−")
    size = int(mp.floor(mp.log10(abs(value))))
    if -5 < size < max(digits, 6):
        return f"{float(value):.{max(digits, size + 1)}g}".replace("-", "−")
    text = mp.nstr(mpf(value), digits, strip_zeros=True, min_fixed=0, max_fixed=0, show_zero_exponent=True)
    return text.replace(".0e", "e").replace("e+", "e").replace("-", "−")
