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

from course.kit.explorer import BROKEN, DTYPES, OK
from course.kit.picture import png
from course.log_softmax.composed import compare, curve, ulps
from course.log_softmax.explorer import explore
from tests.log_softmax import exact


@pytest.fixture(scope="module")
def explorer():
    return explore()


def boxes(figure):
    """Every piece of text in the figure, once, with the pixels it covers."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


def steps(low, high):
    return st.integers(2 * low, 2 * high).map(lambda n: n / 2)


@settings(max_examples=80, deadline=None, derandomize=True)
@given(z_max=steps(0, 1000), z_min=steps(-1000, 0), dtype=st.sampled_from(DTYPES))
def test_the_stable_loss_is_right_everywhere_and_the_naive_one_is_never_called_right_when_it_is_not(
    z_max, z_min, dtype
):
    kind = getattr(torch, dtype)
    seen = compare(z_max, z_min, kind)
    true = exact.row(seen.logits)
    want = -true.log_p[2]
    with mp.workdps(60):
        assert abs(seen.exact - -true.log_p[2]) < mpf(10) ** -40 * (1 + want)
    info = torch.finfo(kind)
    bound = 8 * info.eps * (want + true.mass) + 8 * info.smallest_normal * info.eps
    assert seen.stable.within
    assert abs(seen.stable.loss - want) <= bound
    if seen.naive.within:
        assert abs(seen.naive.loss - want) <= bound
        assert not any(map(math.isnan, seen.naive.gradient))
    assert sum(seen.stable.gradient) == pytest.approx(0, abs=8 * info.eps)


def test_ulps_are_spacings_of_the_dtype():
    for dtype in (torch.float32, torch.float16, torch.bfloat16):
        here = torch.tensor(100.0, dtype=dtype)
        above = torch.nextafter(here, torch.tensor(1e4, dtype=dtype))
        assert ulps(above.item(), mpf(100), dtype) == 1
    assert ulps(math.inf, mpf(100), torch.float32) == math.inf
    assert ulps(0.0, mpf(0), torch.float32) == 0


def test_the_curve_goes_through_the_points_and_knows_where_the_gradient_ends():
    found = curve(20.0, -1000.0, torch.float32)
    assert list(found.distances) == sorted(found.distances)
    for distance, loss in list(zip(found.distances, found.naive, strict=True))[::20]:
        assert loss == compare(20.0, 20 - distance, torch.float32).naive.loss or distance != round(distance, 6)
    assert math.isinf(found.naive[-1])
    assert found.stable[-1] == pytest.approx(1020, rel=1e-6)
    assert max(found.stable_ulps) <= 2


@pytest.mark.parametrize(
    ("z_max", "dtype", "first"),
    [
        (20.0, torch.float32, 89),
        (10.0, torch.float32, 89),
        (20.0, torch.bfloat16, 89),
        (6.0, torch.float16, 11.5),
        (20.0, torch.float64, 710),
    ],
)
def test_the_strip_begins_at_the_first_distance_that_can_be_chosen_whatever_was_sampled(z_max, dtype, first):
    assert curve(z_max, -1000.0, dtype).lost == first
    before, there = (compare(z_max, z_max - distance, dtype).naive.gradient for distance in (first - 0.5, first))
    assert not any(map(math.isnan, before))
    assert any(map(math.isnan, there))


def test_a_gradient_that_is_never_nan_has_no_strip():
    assert curve(20.0, -10.0, torch.float32).lost == math.inf


@pytest.mark.parametrize(("z_max", "where"), [(20.0, "from 89 on"), (1000.0, "all along")])
def test_the_strip_names_no_beginning_that_is_only_the_end_of_a_slider(explorer, z_max, where):
    figure = explorer.figure(z_max=z_max, z_min=-1000.0, dtype="float32")
    assert f"naive gradient nan {where}" in [text.get_text() for text in figure.findobj(Text)]


@pytest.mark.parametrize("dtype", DTYPES)
def test_presets_are_right_wrong_and_infinite_in_the_chosen_dtype(explorer, dtype):
    half, few, over, row_two = (
        explorer.preset(label, dtype=dtype) for label in ("half way", "few digits", "over the cliff", "row two")
    )
    verdicts = [explorer.reading(**place).naive.verdict for place in (half, few, over, row_two)]
    assert verdicts == [OK, BROKEN, BROKEN, BROKEN]
    assert all(explorer.reading(**place).stable.verdict == OK for place in (half, few, over, row_two))
    losses = [compare(place["z_max"], place["z_min"], getattr(torch, dtype)).naive.loss for place in (few, over)]
    assert math.isfinite(losses[0])
    assert math.isinf(losses[1])
    assert {half["dtype"], few["dtype"], over["dtype"]} == {dtype}


@pytest.mark.parametrize(
    ("z_min", "words"),
    [
        (-20.0, "as right as this dtype allows"),
        (-80.0, "its derivative 1/p overflowed"),
        (-84.0, "underflowed to 0"),
    ],
)
def test_the_naive_card_gives_the_reason(explorer, z_min, words):
    assert words in explorer.reading(z_max=20.0, z_min=z_min).naive.note


def test_the_description_holds_the_numbers_of_the_picture(explorer):
    alt = explorer.reading(z_max=20.0, z_min=-84.0, dtype="float32").alt
    for words in (
        "float32, z_max = 20, z_min = −84, a distance of 104",
        "Naive: loss inf, error infinite, gradient nan, nan, nan",
        "Stable: loss 104",
        "Exact loss 104, exact gradient 1, 2.06e−9, −1",
    ):
        assert words in alt


def test_the_picture_depends_on_its_parameters_only(explorer):
    places = [{"z_max": 2.0, "dtype": "float16"}, {"z_max": 1000.0, "z_min": -3.0}, {"z_min": -740.0}]
    first = [explorer.render(**parameters)[0] for parameters in places]
    backwards = [explorer.render(**parameters)[0] for parameters in reversed(places)]
    assert backwards[::-1] == first
    assert len(set(first)) == 3


def test_the_quick_redraw_shows_what_a_full_drawing_shows(explorer):
    explorer.render(z_max=300.0, z_min=-1.0, dtype="float16")
    quick = explorer.render(z_max=20.0, z_min=-90.0, dtype="float32")[0]
    full = png(explorer.figure(z_max=20.0, z_min=-90.0, dtype="float32"))
    pixels = [np.asarray(Image.open(io.BytesIO(drawn)).convert("RGB")) for drawn in (quick, full)]
    assert np.array_equal(*pixels)


CORNERS = [*product((0.0, 1000.0), (-1000.0, 0.0), ("float16", "float64"))]


@pytest.mark.parametrize(("z_max", "z_min", "dtype"), [*CORNERS, (20.0, -84.0, "float32"), (10.0, -6.0, "float16")])
def test_no_number_lies_outside_the_picture_and_no_two_texts_overlap(explorer, z_max, z_min, dtype):
    figure = explorer.figure(z_max=z_max, z_min=z_min, dtype=dtype)
    width, height = figure.canvas.get_width_height()
    placed = boxes(figure)
    for text, box in placed:
        assert 0 <= box.x0 < box.x1 <= width, text
        assert 0 <= box.y0 < box.y1 <= height, text
    clashes = [(a, b) for (a, at), (b, bt) in combinations(placed, 2) if at.padded(-2).overlaps(bt.padded(-2))]
    assert clashes == []


def test_where_the_controls_start_can_be_chosen():
    assert explore(z_max=100, z_min=0, dtype="float16").defaults == {"z_max": 100, "z_min": 0, "dtype": "float16"}
    with pytest.raises(ValueError, match="z_min is 1"):
        explore(z_min=1)
    with pytest.raises(ValueError, match="no control is called c; there are z_max, z_min, dtype"):
        explore(c=1)
