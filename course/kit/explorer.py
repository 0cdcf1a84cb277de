"""An explorer: controls and presets over a picture that is a pure function of their values, beside two cards."""

from __future__ import annotations

import math
import numbers
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from course.kit.frontend import escape, live_widgets, marked, one_line, plain

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.figure import Figure

    from course.kit.picture import Picture, Stage

DTYPES = ("float16", "bfloat16", "float32", "float64")
"""Options of a dtype picker, by the names they have in torch."""

OK, BROKEN = "ok", "broken"

_VERDICTS = {OK: ("✔", "works", "#00543c", "#e3f3ec"), BROKEN: ("✘", "broken", "#7a3300", "#fbeee3")}


DECIMALS = 9
"""A browser's slider adds up steps and gives 88.50000000000011 for 88.5, which some pictures would show."""


@dataclass(frozen=True)
class Slider:
    """A number between two ends."""

    name: str
    """The parameter's name in `figure(**parameters)`."""

    label: str
    low: float
    high: float
    step: float
    """How far one press of an arrow key goes; `figure` takes values between the steps too."""

    default: float

    def __post_init__(self) -> None:
        if not (self.low < self.high and self.step > 0):
            raise ValueError(f"slider {self.name}: low must be below high and step above 0")
        self.validated(self.default)

    @property
    def whole(self) -> bool:
        """Whether the slider moves over whole numbers only."""
        return all(isinstance(number, int) for number in (self.low, self.high, self.step, self.default))

    def validated(self, value: object) -> float:
        """`value` as a number of this slider. Raises ValueError where it is none or lies outside."""
        number = isinstance(value, numbers.Real) and not isinstance(value, bool)
        if not number or not self.low <= value <= self.high:
            raise ValueError(f"{self.name} is {value!r}; it must be a number from {self.low} to {self.high}")
        return int(value) if self.whole and float(value).is_integer() else round(float(value), DECIMALS)

    def nearest(self, value: float) -> float:
        """The step nearest to `value`, within the ends."""
        steps = math.floor((value - self.low) / self.step + 0.5)
        return self.validated(min(max(self.low + steps * self.step, self.low), self.high))


@dataclass(frozen=True)
class Choice:
    """One of a few strings, such as the name of a dtype."""

    name: str
    label: str
    options: tuple[str, ...]
    default: str

    def __post_init__(self) -> None:
        self.validated(self.default)

    def validated(self, value: object) -> str:
        """`value`, which must be one of the options. Raises ValueError otherwise."""
        if value not in self.options:
            raise ValueError(f"{self.name} is {value!r}; it must be one of {', '.join(self.options)}")
        return value


