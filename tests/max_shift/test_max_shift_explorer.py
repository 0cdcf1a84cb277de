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
from mpmath import mp, mpf
from PIL import Image

from course.kit.explorer import BROKEN, DTYPES, OK
from course.kit.numerals import number
from course.kit.picture import png
from course.max_shift.explorer import explore
from course.max_shift.shifted import compare

# log of the largest finite number, from the formats' definitions: (2 - 2^-p) · 2^emax.
LOG_LARGEST = {"float16": 11.0899, "bfloat16": 88.7189, "float32": 88.7228, "float64": 709.7827}


@pytest.fixture(scope="module")
def explorer():
    return explore()


def exact_softmax(logits):
    with mp.workdps(60):
        terms = [mp.exp(mpf(x)) for x in logits]
        return [term / mp.fsum(terms) for term in terms]


def boxes(figure):
    """Every piece of text in the figure, once, with the pixels it covers."""
    figure.canvas.draw()
    renderer = figure.canvas.get_renderer()
    texts = [text for text in figure.findobj(Text) if text.get_text() and text.get_visible()]
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


def steps(low, high):
    return st.integers(2 * low, 2 * high).map(lambda n: n / 2)


@settings(max_examples=150, deadline=None)
@given(x1=steps(-1000, 1000), dtype=st.sampled_from(DTYPES))
def test_shifted_by_the_maximum_every_weight_is_within_the_courses_bound(x1, dtype):
    comparison = compare(x1, max(x1, 1.5), getattr(torch, dtype))
    info = torch.finfo(getattr(torch, dtype))
    smallest = info.smallest_normal * info.eps
    peak = max(comparison.logits)
    for weight, exact, x in zip(
        comparison.shifted.weights, exact_softmax(comparison.logits), comparison.logits, strict=True
    ):
        assert abs(weight - exact) <= 8 * info.eps * (1 + peak - x) * exact + 8 * smallest
    assert comparison.shifted.within
    assert comparison.shifted.count("nan") == 0


@settings(max_examples=150, deadline=None)
@given(x1=steps(-1000, 1000), c=steps(-1000, 1000), dtype=st.sampled_from(DTYPES))
def test_terms_overflow_and_vanish_exactly_where_the_dtypes_range_ends(x1, c, dtype):
    kind = getattr(torch, dtype)
    comparison = compare(x1, c, kind)
    info = torch.finfo(kind)
    smallest = info.smallest_normal * info.eps
    shifted = [torch.tensor(x, dtype=kind) - torch.tensor(c, dtype=kind) for x in comparison.logits]
    for way, exponents in ((comparison.naive, comparison.logits), (comparison.shifted, [s.item() for s in shifted])):
        for term, exponent in zip(way.terms, exponents, strict=True):
            true = mp.exp(mpf(exponent))
            if true > info.max * 1.01:
                assert math.isinf(term)
            elif true < smallest * 0.49:
                assert term == 0
            elif true < info.max * 0.99:
                # half a smallest subnormal by rounding, the same again for the library's last bit
                assert abs(term - true) <= 2 * info.eps * true + smallest


@settings(max_examples=100, deadline=None)
@given(x1=steps(-1000, 1000), c=steps(-1000, 1000), dtype=st.sampled_from(DTYPES))
def test_a_verdict_of_works_is_never_given_to_a_wrong_weight(x1, c, dtype):
    comparison = compare(x1, c, getattr(torch, dtype))
    info = torch.finfo(getattr(torch, dtype))
    for way in (comparison.naive, comparison.shifted):
        if way.within:
            assert all(abs(w - e) < 0.01 + 64 * info.eps for w, e in zip(way.weights, comparison.exact, strict=True))
        if any(map(math.isnan, way.weights)):
            assert not way.within
            assert math.isnan(way.error)


def test_the_exact_weights_are_those_of_the_logits_as_the_dtype_holds_them():
    comparison = compare(999.5, 0.0, torch.bfloat16)
    assert comparison.logits[0] == 1000.0  # bfloat16 has steps of 4 there
    assert comparison.logits[2] == 0.2001953125
    comparison = compare(1.0, 0.0, torch.bfloat16)
    for ours, theirs in zip(comparison.exact, exact_softmax(comparison.logits), strict=True):
        assert abs(ours - theirs) < mpf(10) ** -40


@pytest.mark.parametrize(
    ("c", "verdict", "words"),
    [
        (0.0, BROKEN, "inf / inf is nan"),
        (100.0, OK, "right as this dtype allows"),
        (90.0, OK, "right as this dtype allows"),
        (11.0, BROKEN, "inf / inf is nan"),
        (300.0, BROKEN, "0 / 0 is nan"),
        (195.0, BROKEN, "came out as 0"),
    ],
)
def test_other_shifts_than_the_maximum_work_or_fail_for_the_reason_the_card_gives(explorer, c, verdict, words):
    card = explorer.reading(x1=100.0, c=c, dtype="float32").stable
    assert card.verdict == verdict
    assert words in card.note


def test_a_shift_far_above_the_maximum_loses_digits_without_a_nan(explorer):
    reading = explorer.reading(x1=-1000.0, c=100.0, dtype="float32")
    assert "few digits are left" in reading.stable.note
    assert dict(reading.stable.rows)["weights"] == "0 nan, 1 zero"
    assert float(dict(reading.stable.rows)["largest relative error"]) > 0.1
    assert reading.naive.verdict == OK


