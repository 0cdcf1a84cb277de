"""The unit as an instructor and as a student meet it: what holds of this one beside what holds of all."""

import re

import torch

from tests.notebooks import source, text
from tests.unit_notebook import UnitNotebook, by_id


class TestNotebook(UnitNotebook):
    unit = "02-dtype-limits"
    points = {
        "exp_in_float32": 4,
        "ulp": 7,
        "largest_finite_exp": 6,
        "smallest_nonzero_exp": 6,
        "exp_is_safe": 7,
    }
    settled = {"G5": "A", "G6": "A", "G7": "A", "X1": "A", "X2": "A", "G21": "B"}
    claims = ("X3", "G3", "G15", "L8", "G16")
    pictures = ("predict-minus-17", "predict-autocast")

    def test_what_the_predictions_come_to(self, instructor):
        cells = by_id(instructor)
        results = {
            "exp-12": "inf",
            "spacing": "1024",
            "rescue": "2 (repairs)",
            "minus-100": "3.7835e-44",
            "minus-17": "5.96e-08",
        }
        for name, result in results.items():
            assert f"What happens: {result}\n" in text(cells[f"predict-{name}"]), name
        assert re.search(r"What happens: (float16|float32)\n", text(cells["predict-autocast"]))

    def test_the_naive_row_breaks_and_the_same_row_is_right_in_float32(self, instructor):
        naive, fixed = text(by_id(instructor)["fixed-run"]).strip().splitlines()
        assert re.search(r"loss inf +gradient \[nan, nan, nan\]", naive)
        assert "loss 9.0001" in fixed

    def test_flushing_changes_the_last_two_of_three(self, instructor):
        kept, flushed = text(by_id(instructor)["flush-run"]).strip().splitlines()
        assert "0.0" not in kept
        possible = torch.set_flush_denormal(True)
        torch.set_flush_denormal(False)
        assert flushed.endswith(", 0.0, 0.0]") == possible

    def test_the_guard_lets_one_number_through_as_a_tensor_only(self, instructor):
        *_, last = text(by_id(instructor)["guard-run"]).strip().splitlines()
        assert last.endswith("exp(x) = inf       x <= limit: False in Python, True as a tensor")

    def test_the_next_unit_has_its_question(self, cells):
        assert cells["how-to"].source == by_id(source("03-max-shift"))["how-to"].source
        assert "How, then, can a softmax of logits like 1000 be computed at all?" in cells["next"].source
