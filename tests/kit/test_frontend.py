"""Where widgets would live, what is said where they would not, and HTML that carries its text."""

import re
import sys
from types import ModuleType, SimpleNamespace

import pytest

from course.kit import frontend


@pytest.fixture
def kernel(monkeypatch):
    """A notebook kernel, as far as the module looks; its user namespace may be filled."""
    shell = SimpleNamespace(kernel=object(), user_ns={})
    monkeypatch.setattr(frontend, "_shell", lambda: shell)
    return shell


def test_a_plain_interpreter_is_not_interactive_even_where_a_jupyter_server_started_it(monkeypatch):
    monkeypatch.setattr(frontend, "_shell", lambda: None)
    assert not frontend.interactive({"JPY_SESSION_NAME": "unit.ipynb"})


def test_a_kernel_that_nbclient_or_nbgrader_started_is_not_interactive(kernel):
    assert not frontend.interactive({})
    assert not frontend.interactive({"KAGGLE_KERNEL_RUN_TYPE": "Batch"})


@pytest.mark.parametrize("environ", [{"JPY_SESSION_NAME": "unit.ipynb"}, {"KAGGLE_KERNEL_RUN_TYPE": "Interactive"}])
def test_a_jupyter_server_and_an_interactive_kaggle_session_are_interactive(kernel, environ):
    assert frontend.interactive(environ)


def test_vs_code_and_colab_are_interactive(kernel, monkeypatch):
    kernel.user_ns["__vsc_ipynb_file__"] = "unit.ipynb"
    assert frontend.interactive({})
    kernel.user_ns.clear()
    monkeypatch.setitem(sys.modules, "google.colab", ModuleType("google.colab"))
    assert frontend.interactive({})


def test_the_environment_variable_wins_both_ways(kernel, monkeypatch):
    assert not frontend.interactive({"JPY_SESSION_NAME": "unit.ipynb", "COURSE_INTERACTIVE": "0"})
    monkeypatch.setattr(frontend, "_shell", lambda: None)
    assert frontend.interactive({"COURSE_INTERACTIVE": "1"})


def test_the_installed_ipywidgets_is_used_without_a_word(capsys):
    assert frontend.widgets() is sys.modules["ipywidgets"]
    assert capsys.readouterr().out == ""


def _import_raises(monkeypatch, error):
    def fail(name):
        raise error

    monkeypatch.setattr(frontend.importlib, "import_module", fail)


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (ModuleNotFoundError("No module named 'ipywidgets'", name="ipywidgets"), "ipywidgets is missing"),
        (ModuleNotFoundError("No module named 'comm'", name="comm"), "ipywidgets is broken (No module named 'comm')"),
        (AttributeError("half upgraded\nlong story"), "ipywidgets is broken (half upgraded)"),
    ],
)
def test_ipywidgets_that_is_missing_or_broken_costs_one_line_that_says_what_still_works(
    monkeypatch, capsys, error, reason
):
    _import_raises(monkeypatch, error)
    assert frontend.widgets() is None
    printed = capsys.readouterr().out
    assert printed.startswith(reason)
    assert printed.count("\n") == 1
    assert "exercises and checks work" in printed


@pytest.mark.parametrize(("version", "usable"), [("7.6.5", False), ("7.7.0", True), ("7.7.1", True), ("8.1.8", True)])
def test_ipywidgets_counts_from_7_7_on(monkeypatch, capsys, version, usable):
    monkeypatch.setattr(frontend.importlib, "import_module", lambda name: SimpleNamespace(__version__=version))
    assert (frontend.widgets() is not None) is usable
    printed = capsys.readouterr().out
    assert printed == "" if usable else f"ipywidgets {version} is older than 7.7." in printed


def test_ipywidgets_8_1_9_is_left_alone_in_vs_code_only(monkeypatch, capsys, kernel):
    monkeypatch.setattr(frontend.importlib, "import_module", lambda name: SimpleNamespace(__version__="8.1.9"))
    assert frontend.widgets() is not None
    kernel.user_ns["__vsc_ipynb_file__"] = "unit.ipynb"
    assert frontend.widgets() is None
    assert "draws nothing in VS Code" in capsys.readouterr().out


