"""Stamped text: where and how Agg itself would draw it, to the pixel, and the same however often it was drawn."""

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg

from course.kit import lettering
from course.kit.lettering import Canvas
from course.kit.picture import new_figure, style


def drawn(canvas_type, words, **look):
    """Pixels of `words` in a figure with a canvas of the type given."""
    with style():
        figure = new_figure(200, 80)
        figure.text(0.5, 0.5, words, **look)
        canvas = canvas_type(figure)
        canvas.draw()
    return np.asarray(canvas.buffer_rgba()).astype(int)


def _ink(pixels):
    """How dark each pixel is."""
    return 3 * 255 - pixels[..., :3].sum(axis=-1)


def _middle(pixels):
    """Row and column around which the ink lies."""
    ink = _ink(pixels)
    return [float((places * ink).sum() / ink.sum()) for places in np.indices(ink.shape)]


LOOKS = {
    "plain": {},
    "large and bold": {"fontsize": 20, "fontweight": "bold", "ha": "center"},
    "coloured": {"color": "#D55E00", "ha": "right", "va": "top"},
    "boxed": {"bbox": {"facecolor": "white", "edgecolor": "black"}},
    "half opaque": {"alpha": 0.5},
    "a colour half opaque": {"color": (0, 0, 0, 0.5)},
    "upright": {"rotation": 90, "ha": "center", "va": "center"},
}


@pytest.mark.parametrize("words", ["x₁ = −2.5", "two lines\nof text", "glyph (j)", "$10^{-40}$", " "])
@pytest.mark.parametrize("look", LOOKS.values(), ids=LOOKS)
def test_text_looks_as_aggs_own_but_for_less_than_a_pixel(words, look):
    stamped, own = drawn(Canvas, words, **look), drawn(FigureCanvasAgg, words, **look)
    if words.strip():
        assert np.allclose(_middle(stamped), _middle(own), atol=0.6)
        assert _ink(stamped).sum() == pytest.approx(_ink(own).sum(), rel=0.03)
    else:
        assert np.array_equal(stamped, own)


def test_a_string_that_is_known_already_is_drawn_to_the_same_pixels():
    lettering._stamp.cache_clear()
    first = drawn(Canvas, "1.75")
    assert lettering._stamp.cache_info().misses == 1
    assert np.array_equal(drawn(Canvas, "1.75"), first)
    assert lettering._stamp.cache_info().misses == 1


@pytest.mark.parametrize(
    "change", [{"fontsize": 14}, {"color": "red"}, {"fontweight": "bold"}, {"fontstyle": "italic"}]
)
def test_another_look_is_another_picture(change):
    assert not np.array_equal(drawn(Canvas, "1.75", **change), drawn(Canvas, "1.75"))


def test_a_text_that_changes_its_look_later_does_not_change_what_is_kept():
    with style():
        figure = new_figure(200, 80)
        text = figure.text(0.5, 0.5, "1.75")
        figure.canvas.draw()
        text.set_fontsize(30)
        figure.canvas.draw()
    assert np.array_equal(drawn(Canvas, "1.75"), drawn(Canvas, "1.75", fontsize=10.5))


def test_a_figure_of_another_size_gets_a_renderer_of_that_size():
    figure = new_figure(200, 80)
    assert isinstance(figure.canvas, Canvas)
    figure.canvas.draw()
    figure.set_size_inches(3, 1)
    figure.canvas.draw()
    assert np.asarray(figure.canvas.buffer_rgba()).shape == (100, 300, 4)
