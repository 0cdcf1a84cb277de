"""Predictions: shut until locked in, then side by side with what happened; remembered; harmless when things fail."""

import math

import pytest

from course.kit import prediction, prediction_view
from course.kit.prediction import AnswerError, predict, summary

CHOICES = ["nan, 0, 0", "`inf`, 0, 0", "1, 0, 0"]


@pytest.fixture(autouse=True)
def fresh_kernel(monkeypatch):
    monkeypatch.setattr(prediction, "_guesses", {})


@pytest.fixture
def shown(monkeypatch):
    """What would be displayed, in order, as text."""
    things = []
    monkeypatch.setattr(prediction_view, "show", lambda thing: things.append(str(thing)) if thing is not None else None)
    return things


@pytest.fixture
def widgets():
    return pytest.importorskip("ipywidgets")


class Reveal:
    """A reveal that counts how often it ran and returns or raises what it was given."""

    def __init__(self, outcome):
        self.outcome, self.runs = outcome, 0

    def __call__(self):
        self.runs += 1
        if isinstance(self.outcome, Exception):
            raise self.outcome
        return self.outcome


def choice(reveal, **more):
    return predict("row", "What is `softmax`?", choices=CHOICES, reveal=reveal, answer=str, explain="Because.", **more)


def number(reveal, **more):
    return predict("count", "How many terms?", unit="terms", reveal=reveal, answer=float, **more)


def test_nothing_is_revealed_before_the_prediction_is_locked_in(widgets, shown):
    reveal = Reveal("nan, 0, 0")
    form = prediction_view.Form(choice(reveal), widgets)
    form.answer.buttons["1, 0, 0"].click()
    form.sure.buttons["certain"].click()
    assert reveal.runs == 0
    assert form.outcome.value == form.explanation.value == ""
    form.button.click()
    assert reveal.runs == 1


def test_the_button_stays_shut_until_answer_and_sureness_are_given_in_either_order(widgets):
    form = prediction_view.Form(choice(Reveal("x")), widgets)
    assert form.button.disabled
    assert "Choose an answer and say how sure you are." in form.status.value
    form.sure.value = "unsure"
    assert form.button.disabled
    assert "Choose an answer." in form.status.value
    form.answer.value = "1, 0, 0"
    assert not form.button.disabled
    other = prediction_view.Form(number(Reveal(2)), widgets)
    other.answer.value = "3"
    assert other.button.disabled
    assert "Say how sure you are." in other.status.value


def test_a_click_on_the_shut_button_does_nothing(widgets):
    reveal = Reveal("nan, 0, 0")
    prediction_view.Form(choice(reveal), widgets).button.click()
    assert reveal.runs == 0


def test_afterwards_prediction_and_result_stand_side_by_side_with_a_verdict_and_the_explanation(widgets, shown):
    form = prediction_view.Form(choice(Reveal("nan, 0, 0")), widgets)
    form.answer.value, form.sure.value = "`inf`, 0, 0", "certain"
    form.button.click()
    page = form.outcome.value
    assert page.index("You predicted (certain)") < page.index("inf</code>, 0, 0") < page.index("What happens")
    assert "✘ Not what happened. You were certain" in page
    assert "Because." in form.explanation.value
    assert shown == ["nan, 0, 0"]


def test_a_right_prediction_is_told_so(widgets, shown):
    form = prediction_view.Form(choice(Reveal("nan, 0, 0")), widgets)
    form.answer.value, form.sure.value = "nan, 0, 0", "guessing"
    form.button.click()
    assert "✔ Your prediction holds. You were guessing" in form.outcome.value


def test_a_number_is_compared_with_the_result_in_its_unit(widgets, shown):
    form = prediction_view.Form(number(Reveal(4)), widgets)
    assert "terms" in form.answer.description
    form.answer.value, form.sure.value = "2", "unsure"
    form.button.click()
    for words in ("2 (terms)", "4 (terms)", "✘ Off by 2."):
        assert words in form.outcome.value


def test_a_generous_question_says_so_and_keeps_its_word(widgets, shown):
    form = prediction_view.Form(number(Reveal(2.6), factor=1.5), widgets)
    assert "Within a factor of 1.5 counts as right." in form.box.children[0].value
    form.answer.value, form.sure.value = "2", "unsure"
    form.button.click()
    assert "✔ Close: within a factor of 1.3" in form.outcome.value


