"""The pictures in the documentation are what the code draws today."""

import io
import re

import numpy as np
import pytest
from PIL import Image

from tests.notebooks import ROOT
from tests.pictures import FOLDER, PICTURES


def pixels(png):
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"), dtype=float)


@pytest.mark.parametrize("name", PICTURES)
def test_a_committed_picture_is_what_the_code_draws(name):
    committed, drawn = pixels((FOLDER / name).read_bytes()), pixels(PICTURES[name]())
    assert committed.shape == drawn.shape
    # Another FreeType may smooth a letter's edge differently; anything that was moved or reworded changes more.
    assert np.abs(committed - drawn).mean() < 1, "draw it anew: python -m tests.pictures"


def test_every_picture_that_a_document_shows_exists_and_has_alt_text():
    shown = []
    for document in (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))):
        for alt, path in re.findall(r"!\[([^\]]*)\]\(([^)]+)\)", document.read_text(encoding="utf-8")):
            assert (document.parent / path).is_file(), f"{document.name} shows {path}"
            assert len(alt) > 30, f"{document.name}: {path} has no real alt text"
            shown.append(path)
    assert len(shown) >= 2
