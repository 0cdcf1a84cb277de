"""The pictures that the documentation shows; `python -m tests.pictures` draws them anew."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from course.max_shift import explore
from tests.notebooks import ROOT

FOLDER = ROOT / "docs" / "images"


def _explorer() -> bytes:
    return explore(x1=100, c=100, dtype="float32").picture().png


PICTURES: Mapping[str, Callable[[], bytes]] = {"explorer.png": _explorer}
"""File name to what draws it, as a PNG."""


def main(folder: Path = FOLDER) -> None:
    """Write every picture into `folder`."""
    for name, draw in PICTURES.items():
        (folder / name).write_bytes(draw())
        print(f"drew {folder.name}/{name}")


if __name__ == "__main__":
    main()
