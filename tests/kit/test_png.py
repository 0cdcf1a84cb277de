"""PNG: every pixel comes back."""

import io

import numpy as np
import pytest
from PIL import Image

from course.kit.png import encode


@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (470, 900)])
@pytest.mark.parametrize("channels", [3, 4])
def test_every_colour_comes_back_and_opacity_does_not(shape, channels):
    pixels = np.random.default_rng(7).integers(0, 256, (*shape, channels), np.uint8)
    image = Image.open(io.BytesIO(encode(pixels)))
    assert (image.format, image.mode) == ("PNG", "RGB")
    assert np.array_equal(np.asarray(image), pixels[..., :3])


def test_a_view_with_its_rows_in_another_order_is_encoded_as_it_reads():
    pixels = np.arange(60, dtype=np.uint8).reshape(4, 5, 3)[::-1]
    assert np.array_equal(np.asarray(Image.open(io.BytesIO(encode(pixels)))), pixels)
