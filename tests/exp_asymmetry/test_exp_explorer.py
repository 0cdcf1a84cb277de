"""The unit's explorer: its numbers against 60-digit arithmetic, its presets, its picture at every edge."""

import io
import math
from itertools import product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from mpmath import mp, mpf
from PIL import Image

from course.exp_asymmetry.explorer import explore
from course.exp_asymmetry.spread import COUNT, QUANTILES, compare
from course.kit.explorer import BROKEN, DTYPES, OK
from course.kit.picture import png


@pytest.fixture(scope="module")
def explorer():
    return explore()


def exact_shares(numbers):
    with mp.workdps(60):
        terms = [mp.exp(mpf(x)) for x in numbers]
        return [term / mp.fsum(terms) for term in terms]


def test_the_inputs_are_the_quantiles_of_a_normal_distribution():
    assert len(QUANTILES) == COUNT == 100
    assert list(QUANTILES) == sorted(QUANTILES)
    for i, q in enumerate(QUANTILES):
        assert float(mp.ncdf(q)) == pytest.approx((i + 0.5) / 100, abs=1e-12)


@settings(max_examples=60, deadline=None)
@given(centre=st.integers(-800, 800), width=st.integers(0, 500), dtype=st.sampled_from(DTYPES))
def test_differences_first_are_always_right_and_naive_is_never_called_right_when_it_is_not(centre, width, dtype):
    kind = getattr(torch, dtype)
    seen = compare(centre, width / 10, kind)
    assert seen.stable.right
    assert seen.stable.count(math.inf) == 0
    shares = exact_shares(seen.inputs)
    slack = 16 * torch.finfo(kind).eps * (1 + width)
    assert abs(seen.stable.share - shares[-1]) <= slack * shares[-1]
    with mp.workdps(60):
        digits = (mpf(seen.inputs[-1]) - mpf(seen.inputs[0])) / mp.log(10)
    assert abs(seen.stable.digits - digits) <= 8 * torch.finfo(kind).eps * (1 + digits)
    if seen.naive.right:
        assert abs(seen.naive.share - shares[-1]) <= slack * shares[-1]
        assert math.isfinite(seen.naive.slope)


@pytest.mark.parametrize("dtype", DTYPES)
def test_presets_overflow_and_underflow_in_the_chosen_dtype(explorer, dtype):
    over = explorer.reading(**explorer.preset("overflow", dtype=dtype))
    assert over.naive.verdict == BROKEN
    assert "overflowed" in over.naive.note
    assert over.stable.verdict == OK
    under = explorer.preset("underflow", dtype=dtype)
    reading = explorer.reading(**under)
    assert reading.naive.verdict == BROKEN
    assert reading.stable.verdict == OK
    if dtype != "float64":  # whose zeros begin at the very end of the slider
        assert "0 / 0 is nan" in reading.naive.note
    assert under["dtype"] == dtype


def test_presets_without_a_dtype_of_their_own(explorer):
    narrow, logits, all_in_one = (explorer.preset(name) for name in ("narrow", "like logits", "one takes all"))
    assert (narrow["width"], logits["width"], all_in_one["width"]) == (0.1, 3.0, 30.0)
    assert explorer.reading(**narrow).naive.verdict == OK
    assert explorer.reading(**logits).naive.verdict == OK
    reading = explorer.reading(**all_in_one)
    assert reading.naive.verdict == BROKEN
    assert "the ratio is lost" in reading.naive.note


def test_the_cards_and_the_description_hold_the_numbers(explorer):
    reading = explorer.reading(centre=5.0, width=3.0, dtype="float16")
    assert dict(reading.naive.rows)["exp(x)"] == "2 inf, 0 zero"
    assert dict(reading.stable.rows)["share of the largest"] == "0.507"
    for words in ("float16", "centre 5 and width 3", "2 of them inf", "By differences it holds 0.507", "6.71"):
        assert words in reading.alt


def test_a_card_says_where_the_slope_has_lost_all_digits_and_nowhere_else(explorer):
    for width in (20.0, 30.0, 50.0):
        stable = compare(0.0, width, torch.float32).stable
        exact = compare(0.0, width, torch.float64).stable.slope  # its rounding is far smaller than what float32 lost
        lost = abs(stable.slope - exact) > exact / 2
        assert lost == (width == 50.0)
        assert ("no digit of it is left" in explorer.reading(width=width).stable.note) == lost