@pytest.mark.parametrize("more", [{"factor": 1}, {"factor": 2.0, "choices": ["a", "b"]}])
def test_a_factor_is_above_one_and_for_numbers(more):
    with pytest.raises(ValueError, match="must be above 1 and asks for a number"):
        predict("count", "How many terms?", reveal=Reveal(2), **more)


def test_a_mapping_is_shown_as_a_small_table(shown):
    torch = pytest.importorskip("torch")
    rows = {"`naive`": math.inf, "row <two>": "fine, nan", "all": torch.tensor([[1.0, -0.25], [0.0, 2.0]])}
    table = prediction_view.presentable(rows)
    assert str(table) == "naive: inf\nrow <two>: fine, nan\nall: 1, −0.25; 0, 2"
    assert table.page.count("<tr>") == 3
    assert "row &lt;two&gt;" in table.page
    assert "1, −0.25<br>0, 2" in table.page
    prediction_view.show_still(predict("count", "How many terms?", reveal=Reveal(rows)))
    assert str(table) in shown


def test_what_is_no_number_keeps_the_button_shut_and_says_why(widgets):
    form = prediction_view.Form(number(Reveal(4)), widgets)
    form.sure.value = "unsure"
    form.answer.value = "two <b>"
    assert form.button.disabled
    assert "“two &lt;b&gt;” is not a number" in form.status.value
    form.answer.value = "0,5"
    assert not form.button.disabled


def test_a_locked_prediction_cannot_be_changed_but_keeps_the_keyboards_place(widgets, shown):
    question = choice(Reveal("nan, 0, 0"))
    form = prediction_view.Form(question, widgets)
    form.answer.value, form.sure.value = "1, 0, 0", "certain"
    form.button.click()
    assert form.answer.disabled
    assert form.sure.disabled
    assert (form.button.description, form.button.disabled) == ("Locked in", False)
    form.button.click()
    assert question.lock("nan, 0, 0", "certain").predicted == "1, 0, 0"


def test_running_the_cell_again_shows_the_prediction_locked_with_its_result(widgets, shown):
    choice(Reveal("nan, 0, 0")).lock("1, 0, 0", "unsure")
    form = prediction_view.Form(choice(Reveal("nan, 0, 0")), widgets)
    form.open()
    assert form.button.description == "Locked in"
    assert [button.description[0] for button in form.answer.buttons.values()] == ["○", "○", "◉"]
    assert "You predicted (unsure)" in form.outcome.value


def test_a_question_that_changed_is_asked_anew():
    choice(Reveal("x")).lock("1, 0, 0", "unsure")
    changed = predict("row", "Another question", choices=CHOICES, reveal=Reveal("x"))
    assert changed.guess is None
    assert changed.lock("nan, 0, 0", "certain").sure == "certain"


@pytest.mark.parametrize("surplus", [("nowhere", "certain"), ("1, 0, 0", "sure")])
def test_only_a_choice_with_a_known_sureness_can_be_locked(surplus):
    with pytest.raises(ValueError, match=r"none of the choices|must be one of guessing"):
        choice(Reveal("x")).lock(*surplus)


def test_without_a_reader_question_choices_result_and_explanation_are_shown(shown, monkeypatch):
    monkeypatch.setenv("COURSE_INTERACTIVE", "0")
    choice(Reveal("nan, 0, 0"))._ipython_display_()
    asked, happens, result, explained = shown
    assert asked == "Predict: What is softmax?\n  ○ nan, 0, 0\n  ○ inf, 0, 0\n  ○ 1, 0, 0"
    assert happens == "What happens: nan, 0, 0"
    assert (result, explained) == ("nan, 0, 0", "Because.")


def test_a_question_without_an_answer_leaves_the_verdict_to_the_reader(widgets, shown):
    form = prediction_view.Form(
        predict("open", "What will it look like?", choices=CHOICES, reveal=Reveal("pic")), widgets
    )
    form.answer.value, form.sure.value = "1, 0, 0", "unsure"
    form.button.click()
    assert "see below, and judge for yourself" in form.outcome.value
    assert "✔" not in form.outcome.value
    assert shown == ["pic"]


def test_a_reveal_of_none_shows_nothing(shown, monkeypatch):
    monkeypatch.setenv("COURSE_INTERACTIVE", "0")
    predict("nothing", "And?", reveal=Reveal(None))._ipython_display_()
    assert shown == ["Predict: And?"]