@dataclass(frozen=True)
class Preset:
    """A button that sets some parameters at once."""

    label: str
    values: Mapping[str, Any] | Callable[..., Mapping[str, Any]]
    """The parameters it sets, or a function of all current ones, by name, that returns them."""

    def resolve(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """What the preset sets when the controls stand at `parameters`."""
        return dict(self.values(**parameters) if callable(self.values) else self.values)


@dataclass(frozen=True)
class Card:
    """What one way of computing came to."""

    title: str
    rows: tuple[tuple[str, str], ...]
    """Pairs (label, value), both as text."""

    verdict: str
    """`"ok"` or `"broken"`."""

    note: str = ""
    """Why, in a sentence."""

    def __post_init__(self) -> None:
        if self.verdict not in _VERDICTS:
            raise ValueError(f"verdict is {self.verdict!r}; it must be {OK} or {BROKEN}")

    def __str__(self) -> str:
        sign, word, *_ = _VERDICTS[self.verdict]
        rows = [f"  {label}: {value}" for label, value in self.rows]
        return "\n".join([f"{sign} {self.title}: {word}", *rows, *([f"  {plain(self.note)}"] if self.note else [])])

    def html(self) -> str:
        """The card as a box: sign and word carry the verdict, the colour repeats it."""
        sign, word, ink, ground = _VERDICTS[self.verdict]
        cell = '<td style="text-align:left;padding:.1em .8em .1em 0;background:transparent;{}">{}</td>'
        rows = "".join(
            f'<tr style="background:transparent;">{cell.format("white-space:nowrap;", escape(label))}'
            f"{cell.format('font-weight:600;', escape(value))}</tr>"
            for label, value in self.rows
        )
        return (
            f'<section style="background:{ground};color:{ink};border-left:6px solid {ink};padding:.5em .9em;'
            'line-height:1.4;height:100%;box-sizing:border-box;">'
            f"<strong>{sign} {escape(self.title)}: {word}</strong>"
            f'<table style="border-collapse:collapse;color:{ink};background:transparent;border:0;margin:.3em 0;">{rows}'
            f"</table>{marked(self.note)}</section>"
        )


@dataclass(frozen=True)
class Reading:
    """What a scene shows at one setting of the controls."""

    alt: str
    """The picture in words, with its current numbers."""

    naive: Card
    stable: Card

    def __str__(self) -> str:
        return f"{self.alt}\n\n{self.naive}\n\n{self.stable}"

    def cards_html(self) -> str:
        """Both cards side by side, or below each other where there is no room."""
        box = '<div style="flex:1 1 20em;">{}</div>'
        cards = box.format(self.naive.html()) + box.format(self.stable.html())
        return f'<div style="display:flex;flex-wrap:wrap;gap:.6em;max-width:900px;">{cards}</div>'


class Scene:
    """What a unit implements: one figure, made once by `__init__`, and how the parameters change it."""

    figure: Figure

    moving: Sequence[Artist] = ()
    """The artists that a change of parameters touches. Naming them makes a redraw several times faster; where there
    are none, all of the figure is drawn each time."""

    scenery: Sequence[Artist] = ()
    """The artists that change only where `backdrop` does. Where they are named, all others but the `moving` ones must
    never change; where there are none, all others are drawn again when `backdrop` changes."""

    def update(self, **parameters: Any) -> Reading:
        """Put the artists where `parameters`, and nothing else, want them. Called before each drawing."""
        raise NotImplementedError

    def backdrop(self, **parameters: Any) -> Hashable:
        """What the artists that are not `moving` depend on."""
        return None


class Explorer:
    """A title, controls, presets and the scene that they move.

    Shown in a notebook it is a set of widgets that share one image; without a front end, the picture and the cards of
    the default state.
    """

    def __init__(
        self, title: str, controls: Sequence[Slider | Choice], presets: Sequence[Preset], scene: Scene
    ) -> None:
        self.title = title
        self.controls = {control.name: control for control in controls}
        self.presets = tuple(presets)
        self._scene = scene
        self._stage: Stage | None = None

    @staticmethod
    def starting(controls: Sequence[Slider | Choice], **start: Any) -> tuple[Slider | Choice, ...]:
        """The same controls with other defaults. Raises ValueError as `parameters` does."""
        unknown = sorted(set(start) - {control.name for control in controls})
        if unknown:
            names = ", ".join(control.name for control in controls)
            raise ValueError(f"no control is called {', '.join(unknown)}; there are {names}")
        return tuple(replace(control, default=start.get(control.name, control.default)) for control in controls)

    @property
    def defaults(self) -> dict[str, Any]:
        """The parameters that Reset returns to."""
        return {name: control.default for name, control in self.controls.items()}

    def parameters(self, **given: Any) -> dict[str, Any]:
        """All parameters: those given, validated, and the defaults of those left out.

        Raises:
            ValueError: for a name that no control has, and for a value that its control cannot take.
        """
        unknown = sorted(set(given) - set(self.controls))
        if unknown:
            raise ValueError(f"no control is called {', '.join(unknown)}; there are {', '.join(self.controls)}")
        return {name: control.validated(given.get(name, control.default)) for name, control in self.controls.items()}

    def preset(self, label: str, **given: Any) -> dict[str, Any]:
        """All parameters after a press of the preset called `label` when the controls stand at `given`."""
        current = self.parameters(**given)
        values = next((preset for preset in self.presets if preset.label == label), None)
        if values is None:
            raise ValueError(f"no preset is called {label!r}; there are {', '.join(p.label for p in self.presets)}")
        return self.parameters(**{**current, **values.resolve(current)})

    def figure(self, **parameters: Any) -> Figure:
        """The figure, drawn at `parameters` and at the defaults of those left out.

        It is one object, which the next call moves on; what it looks like depends on the parameters only.
        """
        self.reading(**parameters)
        return self._scene.figure

    def reading(self, **parameters: Any) -> Reading:
        """Description and cards at `parameters`; the figure is moved there too."""
        from course.kit.picture import style

        with style():
            return self._scene.update(**self.parameters(**parameters))

    def render(self, **parameters: Any) -> tuple[bytes, Reading]:
        """The picture at `parameters` as PNG, and what it shows."""
        from course.kit.picture import Stage, style

        complete = self.parameters(**parameters)
        with style():
            reading = self._scene.update(**complete)
            self._stage = self._stage or Stage(self._scene.figure, self._scene.moving, self._scene.scenery)
            return self._stage.png(self._scene.backdrop(**complete)), reading

    def picture(self, **parameters: Any) -> Picture:
        """The picture at `parameters` with its description."""
        from course.kit.picture import Picture

        reading = self.reading(**parameters)
        return Picture(self._scene.figure, reading.alt)

    def _ipython_display_(self) -> None:
        from course.kit import explorer_view

        module = live_widgets()
        if module is None:
            explorer_view.show_still(self)
        else:
            explorer_view.show_live(self, module)

    def __repr__(self) -> str:
        try:
            return f"{self.title}\n{self.reading()}"
        except Exception as error:  # the unit's scene, or the machine, is at fault: say so in place of the picture
            return f"{self.title}\n{one_line(error)}"
