"""The unit's explorer: its presets, its cards, its words, and its picture at every edge."""

import io
import math
from itertools import combinations, pairwise, product

import numpy as np
import pytest
import torch
from matplotlib.text import Text
from mpmath import mpf
from PIL import Image

from course.dtype_limits.explorer import explore
from course.dtype_limits.figures import exact, ulps, zones
from course.kit.explorer import BROKEN, DTYPES, OK
from course.kit.picture import png
from tests.dtype_limits.harness import DTYPES as KINDS


@pytest.fixture(scope="module")
def explorer():
    return explore()


def boxes(figure):
    """Every piece of text in the figure, once, with the pixels it covers."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


@pytest.mark.parametrize("dtype", DTYPES)
def test_presets_stand_on_both_sides_of_each_limit(explorer, dtype):
    kind = getattr(torch, dtype)
    names = ("last finite", "overflow", "first subnormal", "last above 0", "first 0")
    at = [explorer.preset(label, dtype=dtype)["x"] for label in names]
    finite, infinite, subnormal, above, zero = torch.exp(torch.tensor(at, dtype=kind)).tolist()
    normal = torch.exp(torch.tensor(at[2] + 0.5, dtype=kind)).item()
    smallest_normal = torch.finfo(kind).smallest_normal
    assert math.isfinite(finite)
    assert math.isinf(infinite)
    assert 0 < subnormal < smallest_normal <= normal
    assert above > 0
    assert zero == 0
    assert at[1] - at[0] == at[3] - at[4] == 0.5


@pytest.mark.parametrize("dtype", KINDS, ids=str)
def test_zones_cover_the_axis_and_are_what_torch_gives_in_their_middle(dtype):
    found = zones(dtype)
    assert [kind for kind, _, _ in found] == ["0", "subnormal", "normal", "inf"]
    assert all(a[2] == b[1] for a, b in pairwise(found))
    for kind, low, high in found:
        value = torch.exp(torch.tensor((low + high) / 2, dtype=dtype)).item()
        tiny = torch.finfo(dtype).smallest_normal
        seen = "inf" if math.isinf(value) else "0" if value == 0 else "subnormal" if value < tiny else "normal"
        assert seen == kind


@pytest.mark.parametrize(
    ("x", "dtype", "late", "early", "words"),
    [
        (12.0, "float16", BROKEN, OK, "keeps inf as it is"),
        (-20.0, "float16", BROKEN, OK, "keeps 0 as it is"),
        (-17.0, "float16", BROKEN, OK, "short of digits"),
        (5.0, "float16", OK, OK, "all the digits that float16 has"),
        (89.0, "bfloat16", BROKEN, BROKEN, "keeps inf as it is"),
        (89.0, "float32", BROKEN, OK, "keeps inf as it is"),
        (710.0, "float64", BROKEN, BROKEN, "keeps inf as it is"),
        (-10.0, "float16", OK, OK, "its digits are enough here"),
        (-13.0, "float16", BROKEN, OK, "short of digits"),
        (2.0, "float64", OK, OK, "all the digits that float64 has"),
    ],
)
def test_the_cards_say_what_a_cast_after_and_before_come_to(explorer, x, dtype, late, early, words):
    reading = explorer.reading(x=x, dtype=dtype)
    assert (reading.naive.verdict, reading.stable.verdict) == (late, early)
    assert words in reading.naive.note


def test_float64_has_no_wider_dtype(explorer):
    assert explorer.reading(x=1.0, dtype="float64").stable.title.startswith("No wider dtype")


def test_the_description_holds_value_kind_error_and_bits_of_every_dtype(explorer):
    alt = explorer.reading(x=12.0).alt
    assert alt.startswith("exp(12): float16 inf (inf), bits 0 11111 0000000000; ")
    assert "bfloat16 162816 (normal, off by 0.06 ulp), bits 0 10010000 0011111" in alt
    assert "float32 162755 (normal, off by 0.35 ulp), bits 0 10010000 00111101111000010110011" in alt
    assert "float64 162755" in alt
    assert "off by less than 0.01 ulp" in explorer.reading(x=-700.0).alt


def test_what_a_browsers_slider_adds_to_a_step_does_not_reach_the_bits(explorer):
    from_slider, exact_step = (explorer.reading(x=x, dtype="float64") for x in (88.50000000000011, 88.5))
    assert from_slider == exact_step


def test_the_picture_depends_on_its_parameters_only(explorer):
    places = [{"x": 2.0, "dtype": "float16"}, {"x": 700.0}, {"x": -40.0, "dtype": "float64"}]
    first = [explorer.render(**parameters)[0] for parameters in places]
    backwards = [explorer.render(**parameters)[0] for parameters in reversed(places)]
    assert backwards[::-1] == first
    assert [explore().render(**parameters)[0] for parameters in places] == first
    assert len(set(first)) == 3


def test_the_quick_redraw_shows_what_a_full_drawing_shows(explorer):
    explorer.render(x=5.0, dtype="float32")
    quick = explorer.render(x=-120.0, dtype="float32")[0]
    full = png(explorer.figure(x=-120.0, dtype="float32"))
    pixels = [np.asarray(Image.open(io.BytesIO(drawn)).convert("RGB")) for drawn in (quick, full)]
    assert np.array_equal(*pixels)


@pytest.mark.parametrize("x", [-760.0, -745.5, -103.0, -17.0, -0.5, 0.0, 11.5, 88.5, 709.5, 720.0])
def test_every_state_is_drawn_inside_the_picture_and_no_two_texts_overlap(explorer, x):
    figure = explorer.figure(x=x)
    width, height = figure.canvas.get_width_height()
    placed = boxes(figure)
    for text, box in placed:
        assert box.x0 >= 0, text
        assert box.x1 <= width, text
        assert box.y0 >= 0, text
        assert box.y1 <= height, text
    clashes = [(a, b) for (a, at), (b, bt) in combinations(placed, 2) if at.padded(-1).overlaps(bt.padded(-1))]
    assert clashes == []


def test_as_many_boxes_are_filled_as_the_bits_have_ones(explorer):
    drawing = explorer._scene._drawing
    for x, row in product((-100.0, 12.0), range(4)):
        explorer.figure(x=x)
        bits = explorer.reading(x=x).alt.split(";")[row].split("bits ")[1].rstrip(".").replace(" ", "")
        faces = drawing._rows[row]._boxes.get_facecolor()
        assert [tuple(face[:3]) != (1, 1, 1) for face in faces] == [bit == "1" for bit in bits]


def test_where_the_controls_start_can_be_chosen():
    assert explore(x=-17, dtype="float64").defaults == {"x": -17, "dtype": "float64"}
    with pytest.raises(ValueError, match="x is 721"):
        explore(x=721)


def test_numbers_beyond_float64_are_written_out():
    assert exact(mpf("4.9207e312")) == "4.9207e312"
    assert exact(mpf("8.6336e-331")) == "8.6336e−331"
    assert [ulps(error) for error in (0.0, 0.004, 0.35)] == ["0", "less than 0.01", "0.35"]
    assert ulps(0.004, "<") == "<0.01"
