"""Text of students' made fit to be shown."""

import pytest

from autograder.pages.shown_text import first_sentence, plain, spreadsheet_cell


@pytest.mark.parametrize(
    "text",
    ["\x1b[2Jcleared", "a\x00b", "\udcff lone surrogate", "\u202egnp.exe", "\u2066isolated\u2069", "\x9bc1 control"],
)
def test_nothing_is_left_that_a_terminal_or_a_file_would_act_on(text):
    shown = plain(text)
    assert "\ufffd" in shown
    assert not set(shown) & set("\x1b\x00\udcff\u202e\u2066\u2069\x9b")


def test_names_of_all_scripts_stay_as_they_are():
    for name in ("Zoë O'Brien", "李小龍", "محمد", "👩\u200d🎓 Ada"):
        assert plain(name) == name


def test_text_comes_on_one_line():
    assert plain(" one\n\ttwo\r\nthree ") == "one two three"


def test_long_text_is_cut_with_a_sign():
    assert plain("word " * 100, longest=10) == "word word…"


def test_a_text_of_many_megabytes_is_cut_before_anything_else():
    assert len(plain("x" * 50_000_000)) == 400


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " \t=1", "\n=cmd|' /c calc'!A0"])
def test_a_spreadsheet_is_given_no_formula(text):
    assert spreadsheet_cell(text).startswith("'")


def test_a_spreadsheet_gets_ordinary_text_unchanged():
    assert spreadsheet_cell("Ada = 1") == "Ada = 1"


def test_a_sentence_ends_before_the_next_one_begins():
    assert first_sentence("It is 0.5 at [0]. You divide first. Then") == "It is 0.5 at [0]."
