"""Explorers: a pure picture of the parameters, widgets that move it in place, and stills where nothing moves."""

import ast
from pathlib import Path

import pytest

from course.kit import explorer_view, frontend
from course.kit.explorer import BROKEN, OK, Card, Choice, Explorer, Preset, Reading, Scene, Slider
from course.kit.picture import new_figure

KIT = Path(explorer_view.__file__).parent


class Line(Scene):
    """A line whose slope and colour the parameters set; slope 5 is beyond it."""

    def __init__(self):
        self.figure = new_figure(200, 120)
        axes = self.figure.add_subplot()
        axes.set_ylim(-10, 10)
        (self._line,) = axes.plot([0, 1], [0, 0])
        self.moving = [self._line]
        self.updates = 0

    def update(self, slope, colour):
        self.updates += 1
        if slope == 5:
            raise ZeroDivisionError("slope five\nis too much")
        self._line.set_ydata([0, slope])
        self._line.set_color(colour)
        card = Card("Naive", (("slope", f"{slope:g}"),), BROKEN if slope > 3 else OK, "Because <`slope`>.")
        return Reading(f"A {colour} line of slope {slope:g}.", card, Card("Stable", (), OK))


CONTROLS = (Slider("slope", "slope s", -9.0, 9.0, 0.5, 1.0), Choice("colour", "colour", ("red", "blue"), "red"))
PRESETS = (
    Preset("steep", {"slope": 4.0}),
    Preset("opposite", lambda slope, colour: {"slope": -slope, "colour": "blue" if colour == "red" else "red"}),
    Preset("wrong", {"slope": 100.0}),
)


@pytest.fixture
def explorer():
    return Explorer("A <line>", CONTROLS, PRESETS, Line())


@pytest.fixture
def view(explorer):
    return explorer_view.View(explorer, pytest.importorskip("ipywidgets"))


def test_the_picture_depends_on_the_parameters_only_and_not_on_what_was_drawn_before(explorer):
    first, _ = explorer.render(slope=2.0)
    explorer.render(slope=-7.0, colour="blue")
    assert explorer.render(slope=2.0)[0] == first
    assert Explorer("other", CONTROLS, PRESETS, Line()).render(slope=2.0)[0] == first
    assert explorer.render(slope=2.5)[0] != first


def test_the_figure_is_one_object_that_is_moved_in_place(explorer):
    figure = explorer.figure(slope=2.0)
    assert explorer.figure(slope=-3.0) is figure
    assert figure.axes[0].lines[0].get_ydata()[1] == -3.0


def test_parameters_left_out_have_their_defaults(explorer):
    assert explorer.parameters(slope=2) == {"slope": 2.0, "colour": "red"}
    assert explorer.reading() == explorer.reading(slope=1.0, colour="red")
    assert explorer.reading().alt == "A red line of slope 1."


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"slop": 1}, "no control is called slop; there are slope, colour"),
        ({"slope": 9.5}, "slope is 9.5; it must be a number from -9.0 to 9.0"),
        ({"slope": float("nan")}, "slope is nan"),
        ({"slope": "2"}, "slope is '2'"),
        ({"slope": True}, "slope is True"),
        ({"colour": "green"}, "colour is 'green'; it must be one of red, blue"),
        ({"colour": ["red"]}, "colour is"),
    ],
)
def test_a_wrong_parameter_is_refused_in_a_sentence_that_says_what_is_allowed(explorer, wrong, message):
    for call in (explorer.figure, explorer.reading, explorer.render):
        with pytest.raises(ValueError, match=message.replace("[", r"\[")):
            call(**wrong)


@pytest.mark.parametrize("end", [-9.0, 9.0])
def test_both_ends_of_a_slider_can_be_drawn(explorer, end):
    assert f"slope {end:g}" in explorer.reading(slope=end).alt


def test_a_slider_over_whole_numbers_stays_whole_and_knows_its_nearest_step():
    assert Slider("n", "n", 0, 10, 1, 3).validated(4.0) == 4
    assert isinstance(Slider("n", "n", 0, 10, 1, 3).validated(4.0), int)
    assert Slider("x", "x", -1.0, 1.0, 0.25, 0.0).nearest(0.3) == 0.25
    assert Slider("x", "x", -1.0, 1.0, 0.25, 0.0).nearest(7) == 1.0


