"""Prediction against result, in words: reads the number a student types and says how far off it was."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass

CLOSE = 0.05
"""A number that is this close, relative to the result, counts as right, unless the result is a whole number below a
thousand: a count is right or wrong."""

_SMALL_COUNT = 1000
_WORDS = {"infinity": "inf", "∞": "inf", "infinite": "inf", "not a number": "nan"}
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?|[+-]?inf|[+-]?nan", re.IGNORECASE)
_POWER = re.compile(r"(?:([+-]?[\d.]+)\s*[x×*·]\s*)?10\s*(?:\^|\*\*)\s*([+-]?\d+)")


@dataclass(frozen=True)
class Verdict:
    """Whether a prediction was right, and how far off, in a sentence."""

    right: bool
    sentence: str


def parse_number(text: str) -> float:
    """The number in `text`: `1e39`, `0,5`, `2·10^5`, `inf`, `-inf` and `nan` are all fine.

    Raises:
        ValueError: with a message for the student, where there is no number or more than one reading of it.
    """
    cleaned = text.strip().replace("−", "-").replace("\u00a0", " ")
    lowered = cleaned.lower()
    sign = "-" if lowered.startswith("-") else ""
    cleaned = sign + _WORDS[lowered.lstrip("+-")] if lowered.lstrip("+-") in _WORDS else cleaned
    power = _POWER.fullmatch(cleaned)
    if power:
        cleaned = f"{power[1] or 1}e{power[2]}"
    grouped = re.fullmatch(r"[+-]?\d{1,3}([ _']\d{3})+(\.\d+)?", cleaned)
    if grouped:
        cleaned = re.sub(r"[ _']", "", cleaned)
    if re.fullmatch(r"[+-]?[1-9]\d{0,2},\d{3}", cleaned):
        raise ValueError(f"“{text.strip()}” could be a whole number or a fraction. Type it without the comma.")
    if cleaned.count(",") == 1 and "." not in cleaned:
        cleaned = cleaned.replace(",", ".")
    if not _NUMBER.fullmatch(cleaned):
        raise ValueError(f"“{text.strip()}” is not a number. Type something like 12, 0.5, 1e39, inf or nan.")
    return float(cleaned)


def compare_choices(predicted: str, result: str) -> Verdict:
    """Whether the option that was chosen is the one that came out."""
    if predicted == result:
        return Verdict(True, "Your prediction holds.")
    return Verdict(False, "Not what happened.")


def compare_numbers(predicted: float, result: float, factor: float | None = None) -> Verdict:
    """How far a predicted number lies from the result: as a count, a ratio or in powers of ten.

    With a `factor`, a number that is at most so many times too large or too small counts as right: for a timing, which
    no two runs agree on.
    """
    if math.isnan(result) or math.isinf(result) or not math.isfinite(predicted):
        return _compare_special(predicted, result)
    if predicted == result:
        return Verdict(True, "Exactly right.")
    if factor is not None and predicted * result > 0 and _times(predicted, result) <= factor:
        return Verdict(True, _close(predicted, result))
    if float(result).is_integer() and abs(result) < _SMALL_COUNT:
        return Verdict(False, f"Off by {_short(abs(predicted - result))}.")
    if 0 in (result, predicted):
        return Verdict(False, "Zero and not zero: no factor leads from one to the other.")
    if (predicted < 0) != (result < 0):
        return Verdict(False, "The sign is the other one.")
    if abs(predicted - result) <= CLOSE * abs(result):
        return Verdict(True, _close(predicted, result))
    decades = _decades(predicted) - _decades(result)
    direction = "large" if decades > 0 else "small"
    if abs(decades) < 2:
        return Verdict(False, f"Too {direction} by a factor of {10 ** abs(decades):.3g}.")
    return Verdict(False, f"Too {direction} by {abs(decades):.0f} powers of ten.")


def _close(predicted: float, result: float) -> str:
    distance = abs(predicted - result) / abs(result)
    how = f"{distance:.1%}" if distance <= CLOSE else f"a factor of {_times(predicted, result):.2g}"
    return f"Close: within {how} of the result."


def _compare_special(predicted: float, result: float) -> Verdict:
    if predicted == result or (math.isnan(predicted) and math.isnan(result)):
        return Verdict(True, "Your prediction holds.")
    if math.isfinite(result):
        return Verdict(False, "Not what happened: the result is an ordinary number.")
    if math.isfinite(predicted):
        return Verdict(False, f"Not what happened: no ordinary number comes out, but {_short(result)}.")
    return Verdict(False, f"Not what happened: {_short(result)} is another thing than {_short(predicted)}.")


def _times(a: float, b: float) -> float:
    return max(a / b, b / a)


def _decades(value: float) -> float:
    return math.log10(abs(value))


def _short(value: float) -> str:
    return f"{value:.3g}".replace("-", "−")
