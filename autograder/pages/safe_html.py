"""Makes HTML that came from a student safe to open: it keeps its looks, and nothing in it can run or load.

The list of what may stay is wider than nbconvert's own (SanitizeHTML, `clean_html`), which turns the tables, boxes and
pictures of an honest notebook into a page of angle brackets.
"""

from __future__ import annotations

import html
import re
from collections import Counter

from bleach import Cleaner
from bleach.css_sanitizer import ALLOWED_CSS_PROPERTIES, CSSSanitizer

_TAGS = frozenset(
    re.findall(
        r"\w+",
        """
    a abbr b blockquote br caption code col colgroup dd del details div dl dt em figcaption figure h1 h2 h3 h4 h5 h6 hr
    i img ins kbd li mark ol p pre q s samp section small span strong sub summary sup table tbody td tfoot th thead tr
    u ul var
    """,
    )
)
_EVERYWHERE = frozenset({"alt", "aria-label", "class", "dir", "id", "lang", "role", "style", "title"})
_ATTRIBUTES = {
    "a": {"href"},
    "col": {"span"},
    "details": {"open"},
    "img": {"height", "src", "width"},
    "li": {"value"},
    "ol": {"start", "type"},
    "table": {"border"},
    "td": {"align", "colspan", "rowspan"},
    "th": {"align", "colspan", "rowspan", "scope"},
}
_STYLES = (
    ALLOWED_CSS_PROPERTIES
    | {
        "background",
        "border",
        "border-left",
        "border-radius",
        "flex",
        "flex-wrap",
        "gap",
        "margin",
        "max-width",
        "padding",
    }
    | {f"{what}-{side}" for what in ("margin", "padding") for side in ("top", "right", "bottom", "left")}
)

MAX_DEPTH = 200
"""Elements within elements."""

MAX_ATTRIBUTES = 500
"""Attributes of one element."""

MAX_PLAIN = 10_000
"""Characters of a text that is shown as it is because it goes beyond these."""

_TAG = re.compile(r"<(/?)([a-z][^\s/>]*)([^>]*)", re.IGNORECASE)
# Elements without an end, or with one that may be left out: they do not nest by being repeated.
_UNNESTED = frozenset(
    {"br", "col", "dd", "dt", "hr", "img", "input", "li", "link", "meta", "p", "source", "td", "th", "tr", "wbr"}
)
_BLOCKS = re.compile(r"<(script|style|template|iframe|object|svg|math)\b.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE)
_REFERENCE = re.compile(r"&(?:#(\d{1,7})|#x([0-9a-f]{1,6})|(bsol));?", re.IGNORECASE)
_COMMAND = re.compile(r"\\(href|require|class|cssId|style|data)(?![A-Za-z])")
_LOADS = re.compile(r"url|image|expression|import|binding|behaviou?r|src|\\|@", re.IGNORECASE)
_PICTURE = re.compile(r"data:image/(png|jpeg|gif|webp);base64,[a-z0-9+/=]*\Z")
_SCRIPTED = re.compile(
    r"<script|<foreignobject|<!entity|<use|<image|\bon\w+\s*=|javascript|href\s*=\s*[\"']?[^#\"'\s]", re.I
)


class _Styles(CSSSanitizer):
    """Drops a whole style in which anything could be loaded or hidden from the check."""

    def sanitize_css(self, style):
        """The declarations that may stay; bleach's contract."""
        return "" if _LOADS.search(html.unescape(style)) else super().sanitize_css(style)


def _may_stay(tag: str, name: str, value: str) -> bool:
    if name in _EVERYWHERE:
        return True
    if name not in _ATTRIBUTES.get(tag, ()):
        return False
    # Browsers skip white space and control characters in an address.
    address = re.sub(r"[\x00-\x20\x7f-\xa0]+", "", html.unescape(value)).lower()
    if name == "src" and address.startswith("data:"):
        return bool(_PICTURE.match(address))
    return not (name == "href" and address.startswith("data:"))


_CLEANER = Cleaner(
    tags=_TAGS,
    attributes=_may_stay,
    protocols={"data", "http", "https", "mailto"},
    css_sanitizer=_Styles(allowed_css_properties=_STYLES),
    strip=True,
    strip_comments=True,
)


def clean(text: str) -> str:
    """The HTML without scripts, handlers, frames, forms, foreign addresses in styles, and LaTeX that makes links.

    What would take a parser minutes is shown as the text that it is, and cut.
    """
    if _is_bomb(text):
        return clean_latex(f"<pre>{html.escape(text[:MAX_PLAIN])}…</pre>")
    # The text within such elements is no text for readers; what this misses is harmless after the cleaner.
    text = _BLOCKS.sub("", _REFERENCE.sub(_plain_letter, text))
    return clean_latex(_CLEANER.clean(text))


def clean_latex(text: str) -> str:
    r"""The text with LaTeX commands such as `\href` spelled out, since a typesetter would make links and attributes."""
    return _COMMAND.sub(r"\\text{\1}", text)


def is_still(svg: str) -> bool:
    """Whether a picture holds nothing that runs or loads, as far as a look at its text tells."""
    return not _SCRIPTED.search(html.unescape(svg))


def _is_bomb(text: str) -> bool:
    """Whether elements are nested, or attributes are many, beyond anything that is meant to be looked at."""
    still_open: Counter[str] = Counter()
    depth = 0
    for tag in _TAG.finditer(text):
        closes, name, rest = tag[1], tag[2].lower(), tag[3]
        if len(rest) > MAX_ATTRIBUTES and len(rest.split(None, MAX_ATTRIBUTES)) >= MAX_ATTRIBUTES:
            return True
        if closes and still_open[name]:
            still_open[name] -= 1
            depth -= 1
        elif not closes and name not in _UNNESTED:
            still_open[name] += 1
            depth += 1
            if depth > MAX_DEPTH:
                return True
    return False


def _plain_letter(reference: re.Match) -> str:
    """A letter or backslash that was written as a character reference, so that no command can hide in one."""
    decimal, hexadecimal, _ = reference.groups()
    code = int(decimal) if decimal else int(hexadecimal, 16) if hexadecimal else ord("\\")
    letter = chr(code) if code < 128 else ""
    return letter if letter.isalpha() or letter == "\\" else reference[0]
