"""A group of buttons of which one is chosen: radio buttons that the keyboard reaches in every front end.

JupyterLab keeps the arrow keys and the letters for its own shortcuts wherever the focus is not in a text field. Native
radio buttons and lists are operated by just these keys, so there a reader without a mouse could never choose.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import traitlets

from course.kit.frontend import escape, plain

_CLASS = "course-button"
STYLE = (
    f"<style>.jupyter-button.{_CLASS}{{white-space:normal;text-align:left;height:auto;min-height:28px;"
    "line-height:1.4;padding:.2em .8em;}"
    f".jupyter-button.{_CLASS}:disabled:not(.mod-primary){{opacity:1;color:#33404f;background:#eceff3;}}"
    f".jupyter-button.{_CLASS}.mod-info,.jupyter-button.{_CLASS}.mod-info:disabled{{background:#00507d;color:#fff;}}"
    f".jupyter-button.{_CLASS}:focus-visible,.widget-slider .noUi-handle:focus,.widget-slider .ui-slider-handle:focus"
    "{outline:3px solid #0072b2;outline-offset:1px;}</style>"
)
"""Lets long labels wrap and the focus be seen, on sliders of ipywidgets 7 and 8 too; belongs into an HTML widget beside
the buttons."""


def make_button(widgets: ModuleType, label: str, width: str = "auto", **traits: object) -> object:
    """An ipywidgets button in the course's look."""
    layout = widgets.Layout(width=width, max_width="44em", height="auto")
    button = widgets.Button(description=label, layout=layout, **traits)
    button.add_class(_CLASS)
    return button


class Pick(traitlets.HasTraits):
    """Buttons named by `options`; a filled circle in the name, not colour alone, marks the chosen one."""

    value = traitlets.Any(None, help="the chosen option, or None as long as there is none")
    disabled = traitlets.Bool(False)

    def __init__(
        self, widgets: ModuleType, label: str, options: Sequence[str], value: str | None = None, *, column: bool = False
    ) -> None:
        super().__init__()
        self.buttons = {option: self._button(widgets, option, column) for option in options}
        heading = widgets.HTML(f'{STYLE}<span style="padding-right:.6em;">{escape(label)}</span>')
        if column:
            self.box = widgets.VBox([heading, *self.buttons.values()])
        else:
            layout = widgets.Layout(flex_flow="row wrap", align_items="center")
            self.box = widgets.Box([heading, *self.buttons.values()], layout=layout)
        self.observe(self._mark, names=["value", "disabled"])
        self.value = value
        self._mark()

    def _button(self, widgets: ModuleType, option: str, column: bool) -> object:
        button = make_button(widgets, "", "100%" if column else "auto")
        button.on_click(lambda _: self.set_trait("value", option))
        return button

    def _mark(self, _: object = None) -> None:
        for option, button in self.buttons.items():
            button.description = f"{'◉' if option == self.value else '○'} {plain(option)}"
            button.button_style = "info" if option == self.value else ""
            button.disabled = self.disabled
