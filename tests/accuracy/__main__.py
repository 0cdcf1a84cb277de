"""`make accuracy`: the table of worst errors, as it stands in docs/accuracy.md."""

from __future__ import annotations

import torch

from tests.accuracy.measure import DTYPES, SUBJECTS, Worst, as_tensors, solution, worst


def main() -> None:
    """Measure and print."""
    print("| function | dtype | ours | PyTorch | SciPy | ours is worst at |\n|---|---|---|---|---|---|")
    for subject in SUBJECTS:
        for dtype in DTYPES:
            ours = worst(subject, solution(subject), dtype)
            theirs = worst(subject, subject.torch, dtype) if subject.torch else None
            scipys = worst(subject, as_tensors(subject.scipy), dtype) if subject.scipy else None
            cells = [subject.name, str(dtype).removeprefix("torch."), _ulps(ours), _ulps(theirs), _ulps(scipys)]
            print(f"| {' | '.join(cells)} | {ours.where} |", flush=True)
    print()
    for subject in SUBJECTS:
        if subject.note:
            print(f"- `{subject.name}`: {subject.note}.")
    print(f"\nPyTorch {torch.__version__.partition('+')[0]}, {torch.backends.cpu.get_cpu_capability()}.")


def _ulps(found: Worst | None) -> str:
    return "–" if found is None else f"{found.ulps:.3g}"


if __name__ == "__main__":
    main()
