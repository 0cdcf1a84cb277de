"""Makes text that came from students fit for a terminal, a spreadsheet or a page; escaping HTML is the page's part."""

from __future__ import annotations

import re
import unicodedata

_REORDERING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_FORMULA = ("=", "+", "-", "@")
_LONGEST_CELL = 32_000


def plain(text: str, longest: int = 400) -> str:
    """The text on one line of at most `longest` characters, without anything that acts instead of being shown.

    Control characters (a terminal would obey them), lone surrogates (no file takes them) and characters that reorder
    their neighbours become U+FFFD.
    """
    # A megabyte of output may be an error's message; the cut comes before the work on single characters.
    text = re.sub(r"\s+", " ", text[: 4 * longest]).strip()
    text = "".join("\ufffd" if _acts(character) else character for character in text)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def spreadsheet_cell(text: str) -> str:
    """The text as `plain` gives it, as long as a spreadsheet's cell may be, with an apostrophe before what it would run
    as a formula (OWASP, CSV injection)."""
    text = plain(text, _LONGEST_CELL)
    return f"'{text}" if text.startswith(_FORMULA) else text


def first_sentence(text: str, longest: int = 160) -> str:
    """The text up to its first full stop, as `plain` gives it."""
    return plain(re.split(r"(?<=[.?!])\s+(?=[A-Z])", text[: 4 * longest], maxsplit=1)[0], longest)


def _acts(character: str) -> bool:
    return unicodedata.category(character) in ("Cc", "Cs") or character in _REORDERING