@pytest.mark.parametrize(("low", "high", "step", "default"), [(1, 0, 1, 0), (0, 1, 0, 0), (0, 1, 1, 2)])
def test_a_slider_that_cannot_work_is_refused_when_it_is_made(low, high, step, default):
    with pytest.raises(ValueError, match="x"):
        Slider("x", "x", low, high, step, default)


def test_presets_set_their_values_or_work_them_out_from_the_current_ones(explorer):
    assert explorer.preset("steep", colour="blue") == {"slope": 4.0, "colour": "blue"}
    assert explorer.preset("opposite", slope=3.0) == {"slope": -3.0, "colour": "blue"}
    with pytest.raises(ValueError, match="there are steep, opposite, wrong"):
        explorer.preset("flat")


def test_a_cards_verdict_is_a_word_and_a_sign_in_text_and_in_html(explorer):
    broken = explorer.reading(slope=4.0).naive
    for rendering in (str(broken), broken.html()):
        assert "✘ Naive: broken" in rendering
    assert "✔ Stable: works" in explorer.reading().stable.html()
    assert "&lt;" in broken.html()
    assert "<slope>" in str(broken)
    with pytest.raises(ValueError, match="ok or broken"):
        Card("Naive", (), "fine")


def test_the_first_picture_is_there_before_the_explorer_is_displayed(view, explorer):
    assert view.image.value == explorer.render()[0]
    assert "A red line of slope 1." in view.status.value


def test_moving_a_slider_changes_picture_cards_and_description_in_place(view, explorer):
    image, before = view.image, view.image.value
    view.controls["slope"].value = 4.0
    assert view.image is image
    assert view.image.value != before
    assert view.image.value == explorer.render(slope=4.0)[0]
    assert "A red line of slope 4." in view.status.value
    assert "✘ Naive: broken" in view.cards.value
    assert 'aria-live="polite"' in view.status.value


def test_the_image_describes_itself_where_ipywidgets_lets_it(view):
    view.controls["colour"].value = "blue"
    if not view.image.has_trait("tooltip"):
        pytest.skip("an Image of ipywidgets 7 has no tooltip")
    assert view.image.tooltip == "A blue line of slope 1."
    assert view.image.description == ""  # without one the front end of ipywidgets 8 fails on a tooltip


def test_a_choice_is_made_with_buttons_whose_names_say_which_is_chosen(view):
    buttons = view.controls["colour"].buttons
    assert [button.description for button in buttons.values()] == ["◉ red", "○ blue"]
    buttons["blue"].click()
    assert [button.description for button in buttons.values()] == ["○ red", "◉ blue"]
    assert "A blue line" in view.status.value


def test_a_preset_moves_all_its_controls_and_draws_once(view, explorer):
    before = explorer._scene.updates
    view.controls["slope"].value = 3.0
    view.presets["opposite"].click()
    assert (view.controls["slope"].value, view.controls["colour"].value) == (-3.0, "blue")
    assert explorer._scene.updates == before + 2
    assert "A blue line of slope -3." in view.status.value


def test_reset_goes_back_to_the_defaults(view):
    first = view.image.value
    view.presets["opposite"].click()
    view.reset.click()
    assert (view.controls["slope"].value, view.controls["colour"].value) == (1.0, "red")
    assert view.image.value == first


def test_a_failing_update_is_one_line_and_the_explorer_lives_on(view):
    before = view.image.value
    view.controls["slope"].value = 5.0
    assert "ZeroDivisionError: slope five The picture shows the state before." in view.status.value
    assert "too much" not in view.status.value
    assert view.image.value == before
    view.controls["slope"].value = 4.5
    assert "A red line of slope 4.5." in view.status.value


def test_a_preset_that_asks_for_too_much_is_one_line_and_changes_nothing(view):
    view.presets["wrong"].click()
    assert "slope is 100.0; it must be a number from -9.0 to 9.0" in view.status.value
    assert view.controls["slope"].value == 1.0


def test_sliders_have_visible_labels_and_readouts_and_follow_the_hand(view):
    slider = view.controls["slope"]
    assert (slider.description, slider.readout, slider.readout_format, slider.step) == ("slope s", True, ".1f", 0.5)
    assert slider.continuous_update


def test_an_explorer_whose_first_picture_fails_hides_the_picture_and_says_why():
    controls = (Slider("slope", "slope", -9.0, 9.0, 0.5, 5.0), CONTROLS[1])
    view = explorer_view.View(Explorer("A line", controls, PRESETS, Line()), pytest.importorskip("ipywidgets"))
    assert view.image.layout.display == "none"
    assert "ZeroDivisionError: slope five<" in view.status.value
    view.controls["slope"].value = 1.0
    assert view.image.layout.display is None


