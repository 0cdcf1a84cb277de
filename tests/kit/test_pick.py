"""Groups of buttons of which one is chosen."""

import pytest

from course.kit.pick import Pick


@pytest.fixture
def pick():
    return Pick(pytest.importorskip("ipywidgets"), "How <sure>?", ("`guessing`", "certain"))


def names(pick):
    return [button.description for button in pick.buttons.values()]


def test_nothing_is_chosen_at_first(pick):
    assert pick.value is None
    assert names(pick) == ["○ guessing", "○ certain"]


def test_a_click_chooses_and_another_click_changes_the_choice(pick):
    heard = []
    pick.observe(lambda change: heard.append(change["new"]), names="value")
    pick.buttons["certain"].click()
    assert names(pick) == ["○ guessing", "◉ certain"]
    pick.buttons["`guessing`"].click()
    assert names(pick) == ["◉ guessing", "○ certain"]
    assert heard == ["certain", "`guessing`"]


def test_setting_the_value_marks_its_button_and_disabling_shuts_them_all(pick):
    pick.value = "certain"
    pick.disabled = True
    assert names(pick) == ["○ guessing", "◉ certain"]
    assert all(button.disabled for button in pick.buttons.values())


def test_the_label_is_shown_escaped(pick):
    assert "How &lt;sure&gt;?" in pick.box.children[0].value
