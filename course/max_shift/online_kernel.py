"""A row softmax with online normalisation as one kernel. Imports Triton, so it is imported only where that is there."""

from __future__ import annotations

import triton
import triton.language as tl

OPTIONS = {"enable_fp_fusion": True}
"""For the compiler, which warns where this is left to it: a product and a sum may be rounded once."""


@triton.jit
def online_softmax_kernel(out, x, columns, row_stride, column_stride, BLOCK: tl.constexpr):  # noqa: N803
    row = tl.program_id(0).to(tl.int64)  # one program for each row; 64 bits, because a tensor may be that large
    x += row * row_stride
    out += row * columns

    top = tl.full((), -float("inf"), tl.float32)  # the largest number so far
    total = tl.full((), 0.0, tl.float32)  # the sum so far, of exp(number - top)
    for start in range(0, columns, BLOCK):
        place = start + tl.arange(0, BLOCK)
        part = tl.load(x + place * column_stride, mask=place < columns, other=-float("inf")).to(tl.float32)
        higher = tl.maximum(top, tl.max(part, axis=0))
        shift = tl.where(higher == -float("inf"), 0.0, higher)
        total = total * tl.exp(top - shift) + tl.sum(tl.exp(part - shift), axis=0)
        top = higher

    for start in range(0, columns, BLOCK):
        place = start + tl.arange(0, BLOCK)
        part = tl.load(x + place * column_stride, mask=place < columns, other=-float("inf")).to(tl.float32)
        tl.store(out + place, tl.exp(part - top) / total, mask=place < columns)
