"""The house style of pictures, and a picture that carries its description wherever it is shown."""

from __future__ import annotations

import base64
import io
from collections.abc import Hashable, Iterable
from typing import Any

import matplotlib
import numpy as np
from matplotlib.artist import Artist
from matplotlib.figure import Figure

from course.kit.frontend import escape
from course.kit.lettering import Canvas
from course.kit.png import encode

PALETTE = {
    "black": "#000000",
    "orange": "#E69F00",
    "sky": "#56B4E9",
    "green": "#009E73",
    "yellow": "#F0E442",
    "blue": "#0072B2",
    "vermillion": "#D55E00",
    "purple": "#CC79A7",
}
"""Colours that people with any colour vision tell apart (Okabe and Ito, Color Universal Design, 2008)."""

MARKERS = dict(zip(PALETTE, "DXovP^sd", strict=True))
"""A marker for each colour, so that colour alone never carries a meaning."""

HATCHES = dict(zip(PALETTE, ("", "..", "xx", "\\\\", "--", "", "//", "oo"), strict=True))
"""A hatch for each colour, for bars and areas; blue and black stay plain."""

STYLE = {
    "axes.axisbelow": True,
    "axes.edgecolor": "#4d4d4d",
    "axes.labelsize": 10.5,
    "axes.linewidth": 0.8,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "axes.titlesize": 11.5,
    "axes.titleweight": "bold",
    "figure.facecolor": "white",
    "font.family": ["DejaVu Sans"],
    "font.size": 10.5,
    "hatch.linewidth": 1.0,
    "legend.fontsize": 10.5,
    "legend.frameon": False,
    "lines.linewidth": 2.0,
    "lines.markersize": 7.0,
    "savefig.bbox": None,
    "savefig.facecolor": "white",
    "savefig.transparent": False,
    "xtick.labelsize": 10,
    "ytick.labelsize": 10.5,
}
"""Sizes in points, chosen to be read at 100 dots an inch on a 900 pixel wide picture."""

DPI = 100


def style() -> Any:
    """A context in which what matplotlib makes looks the course's way, whatever the reader's own settings."""
    return matplotlib.rc_context(STYLE)


def new_figure(width: int = 900, height: int = 460) -> Figure:
    """An empty figure of `width` × `height` pixels, drawn by Agg and unknown to pyplot and its backends."""
    with style():
        figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    Canvas(figure)
    return figure


def png(figure: Figure) -> bytes:
    """All of `figure` as PNG, at its own resolution, for speed with little compression."""
    file = io.BytesIO()
    with style():
        figure.savefig(file, format="png", dpi="figure", pil_kwargs={"compress_level": 1})
    return file.getvalue()


class Stage:
    """A figure in layers: what stays, drawn once and kept as pixels, and what moves, drawn anew over it.

    Text is most of what a drawing costs, and most text of an explorer stays where it is. `scenery` is a layer between
    the two: what changes now and then, and is kept meanwhile.
    """

    def __init__(self, figure: Figure, moving: Iterable[Artist] = (), scenery: Iterable[Artist] = ()) -> None:
        self.figure = figure
        self._moving, self._scenery = (sorted(artists, key=lambda a: a.get_zorder()) for artists in (moving, scenery))
        for artist in (*self._moving, *self._scenery):
            artist.set_animated(True)  # left out of the layer below, and part of whatever is saved by savefig
        self._canvas = figure.canvas if isinstance(figure.canvas, Canvas) else Canvas(figure)
        self._ground: Any = None
        self._kept: Any = None
        self._key: Hashable = None

    def png(self, key: Hashable = None) -> bytes:
        """The figure as it stands, as PNG.

        Where `key` differs from last time's the scenery is drawn again, or if there is none, all that does not move.
        """
        if self._kept is not None and self._moving and key == self._key:
            self._canvas.restore_region(self._kept)
        else:
            self._draw_what_stays()
            self._kept = self._canvas.copy_from_bbox(self.figure.bbox)
            self._key = key
        self._draw(self._moving)
        return encode(np.asarray(self._canvas.buffer_rgba()))

    def _draw_what_stays(self) -> None:
        if self._ground is None or not self._scenery:
            self._canvas.draw()
            self._ground = self._canvas.copy_from_bbox(self.figure.bbox)
        else:
            self._canvas.restore_region(self._ground)
        self._draw(self._scenery)

    def _draw(self, artists: Iterable[Artist]) -> None:
        renderer = self._canvas.get_renderer()
        for artist in artists:
            artist.draw(renderer)


class Picture:
    """A matplotlib figure as it looks now, together with `alt`: what it shows, in words and with its numbers.

    The figure is drawn when the picture is made, so that a figure that moves on leaves its pictures behind.
    """

    def __init__(self, figure: Figure, alt: str) -> None:
        self.png = png(figure)
        self.alt = alt

    def __repr__(self) -> str:
        return self.alt

    def html(self) -> str:
        """The picture as one `<figure>` that holds its image and needs no other file."""
        return image_html(self.png, self.alt)

    def _repr_mimebundle_(self, include=None, exclude=None) -> dict[str, Any]:
        return {"text/plain": self.alt, "text/html": self.html(), "image/png": _base64(self.png)}


def image_html(drawn: bytes, alt: str) -> str:
    """A `<figure>` around the PNG image `drawn`, with `alt` as its alternative text."""
    return (
        '<figure style="margin:.3em 0;">'
        f'<img alt="{escape(alt)}" src="data:image/png;base64,{_base64(drawn)}" style="max-width:100%;height:auto;">'
        "</figure>"
    )


def _base64(drawn: bytes) -> str:
    return base64.b64encode(drawn).decode("ascii")
