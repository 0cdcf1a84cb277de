"""Text of pictures that are drawn many times a second: each string is made out of its letters once and then stamped."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg, RendererAgg, get_hinting_flag
from matplotlib.font_manager import FontProperties, findfont, get_font

_FRACTION = 64
"""FreeType's units in a pixel."""

_Stamp = tuple[float, float, np.ndarray]
"""Where a string's picture begins right of the text's origin, how far it goes below the base line, and the picture."""


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
    picture costs (1 ms for a number). FreeType makes a picture of the whole string in a quarter of that, and most
    strings of an explorer stay what they were while others change.
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
        left, descent, picture = _stamp(s, prop.copy(), tuple(gc.get_rgb()), self.dpi)
        # Agg counts rows from the top for text and from the bottom for images.
        self.draw_image(gc, round(x + left), int(self.height) - round(y + descent) - 1, picture)


@lru_cache(maxsize=2048)
def _stamp(text: str, prop: FontProperties, rgba: tuple[float, ...], dpi: float) -> _Stamp:
    """The picture of `text` in the present style; from the bottom row up, as Agg wants it."""
    font = get_font(findfont(prop))
    font.set_size(prop.get_size_in_points(), dpi)
    font.set_text(text, 0.0, flags=get_hinting_flag())
    font.draw_glyphs_to_bitmap(antialiased=True)
    ink = np.asarray(font.get_image())[::-1]
    red, green, blue, opacity = (round(255 * part) for part in rgba)
    picture = np.empty((*ink.shape, 4), np.uint8)
    picture[..., :3] = red, green, blue
    picture[..., 3] = ink * (opacity / 255)
    left, _ = font.get_bitmap_offset()
    return left / _FRACTION, font.get_descent() / _FRACTION, picture
