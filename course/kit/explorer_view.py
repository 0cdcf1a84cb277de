"""How an explorer is shown: widgets around one image where a front end runs them, a still picture elsewhere."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from course.kit.explorer import Choice, Explorer, Preset, Slider
from course.kit.frontend import Rich, escape, one_line, show, show_widget
from course.kit.latest import Latest
from course.kit.pick import STYLE, Pick, make_button

_STATUS = '<div role="status" aria-live="polite" style="line-height:1.45;max-width:900px;">{}</div>'


def show_still(explorer: Explorer) -> None:
    """Display the default state as a picture and two cards, as HTML with the same in text; one line if it fails."""
    from course.kit.picture import image_html

    try:
        drawn, reading = explorer.render()
    except Exception as error:  # shown to the reader, who can do nothing with a traceback from in here
        show(trouble(explorer, error))
        return
    heading = f"<p><strong>{escape(explorer.title)}</strong></p>"
    page = heading + image_html(drawn, reading.alt) + reading.cards_html()
    show(Rich(page, f"{explorer.title}\n{reading}"))


def show_live(explorer: Explorer, widgets: ModuleType) -> None:
    """Display the explorer as widgets, its first picture already in place."""
    view = View(explorer, widgets)
    show_widget(view.box, view.text)


def trouble(explorer: Explorer, error: Exception) -> Rich:
    """One line in place of a picture that could not be drawn."""
    line = f"⚠ {explorer.title}: {one_line(error)}"
    return Rich(f'<div role="alert">{escape(line)}</div>', line)


def _image_kind(widgets: ModuleType) -> type:
    """Image with room for a description: `tooltip`, which becomes the `<img>`'s title, from ipywidgets 8 on.

    An Image has no alternative text of its own. A tooltip alone breaks it: the front end of ipywidgets 8 asks every
    widget that has one for the length of its `description`, and an Image has none (ipywidgets issue 3860).
    """
    if not widgets.Image.class_traits().get("tooltip"):
        return widgets.Image
    from traitlets import Unicode

    return type("DescribedImage", (widgets.Image,), {"description": Unicode("").tag(sync=True)})


class View:
    """The widgets of one displayed explorer."""

    def __init__(self, explorer: Explorer, widgets: ModuleType) -> None:
        self._explorer = explorer
        self._widgets = widgets
        self._setting = False
        self._drawing = Latest(self._redraw)
        self.controls = {name: self._control(control) for name, control in explorer.controls.items()}
        self.presets = {preset.label: self._button(preset) for preset in explorer.presets}
        self.reset = make_button(widgets, "Reset")
        self.reset.on_click(lambda _: self._set(explorer.defaults))
        hidden = widgets.Layout(max_width="100%", height="auto", display="none")
        self.image = _image_kind(widgets)(format="png", layout=hidden)
        self.cards = widgets.HTML()
        self.status = widgets.HTML()
        self.text = explorer.title
        self._redraw()  # before the first display, so that no empty picture ever shows
        for control in self.controls.values():
            control.observe(self._moved, names="value")
        self.box = self._arrange()

    def _control(self, control: Slider | Choice) -> Any:
        widgets = self._widgets
        if isinstance(control, Choice):
            return Pick(widgets, control.label, control.options, control.default)
        kind = widgets.IntSlider if control.whole else widgets.FloatSlider
        fraction = f"{control.step:g}".partition(".")[2]
        return kind(
            min=control.low,
            max=control.high,
            step=control.step,
            value=control.default,
            description=control.label,
            readout_format="d" if control.whole else f".{len(fraction)}f",
            style={"description_width": "6em"},
            layout=widgets.Layout(width="100%", max_width="900px"),
        )

    def _button(self, preset: Preset) -> Any:
        button = make_button(self._widgets, preset.label)
        button.on_click(lambda _: self._press(preset))
        return button

    def _arrange(self) -> Any:
        widgets = self._widgets
        choices = [control.box for control in self.controls.values() if isinstance(control, Pick)]
        sliders = [control for control in self.controls.values() if not isinstance(control, Pick)]
        wrap = widgets.Layout(flex_flow="row wrap", align_items="center")
        buttons = widgets.Box([*self.presets.values(), self.reset], layout=wrap)
        heading = widgets.HTML(f'{STYLE}<strong style="font-size:1.1em;">{escape(self._explorer.title)}</strong>')
        return widgets.VBox([heading, *sliders, *choices, buttons, self.image, self.cards, self.status])

    def _press(self, preset: Preset) -> None:
        try:
            values = self._explorer.preset(preset.label, **self._values())
        except Exception as error:  # a fault in the unit's preset must not leave a button that does nothing
            self._say(error)
            return
        self._set(values)

    def _values(self) -> dict[str, Any]:
        return {name: control.value for name, control in self.controls.items()}

    def _set(self, values: dict[str, Any]) -> None:
        """Move several controls, then draw once."""
        self._setting = True
        try:
            for name, value in values.items():
                self.controls[name].value = value
        finally:
            self._setting = False
        self._drawing.ask()

    def _moved(self, _: Any) -> None:
        if not self._setting:
            self._drawing.ask()

    def _redraw(self) -> None:
        try:
            drawn, reading = self._explorer.render(**self._values())
        except Exception as error:  # the explorer stays alive: the next move draws again
            self._say(error)
            return
        with self.image.hold_sync():  # one message, so that no picture ever stands with another's description
            self.image.value = drawn
            if self.image.has_trait("tooltip"):
                self.image.tooltip = reading.alt
        self.image.layout.display = None
        self.cards.value = reading.cards_html()
        self.status.value = _STATUS.format(escape(reading.alt))
        self.text = f"{self._explorer.title}\n{reading}"

    def _say(self, error: Exception) -> None:
        still = " The picture shows the state before." if self.image.value else ""
        self.status.value = _STATUS.format(escape(f"⚠ {one_line(error)}{still}"))
