"""Text of pictures that are drawn many times a second: each string is made out of its letters once and then stamped."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg
from matplotlib.font_manager import FontProperties

_MARGIN = 6
"""Pixels around a string for what letters put outside their box."""

_Stamp = tuple[int, int, np.ndarray]
"""How far the picture of a string lies to the right of the text's origin and above its base line, and the picture."""


class Canvas(FigureCanvasAgg):
    """Agg's canvas, with a renderer that keeps the pictures of strings."""

    def get_renderer(self) -> RendererAgg:
        """The renderer for the figure's present size; a new one where the size has changed."""
        renderer = super().get_renderer()
        if not isinstance(renderer, _Renderer):
            self.renderer = _Renderer(renderer.width, renderer.height, renderer.dpi)
        return self.renderer


class _Renderer(RendererAgg):
    """Draws level text as whole pictures at whole pixels.

    Agg makes out a string's letters, loads each and puts it in its place every time, which is most of what a small
    picture costs (1 ms for a number). A picture of the string is the same pixels in a tenth of that, and most strings
    of an explorer stay what they were while others change.
    """

    def draw_text(
        self,
        gc: Any,
        x: float,
        y: float,
        s: str,
        prop: FontProperties,
        angle: float,
        ismath: bool | str = False,
        mtext: Any = None,
    ) -> None:
        """As RendererBase.draw_text."""
        if ismath or angle or gc.get_alpha() != 1:
            super().draw_text(gc, x, y, s, prop, angle, ismath, mtext)
            return
        # A copy, because the properties of a text may change later and are hashed by what they are.
        right, up, picture = _stamp(s, prop.copy(), tuple(gc.get_rgb()), self.dpi)
        self.draw_image(gc, round(x) + right, round(self.height - y) + up, picture)


@lru_cache(maxsize=2048)
def _stamp(text: str, prop: FontProperties, rgba: tuple[float, ...], dpi: float) -> _Stamp:
    """The picture of `text` in the present style, without its empty edges; from the bottom row up, as Agg wants it."""
    width, height, descent = RendererAgg(1, 1, dpi).get_text_width_height_descent(text, prop, False)
    base = _MARGIN + math.ceil(descent)
    height = math.ceil(height) + 2 * _MARGIN
    renderer = RendererAgg(math.ceil(width) + 2 * _MARGIN, height, dpi)
    gc = renderer.new_gc()
    gc.set_foreground(rgba, isRGBA=True)
    renderer.draw_text(gc, _MARGIN, height - base, text, prop, 0)
    pixels = np.asarray(renderer.buffer_rgba())[::-1]
    rows, columns = (np.flatnonzero(pixels[..., 3].any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return 0, 0, np.zeros((0, 0, 4), np.uint8)
    inked = pixels[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].copy()
    return int(columns[0]) - _MARGIN, int(rows[0]) - base, inked
