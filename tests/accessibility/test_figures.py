"""What the pictures give to those who do not see them, or not well: words with current numbers, and contrast."""

import ast
import importlib
import re

import numpy as np
import pytest

from course.kit.explorer import Choice
from course.kit.picture import new_figure
from tests.accessibility import contrast
from tests.notebooks import ROOT

UNITS = [folder.name.partition("-")[2].replace("-", "_") for folder in sorted((ROOT / "source").iterdir())]
WRITES = {
    "annotate",
    "set_color",
    "set_title",
    "set_xlabel",
    "set_ylabel",
    "suptitle",
    "supxlabel",
    "supylabel",
    "text",
}
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")


@pytest.fixture(scope="module", params=UNITS)
def explorer(request):
    return importlib.import_module(f"course.{request.param}").explore()


def numbers(words):
    """The numbers in a description, in which a minus is a real one and Unicode subscripts belong to names."""
    return [float(number) for number in NUMBER.findall(words.replace("−", "-"))]


def places(control):
    """Some values of a control, not its default."""
    if isinstance(control, Choice):
        return [option for option in control.options if option != control.default]
    return [control.nearest(control.low + share * (control.high - control.low)) for share in (0.07, 0.31, 0.83)]


def test_the_description_changes_with_every_control_and_gives_its_value(explorer):
    start = explorer.reading().alt
    for name, control in explorer.controls.items():
        for value in places(control):
            alt = explorer.reading(**{name: value}).alt
            shows_all_dtypes = name == "dtype" and all(option in start for option in control.options)
            assert alt != start or shows_all_dtypes, f"{name} = {value}"
            if isinstance(control, Choice):
                assert value in alt or name == "function"
            else:
                shown = 10**value if "log₁₀" in control.label else value
                assert np.isclose(numbers(alt), shown, rtol=6e-3, atol=0).any(), f"{name} = {value}: {alt}"


def test_the_description_is_a_picture_s_worth_of_words_at_every_preset(explorer):
    for preset in explorer.presets:
        alt = explorer.reading(**explorer.preset(preset.label)).alt
        assert len(alt) > 100 and len(numbers(alt)) >= 5, f"{preset.label}: {alt}"


def test_a_still_picture_carries_the_description_of_its_own_state(explorer):
    name, control = next(iter(explorer.controls.items()))
    state = {name: places(control)[0]}
    picture = explorer.picture(**state)
    assert picture.alt == explorer.reading(**state).alt != explorer.reading().alt
    assert 'alt=""' not in picture.html()


def test_words_in_the_picture_stand_out_from_what_is_behind_them(explorer):
    for state in ({}, *(explorer.preset(preset.label) for preset in explorer.presets)):
        for words, ratio in contrast.of_words(explorer.figure(**state)):
            assert ratio >= contrast.LEAST, f"{words!r} has contrast {ratio:.1f} at {state}"


def test_the_ruler_of_contrast_measures_what_wcag_says():
    assert contrast.ratio(np.zeros(3), np.ones(3)) == pytest.approx(21)
    grey = np.full(3, 0x77 / 255)  # the best known near miss: #777 on white
    assert contrast.ratio(grey, np.ones(3)) == pytest.approx(4.48, abs=0.005)


def test_pale_words_and_words_on_a_dark_patch_are_noticed_and_a_box_helps():
    figure = new_figure(300, 120)
    figure.patch.set_facecolor("#0072B2")
    figure.text(0.1, 0.6, "lost")
    figure.text(0.1, 0.2, "kept", bbox={"facecolor": "white"})
    found = dict(contrast.of_words(figure))
    assert found["lost"] < contrast.LEAST < 20 < found["kept"]
    assert [text.get_alpha() for text in figure.texts] == [None, None]


@pytest.mark.parametrize("path", sorted((ROOT / "course").rglob("*figure*.py")), ids=lambda path: str(path.parent.name))
def test_words_are_drawn_in_black_whatever_the_figure(path):
    """For the pictures of the GPU demos, which cannot be drawn without measuring first."""
    for call in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr in WRITES):
            continue
        coloured = [k for k in call.keywords if k.arg in ("color", "c", "alpha")]
        assert not coloured, f"{path.name}, line {call.lineno}: {ast.unparse(call)[:80]}"


def test_pictures_are_only_shown_with_a_description():
    """`Picture` and explorers require one; pyplot would show a figure without."""
    for path in (*(ROOT / "course").rglob("*.py"), *(ROOT / "source").rglob("*.ipynb")):
        assert "pyplot" not in path.read_text(encoding="utf-8").replace("unknown to pyplot", ""), path