@pytest.mark.parametrize(
    ("centre", "width", "words"),
    [(-750.0, 2.0, "the share has lost digits"), (-742.0, 0.0, "the share is still right"), (706.0, 0.0, "sum is not")],
)
def test_the_naive_card_calls_a_share_right_only_where_it_is(explorer, centre, width, words):
    place = {"centre": centre, "width": width, "dtype": "float64"}
    assert words in explorer.reading(**place).naive.note
    seen = compare(centre, width, torch.float64)
    naive, exact = seen.naive, exact_shares(seen.inputs)[-1]
    assert naive.share_right == ("right" in words) == (abs(naive.share / exact - 1) < 1e-12)
    drawn = " ".join(text.get_text() for text in explorer.figure(**place).findobj(Text) if text.get_visible())
    assert ("✘ 0: the sum is inf" in drawn) == (naive.share == 0)


def test_the_picture_depends_on_its_parameters_only(explorer):
    places = [{"centre": 2.0, "dtype": "float16"}, {"centre": 100.0, "width": 5.0}, {"centre": -700.0, "width": 0.0}]
    first = [explorer.render(**parameters)[0] for parameters in places]
    assert [explorer.render(**parameters)[0] for parameters in reversed(places)][::-1] == first
    assert len(set(first)) == 3


def test_the_quick_redraw_shows_what_a_full_drawing_shows(explorer):
    explorer.render(centre=-700.0, dtype="float64")
    place = {"centre": 11.0, "width": 3.0, "dtype": "float16"}
    quick = explorer.render(**place)[0]
    full = png(explorer.figure(**place))
    pixels = [np.asarray(Image.open(io.BytesIO(drawn)).convert("RGB")) for drawn in (quick, full)]
    assert np.array_equal(*pixels)


@pytest.mark.parametrize(
    ("centre", "width", "dtype"), [*product((-800.0, 0.0, 800.0), (0.0, 50.0), ("float16", "float64"))]
)
def test_every_corner_is_drawn_with_no_text_outside_the_picture(explorer, centre, width, dtype):
    figure = explorer.figure(centre=centre, width=width, dtype=dtype)
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    wide, high = figure.canvas.get_width_height()
    for text in figure.findobj(Text):
        if text.get_text() and text.get_visible():
            box = text.get_window_extent(renderer)
            assert box.x0 >= 0, text
            assert box.x1 <= wide, text
            assert box.y0 >= 0, text
            assert box.y1 <= high, text


@pytest.mark.parametrize(("centre", "width"), [(-750.0, 2.0), (-745.0, 0.0), (709.7, 0.0), (710.0, 0.1)])
def test_exponentials_at_the_ends_of_float64_are_drawn(explorer, centre, width):
    _, outputs, _ = explorer.figure(centre=centre, width=width, dtype="float64").axes
    (bars,) = outputs.patches
    assert np.isfinite(bars.get_path().vertices).all()
    assert len({text.get_text() for text in outputs.texts[:3]}) == 3


def test_the_numbers_under_an_axis_tell_its_ends_apart(explorer):
    inputs, outputs, _ = explorer.figure(centre=800.0, width=0.1).axes
    assert [text.get_text() for text in inputs.texts] == ["799.742", "800", "800.258"]
    assert [text.get_text() for text in outputs.texts if text.get_text()] == ["100 are inf"]
    _, outputs, _ = explorer.figure(centre=0.0, width=0.1).axes
    assert [text.get_text() for text in outputs.texts if text.get_text()] == ["0.773", "1.03", "1.29"]


def test_the_picture_says_inf_nan_and_zero_in_words(explorer):
    texts = " ".join(t.get_text() for t in explorer.figure(centre=12.0, width=3.0, dtype="float16").findobj(Text))
    assert "are inf" in texts
    assert "✘ nan" in texts
    texts = " ".join(t.get_text() for t in explorer.figure(centre=-120.0, width=3.0).findobj(Text))
    assert "100 are 0" in texts


def test_axes_are_labelled_and_histograms_count_everything(explorer):
    figure = explorer.figure(centre=0.0, width=3.0)
    assert all(axes.get_xlabel() for axes in figure.axes)
    for axes in figure.axes[:2]:
        (bars,) = axes.patches  # one path, of five corners a bar
        assert sum(bar[2][1] - bar[1][1] for bar in bars.get_path().vertices.reshape(-1, 5, 2)) == COUNT


def test_where_the_controls_start_can_be_chosen():
    assert explore(centre=10, width=2, dtype="float16").defaults == {"centre": 10, "width": 2, "dtype": "float16"}
    with pytest.raises(ValueError, match="width is 51"):
        explore(width=51)
    with pytest.raises(ValueError, match="no control is called mean; there are centre, width, dtype"):
        explore(mean=2)
