"""The unit's explorer: its numbers against 50-digit arithmetic, its presets, its picture at every edge."""

import io
import math
from itertools import combinations, product

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from matplotlib.text import Text
from mpmath import mpf
from PIL import Image

from course.bce_with_logits.explorer import explore
from course.bce_with_logits.figures import GRID
from course.bce_with_logits.losses import by_hand, clamped, compare, curve, stable
from course.kit.explorer import BROKEN, DTYPES, OK
from course.kit.picture import png
from tests.bce_with_logits.truth import loss, yes


@pytest.fixture(scope="module")
def explorer():
    return explore()


def boxes(figure):
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


@settings(max_examples=100, deadline=None)
@given(z=st.integers(-400, 400), y=st.integers(0, 20), dtype=st.sampled_from(DTYPES))
def test_the_stable_way_is_right_everywhere_and_the_exact_numbers_are(z, y, dtype):
    seen = compare(z / 2, y / 20, getattr(torch, dtype))
    assert seen.stable.loss_within
    assert seen.stable.slope_within
    label = mpf(seen.y)
    assert abs(seen.loss - loss(mpf(seen.z), label)) < mpf(10) ** -40
    assert abs(seen.slope - (yes(mpf(seen.z)) - label)) < mpf(10) ** -40


@pytest.mark.parametrize(("z", "y"), [(200, 1), (-200, 0)])
def test_the_exact_slope_of_a_label_that_is_sure_and_right_is_no_0(z, y):
    exact = compare(z, y, torch.float32).slope
    assert abs(exact / ((1 - 2 * y) * yes(mpf(-200))) - 1) < mpf(10) ** -40


@settings(max_examples=60, deadline=None)
@given(z=st.integers(-400, 400), y=st.sampled_from([0.0, 1.0]), dtype=st.sampled_from(DTYPES))
def test_a_loss_is_never_called_right_if_it_is_off_by_a_hundredth(z, y, dtype):
    seen = compare(z / 2, y, getattr(torch, dtype))
    coarse = 8 * torch.finfo(getattr(torch, dtype)).eps * (1 + abs(z / 2))
    for way in (seen.by_hand, seen.clamped):
        if way.loss_within:
            assert way.loss == pytest.approx(float(seen.loss), rel=max(0.01, coarse), abs=1e-6)
        if not math.isfinite(way.loss):
            assert not way.loss_within


def test_the_curves_are_what_the_functions_give_one_number_at_a_time():
    for function in (by_hand, clamped, stable):
        values, slopes = curve(function, GRID[::40], 1.0, torch.float32)
        for z, value, slope in zip(GRID[::40], values, slopes, strict=True):
            (one,), (its_slope,) = curve(function, [z], 1.0, torch.float32)
            assert one == pytest.approx(value, rel=1e-5, nan_ok=True)
            assert its_slope == pytest.approx(slope, rel=1e-5, nan_ok=True)


@pytest.mark.parametrize(
    ("where", "verdict", "words"),
    [
        ({"z": 3, "y": 1}, OK, "right, up to rounding and underflow"),
        ({"z": 20, "y": 1}, BROKEN, "0 · (−inf) is nan"),
        ({"z": 20, "y": 0}, BROKEN, "the logarithm of 0. Clamped: neither the loss nor its slope"),
        ({"z": 12, "y": 1}, BROKEN, "digits of the loss are gone"),
        ({"z": -40, "y": 1}, BROKEN, "Clamped: the loss looks right, and its slope is not"),
        ({"z": -200, "y": 0.25, "dtype": "bfloat16"}, BROKEN, "Clamped: the loss is wrong"),
    ],
)
def test_the_naive_card_says_what_broke(explorer, where, verdict, words):
    reading = explorer.reading(**where)
    assert reading.naive.verdict == verdict
    assert words in reading.naive.note
    assert reading.stable.verdict == OK


def test_the_cards_hold_the_numbers(explorer):
    reading = explorer.reading(z=200, y=0)
    naive, stable_card = dict(reading.naive.rows), dict(reading.stable.rows)
    assert naive == {
        "σ(z)": "1",
        "loss by hand": "inf",
        "slope by hand": "nan",
        "clamped loss": "100",
        "clamped slope": "0",
    }
    assert stable_card == {"loss": "200", "exact loss": "200", "slope": "1", "exact slope": "1"}


@pytest.mark.parametrize(("dtype", "z"), [("float16", 8.5), ("bfloat16", 6.5), ("float32", 17.0), ("float64", 37.0)])
def test_a_preset_finds_where_the_sigmoid_becomes_1(explorer, dtype, z):
    assert explorer.preset("σ(z) is 1", dtype=dtype)["z"] == z


def test_presets_leave_the_other_controls_alone(explorer):
    assert explorer.preset("label 0", z=5, dtype="float64") == {"z": 5, "y": 0.0, "dtype": "float64"}
    assert explorer.preset("z = −40", y=0.5)["z"] == -40


def test_far_out_a_preset_shows_a_clamped_loss_that_no_longer_moves(explorer):
    alt = explorer.reading(**explorer.preset("z = −150")).alt
    for words in ("z = −150, y = 1", "Clamped: loss 100, slope 0", "Exact: loss 150, slope −1"):
        assert words in alt


def test_the_description_holds_the_numbers_of_the_picture(explorer):
    alt = explorer.reading(z=-40, y=1, dtype="float32").alt
    for words in ("float32, z = −40, y = 1", "Clamped: loss 40, slope −4.25e−6", "Exact: loss 40, slope −1"):
        assert words in alt


def test_the_picture_depends_on_its_parameters_only(explorer):
    places = [{"z": 2, "dtype": "float16"}, {"z": 100, "y": 0}, {"z": -40, "y": 0.5, "dtype": "float64"}]
    first = [explorer.render(**parameters)[0] for parameters in places]
    backwards = [explorer.render(**parameters)[0] for parameters in reversed(places)]
    assert backwards[::-1] == first
    assert len(set(first)) == 3


def test_the_quick_redraw_shows_what_a_full_drawing_shows(explorer):
    explorer.render(z=5, y=0.5, dtype="float16")
    quick = explorer.render(z=-60, y=1, dtype="float32")[0]
    full = png(explorer.figure(z=-60, y=1, dtype="float32"))
    pixels = [np.asarray(Image.open(io.BytesIO(drawn)).convert("RGB")) for drawn in (quick, full)]
    assert np.array_equal(*pixels)


@pytest.mark.parametrize(("z", "y", "dtype"), [*product((-200, 3, 200), (0, 1), ("float16", "float64"))])
def test_no_text_is_cut_off_or_overlaps_another(explorer, z, y, dtype):
    figure = explorer.figure(z=z, y=y, dtype=dtype)
    width, height = figure.canvas.get_width_height()
    placed = boxes(figure)
    for text, box in placed:
        assert box.x0 >= 0 and box.x1 <= width, text
        assert box.y0 >= 0 and box.y1 <= height, text
    clashes = [(a, b) for (a, at), (b, bt) in combinations(placed, 2) if at.padded(-1).overlaps(bt.padded(-1))]
    assert clashes == []


def test_where_the_controls_start_can_be_chosen():
    assert explore(z=-40, y=0, dtype="float16").defaults == {"z": -40, "y": 0, "dtype": "float16"}
    with pytest.raises(ValueError, match="z is 201"):
        explore(z=201)
