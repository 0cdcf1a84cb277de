"""The unit's explorer: its numbers against 60-digit arithmetic, its presets, its picture at every edge."""

import io
import math
from itertools import combinations, product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from mpmath import mp, mpf
from PIL import Image

from course.expm1_log1p.digits import FORMS, curve, full_digits, sample
from course.expm1_log1p.explorer import explore
from course.kit.explorer import BROKEN, DTYPES, OK
from course.kit.picture import png

FUNCTIONS = tuple(FORMS)
EXPM1, LOG1P, BY_EXPM1, BY_LOG1P = FUNCTIONS


@pytest.fixture(scope="module")
def explorer():
    return explore()


def exact(function, x):
    """The value by plain subtraction and addition, with digits to spare."""
    with mp.workdps(120):
        if function == EXPM1:
            return mp.exp(mpf(x)) - 1
        return mp.log(1 + mpf(x)) if function == LOG1P else mp.log(1 - mp.exp(-mpf(x)))


def boxes(figure):
    """Every piece of text in the figure, once, with the pixels it covers."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


powers = st.integers(-80, 8).map(lambda n: n / 4)


@settings(max_examples=150, deadline=None)
@given(function=st.sampled_from(FUNCTIONS), power=powers, dtype=st.sampled_from(DTYPES))
def test_exact_values_digits_and_verdicts_are_those_of_the_number_that_the_dtype_holds(function, power, dtype):
    seen = sample(function, power, dtype)
    if seen.x == 0:
        return
    true = exact(function, seen.x)
    assert abs(seen.exact - true) <= mpf(10) ** -50 * abs(true)
    info = torch.finfo(getattr(torch, dtype))
    for result in (seen.naive, seen.stable):
        assert 0 <= result.digits <= full_digits(dtype)
        if not math.isfinite(result.value) or abs(true) < info.smallest_normal or abs(true) > info.max:
            continue
        error = abs(mpf(result.value) - true) / abs(true)
        assert float(error) == pytest.approx(result.error, rel=1e-9, abs=1e-300)
        if result.within:
            assert error <= 8 * info.eps * (1 + seen.x) * 1.001 + 8 * info.smallest_normal * info.eps / abs(true)


@pytest.mark.parametrize("dtype", DTYPES)
def test_torchs_functions_keep_all_digits_for_every_x(dtype):
    for function in (EXPM1, LOG1P):
        _, _, stable = curve(function, dtype)
        held = [digits for digits in stable if not math.isnan(digits)]
        assert min(held) > full_digits(dtype) - 0.4


def test_each_form_of_log1mexp_saves_one_end_and_only_one(explorer):
    for function, power, verdict in ((BY_EXPM1, -7, OK), (BY_EXPM1, 1.25, BROKEN), (BY_LOG1P, -7, BROKEN)):
        assert explorer.reading(function=function, power=float(power)).stable.verdict == verdict
    assert explorer.reading(function=BY_LOG1P, power=1.25).stable.verdict == OK


@pytest.mark.parametrize(("function", "dtype"), tuple(product(FUNCTIONS, DTYPES)))
def test_presets_go_where_half_and_none_of_the_digits_are_left(explorer, function, dtype):
    at = {"function": function, "dtype": dtype}
    half, none = (explorer.preset(label, **at)["power"] for label in ("half of the digits left", "none left"))
    kept = sample(function, half, dtype).naive
    assert kept.digits == pytest.approx(full_digits(dtype) / 2, abs=0.4)
    assert not kept.within
    assert sample(function, none, dtype).naive.digits == 0


def test_the_other_presets_go_where_they_say(explorer):
    assert explorer.preset("x = 1")["power"] == 0
    assert explorer.preset("x near 18")["power"] == 1.25


def test_an_infinite_result_for_a_finite_value_has_an_infinite_error(explorer):
    naive = dict(explorer.reading(function=BY_EXPM1, power=-8.0).naive.rows)
    assert (naive["value"], naive["relative error"], naive["digits right"]) == ("−inf", "inf", "0.0 of 6.9")


def test_below_the_normal_range_a_lost_number_is_not_taken_for_a_right_one():
    lost, kept = (sample(function, 2.0, "float32").stable for function in (BY_EXPM1, BY_LOG1P))
    assert lost.value == 0
    assert lost.digits < 0.1
    assert kept.value != 0
    assert kept.digits == full_digits("float32")


def test_a_0_is_no_digit_where_x_is_two_of_float16s_smallest_steps(explorer):
    lost, kept = (getattr(sample(EXPM1, -7.0, "float16"), form) for form in ("naive", "stable"))
    assert (lost.value, lost.error, lost.digits) == (0, 1, 0)
    assert kept.digits == full_digits("float16")
    reading = explorer.reading(power=-7.0, dtype="float16")
    assert (reading.naive.verdict, reading.stable.verdict) == (BROKEN, OK)


def test_the_cards_hold_value_exact_value_error_and_digits(explorer):
    naive = dict(explorer.reading(power=-5.0).naive.rows)
    assert naive["value"] == "1.00136e−5"
    assert naive["exact"] == "1e−5"
    assert naive["digits right"] == "2.9 of 6.9"
    assert "rounded to fit beside a 1" in explorer.reading(power=-5.0).naive.note
    assert "Nothing is left" in explorer.reading(power=-9.0).naive.note
    assert "held as 0" in explorer.reading(power=-20.0, dtype="float16").naive.note
    assert "inf is right" in explorer.reading(power=2.0, dtype="float16").stable.note


def test_the_description_holds_the_numbers_of_the_picture(explorer):
    alt = explorer.reading(power=-5.0).alt
    mark = "x = 1e−5: naive 1.00136e−5, stable 1e−5, exact 1e−5"  # as the cards have it, or the two look the same
    for words in ("exp(x) − 1, naive", "expm1(x), stable", mark, "float32 2.9 naive and 6.9 stable of 6.9"):
        assert words in alt
    assert "float16 holds this x as 0" in explorer.reading(power=-12.0).alt


def test_the_picture_depends_on_its_parameters_only(explorer):
    places = [{"power": -3.0, "dtype": "float16"}, {"power": 1.0, "function": BY_LOG1P}, {"dtype": "float64"}]
    first = [explorer.render(**parameters)[0] for parameters in places]
    backwards = [explorer.render(**parameters)[0] for parameters in reversed(places)]
    assert backwards[::-1] == first
    assert [explore().render(**parameters)[0] for parameters in places] == first
    assert len(set(first)) == 3


def test_the_quick_redraw_shows_what_a_full_drawing_shows(explorer):
    explorer.render(power=-5.0)
    quick = explorer.render(power=-8.0)[0]
    full = png(explorer.figure(power=-8.0))
    pixels = [np.asarray(Image.open(io.BytesIO(drawn)).convert("RGB")) for drawn in (quick, full)]
    assert np.array_equal(*pixels)


@pytest.mark.parametrize(("power", "function", "dtype"), [*product((-20.0, 2.0), FUNCTIONS[1::2], DTYPES[::2])])
def test_every_corner_is_drawn_with_no_number_outside_the_picture_and_no_two_on_top_of_each_other(
    explorer, power, function, dtype
):
    figure = explorer.figure(power=power, function=function, dtype=dtype)
    width, height = figure.canvas.get_width_height()
    placed = boxes(figure)
    for text, box in placed:
        assert box.x0 >= 0, text
        assert box.x1 <= width, text
        assert box.y0 >= 0, text
        assert box.y1 <= height, text
    # A box reaches a pixel or two beyond its ink.
    clashes = [(a, b) for (a, at), (b, bt) in combinations(placed, 2) if at.padded(-1).overlaps(bt.padded(-1))]
    assert clashes == []


def test_where_the_controls_start_can_be_chosen():
    assert explore(power=-8, dtype="float16").defaults == {"power": -8.0, "function": EXPM1, "dtype": "float16"}
    with pytest.raises(ValueError, match="power is 3"):
        explore(power=3)
    with pytest.raises(ValueError, match="no control is called x; there are power, function, dtype"):
        explore(x=1)
