"""The unit as an instructor and as a student meet it: what holds of this one beside what holds of all."""

from tests.notebooks import text
from tests.unit_notebook import UnitNotebook, by_id


class TestNotebook(UnitNotebook):
    unit = "06-expm1-log1p"
    points = {
        "log1pexp": 3,
        "compound": 5,
        "log1mexp": 4,
        "logsubexp": 5,
        "log_factorial": 4,
        "l2_norm": 5,
        "running_variance": 6,
    }
    settled = {"G17": "A", "X8": "A", "X12": "B"}
    claims = ("X9", "X10", "X11", "X13", "X14", "X15")
    pictures = ("predict-first-zero", "predict-gpu")

    def test_the_layer_norm_breaks_and_is_mended(self, instructor):
        cells = by_id(instructor)
        assert "'loss': nan, 'gradient': [nan, nan, nan, nan]" in text(cells["variance-broken"])
        assert "variance 1.890625" in text(cells["fixed-run"])
        assert "nan" not in text(cells["fixed-run"])

    def test_only_the_cell_that_needs_a_generator_runs_in_the_students_process(self, cells):
        inside = [name for name, c in cells.items() if c.metadata.get("autograder", {}).get("process") == "student"]
        assert inside == ["running_variance-stream"]