FAILURES = [
    (NotImplementedError(), "needs a function that is not written yet"),
    (RuntimeError("shapes\nlong tale"), "RuntimeError: shapes"),
]


@pytest.mark.parametrize(("error", "words"), FAILURES)
@pytest.mark.parametrize("live", [True, False])
def test_a_reveal_that_raises_is_one_readable_line(widgets, shown, monkeypatch, error, words, live):
    question = choice(Reveal(error))
    if live:
        form = prediction_view.Form(question, widgets)
        form.answer.value, form.sure.value = "1, 0, 0", "unsure"
        form.button.click()
    else:
        monkeypatch.setenv("COURSE_INTERACTIVE", "0")
        question._ipython_display_()
    assert words in shown[-1]
    assert "\n" not in shown[-1]
    assert "long tale" not in shown[-1]


def test_a_prediction_made_before_the_exercise_was_written_opens_afterwards(widgets, shown):
    reveal = Reveal(NotImplementedError())
    form = prediction_view.Form(choice(reveal), widgets)
    form.answer.value, form.sure.value = "nan, 0, 0", "unsure"
    form.button.click()
    assert "–" in summary().text
    reveal.outcome = "nan, 0, 0"
    prediction_view.Form(choice(reveal), widgets).open()
    assert "✔ yes" in summary().text


def test_an_answer_that_is_no_choice_is_an_error_where_nobody_reads_and_a_line_where_someone_does(
    widgets, shown, monkeypatch
):
    monkeypatch.setenv("COURSE_INTERACTIVE", "0")
    with pytest.raises(
        AnswerError, match=r"prediction 'row': the result reads '0, 0, 0', which is none of the choices"
    ):
        choice(Reveal("0, 0, 0"))._ipython_display_()
    form = prediction_view.Form(choice(Reveal("0, 0, 0")), widgets)
    form.answer.value, form.sure.value = "1, 0, 0", "unsure"
    form.button.click()
    assert "fits none of the choices" in shown[-1]


@pytest.mark.parametrize("choices", [[], ["one"], ["same", "same"]])
def test_fewer_than_two_different_choices_are_refused(choices):
    with pytest.raises(ValueError, match="at least two different choices"):
        predict("few", "?", choices=choices, reveal=Reveal(1))


def test_the_summary_lists_every_prediction_and_how_well_sureness_fits():
    assert "No prediction" in summary().text
    for name, predicted, sure in (("a", "2", "certain"), ("b", "3", "certain"), ("c", "2", "guessing")):
        question = predict(name, f"Question {name}", unit="bits", reveal=Reveal(2), answer=lambda result: result)
        question.lock(predicted, sure)
        question.open()
    text = summary().text
    assert "Question b | 3 (bits) | certain | 2 (bits) | ✘ no" in text
    assert "Right when certain, 1 of 2; when guessing, 1 of 1." in text
    assert "<td" in summary().page


def test_html_of_a_question_escapes_what_stands_in_it():
    page = prediction_view.question(predict("x", "Is <b> & `a<b`?", choices=["<i>", "b"], reveal=Reveal(1))).page
    assert "<b>" not in page
    assert "<i>" not in page
    assert "a&lt;b</code>" in page


def test_with_a_front_end_the_form_is_displayed_and_opens_only_if_it_was_locked(widgets, monkeypatch, shown):
    monkeypatch.setenv("COURSE_INTERACTIVE", "1")
    displayed = []
    monkeypatch.setattr(prediction_view, "show_widget", lambda widget, text: displayed.append(text))
    reveal = Reveal("nan, 0, 0")
    choice(reveal)._ipython_display_()
    assert (len(displayed), reveal.runs) == (1, 0)
    choice(reveal).lock("1, 0, 0", "unsure")
    choice(reveal)._ipython_display_()
    assert (len(displayed), reveal.runs) == (2, 1)


@pytest.mark.parametrize(("someone", "told"), [("1", True), ("0", False)])
def test_the_summary_tells_a_learner_of_their_progress_and_a_grading_run_nothing_of_it(monkeypatch, someone, told):
    monkeypatch.setenv("COURSE_INTERACTIVE", someone)
    bundle = summary()._repr_mimebundle_()
    assert ("course.progress()" in bundle["text/plain"]) is told
    assert ("course.progress()</code>" in bundle["text/html"]) is told
