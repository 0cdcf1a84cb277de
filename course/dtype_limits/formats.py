"""The four dtypes as their definitions give them: fields of bits, limits and spacing, in exact arithmetic."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from mpmath import mp, mpf


@dataclass(frozen=True)
class Format:
    """A binary format of IEEE 754's kind: one sign bit, then the exponent, then the fraction."""

    exponent_bits: int
    fraction_bits: int

    @property
    def bits(self) -> int:
        """All of its bits, 16, 32 or 64."""
        return 1 + self.exponent_bits + self.fraction_bits

    @property
    def bias(self) -> int:
        """What is subtracted from the exponent field; the largest exponent too."""
        return 2 ** (self.exponent_bits - 1) - 1

    @property
    def lowest(self) -> int:
        """The exponent of the smallest normal number, and of all subnormal ones."""
        return 1 - self.bias

    @property
    def eps(self) -> mpf:
        """Machine epsilon: the distance from 1 to the next number."""
        return mp.ldexp(1, -self.fraction_bits)

    @property
    def largest(self) -> mpf:
        """The largest finite number."""
        return (2 - self.eps) * mp.ldexp(1, self.bias)

    @property
    def smallest_normal(self) -> mpf:
        """The smallest number with all its digits."""
        return mp.ldexp(1, self.lowest)

    @property
    def smallest(self) -> mpf:
        """The smallest positive number, a subnormal one."""
        return self.smallest_normal * self.eps

    def spacing(self, x: float | mpf) -> mpf:
        """The distance from |x| to the next number above it, as if the format had no largest one."""
        if x == 0:
            return self.smallest
        _, exponent = mp.frexp(abs(mpf(x)))  # |x| = m · 2^exponent with m from 1/2 to 1
        return mp.ldexp(1, max(int(exponent) - 1, self.lowest) - self.fraction_bits)

    def below(self, x: mpf) -> mpf:
        """The largest number of the format that is not above the positive number x."""
        step = self.spacing(x)
        return mp.floor(x / step) * step


FORMATS = {
    torch.float16: Format(5, 10),
    torch.bfloat16: Format(8, 7),
    torch.float32: Format(8, 23),
    torch.float64: Format(11, 52),
}


def field_bits(x: torch.Tensor) -> str:
    """The bits of a tensor that holds one number, sign first, as a string of 0 and 1."""
    form = FORMATS[x.dtype]
    whole = {16: torch.int16, 32: torch.int32, 64: torch.int64}[form.bits]
    return format(x.view(whole).item() % 2**form.bits, f"0{form.bits}b")


def kind_of(value: float, form: Format) -> str:
    """`"inf"`, `"nan"`, `"0"`, `"subnormal"` or `"normal"`."""
    if not math.isfinite(value):
        return "nan" if math.isnan(value) else "inf"
    if value == 0:
        return "0"
    return "normal" if abs(value) >= form.smallest_normal else "subnormal"
