"""Numbers as students type them, and how far off a prediction was."""

import math

import pytest

from course.kit.verdict import compare_choices, compare_numbers, parse_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        *[("12", 12), (" 0.5 ", 0.5), (".5", 0.5), ("5.", 5), ("+3", 3), ("-3", -3), ("−3", -3), ("0,5", 0.5)],
        *[
            ("1e39", 1e39),
            ("1E-39", 1e-39),
            ("10^39", 1e39),
            ("10**39", 1e39),
            ("2·10^5", 2e5),
            ("2.5 x 10^-3", 2.5e-3),
        ],
        *[("inf", math.inf), ("-inf", -math.inf), ("∞", math.inf), ("-∞", -math.inf), ("Infinity", math.inf)],
        *[("1 000 000", 1e6), ("12'000", 12000), ("1_000.5", 1000.5)],
    ],
)
def test_numbers_are_read_as_people_type_them(text, value):
    assert parse_number(text) == value


@pytest.mark.parametrize("text", ["nan", "NaN", "not a number"])
def test_nan_is_a_number_one_may_predict(text):
    assert math.isnan(parse_number(text))


@pytest.mark.parametrize(
    "text", ["", "two", "1,000,000", "1e", "12 apples", "0x10", "1 2", "--3", "3-4", "e5", "1,5.2"]
)
def test_what_is_not_a_number_is_named_with_examples_of_what_is(text):
    with pytest.raises(ValueError, match=r"is not a number\. Type something like 12, 0\.5, 1e39, inf or nan") as caught:
        parse_number(text)
    assert f"“{text}”" in str(caught.value)


def test_a_comma_that_can_mean_two_things_is_asked_back():
    with pytest.raises(ValueError, match="could be a whole number or a fraction"):
        parse_number("1,000")
    assert parse_number("0,125") == 0.125


@pytest.mark.parametrize(
    ("predicted", "result", "right", "words"),
    [
        (4, 4, True, "Exactly right"),
        (2, 4, False, "Off by 2."),
        (3.9, 4, False, "Off by 0.1."),
        (88.0, 88.7, True, "within 0.8%"),
        (1e39, 3.4e38, False, "Too large by a factor of 2.94"),
        (2.0, 2.5e-3, False, "Too large by 3 powers of ten"),
        (1e-45, 1.5e3, False, "Too small by 48 powers of ten"),
        (0, 1e-45, False, "Zero and not zero"),
        (-1.5, 1.5, False, "The sign is the other one"),
        (math.inf, math.inf, True, "holds"),
        (math.nan, math.nan, True, "holds"),
        (-math.inf, math.inf, False, "inf is another thing than −inf"),
        (math.nan, math.inf, False, "inf is another thing than nan"),
        (5, math.nan, False, "no ordinary number comes out, but nan"),
        (math.inf, 5, False, "the result is an ordinary number"),
    ],
)
def test_a_verdict_says_in_words_how_far_off_a_number_was(predicted, result, right, words):
    verdict = compare_numbers(float(predicted), float(result))
    assert verdict.right is right
    assert words in verdict.sentence


@pytest.mark.parametrize(
    ("predicted", "right", "words"),
    [
        (3, True, "Close: within a factor of 1.3"),
        (4.1, True, "Close: within 2.5%"),
        (5.5, True, "Close: within a factor of 1.4"),
        (4, True, "Exactly right"),
        (6.5, False, "Off by 2.5."),
        (-4, False, "Off by 8."),
        (math.inf, False, "an ordinary number"),
    ],
)
def test_a_timing_may_be_off_by_a_factor(predicted, right, words):
    verdict = compare_numbers(float(predicted), 4.0, factor=1.5)
    assert verdict.right is right
    assert words in verdict.sentence


def test_a_choice_is_right_or_not():
    assert compare_choices("nan", "nan").right
    assert not compare_choices("nan", "inf").right
