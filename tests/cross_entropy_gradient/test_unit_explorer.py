"""The unit's explorer: its numbers against 50-digit arithmetic, its presets, its picture at every edge."""

import io
import math
from itertools import pairwise, product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from mpmath import mp, mpf
from PIL import Image

from course.cross_entropy_gradient.explorer import explore
from course.cross_entropy_gradient.figures import number
from course.cross_entropy_gradient.slopes import GRID, compare, curves
from course.kit.explorer import BROKEN, DTYPES, OK
from course.kit.picture import png

steps = st.integers(-400, 400).map(lambda n: n / 2)


@pytest.fixture(scope="module")
def explorer():
    return explore()


def exact_slopes(logits):
    with mp.workdps(60):
        terms = [mp.exp(mpf(z)) for z in logits]
        return [term / mp.fsum(terms) - (k == 0) for k, term in enumerate(terms)]


@settings(max_examples=100, deadline=None)
@given(z1=steps, z2=steps, dtype=st.sampled_from(DTYPES))
def test_p_minus_y_is_right_everywhere_and_a_verdict_of_works_never_given_to_a_wrong_slope(z1, z2, dtype):
    kind = getattr(torch, dtype)
    seen = compare(z1, z2, kind)
    true = exact_slopes(seen.logits)
    assert seen.stable.within
    for way in (seen.naive, seen.stable):
        if way.within:
            assert all(abs(s - t) <= 24 * torch.finfo(kind).eps for s, t in zip(way.slopes, true, strict=True))
        if any(not math.isfinite(s) for s in way.slopes):
            assert not way.within
    assert all(abs(s) <= 1 for s in seen.stable.slopes)


def test_curves_and_bars_say_the_same():
    for dtype in (torch.float32, torch.float16):
        naive, stable, squared = curves(20.0, dtype)
        place = GRID.tolist().index(-20.0)
        seen = compare(-20.0, 20.0, dtype)
        assert stable[place] == seen.stable.slopes[0]
        assert squared[place] == pytest.approx(seen.squared[0], rel=1e-2, abs=1e-12)
        assert naive[place] == seen.naive.slopes[0] or (math.isnan(naive[place]) and math.isnan(seen.naive.slopes[0]))


def test_numbers_are_computed_in_the_dtype_that_is_chosen():
    assert compare(0.0, 0.0, torch.bfloat16).stable.slopes[0] != compare(0.0, 0.0, torch.float32).stable.slopes[0]
    assert 0 < abs(compare(0.3, 0.0, torch.float16).logits[0] - 0.3) < 2e-4


@pytest.mark.parametrize("dtype", DTYPES)
def test_presets(explorer, dtype):
    wrong = explorer.reading(**explorer.preset("sure and wrong", dtype=dtype))
    assert dict(wrong.stable.rows)["slope along z₁"] == "−1"
    right = explorer.reading(**explorer.preset("sure and right", dtype=dtype))
    assert abs(float(dict(right.stable.rows)["slope along z₁"].replace("−", "-"))) < 0.01
    undecided = explorer.reading(**explorer.preset("undecided", dtype=dtype))
    assert dict(undecided.stable.rows)["slope along z₁"].startswith("−0.66")
    broken = explorer.preset("overflow", dtype=dtype)
    naive = explorer.reading(**broken).naive
    assert naive.verdict == (OK if dtype == "float64" else BROKEN)  # exp(200) is an ordinary float64


def test_overflow_begins_at_89_in_float32(explorer):
    assert explorer.preset("overflow", dtype="float32")["z2"] == 89
    card = explorer.reading(z1=0.0, z2=89.0, dtype="float32").naive
    assert dict(card.rows)["slope along z₁"] == "nan"
    assert "inf/inf" in card.note


def test_the_cards_say_why(explorer):
    assert "−log(0) is inf" in explorer.reading(z1=-100.0, z2=20.0, dtype="float32").naive.note
    assert "gradient is not" in explorer.reading(z1=-70.0, z2=20.0, dtype="float32").naive.note
    assert "exactly 0" in explorer.reading(z1=-200.0, z2=200.0, dtype="float32").stable.note
    lost = explorer.reading(z1=-20.0, z2=60.0, dtype="float32").naive
    assert dict(lost.rows)["slopes sum to"] == "−1"
    assert "a slope is missing from the sum" in lost.note


@pytest.mark.parametrize(("z1", "z2", "dtype"), [*product((-200.0, 200.0), (-200.0, 200.0), DTYPES)])
def test_no_number_lies_outside_the_picture(explorer, z1, z2, dtype):
    figure = explorer.figure(z1=z1, z2=z2, dtype=dtype)
    figure.canvas.draw()
    width, height = figure.canvas.get_width_height()
    for text in figure.findobj(Text):
        if text.get_text() and text.get_visible():
            box = text.get_window_extent()
            assert box.x0 >= -1, text
            assert box.x1 <= width + 1, text
            assert box.y0 >= -1, text
            assert box.y1 <= height + 1, text


def test_the_labels_of_the_classes_do_not_touch(explorer):
    figure = explorer.figure(z1=-200.0, z2=200.0, dtype="float16")
    figure.canvas.draw()
    boxes = [t.get_window_extent() for t in figure.findobj(Text) if "naive: " in t.get_text()]
    assert len(boxes) == 3
    for a, b in pairwise(boxes):
        assert a.x1 < b.x0


def test_the_picture_depends_on_its_parameters_only(explorer):
    places = [{"z1": 2.0, "dtype": "float16"}, {"z1": -200.0, "z2": 3.0}, {"z2": -40.0, "dtype": "float64"}]
    first = [explorer.render(**parameters)[0] for parameters in places]
    assert [explorer.render(**parameters)[0] for parameters in reversed(places)][::-1] == first
    assert [explore().render(**parameters)[0] for parameters in places] == first
    assert len(set(first)) == 3


def test_the_quick_redraw_shows_what_a_full_drawing_shows(explorer):
    explorer.render(z1=5.0, z2=0.0, dtype="float32")
    quick = explorer.render(z1=120.0, z2=80.0, dtype="float32")[0]
    full = png(explorer.figure(z1=120.0, z2=80.0, dtype="float32"))
    pixels = [np.asarray(Image.open(io.BytesIO(drawn)).convert("RGB")) for drawn in (quick, full)]
    assert np.array_equal(*pixels)


def test_the_alt_text_has_the_current_numbers(explorer):
    alt = explorer.reading(z1=-20.0, z2=20.0, dtype="float32").alt
    for words in ("float32", "z₁ = −20", "p − y = −1, 1", "the squared error's −1.7e−17"):
        assert words in alt


def test_where_the_controls_start_can_be_chosen():
    assert explore(z1=1, z2=2, dtype="float16").defaults == {"z1": 1, "z2": 2, "dtype": "float16"}
    with pytest.raises(ValueError, match="z1 is 201"):
        explore(z1=201)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (-0.0, "0"), (-1.7e-17, "−1.7e−17"), (0.25, "0.25"), (-1.0, "−1"), (math.nan, "nan"), (2e38, "2e38")],
)
def test_numbers_are_written_short(value, text):
    assert number(value).replace(".00e", "e") == text