def _published(monkeypatch):
    shown = []
    monkeypatch.setattr(explorer_view, "show", shown.append)
    monkeypatch.setattr(explorer_view, "show_widget", lambda widget, text: shown.append((widget, text)))
    return shown


def test_without_a_front_end_the_default_state_is_a_picture_with_cards_and_the_same_in_text(explorer, monkeypatch):
    monkeypatch.setenv("COURSE_INTERACTIVE", "0")
    shown = _published(monkeypatch)
    explorer._ipython_display_()
    (rich,) = shown
    bundle = rich._repr_mimebundle_()
    assert "A red line of slope 1." in bundle["text/plain"]
    assert "✔ Naive: works" in bundle["text/plain"]
    assert 'alt="A red line of slope 1."' in bundle["text/html"]
    assert "A &lt;line&gt;" in bundle["text/html"]


def test_with_a_front_end_one_widget_is_displayed_with_text_for_where_it_cannot_be_drawn(explorer, monkeypatch):
    monkeypatch.setenv("COURSE_INTERACTIVE", "1")
    shown = _published(monkeypatch)
    explorer._ipython_display_()
    ((widget, text),) = shown
    assert widget.model_id
    assert "A red line of slope 1." in text


def test_without_ipywidgets_the_still_picture_comes_after_one_line(explorer, monkeypatch, capsys):
    monkeypatch.setenv("COURSE_INTERACTIVE", "1")
    monkeypatch.setattr(frontend, "_trouble", lambda version: "ipywidgets 7.6 is older than 7.7.")
    shown = _published(monkeypatch)
    explorer._ipython_display_()
    assert "older than 7.7. Sliders become still pictures" in capsys.readouterr().out
    assert [type(thing).__name__ for thing in shown] == ["Rich"]


def test_a_still_that_fails_is_one_line(monkeypatch):
    monkeypatch.setenv("COURSE_INTERACTIVE", "0")
    controls = (Slider("slope", "slope", -9.0, 9.0, 0.5, 5.0), CONTROLS[1])
    shown = _published(monkeypatch)
    failing = Explorer("A line", controls, PRESETS, Line())
    failing._ipython_display_()
    assert shown[0].text == "⚠ A line: ZeroDivisionError: slope five"
    assert repr(failing) == "A line\nZeroDivisionError: slope five"


def test_other_defaults_can_be_given_and_wrong_ones_are_refused():
    controls = Explorer.starting(CONTROLS, slope=-2.0)
    assert Explorer("A line", controls, (), Line()).defaults == {"slope": -2.0, "colour": "red"}
    with pytest.raises(ValueError, match="no control is called colr"):
        Explorer.starting(CONTROLS, colr="red")
    with pytest.raises(ValueError, match="slope is 90"):
        Explorer.starting(CONTROLS, slope=90)


# What ipywidgets 7.7.1 and 8 both have, read from the traits of the two releases.
_COMMON = {
    "Box": {"children", "layout"},
    "Button": {"description", "layout", "disabled", "button_style", "tooltip"},
    "FloatSlider": {"min", "max", "step", "value", "description", "readout_format", "style", "layout"},
    "HTML": {"value", "layout"},
    "Image": {"format", "value", "layout"},
    "IntSlider": {"min", "max", "step", "value", "description", "readout_format", "style", "layout"},
    "Layout": {"width", "max_width", "height", "display", "flex_flow", "align_items"},
    "Output": {"layout"},
    "Text": {"value", "description", "style", "layout"},
    "VBox": {"children", "layout"},
}


def _widget_calls():
    for path in (KIT / "explorer_view.py", KIT / "prediction_view.py", KIT / "pick.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "widgets":
                yield path.name, node.attr, ()
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                owner = node.func.value
                if isinstance(owner, ast.Name) and owner.id == "widgets":
                    yield path.name, node.func.attr, [word.arg for word in node.keywords]


def test_only_widgets_and_arguments_that_ipywidgets_7_7_and_8_share_are_used():
    calls = list(_widget_calls())
    assert len(calls) > 20
    for path, name, keywords in calls:
        assert name in _COMMON, f"{path}: {name}"
        assert set(filter(None, keywords)) <= _COMMON[name], f"{path}: {name}({keywords})"
