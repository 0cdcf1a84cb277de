"""Contrast of the words in a figure with what is drawn behind them, as WCAG 2 defines it."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from course.kit.picture import style

LEAST = 4.5
"""WCAG 2.2, success criterion 1.4.3, for text of ordinary size."""


def luminance(colours: np.ndarray) -> np.ndarray:
    """Relative luminance of sRGB colours `(..., 3)` from 0 to 1 (WCAG 2.2, definition of relative luminance)."""
    linear = np.where(colours <= 0.04045, colours / 12.92, ((colours + 0.055) / 1.055) ** 2.4)
    return linear @ np.array([0.2126, 0.7152, 0.0722])


def ratio(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Contrast ratio of two colours, or of arrays of them `(..., 3)`: from 1 to 21."""
    a, b = luminance(one), luminance(other)
    return (np.maximum(a, b) + 0.05) / (np.minimum(a, b) + 0.05)


def of_words(figure: Figure) -> Iterator[tuple[str, float]]:
    """Every text that `figure` shows, and its contrast with the middle one of the pixels that lie behind it.

    The middle one, because a grid line or a dash may cross a word and leave it readable.
    """
    words = [text for text in figure.findobj(Text) if text.get_visible() and text.get_text().strip()]
    opacities = [text.get_alpha() for text in words]
    for text in words:
        text.set_alpha(0)  # hides the letters; a box around them stays
    try:
        pixels = _draw(figure)
    finally:
        for text, opacity in zip(words, opacities, strict=True):
            text.set_alpha(opacity)
    for text in words:
        box = text.get_window_extent()
        rows = slice(max(0, round(len(pixels) - box.y1)), round(len(pixels) - box.y0))
        behind = pixels[rows, max(0, round(box.x0)) : round(box.x1)]
        if behind.size:
            yield text.get_text(), float(np.median(ratio(np.array(to_rgb(text.get_color())), behind)))


def _draw(figure: Figure) -> np.ndarray:
    """The figure's pixels, `(height, width, 3)`, from 0 to 1."""
    moving = [artist for artist in figure.findobj() if artist.get_animated()]
    for artist in moving:  # Agg leaves these out of an ordinary drawing
        artist.set_animated(False)
    try:
        with style():
            figure.canvas.draw()
    finally:
        for artist in moving:
            artist.set_animated(True)
    return np.asarray(figure.canvas.buffer_rgba())[..., :3] / 255
