"""How a prediction is shown: a form that opens its result once it is locked, or question and result on paper."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from course.kit.frontend import Rich, escape, marked, one_line, plain, show, show_widget
from course.kit.pick import Pick, make_button
from course.kit.prediction import SURENESS, AnswerError, Prediction
from course.kit.verdict import Verdict, parse_number

_BOX = (
    "border-left:6px solid {};background:{};color:{};padding:.5em .9em;max-width:60em;line-height:1.45;margin:.3em 0;"
)
_ASKED = _BOX.format("#12395b", "#eaf2fa", "#12395b")
_RIGHT = _BOX.format("#00543c", "#e3f3ec", "#00543c")
_WRONG = _BOX.format("#7a3300", "#fbeee3", "#7a3300")
_OPEN = _BOX.format("#33404f", "#eceff3", "#33404f")


def show_still(prediction: Prediction) -> None:
    """Display question, what happened and the explanation where nobody can answer.

    Raises:
        AnswerError: as `Prediction.open`, because whoever runs notebooks without a reader must hear of it.
    """
    show(question(prediction))
    try:
        result, right = prediction.open()
    except AnswerError:
        raise
    except Exception as error:  # the reveal runs the student's code, which may raise anything
        show(trouble(error))
        return
    show(outcome(prediction, right))
    show(presentable(result))
    show(explanation(prediction))


def show_live(prediction: Prediction, widgets: ModuleType) -> None:
    """Display the form; the result is already open where the prediction was locked before in this kernel."""
    form = Form(prediction, widgets)
    show_widget(form.box, str(question(prediction)))
    if prediction.guess is not None:
        form.open()


def question(prediction: Prediction) -> Rich:
    """The question with its choices."""
    choices = prediction.choices or ()
    listed = "".join(f"<li>{marked(choice)}</li>" for choice in choices)
    page = f'<div style="{_ASKED}"><strong>Predict:</strong> {marked(prediction.asked)}'
    page += f'<ul style="margin:.3em 0;">{listed}</ul></div>' if listed else "</div>"
    text = [f"Predict: {plain(prediction.asked)}", *(f"  ○ {plain(choice)}" for choice in choices)]
    return Rich(page, "\n".join(text))


def outcome(prediction: Prediction, right: str | float | None) -> Rich | None:
    """Prediction beside result with the verdict; only the result where nothing was predicted, None without either."""
    guess = prediction.guess
    happened = "" if right is None else prediction.in_words(right)
    if guess is None:
        if not happened:
            return None
        return Rich(
            f'<div style="{_OPEN}">What happens: <strong>{marked(happened)}</strong></div>',
            plain(f"What happens: {happened}"),
        )
    happened = happened or "see below, and judge for yourself"
    column = '<div style="flex:1 1 14em;">{}<br><strong>{}</strong></div>'
    left = column.format(f"You predicted ({escape(guess.sure)})", marked(guess.shown))
    columns = left + column.format("What happens", marked(happened))
    word, look = _verdict(guess.verdict, guess.sure)
    page = (
        f'<div role="status" style="{look}"><div style="display:flex;flex-wrap:wrap;gap:.3em 2em;">{columns}</div>'
        f"{f'<div>{escape(word)}</div>' if word else ''}</div>"
    )
    text = f"You predicted ({guess.sure}): {guess.shown}\nWhat happens: {happened}\n{word}".strip()
    return Rich(page, plain(text))


def _verdict(verdict: Verdict | None, sure: str) -> tuple[str, str]:
    if verdict is None:
        return "", _OPEN
    remark = {
        (True, "guessing"): " You were guessing; make sure you now know why.",
        (False, "certain"): " You were certain, so this one is worth a second look.",
    }.get((verdict.right, sure), "")
    return (f"✔ {verdict.sentence}{remark}", _RIGHT) if verdict.right else (f"✘ {verdict.sentence}{remark}", _WRONG)


def explanation(prediction: Prediction) -> Rich | None:
    """What the author says afterwards, if anything."""
    if not prediction.explain:
        return None
    return Rich(
        f'<p style="max-width:60em;line-height:1.5;">{marked(prediction.explain)}</p>', plain(prediction.explain)
    )


def presentable(result: Any) -> Any:
    """What a reveal returned, as it is to be shown: a mapping from text as a small table, anything else as it is."""
    if not isinstance(result, Mapping):
        return result
    rows = [(str(name), _lines(value)) for name, value in result.items()]
    cell = '<{0} style="text-align:left;padding:.2em 1.2em .2em 0;vertical-align:top;font-weight:{1};">{2}</{0}>'
    names = [cell.format("th", "normal", marked(name)) for name, _ in rows]
    values = [cell.format("td", "bold", "<br>".join(map(escape, lines))) for _, lines in rows]
    page = "".join(f"<tr>{name}{value}</tr>" for name, value in zip(names, values, strict=True))
    text = "\n".join(f"{plain(name)}: {'; '.join(lines)}" for name, lines in rows)
    return Rich(f"<table><tbody>{page}</tbody></table>", text)


def _lines(value: Any) -> list[str]:
    """A value in lines: of a matrix one for each row, numbers with six significant digits."""
    value = value.tolist() if hasattr(value, "tolist") else value
    if isinstance(value, list):
        if any(isinstance(item, list) for item in value):
            return [", ".join(_lines(item)) for item in value]
        return [", ".join(line for item in value for line in _lines(item))]
    return [f"{value:.6g}".replace("-", "−") if isinstance(value, float) else str(value)]


def trouble(error: Exception) -> Rich:
    """One line in place of a result that could not be had."""
    if isinstance(error, NotImplementedError):
        line = "○ The result needs a function that is not written yet. Write it, then run this cell again."
    elif isinstance(error, AnswerError):
        line = f"✘ The result fits none of the choices; was a name above given another value? {error}"
    else:
        line = f"✘ The result could not be computed. {one_line(error)}"
    return Rich(f'<div role="status" style="{_OPEN}">{escape(line)}</div>', line)


class Form:
    """The widgets of one displayed prediction."""

    def __init__(self, prediction: Prediction, widgets: ModuleType) -> None:
        self._prediction = prediction
        guess = prediction.guess
        self.answer = self._answer_field(widgets)
        self.sure = Pick(widgets, "How sure are you?", SURENESS, guess.sure if guess else None)
        self.button = make_button(widgets, "Lock in", disabled=True, width="8em")
        self.status = widgets.HTML()
        self.outcome = widgets.HTML()
        self.result = widgets.Output()
        self.explanation = widgets.HTML()
        asked = widgets.HTML(f'<div style="{_ASKED}"><strong>Predict:</strong> {marked(prediction.asked)}</div>')
        fields = [getattr(field, "box", field) for field in (self.answer, self.sure)]
        form = [asked, *fields, self.button, self.status]
        self.box = widgets.VBox([*form, self.outcome, self.result, self.explanation])
        for field in (self.answer, self.sure):
            field.observe(self._changed, names="value")
        self.button.on_click(self._lock)
        self._changed()

    def _answer_field(self, widgets: ModuleType) -> Any:
        guess, choices = self._prediction.guess, self._prediction.choices
        if choices is not None:
            return Pick(widgets, "Your answer:", choices, guess.predicted if guess else None, column=True)
        return widgets.Text(
            value=guess.predicted if guess else "",
            description=f"Your number ({self._prediction.unit}):" if self._prediction.unit else "Your number:",
            style={"description_width": "initial"},
        )

    def _changed(self, _: Any = None) -> None:
        """Say what is missing, and let the button be pressed only when nothing is."""
        missing = self._missing()
        locked = self._prediction.guess is not None
        self.button.disabled = bool(missing)  # not when locked: a disabled button loses the keyboard's place
        self.button.description = "Locked in" if locked else "Lock in"
        self.button.button_style = "" if locked else "primary"
        for field in (self.answer, self.sure):
            field.disabled = locked
        self._say("" if locked else missing or "Ready: lock it in to see what happens.")

    def _missing(self) -> str:
        if self._prediction.choices is None and self.answer.value.strip():
            try:
                parse_number(self.answer.value)
            except ValueError as error:
                return str(error)
        answered = bool(self.answer.value and self.answer.value.strip())
        if answered and self.sure.value:
            return ""
        if answered:
            return "Say how sure you are."
        what = "Type a number" if self._prediction.choices is None else "Choose an answer"
        return f"{what}." if self.sure.value else f"{what} and say how sure you are."

    def _say(self, line: str) -> None:
        self.status.value = f'<div role="status" aria-live="polite">{escape(line)}</div>'

    def _lock(self, _: Any) -> None:
        if self._missing() or self._prediction.guess is not None:
            return
        self._prediction.lock(self.answer.value, self.sure.value)
        self._changed()
        self.open()

    def open(self) -> None:
        """Run the reveal; show prediction beside result, the result itself, then the explanation."""
        self.result.clear_output()
        with self.result:
            try:
                result, right = self._prediction.open()
            except Exception as error:  # the reveal runs the student's code, which may raise anything
                show(trouble(error))
                return
            compared = outcome(self._prediction, right)
            self.outcome.value = compared.page if compared else ""
            show(presentable(result))
        explained = explanation(self._prediction)
        self.explanation.value = explained.page if explained else ""
