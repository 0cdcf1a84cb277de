"""`make gpu`: runs the tests that need a GPU, and writes what they measured to docs/gpu.md."""

from __future__ import annotations

import sys

import pytest

from course.kit import gpu
from tests.gpu import document, figures


def main() -> int:
    """Exit status: pytest's, and 0 after a line where there is no GPU to measure."""
    trouble = gpu.gpu_trouble()
    if trouble is not None:
        print(f"{trouble[0].upper()}{trouble[1:]}: nothing was measured, and docs/gpu.md was not written.")
        return 0
    status = pytest.main(["-m", "gpu", "-p", "no:xdist", "tests/gpu"])
    # Measured by the tests, and written also where a bound was missed: the numbers are what they are.
    print(f"Written: {document.write(figures.measured())}")
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