def test_the_cards_count_inf_nan_and_zeros(explorer):
    reading = explorer.reading(x1=1000.0, c=1000.0, dtype="float32")
    naive, shifted = dict(reading.naive.rows), dict(reading.stable.rows)
    assert (naive["terms exp(xᵢ)"], naive["sum"], naive["weights"]) == ("1 inf, 0 zeros", "inf", "1 nan, 3 zeros")
    assert naive["largest relative error"] == "nan"
    assert (shifted["terms exp(xᵢ − c)"], shifted["sum"]) == ("0 inf, 3 zeros", "1")
    assert shifted["weights"] == "0 nan, 3 zeros"


@pytest.mark.parametrize("dtype", DTYPES)
def test_presets_are_safe_just_safe_and_overflowing_in_the_chosen_dtype(explorer, dtype):
    safe, last, overflow = (explorer.preset(f"{label} x₁", dtype=dtype) for label in ("safe", "last safe", "overflow"))
    assert safe["x1"] < last["x1"] <= LOG_LARGEST[dtype] < overflow["x1"] == last["x1"] + 0.5
    assert explorer.reading(**safe).naive.verdict == OK
    assert explorer.reading(**last).naive.verdict == OK
    assert explorer.reading(**overflow).naive.verdict == BROKEN
    assert {safe["dtype"], last["dtype"], overflow["dtype"]} == {dtype}


@pytest.mark.parametrize(("x1", "maximum"), [(700.0, 700.0), (-700.0, 1.5), (1.5, 1.5)])
def test_one_preset_shifts_by_the_maximum_and_one_not_at_all(explorer, x1, maximum):
    assert explorer.preset("c = maximum", x1=x1)["c"] == maximum
    assert explorer.preset("c = 0", x1=x1)["c"] == 0.0
    assert explorer.reading(**explorer.preset("c = maximum", x1=x1)).stable.verdict == OK


def test_the_description_holds_the_numbers_of_the_picture(explorer):
    alt = explorer.reading(x1=89.0, c=1.5, dtype="float32").alt
    exact = ", ".join(number(weight) for weight in exact_softmax([89.0, 1.5, float(np.float32(0.2)), -2.0]))
    for words in ("float32", "x₁ = 89", "c = 1.5", "terms inf, 4.48, 1.22, 0.135", "sum inf", "weights nan, 0, 0, 0"):
        assert words in alt
    assert f"Exact weights {exact}." in alt
    assert "1e38" in alt  # exp(87.5)


def test_the_picture_depends_on_its_parameters_only(explorer):
    places = [{"x1": 2.0, "dtype": "float16"}, {"x1": 1000.0, "c": -3.0}, {"x1": -40.0, "dtype": "float64"}]
    first = [explorer.render(**parameters)[0] for parameters in places]
    backwards = [explorer.render(**parameters)[0] for parameters in reversed(places)]
    assert backwards[::-1] == first
    assert [explore().render(**parameters)[0] for parameters in places] == first
    assert len(set(first)) == 3


def test_the_quick_redraw_shows_what_a_full_drawing_shows(explorer):
    explorer.render(x1=5.0, c=0.0, dtype="float32")
    quick = explorer.render(x1=120.0, c=80.0, dtype="float32")[0]
    full = png(explorer.figure(x1=120.0, c=80.0, dtype="float32"))
    pixels = [np.asarray(Image.open(io.BytesIO(drawn)).convert("RGB")) for drawn in (quick, full)]
    assert np.array_equal(*pixels)


@pytest.mark.parametrize(("x1", "c", "dtype"), [*product((-1000.0, 1000.0), (-1000.0, 1000.0), DTYPES)])
def test_every_corner_is_drawn_with_no_number_outside_the_picture(explorer, x1, c, dtype):
    figure = explorer.figure(x1=x1, c=c, dtype=dtype)
    width, height = figure.canvas.get_width_height()
    for text, box in boxes(figure):
        assert box.x0 >= 0, text
        assert box.x1 <= width, text
        assert box.y0 >= 0, text
        assert box.y1 <= height, text


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("x1", "c"), [(100.0, 100.0), (88.5, 0.0), (11.0, 20.0), (-1000.0, -1000.0)])
def test_no_two_texts_overlap(explorer, x1, c, dtype):
    placed = boxes(explorer.figure(x1=x1, c=c, dtype=dtype))
    # A box reaches a pixel or two beyond its ink.
    clashes = [(a, b) for (a, at), (b, bt) in combinations(placed, 2) if at.padded(-1).overlaps(bt.padded(-1))]
    assert clashes == []


def test_the_picture_says_inf_nan_and_zero_in_words(explorer):
    figure = explorer.figure(x1=1000.0, c=1000.0, dtype="float32")
    texts = [t.get_text() for t in figure.findobj(Text)]
    assert texts.count("inf") == 3  # the strip, the term and the sum
    assert texts.count("✘ nan") == 2
    assert {"x₁ = 1000", "c = 1000"} <= set(texts)


def test_where_the_controls_start_can_be_chosen():
    assert explore(x1=1000, c=0, dtype="float16").defaults == {"x1": 1000, "c": 0, "dtype": "float16"}
    with pytest.raises(ValueError, match="x1 is 1001"):
        explore(x1=1001)
    with pytest.raises(ValueError, match="no control is called x2; there are x1, c, dtype"):
        explore(x2=1)
