"""Compile the Triton kernel for a few generations of GPUs, which needs none of them, and print what for."""

from __future__ import annotations

from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource, compile  # noqa: A004 - Triton's name

from course.max_shift.online_kernel import OPTIONS, online_softmax_kernel

TARGETS = (("T4", 75, "fp16"), ("T4", 75, "fp32"), ("H100", 90, "bf16"))
"""Card, compute capability, dtype."""


def main() -> None:
    """Print a line for each card and dtype whose machine code came out."""
    for card, capability, dtype in TARGETS:
        pointer = f"*{dtype}"
        types = {"out": pointer, "x": pointer, "columns": "i32", "row_stride": "i32", "column_stride": "i32"}
        source = ASTSource(online_softmax_kernel, {**types, "BLOCK": "constexpr"}, {"BLOCK": 1024})
        made = compile(source, target=GPUTarget("cuda", capability, 32), options=OPTIONS)
        assert made.asm["cubin"]
        print(card, dtype, flush=True)


if __name__ == "__main__":
    main()
