"""Run the Triton kernel on all cases in Triton's interpreter, on the CPU, and save what comes out.

`TRITON_INTERPRET=1 python -m tests.max_shift.interpreted FILE`: a process of its own, because Triton decides
while it is imported whether it compiles or interprets.
"""

from __future__ import annotations

import sys
import time

import torch

from course.max_shift import online
from tests.max_shift.kernel_cases import BLOCK, cases


def main(file: str) -> None:
    """Save results by dtype and case, whether they are contiguous, and the seconds of processor time."""
    start = time.process_time()
    online.BLOCK = BLOCK
    results = {
        dtype: {name: online.kernel_softmax(logits) for name, logits in cases(dtype).items()} for dtype in online.DTYPES
    }
    contiguous = all(found.is_contiguous() for by_name in results.values() for found in by_name.values())
    torch.save({"results": results, "contiguous": contiguous, "seconds": time.process_time() - start}, file)


if __name__ == "__main__":
    main(sys.argv[1])
