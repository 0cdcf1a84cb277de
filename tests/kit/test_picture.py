"""Pictures: their own style and canvas, the same bytes each time, their description everywhere."""

import io

import matplotlib
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from PIL import Image

from course.kit.picture import HATCHES, MARKERS, PALETTE, Picture, Stage, new_figure, png, style


def pixels(drawn):
    return np.asarray(Image.open(io.BytesIO(drawn)).convert("RGB")).astype(int)


@pytest.fixture
def plot():
    """A figure with one line that stays and one that moves."""
    with style():
        figure = new_figure(300, 200)
        axes = figure.add_subplot()
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1)
        axes.plot([0, 1], [0.5, 0.5], color=PALETTE["black"])
        (moving,) = axes.plot([0, 1], [0, 1], color=PALETTE["vermillion"], zorder=5)
    return figure, moving


def test_the_palette_is_okabe_and_itos_and_each_colour_has_a_marker():
    assert set(PALETTE.values()) == {
        *("#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7")
    }
    assert set(MARKERS) == set(HATCHES) == set(PALETTE)
    assert len(set(MARKERS.values())) == 8


def test_a_figure_has_the_size_that_was_asked_for_in_pixels():
    assert Image.open(io.BytesIO(png(new_figure(900, 470)))).size == (900, 470)


def test_figures_stay_out_of_pyplot_and_of_the_readers_backend(monkeypatch):
    import matplotlib.pyplot as plt

    before = plt.get_fignums()
    figure = new_figure(100, 100)
    assert isinstance(figure.canvas, FigureCanvasAgg)
    assert plt.get_fignums() == before


def test_the_readers_own_settings_do_not_change_a_picture(plot):
    figure, _ = plot
    before = png(figure)
    with matplotlib.rc_context({"savefig.facecolor": "red", "savefig.bbox": "tight", "savefig.dpi": 30}):
        assert png(figure) == before


def test_a_stage_draws_what_moves_over_what_stays_just_as_a_full_drawing_does(plot):
    figure, moving = plot
    stage = Stage(figure, [moving])
    stage.png()
    moving.set_ydata([1, 0])
    quick = stage.png()
    assert np.array_equal(pixels(quick), pixels(png(figure)))


def test_a_stage_leaves_no_trace_of_where_things_were(plot):
    figure, moving = plot
    stage = Stage(figure, [moving])
    first = stage.png()
    moving.set_ydata([1, 0])
    assert stage.png() != first
    moving.set_ydata([0, 1])
    assert stage.png() == first


def test_a_stage_draws_what_stays_again_when_its_key_changes(plot):
    figure, moving = plot
    stage = Stage(figure, [moving])
    before = stage.png("a")
    figure.axes[0].set_title("another title")
    assert stage.png("a") == before
    after = stage.png("b")
    assert after != before
    assert np.array_equal(pixels(after), pixels(png(figure)))


def test_scenery_is_drawn_when_its_key_changes_over_what_never_does(plot):
    figure, moving = plot
    (scenery,) = (line for line in figure.axes[0].lines if line is not moving)
    scenery.set_zorder(4)  # in front of the frame, which never changes
    stage = Stage(figure, [moving], [scenery])
    before = stage.png("a")
    assert np.array_equal(pixels(before), pixels(png(figure)))
    scenery.set_ydata([0.2, 0.2])
    assert stage.png("a") == before
    moving.set_ydata([1, 0])
    assert np.array_equal(pixels(stage.png("b")), pixels(png(figure)))
    drawn = figure.canvas.draw
    figure.canvas.draw = None  # whoever wants all of it drawn again fails
    scenery.set_ydata([0.5, 0.5])
    moving.set_ydata([0, 1])
    assert stage.png("c") == before
    figure.canvas.draw = drawn


def test_a_picture_shows_its_description_wherever_it_is_shown(plot):
    figure, _ = plot
    bundle = Picture(figure, 'two lines, "a" < b')._repr_mimebundle_()
    assert bundle["text/plain"] == 'two lines, "a" < b'
    assert 'alt="two lines, &quot;a&quot; &lt; b"' in bundle["text/html"]
    assert bundle["text/html"].startswith("<figure")
    assert bundle["image/png"] in bundle["text/html"]


def test_a_picture_stays_as_it_was_when_its_figure_moves_on(plot):
    figure, moving = plot
    picture = Picture(figure, "rising")
    moving.set_ydata([1, 0])
    assert picture.png != Picture(figure, "falling").png


def test_any_figure_will_do_also_one_that_has_no_canvas_yet():
    from matplotlib.figure import Figure

    figure = Figure(figsize=(2, 1), layout="constrained")
    figure.subplots().plot([1, 2])
    assert Picture(figure, "a line").png.startswith(b"\x89PNG")