def test_nothing_is_said_about_widgets_where_nobody_would_use_them(monkeypatch, capsys):
    _import_raises(monkeypatch, ModuleNotFoundError("no", name="ipywidgets"))
    monkeypatch.setenv("COURSE_INTERACTIVE", "0")
    assert frontend.live_widgets() is None
    assert capsys.readouterr().out == ""


def test_rich_text_carries_html_and_text_in_one_bundle():
    rich = frontend.Rich("<b>a &lt; b</b>", "a < b")
    assert rich._repr_mimebundle_() == {"text/plain": "a < b", "text/html": "<b>a &lt; b</b>"}
    assert repr(rich) == "a < b"


def test_marked_text_escapes_everything_and_sets_what_stands_between_backticks_as_code():
    page = frontend.marked("if `a < b` & <script>")
    assert "<script>" not in page
    assert "a &lt; b</code> &amp; &lt;script&gt;" in page
    assert frontend.plain("if `a < b`") == "if a < b"


@pytest.mark.parametrize(
    ("text", "page"),
    [
        ("take each row's *own* maximum", "take each row&#x27;s <em>own</em> maximum"),
        ("*By how much*, and *why*?", "<em>By how much</em>, and <em>why</em>?"),
        ("a * b and c * d", "a * b and c * d"),
        ("2*x*y, x *y* (z), f(*args, *more), **bold**", "2*x*y, x <em>y</em> (z), f(*args, *more), **bold**"),
        ("exp(a)*b*(c)", "exp(a)*b*(c)"),
        ("*<script>alert(1)</script> x*", "*&lt;script&gt;alert(1)&lt;/script&gt; x*"),
        ("*a <b>c* d", "<em>a &lt;b&gt;c</em> d"),
        ("one ` alone and *both*", "one ` alone and <em>both</em>"),
    ],
)
def test_a_word_between_asterisks_is_emphasis_and_arithmetic_is_not(text, page):
    assert frontend.marked(text) == page


@pytest.mark.parametrize("text", ["`a *b* c`", "*a `b* c`", "`*`*x*`*`", "`<b>` *</em>* `", "*" * 9 + "`" * 9])
def test_whatever_is_marked_every_tag_is_one_of_two_and_closed_in_order(text):
    page = frontend.marked(text)
    open_tags = []
    for end, name in re.findall(r"<(/?)(\w*)[^>]*>", page):
        assert name in ("code", "em")
        open_tags.append(name) if not end else open_tags.remove(name)
    assert open_tags == []
    assert re.sub(r"</?(?:em|code[^>]*)>", "", page).count("<") == 0
    assert "<em>" not in "".join(re.findall(r"<code[^>]*>(.*?)</code>", page))


def test_an_exception_becomes_one_short_line():
    assert frontend.one_line(ValueError("first\nsecond")) == "ValueError: first"
    assert frontend.one_line(KeyError()) == "KeyError"
    assert len(frontend.one_line(ValueError("x" * 10_000))) < 230


def test_outside_a_notebook_things_are_printed_and_none_is_not(monkeypatch, capsys):
    monkeypatch.setattr(frontend, "_shell", lambda: None)
    frontend.show(frontend.Rich("<b>page</b>", "text"))
    frontend.show(None)
    assert capsys.readouterr().out == "text\n"


def test_a_widget_comes_with_a_line_for_where_it_cannot_be_drawn(monkeypatch):
    shown = []
    monkeypatch.setattr("IPython.display.display", lambda bundle, raw: shown.append(bundle))
    frontend.show_widget(SimpleNamespace(model_id="m"), "Predict: what comes out?")
    said, text = shown[0]["text/plain"].split("\n")
    assert "%env COURSE_INTERACTIVE=0" in said
    assert text == "Predict: what comes out?"
    assert shown[0]["application/vnd.jupyter.widget-view+json"]["model_id"] == "m"
